/*
 * How the rows that a filter lets through are searched: all compared one by one where they are few, else by the graph of
 * their owner (a namespace, a project), which is passed through until enough of what it gives is let through. Where
 * little is, that takes longer than comparing (docs/decisions/0216-vectors-in-pgvector.md has the measurements).
 */

/** So many vectors of one owner are compared one by one; above that it has a graph. */
export const comparedUpTo = 10_000;
/** Candidates by bits that are compared by all their values: at least, and for each hit wanted. */
const leastReach = 200;
const reachPerHit = 4;
/** What a step through the graph costs, in vectors that are compared meanwhile. */
const stepInRows = 17;
/** hnsw.ef_search knows no more. */
const mostLook = 1_000;
/** From this share on a list of ids is longer than a bit for each row, and reading them one by one slower. */
const listUpToShare = 1 / 6;

/** Vectors of an owner: all, and those that are let through. */
export interface Share {
  owner: number;
  all: number;
  allowed: number;
}

export interface Choice {
  reach: number;
  exactly: number[];
  byGraph: number[];
  /** Candidates that the graph of each of these keeps in view. */
  look: number[];
}

export function choiceOf(shares: readonly Share[], limit: number, upTo = comparedUpTo): Choice {
  const reach = Math.max(leastReach, limit * reachPerHit);
  const choice: Choice = { reach, exactly: [], byGraph: [], look: [] };
  for (const { owner, all, allowed } of shares) {
    if (allowed === 0) continue;
    const isFew = allowed <= upTo || allowed * allowed <= all * reach * stepInRows;
    if (isFew) choice.exactly.push(owner);
    else {
      choice.byGraph.push(owner);
      choice.look.push(Math.min(mostLook, Math.ceil((reach * all) / allowed)));
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
