import { type Command, Option } from "commander";
import { localMinute, parseTime } from "../../../base/text/local-time.ts";
import { readEnvironment } from "../../../config/environment/env.ts";
import type { AskResult, AskSide } from "../../../ports/answers/time/ask.ts";
import { addHereFlag, type DoorFlags, throughDoor } from "../../door.ts";
import { namespacesFor } from "../../flags/here.ts";
import { share, textOf } from "../../flags/memories-flags.ts";
import { wholeNumber } from "../../flags/numbers.ts";
import { tellLong } from "../../output/at.ts";
import { counted, formatDuration, makeStyle, printable, printJson } from "../../output/format.ts";
import { timesInWords } from "../../output/times-line.ts";
import { printHit } from "../code/hit-lines.ts";
import { printMemoryHit } from "./recall.ts";

interface AskFlags extends Pick<DoorFlags, "here"> {
  /** false: --no-cache. */
  cache?: boolean | undefined;
  path: string;
  asOf?: string | undefined;
  /** What search calls it. */
  at?: string | undefined;
  namespace?: string[] | undefined;
  limit?: number | undefined;
  lines: number;
  minScore?: number | undefined;
  maxTokens?: number | undefined;
  deadlineMs?: number | undefined;
  times?: boolean | undefined;
  json?: boolean | undefined;
}

/** haypile ask QUESTION */
export function addAsk(program: Command, signal: AbortSignal): void {
  const command = program
    .command("ask")
    .description("ask memories and code at once, as they are or as they stood then")
    .argument("<question...>", 'what to look for; "-" reads it from stdin')
    .option("--path <folder>", "folder of the project", ".")
    .option(
      "--as-of <moment>",
      "as it stood then: a day (its end), a time, a commit or a tag",
      asInstant,
    )
    .addOption(
      new Option("--at <moment>", "as --as-of").argParser(asInstant).hideHelp().conflicts("asOf"),
    )
    .option(
      "--namespace <names>",
      'only memories of these (default: those of the project, and "default")',
      names,
    )
    .option("-k, --limit <n>", "hits of both together (default: 10)", wholeNumber(1, 1_000))
    .option("--lines <n>", "lines shown of each piece of code", wholeNumber(0, 1_000), 5)
    .option("--min-score <n>", "least score, 0 to 1 (default: near enough)", share)
    .option("--max-tokens <n>", "most tokens of all that is shown", wholeNumber(1, 10_000_000))
    .option("--deadline-ms <n>", "what is later is left out", wholeNumber(1, 3_600_000));
  addHereFlag(command)
    .option("--no-cache", "neither ask nor fill caches of results")
    .option("--times", "where the time went, by stage")
    .option("--json", "the answer as JSON")
    .addHelpText(
      "after",
      `
One list, best first: scores of memories and of code are on one scale. With --as-of memories are those of then, and code is
that of the commit of then; a memory that speaks of code says when that was not so then. A side that cannot answer says
why. More: docs/time.md.

Examples:
  haypile ask "why is the port fixed"
  haypile ask "how are retries spaced" --as-of 2030-01-01
  haypile ask "where is the config parsed" --path . -k 5 --json`,
    )
    .action(async (given: string[], flags: AskFlags) => {
      const query = await textOf(given, signal);
      const { path, namespace, limit, lines, minScore, maxTokens, deadlineMs } = flags;
      await throughDoor({ command: "ask", flags, signal }, async ({ haypile }) => {
        const asOf = flags.asOf ?? flags.at;
        const asked = haypile.ask(query, {
          folder: path,
          asOf,
          namespace: namespace && namespacesFor(namespace),
          k: limit,
          minScore,
          maxTokens,
          snippetLines: Math.max(1, lines),
          deadlineMs,
          cache: flags.cache === false ? false : undefined,
          signal,
        });
        const result = await tellLong(asOf, asked);
        if (flags.json === true) printJson("ask", result);
        else print(result, lines);
        if (flags.times === true && flags.json !== true)
          process.stderr.write(`haypile: ${timesInWords(result.timesMs)}.\n`);
      });
    });
}

/** A day of the zone here, as its instant: the daemon may be in another. Anything else may be a commit. */
function asInstant(said: string): string {
  const time = parseTime(said, "end");
  return "ms" in time ? new Date(time.ms).toISOString() : said;
}

function names(text: string, before: readonly string[] = []): string[] {
  const said = text.split(",").map((name) => name.trim());
  return [...before, ...said.filter((name) => name !== "")];
}

function print(result: AskResult, lines: number): void {
  const style = makeStyle(process.stdout.isTTY === true && !readEnvironment().noColor);
  for (const hit of result.hits) {
    if (hit.kind === "memory") printMemoryHit(hit.memory, style);
    else printHit(hit.code, lines, style);
  }
  tellSide("memories", result.memories);
  tellSide("code", result.code);
  const shown = (kind: string): number => result.hits.filter((hit) => hit.kind === kind).length;
  const left = result.omitted > 0 ? ` ${result.omitted} did not fit into --max-tokens.` : "";
  const memories = counted(shown("memory"), "memory", "memories");
  process.stderr.write(
    `haypile: ${memories} of ${result.memories.searched} and ${counted(shown("code"), "piece")} of code in ${formatDuration(result.timesMs.total)}.${left}\n`,
  );
  if (result.asOf !== undefined) process.stderr.write(`haypile: ${momentLine(result)}.\n`);
}

function momentLine({ asOf, code }: AskResult): string {
  const memories = `memories as of ${localMinute(asOf?.at ?? 0)}`;
  if (code.at === undefined) return memories;
  const { commit, date } = code.at;
  return `${memories}, code at ${commit.slice(0, 12)} of ${localMinute(date)}`;
}

/** Why it did not answer, and what limits it. */
function tellSide(what: string, { problem, notes, found, nearest }: AskSide): void {
  const tell = (text: string): void =>
    void process.stderr.write(`haypile: ${what}: ${printable(text)}\n`);
  if (problem !== undefined) tell(problem.message);
  for (const note of notes) tell(note);
  if (problem === undefined && found === 0 && nearest !== undefined) {
    tell(`nothing is near enough (the best has a score of ${nearest.toFixed(2)}).`);
  }
}
