/* Where a list ended, as callers say it to go on. */
import { HaypileError } from "../../base/errors.ts";
import { type MemoryOrder, memoryOrders } from "../../ports/memories.ts";
import type { RowPlace } from "../../ports/memory-rows.ts";

/** The row that a cursor of a list as it was written stands for. @throws HaypileError HAYPILE_USAGE */
export function rowOfCursor(cursor: string | undefined): number | undefined {
  if (cursor === undefined) return undefined;
  const rowId = /^m[0-9a-z]{1,11}$/.test(cursor)
    ? Number.parseInt(cursor.slice(1), 36)
    : Number.NaN;
  if (Number.isSafeInteger(rowId)) return rowId;
  throw noCursor(cursor);
}

export function cursorOfRow(rowId: number): string {
  return `m${rowId.toString(36)}`;
}

/** Its rank and its row; "x": it never ends. */
export function cursorOfPlace(order: MemoryOrder, { rank, rowId }: RowPlace): string {
  const at = rank === Number.POSITIVE_INFINITY ? "x" : String(rank);
  return `p${memoryOrders.indexOf(order)}_${at}_${rowId.toString(36)}`;
}

/** @throws HaypileError HAYPILE_USAGE also for a cursor of another order */
export function placeOfCursor(
  order: MemoryOrder,
  cursor: string | undefined,
): RowPlace | undefined {
  if (cursor === undefined) return undefined;
  const [, of, at = "", row = ""] =
    /^p(\d)_(x|-?\d{1,16})_([0-9a-z]{1,11})$/u.exec(String(cursor)) ?? [];
  if (of === undefined || memoryOrders[Number(of)] !== order) throw noCursor(cursor);
  const rowId = Number.parseInt(row, 36);
  if (!Number.isSafeInteger(rowId)) throw noCursor(cursor);
  return { rank: at === "x" ? Number.POSITIVE_INFINITY : Number(at), rowId };
}

/** A cursor made of ids. */
export function cursorOfKeys(...keys: string[]): string {
  return `k${keys.join(".")}`;
}

/** The ids of a cursor, so many. @throws HaypileError HAYPILE_USAGE */
export function keysOfCursor(cursor: string | undefined, count: number): string[] | undefined {
  if (cursor === undefined) return undefined;
  const text = String(cursor);
  const keys = text.slice(1).split(".");
  if (text.startsWith("k") && keys.length === count && text.length < 300) return keys;
  throw noCursor(cursor);
}

function noCursor(cursor: unknown): HaypileError {
  return new HaypileError(
    "HAYPILE_USAGE",
    `Expected a cursor that a list of this order gave, but got ${JSON.stringify(cursor)}. Leave it out to begin anew.`,
  );
}
