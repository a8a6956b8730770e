import { type Command, InvalidArgumentError, Option } from "commander";
import type { CompactOptions, CompactPlan } from "../../engine/compact.ts";
import { agrees } from "../ask.ts";
import { formatBytes, formatTable, printJson, printLine } from "../format.ts";
import { addIndexFlags, byteSize, type IndexFlags, indexOptions } from "../options.ts";

interface CompactFlags extends IndexFlags {
  target?: { less: number } | { targetBytes: number };
  textCompression?: "off" | "deflate" | "zstd";
  undo?: boolean;
  yes?: boolean;
  json?: boolean;
}

/** haypile compact */
export function addCompact(program: Command, signal: AbortSignal): void {
  const command = program
    .command("compact")
    .description("make the index of a folder smaller, without losing anything");
  addIndexFlags(command)
    .option("--target <size>", 'size to come to, "40MB", or how much less, "-30%"', targetOf)
    .addOption(
      new Option("--text-compression <codec>", "how texts are packed (default: deflate)").choices([
        "off",
        "deflate",
        "zstd",
      ]),
    )
    .option("--undo", "unpack all texts again")
    .option("-y, --yes", "do not ask")
    .option("--json", "as JSON; asks nothing, so it needs --yes to change the index")
    .addHelpText(
      "after",
      `
Steps are taken in this order until the target is reached, all of them without one: empty pages go and word
indexes are merged; texts are packed; static vectors of chunks that have the model's own go.

Examples:
  haypile compact
  haypile compact --target -30% --yes
  haypile compact --undo`,
    )
    .action(async (flags: CompactFlags) => {
      const { open } = await import("../../engine/open.ts");
      const engine = await open(indexOptions(flags));
      try {
        if (flags.undo === true) {
          const undone = engine.compaction.undo();
          if (flags.json === true) printJson(undone);
          else printLine(`${undone.texts} texts unpacked; ${formatBytes(undone.bytes)} now.`);
          return;
        }
        const compaction = await engine.compaction.prepare(optionsOf(flags));
        const { apply, discard, ...plan } = compaction;
        if (flags.json !== true) printPlan(plan);
        const isWanted =
          flags.yes === true || (flags.json !== true && (await agrees("Put it in place?", signal)));
        if (!isWanted) discard();
        const bytes = isWanted ? await apply() : plan.before.bytes;
        if (flags.json === true) printJson({ ...plan, applied: isWanted, bytes });
        else printLine(isWanted ? `Done: ${formatBytes(bytes)} now.` : "Nothing was changed.");
      } finally {
        await engine.close();
      }
    });
}

function optionsOf({ target, textCompression }: CompactFlags): CompactOptions {
  return { ...target, ...(textCompression !== undefined && { textCompression }) };
}

function printPlan({ before, after, steps, targetBytes }: CompactPlan): void {
  const recall = (value: number | undefined): string =>
    value === undefined ? "no vectors" : `recall ${value.toFixed(3)}`;
  const rows = formatTable([
    ["now", `${formatBytes(before.bytes)}, ${recall(before.recallAt10)}`],
    ...steps.map(({ name, bytes }) => [`after ${name}`, formatBytes(bytes)] as const),
    ["then", `${formatBytes(after.bytes)}, ${recall(after.recallAt10)}`],
    ...(targetBytes === undefined ? [] : [["target", formatBytes(targetBytes)] as const]),
  ]);
  for (const row of rows) printLine(row);
}

function targetOf(text: string): { less: number } | { targetBytes: number } {
  const percent = /^-(\d{1,2}(?:\.\d+)?)%$/.exec(text.trim());
  if (percent === null) return { targetBytes: byteSize(text) };
  const less = Number(percent[1]) / 100;
  if (less > 0) return { less };
  throw new InvalidArgumentError('Expected a size such as "40MB", or a share such as "-30%".');
}
