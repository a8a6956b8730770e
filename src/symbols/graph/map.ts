import { HaypileError } from "../../base/errors.ts";
import { isSecretPath } from "../../base/paths/secret-paths.ts";
import { tokensOf } from "../../base/text/tokens.ts";
import type { MapOptions, MappedFile, MapResult } from "../../ports/answers/graph.ts";
import type { SymbolRow, SymbolTable } from "../../ports/symbols.ts";
import { findSymbol, insideAny } from "../find-symbol.ts";
import { type CodeGraph, graphOf } from "./code-graph.ts";
import { dataKinds } from "./families.ts";
import { rankOf, weightOfPath } from "./rank.ts";
import { Turns } from "./turns.ts";

const defaultTokens = 1000;
const leastTokens = 100;
const mostTokens = 100_000;
/** Letters of a signature that are shown. */
const mostLetters = 140;
/** Definitions that do not fit one after the other: then the map is full. */
const mostMisses = 40;
/** What each definition of a file counts less than the one before: a map shows many files. */
const fading = 0.85;
const worthOfPrivate = 0.5;
const namesOfFocus = 20;

/** Kinds that say little without what holds them. */
const small: ReadonlySet<string> = new Set(["variable", "property", "constant", "declaration"]);
const worthOfSmall = 0.4;

/**
 * The files of an index with their most important definitions, as many as a budget of tokens holds: those that are
 * used most, by code that is itself used much. With a focus the ways begin there.
 *
 * @throws HaypileError HAYPILE_USAGE, HAYPILE_ABORTED
 */
export async function repositoryMap(
  symbols: SymbolTable,
  options: MapOptions = {},
): Promise<MapResult> {
  const { maxTokens = defaultTokens, path, signal } = options;
  if (!Number.isInteger(maxTokens) || maxTokens < leastTokens || maxTokens > mostTokens) {
    throw new HaypileError(
      "HAYPILE_USAGE",
      `Expected a whole number from ${leastTokens} to ${mostTokens} for maxTokens but got ${maxTokens}.`,
    );
  }
  const turns = new Turns(signal);
  const graph = await graphOf(symbols, turns);
  const { focus, unmet } = focusOf(graph, symbols, options.focus);
  const rank = await rankOf(graph, focus, turns);
  const fits = insideAny(path);
  const order = await inOrder(graph, rank, focus, fits, turns);
  const chosen = choose(graph, symbols, order, maxTokens);
  return { ...shown(graph, rank, chosen), ...leftOut(graph, fits, chosen), unmet };
}

/** Paths, patterns, names and words: what each part of the focus means. */
function focusOf(
  graph: CodeGraph,
  symbols: SymbolTable,
  asked: MapOptions["focus"],
): { focus: Set<number>; unmet: string[] } {
  const focus = new Set<number>();
  const unmet: string[] = [];
  const placeOf = new Map<number, number>();
  const parts = [asked ?? []].flat().filter((part) => part.trim() !== "");
  if (parts.length > 0) for (const [place, id] of graph.ids.entries()) placeOf.set(id, place);
  for (const part of parts) {
    const before = focus.size;
    const fits = insideAny([part]);
    for (const [file, path] of graph.paths.entries()) {
      if (!fits(path)) continue;
      const end = graph.firstOf[file + 1] as number;
      for (let place = graph.firstOf[file] as number; place < end; place += 1) focus.add(place);
    }
    if (focus.size === before) {
      for (const word of [part, ...part.split(/\s+/u).filter((one) => one.length > 2)]) {
        for (const { id } of findSymbol(symbols, word, { k: namesOfFocus })) {
          const place = placeOf.get(id);
          if (place !== undefined) focus.add(place);
        }
        if (focus.size > before) break;
      }
    }
    if (focus.size === before) unmet.push(part);
  }
  return { focus, unmet };
}

/** Places of the definitions that may be shown, the best first. */
async function inOrder(
  graph: CodeGraph,
  rank: Float64Array,
  focus: ReadonlySet<number>,
  fits: (path: string) => boolean,
  turns: Turns,
): Promise<number[]> {
  const worth = new Float64Array(graph.size);
  const order: number[] = [];
  for (const [file, path] of graph.paths.entries()) {
    if (file % 64 === 0) await turns.next();
    if (!fits(path) || isSecretPath(path)) continue;
    const weight = weightOfPath(path);
    const own: number[] = [];
    const end = graph.firstOf[file + 1] as number;
    for (let place = graph.firstOf[file] as number; place < end; place += 1) {
      const kind = graph.kindText(place);
      if (dataKinds.has(kind) || graph.isLocal(place)) continue;
      worth[place] =
        (rank[place] as number) *
        (focus.has(place) ? 1 : weight) *
        (graph.publicOf.at(place) === 1 ? 1 : worthOfPrivate) *
        (small.has(kind) ? worthOfSmall : 1);
      own.push(place);
    }
    own.sort((a, b) => (worth[b] as number) - (worth[a] as number) || a - b);
    for (const [at, place] of own.entries()) {
      worth[place] = (worth[place] as number) * fading ** at;
      order.push(place);
    }
  }
  return order.sort((a, b) => (worth[b] as number) - (worth[a] as number) || a - b);
}

