/*
 * Rankings of earlier searches. Only the order of chunks is kept, with what their scores are made
 * of: which of them are shown, at which lines, and whether their files still say so, is worked out anew
 * each time. A ranking holds as long as nothing was written into the index.
 */

import type { StageClock } from "../base/stages.ts";
import type { ScoreParts, SearchFilter, SearchRequest } from "../ports/answers/search.ts";
import type { TextIndex } from "../ports/store.ts";
import type { Query } from "./question/query.ts";
import { isNearlySame, signatureOf } from "./question/similar-query.ts";
import { placed, type RankedChunk } from "./ranking/rank.ts";
import type { KeptRanking } from "./ranking-cache.ts";
import type { SearchParts } from "./routes/candidates.ts";
import { mostFilledIn } from "./routes/fill-in.ts";

const figures = [
  "words",
  "share",
  "meaning",
  "fromMeaning",
  "fromWords",
  "fromShare",
  "fromWhole",
  "crowding",
  "neighbours",
  "order",
  "name",
  "path",
  "file",
  "chance",
  "rerank",
  "late",
] as const;
/** The score, the relevance and the figures. */
const rowLength = figures.length + 2;

/** A ranking found, and how. */
export interface FoundRanking {
  ranking: KeptRanking;
  how: "same" | "similar";
}

/** What tells the ranking of this search from any other's. */
export function groupOf(
  { depth }: Query,
  filter: SearchFilter | undefined,
  request: SearchRequest,
  rerankerId: string | undefined,
): string {
  return JSON.stringify([depth, mostFilledIn(request), rerankerId ?? null, filter ?? null]);
}

/** The ranking of the same query, else of one that says the same in nearly the same words. */
export async function find(
  { rankings, embedder, store }: SearchParts,
  { text, form }: Query,
  group: string,
  request: SearchRequest,
  clock: StageClock,
): Promise<FoundRanking | undefined> {
  if (rankings === undefined) return undefined;
  const same = rankings.get(keyOf(text, group));
  if (same !== undefined) return { ranking: same, how: "same" };
  // A name is looked up to the letter. Without a vector, nothing shows that two queries mean the same.
  if (form.lookupShare > 0 || embedder === undefined) return undefined;
  if (store.vectors.model()?.id !== embedder.modelId || request.deadlineMs !== undefined)
    return undefined;
  const signature = signatureOf(text);
  const mark = rankings.mark();
  for (const [key, ranking] of rankings.values()) {
    if (ranking.group !== group || ranking.signature !== signature) continue;
    const { signal } = request;
    const isNear = (): Promise<boolean> => isNearlySame(embedder, text, ranking.text, signal);
    if (await clock.during("embed", isNear)) {
      // Asked for again: a use of it, which also says whether it is still there.
      const found = rankings.mark() === mark ? rankings.get(key) : undefined;
      return found && { ranking: found, how: "similar" };
    }
  }
  return undefined;
}

/** Keeps a ranking, unless the index was written meanwhile. @param mark of before the search */
export function keep(
  { rankings }: SearchParts,
  { text }: Query,
  group: string,
  mark: string | undefined,
  ranked: readonly Omit<RankedChunk, "places">[],
  facts: Pick<KeptRanking, "candidates" | "isStatic" | "reranked">,
): void {
  if (rankings === undefined || rankings.mark() !== mark) return;
  const scores = new Float64Array(ranked.length * rowLength).fill(Number.NaN);
  for (const [row, { score, relevance, parts }] of ranked.entries()) {
    scores[row * rowLength] = score;
    scores[row * rowLength + 1] = relevance;
    for (const [at, figure] of figures.entries()) {
      scores[row * rowLength + 2 + at] = parts[figure] ?? Number.NaN;
    }
  }
  rankings.set(keyOf(text, group), {
    text,
    group,
    signature: signatureOf(text),
    chunkIds: Uint32Array.from(ranked, ({ chunkId }) => chunkId),
    scores,
    ...facts,
  });
}

/** The chunks of a ranking with their places as they are in the index. */
export function unpack(texts: TextIndex, ranking: KeptRanking, query: Query): RankedChunk[] {
  const chunks = Array.from(ranking.chunkIds, (chunkId, row) => {
    const [score, relevance, ...values] = ranking.scores.subarray(
      row * rowLength,
      (row + 1) * rowLength,
    );
    const known = figures.flatMap((figure, at) => {
      const value = values[at] as number;
      return Number.isNaN(value) ? [] : [[figure, value] as const];
    });
    const parts: ScoreParts = {
      words: null,
      share: 0,
      meaning: null,
      ...Object.fromEntries(known),
    };
    return { chunkId, score: score as number, relevance: relevance as number, parts };
  });
  return placed(texts, chunks, query.text);
}

function keyOf(text: string, group: string): string {
  return `${group} ${text}`;
}
