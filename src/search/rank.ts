import { isProse } from "../base/prose.ts";
import type { ChunkPlace, ScoredChunk, Store } from "../ports/store.ts";
import type { Candidates } from "./candidates.ts";
import { type FusedChunk, fuse } from "./fuse.ts";
import {
  agreementOf,
  type FusionParameters,
  fusionParameters,
  weightOfMeaning,
} from "./fusion-parameters.ts";
import { agree, uncrowd } from "./neighbours.ts";
import { pathPrior, symbolBonus } from "./priors.ts";
import type { Query } from "./query.ts";

/** A candidate with its places and all that its score is made of. */
export interface RankedChunk extends FusedChunk {
  places: ChunkPlace[];
}

/** Share of the bonus of another spelling. */
const otherSpelling = 0.3;
/** Of the fused list so many are looked at with their places. */
const mostPlaced = 200;

/** Fuses the routes and puts the candidates in their final order. */
export function rank(store: Store, candidates: Candidates, query: Query): RankedChunk[] {
  const { symbols } = candidates;
  const { lookupShare } = query.form;
  const fused = combine(store, candidates, query);
  const byId = new Map(fused.map((one) => [one.chunkId, one]));
  const lowest = fused.at(-1)?.score ?? 0;
  // Where the name stands as it was written, other spellings of it are second best.
  const hasExact = symbols.some(({ match }) => match === "exact");
  for (const { chunkId, match, symbol } of symbols) {
    const isOther = hasExact && match !== "exact";
    const bonus = symbolBonus(match, symbol, lookupShare) * (isOther ? otherSpelling : 1);
    let chunk = byId.get(chunkId);
    if (chunk === undefined) {
      const parts = { words: null, meaning: null, weight: fused[0]?.parts.weight ?? 0 };
      chunk = { chunkId, score: lowest, parts };
      byId.set(chunkId, chunk);
      fused.push(chunk);
    }
    const known = chunk.parts.name ?? 0;
    if (bonus <= known) continue;
    chunk.score += bonus - known;
    chunk.parts.name = bonus;
  }
  fused.sort((a, b) => b.score - a.score || a.chunkId - b.chunkId);
  const best = fused.slice(0, Math.max(mostPlaced, query.k * 3));
  const ranked = placed(store, best, query.text).map((one): RankedChunk => {
    const prior = pathPrior((one.places[0] as ChunkPlace).path, query.text);
    const parts = prior === 0 ? one.parts : { ...one.parts, path: prior };
    return { ...one, score: one.score + prior, parts };
  });
  return ranked.sort((a, b) => b.score - a.score || a.chunkId - b.chunkId);
}

/** The chunks with their places; one without a place was removed since it was found, and left out. */
export function placed(
  store: Store,
  chunks: readonly FusedChunk[],
  queryText: string,
): RankedChunk[] {
  const places = groupPlaces(store.places(chunks.map(({ chunkId }) => chunkId)), queryText);
  return chunks.flatMap((one) => {
    const at = places.get(one.chunkId);
    return at === undefined ? [] : [{ ...one, places: at }];
  });
}

/** Fuses words and meaning: crowding off, scores summed, neighbours heard. */
export function combine(
  store: Store,
  { words, meaning, isStatic }: Pick<Candidates, "words" | "meaning" | "isStatic">,
  { form }: Pick<Query, "form">,
  parameters: FusionParameters = fusionParameters,
): FusedChunk[] {
  const codeShare = shareOfCode(store, words, meaning);
  const traits = { ...form, codeShare, isStatic };
  const kind = isStatic ? "static" : "model";
  const compare = (ids: readonly number[]): Float32Array => store.similarities(ids, kind);
  const clear = uncrowd(meaning, compare, parameters.crowding);
  const fused = fuse(words, clear, weightOfMeaning(traits, parameters));
  const cosines = new Map(meaning.map(({ chunkId, score }) => [chunkId, score]));
  for (const { chunkId, parts } of fused) {
    const cosine = cosines.get(chunkId);
    if (cosine === undefined || parts.meaning === null) continue;
    if (cosine !== parts.meaning) parts.crowding = parts.meaning - cosine;
    parts.meaning = cosine;
  }
  return agree(fused, compare, agreementOf(traits, parameters));
}

/** Candidates of each list whose language is looked at. */
const languageSample = 10;

/** Share of code among the best of both lists; 0.5 where there is nothing to go by. */
export function shareOfCode(
  store: Store,
  words: readonly ScoredChunk[],
  meaning: readonly ScoredChunk[],
): number {
  if (words.length === 0 || meaning.length === 0) return 0.5;
  const best = [...words.slice(0, languageSample), ...meaning.slice(0, languageSample)];
  const languages = new Map<number, string>();
  for (const place of store.places([...new Set(best.map(({ chunkId }) => chunkId))])) {
    languages.set(place.chunkId, place.language);
  }
  let code = 0;
  for (const language of languages.values()) if (!isProse(language)) code += 1;
  return languages.size === 0 ? 0.5 : code / languages.size;
}

/** Places of each chunk: source first, then by path and line, whatever order the store has. */
function groupPlaces(places: readonly ChunkPlace[], query: string): Map<number, ChunkPlace[]> {
  const groups = new Map<number, ChunkPlace[]>();
  for (const place of places) {
    const group = groups.get(place.chunkId);
    if (group === undefined) groups.set(place.chunkId, [place]);
    else group.push(place);
  }
  for (const group of groups.values()) {
    group.sort(
      (a, b) =>
        pathPrior(b.path, query) - pathPrior(a.path, query) ||
        (a.path === b.path ? a.startLine - b.startLine : a.path < b.path ? -1 : 1),
    );
  }
  return groups;
}
