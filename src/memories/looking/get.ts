import type { Memory } from "../../ports/memories.ts";
import type { MemoryStore } from "../../ports/memory-rows.ts";
import { checkTime } from "../checks/options.ts";
import { showRows } from "../recall/show.ts";

/** A memory as it is, or as it was then. @throws HaypileError HAYPILE_USAGE */
export function memoryOf(
  store: Pick<MemoryStore, "rows" | "relations">,
  id: string,
  then: string | undefined,
): Memory | undefined {
  const asOf = checkTime("asOf", then, "end");
  const all = store.rows.versions(id);
  if (all.length === 0) store.rows.lookAgain(id);
  const versions = all.filter(({ deleted }) => deleted === undefined);
  const row =
    asOf === undefined
      ? versions.at(-1)
      : versions.find(
          ({ since, until }) => since <= asOf && asOf < (until ?? Number.POSITIVE_INFINITY),
        );
  return row && showRows(store.relations, [row])[0];
}
