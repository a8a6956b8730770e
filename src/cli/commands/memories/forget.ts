import type { Command } from "commander";
import { HaypileError } from "../../../base/errors.ts";
import { localDay } from "../../../base/text/local-time.ts";
import type { ForgetResult } from "../../../ports/answers/memory-reports.ts";
import type { Memories } from "../../../ports/memories.ts";
import {
  addFilterFlags,
  addMemoryFlags,
  type FilterFlags,
  filterOf,
  headLine,
  type MemoryFlags,
  withMemories,
} from "../../flags/memories-flags.ts";
import { counted, printable, printJson, printLine } from "../../output/format.ts";

interface ForgetFlags extends MemoryFlags, FilterFlags {
  hard?: boolean | undefined;
  all?: boolean | undefined;
  confirm?: string | undefined;
}

/** haypile forget [ID…] */
export function addForget(program: Command, signal: AbortSignal): void {
  const command = program
    .command("forget")
    .description("delete memories by id, or those that fit a filter (shown first)")
    .argument("[ids...]", "ids, as recall and list show them");
  addFilterFlags(command)
    .option("--all", "all memories are meant")
    .option("--confirm <token>", "go through with what was shown")
    .option("--hard", "erase at once; nothing brings it back");
  addMemoryFlags(command)
    .addHelpText(
      "after",
      `
Without --hard, "haypile memories undelete ID" brings a memory back for seven days. Snapshots keep also what is
erased, until they go: "haypile snapshot prune --holding ID" removes those that hold it.

Examples:
  haypile forget 2f75jzphzkbce63p
  haypile forget --tag scratch                      shows what would go, and a token
  haypile forget --tag scratch --confirm TOKEN`,
    )
    .action(async (ids: string[], flags: ForgetFlags) => {
      const filter = filterOf(flags);
      const hasFilter =
        Object.values(filter).some((value) => value !== undefined) || flags.all === true;
      if (ids.length > 0 === hasFilter) {
        throw new HaypileError(
          "HAYPILE_USAGE",
          "Expected ids, or a filter (--all for everything), not both.",
        );
      }
      const hard = flags.hard === true;
      await withMemories("forget", flags, signal, async (memories) => {
        if (ids.length > 0) {
          const results: ForgetResult[] = [];
          for (const id of ids) results.push(await memories.forget(id, { hard }));
          const { recoverableUntil, at } = results.at(-1) as ForgetResult;
          print(
            { deleted: ids.length, recoverableUntil, at: ids.length > 1 ? undefined : at },
            flags,
          );
          if (hard) await tellOfSnapshots(memories, ids);
        } else if (flags.confirm === undefined) {
          const preview = await memories.forgetWhere(filter);
          if (flags.json === true) return printJson("forget (preview)", preview);
          for (const memory of preview.sample) {
            const [line = ""] = memory.text.trim().split("\n");
            printLine(`${headLine(memory)}  ${printable(line.slice(0, 100))}`);
          }
          printLine(
            `${counted(preview.matched, "memory", "memories")} would go. To go through with it, within ten minutes:`,
          );
          printLine(`  the same command with --confirm ${preview.confirm}`);
        } else {
          print(await memories.forgetWhere(filter, { confirm: flags.confirm, hard }), flags);
          if (hard) await tellOfSnapshots(memories, []);
        }
      });
    });
}

/** What is erased is still in snapshots of before. */
async function tellOfSnapshots(memories: Memories, ids: readonly string[]): Promise<void> {
  let count = 0;
  try {
    count = (await memories.snapshots()).snapshots.length;
  } catch (error) {
    // On a server there are none of ours.
    if (!HaypileError.isInstance(error) || error.code !== "HAYPILE_USAGE") throw error;
  }
  if (count === 0) return;
  const [id = "ID"] = ids;
  process.stderr.write(
    `haypile: ${counted(count, "snapshot")} may still hold it: "haypile snapshot prune --holding ${printable(id)}" removes those that do, "haypile snapshot list" lists them.\n`,
  );
}

function print(result: ForgetResult, { json }: ForgetFlags): void {
  if (json === true) {
    printJson("forget", result);
    return;
  }
  const { deleted, recoverableUntil } = result;
  const back =
    recoverableUntil === undefined
      ? "erased"
      : `can be brought back until ${localDay(recoverableUntil)}`;
  printLine(`${counted(deleted, "memory", "memories")} forgotten, ${back}.`);
}
