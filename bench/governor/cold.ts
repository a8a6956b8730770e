/*
 * Peaks of a cold index without a limit, watched from outside: while texts are stored, and once the model
 * runs. The run is ended some seconds after the model began: from then on every batch is alike.
 *   node bench/governor/cold.ts [--tree DIR] [--seconds 20] [--max-memory none] [--bin FILE of another checkout]
 * Build first: it runs dist/.
 */
import { spawn } from "node:child_process";
import { rmSync } from "node:fs";
import { basename, join, relative } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { argument, keepRows, printMachine, repository, say, work } from "../common.ts";
import { debianTree } from "../tree.ts";
import { watchProcess } from "./watch-process.ts";

const tree = argument("--tree") ?? debianTree();
const limit = argument("--max-memory", "none");
const bin = argument("--bin", join(repository, "bin", "haypile.cjs"));
const base = join(work, "cold");
const database = join(base, "index.db");
rmSync(base, { recursive: true, force: true });

const here = printMachine();
const start = performance.now();
const child = spawn(
  process.execPath,
  [
    ...[bin, "index", tree, "--db", database, "--no-embedding-cache"],
    ...(limit === "none" ? [] : ["--max-memory", limit]),
  ],
  {
    stdio: ["ignore", "ignore", "pipe"],
    env: { ...process.env, HAYPILE_DATA_DIR: base, HAYPILE_CACHE_DIR: join(work, "graphs") },
  },
);
const watch = watchProcess(child.pid as number);
let stderr = "";
child.stderr?.on("data", (text) => {
  stderr += text;
});
let isOver = false;
child.on("close", () => {
  isOver = true;
});
const since = (): number => (performance.now() - start) / 1000;
// Said once all texts, words and static vectors are stored.
while (!isOver && !/embedding/.test(stderr)) await wait(20);
const texts = { ...watch.peaks, seconds: since() };
while (!isOver && since() - texts.seconds < Number(argument("--seconds", "20"))) await wait(100);
child.kill("SIGKILL");
const whole = { ...watch.stop(), seconds: since() };
const embedded = Number(
  stderr
    .match(/([\d,]+)\/[\d,]+ chunks/g)
    ?.at(-1)
    ?.split("/")[0]
    ?.replace(",", "") ?? 0,
);
const mb = (bytes: number): string => (bytes / 1e6).toFixed(1);
const row = { tree: basename(tree), bin: relative(repository, bin), limit, embedded, texts, whole };
for (const [name, peaks] of [
  ["texts, words and static vectors stored", texts],
  [`${embedded} chunks embedded`, whole],
] as const) {
  say(
    `${name} after ${peaks.seconds.toFixed(1)} s; peaks: process ${mb(peaks.ownBytes)} MB, together ${mb(peaks.togetherBytes)} MB, plain sum ${mb(peaks.sumBytes)} MB`,
  );
}
keepRows("governor-cold", here, [row]);
