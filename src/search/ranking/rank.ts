import { isStaticModel } from "../../base/model-name.ts";
import { isProse } from "../../base/text/prose.ts";
import type { ChunkPlace, ScoredChunk, Store, TextIndex, VectorIndex } from "../../ports/store.ts";
import type { Query } from "../question/query.ts";
import type { Candidates } from "../routes/candidates.ts";
import { fromFiles } from "./by-file.ts";
import { type CosineScale, cosineScaleOf, seenCosine, seenCosines } from "./cosine-scale.ts";
import { floor, relevance, shareAmong } from "./evidence.ts";
import { type FusedChunk, fuse } from "./fuse.ts";
import { isWholeName, nameBonus, surelyNamed } from "./name-bonus.ts";
import { agree, crowdingOf } from "./neighbours.ts";
import { pathPrior } from "./priors.ts";
import {
  type ChunkParameters,
  type ChunkParameterTable,
  chunkParameters,
  chunkScale,
  parametersFor,
  type QueryTraits,
} from "./ranking-parameters.ts";

/** A candidate with its places and all that its score is made of. */
export interface RankedChunk extends Omit<FusedChunk, "evidence"> {
  places: ChunkPlace[];
  /** How well it answers, 0 to 1, whatever path it has and whatever a reranker says. */
  relevance: number;
  /** The same with both: what it is ordered by. */
  score: number;
  /** Cosines that move the logarithm of the score's odds by 1; undefined: the ranking is one that was kept. */
  width?: number | undefined;
}

/** Share of the bonus of another spelling. */
const otherSpelling = 0.3;
/** Gibberish comes so near to some code by the static model: .51, where relevance begins at .36. */
const byChance = 0.15;
/** Far in meaning: so many of them are looked through for the words of the query. */
const mostFar = 40;
/** Of the fused list so many are looked at with their places. */
const mostPlaced = 200;

/** What candidates are compared by. */
type Compared = Pick<Store, "texts" | "vectors">;

/** Fuses the routes and puts the candidates in their final order. */
export function rank(
  store: Compared,
  candidates: Candidates,
  asked: Query,
  table: ChunkParameterTable = chunkParameters,
): RankedChunk[] {
  const query = isWholeName(candidates.symbols) ? { ...asked, form: { lookupShare: 1 } } : asked;
  const { fused, traits, parameters, terms, shares } = combine(store, candidates, query, table);
  addNames(fused, candidates.symbols, query);
  fused.sort((a, b) => b.score - a.score);
  const best = fused.slice(0, Math.max(mostPlaced, query.depth * 3));
  const scale = chunkScale(traits);
  const places = placesOf(store.texts, best, query.text);
  const isFar = ({ score, parts, chunkId }: FusedChunk): boolean =>
    parts.words !== null && !shares.has(chunkId) && relevance(score, terms, scale, 0) < floor;
  const far = best
    .filter(isFar)
    .slice(0, mostFar)
    .map(({ chunkId }) => chunkId);
  for (const [id, share] of sharesOf(store.texts, query.text, far)) shares.set(id, share);
  const named = surelyNamed(candidates.symbols);
  const seen = best.flatMap(({ evidence: _, ...one }) => {
    const at = places.get(one.chunkId);
    if (at === undefined) return [];
    const prior = pathPrior((at[0] as ChunkPlace).path, query.text);
    // What the question names is near enough always, as what has its words.
    const share = Math.max(shares.get(one.chunkId) ?? 0, named.has(one.chunkId) ? 1 : 0);
    // The static model knows words alone: what has none of the query's is near by chance.
    const chance = traits.isStatic && share === 0 && one.parts.words === null ? -byChance : 0;
    const evidence = one.score + chance;
    return [{ one, places: at, evidence, prior, share, chance }];
  });
  const together = fromFiles(seen, parameters.together);
  const ranked = seen.map((chunk): RankedChunk => {
    const { one, places: at, evidence, prior, share, chance } = chunk;
    const file = together.get(chunk) ?? 0;
    return {
      ...one,
      places: at,
      relevance: relevance(evidence, terms, scale, share),
      score: relevance(evidence + prior + file, terms, scale, share),
      width: scale.width,
      parts: {
        ...one.parts,
        ...(prior !== 0 && { path: prior }),
        ...(file !== 0 && { file }),
        ...(chance !== 0 && { chance }),
      },
    };
  });
  // Sorting keeps the order of equal scores: what beats another in all stands before it.
  return ranked.sort((a, b) => b.score - a.score);
}

/** What the name route found gets its bonus. */
function addNames(fused: FusedChunk[], symbols: Candidates["symbols"], query: Query): void {
  const byId = new Map(fused.map((one) => [one.chunkId, one]));
  // Where the name stands as it was written, other spellings of it are second best.
  const hasExact = symbols.some(({ match, cover }) => match === "exact" && cover === 1);
  for (const named of symbols) {
    const chunk = byId.get(named.chunkId);
    if (chunk === undefined) continue;
    const isOther = hasExact && named.match !== "exact";
    const bonus = nameBonus(named, query) * (isOther ? otherSpelling : 1);
    const known = chunk.parts.name ?? 0;
    if (bonus <= known) continue;
    chunk.score += bonus - known;
    chunk.parts.name = bonus;
  }
}

/** The chunks with their places; one without a place was removed since it was found, and left out. */
export function placed(
  texts: TextIndex,
  chunks: readonly Omit<RankedChunk, "places">[],
  queryText: string,
): RankedChunk[] {
  const places = placesOf(texts, chunks, queryText);
  return chunks.flatMap((one) => {
    const at = places.get(one.chunkId);
    return at === undefined ? [] : [{ ...one, places: at }];
  });
}

