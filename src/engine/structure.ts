/* Questions about definitions: find one by name, then what it is made of and who uses it. */
import { HaypileError } from "../base/errors.ts";
import { readList } from "../base/path-filter.ts";
import type { SymbolRow, SymbolStore } from "../ports/symbols.ts";
import { unfitted } from "../search/unfitted.ts";
import type { SqliteStore } from "../storage/sqlite/store.ts";
import { type FindSymbolOptions, findSymbol, type SymbolHit } from "../symbols/find-symbol.ts";
import {
  type Callee,
  calleesOf,
  callersOf,
  implementationsOf,
  referencesOf,
  type SymbolUse,
} from "../symbols/references.ts";
import { insideRoot } from "./filter-words.ts";

export type { FindSymbolOptions, SymbolHit } from "../symbols/find-symbol.ts";
export type { FileOutline, OutlineEntry, OutlineOptions } from "../symbols/outline.ts";
export type { Callee, Confidence, SymbolUse } from "../symbols/references.ts";
export type { SymbolRow };

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

/**
 * Asks about names inside a path. One that fits no file is told, in place of an answer that looks like "none".
 * @throws HaypileError HAYPILE_USAGE, and what the question throws
 */
export function askInside<T>(
  store: Pick<SqliteStore, "symbols" | "chunksWhere">,
  root: string,
  options: FindSymbolOptions,
  question: (symbols: SymbolStore, options: FindSymbolOptions) => T,
): T {
  if (options.path === undefined) return store.symbols((symbols) => question(symbols, options));
  const given = typeof options.path === "string" ? readList(options.path) : options.path;
  const path = given.map((one) => insideRoot(root, one));
  const assertMet = (): void => {
    const [wrong] = unfitted(store, { paths: path }, root);
    if (wrong === undefined) return;
    throw new HaypileError("HAYPILE_USAGE", `${wrong[0]?.toUpperCase()}${wrong.slice(1)}.`, {
      data: { path: options.path },
    });
  };
  try {
    const found = store.symbols((symbols) => question(symbols, { ...options, path }));
    if (Array.isArray(found) && found.length === 0) assertMet();
    return found;
  } catch (error) {
    if (HaypileError.isInstance(error) && error.code === "HAYPILE_SYMBOL_MISSING") assertMet();
    throw error;
  }
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
      `Expected the name of a definition in the index, but "${name}" is none${options.path === undefined ? "" : ` in ${[options.path].flat().join(", ")}`}. "haypile symbol" finds names that are like it; "haypile index" brings the index up to date.`,
      { data: { name } },
    );
  }
  return { symbol, others: found.filter((one) => one.name === symbol.name).length - 1 };
}
