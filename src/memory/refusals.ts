import { HaypileError } from "../base/errors.ts";
import type { MemoryTable } from "../ports/memory-store.ts";
import { missing } from "./options.ts";

/**
 * The error for an id that nothing was found with.
 * @throws HaypileError HAYPILE_DB_CORRUPT when it is there, and only the way to it is damaged
 */
export function notThere(table: MemoryTable, id: string): HaypileError {
  table.lookAgain(id);
  return missing(id);
}

/** The error for one of many texts, before any was stored. */
export function refusedOne(error: unknown, at: number): unknown {
  if (!HaypileError.isInstance(error)) return error;
  return new HaypileError(
    error.code,
    `Memory ${at} of the list: ${error.message} None was stored.`,
    {
      cause: error,
      data: { ...error.data, stored: [], failedAt: at },
    },
  );
}

/** @throws HaypileError HAYPILE_USAGE */
export function readCursor(cursor: string | undefined): number | undefined {
  if (cursor === undefined) return undefined;
  const rowId = /^m[0-9a-z]{1,11}$/.test(cursor)
    ? Number.parseInt(cursor.slice(1), 36)
    : Number.NaN;
  if (Number.isSafeInteger(rowId)) return rowId;
  throw new HaypileError(
    "HAYPILE_USAGE",
    `Expected a cursor that a list gave, but got ${JSON.stringify(cursor)}. Leave it out to begin anew.`,
  );
}
