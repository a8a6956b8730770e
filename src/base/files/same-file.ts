/*
 * Whether a file is as it was when it was read, by what the file system says of it. One rule for index runs, searches
 * and questions about definitions.
 */

/** What a file system says of a file. */
export interface FileFacts {
  sizeBytes: number;
  /** Milliseconds since 1970, with fractions. */
  mtimeMs: number;
  /** The same of the last change of content, name or rights. Undefined: not known. */
  ctimeMs?: number | undefined;
  inode?: number | undefined;
}

/** An mtime younger than this before the read may be that of a later write as well: some disks count in 2 s. */
const untrustedMs = 2_000;
/** The same of a disk that counts in fractions of a second: its clock ticks every few milliseconds. */
const untrustedFineMs = 50;

/**
 * True: nothing was written since. False: it has to be read to know, since another time or another number alone may be
 * a copy that was put back, a change of rights, or a disk that was mounted again.
 *
 * @param seen what was noted when it was read
 */
export function isSameFile(seen: FileFacts & { readMs: number }, now: FileFacts): boolean {
  if (seen.sizeBytes !== now.sizeBytes || seen.mtimeMs !== now.mtimeMs) return false;
  if (isYoung(seen.mtimeMs, seen.readMs)) return false;
  if (now.ctimeMs === undefined) return true;
  // Noted by an older version: what has not changed since it was read is as it was.
  if (seen.ctimeMs === undefined) return !isYoung(now.ctimeMs, seen.readMs);
  if (seen.ctimeMs !== now.ctimeMs) return false;
  // No two files have one change time to the fraction of a second; numbers of some disks of the network come and go.
  if (!isCoarse(seen.ctimeMs)) return true;
  return seen.inode === undefined || now.inode === undefined || seen.inode === now.inode;
}

function isYoung(timeMs: number, readMs: number): boolean {
  return timeMs >= readMs - (isCoarse(timeMs) ? untrustedMs : untrustedFineMs);
}

function isCoarse(timeMs: number): boolean {
  return timeMs % 1_000 === 0;
}
