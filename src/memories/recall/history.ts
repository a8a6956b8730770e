/* What a memory said, what changed about it, and when. */
import type { MemoryRow, MemoryStore } from "../../ports/memory-rows.ts";
import { notThere } from "../checks/options.ts";
import { isoTime } from "./show.ts";

/** Oldest first. @throws HaypileError HAYPILE_MEMORY_MISSING */
export function historyOf(
  store: Pick<MemoryStore, "rows" | "relations">,
  id: string,
): { at: string; text: string; what: string }[] {
  const versions = store.rows.versions(id);
  if (versions.length === 0) throw notThere(store.rows, id);
  const texts = versions.map(({ since, text }, at) => ({
    at: since,
    text,
    what: at === 0 ? "remembered" : "updated",
  }));
  const notes = store.relations.notes(id).map(({ at, what }) => ({
    at,
    what,
    text: (texts.findLast((one) => one.at <= at) ?? texts[0])?.text ?? "",
  }));
  const last = versions.at(-1) as MemoryRow;
  const ends = last.ended === "superseded" && last.until !== undefined ? [last] : [];
  return [
    ...texts,
    ...notes,
    ...ends.map(({ until, text }) => ({ at: until as number, text, what: "superseded" })),
  ]
    .sort((a, b) => a.at - b.at)
    .map((one) => ({ ...one, at: isoTime(one.at) }));
}
