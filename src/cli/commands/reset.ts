import type { Command } from "commander";
import { formatBytes, printable, printJson, printLine } from "../format.ts";
import { addIndexFlags, type IndexFlags, indexOptions } from "../options.ts";

interface ResetFlags extends IndexFlags {
  json?: boolean;
  all?: boolean;
}

/** haypile reset */
export function addReset(program: Command): void {
  const command = program
    .command("reset")
    .description(
      "delete the index of a folder; vectors stay in the cache, so that a new one is quick",
    );
  addIndexFlags(command)
    .option("--all", "delete the cache of vectors, too: it serves every index of yours")
    .option("--json", "as JSON")
    .addHelpText(
      "after",
      `
Examples:
  haypile reset
  haypile reset --path ~/src/app --all`,
    )
    .action(async (flags: ResetFlags) => {
      const { open } = await import("../../engine/open.ts");
      const engine = await open({ ...indexOptions(flags), nearest: false });
      const removed = await engine.reset({ cache: flags.all === true });
      if (flags.json === true) printJson(removed);
      else if (removed.files.length === 0) printLine("Nothing to delete: there is no index.");
      for (const { path, bytes } of flags.json === true ? [] : removed.files) {
        printLine(`Deleted ${printable(path)} (${formatBytes(bytes)})`);
      }
    });
}
