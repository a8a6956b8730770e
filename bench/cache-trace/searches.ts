/*
 * What the caches save a search: an index of a tree, many different queries, each asked anew, again, and in
 * other words.
 *
 *   node --expose-gc bench/cache-trace/searches.ts [--tree DIR]
 */
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { open } from "../../src/engine/open.ts";
import { argument, keepRows, printMachine, repository, say } from "../common.ts";

const tree = argument("--tree", join(repository, "src"));
const scratch = mkdtempSync(join(tmpdir(), "haypile-bench-searches-"));
const gc = (globalThis as { gc?: () => void }).gc;
if (gc === undefined) throw new Error("run it with node --expose-gc");

const subjects = spawnSync("git", ["log", "--format=%s"], { cwd: repository, encoding: "utf8" })
  .stdout.split("\n")
  .filter((subject) => subject.split(" ").length >= 5)
  .slice(0, 80);

function middle(times: number[]): string {
  const sorted = times.toSorted((a, b) => a - b);
  const at = (share: number): string => (sorted[Math.floor(sorted.length * share)] ?? 0).toFixed(2);
  return `${at(0.5)} / ${at(0.95)}`;
}

const here = printMachine();
const engine = await open({ folder: tree, database: join(scratch, "index.db") });
try {
  await engine.index();
  const { index } = engine.status();
  await engine.settled();
  say(`${tree}: ${index.chunks} chunks; ${subjects.length} queries, the subjects of commits`);
  for (const subject of subjects.slice(0, 5)) await engine.search(`${subject} first`, { k: 3 });
  const rows: object[] = [];
  const ask = async (name: string, change: (text: string) => string): Promise<void> => {
    const times: number[] = [];
    const counts: Record<string, number> = {};
    for (const subject of subjects) {
      const { timesMs, fromCache } = await engine.search(change(subject));
      times.push(timesMs.total);
      counts[fromCache ?? "anew"] = (counts[fromCache ?? "anew"] ?? 0) + 1;
    }
    say(`| ${name} | ${middle(times)} ms | ${JSON.stringify(counts)} |`);
    rows.push({ name, msP50P95: middle(times), counts, chunks: index.chunks });
  };
  gc();
  const before = process.memoryUsage();
  const bytesBefore = engine.footprint().caches.bytes;
  say("| query | p50 / p95 | answers |\n|---|---|---|");
  await ask("anew", (text) => text);
  await ask("the same", (text) => text);
  await ask("upper case, question mark", (text) => `${text.toUpperCase()}?`);
  gc();
  const after = process.memoryUsage();
  const really = after.heapUsed - before.heapUsed + after.arrayBuffers - before.arrayBuffers;
  const said = engine.footprint().caches.bytes - bytesBefore;
  say(
    `caches say ${(said / 1e6).toFixed(2)} MB; heap and buffers grew by ${(really / 1e6).toFixed(2)} MB`,
  );
  rows.push({ name: "bytes", said, really });
  say(JSON.stringify(engine.footprint().caches, null, 1));
  keepRows("search-cache", here, rows);
} finally {
  await engine.close();
  rmSync(scratch, { recursive: true, force: true });
}
