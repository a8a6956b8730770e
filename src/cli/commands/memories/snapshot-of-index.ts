/* haypile snapshot … --index: the same of the index of a folder. */
import type { Command } from "commander";
import { HaypileError } from "../../../base/errors.ts";
import { localMinute } from "../../../base/text/local-time.ts";
import type {
  IndexSnapshot,
  VerifiedIndexSnapshot,
} from "../../../ports/answers/time/index-snapshots.ts";
import type { CodeIndex } from "../../../ports/haypile.ts";
import { throughDoor } from "../../door.ts";
import { addMemoryFlags, type MemoryFlags } from "../../flags/memories-flags.ts";
import { counted, formatBytes, printable, printJson, printLine } from "../../output/format.ts";

export interface SnapshotFlags extends MemoryFlags {
  /** true: of this folder. */
  index?: string | true | undefined;
}

export interface CreateFlags extends SnapshotFlags {
  note?: string | undefined;
  full?: boolean | undefined;
}

export interface VerifyFlags extends SnapshotFlags {
  all?: boolean | undefined;
}

export interface RestoreFlags extends SnapshotFlags {
  to?: string | undefined;
}

export interface PruneFlags extends SnapshotFlags {
  holding?: string | undefined;
  dryRun?: boolean | undefined;
}

const idForm = /^\d{8}T\d{9}Z-[0-9a-f]{6}$/u;

export function addSnapshotFlags(command: Command): Command {
  return addMemoryFlags(command).option(
    "--index [folder]",
    "of the index of this folder instead (default: .); --db then names the index",
  );
}

async function withIndex<T>(
  command: string,
  flags: SnapshotFlags,
  signal: AbortSignal,
  run: (code: CodeIndex) => Promise<T>,
): Promise<T> {
  const { index = true } = flags;
  if (index !== true && idForm.test(index)) {
    throw new HaypileError(
      "HAYPILE_USAGE",
      `Expected a folder behind --index, but the id of a snapshot came. Write the id first: haypile ${command} ${index} --index`,
    );
  }
  return await throughDoor({ command, flags, signal }, ({ haypile }) =>
    run(haypile.code(index === true ? "." : index)),
  );
}

export async function createOfIndex(flags: CreateFlags, signal: AbortSignal): Promise<void> {
  const { note, full, json } = flags;
  await withIndex("snapshot create", flags, signal, async (code) => {
    const made = await code.snapshotIndex({ note, full });
    if (json === true) return printJson("snapshot create (index)", made);
    printOfIndex(made);
  });
}

export async function listOfIndex(flags: SnapshotFlags, signal: AbortSignal): Promise<void> {
  await withIndex("snapshot list", flags, signal, async (code) => {
    const result = await code.indexSnapshots();
    if (flags.json === true) return printJson("snapshot list (index)", result);
    for (const one of result.snapshots) printOfIndex(one);
    const said = `${counted(result.snapshots.length, "snapshot")}, ${formatBytes(result.bytesOnDisk)}`;
    process.stderr.write(
      `haypile: ${said} in ${printable(result.folder)}; none is made or goes by itself\n`,
    );
  });
}

export async function verifyOfIndex(
  given: string | undefined,
  flags: VerifyFlags,
  signal: AbortSignal,
): Promise<void> {
  const { all, json } = flags;
  if (given !== undefined && all === true) {
    throw new HaypileError("HAYPILE_USAGE", "Expected an id, or --all, not both.");
  }
  await withIndex("snapshot verify", flags, signal, async (code) => {
    const ids = given === undefined ? await idsOf(code, all === true) : [given];
    const verified: VerifiedIndexSnapshot[] = [];
    for (const [at, id] of ids.entries()) {
      if (ids.length > 1)
        process.stderr.write(`haypile: ${at + 1} of ${ids.length}: ${printable(id)}\n`);
      const one = await code.verifyIndexSnapshot(id);
      verified.push(one);
      if (json !== true) printVerified(one);
    }
    if (json === true) printJson("snapshot verify (index)", { verified });
    const damaged = verified.filter(({ isSound }) => !isSound).map(({ id }) => id);
    if (damaged.length === 0) return;
    throw new HaypileError(
      "HAYPILE_SNAPSHOT_INVALID",
      `${counted(damaged.length, "snapshot")} of ${verified.length} cannot be restored as it was made: ${damaged.slice(0, 5).join(", ")}. "haypile snapshot create --index" makes another one.`,
      { data: { ids: damaged } },
    );
  });
}

