import { once } from "node:events";
import { resolve } from "node:path";
import type { Command } from "commander";
import type { Reached } from "../../../haypile/reach.ts";
import type { IndexResult } from "../../../ports/answers/index-run.ts";
import { isTriedAgain, parseFailures, type UnparsedFile } from "../../../ports/syntax.ts";
import { addHereFlag, throughDoor } from "../../door.ts";
import { addFlags } from "../../flags/option-flags.ts";
import { addModelFlags, type ModelFlags, oneFolder } from "../../flags/options.ts";
import { makeBanner } from "../../output/banner.ts";
import {
  counted,
  formatBytes,
  formatCount,
  formatDuration,
  formatTable,
  printable,
  printJson,
  printLine,
} from "../../output/format.ts";
import { ProgressLine } from "../../output/progress.ts";
import { runState, SearchableLine } from "../../output/run-words.ts";
import { hintScip, printScip } from "../../output/scip-words.ts";
import { addExported } from "./exported.ts";

interface IndexFlags extends ModelFlags {
  path?: string | undefined;
  json?: boolean | undefined;
  quiet?: boolean | undefined;
  maxFileSize?: number | undefined;
  listSkipped?: boolean | undefined;
  minLines?: number | undefined;
  since?: string | undefined;
  fillIn?: "off" | "background" | undefined;
  /** false: --no-scip. */
  scip?: string[] | false | undefined;
}

/** haypile index [path] */
export function addIndex(program: Command, signal: AbortSignal): void {
  const command = program
    .command("index")
    .description("index a folder, or bring its index up to date")
    .argument("[path]", "folder (default: the current one)")
    .option("--path <folder>", "the same as the argument");
  addFlags(addHereFlag(addModelFlags(command)), [
    "index.max-file-size",
    "index.min-lines",
    "index.fill-in",
  ])
    .option(
      "--since <commit>",
      "of the known files read only those that differ from this commit, by git",
    )
    .option(
      "--scip <file>",
      "take exact uses from a SCIP index of the folder (index.scip); may be said several times",
      (file: string, before: string[] | undefined) => [...(before ?? []), resolve(file)],
    )
    .option("--no-scip", "forget what was taken from SCIP indexes")
    .option(
      "--list-skipped",
      "name the files that were skipped, and those whose definitions are missing",
    )
    .option("-q, --quiet", "no banner and no progress")
    .option("--json", "the report as JSON")
    .addHelpText(
      "after",
      `
Skipped are hidden and vendored folders, what .gitignore and .haypileignore name, binary and
generated files. Words, names and a simpler model answer searches as soon as the texts are stored; a line says so, and
how long the vectors will take. Ctrl-C stops cleanly; the next run goes on from there.

Examples:
  haypile index
  haypile index ~/src/app --max-file-size 500kB
  haypile index . --db ~/app.db --workers 1
  haypile index --scip index.scip`,
    )
    .action(async (argument: string | undefined, flags: IndexFlags) => {
      const folder = oneFolder(argument, flags.path);
      await throughDoor({ command: "index", flags, signal }, async (reached) => {
        await runIndex(reached, folder, flags, signal);
      });
    });
  addExported(command, signal);
}

async function runIndex(
  reached: Reached,
  folder: string,
  flags: IndexFlags,
  signal: AbortSignal,
): Promise<void> {
  const code = reached.haypile.code(folder, { nearest: false });
  const show = flags.quiet !== true && flags.json !== true;
  if (show) {
    const { configuration, modelName } = await code.facts();
    process.stderr.write(`${makeBanner(await code.host(), configuration, modelName)}\n`);
  }
  const line = new ProgressLine(process.stderr);
  const searchable = new SearchableLine((text) => {
    line.clear();
    process.stderr.write(`haypile: ${text}\n`);
  });
  let report: IndexResult;
  try {
    report = await code.index({
      signal,
      maxFileBytes: flags.maxFileSize,
      minLines: flags.minLines,
      fillIn: flags.fillIn,
      since: flags.since,
      // Commander gives "--no-scip" that was not written the value true.
      scip: flags.scip === false ? [] : Array.isArray(flags.scip) ? flags.scip : undefined,
      onProgress: show
        ? (progress) => {
            searchable.note(progress);
            line.update(runState(progress));
          }
        : undefined,
    });
  } finally {
    line.clear();
  }
  // Ctrl-C now loses nothing: the next run, or a search, goes on making what searches use.
  if (!reached.goesOn) await Promise.race([code.settled(), once(signal, "abort")]);
  const memory = (await code.footprint()).process;
  const status = await code.status();
  if (flags.json === true) {
    printJson("index", {
      ...report,
      database: status.database,
      index: status.index,
      memory,
      model: await code.modelReport(),
      provider: status.provider,
    });
    return;
  }
  const { index } = status;
  printReport(report, index.chunks - index.vectors, flags.listSkipped === true);
  printScip(report.scip, flags.listSkipped === true);
  if (report.scip === undefined) hintScip(status, flags.quiet === true);
  for (const row of formatTable([
    [
      "index",
      `${counted(index.files, "file")}, ${counted(index.chunks, "chunk")}, ${formatBytes(index.databaseBytes)} at ${printable(status.database)}`,
    ],
    ["memory", `${formatBytes(memory.rssBytes)} now, ${formatBytes(memory.peakRssBytes)} at most`],
  ])) {
    printLine(row);
  }
}

