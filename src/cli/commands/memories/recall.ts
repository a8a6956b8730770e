import type { Command } from "commander";
import { localDay } from "../../../base/text/local-time.ts";
import { readEnvironment } from "../../../config/environment/env.ts";
import type { RecallHit, RecallResult } from "../../../ports/memories.ts";
import { tellAlike } from "../../flags/here.ts";
import {
  addFilterFlags,
  addMemoryFlags,
  type FilterFlags,
  filterOf,
  headLine,
  type MemoryFlags,
  share,
  textOf,
  timeAtEnd,
  withMemories,
} from "../../flags/memories-flags.ts";
import { wholeNumber } from "../../flags/numbers.ts";
import { counted, makeStyle, printable, printJson, printLine } from "../../output/format.ts";
import { timesInWords } from "../../output/times-line.ts";
import { commitLines } from "./anchor-lines.ts";

interface RecallFlags extends MemoryFlags, FilterFlags {
  /** false: --no-cache. */
  cache?: boolean | undefined;
  limit?: number | undefined;
  asOf?: string | undefined;
  minScore?: number | undefined;
  maxTokens?: number | undefined;
  deadlineMs?: number | undefined;
  neighbours?: number | undefined;
  why?: boolean | undefined;
  times?: boolean | undefined;
}

/** haypile recall QUERY */
export function addRecall(program: Command, signal: AbortSignal): void {
  const command = program
    .command("recall")
    .description("find what was remembered, by meaning and by word")
    .argument("<query...>", 'what to look for; "-" reads it from stdin')
    .option("-k, --limit <n>", "memories wanted (default: 8)", wholeNumber(1, 1000));
  addFilterFlags(command)
    .option("--as-of <time>", "what was known and valid then, or at the end of that day", timeAtEnd)
    .option(
      "--min-score <n>",
      "least score, 0 to 1 (default: near enough; 0: all there are)",
      share,
    )
    .option("--max-tokens <n>", "most tokens of all texts together", wholeNumber(1, 10_000_000))
    .option(
      "--deadline-ms <n>",
      "answer by words when meaning takes longer",
      wholeNumber(1, 3_600_000),
    )
    .option("--neighbours <n>", "also so many memories before and after each", wholeNumber(0, 100))
    .option("--why", "the parts of each score")
    .option("--no-cache", "neither ask nor fill caches of results")
    .option("--times", "where the time went, by stage");
  addMemoryFlags(command)
    .addHelpText(
      "after",
      `
Examples:
  haypile recall "when do we deploy"
  haypile recall "database port" --tag infra -k 3 --why
  haypile recall "office address" --as-of 2026-01-31`,
    )
    .action(async (given: string[], flags: RecallFlags) => {
      const query = await textOf(given, signal);
      const { limit, asOf, minScore, maxTokens, deadlineMs, neighbours, why } = flags;
      const result = await withMemories("recall", flags, signal, async (memories) => {
        await tellAlike(memories, flags.namespace);
        return await memories.recall(query, {
          signal,
          ...filterOf(flags),
          k: limit,
          asOf,
          minScore,
          maxTokens,
          deadlineMs,
          neighbours,
          cache: flags.cache === false ? false : undefined,
          why: why === true ? why : undefined,
        });
      });
      if (flags.json === true) printJson("recall", result);
      else print(result);
      if (flags.times === true && flags.json !== true)
        process.stderr.write(`haypile: ${timesInWords(result.timesMs)}.\n`);
    });
}

function print(result: RecallResult): void {
  const style = makeStyle(process.stdout.isTTY === true && !readEnvironment().noColor);
  for (const hit of result.hits) printMemoryHit(hit, style);
  const { withoutVector, isPartial, searched, nearest } = result;
  if (result.hits.length === 0 && nearest !== undefined) {
    process.stderr.write(
      `haypile: nothing is near enough (the best has a score of ${nearest.toFixed(2)}). Ask in other words, or see it with --min-score 0.\n`,
    );
  }
  const waiting =
    withoutVector > 0 ? ` ${withoutVector} have no vector yet and are found by word.` : "";
  const partly = isPartial ? " The deadline or the budget of tokens left something out." : "";
  process.stderr.write(
    `haypile: ${counted(result.hits.length, "memory", "memories")} of ${searched}.${waiting}${partly}\n`,
  );
}

/** Its head, its text, and what speaks against trusting it. */
export function printMemoryHit(hit: RecallHit, style: ReturnType<typeof makeStyle>): void {
  const { unverifiedSince, olderThan } = hit;
  printLine(`${style.bold(headLine(hit.memory))}  ${style.dim(score(hit))}`);
  for (const { text } of hit.before) printLine(style.dim(indented(text)));
  printLine(indented(hit.part.isWhole ? hit.memory.text : `… ${hit.part.text} …`));
  for (const { text } of hit.after) printLine(style.dim(indented(text)));
  if (olderThan !== undefined) {
    printLine(`  older than ${olderThan.id} of ${localDay(olderThan.at)}`);
  }
  if (unverifiedSince !== undefined) {
    printLine(`  unverified since ${localDay(unverifiedSince.at)}:`);
    for (const [at, change] of unverifiedSince.changes.entries()) {
      printLine(`    ${printable(change)}`);
      const commits = unverifiedSince.commits[at];
      for (const line of commits === undefined ? [] : commitLines(commits, "      ")) {
        printLine(line);
      }
    }
  }
  printLine();
}

function indented(text: string): string {
  return text
    .trimEnd()
    .split("\n")
    .map((line) => `  ${printable(line)}`)
    .join("\n");
}

function score({ score, why }: RecallHit): string {
  const total = `score ${score.toFixed(2)}`;
  if (why === undefined) return total;
  const { relevance, meaning, share, words, phrase, length, context } = why;
  const { decay, importance, time, outdated } = why;
  const show = (value: number | undefined): string => value?.toFixed(2) ?? "-";
  return `${total}: relevance ${show(relevance)} (meaning ${show(meaning)}, share of words ${show(share)}, words ${show(words)}, phrase ${show(phrase)}, length -${show(length)}, context ${show(context)}), odds × decay ${show(decay)} × importance ${show(importance)} × time ${show(time)} × outdated ${show(outdated)}`;
}
