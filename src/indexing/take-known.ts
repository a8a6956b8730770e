/* Vectors that somebody else has made: before any is made here, chunks without one get theirs from there. */
import { throwIfAborted } from "../base/abort.ts";
import { nameOfEmbedder } from "../base/model-name.ts";
import { yieldToEventLoop } from "../base/yield.ts";
import type { IndexRequest } from "./indexer.ts";
import type { Stopwatch } from "./report.ts";

/** Chunks that are looked up, and written, together: the store is synchronous. */
const chunksPerWrite = 256;

/** @returns how many got theirs */
export async function takeKnown(
  { store, embedder, known, signal }: IndexRequest,
  watch: Stopwatch,
): Promise<number> {
  if (known === undefined) return 0;
  const name = nameOfEmbedder(embedder);
  let taken = 0;
  for (let after = 0; ; ) {
    throwIfAborted(signal, "Indexing");
    const rows = store.pending.page(after, chunksPerWrite);
    const last = rows.at(-1);
    if (last === undefined) return taken;
    after = last.id;
    const found = known.find(rows.map(({ text }) => text));
    const ids = rows.flatMap(({ id }, at) => (found[at] === undefined ? [] : [id]));
    const vectors = new Float32Array(ids.length * name.dimensions);
    let row = 0;
    for (const vector of found) {
      if (vector === undefined) continue;
      vectors.set(vector, row * name.dimensions);
      row += 1;
    }
    watch.run("vectorWrite", () => store.vectors.put(ids, vectors, name));
    taken += ids.length;
    await yieldToEventLoop();
  }
}
