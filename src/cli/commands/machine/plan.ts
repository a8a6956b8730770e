/* haypile plan: memory, disk and time of so many files and memories, foretold for this machine. */
import type { Command } from "commander";
import { HaypileError } from "../../../base/errors.ts";
import type { Plan } from "../../../ports/answers/plan.ts";
import { byteSize, wholeNumber } from "../../flags/numbers.ts";
import {
  counted,
  formatBytes,
  formatCount,
  formatSpan,
  formatTable,
  printable,
  printJson,
  printLine,
} from "../../output/format.ts";

interface PlanFlags {
  files?: number | undefined;
  size?: number | undefined;
  memories?: number | undefined;
  chars?: number | undefined;
  model?: string | undefined;
  json?: boolean | undefined;
}

/** More than anybody has; the sums are of no worth there. */
const mostFiles = 10_000_000;
const mostMemories = 100_000_000;
const mostChars = 100_000;

/** haypile plan */
export function addPlan(program: Command, signal: AbortSignal): void {
  program
    .command("plan")
    .description("what so many files and memories will take here: memory, disk and time")
    .option("--files <n>", "files to be indexed", wholeNumber(1, mostFiles))
    .option("--size <size>", "their text together, such as 40MB (default: 5 kB a file)", byteSize)
    .option("--memories <n>", "memories to be kept", wholeNumber(1, mostMemories))
    .option("--chars <n>", "characters of a memory (default: 200)", wholeNumber(1, mostChars))
    .option("--model <name>", "with this model (default: the one that is set)")
    .option("--json", "as JSON")
    .addHelpText(
      "after",
      `
The model is loaded and measured for about a second of CPU time; nothing is written. The rest are sums that were fitted
to measured runs (bench/plan.ts). Trees differ: --size says more than --files.

Examples:
  haypile plan --files 7000 --memories 100000
  haypile plan --files 7000 --size 38MB --json`,
    )
    .action(async (flags: PlanFlags) => {
      const { files = 0, memories = 0, size, chars, model } = flags;
      if (files + memories === 0) {
        throw new HaypileError(
          "HAYPILE_USAGE",
          'Expected --files or --memories, but got neither. Say how many there will be, such as "haypile plan --files 7000 --memories 100000".',
        );
      }
      if (size !== undefined && files === 0) throw without("--size", "--files");
      if (chars !== undefined && memories === 0) throw without("--chars", "--memories");
      const { planFor } = await import("../../../engine/plan/plan.ts");
      const asked = { files, memories, textBytes: size, memoryChars: chars };
      const plan = await planFor(asked, model, process.cwd(), signal);
      if (flags.json === true) printJson("plan", plan);
      else print(plan);
    });
}

function without(flag: string, of: string): HaypileError {
  return new HaypileError(
    "HAYPILE_USAGE",
    `Expected ${of} with ${flag}, but got ${flag} alone. Say with ${of} how many there will be, or leave ${flag} away.`,
  );
}

function print(plan: Plan): void {
  const { index, memories, machine, model, warnings } = plan;
  const { tokensPerCpuSecond, cpus } = machine;
  printLine(
    `With ${printable(model)} on this machine: ${formatCount(tokensPerCpuSecond)} tokens a second of CPU time (measured), ${counted(cpus, "CPU")}`,
  );
  const rows: [string, string][] = [];
  if (index.files > 0) {
    rows.push(
      [
        "index",
        `${counted(index.files, "file")}, ${formatBytes(index.textBytes)} of text: about ${counted(index.chunks, "chunk")}, ${counted(index.tokens, "token")}`,
      ],
      [
        "",
        `${formatBytes(index.diskBytes)} of disk, ${formatBytes(index.cacheBytes)} more in the cache of vectors`,
      ],
      ["", `${time(index.cpuSeconds)} of CPU time, once; then only what changes`],
      [
        "",
        `${formatBytes(index.peakBytes)} of memory at its peak, and up to ${formatBytes(index.parserBytes)} for the parse process`,
      ],
    );
  }
  if (memories.memories > 0) {
    rows.push(
      [
        "memories",
        `${formatCount(memories.memories)} of ${formatCount(Math.round(memories.chars / memories.memories))} characters`,
      ],
      ["", `${formatBytes(memories.diskBytes)} of disk`],
      ["", `${time(memories.cpuSeconds)} of CPU time`],
      ["", `${formatBytes(memories.residentBytes)} of memory while they are asked`],
    );
  }
  rows.push(
    [
      "together",
      `${formatBytes(plan.diskBytes)} of disk, ${formatBytes(plan.peakBytes)} of memory`,
    ],
    ["", `${time(plan.seconds)} by the clock where nothing else is at work`],
  );
  for (const line of formatTable(rows)) printLine(line);
  for (const warning of warnings) printLine(`warning: ${warning}`);
}

function time(seconds: number): string {
  return formatSpan(seconds * 1_000);
}
