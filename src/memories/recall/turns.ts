/*
 * Turns of a conversation lean on each other: the question stands in one and the answer in the next. Here is who stands
 * beside whom, and what a turn gets of what speaks for those beside it. Only short turns do: long ones stand by themselves.
 */
import type { AllowedRows, StoredPart } from "../../ports/memory-rows.ts";
import { noteScale, turnContext } from "../../search/ranking/ranking-parameters.ts";

/** A turn of more characters (UTF-16 units) stands by itself. */
const shortTurn = 500;
/** Evidence of what has nothing to do with the query. */
const nothing = noteScale.middle - noteScale.width * Math.log(4);

export interface Beside {
  before: number | undefined;
  after: number | undefined;
}

/** Of turns that were found, and of those beside them: who stands before and after. */
export function turnsBeside(allowed: AllowedRows, found: ReadonlySet<number>): Map<number, Beside> {
  const beside = new Map<number, Beside>();
  const look = (rowId: number): Beside | undefined => {
    if (allowed.kindOf(rowId) !== "turn") return undefined;
    const { before, after } = allowed.around(rowId, 1);
    const isTurn = (id: number | undefined): id is number =>
      id !== undefined && allowed.kindOf(id) === "turn";
    const [previous] = before;
    const [next] = after;
    const both = {
      before: isTurn(previous) ? previous : undefined,
      after: isTurn(next) ? next : undefined,
    };
    beside.set(rowId, both);
    return both;
  };
  for (const rowId of found) {
    const both = look(rowId);
    for (const other of [both?.before, both?.after]) {
      if (other !== undefined && !beside.has(other)) look(other);
    }
  }
  return beside;
}

/** Without long turns: they have nobody beside them, and are beside nobody. */
export function onlyShort(
  beside: ReadonlyMap<number, Beside>,
  parts: ReadonlyMap<number, readonly StoredPart[]>,
): Map<number, Beside> {
  const isShort = (rowId: number): boolean => {
    const own = parts.get(rowId) ?? [];
    const [first] = own;
    return own.length === 1 && first !== undefined && first.end - first.start <= shortTurn;
  };
  const short = (rowId: number | undefined): number | undefined =>
    rowId !== undefined && isShort(rowId) ? rowId : undefined;
  return new Map(
    [...beside]
      .filter(([rowId]) => isShort(rowId))
      .map(([rowId, { before, after }]) => [rowId, { before: short(before), after: short(after) }]),
  );
}

/**
 * What each turn gets: part of what speaks for the better one beside it, above `nothing`, and of the better one behind
 * these.
 */
export function contextOf(
  evidence: ReadonlyMap<number, number>,
  around: ReadonlyMap<number, Beside>,
): Map<number, number> {
  const above = (rowId: number | undefined): number =>
    rowId === undefined ? 0 : Math.max(0, (evidence.get(rowId) ?? nothing) - nothing);
  const second = (rowId: number | undefined, side: keyof Beside): number =>
    rowId === undefined ? 0 : above(around.get(rowId)?.[side]);
  return new Map(
    [...around].map(([rowId, { before, after }]) => [
      rowId,
      turnContext.next * Math.max(above(before), above(after)) +
        turnContext.second * Math.max(second(before, "before"), second(after, "after")),
    ]),
  );
}
