import type {
  AffectedDefinition,
  AffectedTests,
  ChangedDefinition,
  ChangedFile,
  ImpactOptions,
  ImpactResult,
} from "../../ports/answers/graph.ts";
import type { SymbolRow, SymbolTable } from "../../ports/symbols.ts";
import { sureSteps } from "./code-graph.ts";
import { dataKinds } from "./families.ts";
import { assertWhole, mostSteps, mostTold } from "./reach.ts";
import { isTestDefinition, isTestFile } from "./test-places.ts";
import { Turns } from "./turns.ts";
import { type Reached, walk } from "./walk.ts";

const defaultDepth = 4;
const defaultTold = 500;

/** A changed definition, and as what its users are looked for. */
export interface Change extends ChangedDefinition {
  /** Undefined: lines outside of all definitions, which nobody names. */
  symbol: SymbolRow | undefined;
  /** The same where it stood before: who still looks for it there. */
  was?: SymbolRow | undefined;
}

/** @throws HaypileError HAYPILE_USAGE */
export function assertImpactOptions({ depth, limit }: ImpactOptions): void {
  assertWhole("depth", depth ?? defaultDepth, mostSteps);
  assertWhole("limit", limit ?? defaultTold, mostTold);
}

/**
 * What uses what was changed, at once or over others, and which tests are among it.
 * @throws HaypileError HAYPILE_ABORTED
 */
export async function impactOf(
  symbols: SymbolTable,
  of: { commit: string | undefined; files: ChangedFile[]; changes: readonly Change[] },
  options: ImpactOptions,
): Promise<ImpactResult> {
  const { depth = defaultDepth, limit = defaultTold, signal } = options;
  const roots: SymbolRow[] = [];
  const changedOf: number[] = [];
  for (const [at, { symbol, was }] of of.changes.entries()) {
    for (const one of [symbol, was]) {
      if (one === undefined || dataKinds.has(one.kind)) continue;
      roots.push(one);
      changedOf.push(at);
    }
  }
  const walked = await walk(symbols, roots, "users", depth, new Turns(signal));
  const all: AffectedDefinition[] = [];
  for (const { isVague: _, name: _name, from, ...step } of walked.reached) {
    const isRoot = from < 0;
    const changed = isRoot
      ? (changedOf[-1 - from] as number)
      : (all[from] as AffectedDefinition).changed;
    all.push({ ...step, from: isRoot ? -1 : from, changed, isTest: isTest(step) });
  }
  return {
    commit: of.commit,
    files: of.files,
    changed: of.changes.map(({ symbol: _, was: _was, ...one }) => one),
    tests: testsOf(of.changes, all),
    affected: all.slice(0, limit),
    leftOut: Math.max(0, all.length - limit),
    notFollowed: walked.notFollowed,
    isCut: walked.isCut,
  };
}

function isTest({ definition, path }: Pick<Reached, "definition" | "path">): boolean {
  if (definition === undefined) return isTestFile(path);
  return isTestDefinition(path, definition.name, definition.container) || isTestFile(path);
}

/** The surest first, then the nearest. A file of tests that was changed itself is among them. */
function testsOf(
  changes: readonly Change[],
  affected: readonly AffectedDefinition[],
): AffectedTests[] {
  const files = new Map<string, AffectedTests & { names: Set<string> }>();
  const add = (path: string, name: string, sure: number, depth: number): void => {
    let file = files.get(path);
    if (file === undefined) {
      file = { path, tests: [], names: new Set(), sure: "name", depth };
      file.sure = sureSteps[sure] ?? "name";
      files.set(path, file);
    }
    if (sure < sureSteps.indexOf(file.sure)) file.sure = sureSteps[sure] ?? "name";
    file.depth = Math.min(file.depth, depth);
    if (name !== "") file.names.add(name);
  };
  for (const { path, name, container, change, kind } of changes) {
    if (change === "removed" || dataKinds.has(kind) || !isTestFile(path)) continue;
    add(path, container === "" ? name : `${container}.${name}`, 0, 0);
  }
  for (const { definition, path, sure, depth, isTest: isOne } of affected) {
    if (!isOne) continue;
    const { name = "", container = "" } = definition ?? {};
    const full = container === "" ? name : `${container}.${name}`;
    add(path, full, sureSteps.indexOf(sure), depth);
  }
  return [...files.values()]
    .map(({ names, ...file }) => ({ ...file, tests: [...names] }))
    .sort(
      (a, b) =>
        sureSteps.indexOf(a.sure) - sureSteps.indexOf(b.sure) ||
        a.depth - b.depth ||
        (a.path < b.path ? -1 : 1),
    );
}
