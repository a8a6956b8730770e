import { existsSync, statSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { type Command, Option } from "commander";
import type { FileOutline } from "../../../engine/questions/structure.ts";
import { parseFailures } from "../../../ports/syntax.ts";
import { addIndexFlags, type IndexFlags, indexOptions, wholeNumber } from "../../flags/options.ts";
import { counted, printable, printJson, printLine } from "../../output/format.ts";

interface OutlineFlags extends IndexFlags {
  json?: boolean;
  depth?: number;
  limit?: number;
  /** What --limit was called. */
  maxFiles?: number;
}

/** haypile outline [PATH] */
export function addOutline(program: Command): void {
  const command = program
    .command("outline")
    .description("the definitions of a file, or of the files of a folder")
    .argument("[path]", "file or folder, relative to the indexed folder", "");
  addIndexFlags(command)
    .option(
      "--depth <n>",
      "deepest definitions shown (default: all of a file, 0 for a folder)",
      wholeNumber(0, 100),
    )
    .option("-k, --limit <n>", "most files of a folder (default: 200)", wholeNumber(1, 100_000))
    .addOption(
      new Option("--max-files <n>", "as --limit").argParser(wholeNumber(1, 100_000)).hideHelp(),
    )
    .option("--json", "as JSON")
    .addHelpText(
      "after",
      `
Examples:
  haypile outline src/app.ts
  haypile outline src --depth 1
  haypile outline --json`,
    )
    .action(async (path: string, flags: OutlineFlags) => {
      const { open } = await import("../../../engine/open.ts");
      let engine = await open(indexOptions(flags));
      let wanted = path;
      if (!engine.hasIndex && path !== "" && flags.db === undefined && existsSync(path)) {
        // A person names what they see: it may have an index of its own, or lie in a folder that has.
        await engine.close();
        wanted = resolve(path);
        const folder = statSync(wanted).isDirectory() ? wanted : dirname(wanted);
        engine = await open({ folder, nearest: true });
      }
      try {
        const result = engine.outline(wanted, {
          maxFiles: flags.limit ?? flags.maxFiles ?? 200,
          ...(flags.depth !== undefined && { depth: flags.depth }),
        });
        if (flags.json === true) printJson("outline", result);
        else printOutline(result.files, result.filesLeftOut);
      } finally {
        await engine.close();
      }
    });
}

function printOutline(files: readonly FileOutline[], leftOut: number): void {
  for (const { path, definitions, missing } of files) {
    printLine(printable(path));
    if (missing !== undefined) printLine(`  no definitions: ${parseFailures[missing]}`);
    for (const { depth, kind, name, signature, startLine, endLine } of definitions) {
      const lines = `${startLine}-${endLine}`.padEnd(11);
      const text = signature === "" || signature === name ? `${kind} ${name}` : signature;
      printLine(`  ${lines} ${"  ".repeat(depth)}${printable(text)}`);
    }
  }
  if (leftOut > 0) {
    process.stderr.write(
      `haypile: ${counted(leftOut, "file")} more; name a folder below, or give --limit.\n`,
    );
  }
}
