import { untilTime } from "../../base/deadline.ts";
import { nameOfEmbedder } from "../../base/model-name.ts";
import type { SearchRequest } from "../../ports/answers/search.ts";
import type { ScoredChunk } from "../../ports/store.ts";
import type { SearchParts } from "./candidates.ts";

/** Candidates of one query that may be embedded for it: with so many it is as good as with all. */
const mostFilledInOfQuery = 160;

/** How many of this question. */
export function mostFilledIn({ fillIn: wanted }: Pick<SearchRequest, "fillIn">): number {
  return wanted === "off" ? 0 : mostFilledInOfQuery;
}

/** Time for it, milliseconds, also where the query has more. */
const ownLimitMs = 400;
/** What is at work then gets as much again before it is given up. */
const graceShare = 2;
/** Chunks of the first call, and at most of one: how many fit is known after it. */
const firstCall = 4;
const mostPerCall = 32;

/**
 * Embeds the best candidates that have no vector yet, as many as there is time for, and keeps what
 * was made: the next query has it. A store that cannot be written now is left as it is.
 *
 * @param end when the answer must be there, as performance.now() tells time
 */
export async function fillIn(
  { store, embedder }: SearchParts,
  candidates: readonly ScoredChunk[],
  most: number,
  end: number,
  signal: AbortSignal | undefined,
): Promise<number> {
  if (embedder === undefined || most === 0 || store.pending.count() === 0) return 0;
  const waiting = store.pending.of(candidates.slice(0, most).map(({ chunkId }) => chunkId));
  let done = 0;
  const start = performance.now();
  const until = Math.min(end, start + ownLimitMs);
  const givenUpAt = Math.min(end, start + ownLimitMs * graceShare);
  let size = firstCall;
  while (done < waiting.length && performance.now() < until) {
    const batch = waiting.slice(done, done + size);
    const texts = batch.map(({ text }) => text);
    // Somebody waits for it: it passes the batches of an index run, however many these are.
    const vectors = await untilTime(
      (stop) => embedder.embed(texts, { urgency: "interactive", signal: stop }),
      givenUpAt,
      signal,
    );
    if (vectors === "late") break;
    const ids = batch.map(({ id }) => id);
    try {
      if (!store.unlessBusy(() => store.vectors.put(ids, vectors, nameOfEmbedder(embedder)))) break;
    } catch {
      break;
    }
    done += batch.length;
    const now = performance.now();
    const fitting = Math.floor(((until - now) * done) / Math.max(1, now - start));
    if (fitting < 1) break;
    size = Math.min(mostPerCall, fitting);
  }
  return done;
}
