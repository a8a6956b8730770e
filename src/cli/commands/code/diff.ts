import type { Command } from "commander";
import { localDay } from "../../../base/text/local-time.ts";
import type {
  DiffFile,
  DiffPlace,
  DiffResult,
  DiffSide,
} from "../../../ports/answers/time/diff.ts";
import { addHereFlag, throughDoor } from "../../door.ts";
import { wholeNumber } from "../../flags/numbers.ts";
import { addIndexFlags, type IndexFlags } from "../../flags/options.ts";
import { counted, printable, printJson, printLine } from "../../output/format.ts";
import { fullName } from "./symbol.ts";

interface DiffFlags extends IndexFlags {
  json?: boolean | undefined;
  symbols?: boolean | undefined;
  impact?: boolean | undefined;
  limit: number;
  depth: number;
}

/** haypile diff [RANGE] [FILE...] */
export function addDiff(program: Command, signal: AbortSignal): void {
  const command = program
    .command("diff")
    .description("what differs between two commits, or a commit and the files as they are")
    .argument("[range]", "A..B, A...B (B since it parted from A), or A", "HEAD")
    .argument("[files...]", "only these: files, folders or patterns");
  addHereFlag(addIndexFlags(command))
    .option("--symbols", "definitions: added, removed, renamed, moved, changed")
    .option("--impact", "definitions, and what uses them by the index as it is now")
    .option("--depth <n>", "most steps of the impact", wholeNumber(1, 20), 4)
    .option("-k, --limit <n>", "most files, and most definitions, shown", wholeNumber(1, 5000), 200)
    .option("--json", "as JSON")
    .addHelpText(
      "after",
      `
Examples:
  haypile diff
  haypile diff main..HEAD --symbols
  haypile diff main src --symbols --json
  haypile diff HEAD --impact`,
    )
    .action(async (range: string, files: string[], flags: DiffFlags) => {
      await throughDoor({ command: "diff", flags, signal }, async ({ haypile }) => {
        const { symbols, impact, limit, depth } = flags;
        const path = files.length === 0 ? undefined : files;
        const options = { symbols, impact, limit, depth, path, signal };
        const result = await haypile.code(flags.path).diff(range, undefined, options);
        if (flags.json === true) printJson("diff", result);
        else printDiff(result);
      });
    });
}

function printDiff(result: DiffResult): void {
  const { from, to, files, symbols, impact } = result;
  printLine(`from ${sideWords(from)} to ${sideWords(to)}`);
  if (symbols === undefined) for (const file of files) printFile(file);
  else {
    printLine(counted(files.length + result.filesLeftOut, "file"));
    for (const file of files) {
      if (file.whole !== undefined || file.change !== "changed") printFile(file);
    }
    for (const one of symbols) {
      const { change, before, isChanged } = one;
      const was =
        before === undefined || change === "changed" ? "" : `  from ${placeWords(before)}`;
      printLine(
        printable(
          `  ${change.padEnd(7)}  ${placeWords(one)}  ${one.kind}${was}${isChanged === true ? "  and changed" : ""}`,
        ),
      );
      if (before !== undefined && before.signature !== one.signature) {
        printLine(printable(`             - ${before.signature}`));
        printLine(printable(`             + ${one.signature}`));
      }
    }
  }
  if (impact !== undefined) {
    printLine(impact.tests.length === 0 ? "no tests are reached" : "tests to run");
    for (const { path, sure } of impact.tests) printLine(printable(`  ${sure.padEnd(6)}  ${path}`));
    const rest = impact.affected.filter(({ isTest }) => !isTest);
    if (rest.length > 0) printLine("uses of what differs, by the index as it is now");
    for (const { definition, path, line, sure, kind } of rest) {
      const what = definition === undefined ? "the top of the file" : fullName(definition);
      printLine(printable(`  ${sure.padEnd(6)}  ${path}:${line}  ${kind} in ${what}`));
    }
  }
  printRest(result);
}

function printFile({ path, change, before, added, removed, whole }: DiffFile): void {
  const from = before === undefined ? "" : `  from ${before}`;
  const counts = added === undefined ? "" : `  +${added} -${removed}`;
  const why = whole === undefined ? "" : `  (${whole})`;
  printLine(printable(`  ${change.padEnd(7)}  ${path}${from}${counts}${why}`));
}

function printRest(result: DiffResult): void {
  const { files, filesLeftOut, symbolsLeftOut, keysLeftOut, secrets, impact } = result;
  if (files.length === 0 && secrets === 0) printLine("no file differs");
  const notes = [
    [filesLeftOut, "file"],
    [symbolsLeftOut, "definition"],
    [impact?.leftOut ?? 0, "use"],
  ] as const;
  for (const [count, what] of notes) {
    if (count > 0) printLine(`and ${counted(count, `more ${what}`)}: raise --limit, or name files`);
  }
  if (keysLeftOut > 0) {
    printLine(
      `${counted(keysLeftOut, "key")} of data files ${keysLeftOut === 1 ? "is" : "are"} not shown: name the file, or "*.json"`,
    );
  }
  if (secrets > 0)
    printLine(`${counted(secrets, "file")} that look like they keep secrets are not shown`);
  if (impact?.isCut === true)
    printLine("there is more to look at than is looked at for one question");
}

function placeWords({ path, line, name }: DiffPlace): string {
  return `${path}:${line}  ${name}`;
}

function sideWords({ commit, date, said }: DiffSide): string {
  if (commit === undefined) return said;
  const short = commit.slice(0, 12);
  return printable(`${short} ${localDay(date)}${commit.startsWith(said) ? "" : ` (${said})`}`);
}
