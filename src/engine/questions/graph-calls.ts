/* Questions over the graph of definitions and uses, as an engine answers them. */
import { checkTextArgument } from "../../base/check-options.ts";
import { HaypileError } from "../../base/errors.ts";
import { readList } from "../../base/paths/path-filter.ts";
import { passGateForFilter } from "../../base/paths/path-gate.ts";
import {
  type ImpactOptions,
  type ImpactResult,
  type MapOptions,
  type MapResult,
  type ReachOptions,
  type ReachRelation,
  type ReachResult,
  reachRelations,
  surenesses,
  type UnusedOptions,
  type UnusedResult,
} from "../../ports/answers/graph.ts";
import { checkCall, codeCalls } from "../../ports/calls.ts";
import type { Store } from "../../ports/store.ts";
import type { SyntaxParser } from "../../ports/syntax.ts";
import { repositoryMap } from "../../symbols/graph/map.ts";
import { reachOf } from "../../symbols/graph/reach.ts";
import { unusedIn } from "../../symbols/unused/unused.ts";
import { impact } from "./impact.ts";
import { MachineCalls } from "./machine-calls.ts";
import { assertFits, theOne } from "./structure.ts";

/** What an engine has that these questions are asked of. */
export interface GraphParts extends Pick<Store, "symbols" | "texts"> {
  /** The folder of the index, as the index has it. */
  root: string;
  parser: SyntaxParser;
}

/** How an engine lends its parts for a call. */
export const withGraphParts = Symbol("with graph parts");

/** The calls of an engine that go over many definitions. */
export abstract class GraphCalls extends MachineCalls {
  protected abstract [withGraphParts]<T>(work: (parts: GraphParts) => Promise<T>): Promise<T>;

  /**
   * What the best definition of a name reaches along a relation in several steps, each with the way to it.
   * @throws HaypileError HAYPILE_SYMBOL_MISSING, HAYPILE_USAGE, HAYPILE_ABORTED, HAYPILE_NOT_INDEXED
   */
  async reach(
    name: string,
    relation: ReachRelation,
    options: ReachOptions = {},
  ): Promise<ReachResult> {
    checkTextArgument("reach()", "name", name);
    checkCall(codeCalls, "reach", [name, relation, options]);
    assertOneOf("relation", relation, reachRelations);
    return await this[withGraphParts](async ({ symbols, root }) => {
      const { kinds } = options;
      const { symbol, others } = theOne(symbols, name, { kinds, path: gated(root, options.path) });
      return await reachOf(symbols, symbol, others, relation, options);
    });
  }

  /**
   * What uses what a change touches, and which tests are among it. The change is what differs between a commit and the
   * files of the folder, or definitions by their names.
   * @throws HaypileError HAYPILE_USAGE without git or such a commit, HAYPILE_SYMBOL_MISSING, HAYPILE_PATH_REFUSED,
   *   HAYPILE_ABORTED, HAYPILE_NOT_INDEXED
   */
  async impact(options: ImpactOptions = {}): Promise<ImpactResult> {
    checkCall(codeCalls, "impact", [options]);
    return await this[withGraphParts]((parts) => impact(parts, options));
  }

  /**
   * Definitions that nothing uses, with how sure that is, and where programs, libraries and tests begin.
   * @throws HaypileError HAYPILE_USAGE, HAYPILE_ABORTED, HAYPILE_NOT_INDEXED
   */
  async unused(options: UnusedOptions = {}): Promise<UnusedResult> {
    checkCall(codeCalls, "unused", [options]);
    assertOneOf("sure", options.sure ?? "medium", surenesses);
    return await this[withGraphParts]((parts) =>
      unusedIn(parts, { ...options, path: fitting(parts, options.path) }),
    );
  }

  /**
   * The files and definitions that matter most, in a budget of tokens.
   * @throws HaypileError HAYPILE_USAGE, HAYPILE_ABORTED, HAYPILE_NOT_INDEXED
   */
  async map(options: MapOptions = {}): Promise<MapResult> {
    checkCall(codeCalls, "map", [options]);
    return await this[withGraphParts]((parts) =>
      repositoryMap(parts.symbols, { ...options, path: fitting(parts, options.path) }),
    );
  }
}

function gated(
  root: string,
  path: string | readonly string[] | undefined,
): readonly string[] | undefined {
  if (path === undefined) return undefined;
  const given = typeof path === "string" ? readList(path) : path;
  return given.map((one) => passGateForFilter(root, one));
}

/** @throws HaypileError HAYPILE_USAGE where no file fits */
function fitting(
  { root, texts }: GraphParts,
  said: string | readonly string[] | undefined,
): readonly string[] | undefined {
  const path = gated(root, said);
  if (path !== undefined) assertFits(texts, path, root, said);
  return path;
}

function assertOneOf(name: string, value: unknown, allowed: readonly string[]): void {
  if (allowed.includes(value as string)) return;
  throw new HaypileError(
    "HAYPILE_USAGE",
    `Expected one of ${allowed.join(", ")} for ${name}, but got ${JSON.stringify(value)}.`,
  );
}
