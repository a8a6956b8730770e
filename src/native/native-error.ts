/* Errors of the addon carry a code of the catalogue; here they become HaypileErrors. */
import { HaypileError, isErrorCode } from "../base/errors.ts";

/** A HaypileError for anything the addon threw or rejected with. */
function fromNative(error: unknown): HaypileError {
  if (HaypileError.isInstance(error)) return error;
  const code = (error as { code?: unknown } | undefined)?.code;
  const message = error instanceof Error ? error.message : String(error);
  return new HaypileError(isErrorCode(code) ? code : "HAYPILE_INTERNAL", message, { cause: error });
}

/** Runs a synchronous call of the addon. */
export function callNative<T>(call: () => T): T {
  try {
    return call();
  } catch (error) {
    throw fromNative(error);
  }
}

/** Awaits a call of the addon; the stack of the error shows the caller. */
export async function awaitNative<T>(call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (error) {
    throw fromNative(error);
  }
}
