/*
 * Indexing a real tree, and searching it.
 *   node bench/index/run.ts [--tree DIR] [--limit-files N] [--runs 3] [--queries 50]
 * Without --tree: Debian's python3-django and Python's standard library, unpacked into build/bench.
 */
import { spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, rmSync, statSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import {
  argument,
  filesBelow,
  keepRows,
  peakRss,
  printMachine,
  repository,
  runChild,
  say,
  work,
} from "../common.ts";
import { debianTree } from "../tree.ts";

interface Indexed {
  files: { seen: number };
  chunks: { written: number; embedded: number };
  tokens: { embedded: number };
  timesMs: Record<string, number>;
  index: { databaseBytes: number };
  memory: { peakRssBytes: number };
  wallMs: number;
}

const questions = [
  "where is the database connection opened",
  "parse the request body",
  "validate an email address",
  "how are templates cached",
  "send a mail with attachments",
  "hash a password",
  "convert a date to a string",
  "middleware that checks csrf tokens",
  "walk a directory tree",
  "read a csv file",
];

function limited(tree: string, count: number): string {
  const folder = join(work, `tree-${count}`);
  if (existsSync(folder)) return folder;
  for (const path of filesBelow(tree).slice(0, count)) {
    const target = join(folder, relative(tree, path));
    mkdirSync(dirname(target), { recursive: true });
    cpSync(path, target);
  }
  return folder;
}

function cli(args: string[], data: string): { stdout: string; wallMs: number } {
  const start = performance.now();
  const run = spawnSync(process.execPath, [join(repository, "bin", "haypile.cjs"), ...args], {
    encoding: "utf8",
    env: { ...process.env, HAYPILE_DATA_DIR: data, HAYPILE_CACHE_DIR: join(work, "graphs") },
    maxBuffer: 2 ** 28,
  });
  if (run.status !== 0) throw new Error(run.stderr);
  return { stdout: run.stdout, wallMs: performance.now() - start };
}

function index(tree: string, data: string): Indexed {
  const { stdout, wallMs } = cli(["index", tree, "--json", "--no-embedding-cache"], data);
  return { ...(JSON.parse(stdout) as Indexed), wallMs };
}

const mb = (bytes: number): string => `${(bytes / 1e6).toFixed(1)} MB`;

if (process.argv[2] === "--search") {
  // In a process of its own: opens the index and times the queries.
  const [, , , tree = "", count = "50"] = process.argv;
  const { open } = (await import(
    join(repository, "dist", "index.js")
  )) as typeof import("../../src/index.ts");
  const engine = await open({ folder: tree });
  const times: number[] = [];
  for (let i = -5; i < Number(count); i += 1) {
    const start = performance.now();
    await engine.search(`${questions[(i + 10) % questions.length]}${i < 0 ? "" : ` ${i}`}`);
    if (i >= 0) times.push(performance.now() - start);
  }
  await engine.close();
  times.sort((a, b) => a - b);
  const at = (share: number): number | undefined => times[Math.floor(times.length * share)];
  say(JSON.stringify({ p50: at(0.5), p95: at(0.95), peakRss: peakRss() }));
  process.exit(0);
}

const here = printMachine();
const whole = argument("--tree") ?? debianTree();
const limit = argument("--limit-files");
const tree = limit === undefined ? whole : limited(whole, Number(limit));
const runs = Number(argument("--runs", "3"));
const rows: Indexed[] = [];
const data = join(work, "data");
for (let i = 0; i < runs; i += 1) {
  rmSync(data, { recursive: true, force: true });
  const one = index(tree, data);
  rows.push(one);
  const { total = 1, embedWait = 0 } = one.timesMs;
  say(
    `cold run ${i + 1}: ${one.files.seen} files, ${one.chunks.embedded} chunks, ${one.tokens.embedded} tokens in ${(one.wallMs / 1000).toFixed(1)} s: ` +
      `${((one.files.seen / total) * 1000).toFixed(1)} files/s, ${((one.chunks.embedded / total) * 1000).toFixed(1)} chunks/s, ${((one.tokens.embedded / total) * 1000).toFixed(0)} tokens/s; ` +
      `${(100 * (1 - embedWait / total)).toFixed(1)} % of the time not waiting for the embedder; peak RSS ${mb(one.memory.peakRssBytes)}; database ${mb(one.index.databaseBytes)}`,
  );
}
const peaks = rows.map((row) => row.memory.peakRssBytes);
const spread = (Math.max(...peaks) - Math.min(...peaks)) / Math.max(...peaks);
const again = index(tree, data);
say(`peak RSS of ${runs} runs: ${peaks.map(mb).join(", ")}: spread ${(100 * spread).toFixed(1)} %`);
say(
  `run over the unchanged tree: ${(again.wallMs / 1000).toFixed(2)} s, ${again.chunks.embedded} chunks embedded, peak RSS ${mb(again.memory.peakRssBytes)}`,
);
const search = runChild<{ p50: number; p95: number; peakRss: number }>(
  import.meta.filename,
  ["--search", tree, argument("--queries", "50")],
  {
    HAYPILE_DATA_DIR: data,
    HAYPILE_CACHE_DIR: join(work, "graphs"),
  },
);
say(
  `search: p50 ${search.p50.toFixed(1)} ms, p95 ${search.p95.toFixed(1)} ms, peak RSS ${mb(search.peakRss)} (with Node's TypeScript loader)`,
);
keepRows("index", here, [
  ...rows.map((row) => ({ ...row, skipped: undefined, model: undefined, root: undefined })),
  { unchangedMs: again.wallMs, search, spread, bytes: statSync(tree).size },
]);
