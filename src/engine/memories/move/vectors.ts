/* Vectors go along with the memories they are of, where both stores have those of one model: none has to be made again. */
import { groups, type MovedMemory } from "../../../memories/writing/put-whole.ts";
import { whenFree } from "../../../memories/writing/when-free.ts";
import type { OpenedMemoryStore } from "../../../storage/sqlite/memories/store.ts";

/**
 * @param goes of which namespaces texts went along
 * @returns how many are there now
 */
export async function copyVectors(
  source: OpenedMemoryStore,
  target: OpenedMemoryStore,
  memories: readonly MovedMemory[],
  goes: (namespace: string) => boolean,
): Promise<number> {
  const wanted: { from: number; to: number }[] = [];
  const keys = memories.map(({ key }) => key);
  const texts = target.transfer.versions(keys).filter(({ namespace }) => goes(namespace));
  const there = groups(texts, ({ key }) => key);
  const pairs = memories.flatMap(({ key, rows }) =>
    rows.flatMap((row, at) => {
      const own = there.get(key)?.[at];
      return own === undefined || own.text !== row.text ? [] : { from: row.rowId, to: own.rowId };
    }),
  );
  const partsOf = (store: OpenedMemoryStore, rowIds: number[]) =>
    groups(store.rows.parts(rowIds), ({ rowId }) => rowId);
  const here = partsOf(
    source,
    pairs.map(({ from }) => from),
  );
  const theirs = partsOf(
    target,
    pairs.map(({ to }) => to),
  );
  for (const { from, to } of pairs) {
    const own = here.get(from) ?? [];
    for (const [place, { partId, start, end }] of (theirs.get(to) ?? []).entries()) {
      const part = own[place];
      if (part === undefined || part.start !== start || part.end !== end) continue;
      wanted.push({ from: part.partId, to: partId });
    }
  }
  const found = source.vectors.each(wanted.map(({ from }) => from));
  const ids: number[] = [];
  const vectors: Float32Array[] = [];
  for (const [at, vector] of found.entries()) {
    const to = wanted[at]?.to;
    if (vector === undefined || to === undefined) continue;
    ids.push(to);
    vectors.push(vector);
  }
  const [first] = vectors;
  if (first === undefined) return 0;
  const all = new Float32Array(vectors.length * first.length);
  for (const [at, vector] of vectors.entries()) all.set(vector, at * first.length);
  await whenFree(() => target.vectors.put(ids, all));
  return target.vectors.each(ids).filter((vector) => vector !== undefined).length;
}
