import type { Store } from "../../src/ports/store.ts";

/** Unit vectors around 40 centres, all a little to one side, as real embeddings are. */
export function madeUpVector(seed: number, dimensions: number): Float32Array {
  let state = (seed * 2654435761 + 1) >>> 0;
  const next = (): number => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 31 - 1;
  };
  let centre = ((seed % 40) * 40503 + 7) >>> 0;
  const nextOfCentre = (): number => {
    centre = (Math.imul(centre, 1664525) + 1013904223) >>> 0;
    return centre / 2 ** 31 - 1;
  };
  const values = Float32Array.from(
    { length: dimensions },
    () => 0.3 + nextOfCentre() + 0.7 * next(),
  );
  const length = Math.hypot(...values);
  return values.map((value) => value / length);
}

/** Adds files f<from>.txt … of one chunk each, with the vectors of their numbers. Returns the chunks' ids. */
export function addVectors(
  store: Pick<Store, "files" | "pending" | "vectors">,
  from: number,
  count: number,
  dimensions: number,
): number[] {
  const stamp = { sizeBytes: 1, mtimeMs: 1, readMs: 5000 };
  const files = Array.from({ length: count }, (_, i) => ({
    path: `f${from + i}.txt`,
    stamp,
    contentHash: String(from + i),
    language: "text",
    chunks: [{ text: `text ${from + i}`, startLine: 1, endLine: 1, tokens: 2 }],
  }));
  store.files.put(files);
  const rows = store.pending.page(0, count);
  const vectors = new Float32Array(rows.length * dimensions);
  rows.forEach((row, i) => {
    vectors.set(madeUpVector(Number(row.text.slice(5)), dimensions), i * dimensions);
  });
  const ids = rows.map(({ id }) => id);
  store.vectors.put(ids, vectors);
  return ids;
}
