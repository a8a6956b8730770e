import { pathRank } from "../../base/paths/path-traits.ts";
import type { Confidence } from "../../ports/answers/definitions.ts";
import type { ReachRelation } from "../../ports/answers/graph.ts";
import type { SymbolRow, SymbolTable } from "../../ports/symbols.ts";
import { Lookup } from "../lookup.ts";
import { sureSteps } from "./code-graph.ts";
import { type Step, stepsFrom } from "./steps.ts";
import type { Turns } from "./turns.ts";

/** Definitions that are looked at for one question, and uses of their names that are read for it. */
const mostLooked = 1000;
const mostRead = 6000;

/** A step of the way, with the way it lies on. */
export interface Reached extends Step {
  /** How sure the least sure step of the way is. */
  sure: Confidence;
  depth: number;
  /** Place of the step before; -1 - r: the root r. */
  from: number;
}

export interface Walked {
  reached: Reached[];
  notFollowed: number;
  isCut: boolean;
}

/**
 * Goes from some definitions along a relation, level by level: a definition is reached once, by its shortest way and of
 * these by the surest. Where only the name is the same and many have it, the way ends; next to a root such a use is
 * still told. What is looked at is bounded by counts, never by a clock: the same index gives the same answer.
 */
export async function walk(
  symbols: SymbolTable,
  roots: readonly SymbolRow[],
  relation: ReachRelation,
  depth: number,
  turns: Turns,
): Promise<Walked> {
  const reached: Reached[] = [];
  const lookup = new Lookup(symbols);
  const seen = new Set(roots.map(keyOf));
  let notFollowed = 0;
  let looked = 0;
  let read = 0;
  let isCut = false;
  let level = roots.map((symbol, at) => ({ symbol, from: -1 - at, sure: 0 }));
  for (let step = 1; step <= depth && level.length > 0; step += 1) {
    const found: Reached[] = [];
    for (const { symbol, from, sure } of level) {
      if (looked >= mostLooked || read >= mostRead) {
        isCut = true;
        break;
      }
      looked += 1;
      const steps = stepsFrom(symbols, symbol, relation, lookup, step === 1);
      await turns.next();
      if (steps === undefined) {
        notFollowed += 1;
        continue;
      }
      read += Math.max(steps.length, symbol.uses);
      for (const one of steps) {
        if (one.isVague && step > 1) notFollowed += 1;
        else found.push({ ...one, depth: step, from, sure: weaker(sure, one.confidence) });
      }
    }
    level = [];
    for (const one of inOrder(found)) {
      const key = one.definition === undefined ? `${one.path}\n${one.name}` : keyOf(one.definition);
      if (seen.has(key)) continue;
      seen.add(key);
      const at = reached.push(one) - 1;
      if (one.definition === undefined) continue;
      if (one.isVague) notFollowed += 1;
      else level.push({ symbol: one.definition, from: at, sure: sureSteps.indexOf(one.sure) });
    }
  }
  return { reached, notFollowed, isCut };
}

function keyOf({ id }: SymbolRow): string {
  return String(id);
}

function weaker(sure: number, confidence: Confidence): Confidence {
  return sureSteps[Math.max(sure, sureSteps.indexOf(confidence))] as Confidence;
}

/** The surest first, source before tests, by path and line. */
function inOrder(found: Reached[]): Reached[] {
  return found.sort(
    (a, b) =>
      sureSteps.indexOf(a.sure) - sureSteps.indexOf(b.sure) ||
      pathRank(a.path) - pathRank(b.path) ||
      (a.path < b.path ? -1 : a.path > b.path ? 1 : a.line - b.line),
  );
}
