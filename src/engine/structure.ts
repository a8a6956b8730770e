/* Questions about definitions: find one by name, then what it is made of and who uses it. */
import { HaypileError } from "../base/errors.ts";
import type { SymbolRow, SymbolStore } from "../ports/symbols.ts";
import { isTriedAgain, parseFailures, type UnparsedFile } from "../ports/syntax.ts";
import { type FindSymbolOptions, findSymbol, type SymbolHit } from "../symbols/find-symbol.ts";
import type { FileOutline } from "../symbols/outline.ts";
import {
  type Callee,
  calleesOf,
  callersOf,
  implementationsOf,
  referencesOf,
  type SymbolUse,
} from "../symbols/references.ts";

export type { FindSymbolOptions, SymbolHit } from "../symbols/find-symbol.ts";
export type { FileOutline, OutlineEntry, OutlineOptions } from "../symbols/outline.ts";
export type { Callee, Confidence, SymbolUse } from "../symbols/references.ts";
export type { SymbolRow, UnparsedFile };

/** The outlines, each saying why its definitions are missing where they are. */
export function withMissing(
  files: readonly FileOutline[],
  unparsed: readonly UnparsedFile[],
): FileOutline[] {
  const why = new Map(unparsed.map((one) => [one.path, one.why]));
  return files.map((file) => {
    const missing = why.get(file.path);
    return missing === undefined ? file : { ...file, missing };
  });
}

const mostNamed = 3;

/** One sentence for people: which files have no definitions, and why. "" when all have. */
export function missingInWords(unparsed: readonly UnparsedFile[]): string {
  if (unparsed.length === 0) return "";
  const named = unparsed
    .slice(0, mostNamed)
    .map(({ path, why }) => `${path} (${parseFailures[why]})`)
    .join(", ");
  const more = unparsed.length - mostNamed;
  const again = unparsed.some(isTriedAgain) ? "; the next index run tries again" : "";
  return `definitions of ${unparsed.length} ${unparsed.length === 1 ? "file" : "files"} are missing: ${named}${more > 0 ? ` and ${more} more` : ""}${again}`;
}

export interface UsesResult {
  symbol: SymbolRow;
  /** Other definitions that have the same name. */
  others: number;
  uses: SymbolUse[];
}

export interface CalleesResult {
  symbol: SymbolRow;
  others: number;
  callees: Callee[];
}

export type UseQuestion = "references" | "callers" | "implementations";

const askUses = {
  references: referencesOf,
  callers: callersOf,
  implementations: implementationsOf,
} as const satisfies Record<UseQuestion, (store: SymbolStore, symbol: SymbolRow) => SymbolUse[]>;

export function usesOf(
  store: SymbolStore,
  question: UseQuestion,
  name: string,
  options: FindSymbolOptions,
): UsesResult {
  const { symbol, others } = theOne(store, name, options);
  return { symbol, others, uses: askUses[question](store, symbol) };
}

export function calleesFrom(
  store: SymbolStore,
  name: string,
  options: FindSymbolOptions,
): CalleesResult {
  const { symbol, others } = theOne(store, name, options);
  return { symbol, others, callees: calleesOf(store, symbol) };
}

/** The best definition of a name. */
function theOne(
  store: SymbolStore,
  name: string,
  options: FindSymbolOptions,
): { symbol: SymbolHit; others: number } {
  const found = findSymbol(store, name, { ...options, k: 1000 });
  const symbol = found[0];
  if (symbol === undefined) {
    throw new HaypileError(
      "HAYPILE_SYMBOL_MISSING",
      `Expected the name of a definition in the index, but "${name}" is none${options.path === undefined ? "" : ` in ${options.path}`}. "haypile symbol" finds names that are like it; "haypile index" brings the index up to date.`,
      { data: { name } },
    );
  }
  return { symbol, others: found.filter((one) => one.name === symbol.name).length - 1 };
}