interface Chosen {
  /** By place. */
  rows: Map<number, SymbolRow>;
  tokens: number;
}

/** As many of the best as fit, each with what holds it. */
function choose(
  graph: CodeGraph,
  symbols: SymbolTable,
  order: readonly number[],
  maxTokens: number,
): Chosen {
  const rows = new Map<number, SymbolRow>();
  const files = new Set<number>();
  const inFile = new Map<number, ReadonlyMap<number, SymbolRow>>();
  const rowOf = (place: number): SymbolRow | undefined => {
    const file = graph.fileOf.at(place);
    let known = inFile.get(file);
    if (known === undefined) {
      const all = symbols.definitionsIn(graph.paths[file] as string) ?? [];
      known = new Map(all.map((row) => [row.id, row]));
      inFile.set(file, known);
    }
    return known.get(graph.ids[place] as number);
  };
  let tokens = 0;
  let misses = 0;
  for (const place of order) {
    if (misses >= mostMisses) break;
    if (rows.has(place)) continue;
    const needed = withHolders(graph, place).filter((one) => !rows.has(one));
    const found = needed.flatMap((one) => {
      const row = rowOf(one);
      return row === undefined ? [] : [[one, row] as const];
    });
    if (found.length < needed.length) continue;
    const file = graph.fileOf.at(place);
    const head = files.has(file) ? 0 : tokensOf(`${graph.paths[file]}\n`);
    const cost = found.reduce(
      (sum, [one, row]) => sum + tokensOf(`${lineOf(row, depthOf(graph, one))}\n`),
      head,
    );
    if (tokens + cost > maxTokens) {
      misses += 1;
      continue;
    }
    misses = 0;
    tokens += cost;
    files.add(file);
    for (const [one, row] of found) rows.set(one, row);
  }
  return { rows, tokens };
}

/** The outermost first. */
function withHolders(graph: CodeGraph, place: number): number[] {
  const chain = [place];
  for (let holder = graph.holderOf.at(place); holder >= 0; holder = graph.holderOf.at(holder)) {
    if (!dataKinds.has(graph.kindText(holder))) chain.unshift(holder);
  }
  return chain;
}

function depthOf(graph: CodeGraph, place: number): number {
  return withHolders(graph, place).length - 1;
}

function lineOf({ kind, name, signature }: SymbolRow, depth: number): string {
  const text = signature === "" || signature === name ? `${kind} ${name}` : signature;
  const cut = text.length <= mostLetters ? text : `${text.slice(0, mostLetters - 1)}…`;
  return `${"  ".repeat(depth + 1)}${cut.replace(/\s+/gu, " ")}`;
}

function shown(
  graph: CodeGraph,
  rank: Float64Array,
  { rows, tokens }: Chosen,
): Pick<MapResult, "files" | "text" | "tokens"> {
  const files = new Map<number, MappedFile>();
  for (const place of [...rows.keys()].sort((a, b) => a - b)) {
    const at = graph.fileOf.at(place);
    const file = files.get(at) ?? { path: graph.paths[at] as string, rank: 0, definitions: [] };
    const own = rank[place] as number;
    file.rank += own;
    file.definitions.push({
      definition: rows.get(place) as SymbolRow,
      rank: own,
      depth: depthOf(graph, place),
    });
    files.set(at, file);
  }
  const inRank = [...files.values()].sort((a, b) => b.rank - a.rank || (a.path < b.path ? -1 : 1));
  const lines = inRank.flatMap(({ path, definitions }) => [
    path,
    ...definitions.map(({ definition, depth }) => lineOf(definition, depth)),
  ]);
  return { files: inRank, text: lines.join("\n"), tokens };
}

function leftOut(
  graph: CodeGraph,
  fits: (path: string) => boolean,
  { rows }: Chosen,
): Pick<MapResult, "filesLeftOut" | "definitionsLeftOut"> {
  let files = 0;
  let definitions = 0;
  for (const [file, path] of graph.paths.entries()) {
    if (!fits(path)) continue;
    files += 1;
    definitions += (graph.firstOf[file + 1] as number) - (graph.firstOf[file] as number);
  }
  const shownFiles = new Set([...rows.keys()].map((place) => graph.fileOf.at(place)));
  return { filesLeftOut: files - shownFiles.size, definitionsLeftOut: definitions - rows.size };
}