/** "2 too-slow, 1 no-memory". */
function reasonsOf(files: readonly UnparsedFile[]): string {
  const counts = new Map<string, number>();
  for (const { why } of files) counts.set(why, (counts.get(why) ?? 0) + 1);
  return [...counts].map(([why, count]) => `${formatCount(count)} ${why}`).join(", ");
}

function printReport(report: IndexResult, waiting: number, listSkipped: boolean): void {
  const { files, chunks, tokens, timesMs, skipped, brokenEncoding, longLines, syntax } = report;
  const changes = [
    files.new > 0 ? `${formatCount(files.new)} new` : "",
    files.changed > 0 ? `${formatCount(files.changed)} changed` : "",
    files.deleted > 0 ? `${formatCount(files.deleted)} removed` : "",
    `${formatCount(files.unchanged + files.touched)} unchanged`,
  ].filter((part) => part !== "");
  printLine(`Indexed ${printable(report.root)} in ${formatDuration(timesMs.total)}`);
  const rows: [string, string][] = [
    ["files", `${formatCount(files.seen)} (${changes.join(", ")})`],
  ];
  if (chunks.embedded > report.fromCache) {
    const rate = tokens.embedded / (timesMs.total / 1000);
    rows.push([
      "embedded",
      `${counted(chunks.embedded - report.fromCache, "chunk")}, ${formatCount(tokens.embedded)} tokens (${formatCount(rate)}/s)`,
    ]);
  } else if (report.fromCache === 0) {
    rows.push([
      "embedded",
      waiting === 0
        ? "nothing: every chunk has its vector already"
        : `nothing yet: ${counted(waiting, "chunk")} without a vector`,
    ]);
  }
  if (report.fromCache > 0) {
    rows.push(["cached", `${counted(report.fromCache, "chunk")} from the cache of vectors`]);
  }
  if (syntax.parsed > 0) {
    rows.push([
      "symbols",
      `${counted(syntax.definitions, "definition")}, ${counted(syntax.references, "use")} in ${counted(syntax.parsed, "file")}`,
    ]);
  }
  const { missing } = syntax;
  if (missing.count > 0) {
    const again = missing.examples.some(isTriedAgain) ? "; the next run tries again" : "";
    rows.push([
      "unparsed",
      `${counted(missing.count, "file")} (${reasonsOf(missing.examples)}): cut by lines, definitions missing${again}`,
    ]);
  }
  const reasons = Object.entries(skipped.byReason).filter(([, one]) => one.count > 0);
  if (reasons.length > 0) {
    rows.push([
      "skipped",
      reasons.map(([reason, one]) => `${formatCount(one.count)} ${reason}`).join(", "),
    ]);
  }
  if (brokenEncoding.count > 0) {
    rows.push([
      "encoding",
      `${counted(brokenEncoding.count, "file")} with bytes that are not text, replaced`,
    ]);
  }
  if (longLines.count > 0) {
    rows.push([
      "cut",
      `${counted(longLines.count, "file")} with very long lines: data in them is left out`,
    ]);
  }
  for (const row of formatTable(rows)) printLine(row);
  if (!listSkipped) return;
  for (const { path, why } of missing.examples) {
    printLine(`  definitions missing, ${parseFailures[why]}: ${printable(path)}`);
  }
  for (const [reason, one] of reasons) {
    one.examples.forEach((path, at) => {
      const because = one.because[at];
      const why = because === undefined || because === "" ? "" : `  (${printable(because)})`;
      printLine(`  ${reason}: ${printable(path)}${why}`);
    });
    if (one.count > one.examples.length) {
      printLine(`  ${reason}: and ${formatCount(one.count - one.examples.length)} more`);
    }
  }
  for (const place of longLines.examples) printLine(`  long line, cut: ${printable(place)}`);
}
