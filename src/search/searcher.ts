import { throwIfAborted } from "../base/abort.ts";
import type { Store } from "../ports/store.ts";
import { allowedChunks, type SearchParts } from "./candidates.ts";
import { joinFilters, parseFilters } from "./filter.ts";
import { gather } from "./gather.ts";
import { parseQuery, type Query } from "./query.ts";
import { rank } from "./rank.ts";
import type { SearchRequest, SearchResult, SearchTimes } from "./request.ts";
import { show } from "./show.ts";

/**
 * Searches by words, by meaning and by name, and fuses the three. Before any vector exists, or without an
 * embedder, words and names decide.
 *
 * @throws HaypileError HAYPILE_USAGE, HAYPILE_DIMENSIONS_DIFFER, HAYPILE_ABORTED, and those of the
 *   store and the embedder
 */
export async function search(parts: SearchParts, request: SearchRequest): Promise<SearchResult> {
  const { store } = parts;
  const start = performance.now();
  const timesMs: SearchTimes = { embed: 0, words: 0, meaning: 0, fuse: 0, show: 0, total: 0 };
  const { query, allowed } = readRequest(store, request);
  throwIfAborted(request.signal, "Searching");
  const found = await gather(parts, query, allowed, request, timesMs);
  let mark = performance.now();
  const ranked = rank(store, found.candidates, query);
  timesMs.fuse = performance.now() - mark;
  mark = performance.now();
  const shown = await show(parts, ranked, query, request);
  timesMs.show = performance.now() - mark;
  timesMs.total = performance.now() - start;
  const { words, meaning, symbols } = found.candidates;
  return {
    hits: shown.hits,
    candidates: { words: words.length, meaning: meaning.length, symbols: symbols.length },
    withoutVector: store.countWithoutVector(),
    isStatic: found.candidates.isStatic,
    cut: [...found.cut, ...shown.cut],
    changedFiles: shown.changedFiles,
    filledIn: found.filledIn,
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
