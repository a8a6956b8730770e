/* What a change reaches: what git and the parser know of it, made into definitions of the index. */
import { join } from "node:path";
import { decodeText } from "../../base/files/decode-text.ts";
import { PatternWork, pathFilter, readList } from "../../base/paths/path-filter.ts";
import { passGateForFilter } from "../../base/paths/path-gate.ts";
import { isSecretPath } from "../../base/paths/secret-paths.ts";
import { languageOf } from "../../indexing/read/language.ts";
import { readText } from "../../indexing/read/read-text.ts";
import { SkipLog } from "../../indexing/walk/skip-log.ts";
import { resolveRoot, walkFolder } from "../../indexing/walk/walk.ts";
import type { ChangedFile, ImpactOptions, ImpactResult } from "../../ports/answers/graph.ts";
import type { SymbolRow, SymbolTable } from "../../ports/symbols.ts";
import type { Definition, SyntaxParser } from "../../ports/syntax.ts";
import {
  type FileChange,
  type FileState,
  type TouchedDefinition,
  touchedDefinitions,
} from "../../symbols/graph/changes.ts";
import { assertImpactOptions, type Change, impactOf } from "../../symbols/graph/impact.ts";
import { type ChangedSince, changesSince } from "../git/changes.ts";
import { theOne } from "./structure.ts";

/** Larger files are not taken apart. */
const mostTextBytes = 1024 * 1024;
/** Share of the definitions that two files have in common when one is the other, moved. */
const shareOfMoved = 0.5;

interface Asked {
  symbols: SymbolTable;
  /** The folder of the index. */
  root: string;
  parser: SyntaxParser;
}

/**
 * @throws HaypileError HAYPILE_USAGE without git or such a commit, HAYPILE_SYMBOL_MISSING, HAYPILE_PATH_REFUSED,
 *   HAYPILE_ABORTED
 */
export async function impact(asked: Asked, options: ImpactOptions): Promise<ImpactResult> {
  assertImpactOptions(options);
  const { names = [], since, files = [] } = options;
  const path =
    files.length === 0 ? undefined : files.map((one) => passGateForFilter(asked.root, one));
  const named = names.map((name) => namedChange(theOne(asked.symbols, name, { path }).symbol));
  if (names.length > 0 && since === undefined) {
    return await impactOf(asked.symbols, { commit: undefined, files: [], changes: named }, options);
  }
  const found = await changesOf(asked, options);
  const changes = [...named, ...found.changes];
  return await impactOf(asked.symbols, { ...found, changes }, options);
}

function namedChange(symbol: SymbolRow): Change {
  const { path, name, container, kind, headLine } = symbol;
  return { path, name, container, kind, change: "changed", line: headLine, symbol };
}

async function changesOf(
  { symbols, root, parser }: Asked,
  { since = "HEAD", files: only, signal }: ImpactOptions,
): Promise<{ commit: string; files: ChangedFile[]; changes: Change[] }> {
  const real = await resolveRoot(root);
  const fits = fitsAny(real, only);
  const present = new Set<string>();
  for await (const { path } of walkFolder(real, { skips: new SkipLog(), signal }))
    present.add(path);
  const { commit, files } = await changesSince(real, since, present, { signal });
  const pairs = await statesOf(
    files.filter(({ path }) => fits(path) && !isSecretPath(path)),
    real,
    parser,
  );
  await parser.rest();
  const changes = touchedDefinitions(pairs).map((one, at) => toChange(symbols, one, at));
  return { commit, files: pairs.map(toFile), changes };
}

function fitsAny(root: string, only: readonly string[] | undefined): (path: string) => boolean {
  if (only === undefined || only.length === 0) return () => true;
  const work = new PatternWork();
  const filters = only
    .flatMap((text) => readList(text))
    .map((text) => pathFilter(passGateForFilter(root, text), work));
  return (path) => filters.some((fits) => fits(path));
}

/** What was moved is one change of two paths. */
async function statesOf(
  files: readonly ChangedSince[],
  root: string,
  parser: SyntaxParser,
): Promise<FileChange[]> {
  const changes: FileChange[] = [];
  for (const { path, before, wasThere, isThere } of files) {
    const text = before === undefined ? undefined : decodeText(before)?.text;
    changes.push({
      before: wasThere ? await stateOf(parser, path, text) : undefined,
      after: isThere ? await stateOf(parser, path, await textAt(root, path)) : undefined,
    });
  }
  const gone = changes.filter(({ after }) => after === undefined);
  const taken = new Set<FileChange>();
  for (const change of changes) {
    if (change.before !== undefined || change.after === undefined) continue;
    const { after } = change;
    const from = gone.find((one) => !taken.has(one) && isSame(one.before, after));
    if (from === undefined) continue;
    taken.add(from);
    change.before = from.before;
  }
  // Files whose text is as it was, by another line end or a name that git has forgotten.
  return changes.filter(
    (one) => !taken.has(one) && !(one.after === undefined && one.before === undefined),
  );
}

async function textAt(root: string, path: string): Promise<string | undefined> {
  const read = await readText(join(root, path), mostTextBytes, root);
  return "text" in read ? read.text : undefined;
}

async function stateOf(
  parser: SyntaxParser,
  path: string,
  text: string | undefined,
): Promise<FileState> {
  const language = languageOf(path);
  if (text === undefined || !parser.knows(language)) {
    return { path, text: text ?? "", definitions: undefined };
  }
  const outcome = await parser.parse({ path, language, text });
  return { path, text, definitions: "parsed" in outcome ? outcome.parsed.definitions : undefined };
}

function isSame(before: FileState | undefined, after: FileState): boolean {
  if (before === undefined || before.text.trim() === "") return false;
  if (before.text === after.text) return true;
  const hashes = new Set(before.definitions?.map(({ bodyHash }) => bodyHash));
  const both = after.definitions?.filter(({ bodyHash }) => hashes.has(bodyHash)).length ?? 0;
  return both > 0 && both >= shareOfMoved * Math.max(hashes.size, after.definitions?.length ?? 0);
}

function toFile({ before, after }: FileChange): ChangedFile {
  const isWhole = (after ?? before)?.definitions === undefined ? true : undefined;
  if (after === undefined) return { path: before?.path ?? "", change: "removed", isWhole };
  if (before === undefined) return { path: after.path, change: "added", isWhole };
  return before.path === after.path
    ? { path: after.path, change: "changed", isWhole }
    : { path: after.path, change: "moved", before: before.path, isWhole };
}

/** As the index has it; what it does not have yet, or no more, is looked for by its name all the same. */
export function toChange(symbols: SymbolTable, touched: TouchedDefinition, at: number): Change {
  const { definition, from, ...change } = touched;
  if (definition === undefined) return { ...change, symbol: undefined };
  const { path, name, container } = change;
  const rows = (symbols.definitionsIn(path) ?? []).filter(
    (row) => row.name === name && row.container === container,
  );
  const nearest = rows.sort(
    (a, b) => Math.abs(a.headLine - change.line) - Math.abs(b.headLine - change.line),
  );
  const symbol = nearest[0] ?? standIn(path, definition, -1 - at * 2);
  return {
    ...change,
    symbol,
    was: from === undefined ? undefined : standIn(from, definition, -2 - at * 2),
  };
}

/** @param id below 0, one for each: no row has it */
export function standIn(path: string, definition: Definition, id: number): SymbolRow {
  return { ...definition, id, path, language: languageOf(path), uses: 0 };
}
