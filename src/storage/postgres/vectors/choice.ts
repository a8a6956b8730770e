/*
 * How the rows that a filter lets through are searched: all compared one by one where they are few, else by the graph of
 * their owner (a namespace, a project), of which as many are looked at as it takes for enough to be let through. Where
 * little is, that takes longer than comparing (docs/decisions/0216-vectors-in-pgvector.md has the measurements).
 */

/** So many vectors of one owner are compared one by one; above that it has a graph. */
export const comparedUpTo = 10_000;
/** Candidates by bits that are compared by all their values: at least, and for each hit wanted. */
const leastReach = 200;
const reachPerHit = 4;
/** Of what the filter of a graph costs; with it the ways meet at 24,500 of 100,000 vectors. */
const costOfFilter = 0.6;
/** Looked at for each candidate that is expected: the filter may let less through near the question than elsewhere. */
const more = 1.2;
/** With less of the candidates than this, all are compared after all. */
const enoughShare = 0.6;
/**
 * What is nearest by all values stands early among the candidates by bits. Where it stands anywhere, bits do not tell far
 * rows apart, as where the filter leaves nothing near the question, and others may be as near. Mean place of the best
 * ten of 200; of more candidates it is a lesser one.
 */
const latestMeanPlace = 0.16;
const judgedBest = 10;
/** From this share on a list of ids is longer than a bit for each row, and reading them one by one slower. */
const listUpToShare = 1 / 8;

/** Vectors of an owner: all, and those that are let through. */
export interface Share {
  owner: number;
  all: number;
  allowed: number;
}

/** Where the first candidates are unsure so many times as many are looked at, if comparing all takes longer than that. */
const widerBy = 4;
const lookInRows = 18;

export interface Choice {
  exactly: number[];
  byGraph: number[];
  /** How many of the nearest of each of these are looked at. */
  look: number[];
  /** With fewer that are let through of these, all are compared. */
  enough: number;
}

export function choiceOf(shares: readonly Share[], limit: number, upTo = comparedUpTo): Choice {
  const reach = Math.max(leastReach, limit * reachPerHit);
  const enough = Math.ceil(reach * enoughShare);
  const choice: Choice = { exactly: [], byGraph: [], look: [], enough };
  for (const { owner, all, allowed } of shares) {
    if (allowed === 0) continue;
    const isFew =
      allowed <= upTo || allowed * allowed <= upTo * all * costOfFilter * (reach / leastReach);
    if (isFew) choice.exactly.push(owner);
    else {
      choice.byGraph.push(owner);
      choice.look.push(allowed === all ? reach : Math.ceil((reach * more * all) / allowed));
    }
  }
  return choice;
}

/** What is let through, as the functions of the schema take it. Neither: all. */
export interface LetThrough {
  ids: number[] | null;
  base: number | null;
  bits: Uint8Array | null;
}

export const everything: LetThrough = { ids: null, base: null, bits: null };

/** @param ids sorted @param all how many rows there are @param isList a list is wanted where they are few */
export function letThrough(
  ids: readonly number[] | Uint32Array,
  all: number,
  isList: boolean,
): LetThrough {
  if (ids.length >= all) return everything;
  if (isList && ids.length <= Math.max(1_000, all * listUpToShare)) {
    return { ...everything, ids: Array.from(ids) };
  }
  const base = ids[0] ?? 0;
  const bits = new Uint8Array((((ids.at(-1) ?? base) - base) >>> 3) + 1);
  for (const id of ids) {
    const at = id - base;
    bits[at >>> 3] = (bits[at >>> 3] as number) | (1 << (at & 7));
  }
  return { ids: null, base, bits };
}

/** A row that a search came to. `place`: where it stood among the candidates by bits, 0 to 1. */
export interface Found {
  found: number | null;
  score: number | null;
  place: number;
}

/** Whether the candidates of a graph have the nearest among them. @param enough see choiceOf() */
export function areSure(rows: readonly Found[], limit: number, enough: number): boolean {
  if (rows.length < enough) return false;
  const judged = Math.min(limit, judgedBest);
  const best = [...rows].sort((a, b) => (b.score ?? -1) - (a.score ?? -1)).slice(0, judged);
  const latest = latestMeanPlace * Math.sqrt((leastReach * enoughShare) / enough);
  return best.reduce((sum, { place }) => sum + place, 0) <= latest * best.length;
}

/** How many are looked at once more of an owner where the first were unsure; undefined: all are compared at once. */
export function widerLook(look: number, { allowed }: Share): number | undefined {
  const wider = look * widerBy;
  return wider * lookInRows < allowed ? wider : undefined;
}

/** `enough` for that. */
export function widerEnough(enough: number): number {
  return enough * widerBy;
}
