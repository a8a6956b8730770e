/*
 * How the rows that a filter lets through are searched: all compared one by one where they are few, else by the graph of
 * their owner (a namespace, a project), of which as many are looked at as it takes for enough to be let through. Where
 * little is, that takes longer than comparing (docs/decisions/0216-vectors-in-pgvector.md has the measurements).
 */

/** So many vectors of one owner are compared one by one; above that it has a graph. */
export const comparedUpTo = 8_000;
/**
 * How many of the nearest are looked for in a graph: for each hit wanted, and, of so many vectors, their root: 100 find .99 of the
 * nearest ten of 10,000, 300 find .98 of those of 90,000.
 */
const reachPerHit = 2;
/** Looked at for each candidate that is expected: the filter may let less through near the question than elsewhere. */
const more = 1.2;
/** From this share on a list of ids is longer than a bit for each row, and reading them one by one slower. */
const listUpToShare = 1 / 8;

/** Vectors of an owner: all, and those that are let through. */
export interface Share {
  owner: number;
  all: number;
  allowed: number;
}

/** Where too little is let through of the first so many times as many are looked at, if comparing all takes longer than that. */
const widerBy = 4;
/** Looking at one more by a graph takes as long as comparing so many rows. */
const lookInRows = 64;

export interface Choice {
  exactly: number[];
  byGraph: number[];
  /** How many of the nearest of each of these are looked at. */
  look: number[];
}

export function choiceOf(shares: readonly Share[], limit: number, upTo = comparedUpTo): Choice {
  const choice: Choice = { exactly: [], byGraph: [], look: [] };
  for (const { owner, all, allowed } of shares) {
    if (allowed === 0) continue;
    const reach = Math.max(limit * reachPerHit, Math.ceil(Math.sqrt(all)));
    const look = allowed === all ? reach : Math.ceil((reach * more * all) / allowed);
    const isCheaper = allowed < all && allowed <= look * lookInRows * (upTo / comparedUpTo);
    if (allowed <= upTo || isCheaper) {
      choice.exactly.push(owner);
    } else {
      choice.byGraph.push(owner);
      choice.look.push(look);
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

/**
 * What is let through of some owners, not all of them: however many ids the lists have, there may be rows beside them.
 * @param lists of ids, each sorted; together they are what is let through
 * @param all how many rows there are, about
 * @param isList a list is wanted where they are few
 */
export function letThrough(
  lists: readonly (readonly number[] | Uint32Array)[],
  all: number,
  isList: boolean,
): LetThrough {
  const count = lists.reduce((sum, { length }) => sum + length, 0);
  if (isList && count <= Math.max(1_000, all * listUpToShare)) {
    return { ...everything, ids: lists.flatMap((list) => Array.from(list)) };
  }
  const some = lists.filter(({ length }) => length > 0);
  const base = some.reduce(
    (least, list) => Math.min(least, list[0] as number),
    Number.POSITIVE_INFINITY,
  );
  const last = some.reduce((most, list) => Math.max(most, list.at(-1) as number), 0);
  if (some.length === 0) return { ids: null, base: 0, bits: new Uint8Array(1) };
  const bits = new Uint8Array(((last - base) >>> 3) + 1);
  for (const list of some) {
    for (let place = 0; place < list.length; place += 1) {
      const at = (list[place] as number) - base;
      bits[at >>> 3] = (bits[at >>> 3] as number) | (1 << (at & 7));
    }
  }
  return { ids: null, base, bits };
}

/** A row that a search came to. */
export interface Found {
  found: number | null;
  score: number | null;
}

/** How many are looked at once more of an owner where too few were let through; undefined: all are compared at once. */
export function widerLook(look: number, { allowed }: Share): number | undefined {
  const wider = look * widerBy;
  return wider * lookInRows < allowed ? wider : undefined;
}
