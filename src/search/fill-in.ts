import type { ScoredChunk } from "../ports/store.ts";
import type { SearchParts } from "./candidates.ts";

/** Time for it when the query has no deadline, milliseconds. */
const ownLimitMs = 500;
/** Chunks of one call: after each the deadline is looked at. */
const perCall = 16;

/**
 * Embeds the best candidates that have no vector yet, as many as there is time for, and keeps what
 * was made: the next query has it. A store that cannot be written now is left as it is.
 */
export async function fillIn(
  { store, embedder }: SearchParts,
  candidates: readonly ScoredChunk[],
  most: number,
  end: number,
  signal: AbortSignal | undefined,
): Promise<number> {
  if (embedder === undefined || most === 0 || store.countWithoutVector() === 0) return 0;
  const waiting = store.withoutVector(candidates.slice(0, most).map(({ chunkId }) => chunkId));
  let done = 0;
  const until = Math.min(end, performance.now() + ownLimitMs);
  // The slowest call so far says whether another one fits.
  let slowest = 0;
  for (let at = 0; at < waiting.length; at += perCall) {
    const start = performance.now();
    if (start + slowest > until) break;
    const batch = waiting.slice(at, at + perCall);
    const vectors = await embedder.embed(
      batch.map(({ text }) => text),
      signal === undefined ? {} : { signal },
    );
    try {
      store.putVectors(
        batch.map(({ id }) => id),
        vectors,
      );
    } catch {
      return done;
    }
    done += batch.length;
    slowest = Math.max(slowest, performance.now() - start);
  }
  return done;
}
