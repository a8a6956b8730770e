import { type Command, InvalidArgumentError } from "commander";
import { HaypileError } from "../../../base/errors.ts";
import { readEnvironment } from "../../../config/environment/env.ts";
import { parseDuration } from "../../../config/options/values.ts";
import { activityFolder } from "../../../config/places/paths.ts";
import type { ActivityReport, StepReport } from "../../../engine/activity/report.ts";
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

interface AnalyzeFlags {
  last: number;
  json?: boolean | undefined;
}

const dayMs = 24 * 3_600_000;

/** haypile analyze */
export function addAnalyze(program: Command): void {
  program
    .command("analyze")
    .description(
      "what was done lately: pressure, caches, batches, peaks, and the cheapest improvement",
    )
    .option(
      "--last <time>",
      'how far back, such as 30min, 24h or 7d (default: "24h")',
      lastOf,
      dayMs,
    )
    .option("--json", "as JSON")
    .addHelpText(
      "after",
      `
Indexing, searching and watching note counts, times and memory in the cache folder of this machine, some 2 MB at
most, and never a text. "haypile config set log.activity false" ends that.

Examples:
  haypile analyze
  haypile analyze --last 7d --json`,
    )
    .action(async ({ last, json }: AnalyzeFlags) => {
      const { analyze } = await import("../../../engine/activity/analyze.ts");
      const { readRecords } = await import("../../../engine/activity/ring.ts");
      const folder = activityFolder(readEnvironment().cacheFolder);
      const report = analyze(readRecords(folder, Date.now() - last));
      if (report === undefined) {
        throw new HaypileError(
          "HAYPILE_USAGE",
          `Expected a record of the last ${formatDuration(last)} in ${folder}, but there is none. Index or search first, or look further back with --last; "haypile config get log.activity" says whether records are kept.`,
          { data: { folder, lastMs: last } },
        );
      }
      if (json === true) printJson("analyze", report);
      else print(report);
    });
}

function lastOf(text: string): number {
  const days = /^\s*(\d{1,4})\s*d\s*$/i.exec(text);
  const ms = days === null ? parseDuration(text) : Number(days[1]) * dayMs;
  if (ms !== undefined && ms > 0) return ms;
  throw new InvalidArgumentError('Expected a time such as "30min", "24h" or "7d".');
}

function print(report: ActivityReport): void {
  const { from, to, processes, records, indexes, peak, batches, searches, vectors } = report;
  printLine(
    `${from} to ${to}: ${counted(records, "record")} of ${counted(processes, "process", "processes")} over ${counted(indexes.length, "index", "indexes")}`,
  );
  const asked = searches.anew + searches.same + searches.similar;
  printTable([
    [
      "peak",
      `${formatBytes(peak.rssBytes)} resident, by ${peak.at} (${printable(peak.index)}, process ${peak.process})`,
    ],
    ["searches", `${formatCount(asked)}, ${searches.same} as before, ${searches.similar} similar`],
    [
      "vectors",
      `${formatCount(vectors.asked)} passages asked for, ${formatCount(vectors.found)} in the cache on disk`,
    ],
    [
      "batches",
      batches === undefined
        ? "none"
        : `${formatCount(batches.times)} of ${batches.least} to ${batches.most} texts, ${batches.mean.toFixed(1)} on average`,
    ],
    ["write stalls", stallsInWords(report)],
  ]);
  printQueries(report);
  printPressure(report);
  printCaches(report);
  printLine();
  printLine(`Models: loaded ${report.models.loads}×, freed ${report.models.frees}×`);
  printTable(
    report.models.reasons.map(({ owner, what, why, times }) => [
      `${times}×`,
      `${printable(owner)} ${what}, because ${printable(why)}`,
    ]),
  );
  printSteps("Most time", report.slowest);
  printSteps("Most memory", report.hungriest);
  printImprovements(report);
}

