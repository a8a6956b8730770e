/* What `haypile stats` prints for people: lines of at most 80 columns. */
import type { TimeSummary } from "../../base/measures/histogram.ts";
import type { Alert, DatabaseStats, StallStats, Stats } from "../../ports/answers/daemon/stats.ts";
import {
  counted,
  formatBytes,
  formatCount,
  formatDuration,
  formatTable,
  printable,
  wrapped,
} from "./format.ts";
import { storeInWords } from "./kept-words.ts";
import { upkeepLines } from "./upkeep-words.ts";

const width = 80;

export function statsInWords(stats: Stats): string[] {
  return [
    ...processLines(stats),
    ...alertLines(stats.alerts),
    ...writeLines(stats),
    ...databaseLines(stats),
    ...storeLines(stats),
    ...cacheLines(stats),
    ...upkeepLines(stats.upkeep, stats.at),
  ].map((line) => (line.length > width ? `${line.slice(0, width - 1)}…` : line));
}

function processLines({ process: of, lanes, clients, calls, loop, closed }: Stats): string[] {
  const { pid, version, upSeconds, rssBytes, limitBytes, usedBytes } = of;
  const limit =
    limitBytes === undefined || usedBytes === undefined
      ? ""
      : `; ${formatBytes(usedBytes)} of ${formatBytes(limitBytes)} with our other processes`;
  const rows: [string, string][] = [["memory", `${formatBytes(rssBytes)}${limit}`]];
  if (clients !== undefined) {
    const { mcp, rpc, served } = clients;
    rows.push(["clients", `${mcp} by MCP, ${rpc} by socket; ${served} since the start`]);
  }
  for (const [name, { running, queued, done, refused }] of Object.entries(lanes ?? {})) {
    rows.push([
      name,
      `${running} at work, ${queued} waiting; ${formatCount(done)} done, ${refused} refused`,
    ]);
  }
  if (calls !== undefined) {
    rows.push(["calls", `${formatCount(calls.ok)} answered, ${formatCount(calls.failed)} failed`]);
  }
  const delay = loop.delay === undefined ? "" : `; timers late by ${ms(loop.delay.p99Ms)} (p99)`;
  rows.push(["busy", `${(loop.busyShare * 100).toFixed(1)} % of the time${delay}`]);
  if (closed.length > 0) {
    const bytes = closed.reduce((sum, one) => sum + one.bytes + one.logFileBytes, 0);
    const files = counted(closed.length, "database");
    rows.push(["not open", `${files}, ${formatBytes(bytes)}`]);
  }
  return [
    `Process ${pid}, version ${version}, up ${formatDuration(upSeconds * 1000)}`,
    ...formatTable(rows),
  ];
}

function alertLines(alerts: readonly Alert[] | undefined): string[] {
  if (alerts === undefined) return [];
  if (alerts.length === 0) return ["", "Alerts: none"];
  return ["", "Alerts", ...alerts.map(({ level, text }) => `  ${level}: ${printable(text)}`)];
}

function writeLines({ writes, stalls, at }: Stats): string[] {
  if (writes.length === 0) return ["", "Writes: none in this process"];
  const head = row("Writes", ["count", "p50", "p95", "p99", "most", "wait p95", "busy"]);
  const lines = writes.map(({ kind, whole, wait, busy }) =>
    row(`  ${kind}`, [
      formatCount(whole.count),
      ...times(whole),
      ms(wait.p95Ms),
      formatCount(busy),
    ]),
  );
  return ["", head, ...lines, ...stallLines(stalls, at)];
}

function stallLines({ wait, commit, bursts, last, thresholdMs }: StallStats, at: string): string[] {
  if (last === undefined) return [];
  const before = formatDuration(Math.max(0, Date.parse(at) - Date.parse(last.at)));
  return [
    `  stalls above ${ms(thresholdMs)}: ${wait.times} for another writer, ${commit.times} for the disk, ${counted(bursts, "burst")}`,
    `    the last ${before} ago: ${last.kind}, ${ms(last.ms)}; "haypile analyze" says what helps`,
  ];
}

function times({ p50Ms, p95Ms, p99Ms, mostMs }: TimeSummary): string[] {
  return [p50Ms, p95Ms, p99Ms, mostMs].map(ms);
}

