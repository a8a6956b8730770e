import { assertMayChange } from "../../base/actor.ts";
import { HaypileError } from "../../base/errors.ts";
import type { MemoryStore } from "../../ports/memory-rows.ts";
import { refuseCredentials } from "../secrets/credentials.ts";
import { whenFree } from "./when-free.ts";

const longestRelation = 64;

/** Both are there. @throws HaypileError HAYPILE_USAGE, HAYPILE_SECRET */
export async function linkMemories(
  store: Pick<MemoryStore, "rows" | "relations" | "write">,
  from: string,
  to: string,
  relation: string,
): Promise<void> {
  const isWord = typeof relation === "string" && relation.trim() !== "";
  if (!isWord || relation.length > longestRelation) {
    throw new HaypileError(
      "HAYPILE_USAGE",
      `Expected 1 to ${longestRelation} characters as the relation of a link, but got ${JSON.stringify(relation)}.`,
    );
  }
  refuseCredentials([["relation", relation]]);
  const write = (): void => {
    for (const id of [from, to]) assertMayChange(store.rows.current(id));
    store.relations.link(from, to, relation.trim(), Date.now());
  };
  await whenFree(() => store.write("link memories", write));
}
