import type { Command } from "commander";
import type { ImpactResult } from "../../../ports/answers/graph.ts";
import { addHereFlag, throughDoor } from "../../door.ts";
import { wholeNumber } from "../../flags/numbers.ts";
import { addIndexFlags, type IndexFlags } from "../../flags/options.ts";
import { counted, printable, printJson, printLine } from "../../output/format.ts";
import { noteMissing } from "../../output/missing.ts";
import { noteBounds } from "./steps.ts";
import { fullName } from "./symbol.ts";

interface ImpactFlags extends IndexFlags {
  json?: boolean | undefined;
  since?: string | undefined;
  of?: string[] | undefined;
  depth: number;
  limit: number;
  tests?: boolean | undefined;
}

/** Tests of a file that are named on its line. */
const mostNamed = 6;

/** haypile impact [FILE...] */
export function addImpact(program: Command, signal: AbortSignal): void {
  const command = program
    .command("impact")
    .description("what uses what a change touches, and which tests to run")
    .argument("[files...]", "only changes of these: files, folders or patterns");
  addHereFlag(addIndexFlags(command))
    .option("--since <commit>", "commit the files are compared with (default: HEAD)")
    .option("--of <names>", "definitions that are taken for changed, in place of a commit", names)
    .option("--depth <n>", "most steps from a change", wholeNumber(1, 20), 4)
    .option("-k, --limit <n>", "most definitions shown", wholeNumber(1, 5000), 100)
    .option("--tests", "only the paths of the tests, one a line")
    .option("--json", "as JSON")
    .addHelpText(
      "after",
      `
Examples:
  haypile impact
  haypile impact --since main src
  haypile impact --of Retry.delay --json
  haypile impact --tests`,
    )
    .action(async (files: string[], flags: ImpactFlags) => {
      await throughDoor({ command: "impact", flags, signal }, async ({ haypile }) => {
        const code = haypile.code(flags.path);
        noteMissing(await code.unparsed());
        const result = await code.impact({
          since: flags.since,
          files,
          names: flags.of,
          depth: flags.depth,
          limit: flags.limit,
          signal,
        });
        if (flags.json === true) printJson("impact", result);
        else if (flags.tests === true)
          for (const { path } of result.tests) printLine(printable(path));
        else printImpact(result);
      });
    });
}

function names(text: string, before: string[] = []): string[] {
  return [...before, ...text.split(",").map((one) => one.trim())];
}

function printImpact(result: ImpactResult): void {
  const { commit, files, changed, tests, affected } = result;
  if (commit !== undefined) {
    printLine(`since ${commit.slice(0, 12)}: ${counted(files.length, "file")} changed`);
  }
  for (const { path, change, before, isWhole } of files) {
    const from = before === undefined ? "" : `  from ${printable(before)}`;
    if (isWhole === true || change === "moved") {
      printLine(`  ${change.padEnd(7)}  ${printable(path)}${from}`);
    }
  }
  for (const one of changed) {
    const what = one.kind === "file" ? "outside of definitions" : `${one.kind} ${fullName(one)}`;
    printLine(`  ${one.change.padEnd(7)}  ${printable(one.path)}:${one.line}  ${printable(what)}`);
  }
  printLine(tests.length === 0 ? "no tests are reached" : "tests to run");
  for (const { path, tests: own, sure, depth } of tests) {
    const named = own.slice(0, mostNamed).map(printable).join(", ");
    const more = own.length > mostNamed ? ` and ${own.length - mostNamed} more` : "";
    printLine(`  ${sure.padEnd(6)}  ${printable(path)}  ${stepsInWords(depth)}  ${named}${more}`);
  }
  const rest = affected.filter(({ isTest }) => !isTest);
  if (rest.length > 0) printLine("reached besides");
  for (const { definition, path, line, sure, depth, kind } of rest) {
    const what = definition === undefined ? "the top of the file" : fullName(definition);
    printLine(
      `  ${sure.padEnd(6)}  ${printable(path)}:${line}  ${stepsInWords(depth)}  ${kind} in ${printable(what)}`,
    );
  }
  noteBounds(result);
}

function stepsInWords(depth: number): string {
  return depth === 0 ? "itself" : counted(depth, "step");
}
