/* haypile snapshot create|list|verify|restore|prune: copies of all memories, or of an index, proved and put back. */
import { type Command, Option } from "commander";
import { HaypileError } from "../../../base/errors.ts";
import type { RestoredSnapshot, VerifiedSnapshot } from "../../../ports/answers/time/snapshots.ts";
import type { Memories } from "../../../ports/memories.ts";
import { type MemoryFlags, withMemories } from "../../flags/memories-flags.ts";
import { counted, formatBytes, printable, printJson, printLine } from "../../output/format.ts";
import { printSnapshot } from "./snapshot-lines.ts";
import {
  addSnapshotFlags,
  type CreateFlags,
  createOfIndex,
  listOfIndex,
  type PruneFlags,
  pruneOfIndex,
  type RestoreFlags,
  restoreOfIndex,
  type SnapshotFlags,
  type VerifyFlags,
  verifyOfIndex,
} from "./snapshot-of-index.ts";

const createHelp = `
It takes what changed since the last one. It is checked before it is kept, and lies in "snapshots" of the data folder, for
you alone. It also holds what you forget later, until it goes.

Examples:
  haypile snapshot create
  haypile snapshot create --note "before tidying up"
  haypile snapshot create --index`;

const listHelp = `
One is made each day on which memories change; "haypile config get snapshots.keep" says how many stay. Those that you
make stay until you remove them.

Examples:
  haypile snapshot list
  haypile snapshot list --index
  haypile snapshot list --json`;

const verifyHelp = `
Restores it into a scratch folder: every page and the whole file are compared, it is opened, counted and asked three
questions. Ends with 4 when something is wrong.

Examples:
  haypile snapshot verify
  haypile snapshot verify --all`;

const restoreHelp = `
All or nothing, also while the daemon runs. What was there before is kept as a snapshot, and the answer says which.
"haypile memories snapshots --bring-back ID" only adds what is gone.

Examples:
  haypile snapshot restore 20261129T070211123Z-a1b2c3
  haypile snapshot restore 20261129T070211123Z-a1b2c3 --to then.db`;

const pruneHelp = `
Without ids: those that were made by themselves and have had their time. With --holding: all that hold this memory, also
those you made, so that what "haypile forget --hard" erased is gone from them too.

Examples:
  haypile snapshot prune --dry-run
  haypile snapshot prune 20261129T070211123Z-a1b2c3
  haypile snapshot prune --holding 2f75jzphzkbce63p`;

/** haypile snapshot … */
export function addSnapshot(program: Command, signal: AbortSignal): void {
  const command = program
    .command("snapshot")
    .description("keep, list, verify and restore copies of all memories, or of an index");
  addSnapshotFlags(command.command("create").description("keep a copy of all memories as they are"))
    .option("--note <text>", "what it is kept for")
    .option("--full", "all of it, though most did not change since the last one")
    .addHelpText("after", createHelp)
    .action((flags: CreateFlags) =>
      flags.index === undefined
        ? withMemories("snapshot create", flags, signal, create(flags))
        : createOfIndex(flags, signal),
    );
  addSnapshotFlags(command.command("list").description("which there are, newest first"))
    .addHelpText("after", listHelp)
    .action((flags: SnapshotFlags) =>
      flags.index === undefined
        ? withMemories("snapshot list", flags, signal, list(flags))
        : listOfIndex(flags, signal),
    );
  addSnapshotFlags(
    command.command("verify").description("restore one into a scratch folder and ask it"),
  )
    .argument("[id]", "which; default: the newest")
    .addOption(new Option("--all", "each of them"))
    .addHelpText("after", verifyHelp)
    .action((id: string | undefined, flags: VerifyFlags) =>
      flags.index === undefined
        ? withMemories("snapshot verify", flags, signal, verify(id, flags))
        : verifyOfIndex(id, flags, signal),
    );
  addSnapshotFlags(command.command("restore").description("put one in the place of the memories"))
    .argument("<id>", "which")
    .option("--to <file>", "write it to this file instead")
    .addHelpText("after", restoreHelp)
    .action((id: string, flags: RestoreFlags) =>
      flags.index === undefined
        ? withMemories("snapshot restore", flags, signal, restore(id, flags))
        : restoreOfIndex(id, flags, signal),
    );
  addSnapshotFlags(
    command.command("prune").description("remove old ones, some, or all that hold a memory"),
  )
    .argument("[ids...]", "remove these")
    .option("--holding <id>", "remove all that hold this memory")
    .option("-n, --dry-run", "say what would go")
    .addHelpText("after", pruneHelp)
    .action((ids: string[], flags: PruneFlags) =>
      flags.index === undefined
        ? withMemories("snapshot prune", flags, signal, prune(ids, flags))
        : pruneOfIndex(ids, flags, signal),
    );
}

type Run = (memories: Memories) => Promise<void>;

function create({ note, full, json }: CreateFlags): Run {
  return async (memories) => {
    const made = await memories.snapshot({ note, full });
    if (json === true) return printJson("snapshot create", made);
    printSnapshot(made);
  };
}

