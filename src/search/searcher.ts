import { throwIfAborted } from "../base/abort.ts";
import { HaypileError } from "../base/errors.ts";
import { type StageClock, timed, timesOf } from "../base/stages.ts";
import type {
  SearchFilter,
  SearchRequest,
  FoundHits as SearchResult,
} from "../ports/answers/search.ts";
import { find, groupOf, keep, unpack } from "./kept-rankings.ts";
import { inIndexWords, joinFilters, parseFilters } from "./question/filter.ts";
import { parseQuery, type Query } from "./question/query.ts";
import { unfitted } from "./question/unfitted.ts";
import { floor } from "./ranking/evidence.ts";
import { type RankedChunk, rank } from "./ranking/rank.ts";
import { rerank, wantedReranker } from "./ranking/rerank.ts";
import { withoutUnasked } from "./ranking/unasked.ts";
import { endOf } from "./request.ts";
import { allowedChunks, type SearchParts } from "./routes/candidates.ts";
import { gather } from "./routes/gather.ts";
import { show } from "./showing/show.ts";
import { uncached } from "./uncached.ts";

/**
 * Searches by words, by meaning and by name, and fuses the three. Before any vector exists, or without an
 * embedder, words and names decide. With a reranker the best of them are looked at once more. What was
 * asked before is not worked out again while the index is the same, but compared with the disk it is.
 *
 * @throws HaypileError HAYPILE_USAGE, HAYPILE_DIMENSIONS_DIFFER, HAYPILE_ABORTED, and those of the
 *   store and the embedder
 */
export async function search(parts: SearchParts, request: SearchRequest): Promise<SearchResult> {
  return await timed((clock) => searchBy(clock, parts, request));
}

async function searchBy(
  clock: StageClock,
  given: SearchParts,
  request: SearchRequest,
): Promise<SearchResult> {
  const parts = request.cache === false ? withoutCaches(given) : given;
  const { store } = parts;
  const end = endOf(request);
  const { query, filter } = readQuery(parts, request);
  throwIfAborted(request.signal, "Searching");
  const reranker = wantedReranker(parts, request);
  const group = groupOf(query, filter, request, reranker?.reranker.modelId);
  const kept = await find(parts, query, group, request, clock);
  const ranking =
    kept === undefined
      ? await rankAnew(parts, query, filter, request, clock, end)
      : {
          ...kept.ranking,
          ranked: clock.run("fuse", () => unpack(store.texts, kept.ranking, query)),
          cut: [],
          filledIn: 0,
        };
  const mark = performance.now();
  const { near, nearest } = nearEnough(ranking.ranked, request.minScore);
  const shown = await show(parts, near, query, request, end);
  clock.add("show", mark);
  return {
    hits: shown.hits,
    candidates: ranking.candidates,
    nearest,
    withoutVector: store.pending.count(),
    isStatic: ranking.isStatic,
    cut: [...unfitted(store.texts, filter, parts.root), ...ranking.cut, ...shown.cut],
    changedFiles: shown.changedFiles,
    filledIn: ranking.filledIn,
    reranked: ranking.reranked,
    fromCache: kept?.how,
    timesMs: timesOf(clock.times()),
  };
}

function withoutCaches(parts: SearchParts): SearchParts {
  return { ...parts, rankings: undefined, embedder: parts.embedder && uncached(parts.embedder) };
}

/** What is shown, and the best score of the rest. Without a least score relevance decides, whatever the path, but for unasked.ts. */
function nearEnough(
  ranked: readonly RankedChunk[],
  least: number | undefined,
): { near: RankedChunk[]; nearest: number | undefined } {
  const isNear = ({ score, relevance }: RankedChunk): boolean =>
    least === undefined ? relevance >= floor : score >= least;
  const near = ranked.filter(isNear);
  return {
    near: least === undefined ? withoutUnasked(near) : near,
    nearest: ranked.find((one) => !isNear(one))?.score,
  };
}

/** Asks the routes, fuses and reranks; and keeps the ranking for the next time, when nothing was cut. */
async function rankAnew(
  parts: SearchParts,
  query: Query,
  filter: SearchFilter | undefined,
  request: SearchRequest,
  clock: StageClock,
  end: number,
) {
  const { store } = parts;
  const indexMark = parts.rankings?.mark();
  const reranker = wantedReranker(parts, request);
  // Its model may load while the candidates are gathered; a failure comes up when it is used.
  reranker?.reranker.prepare().catch(() => undefined);
  const found = await gather(
    parts,
    query,
    clock.run("words", () => allowedChunks(store.texts, filter)),
    request,
    clock,
    end,
  );
  const fused = clock.run("fuse", () => rank(store, found.candidates, query));
  const taken = reranker?.takes(found.candidates, query) === true ? reranker : undefined;
  const reranked = await clock.during("rerank", () =>
    rerank(store.texts, taken, fused, query.text, end, request.signal),
  );
  const { words, meaning, symbols, isStatic } = found.candidates;
  const facts = {
    candidates: { words: words.length, meaning: meaning.length, symbols: symbols.length },
    isStatic,
    reranked: reranked.report,
  };
  const { ranked } = reranked;
  const cut = [...found.cut, ...reranked.cut];
  if (cut.length === 0)
    keep(
      parts,
      query,
      groupOf(query, filter, request, reranker?.reranker.modelId),
      indexMark,
      ranked,
      facts,
    );
  return { ranked, cut, filledIn: found.filledIn, ...facts };
}

/** The query without its filters, and these. */
function readQuery(
  parts: SearchParts,
  request: SearchRequest,
): { query: Query; filter: SearchFilter | undefined } {
  const checked = parseQuery(request);
  const { minScore } = request;
  if (minScore !== undefined && !(minScore >= 0 && minScore <= 1)) {
    throw new HaypileError(
      "HAYPILE_USAGE",
      `Expected a number from 0 to 1 for minScore but got ${minScore}.`,
      { data: { minScore } },
    );
  }
  const { text, filter } = parseFilters(checked.text);
  const query = parseQuery({ query: text, k: request.k, pageSize: request.pageSize });
  const joined = joinFilters(filter, request.filter);
  return { query, filter: joined && inIndexWords(joined, parts.filterWords) };
}

/** The query without its filters, and the chunks the filters leave. */
export function readRequest(
  parts: SearchParts,
  request: SearchRequest,
): { query: Query; allowed: Uint32Array | undefined } {
  const { query, filter } = readQuery(parts, request);
  return { query, allowed: allowedChunks(parts.store.texts, filter) };
}
