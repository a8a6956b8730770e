/* Gathers all that belongs to memories. */
import type { MemoryStore, WholeMemory } from "../ports/memory-store.ts";

/** @param rowIds of their newest texts */
export function* wholeMemories(
  store: Pick<MemoryStore, "rows" | "relations">,
  rowIds: readonly number[],
): Generator<WholeMemory> {
  const rows = store.rows.get(rowIds);
  const keys = rows.map(({ key }) => key);
  const links = store.relations.links(keys);
  const anchors = store.relations.anchors(keys);
  for (const row of rows) {
    const { key } = row;
    yield {
      // One text since its making has no other.
      rows: row.since === row.created ? [row] : store.rows.versions(key),
      notes: store.relations.notes(key),
      links: links
        .filter(({ from }) => from === key)
        .map(({ to, relation, at }) => ({ to, relation, at })),
      anchors: anchors.filter((anchor) => anchor.key === key),
    };
  }
}
