import type { Command } from "commander";
import type { ListedModel } from "../../../engine/models/models.ts";
import { formatBytes, printJson, printLine } from "../../output/format.ts";
import { ProgressLine } from "../../output/progress.ts";
import { addQuantise } from "./quantise.ts";

/** Of the 8-bit weights and, where they are here, of the whole ones. */
function sizes({ bytes, wholeFolder, wholeBytes }: ListedModel): string {
  const own = formatBytes(bytes);
  return wholeFolder === undefined ? own : `${own}, ${formatBytes(wholeBytes)}`;
}

/** haypile models list|add|verify|quantise */
export function addModels(program: Command, signal: AbortSignal): void {
  const models = program
    .command("models")
    .alias("model")
    .description("list, get, check and make smaller models");

  models
    .command("list")
    .description("the models Haypile knows, and which are on this machine")
    .option("--json", "as JSON")
    .action(async (flags: { json?: boolean | undefined }) => {
      const { listModels } = await import("../../../engine/models/models.ts");
      const all = await listModels();
      if (flags.json === true) {
        printJson("models list", { models: all });
        return;
      }
      const row = (...cells: string[]): void => {
        const widths = [30, 11, 6, 12, 10, 17];
        printLine(
          cells
            .map((cell, i) => cell.padEnd(widths[i] ?? 0))
            .join(" ")
            .trimEnd(),
        );
      };
      row("name", "kind", "dims", "licence", "form", "size", "where");
      for (const model of all) {
        row(
          model.name,
          model.kind,
          String(model.dimensions),
          model.licence,
          model.wholeFolder === undefined ? model.quantisation : `${model.quantisation}, fp32`,
          model.source === undefined ? "-" : sizes(model),
          model.source ?? "not here",
        );
      }
    });

  models
    .command("add")
    .description("download a model into your data folder")
    .argument("<name>", "see models list")
    .option("--endpoint <url>", "hub to take it from (default: HF_ENDPOINT, else huggingface.co)")
    .option("--json", "as JSON")
    .addHelpText(
      "after",
      `
This is the only command that uses the network. It goes on where a broken download stopped, checks
size and SHA-256 where they are known, and honours HTTPS_PROXY, HTTP_PROXY and NO_PROXY.

Examples:
  haypile models add bge-small-en-v1.5
  haypile models add bge-small-en-v1.5 --endpoint https://mirror.example`,
    )
    .action(
      async (
        name: string,
        flags: { endpoint?: string | undefined; json?: boolean | undefined },
      ) => {
        const { addModel } = await import("../../../engine/models/models.ts");
        const line = new ProgressLine(process.stderr);
        try {
          const result = await addModel(name, {
            signal,
            endpoint: flags.endpoint,
            onProgress: ({ file, bytesDone, bytesTotal }) =>
              line.update({
                phase: `getting ${file}`,
                done: Math.round(bytesDone / 1000),
                total: Math.round((bytesTotal ?? 0) / 1000),
                unit: "kB",
                rssBytes: process.memoryUsage.rss(),
              }),
          });
          line.clear();
          if (flags.json === true) printJson("models add", result);
          else {
            printLine(`${result.name} is in ${result.folder} (${formatBytes(result.bytes)})`);
            if (result.unverified.length > 0) {
              printLine(
                `not verified, since no checksum is known: ${result.unverified.join(", ")}`,
              );
            }
          }
        } finally {
          line.clear();
        }
      },
    );

  models
    .command("verify")
    .description("compare the files of models with their checksums")
    .argument("[name]", "one model (default: all on this machine)")
    .option("--json", "as JSON")
    .action(async (name: string | undefined, flags: { json?: boolean | undefined }) => {
      const { verifyModels } = await import("../../../engine/models/models.ts");
      const verified = await verifyModels(name);
      if (flags.json === true) printJson("models verify", { verified });
      else {
        for (const model of verified)
          printLine(`ok  ${model.name}: ${model.files} files in ${model.folder}`);
      }
    });

  addQuantise(models, signal);
}
