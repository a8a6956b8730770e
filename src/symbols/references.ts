/* Which uses of a name mean a definition, and how surely. */
import { pathRank } from "../base/paths/path-traits.ts";
import type { Callee, Confidence, SymbolUse } from "../ports/answers/definitions.ts";
import type { SymbolRow, SymbolTable } from "../ports/symbols.ts";
import type { ReferenceKind } from "../ports/syntax.ts";
import { withExactCallees, withExactHeirs, withExactUses } from "./exact-uses.ts";
import { Lookup } from "./lookup.ts";
import { isConstructor, type NamedReference, Target } from "./target.ts";

const confidences: readonly Confidence[] = ["exact", "import", "name"];

const maxUses = 5000;

const functionKinds: ReadonlySet<string> = new Set(["function", "method", "constructor"]);

/**
 * Uses of a definition, the surest first, source before tests, by path and line.
 * @param lookup what a question that asks this of many definitions has looked up before
 * @param most uses of its name that are looked at
 */
export function referencesOf(
  store: SymbolTable,
  symbol: SymbolRow,
  kinds?: readonly ReferenceKind[],
  lookup = new Lookup(store),
  most = maxUses,
): SymbolUse[] {
  const target = new Target(lookup, symbol);
  const uses: SymbolUse[] = [];
  const seen = new Set<string>();
  for (const row of target.rows(most)) {
    const confidence = target.confidenceOf(row);
    if (confidence === undefined) continue;
    const { path, line, kind, within } = row;
    // Two of a kind on a line: the surer one.
    const key = `${path}\n${line}\n${kind}`;
    if (seen.has(key)) {
      const known = uses.find((use) => use.path === path && use.line === line && use.kind === kind);
      if (known !== undefined && isSurer(confidence, known.confidence))
        known.confidence = confidence;
      continue;
    }
    seen.add(key);
    uses.push({ path, line, kind, confidence, within });
  }
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

function isSurer(one: Confidence, other: Confidence): boolean {
  return confidences.indexOf(one) < confidences.indexOf(other);
}

/** Definitions that call it. */
export function callersOf(store: SymbolTable, symbol: SymbolRow): SymbolUse[] {
  const seen = new Set<string>();
  return referencesOf(store, symbol, kindsOfCalls(store, symbol)).filter(({ within, path }) => {
    if (within?.id === symbol.id) return false;
    const key = within === undefined ? path : String(within.id);
    if (seen.has(key)) return false;
    seen.add(key);
    return true;
  });
}

/** Uses that call it: who reads a property of Python calls what makes it; "def size = 3" of Scala is called by its name. */
export function kindsOfCalls(store: SymbolTable, symbol: SymbolRow): readonly ReferenceKind[] {
  const { id, kind, language, headLine } = symbol;
  if (language === "scala") return hasNoBrackets(symbol) ? ["call", "value"] : ["call"];
  const isProperty =
    language === "python" &&
    kind === "method" &&
    store
      .referencesWithin(id)
      .some(({ name, line }) => line < headLine && /^(cached_|abstract)?property$/.test(name));
  return isProperty ? ["call", "value"] : ["call"];
}

function hasNoBrackets({ kind, name, signature }: SymbolRow): boolean {
  if (kind !== "function" && kind !== "method") return false;
  const at = signature.indexOf(`def ${name}`);
  return at >= 0 && !/^\s*[([]/.test(signature.slice(at + 4 + name.length));
}

/** Types that extend or implement it. */
export function implementationsOf(store: SymbolTable, symbol: SymbolRow): SymbolUse[] {
  return withExactHeirs(store, symbol, referencesOf(store, symbol, ["inherit"]));
}

/** What a definition calls, in the order of the lines, each definition once, and each name that is none once. */
export function calleesOf(store: SymbolTable, symbol: SymbolRow): Callee[] {
  const lookup = new Lookup(store);
  const targets = new Map<number, Target>();
  const callees: Callee[] = [];
  // A class calls what its methods call; what a function in a function calls, that one calls.
  const all = lookup.definitionsIn(symbol.path);
  const inside = functionKinds.has(symbol.kind)
    ? [symbol]
    : all.filter((one) => one.startLine >= symbol.startLine && one.endLine <= symbol.endLine);
  for (const within of inside.length === 0 ? [symbol] : inside) {
    for (const { name, kind, line, on } of store.referencesWithin(within.id)) {
      if (kind !== "call") continue;
      const { path, language } = symbol;
      const found = bestOf(lookup, targets, { path, language, line, kind, on, within, name });
      callees.push({
        name,
        line,
        definition: found?.definition,
        confidence: found?.confidence ?? "name",
      });
    }
  }
  const seen = new Set<string>();
  return withExactCallees(store, symbol, callees)
    .sort((a, b) => a.line - b.line)
    .filter(({ name, definition }) => {
      const key = definition === undefined ? name : String(definition.id);
      if (seen.has(key)) return false;
      seen.add(key);
      return true;
    });
}

/** Best of the definitions that a use inside a definition may mean. */
export function meantFrom(
  store: SymbolTable,
  use: Pick<NamedReference, "name" | "kind" | "line" | "on">,
  from: SymbolRow,
): { definition: SymbolRow | undefined; confidence: Confidence } {
  const { path, language } = from;
  const row = { ...use, path, language, within: from };
  return bestOf(new Lookup(store), new Map(), row) ?? { definition: undefined, confidence: "name" };
}

/** Best of the definitions that a use may mean. */
function bestOf(
  lookup: Lookup,
  targets: Map<number, Target>,
  row: NamedReference,
): { definition: SymbolRow; confidence: Confidence } | undefined {
  let best: { definition: SymbolRow; confidence: Confidence; rank: number } | undefined;
  const byName = new Set<string>();
  const candidates = [...lookup.named(row.name), ...lookup.renamed(row.path, row.name)];
  for (const definition of candidates) {
    let target = targets.get(definition.id);
    if (target === undefined) {
      target = new Target(lookup, definition);
      targets.set(definition.id, target);
    }
    const confidence = isConstructor(definition) ? undefined : target.confidenceOf(row);
    if (confidence === undefined) continue;
    const rank =
      confidences.indexOf(confidence) * 100 +
      (target.isOverride(row) ? 300 : 0) +
      pathRank(definition.path) * 10 +
      (definition.kind === "declaration" ? 1 : 0);
    if (confidence === "name") byName.add(`${definition.path} ${definition.container}`);
    if (best === undefined || rank < best.rank) best = { definition, confidence, rank };
  }
  // Of several that only have the name none is the one.
  return best?.confidence === "name" && byName.size > 1 ? undefined : best;
}
