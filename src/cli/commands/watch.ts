import type { Command } from "commander";
import { formatDuration, printable } from "../format.ts";
import { addModelFlags, type ModelFlags, openOptions } from "../options.ts";

interface WatchFlags extends ModelFlags {
  poll?: boolean;
}

/** haypile watch [path] */
export function addWatch(program: Command, signal: AbortSignal): void {
  const command = program
    .command("watch")
    .description("keep the index of a folder up to date until Ctrl-C")
    .argument("[path]", "folder", ".");
  addModelFlags(command)
    .option("--poll", "look at every file now and then (network drives)")
    .addHelpText(
      "after",
      `
Lines on stderr say what each run did. Another process may search meanwhile.

Examples:
  haypile watch
  haypile watch ~/src/app --poll`,
    )
    .action(async (path: string, flags: WatchFlags) => {
      const { open } = await import("../../engine/open.ts");
      const engine = await open(openOptions(path, flags));
      const say = (text: string): void => {
        process.stderr.write(`haypile: ${text}\n`);
      };
      try {
        await engine.watch({
          signal,
          polling: flags.poll === true,
          onNote: (note) => say(printable(note)),
          onReady: () => say(`watching ${printable(engine.root)}; Ctrl-C ends it`),
          onRun: ({ files, chunks, timesMs }) =>
            say(
              `${files.new} new, ${files.changed} changed, ${files.deleted} removed; ${chunks.embedded} chunks embedded in ${formatDuration(timesMs.total)}`,
            ),
        });
      } finally {
        await engine.close();
      }
    });
}
