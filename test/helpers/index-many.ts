/*
 * A child process: indexes a folder many times and prints its resident memory after each run.
 *   node index-many.ts MODULE FOLDER DATABASE KIND RUNS LIMIT
 * MODULE is the library's entry. KIND "anew": an engine opened and closed, and an index from nothing, each time;
 * "changed": one engine that stays open, and every file written anew before each run. LIMIT 0: none.
 */
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { pathToFileURL } from "node:url";

const [entry = "", folder = "", database = "", kind = "anew", count = "20", limit = "0"] =
  process.argv.slice(2);
const { open } = (await import(pathToFileURL(entry).href)) as typeof import("../../src/index.ts");
const openIt = () =>
  open({
    folder,
    database,
    embeddingCache: false,
    ...(limit !== "0" && { maxMemoryBytes: Number(limit) }),
  });

const rss: number[] = [];
/** Of it what belongs to no file, which the system cannot take back; 0 where it does not say. */
const anon: number[] = [];
let files = 0;
let chunks = 0;

/** Gives every file a first line of its own, so that all of it is read, parsed and embedded again. */
function change(run: number): void {
  for (const file of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    if (!file.isFile()) continue;
    const path = join(file.parentPath, file.name);
    const lines = readFileSync(path, "utf8").split("\n");
    if (lines[0]?.includes("written for run") === true) lines.shift();
    const mark = /\.(ts|go|cpp)$/.test(path) ? "//" : "#";
    writeFileSync(path, [`${mark} written for run ${run}`, ...lines].join("\n"));
  }
}

async function note(): Promise<void> {
  await pause(300);
  globalThis.gc?.();
  rss.push(process.memoryUsage.rss());
  const status = existsSync("/proc/self/status") ? readFileSync("/proc/self/status", "utf8") : "";
  anon.push(Number(/^RssAnon:\s+(\d+)/m.exec(status)?.[1] ?? 0) * 1024);
}

if (kind === "anew") {
  for (let run = 1; run <= Number(count); run += 1) {
    rmSync(dirname(database), { recursive: true, force: true });
    const engine = await openIt();
    const result = await engine.index();
    files += result.files.new;
    chunks += result.chunks.embedded;
    await engine.close();
    await note();
  }
} else {
  const engine = await openIt();
  for (let run = 1; run <= Number(count); run += 1) {
    change(run);
    const result = await engine.index();
    files += result.files.new + result.files.changed;
    chunks += result.chunks.embedded;
    await note();
  }
  await engine.close();
}
process.stdout.write(`${JSON.stringify({ rss, anon, files, chunks })}\n`);
