import type { Command } from "commander";
import type { ScoreParts, WhyResult } from "../../../ports/answers/search.ts";
import { addHereFlag, throughDoor } from "../../door.ts";
import { addFlags } from "../../flags/option-flags.ts";
import { addModelFlags, addRerankerFlag, type ModelFlags } from "../../flags/options.ts";
import { noteAt, tellLong } from "../../output/at.ts";
import { counted, printable, printJson, printLine, signed } from "../../output/format.ts";

interface WhyFlags extends ModelFlags {
  json?: boolean | undefined;
  path: string;
  limit?: number | undefined;
  at?: string | undefined;
}

/** Chunks shown of a file. */
const mostShown = 10;

/** haypile why QUERY FILE */
export function addWhy(program: Command, signal: AbortSignal): void {
  const command = program
    .command("why")
    .description("why a file came where it did for a query, or why it did not come")
    .argument("<query>", "the query, filters and all")
    .argument("<file>", "file, relative to the indexed folder")
    .option("--path <folder>", "folder whose index is meant; one of its parents will do", ".")
    .option("--at <revision>", "as a commit, branch, tag or time had it");
  addFlags(command, ["search.limit"]);
  addHereFlag(addRerankerFlag(addModelFlags(command)))
    .option("--json", "as JSON")
    .addHelpText(
      "after",
      `
Examples:
  haypile why "where is the config parsed" src/config/load.ts
  haypile why "retry lang:go" net/backoff.go --json`,
    )
    .action(async (query: string, file: string, flags: WhyFlags) => {
      await throughDoor({ command: "why", flags, signal }, async ({ haypile }) => {
        const options = { signal, k: flags.limit, at: flags.at };
        const code = haypile.code(flags.path);
        const result = await tellLong(flags.at, code.why(query, file, options));
        if (flags.json === true) printJson("why", result);
        else printWhy(result);
        noteAt(result.at);
      });
    });
}

function printWhy({ verdict, path, chunks }: WhyResult): void {
  printLine(printable(verdict));
  const show = (value: number | null, digits: number): string =>
    value === null ? "-" : value.toFixed(digits);
  for (const chunk of chunks.slice(0, mostShown)) {
    const { startLine, endLine, rank, score, parts, rankByWords, rankByMeaning, hasVector } = chunk;
    const extra = [
      parts === null || parts.share === 0 ? "" : `  share of words ${parts.share.toFixed(2)}`,
      parts?.rerank === undefined
        ? ""
        : `  rerank ${parts.rerank.toFixed(2)} (place ${chunk.rankByReranker ?? "-"})`,
      hasVector ? "" : "  no vector yet",
    ].join("");
    printLine(
      `  ${printable(path)}:${startLine}-${endLine}  place ${rank ?? "-"}  score ${show(score, 2)}  words ${show(parts?.words ?? null, 2)} (place ${rankByWords ?? "-"})  meaning ${show(parts?.meaning ?? null, 2)} (place ${rankByMeaning ?? "-"})${extra}`,
    );
    if (parts !== null) printLine(`    ${given(parts)}`);
  }
  if (chunks.length > mostShown) {
    printLine(`  and ${counted(chunks.length - mostShown, "chunk")} more`);
  }
}

/** What each feature gives, in cosines, and the sum. */
function given(parts: ScoreParts): string {
  const all: [name: string, value: number | undefined][] = [
    [parts.meaning === null ? "no meaning known, as usual" : "meaning", parts.fromMeaning],
    ["words", parts.fromWords],
    ["share of words", parts.fromShare],
    ["all words", parts.fromWhole],
    ["crowding", parts.crowding === undefined ? undefined : -parts.crowding],
    ["neighbours", parts.neighbours],
    ["order", parts.order],
    ["name", parts.name],
    ["path", parts.path],
    ["file", parts.file],
    ["chance", parts.chance],
    ["late", parts.late],
  ];
  const told = all.filter(([, value]) => value !== undefined && Math.abs(value) >= 0.005);
  const sum = all.reduce((total, [, value]) => total + (value ?? 0), 0);
  const listed = told.map(([name, value]) => `${name} ${signed(value as number)}`).join("  ");
  return `${listed}  = ${sum.toFixed(2)}`;
}
