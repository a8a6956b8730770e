/* haypile memories merge|unmerge|duplicates|dismiss|unverified|verify: what a person does to keep them right. */
import type { Command } from "commander";
import { localDay } from "../../../base/text/local-time.ts";
import type { Memory } from "../../../ports/memories.ts";
import { namespacesFor } from "../../flags/here.ts";
import {
  addMemoryFlags,
  headLine,
  type MemoryFlags,
  withMemories,
  words,
} from "../../flags/memories-flags.ts";
import { wholeNumber } from "../../flags/numbers.ts";
import { counted, printable, printJson, printLine } from "../../output/format.ts";
import { commitLines } from "./anchor-lines.ts";

interface PageFlags extends MemoryFlags {
  namespace?: string[] | undefined;
  limit?: number | undefined;
  cursor?: string | undefined;
}

interface MergeFlags extends MemoryFlags {
  text?: string | undefined;
  allowSecret?: boolean | undefined;
}

const mergeHelp = `
Without --text it has their texts, one after the other, without those that another one holds. The tags, anchors and
links of all are its own; they end, and "haypile memories unmerge ID" makes them hold again.

Examples:
  haypile memories merge 2f75jzphzkbce63p 8c0d2m4n6p8q0r2s
  haypile memories merge 2f75jzphzkbce63p 8c0d2m4n6p8q0r2s --text "deploys go out on Tuesdays"`;

/** @param command "memories" */
export function addLookThrough(command: Command, signal: AbortSignal): void {
  addMemoryFlags(command.command("merge").description("make one memory out of several"))
    .argument("<ids...>", "two or more ids of one namespace")
    .option("--text <text>", "the text it has")
    .option("--allow-secret", "even if the text looks like a password, a key or a token")
    .addHelpText("after", mergeHelp)
    .action(async (ids: string[], flags: MergeFlags) => {
      const { text, allowSecret: allowSecrets } = flags;
      await withMemories("memories merge", flags, signal, async (memories) => {
        const memory = await memories.merge(ids, { text, allowSecrets });
        if (flags.json === true) return printJson("memories merge", memory);
        printMemory(memory);
      });
    });
  addMemoryFlags(command.command("unmerge").description("take a merge back"))
    .argument("<id>", "id of the memory that others were merged into")
    .action(async (id: string, flags: MemoryFlags) => {
      await withMemories("memories unmerge", flags, signal, async (memories) => {
        const result = await memories.unmerge(id);
        if (flags.json === true) return printJson("memories unmerge", result);
        for (const memory of result.memories) printMemory(memory);
      });
    });
  addPageFlags(
    command.command("duplicates").description("pairs that seem to say the same, to look through"),
    200,
  ).action((flags: PageFlags) => duplicates(flags, signal));
  addMemoryFlags(command.command("dismiss").description("say that two memories are no duplicates"))
    .argument("<id>", "id of one")
    .argument("<other>", "id of the other")
    .option("--undo", "they may be after all")
    .action(async (id: string, other: string, flags: MemoryFlags & { undo?: boolean }) => {
      await withMemories("memories dismiss", flags, signal, async (memories) => {
        await memories.dismiss(id, other, { undo: flags.undo === true });
        if (flags.json === true) printJson("memories dismiss", { ids: [id, other] });
      });
    });
  addPageFlags(
    command.command("unverified").description("memories whose anchored code has changed since"),
    100,
  ).action((flags: PageFlags) => unverified(flags, signal));
  addMemoryFlags(command.command("verify").description("say that it is true of its code as it is"))
    .argument("<id>", "id of the memory")
    .action(async (id: string, flags: MemoryFlags) => {
      await withMemories("memories verify", flags, signal, async (memories) => {
        const memory = await memories.verify(id);
        if (flags.json === true) return printJson("memories verify", memory);
        printMemory(memory);
      });
    });
}

function addPageFlags(command: Command, most: number): Command {
  return addMemoryFlags(command)
    .option("--namespace <names>", 'only these; "." is the project of this folder', words)
    .option("-k, --limit <n>", "how many (default: 20)", wholeNumber(1, most))
    .option("--cursor <cursor>", "go on where it ended");
}

async function duplicates(flags: PageFlags, signal: AbortSignal): Promise<void> {
  await withMemories("memories duplicates", flags, signal, async (memories) => {
    const result = await memories.duplicates(pageOf(flags));
    if (flags.json === true) return printJson("memories duplicates", result);
    for (const { score, memories: pair } of result.pairs) {
      printLine(`${Math.round(score * 100)} % alike`);
      for (const memory of pair) printMemory(memory, "  ");
    }
    tellRest(counted(result.pairs.length, "pair"), result.nextCursor);
  });
}

async function unverified(flags: PageFlags, signal: AbortSignal): Promise<void> {
  await withMemories("memories unverified", flags, signal, async (memories) => {
    const result = await memories.unverified(pageOf(flags));
    if (flags.json === true) return printJson("memories unverified", result);
    for (const { memory, at, changes } of result.memories) {
      printMemory(memory);
      printLine(`  since ${localDay(at)}`);
      for (const { path, symbol, commit, change, ...commits } of changes) {
        const name = symbol === undefined ? path : `${symbol} in ${path}`;
        const by = commit === undefined ? "" : ` (commit ${commit})`;
        printLine(printable(`  ${name}${by}: ${change}`));
        for (const line of commitLines(commits, "    ")) printLine(line);
      }
    }
    const said = `${counted(result.memories.length, "memory", "memories")} of ${result.looked} with anchors`;
    tellRest(said, result.nextCursor);
  });
}

function pageOf({ namespace, limit = 20, cursor }: PageFlags) {
  const namespaces = namespace === undefined ? undefined : namespacesFor(namespace);
  return { namespace: namespaces, limit, cursor };
}

function printMemory(memory: Memory, before = ""): void {
  const [line = ""] = memory.text.trim().split("\n");
  printLine(`${before}${headLine(memory)}  ${printable(line.slice(0, 120))}`);
}

function tellRest(said: string, cursor: string | undefined): void {
  const more = cursor === undefined ? "" : `; go on with --cursor ${cursor}`;
  process.stderr.write(`haypile: ${said}${more}\n`);
}
