/*
 * Syncing after a snapshot was restored. The file that this machine wrote into the folder knows more than its memories do
 * now: it is read like that of another machine, and then goes on as this machine's own, so that what was erased goes out of it.
 */
import { replacedSync } from "../../../storage/sqlite/memories/copies/replaced-sync.ts";
import { ownFile, placeOf, sizeOf } from "./files.ts";
import { lookAtOwn } from "./own-file.ts";
import { SyncRun } from "./run.ts";
import { takeFile } from "./take-file.ts";

/** @returns undefined where nothing was restored, or the file of before is not there as it was left */
export async function takeUp(
  run: SyncRun,
  database: string,
): Promise<{ run: SyncRun; state: "cut off" } | undefined> {
  const all = replacedSync(database).filter(({ folder }) => folder.path === run.folder.path);
  if (all.length === 0) return undefined;
  run.result.isAfterRestore = true;
  // Nothing was written there since.
  if (run.folder.file === ownFile(run.machine) && (await lookAtOwn(run)) === "sound") {
    return undefined;
  }
  for (const { machine, folder } of all) {
    const { id, path, namespaces, withheld, refused } = run.folder;
    const own = { ...folder, id, path, namespaces, withheld, refused, published: 0 };
    const before = new SyncRun(run.store, run.options, machine, own, run.inserted);
    const state = await lookAtOwn(before);
    if (state !== "sound" && state !== "cut off") continue;
    before.result.isAfterRestore = true;
    if (!(await readAll(before))) continue;
    await run.surely(() => run.store.sync.setMachine(machine, placeOf(database)));
    return { run: before, state: "cut off" };
  }
  return undefined;
}

/** False: not all of it was taken, so it must stay as it is. */
async function readAll(run: SyncRun): Promise<boolean> {
  const name = ownFile(run.machine);
  await run.lightly(() => run.store.sync.dropRead(run.folder.id, name));
  await takeFile(run, name, sizeOf(run.folder.path, name));
  await run.lightly(() => run.store.sync.dropRead(run.folder.id, name));
  run.result.files -= 1;
  return run.result.problemCount === 0;
}
