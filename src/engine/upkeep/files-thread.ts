/* A thread of its own for what reads or moves whole files: no question waits for it. It ends when its work is done. */
import { existsSync } from "node:fs";
import { parentPort, workerData } from "node:worker_threads";
import { HaypileError } from "../../base/errors.ts";
import { checkIndexDatabase } from "../../storage/sqlite/file/check-index.ts";
import { moveLog } from "../../storage/sqlite/measures/move-log.ts";
import { checkMemoryDatabase } from "../../storage/sqlite/memories/file/check.ts";
import type { FileAnswer, FileOfUpkeep, FileWork } from "./file-work.ts";

const { task, files, stop } = workerData as FileWork;
const flag = new Int32Array(stop);
const isStopped = (): boolean => Atomics.load(flag, 0) !== 0;

function verify({ sort, path }: FileOfUpkeep): string[] {
  if (sort === "memories") return checkMemoryDatabase(path).findings;
  const finding = checkIndexDatabase(path, isStopped);
  return finding === undefined ? [] : [finding];
}

/** Another has it for itself, has taken it away meanwhile, or is a newer Haypile: nothing is wrong with it. */
function isAnothers(error: unknown, path: string): boolean {
  const code = HaypileError.isInstance(error) ? error.code : "";
  return code === "HAYPILE_DB_BUSY" || code === "HAYPILE_DB_NEWER" || !existsSync(path);
}

const answer: FileAnswer = { done: 0, pages: 0, findings: [] };
for (const file of files) {
  if (isStopped()) break;
  try {
    if (task === "checkpoint") answer.pages += moveLog(file.path).pages;
    else for (const finding of verify(file)) answer.findings.push(`${file.path}: ${finding}`);
  } catch (error) {
    if (isAnothers(error, file.path)) continue;
    answer.findings.push(`${file.path}: ${error instanceof Error ? error.message : String(error)}`);
  }
  if (!isStopped() || task === "checkpoint") answer.done += 1;
}
parentPort?.postMessage(answer);
