import type { Command } from "commander";
import { addIndexFlags, type IndexFlags } from "../../flags/options.ts";
import { agreesTo } from "../../input/ask.ts";
import { formatBytes, printable, printJson, printLine } from "../../output/format.ts";

interface ResetFlags extends IndexFlags {
  json?: boolean | undefined;
  all?: boolean | undefined;
  yes?: boolean | undefined;
}

/** haypile reset */
export function addReset(program: Command, signal: AbortSignal): void {
  const command = program
    .command("reset")
    .description(
      "delete the index of a folder; vectors stay in the cache, so that a new one is quick",
    );
  addIndexFlags(command)
    .option(
      "--all",
      "delete the cache of vectors, too, and the notes of work: they serve every index of yours",
    )
    .option("-y, --yes", "with --all: do not ask")
    .option("--json", "as JSON; asks nothing, so that --all needs --yes")
    .addHelpText(
      "after",
      `
It works for an index that is damaged, and for a folder that is gone: name it with --path. While a run is at work on
the index it is refused; a watch makes the index anew. "haypile indexes prune" finds what nobody needs.

Examples:
  haypile reset
  haypile reset --path ~/src/app --all --yes`,
    )
    .action(async (flags: ResetFlags) => {
      const { removeIndexOf } = await import("../../../engine/store/reset-server.ts");
      const isWanted =
        flags.all !== true ||
        (await agreesTo(
          "Delete the index, and the vectors and notes of all indexes?",
          flags,
          signal,
        ));
      const files = isWanted
        ? await removeIndexOf(flags.path, flags.db, { cache: flags.all === true })
        : [];
      if (flags.json === true) return printJson("reset", { files });
      if (!isWanted) printLine("Nothing was deleted.");
      else if (files.length === 0) {
        printLine(`Nothing to delete: there is no index of ${printable(flags.path)}.`);
      }
      for (const { path, bytes } of files) {
        printLine(`Deleted ${printable(path)} (${formatBytes(bytes)})`);
      }
    });
}
