import { HaypileError } from "../../base/errors.ts";
import type { SymbolHit } from "../../ports/answers/definitions.ts";
import type { ReachOptions, ReachRelation, ReachResult } from "../../ports/answers/graph.ts";
import type { SymbolTable } from "../../ports/symbols.ts";
import { Turns } from "./turns.ts";
import { walk } from "./walk.ts";

export const mostSteps = 20;
export const mostTold = 5000;
const defaultDepth = 3;
const defaultTold = 500;

/**
 * What a definition reaches along a relation in several steps, each with the way to it.
 * @throws HaypileError HAYPILE_USAGE, HAYPILE_ABORTED
 */
export async function reachOf(
  symbols: SymbolTable,
  symbol: SymbolHit,
  others: number,
  relation: ReachRelation,
  options: ReachOptions = {},
): Promise<ReachResult> {
  const { depth = defaultDepth, limit = defaultTold, signal } = options;
  assertWhole("depth", depth, mostSteps);
  assertWhole("limit", limit, mostTold);
  const walked = await walk(symbols, [symbol], relation, depth, new Turns(signal));
  const { reached, notFollowed, isCut } = walked;
  // The nearest come first, so a way that is told is told whole.
  const steps = reached
    .slice(0, limit)
    .map(({ isVague: _, ...step }) => ({ ...step, from: Math.max(-1, step.from) }));
  return {
    symbol,
    others,
    relation,
    steps,
    leftOut: reached.length - steps.length,
    notFollowed,
    isCut,
  };
}

/** @throws HaypileError HAYPILE_USAGE */
export function assertWhole(name: string, value: number, most: number): void {
  if (Number.isInteger(value) && value >= 1 && value <= most) return;
  throw new HaypileError(
    "HAYPILE_USAGE",
    `Expected a whole number from 1 to ${most} for ${name} but got ${value}.`,
  );
}
