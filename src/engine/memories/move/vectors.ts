/* Vectors go along with the memories they are of, where both stores have those of one model: none has to be made again. */
import type { MovedMemory } from "../../../memories/writing/put-whole.ts";
import { whenFree } from "../../../memories/writing/when-free.ts";
import type { OpenedMemoryStore } from "../../../storage/sqlite/memories/store.ts";

/** @returns how many went */
export async function copyVectors(
  source: OpenedMemoryStore,
  target: OpenedMemoryStore,
  memories: readonly MovedMemory[],
): Promise<number> {
  const ids: number[] = [];
  const vectors: Float32Array[] = [];
  for (const { key, rows } of memories) {
    const there = target.rows.versions(key);
    for (const [at, row] of rows.entries()) {
      const own = there[at];
      if (own === undefined || own.text !== row.text) continue;
      const from = source.rows.parts([row.rowId]);
      for (const [place, { partId, start, end }] of target.rows.parts([own.rowId]).entries()) {
        const part = from[place];
        if (part === undefined || part.start !== start || part.end !== end) continue;
        const vector = source.vectors.of(part.partId);
        if (vector === undefined) continue;
        ids.push(partId);
        vectors.push(vector);
      }
    }
  }
  const [first] = vectors;
  if (first === undefined) return 0;
  const all = new Float32Array(vectors.length * first.length);
  for (const [at, vector] of vectors.entries()) all.set(vector, at * first.length);
  await whenFree(() => target.vectors.put(ids, all));
  return ids.length;
}
