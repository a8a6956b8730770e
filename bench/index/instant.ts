/*
 * What a first answer costs: words, symbols and static vectors of a tree, against universal-ctags where it
 * is installed; and a fresh index whose vectors are all in the cache, against one without vectors.
 *
 *   node bench/index/instant.ts [--tree DIR] [--cached-tree DIR] [--runs 3]
 */
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { argument, keepRows, printMachine, repository, say, work } from "../common.ts";
import { debianTree } from "../tree.ts";

interface Report {
  files: { seen: number };
  chunks: { embedded: number };
  fromCache: number;
  timesMs: { total: number };
  memory: { peakRssBytes: number };
}

const runs = Number(argument("--runs", "3"));
const django = (): string => join(debianTree(), "usr/lib/python3/dist-packages/django");
const tree = argument("--tree") ?? django();
const small = argument("--cached-tree") ?? join(django(), "db");
const base = join(work, "instant");
rmSync(base, { recursive: true, force: true });
mkdirSync(base, { recursive: true });

/** CPU seconds of all processes this one has waited for, and of those they waited for; 0 off Linux. */
function childrenCpu(): number {
  if (!existsSync("/proc/self/stat")) return 0;
  const fields = readFileSync("/proc/self/stat", "utf8").split(") ").at(-1)?.split(" ") ?? [];
  // cutime and cstime, in ticks of 10 ms.
  return (Number(fields[13]) + Number(fields[14])) / 100;
}

function index(folder: string, ...flags: string[]): Report {
  const data = join(base, "data");
  rmSync(data, { recursive: true, force: true });
  const run = spawnSync(
    process.execPath,
    [join(repository, "bin", "haypile.cjs"), "index", folder, "--json", ...flags],
    {
      encoding: "utf8",
      env: { ...process.env, HAYPILE_DATA_DIR: data, HAYPILE_CACHE_DIR: join(base, "cache") },
      maxBuffer: 2 ** 28,
    },
  );
  if (run.status !== 0) throw new Error(run.stderr);
  return JSON.parse(run.stdout) as Report;
}

const seconds = (ms: number): string => `${(ms / 1000).toFixed(2)} s`;

const here = printMachine();
const cpuBefore = childrenCpu();
const first = Array.from({ length: runs }, () => index(tree, "--fill-in", "off"));
const firstCpu = (childrenCpu() - cpuBefore) / runs;
say(
  `${tree}: ${first[0]?.files.seen} files; words, symbols and static vectors in ${first.map((one) => seconds(one.timesMs.total)).join(", ")}, ${firstCpu.toFixed(2)} s of CPU each; peak RSS ${first.map((one) => `${(one.memory.peakRssBytes / 1e6).toFixed(0)} MB`).join(", ")}`,
);
const tags: number[] = [];
for (let i = 0; i < runs; i += 1) {
  const start = performance.now();
  const run = spawnSync("ctags", ["-R", "--quiet=yes", "-f", join(base, "tags"), tree]);
  if (run.status === 0) tags.push(performance.now() - start);
}
const middle = (values: number[]): number => values.sort((a, b) => a - b)[values.length >> 1] ?? 0;
if (tags.length === 0) say("universal-ctags is not installed: nothing to compare with");
else {
  const ratio = middle(first.map((one) => one.timesMs.total)) / middle(tags);
  say(`universal-ctags in ${tags.map(seconds).join(", ")}: ${ratio.toFixed(1)}x`);
}

const cold = index(small);
const without = Array.from({ length: runs }, () => index(small, "--fill-in", "off"));
const cached = Array.from({ length: runs }, () => index(small));
const share = Math.min(...cached.map((one) => one.fromCache / one.chunks.embedded));
say(
  `${small}: ${cold.chunks.embedded} chunks embedded in ${seconds(cold.timesMs.total)}; without vectors ${without.map((one) => seconds(one.timesMs.total)).join(", ")}; all from the cache (${(share * 100).toFixed(1)} %) ${cached.map((one) => seconds(one.timesMs.total)).join(", ")}`,
);
keepRows("instant", here, [
  {
    tree,
    firstCpu,
    firstMs: first.map((one) => one.timesMs.total),
    firstPeakBytes: first.map((one) => one.memory.peakRssBytes),
    tagsMs: tags,
    coldMs: cold.timesMs.total,
    withoutMs: without.map((one) => one.timesMs.total),
    cachedMs: cached.map((one) => one.timesMs.total),
    share,
  },
]);
rmSync(base, { recursive: true, force: true });
