import type { Command } from "commander";
import type { IndexResult } from "../../../ports/answers/index-run.ts";
import { addModelFlags, type ModelFlags, oneFolder, openOptions } from "../../flags/options.ts";
import { formatDuration, printable, printJsonLine } from "../../output/format.ts";
import type { JsonOutputs } from "../../output/json-outputs.ts";

interface WatchFlags extends ModelFlags {
  path?: string | undefined;
  json?: boolean | undefined;
  poll?: boolean | undefined;
}

/** haypile watch [path] */
export function addWatch(program: Command, signal: AbortSignal): void {
  const command = program
    .command("watch")
    .description("keep the index of a folder up to date until Ctrl-C")
    .argument("[path]", "folder (default: the current one)")
    .option("--path <folder>", "the same as the argument");
  addModelFlags(command)
    .option("--poll", "look at every file now and then (network drives)")
    .option("--json", "what happens as JSON on stdout, one object a line")
    .addHelpText(
      "after",
      `
Lines on stderr say what each run did. Another process may search meanwhile.

Examples:
  haypile watch
  haypile watch ~/src/app --poll`,
    )
    .action(async (argument: string | undefined, flags: WatchFlags) => {
      const { open } = await import("../../../engine/open.ts");
      const engine = await open(openOptions(oneFolder(argument, flags.path), flags));
      const say = (text: string, event: JsonOutputs["watch"]): void => {
        if (flags.json === true) printJsonLine("watch", event);
        else process.stderr.write(`haypile: ${text}\n`);
      };
      try {
        await engine.watch({
          signal,
          polling: flags.poll === true,
          onNote: (text) => say(printable(text), { event: "note", text }),
          onReady: () =>
            say(`watching ${printable(engine.root)}; Ctrl-C ends it`, {
              event: "ready",
              root: engine.root,
            }),
          onRun: (report) => say(runInWords(report), { event: "run", report }),
        });
      } finally {
        await engine.close();
      }
    });
}

function runInWords({ files, chunks, timesMs }: IndexResult): string {
  return `${files.new} new, ${files.changed} changed, ${files.deleted} removed; ${chunks.embedded} chunks embedded in ${formatDuration(timesMs.total)}`;
}
