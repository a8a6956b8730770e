/* One step along the graph: from a definition to what uses it, or to what it uses. */
import type { Confidence } from "../../ports/answers/definitions.ts";
import type { ReachRelation } from "../../ports/answers/graph.ts";
import type { SymbolRow, SymbolTable } from "../../ports/symbols.ts";
import type { ReferenceKind } from "../../ports/syntax.ts";
import { typeKinds } from "../language-habits.ts";
import type { Lookup } from "../lookup.ts";
import { calleesOf, meantFrom, referencesOf } from "../references.ts";
import { isConstructor } from "../target.ts";

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

const kindsOf: Partial<Record<ReachRelation, readonly ReferenceKind[]>> = {
  callers: ["call"],
  subtypes: ["inherit"],
};

/** Uses from which on a name that many have is not followed: it costs much and says little. */
const manyUses = 150;
/** Uses of such a name that are looked at where it is what was asked for. */
const mostOfVague = 1000;

/**
 * Everything one step away from a definition, as it comes.
 *
 * @param lookup kept over the steps of one question
 * @param isRoot it is what was asked for
 * @returns undefined for a name that is not followed
 */
export function stepsFrom(
  symbols: SymbolTable,
  symbol: SymbolRow,
  relation: ReachRelation,
  lookup: Lookup,
  isRoot: boolean,
): Step[] | undefined {
  if (relation === "callees") return calledBy(symbols, symbol);
  if (relation === "supertypes") return extendedBy(symbols, symbol);
  const steps: Step[] = [];
  let isFollowed = false;
  for (const used of standingFor(symbols, symbol, relation)) {
    const isVagueName = isShared(symbols, used.name);
    const isMuch = isVagueName && used.uses >= manyUses;
    if (isMuch && !isRoot) continue;
    isFollowed = true;
    const kinds = used.id === symbol.id ? kindsOf[relation] : (["call"] as const);
    const most = isMuch ? mostOfVague : undefined;
    const uses = referencesOf(symbols, used, kinds, lookup, most);
    const using = new Set(uses.filter(({ kind }) => kind !== "import").map(({ path }) => path));
    for (const use of uses) {
      const { path, line, kind, confidence, within } = use;
      // That a file imports what it uses says nothing more.
      if (kind === "import" && using.has(path)) continue;
      if (within !== undefined && isWithin(within, used)) continue;
      const name = within?.name ?? "";
      const isVague = confidence === "name" && isVagueName;
      steps.push({ definition: within, name, path, line, kind, confidence, isVague });
    }
  }
  return isFollowed ? steps : undefined;
}

/** Who uses these uses it: itself, the functions it stands in, and for a constructor its type in its place. */
function standingFor(
  symbols: SymbolTable,
  symbol: SymbolRow,
  relation: ReachRelation,
): SymbolRow[] {
  if (relation === "subtypes" || symbol.container === "") return [symbol];
  const holders = holdersOf(symbols, symbol);
  const functions = holders.filter(({ kind }) => functionKinds.has(kind));
  const type = isConstructor(symbol)
    ? holders.findLast(({ kind }) => typeKinds.has(kind))
    : undefined;
  return [type ?? symbol, ...functions];
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
