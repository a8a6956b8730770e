/*
 * A real tree of some thousand files with the model's vectors: what a run takes at its peak, how long, and a search in
 * it. Vectors of such a tree take an hour of one core and more: --minutes ends the run then, and the row says how many
 * were made; what is left out of the tree (translations, binaries) is counted.
 *   node bench/index/large-tree.ts [--tree DIR] [--minutes 90] [--max-memory 512MB] [--searches 50]
 * Without --tree: the source of Django 5.2 as PyPI has it, got with pip.
 */
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { argument, keepRows, printMachine, repository, runChild, say, work } from "../common.ts";
import { bin, watched } from "../governor/process.ts";

const folder = join(work, "large");

/** The tree, got once. */
function django(): string {
  const unpacked = (): string | undefined =>
    existsSync(folder) ? readdirSync(folder).find((one) => /^django-5\.2$/i.test(one)) : undefined;
  const there = unpacked();
  if (there !== undefined) return join(folder, there);
  mkdirSync(folder, { recursive: true });
  const packed = (): string | undefined =>
    readdirSync(folder).find((one) => /\.tar\.gz$/.test(one));
  if (packed() === undefined) {
    say("getting the source of Django 5.2");
    spawnSync(
      "pip",
      ["download", "-q", "--no-binary", ":all:", "--no-deps", "django==5.2", "-d", folder],
      { stdio: "inherit" },
    );
  }
  const file = packed();
  if (file === undefined) throw new Error("pip did not get the source of Django");
  spawnSync("tar", ["-xzf", join(folder, file), "-C", folder], { stdio: "inherit" });
  const made = unpacked();
  if (made === undefined) throw new Error("the source of Django was not unpacked");
  return join(folder, made);
}

const questions = [
  "where is the database connection opened",
  "parse the request body",
  "validate an email address",
  "how are templates cached",
  "send a mail with attachments",
  "hash a password",
  "middleware that checks csrf tokens",
  "how are migrations ordered",
  "serve static files in development",
  "escape html in a template",
];

if (process.argv[2] === "--search") {
  const [, , , tree = "", count = "50"] = process.argv;
  const { open } = (await import(
    join(repository, "dist", "index.js")
  )) as typeof import("../../src/index.ts");
  const engine = await open({ folder: tree });
  const times: number[] = [];
  let before = process.cpuUsage();
  for (let i = 0; i <= Number(count); i += 1) {
    const start = performance.now();
    const { hits } = await engine.search(`${questions[i % questions.length]} ${i}`, {
      fillIn: "off",
    });
    if (hits.length === 0) throw new Error("a search found nothing");
    times.push(performance.now() - start);
    if (i === 0) before = process.cpuUsage();
  }
  const [first = 0, ...warm] = times;
  warm.sort((a, b) => a - b);
  const at = (share: number): number => warm[Math.floor((warm.length - 1) * share)] as number;
  const { user, system } = process.cpuUsage(before);
  const cpuMs = (user + system) / 1_000 / warm.length;
  const { chunks, vectors, databaseBytes } = engine.status().index;
  await engine.close();
  process.stdout.write(
    JSON.stringify({ first, cpuMs, p50: at(0.5), p95: at(0.95), chunks, vectors, databaseBytes }),
  );
  process.exit();
}

interface Report {
  files: { seen: number };
  chunks: { written: number; embedded: number };
}
const here = printMachine();
const tree = argument("--tree") ?? django();
const minutes = Number(argument("--minutes", "90"));
const limit = argument("--max-memory");
const env = {
  HAYPILE_DATA_DIR: join(folder, "data"),
  HAYPILE_CACHE_DIR: join(folder, "cache"),
};
for (const path of Object.values(env)) rmSync(path, { recursive: true, force: true });
const files = readdirSync(tree, { recursive: true }).filter((one) =>
  statSync(join(tree, String(one))).isFile(),
).length;

const bound = limit === undefined ? [] : ["--max-memory", limit];
const texts = await watched(
  [bin, "index", tree, "--json", "--here", "--fill-in", "off", ...bound],
  undefined,
  env,
);
if (texts.code !== 0) throw new Error(texts.stderr);
const { files: seen, chunks } = JSON.parse(texts.stdout) as Report;
const mb = (bytes: number): string => (bytes / 1e6).toFixed(0);
say(
  `${seen.seen} of ${files} files, ${chunks.written} chunks, words and symbols after ${texts.seconds.toFixed(0)} s (${texts.cpuSeconds.toFixed(0)} s of CPU), ${mb(texts.peaks.togetherBytes)} MB`,
);

// Ctrl-C after so long: what was made is kept.
const vectors = await watched(
  [bin, "index", tree, "--json", "--here", "--no-embedding-cache", ...bound],
  async (child) => {
    const end = performance.now() + minutes * 60_000;
    while (child.exitCode === null && performance.now() < end) await wait(200);
    if (child.exitCode === null) child.kill("SIGINT");
  },
  env,
);
if (vectors.code !== 0 && vectors.code !== 130) throw new Error(vectors.stderr);
const found = runChild<{
  first: number;
  cpuMs: number;
  p50: number;
  p95: number;
  chunks: number;
  vectors: number;
  databaseBytes: number;
}>(import.meta.filename, ["--search", tree, argument("--searches", "50")], env);
const row = {
  bench: "large-tree",
  tree: argument("--tree") === undefined ? "Django 5.2" : tree,
  limit: limit ?? "none",
  files,
  indexed: seen.seen,
  chunks: found.chunks,
  vectors: found.vectors,
  isWhole: vectors.code === 0,
  textsSeconds: texts.seconds,
  textsCpuSeconds: texts.cpuSeconds,
  textsPeaks: texts.peaks,
  vectorsSeconds: vectors.seconds,
  vectorsCpuSeconds: vectors.cpuSeconds,
  peaks: vectors.peaks,
  databaseBytes: found.databaseBytes,
  searchFirst: found.first,
  searchCpuMs: found.cpuMs,
  searchP50: found.p50,
  searchP95: found.p95,
};
say(JSON.stringify(row, undefined, 1));
keepRows("large-tree", here, [row]);
