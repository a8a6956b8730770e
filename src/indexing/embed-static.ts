import { throwIfAborted } from "../base/abort.ts";
import { yieldToEventLoop } from "../base/yield.ts";
import type { TextEmbedder } from "../ports/embedder.ts";
import type { Store } from "../ports/store.ts";
import type { Stopwatch } from "./report.ts";

/** Chunks of one call, and of one write: the store is synchronous. */
const perCall = 1024;
const perWrite = 128;

/** Gives every chunk that has none its static vector: seconds for what takes a model minutes. */
export async function embedStatic(
  store: Store,
  embedder: TextEmbedder,
  watch: Stopwatch,
  signal: AbortSignal | undefined,
): Promise<number> {
  const { dimensions } = embedder;
  let done = 0;
  for (;;) {
    throwIfAborted(signal, "Indexing");
    const rows = store.chunksWithoutStatic(perCall);
    if (rows.length === 0) return done;
    const vectors = await watch.wait(
      "static",
      embedder.embed(
        rows.map(({ text }) => text),
        signal === undefined ? {} : { signal },
      ),
    );
    for (let start = 0; start < rows.length; start += perWrite) {
      const part = rows.slice(start, start + perWrite);
      const own = vectors.subarray(start * dimensions, (start + part.length) * dimensions);
      watch.run("static", () =>
        store.putStatic(
          part.map(({ id }) => id),
          own,
        ),
      );
      await yieldToEventLoop();
    }
    done += rows.length;
  }
}
