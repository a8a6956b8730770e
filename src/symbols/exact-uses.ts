/* What a SCIP index knows of uses, and ours where it says nothing. */
import { hash32 } from "../base/text/names.ts";
import type { Callee, SymbolUse } from "../ports/answers/definitions.ts";
import type { ExactLine, ExactPlace, ExactTable } from "../ports/answers/exact-uses.ts";
import type { SymbolRow, SymbolTable } from "../ports/symbols.ts";
import type { ReferenceKind } from "../ports/syntax.ts";

const mostUses = 5_000;

/** Symbols of the SCIP index that a definition has; none: it is not in it. */
function symbolsOf(exact: ExactTable, symbol: SymbolRow): number[] {
  return exact.symbolsOf(symbol.path, symbol.name, symbol.headLine, symbol.endLine);
}

/**
 * Uses of a definition with those that are exact. Where a SCIP index covers a file, ours that it knows to be of another
 * definition go, and so do those that only have the name.
 *
 * @param own of all kinds, by name and import
 */
export function withExactUses(
  store: SymbolTable,
  symbol: SymbolRow,
  own: readonly SymbolUse[],
): SymbolUse[] {
  const { exact } = store;
  const symbols = exact === undefined ? [] : symbolsOf(exact, symbol);
  if (exact === undefined || symbols.length === 0) return [...own];
  const places = exact.usesOf(symbols, mostUses);
  const known = new Map(places.map((place) => [keyOf(place), place]));
  const refuted = refutedIn(exact, symbol, own);
  const found = own.flatMap((use): SymbolUse[] => {
    if (known.has(keyOf(use))) return [{ ...use, confidence: "exact" }];
    return refuted(use) ? [] : [use];
  });
  const isThere = new Set(own.map(keyOf));
  const others = places.filter((place) => !isThere.has(keyOf(place)));
  const holders = store.definitionsAt(others);
  return [
    ...found,
    ...others.map(
      (place, at): SymbolUse => ({
        path: place.path,
        line: place.line,
        kind: kindOf(place, symbol),
        confidence: "exact",
        within: holders[at],
      }),
    ),
  ];
}

/** Whether the index knows better than ours. */
function refutedIn(
  exact: ExactTable,
  symbol: SymbolRow,
  own: readonly SymbolUse[],
): (use: SymbolUse) => boolean {
  const covered = exact.covered([...new Set(own.map(({ path }) => path))]);
  const nameHash = hash32(symbol.name);
  const linesOf = new Map<string, Set<number>>();
  const ofOthers = (path: string): Set<number> => {
    let lines = linesOf.get(path);
    if (lines === undefined) {
      const used = exact.usedIn(path, 1, Number.MAX_SAFE_INTEGER);
      lines = new Set(used.filter((one) => one.nameHash === nameHash).map(({ line }) => line));
      linesOf.set(path, lines);
    }
    return lines;
  };
  return ({ path, line, confidence }) => {
    const isWhole = covered.get(path);
    if (isWhole === undefined) return false;
    // The cheap question first: the other one reads the file's list.
    return (isWhole && confidence === "name") || ofOthers(path).has(line);
  };
}

/**
 * Types that extend or implement a type with those that the index has, which are more: of one that extends another that
 * implements it, and of what implements a member.
 */
export function withExactHeirs(
  store: SymbolTable,
  symbol: SymbolRow,
  own: readonly SymbolUse[],
): SymbolUse[] {
  const { exact } = store;
  const symbols = exact === undefined ? [] : symbolsOf(exact, symbol);
  if (exact === undefined || symbols.length === 0) return [...own];
  const heirs = exact.heirsOf(symbols);
  const rows = store.definitionsAt(heirs);
  const found = heirs.flatMap(({ path, line, name }, at): SymbolUse[] => {
    const within = rows[at];
    // What stands there is another definition: one that we do not know lies in it.
    if (within?.name !== name) return [];
    return [{ path, line, kind: "inherit", confidence: "exact", within }];
  });
  const known = new Set(found.map(({ within }) => within?.id));
  return [...found, ...own.filter(({ within }) => !known.has(within?.id))];
}

/** What a definition calls, with the definitions that the index knows in the place of those ours take for likely. */
export function withExactCallees(
  store: SymbolTable,
  symbol: SymbolRow,
  own: readonly Callee[],
): Callee[] {
  const { exact } = store;
  const isWhole = exact?.covered([symbol.path]).get(symbol.path);
  if (exact === undefined || isWhole === undefined || own.length === 0) return [...own];
  const used = exact.usedIn(symbol.path, symbol.startLine, symbol.endLine);
  const symbolsAt = (callee: Callee): number[] => {
    const hash = hash32(callee.name);
    return used
      .filter(({ line, nameHash }) => line === callee.line && nameHash === hash)
      .map(({ symbol: number }) => number);
  };
  const asked = own.map(symbolsAt);
  const places = exact.definitionsOf([...new Set(asked.flat())]);
  const rows = store.definitionsAt(places);
  return own.map((callee, at): Callee => {
    const numbers = asked[at] as number[];
    // Nothing is said of it: a name that was made up at run time, or called otherwise here.
    if (numbers.length === 0) {
      return isWhole && callee.confidence === "name"
        ? { ...callee, definition: undefined }
        : callee;
    }
    const found = rows.filter(
      (row, index) => row?.name === callee.name && numbers.includes(places[index]?.symbol ?? -1),
    );
    const definition = found.find((row) => row?.kind !== "declaration") ?? found[0];
    return { ...callee, definition, confidence: "exact" };
  });
}

function kindOf({ how }: ExactLine, symbol: SymbolRow): ReferenceKind {
  if (how !== "other") return how;
  return typeKinds.has(symbol.kind) ? "type" : "value";
}

const typeKinds: ReadonlySet<string> = new Set([
  "class",
  "enum",
  "interface",
  "struct",
  "trait",
  "type",
]);

function keyOf({ path, line }: ExactPlace): string {
  return `${line} ${path}`;
}
