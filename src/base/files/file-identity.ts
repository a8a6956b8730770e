/* Which file a name leads to, as the system numbers it: a name may be given to another file. */
import { fstatSync, statSync } from "node:fs";

/**
 * Disk and number of the file at a path, links followed; undefined: there is none. Numbers of Windows' files do not fit
 * into a JavaScript number.
 */
export function identityAt(path: string): string | undefined {
  const facts = statSync(path, { bigint: true, throwIfNoEntry: false });
  return facts && `${facts.dev} ${facts.ino}`;
}

/** The same of an open file. */
export function identityOfOpen(file: number): string {
  const { dev, ino } = fstatSync(file, { bigint: true });
  return `${dev} ${ino}`;
}
