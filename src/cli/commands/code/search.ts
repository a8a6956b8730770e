import { type Command, Option } from "commander";
import { HaypileError } from "../../../base/errors.ts";
import { readList } from "../../../base/paths/path-filter.ts";
import { readEnvironment } from "../../../config/environment/env.ts";
import { everyFolder } from "../../../config/places/collections.ts";
import type { SearchFilter, SearchResult } from "../../../ports/answers/search.ts";
import { addHereFlag, throughDoor } from "../../door.ts";
import { share } from "../../flags/memories-flags.ts";
import { wholeNumber } from "../../flags/numbers.ts";
import { addFlags } from "../../flags/option-flags.ts";
import { addModelFlags, addRerankerFlag, type ModelFlags } from "../../flags/options.ts";
import { noteAt, tellLong } from "../../output/at.ts";
import {
  counted,
  formatDuration,
  makeStyle,
  printable,
  printJson,
  printLine,
} from "../../output/format.ts";
import { runInWords } from "../../output/run-words.ts";
import { timesInWords } from "../../output/times-line.ts";
import { printHit } from "./hit-lines.ts";
import { kindList, pathList } from "./symbol.ts";

interface SearchFlags extends ModelFlags {
  /** false: --no-cache. */
  cache?: boolean | undefined;
  json?: boolean | undefined;
  path: string;
  limit?: number | undefined;
  lines?: number | undefined;
  lang?: string | undefined;
  in?: string[] | undefined;
  inAll?: boolean | undefined;
  across?: string[] | undefined;
  kind?: string[] | undefined;
  tests: boolean;
  deadlineMs?: number | undefined;
  maxTokens?: number | undefined;
  minScore?: number | undefined;
  fillIn?: "off" | "on-demand" | undefined;
  rerank?: "off" | "on" | undefined;
  times?: boolean | undefined;
  at?: string | undefined;
  asOf?: string | undefined;
}

/** haypile search QUERY */
export function addSearch(program: Command, signal: AbortSignal): void {
  const command = program
    .command("search")
    .description("search the index of a folder by meaning and by word")
    .argument("<query...>", "what to look for")
    .option("--path <folder>", "folder whose index is meant; one of its parents will do", ".")
    .addOption(
      new Option("--at <revision>", "as a commit, branch, tag or time had it").conflicts("asOf"),
    )
    .addOption(new Option("--as-of <time>", "the same as --at, of a time"))
    .option("--lang <names>", "only these languages, e.g. python,go")
    .option("--in <paths>", "only below these folders, or paths that fit a pattern", pathList)
    .option("--in-all", "search every index in your data folder")
    .option(
      "--across <names>",
      "search these collections and folders (haypile collections)",
      namesOf,
    )
    .option("--kind <kinds>", "only where such a definition begins, e.g. function,class", kindList)
    .option("--no-tests", "leave tests out")
    .option("--max-tokens <n>", "most tokens of the snippets together", wholeNumber(1, 1_000_000))
    .option(
      "--min-score <n>",
      "least score, 0 to 1 (default: near enough; 0: all there are)",
      share,
    );
  addFlags(command, [
    "search.limit",
    "search.lines",
    "search.deadline",
    "search.fill-in",
    "search.rerank",
  ]);
  addHereFlag(addRerankerFlag(addModelFlags(command)))
    .option("--no-cache", "neither ask nor fill caches of results")
    .option("--times", "where the time went, by stage")
    .option("--json", "the hits as JSON, with their whole text")
    .addHelpText(
      "after",
      `
Each hit shows its score, 0 to 1 on one scale for every query, and what it was made of: words (BM25), meaning
(cosine), name and path, and what comparing it token by token added (late), or with --reranker what the cross-encoder gave. Where nothing is near enough, nothing
comes. When --deadline-ms is up before it is done, the
order is the one without it, and a line says so.
Filters may stand in the query: lang:python path:src/** -path:docs kind:function -test

Examples:
  haypile search "where is the config parsed"
  haypile search "where is the config parsed" --at HEAD
  haypile search parseConfig -k 3
  haypile search "retry with back-off" --path ~/src/app --json
  haypile search "how are refunds signed" --across payments,~/src/app
  haypile search "who may delete a user" --reranker ~/models/ms-marco-minilm --deadline-ms 500`,
    )
    .action(async (words: string[], flags: SearchFlags) => {
      await throughDoor({ command: "search", flags, signal }, async ({ haypile }) => {
        const options = {
          signal,
          filter: filterOf(flags),
          k: flags.limit,
          snippetLines: flags.lines === undefined ? undefined : Math.max(1, flags.lines),
          fillIn: flags.fillIn,
          rerank: flags.rerank === undefined ? undefined : flags.rerank === "on",
          deadlineMs: flags.deadlineMs,
          maxTokens: flags.maxTokens,
          minScore: flags.minScore,
          cache: flags.cache === false ? false : undefined,
          at: flags.at ?? flags.asOf,
        };
        const across = acrossOf(flags);
        if (across !== undefined) {
          const { runAcross } = await import("./search-across.ts");
          await runAcross(haypile, queryOf(words), { ...options, in: across }, flags);
          return;
        }
        const code = haypile.code(flags.path);
        const result = await tellLong(options.at, code.search(queryOf(words), options));
        // A revision can be searched where the folder has no index.
        const status = options.at === undefined ? await code.status() : undefined;
        if (flags.json === true) {
          printJson("search", { ...result, provider: status?.provider });
          noteAt(result.at);
          return;
        }
        const lines =
          flags.lines ?? (await code.facts()).configuration.settings["search.lines"].value;
        const root = status?.root ?? (await code.facts()).root;
        printHits(result, root, status?.index, lines ?? 5);
        noteAt(result.at);
        if (flags.times === true)
          process.stderr.write(`haypile: ${timesInWords(result.timesMs)}.\n`);
      });
    });
}

