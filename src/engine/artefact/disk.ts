/* Room on a disk, asked for before something is written, and writing to a place of a file. */
import { writeSync } from "node:fs";
import { statfs } from "node:fs/promises";
import { HaypileError } from "../../base/errors.ts";

/** @param forWhat as it stands after "for" @throws HaypileError HAYPILE_DISK_FULL */
export async function assertRoom(folder: string, bytes: number, forWhat: string): Promise<void> {
  const facts = await statfs(folder).catch(() => undefined);
  const free = facts === undefined ? undefined : facts.bavail * facts.bsize;
  if (free === undefined || free >= bytes) return;
  throw new HaypileError(
    "HAYPILE_DISK_FULL",
    `Expected ${inMegabytes(bytes)} of free space in ${folder} for ${forWhat}, but ${inMegabytes(free)} are left. Nothing was changed. Free some space and run it again.`,
    { data: { folder, bytes, free } },
  );
}

export function writeAll(file: number, bytes: Uint8Array, at: number): void {
  for (let done = 0; done < bytes.length; ) {
    done += writeSync(file, bytes, done, bytes.length - done, at + done);
  }
}

function inMegabytes(bytes: number): string {
  return `${Math.ceil(bytes / 1e6)} MB`;
}
