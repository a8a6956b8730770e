import { currentClock, StageClock } from "../base/stages.ts";
import type { SearchRequest, WhyChunk, WhyResult } from "../ports/answers/search.ts";
import type { ChunkPlace } from "../ports/store.ts";
import { floor } from "./ranking/evidence.ts";
import { type RankedChunk, rank } from "./ranking/rank.ts";
import { rerank, wantedReranker } from "./ranking/rerank.ts";
import { isLeftOut } from "./ranking/unasked.ts";
import { endOf } from "./request.ts";
import type { SearchParts } from "./routes/candidates.ts";
import { gather } from "./routes/gather.ts";
import { readRequest } from "./searcher.ts";

/** So far down each list is looked. */
const lookedAt = 1000;

/**
 * Runs the query and says of every chunk of a file where it came in each list.
 *
 * @param path relative to the indexed folder
 * @throws HaypileError as search()
 */
export async function why(
  parts: SearchParts,
  request: SearchRequest,
  path: string,
): Promise<WhyResult> {
  const { store } = parts;
  const end = endOf(request);
  const { query, allowed } = readRequest(parts, request);
  const clean = path.replace(/^\.\//, "");
  const own = store.texts.places(Array.from(store.texts.where((file) => file.path === clean)));
  const chunks = own.filter((place) => place.path === clean);
  if (chunks.length === 0) {
    const verdict =
      store.files.stampOf(clean) === undefined
        ? `${clean} is not in the index: it was left out, or came after the last run.`
        : `${clean} is in the index and holds nothing to find: it is empty.`;
    const isIndexed = store.files.stampOf(clean) !== undefined;
    return { path: clean, verdict, isIndexed, fitsFilter: false, chunks: [] };
  }
  // What a search of this query looks at, for its verdict; then far more, for what such a search does not see.
  const clock = currentClock() ?? new StageClock();
  const usual = await gather(parts, query, undefined, request, clock, end);
  const { candidates } = await gather(parts, query, undefined, request, clock, end, lookedAt);
  const near = rank(store, usual.candidates, query);
  const known = new Set(near.map(({ chunkId }) => chunkId));
  const further = rank(store, candidates, { ...query, depth: lookedAt });
  const fused = [...near, ...further.filter(({ chunkId }) => !known.has(chunkId))];
  const wanted = wantedReranker(parts, request);
  const reranker = wanted?.takes(usual.candidates, query) === true ? wanted : undefined;
  const { ranked } = await rerank(store.texts, reranker, fused, query.text, end, request.signal);
  const byReranker = ranked
    .filter((one) => one.parts.rerank !== undefined)
    .sort((a, b) => (b.parts.rerank as number) - (a.parts.rerank as number));
  const placeIn = (list: readonly { chunkId: number }[], id: number): number | null => {
    const at = list.findIndex((one) => one.chunkId === id);
    return at < 0 ? null : at + 1;
  };
  const waiting = new Set(
    store.pending.of(chunks.map(({ chunkId }) => chunkId)).map(({ id }) => id),
  );
  const permitted = allowed === undefined ? undefined : new Set(allowed);
  const described = chunks.map((place) => {
    const at = placeIn(ranked, place.chunkId);
    const one = at === null ? undefined : ranked[at - 1];
    return {
      startLine: place.startLine,
      endLine: place.endLine,
      rankByWords: placeIn(candidates.words, place.chunkId),
      rankByMeaning: placeIn(candidates.meaning, place.chunkId),
      rankByReranker: placeIn(byReranker, place.chunkId),
      rank: at,
      score: one?.score ?? null,
      relevance: one?.relevance ?? null,
      parts: one?.parts ?? null,
      hasVector: !waiting.has(place.chunkId),
    };
  });
  described.sort((a, b) => (a.rank ?? Number.MAX_VALUE) - (b.rank ?? Number.MAX_VALUE));
  const fitsFilter =
    permitted === undefined || chunks.some((one: ChunkPlace) => permitted.has(one.chunkId));
  return {
    path: clean,
    verdict: verdictOf(clean, described[0] as WhyChunk, fitsFilter, query.k, ranked),
    isIndexed: true,
    fitsFilter,
    chunks: described,
  };
}

function verdictOf(
  path: string,
  best: WhyChunk,
  fitsFilter: boolean,
  k: number,
  ranked: readonly RankedChunk[],
): string {
  const lists = `${ordinal(best.rankByWords)} by words and ${best.hasVector ? ordinal(best.rankByMeaning) : "without a vector yet"}${best.hasVector ? " by meaning" : ""}${best.rankByReranker === null ? "" : `, number ${best.rankByReranker} by the reranker`}`;
  if (!fitsFilter)
    return `${path} is left out by the filters of the query; without them it is ${lists}.`;
  if (best.rank === null) return `${path} is among the best ${lookedAt} of neither list.`;
  if (best.relevance !== null && best.relevance < floor) {
    return `${path} comes at place ${best.rank} and is not near enough to be shown: its relevance is ${best.relevance.toFixed(2)}, below ${floor}. ${lists}.`;
  }
  const { relevance, parts } = best;
  if (relevance !== null && parts !== null && isLeftOut({ relevance, parts }, ranked)) {
    return `${path} is about the project rather than of it: nobody asked for that, and other files answer, so it is left out. ${lists}.`;
  }
  if (best.rank <= k) return `${path} is hit ${best.rank}: ${lists}.`;
  return `${path} comes at place ${best.rank}, beyond the ${k} shown: ${lists}.`;
}

function ordinal(rank: number | null): string {
  return rank === null ? `not among the best ${lookedAt}` : `number ${rank}`;
}
