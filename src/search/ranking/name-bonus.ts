/* What it is worth that a definition has a name of the query. */
import { foldName } from "../../base/text/names.ts";
import type { NameMatch } from "../../ports/symbols.ts";
import type { Query } from "../question/query.ts";
import type { NamedChunk, NamedDefinition } from "../routes/names.ts";

/** What a definition with the query's name adds, in cosines, by how the name was met. */
const bonusOf: Readonly<Record<NameMatch, number>> = {
  exact: 0.55,
  case: 0.5,
  words: 0.5,
  typo: 0.65,
  prefix: 0.08,
  part: 0.08,
};

const written = 0.3;
/** Of a name within a description: per part of the description that it accounts for. */
const within = 0.3;
/** A slip in a short name makes another name of it: this much a letter below the length from which none does. */
const safeLetters = 8;
const perMissingLetter = 0.08;

/** A declaration or a plain value beside what does something, and a key of a data file, is worth half. */
const minorShare = 0.5;

/** Of several definitions of one name those that find_symbol puts behind are worth less, by file. */
const perPlace = 0.02;
const mostPlaces = 5;

/** In cosines, 0 or more. */
export function nameBonus(
  { symbol, match, cover, place, isWritten, isBehind }: NamedDefinition,
  { text, form }: Pick<Query, "text" | "form">,
): number {
  const kind = isBehind || symbol.kind === "key" ? minorShare : 1;
  const behind = perPlace * Math.min(mostPlaces, place);
  if (isWritten) return Math.max(0, (written - behind) * kind);
  if (cover < 1) return Math.max(0, (within * cover - behind) * kind);
  const missing = Math.max(0, safeLetters - foldName(text).length);
  const full =
    match === "typo"
      ? bonusOf.typo - perMissingLetter * missing
      : bonusOf[match] * (match === "prefix" || match === "part" ? form.lookupShare : 1);
  return Math.max(0, full * kind - behind);
}

/** Whether all of the query is the name of something: it is looked up then, however many words it has. */
export function isWholeName(found: readonly NamedDefinition[]): boolean {
  return found.some(
    ({ cover, match }) => cover === 1 && match !== "prefix" && match !== "part" && match !== "typo",
  );
}

/** Shorter ones may be one letter from a word of anything. */
const leastLettersOfSlip = 5;

/** Chunks with a definition that all of the query names, if need be with a slip. */
export function surelyNamed(found: readonly NamedChunk[]): ReadonlySet<number> {
  const sure = found.filter(
    ({ cover, match, symbol }) =>
      cover === 1 &&
      match !== "prefix" &&
      match !== "part" &&
      (match !== "typo" || foldName(symbol.name).length >= leastLettersOfSlip),
  );
  return new Set(sure.map(({ chunkId }) => chunkId));
}
