/*
 * Does a process that lives long grow? Many index runs in one process, and its resident memory after each.
 *   node bench/governor/slope.ts [--limits none,256MB] [--kinds anew,changed] [--files 300] [--runs 20]
 * "anew": an index from nothing each time. "changed": one engine stays open and every file changes between two
 * runs, so that files x runs go through it (500 x 20 = 10,000). The slope is that of the least squares line
 * through the runs after the second. Nothing asks for a collection. Anonymous memory is what belongs to no
 * file: pages of files the system takes as it likes, which may hide a growth. Build first: it runs dist/.
 */
import { spawnSync } from "node:child_process";
import { cpSync, rmSync } from "node:fs";
import { join } from "node:path";
import { parseSize } from "../../src/config/options/values.ts";
import { argument, keepRows, printMachine, repository, say, work } from "../common.ts";
import { env, mb } from "./process.ts";
import { slopeOf } from "./slope-of.ts";
import { madeUpTree } from "./tree.ts";

const limits = argument("--limits", "none,256MB").split(",");
const kinds = argument("--kinds", "anew,changed").split(",");
const files = Number(argument("--files", "300"));
const runs = Number(argument("--runs", "20"));
const here = printMachine();
const scratch = join(work, `slope-${process.pid}`);
const tree = join(scratch, "tree");
const database = join(scratch, "data", "index.db");

for (const limit of limits) {
  const bytes = limit === "none" ? 0 : (parseSize(limit) ?? Number.NaN);
  for (const kind of kinds) {
    rmSync(scratch, { recursive: true, force: true });
    cpSync(madeUpTree(files), tree, { recursive: true });
    const run = spawnSync(
      process.execPath,
      [
        join(repository, "test", "helpers", "index-many.ts"),
        join(repository, "dist", "index.js"),
        tree,
        database,
        kind,
        String(runs),
        String(bytes),
      ],
      { encoding: "utf8", env },
    );
    if (run.status !== 0) throw new Error(run.stderr);
    const result = JSON.parse(run.stdout) as {
      rss: number[];
      anon: number[];
      files: number;
      chunks: number;
    };
    const slope = slopeOf(result.rss.slice(2));
    const slopeAnon = slopeOf(result.anon.slice(2));
    say(
      `limit ${limit}, ${kind}: ${result.files} files, ${result.chunks} chunks in ${runs} runs; ${mb(slope)} MB a run after the second, anonymous ${mb(slopeAnon)}`,
    );
    say(`  all:       ${result.rss.map(mb).join(" ")}`);
    say(`  anonymous: ${result.anon.map(mb).join(" ")}`);
    keepRows("governor", here, [
      {
        job: "slope",
        kind,
        limit,
        files: result.files,
        chunks: result.chunks,
        runs,
        slope,
        slopeAnon,
        rss: result.rss,
        anon: result.anon,
      },
    ]);
  }
}
rmSync(scratch, { recursive: true, force: true });
