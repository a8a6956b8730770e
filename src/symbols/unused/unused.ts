import { pathTraits } from "../../base/paths/path-traits.ts";
import {
  type EntryPoint,
  type EntryReason,
  type Sureness,
  surenesses,
  type UnusedDefinition,
  type UnusedDoubt,
  type UnusedOptions,
  type UnusedResult,
} from "../../ports/answers/graph.ts";
import type { TextIndex } from "../../ports/store.ts";
import type { SymbolRow, SymbolTable } from "../../ports/symbols.ts";
import { insideAny } from "../find-symbol.ts";
import { type CodeGraph, graphOf } from "../graph/code-graph.ts";
import { familyOf } from "../graph/families.ts";
import { assertWhole } from "../graph/reach.ts";
import { isTestDefinition } from "../graph/test-places.ts";
import { Turns } from "../graph/turns.ts";
import { namesInTexts } from "./names-in-texts.ts";
import { isMainName, isSettings, isSpecialName } from "./special-names.ts";
import { type Uses, usesOf } from "./uses-of.ts";

const mostTold = 10_000;
const defaultTold = 500;
/** Unused siblings whose names begin alike: something may put such names together. */
const alike = 3;

/** What can be unused at all: data, headings and members without code are not asked about. */
const askedKinds: ReadonlySet<string> = new Set([
  "function",
  "method",
  "class",
  "interface",
  "struct",
  "trait",
  "enum",
  "type",
  "macro",
  "constant",
  "variable",
]);

const strong: ReadonlySet<UnusedDoubt> = new Set([
  "same-name",
  "named-in-text",
  "named-in-part",
  "decorated",
  "overrides",
  "found-by-type",
  "special",
]);

/**
 * Definitions that nothing in the index uses, each with what speaks against it, and where programs, libraries and tests
 * begin. A name that stands in any other text of the index is never more than "low": dynamic uses, configuration and
 * what the parser missed look like that.
 *
 * @throws HaypileError HAYPILE_USAGE, HAYPILE_ABORTED
 */
export async function unusedIn(
  { symbols, texts }: { symbols: SymbolTable; texts: TextIndex },
  options: UnusedOptions = {},
): Promise<UnusedResult> {
  const { limit = defaultTold, sure = "medium", tests = false, kinds, path, signal } = options;
  assertWhole("limit", limit, mostTold);
  const turns = new Turns(signal);
  const graph = await graphOf(symbols, turns);
  const uses = await usesOf(graph, turns);
  const asked = askedOf(graph, insideAny(path), kinds, tests);
  const idle = asked.filter((place) => !uses.isUsed(place) && !uses.isUsedInside(place));
  const later = usedByIdle(graph, uses, asked, idle);
  const candidates = [...idle, ...later.keys()].sort((a, b) => a - b);
  // Where the graph has its doubts, the texts would add nothing but which of them are known outside.
  const asksTexts = candidates.filter(
    (place) =>
      graph.holderOf.at(place) < 0 ||
      !doubtsOf(graph, uses, place).some((doubt) => strong.has(doubt)),
  );
  const named = await namesInTexts(graph, texts, asksTexts, turns);
  const parts = namedAlike(graph, candidates);
  const unused: Found[] = [];
  const entries: { place: number; why: EntryReason }[] = [];
  for (const place of candidates) {
    const doubts = doubtsOf(graph, uses, place);
    const by = later.get(place);
    if (by !== undefined) doubts.push(by);
    if (named.inTexts.has(place)) doubts.push("named-in-text");
    if (named.inParts.has(place) || parts.has(place)) doubts.push("named-in-part");
    const why = entryOf(graph, place, doubts, named.inManifests);
    if (why !== undefined) entries.push({ place, why });
    if (why === undefined || why === "exported")
      unused.push({ place, doubts, sure: sureOf(doubts) });
  }
  const least = surenesses.indexOf(sure);
  const told = outermost(graph, unused)
    .filter((one) => surenesses.indexOf(one.sure) <= least)
    .sort((a, b) => surenesses.indexOf(a.sure) - surenesses.indexOf(b.sure) || a.place - b.place);
  const begun = entries.filter(({ why }) => tests || why !== "test");
  const rows = rowsOf(graph, symbols, [
    ...told.slice(0, limit).map(({ place }) => place),
    ...begun.slice(0, limit).map(({ place }) => place),
  ]);
  return {
    unused: told.slice(0, limit).flatMap(({ place, ...one }): UnusedDefinition[] => {
      const definition = rows.get(place);
      return definition === undefined ? [] : [{ definition, ...one }];
    }),
    entryPoints: begun.slice(0, limit).flatMap(({ place, why }): EntryPoint[] => {
      const definition = rows.get(place);
      return definition === undefined ? [] : [{ definition, why }];
    }),
    definitions: asked.length,
    unusedLeftOut: Math.max(0, told.length - limit),
    entryPointsLeftOut: Math.max(0, begun.length - limit),
  };
}

interface Found {
  place: number;
  sure: Sureness;
  doubts: UnusedDoubt[];
}

/** Places of what is asked about: code of the project itself, not what functions keep to themselves. */
function askedOf(
  graph: CodeGraph,
  fits: (path: string) => boolean,
  kinds: readonly string[] | undefined,
  tests: boolean,
): number[] {
  const asked: number[] = [];
  for (const [file, path] of graph.paths.entries()) {
    const { isTest, isGenerated, isVendored, isLocale } = pathTraits(path);
    if (!fits(path) || isGenerated || isVendored || isLocale) continue;
    const end = graph.firstOf[file + 1] as number;
    for (let place = graph.firstOf[file] as number; place < end; place += 1) {
      const kind = graph.kindText(place);
      if (!askedKinds.has(kind) || (kinds !== undefined && !kinds.includes(kind))) continue;
      const isStart =
        isTest && isTestDefinition(path, graph.nameText(place), holderName(graph, place));
      if (isTest && !tests && !isStart) continue;
      asked.push(place);
    }
  }
  return asked;
}

