/* haypile memories snapshot|snapshots: copies of all memories at a moment, and the way back to one. */
import { type Command, Option } from "commander";
import type { Memories } from "../../../ports/memories.ts";
import { addMemoryFlags, type MemoryFlags, withMemories } from "../../flags/memories-flags.ts";
import { counted, printable, printJson, printLine } from "../../output/format.ts";
import { printSnapshot } from "./snapshot-lines.ts";

interface SnapshotFlags extends MemoryFlags {
  note?: string | undefined;
}

interface SnapshotsFlags extends MemoryFlags {
  remove?: string | undefined;
  bringBack?: string | undefined;
}

const makeHelp = `
It is checked before it is kept, and lies in "snapshots" of the data folder, for you alone. It also holds what you
forget later, until you remove it.

Examples:
  haypile memories snapshot
  haypile memories snapshot --note "before tidying up"

"haypile snapshot" does the same, verifies and restores.`;

const listHelp = `
--bring-back adds what is gone or forgotten since. What is there stays as it is now.

Examples:
  haypile memories snapshots
  haypile memories snapshots --json

"haypile snapshot" does the same, verifies and restores.`;

/** @param command "memories" */
export function addSnapshots(command: Command, signal: AbortSignal): void {
  addMemoryFlags(command.command("snapshot").description("keep a copy of all memories as they are"))
    .option("--note <text>", "what it is kept for")
    .addHelpText("after", makeHelp)
    .action(async ({ note, ...flags }: SnapshotFlags) => {
      await withMemories("memories snapshot", flags, signal, async (memories) => {
        const made = await memories.snapshot({ note });
        if (flags.json === true) return printJson("memories snapshot", made);
        printSnapshot(made);
      });
    });
  addMemoryFlags(command.command("snapshots").description("list these copies, newest first"))
    .option("--remove <id>", "delete this one")
    .addOption(
      new Option(
        "--bring-back <id>",
        "bring back the memories of this one that are gone",
      ).conflicts("remove"),
    )
    .addHelpText("after", listHelp)
    .action(async (flags: SnapshotsFlags) => {
      await withMemories("memories snapshots", flags, signal, async (memories) => {
        if (flags.remove !== undefined) return await remove(memories, flags, flags.remove);
        if (flags.bringBack !== undefined) return await bringBack(memories, flags, flags.bringBack);
        await list(memories, flags);
      });
    });
}

async function remove(memories: Memories, { json }: SnapshotsFlags, id: string): Promise<void> {
  await memories.removeSnapshot(id);
  if (json === true) return printJson("memories snapshots (remove)", { removed: id });
  printLine(`Removed the snapshot ${id}.`);
}

async function bringBack(memories: Memories, { json }: SnapshotsFlags, id: string): Promise<void> {
  const result = await memories.bringBack(id);
  if (json === true) return printJson("memories snapshots (bring back)", result);
  const { brought, there, refused, refusedCount } = result;
  printLine(`${counted(brought, "memory", "memories")} brought back, ${there} were there.`);
  for (const { line, reason } of refused) printLine(printable(`left out, line ${line}: ${reason}`));
  if (refusedCount > refused.length) {
    printLine(`and ${counted(refusedCount - refused.length, "other")} left out.`);
  }
}

async function list(memories: Memories, { json }: SnapshotsFlags): Promise<void> {
  const result = await memories.snapshots();
  if (json === true) return printJson("memories snapshots", result);
  for (const one of result.snapshots) printSnapshot(one);
  const said = counted(result.snapshots.length, "snapshot");
  process.stderr.write(`haypile: ${said} in ${printable(result.folder)}\n`);
}
