/* What goes wrong with memories where nobody waits for it: written to the log. */
import { HaypileError } from "../../base/errors.ts";
import { log } from "../../base/log.ts";

/** Of stores that take no writes: told once a process, whatever was to be written. */
const told = new Set<string>();

/** @param what "memories could not be collected" */
export function logInBackground(what: string, error: unknown): void {
  if (!isReadOnly(error)) {
    log("warn", `${what}: ${String(error)}`);
    return;
  }
  const store = String(error.data.store);
  if (told.has(store)) return;
  told.add(store);
  log("warn", `memories are only read here, so texts wait for vectors of others: ${error.message}`);
}

function isReadOnly(error: unknown): error is HaypileError {
  return HaypileError.isInstance(error) && error.data.isReadOnly === true;
}
