/*
 * How a failure is told to a client of a server. What it did wrong is told in full; what is wrong with the server, its store or
 * its models names addresses and paths of the server, which are for who runs it: they are in its log.
 */
import { type ErrorCode, errorCatalogue, HaypileError } from "../../../base/errors.ts";
import { log } from "../../../base/log.ts";
import type { Client } from "./rights.ts";

/** These say nothing but of what was asked. */
const inFull: ReadonlySet<ErrorCode> = new Set([
  "HAYPILE_USAGE",
  "HAYPILE_MEMORY_MISSING",
  "HAYPILE_CONFLICT",
  "HAYPILE_CONFIRM",
  "HAYPILE_SECRET",
  "HAYPILE_NOT_IMPORTED",
  "HAYPILE_QUOTA",
  "HAYPILE_SYMBOL_MISSING",
  "HAYPILE_REVISION_MISSING",
  "HAYPILE_GIT",
  "HAYPILE_PATH_MISSING",
  "HAYPILE_PATH_REFUSED",
  "HAYPILE_OVERLOADED",
  "HAYPILE_ABORTED",
]);

/** Runs what the store and the indexes do. @throws what went wrong, as the client may read it */
export async function toldTo<T>({ rights }: Client, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw rights.admin ? error : plain(error);
  }
}

/** A sentence of the catalogue in place of one that names what is the server's. */
export function plainMessage(code: string, message: string): string {
  const known = errorCatalogue[code as ErrorCode];
  if (inFull.has(code as ErrorCode)) return message;
  return `${known?.says ?? "This failed for a reason inside the server."} Who runs the server finds more in its log.`;
}

function plain(error: unknown): unknown {
  if (!HaypileError.isInstance(error)) return error;
  const { code, message } = error;
  if (inFull.has(code)) return error;
  log("warn", `told a client ${code}: ${message}`);
  return new HaypileError(code, plainMessage(code, message));
}
