/*
 * What an eager clean-up and collections by the clock bring: cold indexings under a limit, side by side.
 *   node bench/governor/cleanup.ts [--limits 192MB,256MB] [--files 150] [--rounds 3]
 * gentle: as it is by default. aggressive: memory.cleanup. clock: gentle, and V8 collects its whole heap every second
 * whatever memory is used, as a memory manager with a gc interval does (a module that Node loads first). Each run has a
 * process and an index of its own, without the cache of vectors. Build first: it runs dist/.
 */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { argument, keepRows, printMachine, say, work } from "../common.ts";
import { coldIndex, mb, medianOf } from "./process.ts";
import { madeUpTree } from "./tree.ts";

const files = Number(argument("--files", "150"));
const rounds = Number(argument("--rounds", "3"));
const here = printMachine();
const tree = madeUpTree(files);
const clock = join(work, "collect-by-clock.cjs");
writeFileSync(
  clock,
  `require("v8").setFlagsFromString("--expose-gc");
const gc = require("vm").runInNewContext("gc");
setInterval(gc, 1000).unref();
`,
);
const ways = {
  gentle: {},
  aggressive: { HAYPILE_MEMORY_CLEANUP: "aggressive" },
  clock: { NODE_OPTIONS: `--require ${clock}` },
};
for (const limit of argument("--limits", "192MB,256MB").split(",")) {
  const rows = Object.keys(ways).map((way) => ({
    way: way as keyof typeof ways,
    peaks: [] as number[],
    cpu: [] as number[],
  }));
  for (let round = 0; round < rounds; round += 1) {
    for (const row of rows) {
      const run = await coldIndex(tree, limit, [], ways[row.way]);
      if (run.code !== 0) throw new Error(run.stderr);
      row.peaks.push(run.peaks.togetherBytes);
      row.cpu.push(run.cpuSeconds);
    }
  }
  for (const { way, peaks, cpu } of rows) {
    say(
      `${limit} ${way.padEnd(10)} peak ${peaks.map(mb).join(" ")} MB, median ${mb(medianOf(peaks))}; CPU ${cpu.map((s) => s.toFixed(2)).join(" ")} s, median ${medianOf(cpu).toFixed(2)}`,
    );
  }
  keepRows("governor", here, [{ job: "cleanup", limit, files, rows }]);
}
