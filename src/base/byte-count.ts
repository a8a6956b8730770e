import { HaypileError } from "./errors.ts";

/**
 * A number of bytes a caller gave, checked.
 * @param name of the option, for the message
 * @throws HaypileError HAYPILE_USAGE when it is no whole number of 0 or more
 */
export function byteCount(name: string, bytes: number): number {
  if (Number.isSafeInteger(bytes) && bytes >= 0) return bytes;
  throw new HaypileError(
    "HAYPILE_USAGE",
    `Expected a whole number of bytes, 0 or more, for ${name} but got ${String(bytes)}.`,
    { data: { name, bytes } },
  );
}

/** Millions of bytes, as "12.3": for lines that say MB themselves. */
export function mb(bytes: number): string {
  return (bytes / 1e6).toFixed(1);
}
