import { existsSync, rmSync, statSync } from "node:fs";
import { fileError } from "../../base/errors.ts";

export interface RemovedFile {
  path: string;
  bytes: number;
}

/** Deletes database files with what SQLite keeps beside them. @throws HaypileError HAYPILE_PERMISSION */
export function removeDatabases(paths: readonly string[]): RemovedFile[] {
  const removed: RemovedFile[] = [];
  for (const path of paths) {
    if (!existsSync(path)) continue;
    const { size } = statSync(path);
    try {
      for (const ending of ["-wal", "-shm", ".compact", ""])
        rmSync(`${path}${ending}`, { force: true });
    } catch (error) {
      throw fileError(error, `delete ${path}`);
    }
    removed.push({ path, bytes: size });
  }
  return removed;
}
