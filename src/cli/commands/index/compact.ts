import { type Command, InvalidArgumentError, Option } from "commander";
import type { CompactOptions } from "../../../engine/call-options.ts";
import type { Engine } from "../../../engine/engine.ts";
import type { CompactPlan, UndoneCompaction } from "../../../engine/index/compact.ts";
import { vectorFormats } from "../../../ports/vector-scan.ts";
import { byteSize } from "../../flags/numbers.ts";
import { addIndexFlags, type IndexFlags, indexOptions } from "../../flags/options.ts";
import { agrees } from "../../input/ask.ts";
import { formatBytes, formatTable, printJson, printLine } from "../../output/format.ts";

interface CompactFlags extends IndexFlags {
  target?: { less: number } | { targetBytes: number } | undefined;
  textCompression?: "off" | "deflate" | "zstd" | undefined;
  vectors?: NonNullable<CompactOptions["vectors"]> | undefined;
  undo?: boolean | undefined;
  dryRun?: boolean | undefined;
  yes?: boolean | undefined;
  json?: boolean | undefined;
}

/** haypile compact */
export function addCompact(program: Command, signal: AbortSignal): void {
  const command = program
    .command("compact")
    .description(
      "make the index of a folder smaller; it loses nothing unless a target asks for it",
    );
  addIndexFlags(command)
    .option("--target <size>", 'size to come to, "40MB", or how much less, "-30%"', targetOf)
    .addOption(
      new Option(
        "--text-compression <codec>",
        "how texts are packed (default: as storage.compression says, else deflate)",
      ).choices(["off", "deflate", "zstd"]),
    )
    .addOption(
      new Option("--vectors <how>", "how vectors may be packed (default: auto)").choices([
        "auto",
        "full",
        ...vectorFormats,
      ]),
    )
    .option("--undo", "unpack all texts again, and make vectors that lost something anew")
    .option("-n, --dry-run", "say the plan and measure it; change nothing, ask nothing")
    .option("-y, --yes", "do not ask")
    .option("--json", "as JSON; asks nothing, so it needs --yes to change the index")
    .addHelpText(
      "after",
      `
Steps are taken in this order until the target is reached: empty pages go and word indexes are merged; texts are
packed; static vectors of chunks that have the model's own go. That loses nothing, and without a target it is all.
If a target needs more, vectors are packed with a loss: 4-bit, pq4 or pq8, a byte for two, four or eight values.
What searches then still find is measured and shown before anything changes; --vectors full forbids it.

Examples:
  haypile compact
  haypile compact --target -30% --yes
  haypile compact --target 40MB --dry-run
  haypile compact --undo`,
    )
    .action(async (flags: CompactFlags) => {
      const { open } = await import("../../../engine/open.ts");
      const engine = await open(indexOptions(flags));
      try {
        if (flags.undo === true) {
          const undone = await undo(engine, signal);
          if (flags.json === true) printJson("compact --undo", undone);
          else printLine(undoneInWords(undone));
          return;
        }
        const compaction = await engine.compaction.prepare(optionsOf(flags));
        const { apply, discard, ...plan } = compaction;
        if (flags.json !== true) printPlan(plan);
        const isWanted =
          flags.dryRun !== true &&
          (flags.yes === true ||
            (flags.json !== true && (await agrees("Put it in place?", signal))));
        if (!isWanted) discard();
        const bytes = isWanted ? await apply() : plan.before.bytes;
        if (flags.json === true) printJson("compact", { ...plan, applied: isWanted, bytes });
        else printLine(isWanted ? `Done: ${formatBytes(bytes)} now.` : "Nothing was changed.");
      } finally {
        await engine.close();
      }
    });
}

/** Vectors that lost something are made anew at once: from the cache of vectors, else by the model. */
async function undo(engine: Engine, signal: AbortSignal): Promise<UndoneCompaction> {
  const undone = engine.compaction.undo();
  if (undone.vectors === 0) return undone;
  await engine.index({ signal });
  await engine.settled();
  return { ...undone, bytes: engine.status().index.databaseBytes };
}

function undoneInWords({ texts, vectors, bytes }: UndoneCompaction): string {
  const made = vectors === 0 ? "" : `${vectors} vectors made anew; `;
  return `${texts} texts unpacked; ${made}${formatBytes(bytes)} now.`;
}

function optionsOf({ target, textCompression, vectors }: CompactFlags): CompactOptions {
  return {
    ...target,
    textCompression,
    vectors,
  };
}

function printPlan({ before, after, steps, targetBytes }: CompactPlan): void {
  const recall = (value: number | undefined): string =>
    value === undefined ? "no vectors" : `recall ${value.toFixed(3)}`;
  const rows = formatTable([
    ["now", `${formatBytes(before.bytes)}, ${recall(before.recallAt10)}`],
    ...steps.map(
      ({ name, format, bytes }) =>
        [`after ${name}${format === undefined ? "" : ` ${format}`}`, formatBytes(bytes)] as const,
    ),
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
