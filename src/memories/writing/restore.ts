/* Writes memories as they were: from a line of an export, or out of a damaged file. */
import type { MemoryRow, MemoryStore, WholeMemory } from "../../ports/memory-rows.ts";
import { sketchOf, textHash } from "../text/same-text.ts";
import { splitText } from "../text/split.ts";

/** The roles that a whole memory is written to. */
export type Restored = Pick<MemoryStore, "rows" | "relations" | "removal">;

/**
 * In a transaction. Links are the caller's: both ends must be there.
 * @returns the row of the newest text
 */
export function restoreMemory(store: Restored, key: string, whole: WholeMemory): number {
  let newest = 0;
  for (const [at, row] of whole.rows.entries()) {
    const next = whole.rows[at + 1];
    newest = store.rows.insert({
      ...row,
      key,
      hash: textHash(row.namespace, row.text),
      sketch: sketchOf(row.namespace, row.text),
      parts: splitText(row.text),
    });
    if (next !== undefined) store.rows.end(newest, row.until ?? next.since, "newer-text");
    else if (row.until !== undefined) store.rows.end(newest, row.until, "superseded");
  }
  for (const { at, what } of whole.notes) store.relations.addNote(key, at, what);
  if (whole.anchors.length > 0) store.relations.setAnchors(key, whole.anchors);
  const { deleted } = whole.rows.at(-1) as MemoryRow;
  if (deleted !== undefined) store.removal.mark([key], deleted, "forgotten");
  return newest;
}
