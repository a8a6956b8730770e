import { HaypileError } from "./errors.ts";

/** The error every stopped call ends with. */
export function abortedError(doing: string): HaypileError {
  return new HaypileError(
    "HAYPILE_ABORTED",
    `${doing} was stopped. What was stored stays; run it again to go on.`,
  );
}

/**
 * Throws when the caller asked to stop.
 *
 * @param doing what stops, as the first word of a sentence: "Indexing"
 * @throws HaypileError HAYPILE_ABORTED
 */
export function throwIfAborted(signal: AbortSignal | undefined, doing: string): void {
  if (signal?.aborted) throw abortedError(doing);
}
