/*
 * Of two memories that contradict each other the newer holds. Nobody knows for sure which do: two short ones that speak of
 * the same (near in meaning, words in common) and answer the question alike are taken for such, the older one is put
 * behind, and said to be older than the other. One that has more of the question's words than the newer is of another
 * thing ("the wall in the hall" and "the wall in the study"). Turns are not compared: people say things twice.
 */
import type { MemoryRow, MemoryVectorIndex } from "../../ports/memory-rows.ts";
import { toldAt } from "../../ports/memory-rows.ts";
import { type CosineScale, seenCosine } from "../../search/ranking/cosine-scale.ts";
import { tellingWords, wordsInCommon } from "../text/same-text.ts";

export interface Compared {
  row: MemoryRow;
  /** Undefined: it is there to make up the number. */
  partId: number | undefined;
  /** Of the question's words, 0 to 1. */
  share: number;
}

/** Best of an answer that are compared with each other. */
const mostCompared = 20;
/** UTF-16 units; longer ones say many things. */
const longest = 600;

/** Both must hold for two to speak of the same: a cosine, and a share of the words of the one with fewer. */
interface Alike {
  cosine: number;
  common: number;
  /** More of the question's words than the newer has, at most. */
  more: number;
}

const plain: Alike = { cosine: 0.6, common: 0.3, more: 0.15 };
/** Where the newer has a word for what changed. */
const toldChange: Alike = { cosine: 0.5, common: 0.3, more: 0.3 };
const change =
  /\b(?:now|no longer|not any ?more|any ?more|since|instead|moved?|changed?|became|switched|replaced|left|retired|lowered|raised|until|used to|these days|from now on|new)\b/iu;

/** Who asks for what was is not told what is. */
const past =
  /\b(?:before(?=\s*(?:[?.!,;]|$|(?:that|now|then)\b))|previous(?:ly)?|former(?:ly)?|used to|original(?:ly)?|earlier|back then|at first|in the past|history|old|older|once (?:was|were|had|used|lived|worked))\b/iu;

export function asksForPast(query: string): boolean {
  return past.test(query);
}

/**
 * Of the best, the newer one that each is older than, by their places; the last of several.
 * @param found best first
 */
export function outdatedOf(
  found: readonly Compared[],
  vectors: Pick<MemoryVectorIndex, "each">,
  scale: CosineScale,
): Map<number, number> {
  const best = found.slice(0, mostCompared);
  const short = best.flatMap(({ row, partId }) => {
    const isShort = row.kind !== "turn" && row.text.length <= longest;
    return partId === undefined || !isShort ? [] : [partId];
  });
  const made = vectors.each(short);
  const vectorOf = new Map(short.map((partId, at) => [partId, made[at]]));
  const compared = best
    .flatMap(({ row, partId, share }, at): Told[] => {
      const vector = partId === undefined ? undefined : vectorOf.get(partId);
      if (vector === undefined) return [];
      const { text, rowId, namespace } = row;
      const words = tellingWords(text);
      const alike = change.test(text) ? toldChange : plain;
      return [{ at, rowId, namespace, told: toldAt(row), share, vector, words, alike }];
    })
    .sort((a, b) => a.told - b.told || a.rowId - b.rowId);
  const outdated = new Map<number, number>();
  for (const [place, older] of compared.entries()) {
    const newer = compared.findLast(
      (one, other) =>
        other > place && one.namespace === older.namespace && isReplaced(older, one, scale),
    );
    if (newer !== undefined) outdated.set(older.at, newer.at);
  }
  return outdated;
}

interface Told {
  /** Its place in the answer. */
  at: number;
  rowId: number;
  namespace: string;
  told: number;
  share: number;
  vector: Float32Array;
  words: ReadonlySet<string>;
  /** What an older one must have in common with it. */
  alike: Alike;
}

function isReplaced(older: Told, newer: Told, scale: CosineScale): boolean {
  const { cosine, common, more } = newer.alike;
  return (
    !isOfAnother(older.words, newer.words) &&
    older.share - newer.share <= more &&
    wordsInCommon(older.words, newer.words) >= common &&
    seenCosine(scale, cosineOf(older.vector, newer.vector)) >= cosine
  );
}

/**
 * Sentences of one form about two things: "Peter likes green tea" and "Paul likes green tea", "Ticket 101 is assigned to Kim" and
 * "Ticket 102 is assigned to Lee". A word that differs before a word in common is what they are about, not what is said of it.
 */
function isOfAnother(older: ReadonlySet<string>, newer: ReadonlySet<string>): boolean {
  const [first, second, third, ...rest] = older;
  const [otherFirst, otherSecond, otherThird, ...otherRest] = newer;
  if (first !== otherFirst) return second !== undefined && second === otherSecond;
  const isOther = second !== otherSecond && third !== undefined && third === otherThird;
  return isOther && rest.some((word, at) => word !== otherRest[at]);
}

function cosineOf(a: Float32Array, b: Float32Array): number {
  let product = 0;
  let squares = 0;
  let others = 0;
  for (let at = 0; at < a.length; at += 1) {
    const one = a[at] as number;
    const other = b[at] as number;
    product += one * other;
    squares += one * one;
    others += other * other;
  }
  const length = Math.sqrt(squares * others);
  return length === 0 ? 0 : product / length;
}