function databaseLines({ databases, rates }: Stats): string[] {
  if (databases.length === 0) return ["", "Databases: none is open"];
  const head = databaseRow("Databases", [
    "size",
    "WAL",
    "most WAL",
    "commits",
    "checkpoints",
    "pages",
    "busy",
  ]);
  const lines = databases.flatMap((one) => {
    const { bytes, logBytes, mostLogBytes, commits, checkpoints, pagesMoved, checkpointsBusy } =
      one;
    const waits = pendingInWords(one);
    return [
      `  ${nameOf(one)}`,
      databaseRow("", [
        ...[bytes, logBytes, mostLogBytes].map(formatBytes),
        ...[commits, checkpoints, pagesMoved, checkpointsBusy].map(formatCount),
      ]),
      ...(waits === "" ? [] : [`    waits: ${waits}`]),
    ];
  });
  return ["", head, ...lines, ...rateLines(rates)];
}

function storeLines({ stores = [], at }: Stats): string[] {
  if (stores.length === 0) return [];
  const lines = stores.flatMap((store) => {
    const [head = "", ...more] = storeInWords(store, Date.parse(at));
    return [...wrapped(head, width, "  "), ...more.flatMap((why) => wrapped(why, width, "    "))];
  });
  return ["", "Stores", ...lines];
}

function rateLines(rates: Stats["rates"]): string[] {
  const busy = Object.entries(rates ?? {}).filter(([, { commits }]) => commits > 0);
  return busy.map(([sort, { commits, checkpoints, pagesMoved }]) => {
    const moved = `${checkpoints} checkpoints of ${pagesMoved} pages`;
    return `  ${sort}, a second of the last minute: ${commits} commits, ${moved}`;
  });
}

function nameOf({ sort, path, folder }: DatabaseStats): string {
  const name = printable(folder ?? path);
  const most = width - sort.length - 4;
  return `${sort} ${name.length > most ? `…${name.slice(-(most - 1))}` : name}`;
}

/** What is put off, in words; "" where nothing is. */
function pendingInWords({ pending }: Pick<DatabaseStats, "pending">): string {
  if (pending === undefined) return "";
  const { vectors, bits = 0, texts = 0, wordMerges = 0, expired = 0, deleted = 0 } = pending;
  return [
    vectors > 0 ? `${formatCount(vectors)} for a vector` : "",
    bits > 0 ? `${formatCount(bits)} for bits` : "",
    texts > 0 ? `${formatCount(texts)} to be packed` : "",
    wordMerges > 0 ? `${formatCount(wordMerges)} parts of words to merge` : "",
    expired > 0 ? `${formatCount(expired)} expired` : "",
    deleted > 0 ? `${formatCount(deleted)} deleted` : "",
  ]
    .filter((part) => part !== "")
    .join(", ");
}

function cacheLines({ caches }: Stats): string[] {
  const asked = caches.filter(({ hits, misses }) => hits + misses > 0);
  if (asked.length === 0) return ["", "Caches: not asked yet"];
  const rows = asked.map(({ of, owner, hits, misses }): [string, string] => {
    const share = `${((100 * hits) / (hits + misses)).toFixed(0)} % of ${formatCount(hits + misses)}`;
    const most = width - 4 - owner.length - share.length - 4;
    const place = printable(of);
    return [owner, `${share}, ${place.length > most ? `…${place.slice(-most)}` : place}`];
  });
  return ["", "Caches: found in them", ...formatTable(rows)];
}

function row(name: string, cells: readonly string[]): string {
  return `${name.padEnd(17)}${cells.map((cell) => cell.padStart(9)).join("")}`;
}

/** As row(), with room for "checkpoints" over the fifth. */
function databaseRow(name: string, cells: readonly string[]): string {
  return `${name.padEnd(14)}${cells.map((cell, at) => cell.padStart(at === 4 ? 12 : 9)).join("")}`;
}

/** "0.12 ms", "12 ms", "1.2 s". */
function ms(value: number): string {
  if (value < 10) return `${value.toFixed(2)} ms`;
  return value < 1_000 ? `${Math.round(value)} ms` : `${(value / 1000).toFixed(1)} s`;
}
