import { throwIfAborted } from "../base/abort.ts";
import { yieldToEventLoop } from "../base/yield.ts";
import type { TextEmbedder } from "../ports/embedder.ts";
import type { StaticVectorIndex } from "../ports/store.ts";
import type { Stopwatch } from "./report.ts";

/** Chunks of one call, and of one write: the store is synchronous. */
const perCall = 1024;
const perWrite = 512;

/**
 * Gives every chunk that has none its static vector: seconds for what takes a model minutes. One batch
 * is stored while the next is embedded.
 */
export async function embedStatic(
  index: StaticVectorIndex,
  embedder: TextEmbedder,
  watch: Stopwatch,
  signal: AbortSignal | undefined,
): Promise<number> {
  const { dimensions } = embedder;
  const start = (afterId: number): Batch | undefined => {
    const rows = index.pending(perCall, afterId);
    if (rows.length === 0) return undefined;
    const texts = rows.map(({ text }) => text);
    const vectors = embedder.embed(texts, signal === undefined ? {} : { signal });
    // A failure is thrown where the batch is awaited.
    vectors.catch(() => undefined);
    return { ids: rows.map(({ id }) => id), vectors };
  };
  let done = 0;
  let batch = start(0);
  try {
    while (batch !== undefined) {
      throwIfAborted(signal, "Indexing");
      const { ids, vectors: pending } = batch;
      const vectors = await watch.wait("static", pending);
      batch = start(ids.at(-1) as number);
      for (let from = 0; from < ids.length; from += perWrite) {
        const part = ids.slice(from, from + perWrite);
        const own = vectors.subarray(from * dimensions, (from + part.length) * dimensions);
        watch.run("static", () => index.put(part, own));
        await yieldToEventLoop();
      }
      done += ids.length;
    }
  } finally {
    await batch?.vectors.catch(() => undefined);
  }
  return done;
}

interface Batch {
  ids: number[];
  vectors: Promise<Float32Array>;
}
