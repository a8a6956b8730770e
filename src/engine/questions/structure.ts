/* Questions about definitions: find one by name, then what it is made of and who uses it. */
import { checkTextArgument } from "../../base/check-options.ts";
import { HaypileError } from "../../base/errors.ts";
import { readList } from "../../base/paths/path-filter.ts";
import { passGateForFilter } from "../../base/paths/path-gate.ts";
import type {
  CalleesResult,
  FileOutline,
  FindSymbolOptions,
  SymbolHit,
  SymbolUse,
  UsesResult,
} from "../../ports/answers/definitions.ts";
import { checkCall, codeCalls } from "../../ports/calls.ts";
import type { FileTable, Store } from "../../ports/store.ts";
import type { SymbolRow, SymbolTable } from "../../ports/symbols.ts";
import { isTriedAgain, parseFailures, type UnparsedFile } from "../../ports/syntax.ts";
import { fewPaths } from "../../search/question/filter.ts";
import { unfitted } from "../../search/question/unfitted.ts";
import { findSymbol } from "../../symbols/find-symbol.ts";
import { calleesOf, callersOf, implementationsOf, referencesOf } from "../../symbols/references.ts";

export type { SymbolRow, UnparsedFile };

/** The outlines, each saying why its definitions are missing where they are, or whether some are read off lines. */
export function withMissing(
  files: readonly FileOutline[],
  table: Pick<FileTable, "unparsed" | "partlyParsed">,
): FileOutline[] {
  const partly = new Set(table.partlyParsed());
  const why = new Map(table.unparsed().map((one) => [one.path, one.why]));
  return files.map((file) => {
    const missing = why.get(file.path);
    if (missing !== undefined) return { ...file, missing };
    return partly.has(file.path) ? { ...file, partly: true } : file;
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

export type UseQuestion = "references" | "callers" | "implementations";

const askUses = {
  references: referencesOf,
  callers: callersOf,
  implementations: implementationsOf,
} as const satisfies Record<UseQuestion, (store: SymbolTable, symbol: SymbolRow) => SymbolUse[]>;

function usesOf(
  store: SymbolTable,
  question: UseQuestion,
  name: string,
  options: FindSymbolOptions,
): UsesResult {
  const { symbol, others } = theOne(store, name, options);
  return { symbol, others, uses: askUses[question](store, symbol) };
}

function calleesFrom(store: SymbolTable, name: string, options: FindSymbolOptions): CalleesResult {
  const { symbol, others } = theOne(store, name, options);
  return { symbol, others, callees: calleesOf(store, symbol) };
}

/** What each question about a name is answered with. */
export interface SymbolAnswers {
  findSymbol: SymbolHit[];
  references: UsesResult;
  callers: UsesResult;
  implementations: UsesResult;
  callees: CalleesResult;
}

export type SymbolCall = keyof SymbolAnswers;

const questions: {
  readonly [Call in SymbolCall]: (
    symbols: SymbolTable,
    name: string,
    options: FindSymbolOptions,
  ) => SymbolAnswers[Call];
} = {
  findSymbol,
  references: (symbols, name, options) => usesOf(symbols, "references", name, options),
  callers: (symbols, name, options) => usesOf(symbols, "callers", name, options),
  implementations: (symbols, name, options) => usesOf(symbols, "implementations", name, options),
  callees: calleesFrom,
};

/** The same of any table, without a look at what is said. */
export function answerFrom<Call extends SymbolCall>(
  symbols: SymbolTable,
  call: Call,
  name: string,
  options: FindSymbolOptions,
): SymbolAnswers[Call] {
  return questions[call](symbols, name, options);
}

/**
 * Asks about a name, inside a path where one is said. One that fits no file is told, in place of an answer that looks
 * like "none".
 * @throws HaypileError HAYPILE_USAGE, HAYPILE_SYMBOL_MISSING
 */
export function askInside<Call extends SymbolCall>(
  { symbols, texts }: Pick<Store, "symbols" | "texts">,
  root: string,
  call: Call,
  name: string,
  options: FindSymbolOptions,
): SymbolAnswers[Call] {
  checkTextArgument(`${call}()`, "name", name);
  checkCall(codeCalls, call, [name, options]);
  const ask = questions[call];
  if (options.path === undefined) return ask(symbols, name, options);
  const given = typeof options.path === "string" ? readList(options.path) : options.path;
  const path = fewPaths(given).map((one) => passGateForFilter(root, one));
  const assertMet = (): void => assertFits(texts, path, root, options.path);
  try {
    const found = ask(symbols, name, { ...options, path });
    if (Array.isArray(found) && found.length === 0) assertMet();
    return found;
  } catch (error) {
    if (HaypileError.isInstance(error) && error.code === "HAYPILE_SYMBOL_MISSING") assertMet();
    throw error;
  }
}

function sentence(words: string): string {
  return `${words[0]?.toUpperCase()}${words.slice(1)}${/[.?!]$/u.test(words) ? "" : "."}`;
}

/**
 * A filter that fits no file is told, in place of an answer that looks like "none".
 * @param said as the caller wrote it
 * @throws HaypileError HAYPILE_USAGE
 */
export function assertFits(
  texts: Store["texts"],
  path: readonly string[],
  root: string,
  said: unknown,
): void {
  const [wrong] = unfitted(texts, { paths: path }, root);
  if (wrong === undefined) return;
  throw new HaypileError("HAYPILE_USAGE", sentence(wrong), {
    data: { path: said },
  });
}

/** The best definition of a name. */
export function theOne(
  store: SymbolTable,
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