function list({ json }: MemoryFlags): Run {
  return async (memories) => {
    const result = await memories.snapshots();
    if (json === true) return printJson("snapshot list", result);
    for (const one of result.snapshots) printSnapshot(one);
    const said = `${counted(result.snapshots.length, "snapshot")}, ${formatBytes(result.bytesOnDisk)}`;
    const keep =
      result.keep === "off"
        ? "none is made by itself"
        : `of those made by themselves ${result.keep} stay`;
    process.stderr.write(
      `haypile: ${said} in ${printable(result.folder)}; ${keep} (snapshots.keep)\n`,
    );
  };
}

function verify(given: string | undefined, { all, json }: VerifyFlags): Run {
  return async (memories) => {
    if (given !== undefined && all === true) {
      throw new HaypileError("HAYPILE_USAGE", "Expected an id, or --all, not both.");
    }
    const ids = given === undefined ? await idsOf(memories, all === true) : [given];
    const verified: VerifiedSnapshot[] = [];
    for (const [at, id] of ids.entries()) {
      if (ids.length > 1)
        process.stderr.write(`haypile: ${at + 1} of ${ids.length}: ${printable(id)}\n`);
      const one = await memories.verifySnapshot(id);
      verified.push(one);
      if (json !== true) printVerified(one);
    }
    if (json === true) printJson("snapshot verify", { verified });
    const damaged = verified.filter(({ isSound }) => !isSound).map(({ id }) => id);
    if (damaged.length === 0) return;
    throw new HaypileError(
      "HAYPILE_SNAPSHOT_INVALID",
      `${counted(damaged.length, "snapshot")} of ${verified.length} cannot be restored as it was made: ${damaged.slice(0, 5).join(", ")}. "haypile snapshot create" makes another one.`,
      { data: { ids: damaged } },
    );
  };
}

async function idsOf(memories: Memories, isAll: boolean): Promise<string[]> {
  const { snapshots } = await memories.snapshots();
  if (snapshots.length === 0) {
    throw new HaypileError(
      "HAYPILE_SNAPSHOT_MISSING",
      'There is no snapshot yet. "haypile snapshot create" makes one.',
    );
  }
  return snapshots.slice(0, isAll ? snapshots.length : 1).map(({ id }) => id);
}

function printVerified({
  id,
  isSound,
  findings,
  counts,
  pages,
  recalls,
  ms,
}: VerifiedSnapshot): void {
  const parts: string[] = [id, isSound ? "sound" : "damaged"];
  if (counts !== undefined) parts.push(counted(counts.memories, "memory", "memories"));
  if (pages > 0) parts.push(`${pages} pages compared`);
  parts.push(`${recalls.filter(({ found }) => found).length} of ${recalls.length} recalls found`);
  printLine(printable(`${parts.join("  ")}  ${(ms / 1_000).toFixed(1)} s`));
  for (const finding of findings) printLine(printable(`  ${finding}`));
}

function restore(id: string, { to, json }: RestoreFlags): Run {
  return async (memories) => {
    const { resolve } = await import("node:path");
    const result = await memories.restoreSnapshot(id, { to: to && resolve(to) });
    if (json === true) return printJson("snapshot restore", result);
    printRestored(result);
  };
}

function printRestored(restored: RestoredSnapshot): void {
  const { id, database, counts, kept, keptFile, syncedWith } = restored;
  const of = counts === undefined ? "" : `, ${counted(counts.memories, "memory", "memories")}`;
  printLine(printable(`${id} is in ${database}${of}.`));
  if (kept !== undefined) {
    printLine(
      `What was there before is the snapshot ${kept.id}: "haypile snapshot restore ${kept.id}" goes back.`,
    );
  }
  if (keptFile !== undefined)
    printLine(printable(`What was there before was too damaged for a snapshot: ${keptFile}`));
  for (const folder of syncedWith) {
    printLine(
      printable(
        `They are synced with ${folder}: the next sync brings back what was said and forgotten since. After it, "haypile memories snapshots --bring-back ${id}" brings back on all machines what is gone.`,
      ),
    );
  }
}

function prune(ids: readonly string[], { holding, dryRun = false, json }: PruneFlags): Run {
  return async (memories) => {
    if (ids.length > 0 && (holding !== undefined || dryRun)) {
      throw new HaypileError(
        "HAYPILE_USAGE",
        "Expected ids alone, or --holding and --dry-run without ids.",
      );
    }
    if (ids.length > 0) {
      for (const id of ids) await memories.removeSnapshot(id);
      if (json === true) return printJson("snapshot prune (ids)", { removed: [...ids] });
      return printLine(`Removed ${counted(ids.length, "snapshot")}.`);
    }
    const result = await memories.pruneSnapshots({ holding, dryRun });
    if (json === true) printJson("snapshot prune", result);
    else {
      for (const one of result.removed) printSnapshot(one);
      const removed = counted(result.removed.length, "snapshot");
      const done = dryRun ? `${removed} would go` : `${removed} removed`;
      printLine(`${done}, ${result.stay} stay, ${formatBytes(result.freedBytes)} freed.`);
      for (const { id, problem } of result.unread) {
        printLine(printable(`not read, so it may hold it: ${id}  ${problem}`));
      }
    }
    if (result.unread.length === 0) return;
    throw new HaypileError(
      "HAYPILE_SNAPSHOT_INVALID",
      `${counted(result.unread.length, "snapshot")} could not be read, so it may hold that memory. "haypile snapshot prune ID" removes it.`,
      { data: { unread: result.unread } },
    );
  };
}