function placesOf(
  texts: TextIndex,
  chunks: readonly { chunkId: number }[],
  queryText: string,
): Map<number, ChunkPlace[]> {
  return groupPlaces(texts.places(chunks.map(({ chunkId }) => chunkId)), queryText);
}

/** What words and meaning make of the candidates, and what it was read off. */
export interface Combined {
  fused: FusedChunk[];
  traits: QueryTraits;
  parameters: ChunkParameters;
  /** Words of the query, common ones left out. */
  terms: number;
  /** See Evidence; of those chunks for which it was looked up. */
  shares: Map<number, number>;
}

/** Weighs words and meaning: crowding off, evidence summed, neighbours heard. */
export function combine(
  store: Compared,
  candidates: Pick<Candidates, "words" | "meaning" | "vector" | "isStatic"> &
    Partial<Pick<Candidates, "symbols">>,
  { form, text }: Pick<Query, "form" | "text">,
  table: ChunkParameterTable = chunkParameters,
): Combined {
  const { words, isStatic } = candidates;
  // The static model's numbers are its own (ranking-parameters.ts).
  const scale = cosineScaleOf(isStatic ? undefined : store.vectors.model()?.id);
  const meaning = candidates.meaning.map(({ chunkId, score }) => {
    return { chunkId, score: seenCosine(scale, score) };
  });
  const traits = {
    ...form,
    codeShare: shareOfCode(store.texts, words, meaning),
    // Whether it stands in for the index's model or is that.
    isStatic: isStatic || isStaticModel(store.vectors.model()?.id),
  };
  const parameters = parametersFor(traits, table);
  const kind = isStatic ? "static" : "model";
  const compare = (ids: readonly number[]): Float32Array =>
    seenCosines(scale, store.vectors.similarities(ids, kind));
  const named = (candidates.symbols ?? []).map(({ chunkId }) => chunkId);
  const cosines = cosinesOf(store.vectors, candidates, named, kind, scale);
  const knowsMeaning = meaning.length > 0 || cosines.size > 0;
  const isShared = parameters.share.many >= leastShare || !knowsMeaning;
  // What has all the words stands far in front by words.
  const wanted = isShared ? shared(words, meaning) : shared(words.slice(0, mostForWhole), []);
  const { marks, weights, texts } = store.texts.marks(text, wanted);
  const worth = weights.reduce((sum, weight) => sum + weight, 0);
  const shares = new Map(
    wanted.map((id, at) => [id, shareOf(marks[at] as Uint8Array, weights, worth)]),
  );
  const crowding = crowdingOf(meaning, compare, parameters.crowding);
  const fused = fuse(
    words,
    meaning,
    { cosines, shares, crowding },
    {
      ...parameters,
      share: shareAmong(parameters.share, texts),
    },
    named,
  );
  return {
    fused: agree(fused, compare, parameters.agreement),
    traits,
    parameters,
    terms: weights.length,
    shares,
  };
}

/** A share that is worth less than that is not looked for. */
const leastShare = 0.02;
const mostForWhole = 60;
/** Best of each list whose texts are looked through for the words of the query. */
const mostLookedThrough = 100;

function shared(words: readonly ScoredChunk[], meaning: readonly ScoredChunk[]): number[] {
  const best = [...words.slice(0, mostLookedThrough), ...meaning.slice(0, mostLookedThrough)];
  return [...new Set(best.map(({ chunkId }) => chunkId))];
}

function sharesOf(texts: TextIndex, query: string, ids: readonly number[]): [number, number][] {
  if (ids.length === 0) return [];
  const { marks, weights } = texts.marks(query, ids);
  const worth = weights.reduce((sum, weight) => sum + weight, 0);
  return ids.map((id, at) => [id, shareOf(marks[at] as Uint8Array, weights, worth)]);
}

function shareOf(marks: Uint8Array, weights: Float64Array, worth: number): number {
  if (worth === 0) return 0;
  return weights.reduce((sum, weight, at) => sum + (marks[at] === 1 ? weight : 0), 0) / worth;
}

/** Of what words and names found and the vectors did not: it is further away than all of these, and how far counts. */
function cosinesOf(
  vectors: VectorIndex,
  { words, meaning, vector }: Pick<Candidates, "words" | "meaning" | "vector">,
  named: readonly number[],
  kind: "model" | "static",
  scale: CosineScale,
): Map<number, number> {
  if (vector === undefined) return new Map();
  const known = new Set(meaning.map(({ chunkId }) => chunkId));
  const found = new Set([...words.map(({ chunkId }) => chunkId), ...named]);
  const others = [...found].filter((id) => !known.has(id));
  const cosines = vectors.cosines(vector, others, kind);
  return new Map(
    others.flatMap((id, at) => {
      const cosine = cosines[at] as number;
      return Number.isNaN(cosine) ? [] : [[id, seenCosine(scale, cosine)] as const];
    }),
  );
}

/** Candidates of each list whose language is looked at. */
const languageSample = 10;

/** Share of code among the best of both lists; 0.5 where there is nothing to go by. */
function shareOfCode(
  texts: TextIndex,
  words: readonly ScoredChunk[],
  meaning: readonly ScoredChunk[],
): number {
  const best = [...words.slice(0, languageSample), ...meaning.slice(0, languageSample)];
  const languages = new Map<number, string>();
  for (const place of texts.places([...new Set(best.map(({ chunkId }) => chunkId))])) {
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