function holderName(graph: CodeGraph, place: number): string {
  const holder = graph.holderOf.at(place);
  return holder < 0 ? "" : graph.nameText(holder);
}

/** What only idle code uses is idle as well; what only tests use may be. */
function usedByIdle(
  graph: CodeGraph,
  uses: Uses,
  asked: readonly number[],
  idle: readonly number[],
): Map<number, UnusedDoubt> {
  const found = new Map<number, UnusedDoubt>();
  const isIdle = new Set(
    idle.filter((place) => doubtsOf(graph, uses, place).every((doubt) => !strong.has(doubt))),
  );
  const rest = asked.filter((place) => uses.isUsed(place));
  for (let size = -1; size !== isIdle.size; ) {
    size = isIdle.size;
    for (const place of rest) {
      if (isIdle.has(place)) continue;
      if (!uses.usersOf(place).every((from) => isInIdle(graph, from, isIdle))) continue;
      isIdle.add(place);
      found.set(place, "used-by-unused");
    }
  }
  for (const place of rest) {
    if (found.has(place)) continue;
    if (pathTraits(graph.pathText(place)).isTest) continue;
    const users = uses.usersOf(place);
    if (users.every((from) => pathTraits(pathOfUser(graph, from)).isTest)) {
      found.set(place, "used-by-tests");
    }
  }
  return found;
}

function isInIdle(graph: CodeGraph, from: number, idle: ReadonlySet<number>): boolean {
  for (let at = from; at >= 0; at = graph.holderOf.at(at)) if (idle.has(at)) return true;
  return false;
}

function pathOfUser(graph: CodeGraph, from: number): string {
  return from < 0 ? (graph.paths[-1 - from] as string) : graph.pathText(from);
}

function doubtsOf(graph: CodeGraph, uses: Uses, place: number): UnusedDoubt[] {
  const doubts: UnusedDoubt[] = [];
  const language = graph.languages[graph.fileOf.at(place)] as string;
  if (graph.publicOf.at(place) === 1) doubts.push("exported");
  if (uses.isNamed(place)) doubts.push("same-name");
  if (uses.isDecorated(place)) doubts.push("decorated");
  if (uses.mayOverride(place)) doubts.push("overrides");
  if (uses.isHeir(place)) doubts.push("found-by-type");
  const isSetting = graph.holderOf.at(place) < 0 && isSettings(graph.pathText(place));
  if (isSetting || isSpecialName(graph.nameText(place), language, familyOf(language)))
    doubts.push("special");
  return doubts;
}

function sureOf(doubts: readonly UnusedDoubt[]): Sureness {
  if (doubts.some((doubt) => strong.has(doubt))) return "low";
  return doubts.length > 0 ? "medium" : "high";
}

function entryOf(
  graph: CodeGraph,
  place: number,
  doubts: readonly UnusedDoubt[],
  inManifests: ReadonlySet<number>,
): EntryReason | undefined {
  const path = graph.pathText(place);
  const name = graph.nameText(place);
  const language = graph.languages[graph.fileOf.at(place)] as string;
  const container = holderName(graph, place);
  if (isTestDefinition(path, name, container)) return "test";
  if (isMainName(name, language, container)) return "main";
  if (inManifests.has(place)) return "script";
  if (doubts.includes("decorated")) return "registered";
  const isApi = doubts.includes("exported") && doubts.includes("named-in-text");
  return isApi && container === "" ? "exported" : undefined;
}

/** Three members or neighbours whose names begin alike: "visit_if", "visit_for", "visit_call". */
function namedAlike(graph: CodeGraph, candidates: readonly number[]): Set<number> {
  const groups = new Map<string, number[]>();
  for (const place of candidates) {
    const begin = /^_*[\p{L}]\p{Ll}*(?=[_\p{Lu}])/u.exec(graph.nameText(place))?.[0];
    const holder = graph.holderOf.at(place);
    if (begin === undefined || holder < 0) continue;
    const key = `${holder} ${begin}`;
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [place]);
    else group.push(place);
  }
  return new Set([...groups.values()].filter((group) => group.length >= alike).flat());
}

/** A class that nothing uses says it for its members too. */
function outermost(graph: CodeGraph, found: readonly Found[]): Found[] {
  const places = new Set(found.map(({ place }) => place));
  return found.filter(({ place }) => {
    for (let at = graph.holderOf.at(place); at >= 0; at = graph.holderOf.at(at)) {
      if (places.has(at)) return false;
    }
    return true;
  });
}

function rowsOf(
  graph: CodeGraph,
  symbols: SymbolTable,
  places: readonly number[],
): Map<number, SymbolRow> {
  const rows = new Map<number, SymbolRow>();
  const byFile = Map.groupBy(places, (place) => graph.fileOf.at(place));
  for (const [file, own] of byFile) {
    const all = symbols.definitionsIn(graph.paths[file] as string) ?? [];
    const byId = new Map(all.map((row) => [row.id, row]));
    for (const place of own) {
      const row = byId.get(graph.ids[place] as number);
      if (row !== undefined) rows.set(place, row);
    }
  }
  return rows;
}
