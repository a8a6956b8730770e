import { pathRank } from "../base/paths/path-traits.ts";
import type { Callee, Confidence, SymbolUse } from "../ports/answers/definitions.ts";
import type { ImportRow, ReferenceRow, SymbolRow, SymbolTable } from "../ports/symbols.ts";
import type { ReferenceKind } from "../ports/syntax.ts";
import { withExactCallees, withExactHeirs, withExactUses } from "./exact-uses.ts";
import { importBrings } from "./resolve-import.ts";

const confidences: readonly Confidence[] = ["exact", "import", "name"];

const maxUses = 5000;

/** Uses of a definition's name, the surest first, source before tests, by path and line. */
export function referencesOf(
  store: SymbolTable,
  symbol: SymbolRow,
  kinds?: readonly ReferenceKind[],
): SymbolUse[] {
  const rows = store.referencesTo(symbol.name, maxUses);
  const others = [...new Set(rows.map(({ path }) => path))].filter((path) => path !== symbol.path);
  const imports = groupByPath(store.importsOf(others));
  // With two definitions of one name in a file, either may be meant.
  const isOnlyOne =
    (store.definitionsIn(symbol.path) ?? []).filter(({ name }) => name === symbol.name).length <= 1;
  const uses = rows.map((row): SymbolUse => {
    const confidence = confidenceOf(row, symbol, imports.get(row.path) ?? [], isOnlyOne);
    return { path: row.path, line: row.line, kind: row.kind, confidence, within: row.within };
  });
  const wanted = withExactUses(store, symbol, uses).filter(
    ({ kind }) => kinds === undefined || kinds.includes(kind),
  );
  return wanted.sort(
    (a, b) =>
      confidences.indexOf(a.confidence) - confidences.indexOf(b.confidence) ||
      pathRank(a.path) - pathRank(b.path) ||
      (a.path < b.path ? -1 : a.path > b.path ? 1 : a.line - b.line),
  );
}

/** Definitions that call it. */
export function callersOf(store: SymbolTable, symbol: SymbolRow): SymbolUse[] {
  const seen = new Set<string>();
  return referencesOf(store, symbol, ["call"]).filter(({ within, path }) => {
    if (within?.id === symbol.id) return false;
    const key = within === undefined ? path : String(within.id);
    if (seen.has(key)) return false;
    seen.add(key);
    return true;
  });
}

/** Types that extend or implement it. */
export function implementationsOf(store: SymbolTable, symbol: SymbolRow): SymbolUse[] {
  return withExactHeirs(store, symbol, referencesOf(store, symbol, ["inherit"]));
}

/** What a definition calls, in the order of the lines, each name once. */
export function calleesOf(store: SymbolTable, symbol: SymbolRow): Callee[] {
  const seen = new Set<string>();
  const callees: Callee[] = [];
  // A class calls what its methods call.
  const inside = (store.definitionsIn(symbol.path) ?? []).filter(
    (one) => one.startLine >= symbol.startLine && one.endLine <= symbol.endLine,
  );
  for (const { id } of inside.length === 0 ? [symbol] : inside) {
    for (const { name, kind, line } of store.referencesWithin(id)) {
      if (kind !== "call" || seen.has(name)) continue;
      seen.add(name);
      callees.push({ name, line, ...meantFrom(store, name, symbol) });
    }
  }
  return withExactCallees(store, symbol, callees).sort((a, b) => a.line - b.line);
}

/** Best of the definitions a name may mean, seen from one file. */
export function meantFrom(
  store: SymbolTable,
  name: string,
  from: SymbolRow,
): { definition: SymbolRow | undefined; confidence: Confidence } {
  const imports = store.importsOf([from.path]);
  let best: { definition: SymbolRow; confidence: Confidence; rank: number } | undefined;
  for (const definition of store.definitionsNamed(name, 100)) {
    const confidence: Confidence =
      definition.path === from.path
        ? "exact"
        : imports.some((one) => importBrings(one, name, definition.path, from.language))
          ? "import"
          : "name";
    const rank = confidences.indexOf(confidence) * 10 + pathRank(definition.path);
    if (best === undefined || rank < best.rank) best = { definition, confidence, rank };
  }
  return best === undefined
    ? { definition: undefined, confidence: "name" }
    : { definition: best.definition, confidence: best.confidence };
}

function confidenceOf(
  row: ReferenceRow,
  symbol: SymbolRow,
  imports: readonly ImportRow[],
  isOnlyOne: boolean,
): Confidence {
  if (row.path === symbol.path) return isOnlyOne ? "exact" : "name";
  return imports.some((one) => importBrings(one, symbol.name, symbol.path, symbol.language))
    ? "import"
    : "name";
}

function groupByPath(rows: readonly ImportRow[]): Map<string, ImportRow[]> {
  const groups = new Map<string, ImportRow[]>();
  for (const row of rows) {
    const group = groups.get(row.path);
    if (group === undefined) groups.set(row.path, [row]);
    else group.push(row);
  }
  return groups;
}
