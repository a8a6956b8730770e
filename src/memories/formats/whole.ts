/* Gathers all that belongs to memories. */
import type { MemoryStore, WholeMemory } from "../../ports/memory-rows.ts";

/** @param rowIds of their newest texts */
export function* wholeMemories(
  store: MemoryStore,
  rowIds: readonly number[],
): Generator<WholeMemory> {
  const rows = store.rows(rowIds);
  const keys = rows.map(({ key }) => key);
  const links = store.links(keys);
  const anchors = store.anchors(keys);
  for (const row of rows) {
    const { key } = row;
    yield {
      // One text since its making has no other.
      rows: row.since === row.created ? [row] : store.versions(key),
      notes: store.notes(key),
      links: links
        .filter(({ from }) => from === key)
        .map(({ to, relation, at }) => ({ to, relation, at })),
      anchors: anchors.filter((anchor) => anchor.key === key),
    };
  }
}
