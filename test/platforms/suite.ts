/*
 * The suite that every platform has to pass: node test/platforms/suite.ts --out FOLDER [--only places,daemon]
 * Writes FOLDER/results.json and FOLDER/<program>.json, and ends with 1 when a check failed. It runs on this machine's
 * Node, and so under qemu or wine on that of another platform. The command line is run from dist, so build it before.
 */
import { spawn } from "node:child_process";
import { closeSync, mkdirSync, openSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import type { Result } from "./harness.ts";

/** In the order in which they are run: what later ones need is tried before. */
const programs = [
  "places",
  "paths",
  "files",
  "store",
  "daemon",
  "bridge",
  "watch",
  "engine",
] as const;

/** An emulated Node needs ten seconds to start. */
const limitMs = 20 * 60_000;

const { values } = parseArgs({
  options: { out: { type: "string" }, only: { type: "string" } },
});
if (values.out === undefined) throw new Error("say where the results go: --out FOLDER");
const folder = resolve(values.out);
mkdirSync(folder, { recursive: true });
const wanted = values.only?.split(",") ?? programs;
const unknown = wanted.filter((name) => !(programs as readonly string[]).includes(name));
if (unknown.length > 0) throw new Error(`there is no program ${unknown.join(", ")}`);

const all: Record<string, Result[]> = {};
for (const name of programs.filter((one) => wanted.includes(one))) {
  all[name] = await resultsOf(name);
}
const flat = Object.values(all).flat();
const count = (state: Result["state"]): number => flat.filter((one) => one.state === state).length;
const summary = {
  platform: `${process.platform}-${process.arch}`,
  node: process.version,
  ok: count("ok"),
  failed: count("failed"),
  skipped: count("skipped"),
  programs: all,
};
writeFileSync(join(folder, "results.json"), `${JSON.stringify(summary, undefined, 2)}\n`);
process.exitCode = summary.failed > 0 || summary.ok === 0 ? 1 : 0;

async function resultsOf(name: string): Promise<Result[]> {
  const path = join(folder, `${name}.json`);
  rmSync(path, { force: true });
  const words = openSync(join(folder, `${name}.log`), "w");
  const child = spawn(process.execPath, [join(import.meta.dirname, `${name}.ts`)], {
    env: { ...process.env, PLATFORM_SUITE_RESULTS: path },
    stdio: ["ignore", words, words],
    windowsHide: true,
    timeout: limitMs,
    killSignal: "SIGKILL",
  });
  const code = await new Promise<number | null>((done) => {
    child.once("error", () => done(null)).once("exit", done);
  });
  closeSync(words);
  const results = readResults(path);
  if (code !== 0) {
    results.push({
      name: `${name} ends by itself`,
      state: "failed",
      detail: `it ended with ${code}`,
    });
  }
  return results;
}

function readResults(path: string): Result[] {
  try {
    return JSON.parse(readFileSync(path, "utf8")) as Result[];
  } catch {
    return [{ name: "writes results", state: "failed", detail: `there are none at ${path}` }];
  }
}
