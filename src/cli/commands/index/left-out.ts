import type { Command } from "commander";
import { type SkipReason, skipReasons } from "../../../ports/answers/index-run.ts";
import type { LeftOutPath, LeftOutResult, LeftOutRule } from "../../../ports/answers/left-out.ts";
import { addHereFlag, throughDoor } from "../../door.ts";
import { wholeNumber } from "../../flags/numbers.ts";
import { addIndexFlags, type IndexFlags } from "../../flags/options.ts";
import {
  counted,
  formatCount,
  formatTable,
  printable,
  printJson,
  printLine,
} from "../../output/format.ts";

interface LeftOutFlags extends IndexFlags {
  json?: boolean | undefined;
  under?: string | undefined;
  reason?: string[] | undefined;
  rule?: string | undefined;
  limit?: number | undefined;
  cursor?: string | undefined;
}

/** haypile left-out */
export function addLeftOut(program: Command, signal: AbortSignal): void {
  const command = program
    .command("left-out")
    .description("which files and folders are not in the index, and by which rule")
    .argument("[file...]", "whether these are in it, and what leaves them out");
  addHereFlag(addIndexFlags(command))
    .option("--under <folder>", "only what lies in it, relative to the indexed folder")
    .option(
      "--reason <reason>",
      `only one reason, may be said several times: ${Object.keys(skipReasons).join(", ")}`,
      (reason: string, before: string[] | undefined) => [...(before ?? []), reason],
    )
    .option("--rule <rule>", 'only what one rule leaves out, as it is printed (".gitignore:3")')
    .option("-k, --limit <count>", "paths to print (default: 100)", wholeNumber(1, 1000))
    .option("--cursor <cursor>", "go on after the page before")
    .option("--json", "as JSON")
    .addHelpText(
      "after",
      `
The disk is looked at as an index run would look at it now. A folder that is left out counts once, whatever is in it.
".haypileignore" with "!name/" brings a folder back, a line in it leaves one out.

Examples:
  haypile left-out
  haypile left-out --under src --reason generated
  haypile left-out dist/app.js README.md
  haypile left-out --json`,
    )
    .action(async (files: string[], flags: LeftOutFlags) => {
      await throughDoor({ command: "left-out", flags, signal }, async ({ haypile }) => {
        const code = haypile.code(flags.path);
        if (files.length > 0) {
          const found = [];
          for (const file of files) found.push(await code.fileStatus(file));
          if (flags.json === true) return printJson("left-out <file>", { files: found });
          for (const { verdict } of found) printLine(printable(verdict));
          return;
        }
        const { under, reason, rule, limit, cursor } = flags;
        const found = await code.leftOut({ under, reasons: reason, rule, limit, cursor, signal });
        if (flags.json === true) return printJson("left-out", found);
        printLeftOut(found);
      });
    });
}

function printLeftOut({ root, paths, counts, cursor }: LeftOutResult): void {
  if (counts !== undefined) {
    const { total, byRule, rulesLeftOut, waiting } = counts;
    printLine(
      `${counted(total, "file or folder", "files and folders")} of ${printable(root)} left out`,
    );
    for (const row of formatTable(byRule.slice(0, mostRules).map(ruleRow))) printLine(row);
    const more = Math.max(0, byRule.length - mostRules) + rulesLeftOut;
    if (more > 0) printLine(`  and ${counted(more, "rule")} more`);
    if (waiting.count > 0) {
      printLine(
        `${counted(waiting.count, "file")} that nothing leaves out ${waiting.count === 1 ? "is" : "are"} not in the index yet: "haypile index" takes them in.`,
      );
    }
    if (paths.length > 0) printLine();
  }
  for (const path of paths) printLine(pathInWords(path));
  if (cursor !== undefined) printLine(`More: haypile left-out --cursor ${cursor}`);
}

/** Rules that are printed. */
const mostRules = 40;

function ruleRow({ reason, rule, count, at }: LeftOutRule): [string, string] {
  const text = at?.text === undefined ? "" : `: ${at.text}`;
  return [formatCount(count), printable(`${reason}${rule === "" ? "" : `  ${rule}${text}`}`)];
}

function pathInWords({ path, reason, rule, because, at }: LeftOutPath): string {
  const said = because ?? (at?.text === undefined ? rule : `${rule}: ${at.text}`);
  return printable(`  ${path}  ${reason as SkipReason}${said === "" ? "" : `  (${said})`}`);
}
