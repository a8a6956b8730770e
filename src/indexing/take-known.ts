/* Vectors that somebody else has made: before any is made here, chunks without one get theirs from there. */
import { throwIfAborted } from "../base/abort.ts";
import type { ModelName } from "../base/model-name.ts";
import { yieldToEventLoop } from "../base/yield.ts";
import type { KnownVectors } from "../ports/embedder.ts";
import type { Store } from "../ports/store.ts";
import { patiently } from "./patiently.ts";
import type { Stopwatch } from "./report.ts";

/** Chunks that are looked up, and written, together: the store is synchronous. */
const chunksPerWrite = 256;

export interface KnownPhase {
  store: Pick<Store, "pending" | "vectors">;
  known: KnownVectors;
  /** Of the vectors. */
  model: ModelName;
  watch: Stopwatch;
  signal: AbortSignal | undefined;
}

/** @returns how many got theirs */
export async function takeKnown({
  store,
  known,
  model,
  watch,
  signal,
}: KnownPhase): Promise<number> {
  let taken = 0;
  for (let after = 0; ; ) {
    throwIfAborted(signal, "Indexing");
    const rows = store.pending.page(after, chunksPerWrite);
    const last = rows.at(-1);
    if (last === undefined) return taken;
    after = last.id;
    const found = known.find(rows.map(({ text }) => text));
    const ids = rows.flatMap(({ id }, at) => (found[at] === undefined ? [] : [id]));
    const vectors = new Float32Array(ids.length * model.dimensions);
    let row = 0;
    for (const vector of found) {
      if (vector === undefined) continue;
      vectors.set(vector, row * model.dimensions);
      row += 1;
    }
    const put = (): void => store.vectors.put(ids, vectors, model);
    await patiently(() => watch.run("vectorWrite", put), signal);
    taken += ids.length;
    await yieldToEventLoop();
  }
}
