/*
 * The route by name. Whether a query is a name, or holds some, is read off the index and not off the number of its
 * words: "get user by id from cache" is one where a definition is called getUserByIdFromCache.
 */
import { foldName } from "../../base/text/names.ts";
import type { SymbolHit } from "../../ports/answers/definitions.ts";
import type { Store } from "../../ports/store.ts";
import type { NameMatch, SymbolRow, SymbolTable } from "../../ports/symbols.ts";
import { findSymbol, inOrder } from "../../symbols/find-symbol.ts";
import { isIdentifier, type Query, withoutSigns } from "../question/query.ts";
import { stopWords } from "../question/words.ts";

/** A definition with a name of the query. */
export interface NamedDefinition {
  symbol: SymbolRow;
  match: NameMatch;
  /** It stands in a longer query, as names stand in code. */
  isWritten: boolean;
  /** Part of the query that its name accounts for, by letters, common words left out; 0 to 1. */
  cover: number;
  /** 0 for the best of the definitions of this name, as find_symbol orders them, 1 for the next file, and so on. */
  place: number;
  /** A declaration or a plain value, where the same name also stands for something that does something. */
  isBehind: boolean;
  /** Files of which each defines this name. */
  files: number;
}

export interface NamedChunk extends NamedDefinition {
  chunkId: number;
}

/** Definitions of one name. */
const mostDefinitions = 40;
const mostDefinitionsRead = 400;
/** Longer queries are looked through for names, but are none as a whole that somebody typed wrongly. */
const mostWordsTyped = 10;
/** Words of a query that are looked at, and of one name in it. */
const mostWords = 32;
const mostWordsOfName = 7;
/** A name of several words in a description has so many letters at least: "to do" is no todo(). */
const leastLettersWithin = 6;
/** A name in a description that more files define says nothing of where. */
const mostFilesWithin = 8;
/** Plain words that are a name by chance account for less of a query. */
const leastCover = 0.5;
const mostNamesWithin = 12;

/** Declarations and plain values. */
const minor: ReadonlySet<string> = new Set(["declaration", "variable", "property", "key"]);

/** Chunks in which a definition begins that the query names. */
export function namedChunks(
  { symbols, texts }: Pick<Store, "symbols" | "texts">,
  query: Query,
  allowed: Uint32Array | undefined,
): NamedChunk[] {
  const whole = wholeName(symbols, query);
  const isSettled = whole.some(({ match }) => wholeMatches.has(match));
  const found = isSettled ? whole : [...whole, ...namesWithin(symbols, query.text)];
  const chunks = texts.at(
    found.map(({ symbol }) => ({ path: symbol.path, line: symbol.headLine })),
  );
  const permitted = allowed === undefined ? undefined : new Set(allowed);
  return found.flatMap((one, at) => {
    const chunkId = chunks[at];
    if (chunkId === undefined || permitted?.has(chunkId) === false) return [];
    return [{ ...one, chunkId }];
  });
}

const wholeMatches: ReadonlySet<NameMatch> = new Set(["exact", "case", "words"]);

/** The whole query taken for one name: by all of it always, by less of it where it looks like a name. */
function wholeName(symbols: SymbolTable, { text, form }: Query): NamedDefinition[] {
  const words = text.split(/\s+/u).length;
  if (words > mostWordsTyped) return [];
  const hits = findSymbol(symbols, text, { k: mostDefinitions });
  const placed = placesOf(hits, 1);
  // Less than the name: a beginning or some words of it, of which any sentence has some.
  return placed.filter(
    ({ match }) => wholeMatches.has(match) || match === "typo" || form.lookupShare > 0,
  );
}

/** Names that stand in a longer text: written as in code, or as neighbouring words that are all words of a name. */
function namesWithin(symbols: SymbolTable, text: string): NamedDefinition[] {
  const pieces = text.split(/\s+/u).slice(0, mostWords);
  if (pieces.length < 2) return [];
  const bare = pieces.map(withoutSigns);
  const letters = bare.map((piece) =>
    stopWords.has(piece.toLowerCase()) ? 0 : foldName(piece).length,
  );
  const all = letters.reduce((sum, count) => sum + count, 0);
  const spans = new Map<string, { from: number; to: number }>();
  for (let from = 0; from < bare.length; from += 1) {
    for (let to = from + 1; to <= Math.min(bare.length, from + mostWordsOfName); to += 1) {
      if (to - from === 1 && !isIdentifier(pieces[from] as string)) continue;
      const name = bare.slice(from, to).join(" ");
      const folded = foldName(to - from === 1 ? lastPart(name) : name);
      if (folded.length >= leastLettersWithin && !spans.has(folded))
        spans.set(folded, { from, to });
    }
  }
  if (spans.size === 0) return [];
  const names = symbols.namesFolded([...spans.keys()], mostDefinitions);
  const met = [...new Set(names.map(({ folded }) => folded))].map((folded) => {
    return { folded, ...(spans.get(folded) as { from: number; to: number }) };
  });
  // Of names within names the longest: "get user" is not meant in "get user by id".
  const longest = met.filter(
    (one) =>
      !met.some(
        (other) =>
          other !== one &&
          other.from <= one.from &&
          other.to >= one.to &&
          other.to - other.from > one.to - one.from,
      ),
  );
  return longest.slice(0, mostNamesWithin).flatMap(({ folded, from, to }) => {
    const ids = names.filter((one) => one.folded === folded).map(({ nameId }) => nameId);
    const written = lastPart(bare.slice(from, to).join(" "));
    const rows = symbols.definitionsOf(ids, mostDefinitionsRead).map((row): SymbolHit => {
      return { ...row, match: row.name === written ? "exact" : "words" };
    });
    const cover = letters.slice(from, to).reduce((sum, count) => sum + count, 0) / Math.max(1, all);
    if (to - from > 1 && cover < leastCover) return [];
    const placed = placesOf(inOrder(rows, written), cover, to - from === 1);
    return (placed[0]?.files ?? 0) > mostFilesWithin ? [] : placed.slice(0, mostDefinitions);
  });
}

/** "FieldOperation.references_field()" names references_field. */
function lastPart(piece: string): string {
  const parts = piece.replace(/\(.*$/u, "").split(/\.|::|#|->|\//u);
  return parts.findLast((part) => part !== "") ?? piece;
}

/** @param hits best first */
function placesOf(hits: readonly SymbolHit[], cover: number, isWritten = false): NamedDefinition[] {
  const files = [...new Set(hits.map(({ path }) => path))];
  const doing = new Set(
    hits.filter(({ kind }) => !minor.has(kind)).map(({ name }) => foldName(name)),
  );
  return hits.map(({ match, ...symbol }) => ({
    symbol,
    match,
    isWritten,
    cover,
    place: files.indexOf(symbol.path),
    isBehind: minor.has(symbol.kind) && doing.has(foldName(symbol.name)),
    files: files.length,
  }));
}
