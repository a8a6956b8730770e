import { basename } from "node:path";
import type { Command } from "commander";
import { HaypileError } from "../../../base/errors.ts";
import type { QuantiseResult } from "../../../engine/models/quantise/quantise.ts";
import { addFlags, saidByFlags } from "../../flags/option-flags.ts";
import { textPieces } from "../../input/text-pieces.ts";
import { formatBytes, printJson, printLine } from "../../output/format.ts";
import { ProgressLine } from "../../output/progress.ts";

interface Flags {
  out?: string | undefined;
  texts?: string | undefined;
  index?: string | undefined;
  leastCosine?: number | undefined;
  json?: boolean | undefined;
}

/** haypile models quantise */
export function addQuantise(models: Command, signal: AbortSignal): void {
  const command = models
    .command("quantise")
    .alias("quantize")
    .description("make 8-bit weights of a model of yours, and measure what they lose")
    .argument("<folder>", "with model.onnx in float32, tokenizer.json and model.json")
    .option(
      "--out <folder>",
      "a new folder for them (default: model_quantized.onnx beside model.onnx)",
    )
    .option("--texts <file>", "compare on these texts, one a line; -: stdin")
    .option(
      "--index <folder>",
      "compare on the texts of its index (default: that of the current folder)",
    )
    .option(
      "--least-cosine <number>",
      "keep nothing whose mean cosine is below (default: 0.95)",
      cosine,
    );
  addFlags(command, ["memory.max"])
    .option("--json", "as JSON")
    .addHelpText(
      "after",
      `
Nothing that is in the folder is changed. Where the whole weights do not fit the memory limit, an index
without vectors takes model_quantized.onnx beside them by itself, and says so.

Examples:
  haypile models quantise models/my-model --texts questions.txt
  haypile models quantise models/my-model --out models/my-model-int8`,
    )
    .action(async (folder: string, flags: Flags) => {
      const { quantiseModel } = await import("../../../engine/models/quantise/quantise.ts");
      const line = new ProgressLine(process.stderr);
      const { texts } = flags;
      try {
        const result = await quantiseModel(folder, {
          out: flags.out,
          texts: texts === undefined ? undefined : textsOf(texts, signal),
          index: flags.index,
          leastCosine: flags.leastCosine,
          ...saidByFlags(flags),
          signal,
          onProgress: (progress) =>
            line.update({ ...progress, rssBytes: process.memoryUsage.rss() }),
        });
        line.clear();
        if (flags.json === true) printJson("models quantise", result);
        else for (const one of linesOf(result)) printLine(one);
      } finally {
        line.clear();
      }
    });
}

function textsOf(
  file: string,
  signal: AbortSignal,
): { pieces: AsyncIterable<string>; name: string } {
  return { pieces: textPieces(file, signal), name: file === "-" ? "stdin" : basename(file) };
}

function linesOf({
  file,
  bytes,
  wholeBytes,
  converted,
  loss,
  comparedOn,
}: QuantiseResult): string[] {
  const share = Math.round((100 * bytes) / wholeBytes);
  const head = `${file}: ${formatBytes(bytes)}, ${share} % of ${formatBytes(wholeBytes)}; ${converted} matrices in 8 bits`;
  if (loss === null) return [head, comparedOn];
  const { cosine: of, ranks, texts } = loss;
  const percent = (value: number): string => `${(100 * value).toFixed(1)} %`;
  return [
    head,
    `measured on ${texts} texts (${comparedOn}), 8-bit against whole weights:`,
    `  cosine         mean ${of.mean.toFixed(4)}, one in twenty below ${of.p5.toFixed(4)}, least ${of.least.toFixed(4)}`,
    `  nearest text   the same for ${percent(ranks.sameFirst)}`,
    `  nearest ten    ${percent(ranks.sameOfTen)} the same`,
    `  order of fifty Kendall's tau ${ranks.kendall.toFixed(3)}`,
  ];
}

function cosine(text: string): number {
  const value = Number(text);
  if (text.trim() !== "" && value >= 0 && value <= 1) return value;
  throw new HaypileError(
    "HAYPILE_USAGE",
    `Expected a number from 0 to 1 for --least-cosine, but got "${text}".`,
  );
}
