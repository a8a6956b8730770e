import { type Command, Option } from "commander";
import {
  entryReasons,
  type Sureness,
  surenesses,
  unusedDoubts,
} from "../../../ports/answers/graph.ts";
import { addHereFlag, throughDoor } from "../../door.ts";
import { wholeNumber } from "../../flags/numbers.ts";
import { addIndexFlags } from "../../flags/options.ts";
import { counted, printable, printJson, printLine } from "../../output/format.ts";
import { noteMissing } from "../../output/missing.ts";
import { fullName, kindList, pathList, type SymbolFlags } from "./symbol.ts";

interface UnusedFlags extends SymbolFlags {
  sure: Sureness;
  tests?: boolean | undefined;
}

/** haypile unused, haypile entry-points */
export function addUnused(program: Command, signal: AbortSignal): void {
  addQuestion(program, "unused", "definitions that nothing uses, with how sure that is", signal)
    .addOption(
      new Option("--sure <level>", "the least sureness shown")
        .choices(surenesses)
        .default("medium"),
    )
    .addHelpText(
      "after",
      `
high: nothing in the index names it, and others cannot import it. medium: others may import it, or only
tests or unused code use it. low: something speaks for a use that is not seen; the line says what.

Examples:
  haypile unused
  haypile unused --in src --sure high
  haypile unused --kind function,class --json`,
    );
  addQuestion(
    program,
    "entry-points",
    "where programs, libraries and tests begin",
    signal,
  ).addHelpText(
    "after",
    `
Examples:
  haypile entry-points
  haypile entry-points --in src --tests`,
  );
}

function addQuestion(
  program: Command,
  question: "unused" | "entry-points",
  description: string,
  signal: AbortSignal,
): Command {
  const command = program.command(question).description(description);
  return addHereFlag(addIndexFlags(command))
    .option("-k, --limit <n>", "most shown", wholeNumber(1, 10_000), 100)
    .option("--kind <kinds>", "only these kinds, e.g. function,class", kindList)
    .option("--in <paths>", "only below these folders, or paths that fit a pattern", pathList)
    .option("--tests", "those of tests too")
    .option("--json", "as JSON")
    .action(async (flags: UnusedFlags) => {
      await throughDoor({ command: question, flags, signal }, async ({ haypile }) => {
        const code = haypile.code(flags.path);
        noteMissing(await code.unparsed());
        const result = await code.unused({
          path: flags.in,
          kinds: flags.kind,
          sure: flags.sure,
          tests: flags.tests,
          limit: flags.limit,
          signal,
        });
        const { unused, unusedLeftOut, entryPoints, entryPointsLeftOut, definitions } = result;
        if (question === "unused") {
          if (flags.json === true) {
            return printJson("unused", { unused, leftOut: unusedLeftOut, definitions });
          }
          for (const { definition, sure, doubts } of unused) {
            const why = doubts.map((doubt) => unusedDoubts[doubt]).join("; ");
            printFound(sure.padEnd(6), definition, why);
          }
          return noteCount(unused.length, unusedLeftOut, definitions);
        }
        if (flags.json === true) {
          return printJson("entry-points", {
            entryPoints,
            leftOut: entryPointsLeftOut,
            definitions,
          });
        }
        for (const { definition, why } of entryPoints) {
          printFound(why.padEnd(10), definition, entryReasons[why]);
        }
        noteCount(entryPoints.length, entryPointsLeftOut, definitions);
      });
    });
}

function printFound(
  head: string,
  one: { path: string; headLine: number; kind: string; name: string; container: string },
  why: string,
): void {
  const tail = why === "" ? "" : `  (${why})`;
  printLine(
    `${head}  ${printable(one.path)}:${one.headLine}  ${one.kind} ${printable(fullName(one))}${tail}`,
  );
}

function noteCount(shown: number, leftOut: number, of: number): void {
  const more = leftOut > 0 ? `, ${leftOut} more not shown (--limit)` : "";
  process.stderr.write(`haypile: ${counted(shown, "definition")} of ${of}${more}.\n`);
}
