/* haypile search --in-all and --across: one question to many indexes. */
import { readEnvironment } from "../../../config/environment/env.ts";
import { searchIn } from "../../../haypile/search-folders.ts";
import type {
  FoldersSearchOptions,
  FoldersSearchResult,
} from "../../../ports/answers/search-folders.ts";
import type { Haypile } from "../../../ports/haypile.ts";
import {
  counted,
  formatDuration,
  makeStyle,
  printable,
  printJson,
  printLine,
} from "../../output/format.ts";
import { printHit } from "./hit-lines.ts";

const usualLines = 5;
const mostNames = 8;

export async function runAcross(
  haypile: Haypile,
  query: string,
  options: FoldersSearchOptions,
  { json, lines }: { json?: boolean | undefined; lines?: number | undefined },
): Promise<void> {
  const result = await searchIn(haypile, query, options);
  if (json === true) printJson("search --in-all", result);
  else printAcross(result, lines ?? usualLines);
}

function printAcross(result: FoldersSearchResult, lines: number): void {
  const style = makeStyle(process.stdout.isTTY === true && !readEnvironment().noColor);
  const { hits, folders, notes, timesMs } = result;
  const withHits = folders.filter((one) => one.hits > 0);
  for (const { name, folder, context } of withHits) {
    const said = context === undefined ? "" : `: ${printable(context)}`;
    printLine(style.dim(`${printable(name)}${said}  (${printable(folder)})`));
  }
  if (withHits.length > 0) printLine();
  for (const hit of hits) printHit(hit, lines, style, hit.name);
  const asked = folders.filter(({ failed }) => failed === undefined);
  if (hits.length === 0) printLine(nothing(asked));
  for (const { name, failed, isIndexing, cut } of folders) {
    if (failed !== undefined) say(`${name}: ${failed}`);
    else if (isIndexing) say(`${name} is being indexed; hits may be missing`);
    for (const one of cut) say(`${name}: ${one}`);
  }
  const stale = asked.filter(({ changedFiles }) => changedFiles > 0).map(({ name }) => name);
  if (stale.length > 0) {
    const more = stale.length > mostNames ? ` and ${stale.length - mostNames} more` : "";
    say(
      `files changed since the last index run in ${stale.slice(0, mostNames).join(", ")}${more}; run "haypile index" there`,
    );
  }
  for (const note of notes) say(note);
  const failed = folders.length - asked.length;
  const without = failed === 0 ? "" : `, ${failed} did not answer`;
  say(
    `${counted(hits.length, "hit")} of ${counted(asked.length, "folder")} in ${formatDuration(timesMs.total)}${without}`,
  );
}

function nothing(asked: FoldersSearchResult["folders"]): string {
  const scores = asked.flatMap(({ nearest }) => nearest ?? []);
  if (scores.length === 0) return `Nothing found in ${counted(asked.length, "folder")}.`;
  const best = scores.reduce((a, b) => Math.max(a, b));
  return `Nothing near enough in ${counted(asked.length, "folder")} (the best has a score of ${best.toFixed(2)}). Ask in other words, or see it with --min-score 0.`;
}

function say(text: string): void {
  process.stderr.write(`haypile: ${printable(text).replace(/\.$/u, "")}.\n`);
}
