/*
 * What a process keeps after its work: indexes a tree, searches, then does nothing until the model is unloaded.
 *   node bench/governor/idle.ts [--limits none,256MB] [--files 300] [--wait 60] [--rounds 2]
 * Levels are resident memory of the process that has the library open: after open(), so many seconds after each
 * round of work, all without asking for a collection. The second round changes every file. Build first.
 */
import { rmSync } from "node:fs";
import { join } from "node:path";
import { parseSize } from "../../src/config/options/values.ts";
import { argument, keepRows, printMachine, say, work } from "../common.ts";
import { mb, watched } from "./process.ts";
import { madeUpTree } from "./tree.ts";

interface Level {
  what: string;
  rssBytes: number;
  anonBytes: number;
  isLoaded: boolean;
}

const limits = argument("--limits", "none,256MB").split(",");
const files = Number(argument("--files", "300"));
const wait = argument("--wait", "60");
const rounds = argument("--rounds", "2");
const tree = madeUpTree(files);
const here = printMachine();
for (const limit of limits) {
  const scratch = join(work, `idle-${process.pid}`);
  rmSync(scratch, { recursive: true, force: true });
  const script = join(import.meta.dirname, "idle.mjs");
  const bytes = limit === "none" ? 0 : parseSize(limit);
  const run = await watched([script, tree, scratch, String(bytes), wait, rounds]);
  rmSync(scratch, { recursive: true, force: true });
  if (run.code !== 0) throw new Error(`exit ${run.code}: ${run.stderr}`);
  const levels = JSON.parse(run.stdout) as Level[];
  for (const { what, rssBytes, anonBytes, isLoaded } of levels) {
    say(
      `${limit.padEnd(7)} ${what.padEnd(24)} ${mb(rssBytes).padStart(7)} MB, of it anonymous ${mb(anonBytes).padStart(6)}${isLoaded ? ", model loaded" : ""}`,
    );
  }
  const idle = levels.filter(({ what }) => what.startsWith("idle"));
  const last = idle.at(-1) as Level;
  const before = idle.at(-2) ?? (levels[0] as Level);
  const back = last.rssBytes / before.rssBytes - 1;
  say(
    `${limit.padEnd(7)} idle against the level before the last round: ${(100 * back).toFixed(1)} %`,
  );
  keepRows("governor", here, [
    { job: "idle", limit, files, waitSeconds: Number(wait), back, levels },
  ]);
}