function stallsInWords({ stalls: { wait, commit } }: ActivityReport): string {
  if (wait.times + commit.times === 0) return "none";
  const of = ({ times, ms }: typeof wait): string =>
    `${formatCount(times)} (${formatDuration(ms)} together)`;
  return `for another writer ${of(wait)}, for the disk ${of(commit)}`;
}

function printQueries({ queries }: ActivityReport): void {
  for (const { call, times, p50, p95, p99, stages } of queries) {
    printLine();
    const what = call === "search" ? counted(times, "search", "searches") : counted(times, call);
    printLine(
      `Time of ${what}: half within ${fine(p50)}, 95 % within ${fine(p95)}, 99 % within ${fine(p99)}`,
    );
    printTable(
      stages.map(({ stage, ms, share, longestMs, led }) => [
        stage,
        `${(share * 100).toFixed(0)} %, ${fine(ms / times)} on average, ${fine(longestMs)} at most${led === 0 ? "" : `; took most of ${formatCount(led)}`}`,
      ]),
    );
  }
}

/** Stages are often below a millisecond. */
function fine(ms: number): string {
  return ms < 10 ? `${ms.toFixed(1)} ms` : formatDuration(ms);
}

function printPressure({ pressure }: ActivityReport): void {
  printLine();
  if (pressure === undefined) {
    printLine("Pressure: no process had a limit of memory");
    return;
  }
  const { leastLimitBytes, mostLimitBytes, lookedMs, warningMs, criticalMs, steps } = pressure;
  const limit =
    leastLimitBytes === mostLimitBytes
      ? formatBytes(mostLimitBytes)
      : `${formatBytes(leastLimitBytes)} to ${formatBytes(mostLimitBytes)}`;
  printLine(
    `Pressure: limit ${limit}, at most ${(pressure.mostShare * 100).toFixed(0)} % of it used; of ${formatDuration(lookedMs)}, ${formatDuration(warningMs)} above the warning mark, ${formatDuration(criticalMs)} above the critical mark; ${pressure.refused} refused`,
  );
  printTable(
    steps.map(({ name, times, ms }) => [name, `taken ${times}×, for ${formatDuration(ms)}`]),
  );
}

function printCaches({ caches }: ActivityReport): void {
  printLine();
  printLine("Caches");
  printTable(
    caches.map(({ owner, hits, misses, hitRate, regretted, evictions }) => {
      const causes = Object.entries(evictions)
        .filter(([, count]) => count > 0)
        .map(([cause, count]) => `${cause} ${formatCount(count)}`);
      return [
        owner,
        hitRate === undefined
          ? "not asked"
          : `${(hitRate * 100).toFixed(0)} % of ${formatCount(hits + misses)} found; gone: ${causes.join(", ") || "none"}; ${formatCount(regretted)} of the misses for want of room`,
      ];
    }),
  );
}

function printSteps(title: string, steps: readonly StepReport[]): void {
  if (steps.length === 0) return;
  printLine();
  printLine(title);
  printTable(
    steps.map(({ name, times, ms, longestMs, mostRssBytes, growthBytes }) => [
      name,
      [
        `${formatDuration(ms)} in ${formatCount(times)}, ${formatDuration(longestMs)} at most`,
        ...(mostRssBytes === 0
          ? []
          : [
              `${formatBytes(mostRssBytes)} resident, up to ${formatBytes(Math.max(0, growthBytes))} more`,
            ]),
      ].join("; "),
    ]),
  );
}

function printImprovements({ cheapest, improvements }: ActivityReport): void {
  printLine();
  if (cheapest === undefined) {
    printLine("Cheapest improvement: none; nothing was short");
    return;
  }
  printLine("Improvements, the cheapest first");
  for (const { option, present, proposed, because, effect, cost } of improvements) {
    printLine(`  ${option}: ${present} -> ${proposed} (costs ${cost})`);
    printLine(`    seen: ${because}`);
    printLine(`    then: ${effect}`);
  }
}

function printTable(rows: readonly (readonly [string, string])[]): void {
  for (const row of formatTable(rows)) printLine(row);
}
