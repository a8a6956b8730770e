import { HaypileError } from "../../base/errors.ts";
import { findWords, wellFormed } from "./words.ts";

/** A checked query with what its form says about it. */
export interface Query {
  text: string;
  /** Hits wanted, 1 to 1000. */
  k: number;
  /** Hits for which candidates are looked for: the same for all pages of a question, so that they stay where they are. */
  depth: number;
  form: QueryForm;
}

export interface QueryForm {
  /**
   * 0 to 1: how much the query looks a thing up by name instead of describing it. 1 for names as
   * they stand in code and for one or two words, 0 for a sentence of plain words.
   */
  lookupShare: number;
}

const maxHits = 1000;
const defaultHits = 10;
/** More is never a query. The model reads the first page of it at most. */
const maxQueryChars = 20_000;

/** @throws HaypileError HAYPILE_USAGE */
export function parseQuery(input: {
  query: string;
  k?: number | undefined;
  pageSize?: number | undefined;
}): Query {
  const { query, k = defaultHits, pageSize } = input;
  if (typeof query !== "string" || query.trim() === "") {
    throw new HaypileError(
      "HAYPILE_USAGE",
      "Expected a query but got an empty text. Say what to look for.",
      { data: { query } },
    );
  }
  if (query.length > maxQueryChars) {
    throw new HaypileError(
      "HAYPILE_USAGE",
      `Expected a query of at most ${maxQueryChars} characters but got ${query.length}. Shorten it.`,
      { data: { length: query.length, maxQueryChars } },
    );
  }
  if (!Number.isInteger(k) || k < 1 || k > maxHits) {
    throw new HaypileError(
      "HAYPILE_USAGE",
      `Expected a whole number from 1 to ${maxHits} for k but got ${k}.`,
      { data: { k, maxHits } },
    );
  }
  const isPage = pageSize === undefined || (Number.isInteger(pageSize) && pageSize > 0);
  if (!isPage || (pageSize ?? 0) > maxHits) {
    throw new HaypileError(
      "HAYPILE_USAGE",
      `Expected a whole number from 1 to ${maxHits} for pageSize but got ${pageSize}.`,
      { data: { pageSize, maxHits } },
    );
  }
  const text = wellFormed(query.trim());
  return { text, k, depth: depthOf(k, pageSize), form: formOf(text) };
}

/** Pages within so many hits have the same candidates, as many as ten hits have. */
const pagedHits = 50;

function depthOf(k: number, pageSize: number | undefined): number {
  if (pageSize === undefined) return k;
  return k <= pagedHits ? pagedHits : maxHits;
}

/** Up to so many words are a name, from so many on a description; between them, in part. */
const wordsOfName = 2;
const wordsOfSentence = 4;

/** Reads the form of a query off its words. */
export function formOf(text: string): QueryForm {
  const pieces = text.split(/\s+/u).filter((piece) => findWords(piece).length > 0);
  // Signs alone describe nothing: an operator, an emoji.
  if (pieces.length === 0) return { lookupShare: 1 };
  const identifiers = pieces.filter(isIdentifier).length / pieces.length;
  const shortness = (wordsOfSentence - pieces.length) / (wordsOfSentence - wordsOfName);
  return { lookupShare: Math.max(identifiers, Math.min(1, Math.max(0, shortness))) };
}

/** A change of case inside, an underscore, a dot or slash between letters, a call, a scope. */
export function isIdentifier(piece: string): boolean {
  const bare = withoutSigns(piece);
  return (
    /\p{Ll}\p{Lu}|\p{Lu}{2}\p{Ll}{2}/u.test(bare) ||
    /[\p{L}\p{N}]_[\p{L}\p{N}]|^_+\p{L}/u.test(bare) ||
    /[\p{L}\p{N}_]{2}(\.|::|->|\/|\\)[\p{L}_]{2}/u.test(bare) ||
    /[\p{L}\p{N}_]\(\)/u.test(piece) ||
    /^[@$#]\p{L}/u.test(bare)
  );
}

/** Without quotes, brackets and punctuation around it. */
export function withoutSigns(piece: string): string {
  let from = 0;
  let to = piece.length;
  while (from < to && "\"'`([{".includes(piece[from] as string)) from += 1;
  while (to > from && "\"'`])},.;:!?".includes(piece[to - 1] as string)) to -= 1;
  return piece.slice(from, to);
}