/** One query of all words; what the shell kept together behind a filter stays together: path:"my app". */
export function queryOf(words: readonly string[]): string {
  if (words.length === 1) return words[0] as string;
  return words
    .map((word) => {
      const [, head, value = ""] =
        /^(-?(?:lang|language|path|in|kind):)([^"'].*\s.*)$/isu.exec(word) ?? [];
      return head === undefined ? word : `${head}"${value.replaceAll(/["\\]/g, "\\$&")}"`;
    })
    .join(" ");
}

export function filterOf(flags: Pick<SearchFlags, "lang" | "in" | "kind" | "tests">): SearchFilter {
  return {
    languages: flags.lang === undefined ? undefined : readList(flags.lang),
    paths: flags.in,
    kinds: flags.kind,
    noTests: !flags.tests ? true : undefined,
  };
}

/** "payments,~/src/app", said once or several times. */
function namesOf(text: string, before: readonly string[] = []): string[] {
  const names = text.split(",").map((name) => name.trim());
  return [...before, ...names.filter((name) => name !== "")];
}

/** Which folders are meant; undefined: the one of --path. @throws HaypileError HAYPILE_USAGE */
function acrossOf({ inAll, across, path, db }: SearchFlags): string[] | undefined {
  if (inAll !== true && across === undefined) return undefined;
  if (inAll === true && across !== undefined) {
    throw new HaypileError("HAYPILE_USAGE", "Expected --in-all or --across, but got both.");
  }
  if (path !== "." || db !== undefined) {
    throw new HaypileError(
      "HAYPILE_USAGE",
      "Expected no --path and no --db with --in-all or --across: these name one index.",
    );
  }
  return across ?? [everyFolder];
}

function printHits(
  result: SearchResult,
  root: string,
  index: { chunks: number; vectors: number } | undefined,
  lines: number,
): void {
  const style = makeStyle(process.stdout.isTTY === true && !readEnvironment().noColor);
  if (result.hits.length === 0) printLine(nothing(result, root));
  for (const hit of result.hits) printHit(hit, lines, style);
  const { chunks, vectors } = index ?? { chunks: 0, vectors: 0 };
  const missing = chunks - vectors;
  const by = result.isStatic ? "by the static model" : "by word and name";
  const partly =
    missing > 0 && result.indexing === undefined
      ? ` ${missing} of ${chunks} chunks have no vector yet and are found ${by}; run "haypile index" to go on.`
      : "";
  if (result.indexing !== undefined) {
    process.stderr.write(`haypile: ${runInWords(result.indexing)}; hits may be missing.\n`);
  }
  for (const cut of result.cut)
    process.stderr.write(`haypile: ${cut}${cut.endsWith("?") ? "" : "."}\n`);
  if (result.changedFiles.length > 0 && result.indexing === undefined) {
    process.stderr.write(
      `haypile: ${counted(result.changedFiles.length, "file")} changed since the last index run; run "haypile index".\n`,
    );
  }
  process.stderr.write(
    `haypile: ${counted(result.hits.length, "hit")} in ${formatDuration(result.timesMs.total)}.${partly}\n`,
  );
}

function nothing({ nearest, candidates, cut }: SearchResult, root: string): string {
  const isCut = cut.some((one) => one.includes("left out to fit"));
  if (isCut && candidates.words + candidates.meaning > 0) {
    return "Something was found, but no hit fits into --max-tokens.";
  }
  if (nearest === undefined) return `Nothing found in ${printable(root)}.`;
  return `Nothing near enough in ${printable(root)} (the best has a score of ${nearest.toFixed(2)}). Ask in other words, or see it with --min-score 0.`;
}
