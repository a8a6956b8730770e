/* One step along the graph: from a definition to what uses it, or to what it uses. */
import type { Confidence } from "../../ports/answers/definitions.ts";
import type { ReachRelation } from "../../ports/answers/graph.ts";
import type { SymbolRow, SymbolTable } from "../../ports/symbols.ts";
import type { ReferenceKind } from "../../ports/syntax.ts";
import { calleesOf, meantFrom, referencesOf } from "../references.ts";

/** A use, and the definition it leads to. */
export interface Step {
  definition: SymbolRow | undefined;
  name: string;
  path: string;
  line: number;
  kind: ReferenceKind;
  confidence: Confidence;
  /** Nothing but the name says so, and many definitions have that name. */
  isVague: boolean;
}

/** Definitions of one name up to which a use by name alone is believed. */
const fewNamesakes = 2;

const functionKinds: ReadonlySet<string> = new Set(["function", "method", "constructor"]);
const typeKinds: ReadonlySet<string> = new Set([
  "class",
  "interface",
  "struct",
  "trait",
  "enum",
  "type",
  "module",
]);

/** Members that make one of a type and are not called by their name: who uses the type uses them. */
const memberOfType =
  /^(?:__(?:init|new|post_init|construct)__|constructor|initialize|init|new|__construct)$/u;

const kindsOf: Partial<Record<ReachRelation, readonly ReferenceKind[]>> = {
  callers: ["call"],
  subtypes: ["inherit"],
};

/** Everything one step away from a definition, as it comes. */
export function stepsFrom(
  symbols: SymbolTable,
  symbol: SymbolRow,
  relation: ReachRelation,
): Step[] {
  if (relation === "callees") return calledBy(symbols, symbol);
  if (relation === "supertypes") return extendedBy(symbols, symbol);
  const steps: Step[] = [];
  for (const used of [symbol, ...standingFor(symbols, symbol, relation)]) {
    const isVagueName = symbols.definitionsNamed(used.name, fewNamesakes + 1).length > fewNamesakes;
    const uses = referencesOf(symbols, used, kindsOf[relation]);
    const using = new Set(uses.filter(({ kind }) => kind !== "import").map(({ path }) => path));
    for (const { path, line, kind, confidence, within } of uses) {
      // Who imports it and uses it is told by its use.
      if (kind === "import" && using.has(path)) continue;
      if (within !== undefined && isWithin(within, used)) continue;
      const name = within?.name ?? "";
      const isVague = confidence === "name" && isVagueName;
      steps.push({ definition: within, name, path, line, kind, confidence, isVague });
    }
  }
  return steps;
}

/** Who uses these uses it: the functions it stands in, and the type of a constructor. */
function standingFor(
  symbols: SymbolTable,
  symbol: SymbolRow,
  relation: ReachRelation,
): SymbolRow[] {
  if (relation === "subtypes" || symbol.container === "") return [];
  const holders = holdersOf(symbols, symbol);
  const functions = holders.filter(({ kind }) => functionKinds.has(kind));
  const isOfType = symbol.kind === "constructor" || memberOfType.test(symbol.name);
  const type = isOfType ? holders.findLast(({ kind }) => typeKinds.has(kind)) : undefined;
  return type === undefined ? functions : [...functions, type];
}

/** The definitions that hold it, the outermost first. */
function holdersOf(symbols: SymbolTable, symbol: SymbolRow): SymbolRow[] {
  return (symbols.definitionsIn(symbol.path) ?? []).filter(
    (one) => one.id !== symbol.id && isWithin(symbol, one),
  );
}

function isWithin(inner: SymbolRow, outer: SymbolRow): boolean {
  return (
    inner.path === outer.path &&
    inner.startLine >= outer.startLine &&
    inner.endLine <= outer.endLine
  );
}

function calledBy(symbols: SymbolTable, symbol: SymbolRow): Step[] {
  return calleesOf(symbols, symbol).map(({ name, line, definition, confidence }) => ({
    definition,
    name,
    path: symbol.path,
    line,
    kind: "call",
    confidence,
    isVague: confidence === "name" && isShared(symbols, name),
  }));
}

function extendedBy(symbols: SymbolTable, symbol: SymbolRow): Step[] {
  return symbols
    .referencesWithin(symbol.id)
    .filter(({ kind }) => kind === "inherit")
    .map(({ name, line, kind, on }) => {
      const { definition, confidence } = meantFrom(symbols, { name, line, kind, on }, symbol);
      const isVague = confidence === "name" && isShared(symbols, name);
      return { definition, name, path: symbol.path, line, kind, confidence, isVague };
    });
}

function isShared(symbols: SymbolTable, name: string): boolean {
  return symbols.definitionsNamed(name, fewNamesakes + 1).length > fewNamesakes;
}
