/*
 * Who makes, removes, verifies or restores snapshots of a folder has it to himself: the lock is the system's, which frees it
 * however a process ends. So whatever is called a draft then is of a process that was killed.
 */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { HaypileError } from "../../base/errors.ts";
import { removeFile, removeTree, replaceFile } from "../../base/files/patient.ts";
import { makePrivateFolder, secureFolder } from "../../base/files/private-files.ts";
import { tryLock } from "../../storage/sqlite/file/lock.ts";
import { filesOf, isLeft, lockFile, namesIn } from "./names.ts";
import { dropUnneeded } from "./remove.ts";

const draftForm =
  /^(\d{8}T\d{9}Z-[0-9a-f]{6})\.\d+\.(?:(db|json|pages)\.draft|scratch)(?:-wal|-shm|-journal)?$/u;
const goneForm = /^(\d{8}T\d{9}Z-[0-9a-f]{6})\.gone$/u;
const leftForm = /^(\d{8}T\d{9}Z-[0-9a-f]{6})\.pages$/u;
const pauseMs = 25;
/** A restore of a large file, and a verify of another before it. */
const mostWaitMs = 600_000;

/**
 * Runs work that has the folder to itself; what killed processes left there is gone before.
 * @throws HaypileError HAYPILE_DB_BUSY after ten minutes, HAYPILE_PERMISSION; the system's error
 */
export async function inFolder<T>(folder: string, work: () => Promise<T>): Promise<T> {
  makePrivateFolder(folder);
  secureFolder(folder, "folder of snapshots");
  const path = lockFile(folder);
  const end = performance.now() + mostWaitMs;
  let lock = tryLock(path);
  while (lock === undefined) {
    if (performance.now() > end) throw busy(folder);
    await sleep(pauseMs);
    lock = tryLock(path);
  }
  try {
    await tidy(folder);
    return await work();
  } finally {
    lock.release();
  }
}

/** @throws the system's error */
async function tidy(folder: string): Promise<void> {
  for (const name of namesIn(folder)) {
    const [, id = "", kind] = draftForm.exec(name) ?? [];
    if (id !== "") putDraftRight(folder, name, id, kind);
    const [, gone] = goneForm.exec(name) ?? [];
    if (gone !== undefined) {
      const files = filesOf(folder, gone);
      for (const path of [files.pages, files.database, files.gone]) removeFile(path);
    }
    const [, left] = leftForm.exec(name) ?? [];
    // It was being removed: what others need of it is written.
    if (left !== undefined && isLeft(join(folder, name)))
      removeFile(filesOf(folder, left).manifest);
  }
  await dropUnneeded(folder, false);
}

/** Where all was on the disk but the manifest's name, the name is given; else the draft goes. */
function putDraftRight(folder: string, name: string, id: string, kind: string | undefined): void {
  const path = join(folder, name);
  const files = filesOf(folder, id);
  if (kind === "json" && (existsSync(files.pages) || existsSync(files.database))) {
    replaceFile(path, files.manifest);
  } else if (kind === undefined) removeTree(path);
  else removeFile(path);
}

function busy(folder: string): HaypileError {
  return new HaypileError(
    "HAYPILE_DB_BUSY",
    `Another process works on the snapshots in ${folder} since ten minutes. Wait until it is done, then run it again.`,
    { data: { path: folder } },
  );
}