async function idsOf(code: CodeIndex, isAll: boolean): Promise<string[]> {
  const { snapshots } = await code.indexSnapshots();
  if (snapshots.length === 0) {
    throw new HaypileError(
      "HAYPILE_SNAPSHOT_MISSING",
      'There is no snapshot of this index yet. "haypile snapshot create --index" makes one.',
    );
  }
  return snapshots.slice(0, isAll ? snapshots.length : 1).map(({ id }) => id);
}

export async function restoreOfIndex(
  id: string,
  flags: RestoreFlags,
  signal: AbortSignal,
): Promise<void> {
  const { to, json } = flags;
  await withIndex("snapshot restore", flags, signal, async (code) => {
    const { resolve } = await import("node:path");
    const result = await code.restoreIndexSnapshot(id, { to: to && resolve(to) });
    if (json === true) return printJson("snapshot restore (index)", result);
    const { counts, database, kept, keptFile } = result;
    const of = counts === undefined ? "" : `, ${counted(counts.files, "file")}`;
    printLine(printable(`${id} is in ${database}${of}.`));
    if (to === undefined) printLine('"haypile index" takes in what changed on the disk since.');
    if (kept !== undefined) {
      printLine(
        `What was there before is the snapshot ${kept.id}: "haypile snapshot restore ${kept.id} --index" goes back.`,
      );
    }
    if (keptFile !== undefined)
      printLine(printable(`What was there before was too damaged for a snapshot: ${keptFile}`));
  });
}

export async function pruneOfIndex(
  ids: readonly string[],
  flags: PruneFlags,
  signal: AbortSignal,
): Promise<void> {
  if (ids.length === 0 || flags.holding !== undefined || flags.dryRun === true) {
    throw new HaypileError(
      "HAYPILE_USAGE",
      'Expected ids alone beside --index: snapshots of an index do not go by themselves. "haypile snapshot list --index" lists them.',
    );
  }
  await withIndex("snapshot prune", flags, signal, async (code) => {
    for (const id of ids) await code.removeIndexSnapshot(id);
    if (flags.json === true) return printJson("snapshot prune (ids)", { removed: [...ids] });
    printLine(`Removed ${counted(ids.length, "snapshot")}.`);
  });
}

function printOfIndex(snapshot: IndexSnapshot): void {
  const { id, at, counts, bytes, reason, note, problem, damage, indexOf, model } = snapshot;
  const parts = [id, localMinute(at)];
  if (indexOf !== undefined) parts.push(`index of ${indexOf}`);
  if (counts !== undefined) parts.push(counted(counts.files, "file"));
  parts.push(formatBytes(bytes));
  if (model !== undefined) parts.push(model);
  if (reason === "restore") parts.push("before a restore");
  if (problem !== undefined) parts.push(`damaged: ${problem}`);
  if (damage !== undefined) parts.push("of a damaged index");
  if (note !== "") parts.push(note);
  printLine(printable(parts.join("  ")));
}

function printVerified(one: VerifiedIndexSnapshot): void {
  const { id, isSound, findings, counts, pages, searches, ms } = one;
  const parts: string[] = [id, isSound ? "sound" : "damaged"];
  if (counts !== undefined) parts.push(counted(counts.files, "file"));
  if (pages > 0) parts.push(`${pages} pages compared`);
  parts.push(
    `${searches.filter(({ found }) => found).length} of ${searches.length} searches found`,
  );
  printLine(printable(`${parts.join("  ")}  ${(ms / 1_000).toFixed(1)} s`));
  for (const finding of findings) printLine(printable(`  ${finding}`));
}
