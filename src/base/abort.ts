import { HaypileError } from "./errors.ts";

const stays = "What was stored stays; run it again to go on.";

/** The error every stopped call ends with. @param left what is left of it */
export function abortedError(doing: string, left = stays): HaypileError {
  return new HaypileError("HAYPILE_ABORTED", `${doing} was stopped. ${left}`);
}

/**
 * Throws when the caller asked to stop.
 *
 * @param doing what stops, as the first word of a sentence: "Indexing"
 * @param left what is left of it, as a sentence
 * @throws HaypileError HAYPILE_ABORTED
 */
export function throwIfAborted(
  signal: AbortSignal | undefined,
  doing: string,
  left?: string,
): void {
  if (signal?.aborted) throw abortedError(doing, left);
}
