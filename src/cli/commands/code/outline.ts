import { existsSync, statSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { type Command, Option } from "commander";
import type { FileOutline } from "../../../ports/answers/definitions.ts";
import { parseFailures, partlyInWords } from "../../../ports/syntax.ts";
import { addHereFlag, throughDoor } from "../../door.ts";
import { wholeNumber } from "../../flags/numbers.ts";
import { addIndexFlags, type IndexFlags } from "../../flags/options.ts";
import { type AtFlags, addAtFlag, askedAt, noteAt } from "../../output/at.ts";
import { counted, printable, printJson, printLine } from "../../output/format.ts";
import { staleWords } from "../../output/missing.ts";

interface OutlineFlags extends IndexFlags, AtFlags {
  json?: boolean | undefined;
  depth?: number | undefined;
  limit?: number | undefined;
  /** What --limit was called. */
  maxFiles?: number | undefined;
}

/** haypile outline [PATH] */
export function addOutline(program: Command, signal: AbortSignal): void {
  const command = program
    .command("outline")
    .description("the definitions of a file, or of the files of a folder")
    .argument("[path]", "file or folder, relative to the indexed folder", "");
  addAtFlag(addHereFlag(addIndexFlags(command)))
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
  haypile outline src/app.ts --at v1.2
  haypile outline --json`,
    )
    .action(async (path: string, flags: OutlineFlags) => {
      await throughDoor({ command: "outline", flags, signal }, async ({ haypile }) => {
        let code = haypile.code(flags.path);
        let wanted = path;
        const mayLieElsewhere = path !== "" && flags.db === undefined && existsSync(path);
        if (mayLieElsewhere && !(await code.facts()).hasIndex) {
          // A person names what they see: it may have an index of its own, or lie in a folder that has.
          wanted = resolve(path);
          code = haypile.code(statSync(wanted).isDirectory() ? wanted : dirname(wanted));
        }
        const result = await code.outline(wanted, {
          maxFiles: flags.limit ?? flags.maxFiles ?? 200,
          depth: flags.depth,
          ...askedAt(flags, signal),
        });
        if (flags.json === true) printJson("outline", result);
        else printOutline(result.files, result.filesLeftOut);
        noteAt(result.at);
      });
    });
}

function printOutline(files: readonly FileOutline[], leftOut: number): void {
  for (const { path, definitions, missing, partly, stale } of files) {
    printLine(`${printable(path)}${staleWords(stale)}`);
    if (missing !== undefined) printLine(`  no definitions: ${parseFailures[missing]}`);
    if (partly === true) printLine(`  ${partlyInWords}`);
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
