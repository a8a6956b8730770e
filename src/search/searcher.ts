import { throwIfAborted } from "../base/abort.ts";
import type { Store } from "../ports/store.ts";
import { allowedChunks, type SearchParts } from "./candidates.ts";
import { joinFilters, parseFilters } from "./filter.ts";
import { gather } from "./gather.ts";
import { parseQuery, type Query } from "./query.ts";
import { rank } from "./rank.ts";
import { noTimes, type SearchRequest, type SearchResult } from "./request.ts";
import { rerank, wantedReranker } from "./rerank.ts";
import { show } from "./show.ts";

/**
 * Searches by words, by meaning and by name, and fuses the three. Before any vector exists, or without an
 * embedder, words and names decide. With a reranker the best of them are looked at once more.
 *
 * @throws HaypileError HAYPILE_USAGE, HAYPILE_DIMENSIONS_DIFFER, HAYPILE_ABORTED, and those of the
 *   store and the embedder
 */
export async function search(parts: SearchParts, request: SearchRequest): Promise<SearchResult> {
  const { store } = parts;
  const start = performance.now();
  const timesMs = noTimes();
  const { query, allowed } = readRequest(store, request);
  throwIfAborted(request.signal, "Searching");
  const reranker = wantedReranker(parts, request);
  // Its model may load while the candidates are gathered; a failure comes up when it is used.
  reranker?.prepare().catch(() => undefined);
  const found = await gather(parts, query, allowed, request, timesMs);
  let mark = performance.now();
  const ranked = rank(store, found.candidates, query);
  timesMs.fuse = performance.now() - mark;
  mark = performance.now();
  const end = start + (request.deadlineMs ?? Number.POSITIVE_INFINITY);
  const reranked = await rerank(store, reranker, ranked, query.text, end, request.signal);
  timesMs.rerank = performance.now() - mark;
  mark = performance.now();
  const shown = await show(parts, reranked.ranked, query, request);
  timesMs.show = performance.now() - mark;
  timesMs.total = performance.now() - start;
  const { words, meaning, symbols } = found.candidates;
  return {
    hits: shown.hits,
    candidates: { words: words.length, meaning: meaning.length, symbols: symbols.length },
    withoutVector: store.countWithoutVector(),
    isStatic: found.candidates.isStatic,
    cut: [...found.cut, ...reranked.cut, ...shown.cut],
    changedFiles: shown.changedFiles,
    filledIn: found.filledIn,
    reranked: reranked.report,
    timesMs,
  };
}

/** The query without its filters, and the chunks the filters leave. */
export function readRequest(
  store: Store,
  request: SearchRequest,
): { query: Query; allowed: Uint32Array | undefined } {
  const checked = parseQuery(request);
  const { text, filter } = parseFilters(checked.text);
  const query = parseQuery({ query: text, k: request.k });
  return { query, allowed: allowedChunks(store, joinFilters(filter, request.filter)) };
}
