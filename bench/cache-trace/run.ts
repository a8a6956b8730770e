/*
 * W-TinyLFU against LRU and the offline optimum, at equal bytes.
 *
 *   node bench/cache-trace/run.ts [--repository DIR] [--zipf-only]
 */
import { argument, keepRows, printMachine, repository, say } from "../common.ts";
import { favourites, lru, optimum, type Trace, tinyLfu } from "./policies.ts";
import { driftingTrace, recordedTraces, zipfTrace } from "./traces.ts";

const shares = [0.01, 0.05, 0.1, 0.25, 0.5];
const size = { keys: 10_000, length: 300_000, seed: 11 };

const here = printMachine();
const rows: object[] = [];

function percent(rate: number): string {
  return `${(rate * 100).toFixed(1)} %`.padStart(8);
}

function compare(trace: Trace): void {
  const all = new Set(trace.keys);
  let bytes = 0;
  for (const key of all) bytes += trace.weightOf(key);
  say(
    `\n${trace.name}: ${trace.keys.length} uses of ${all.size} keys, ${(bytes / 1e6).toFixed(1)} MB`,
  );
  say(
    "| bytes | LRU | W-TinyLFU | window fixed at 1 % | favourites | optimum | of the optimum |\n|---|---|---|---|---|---|---|",
  );
  for (const share of shares) {
    const maxBytes = Math.round(bytes * share);
    const byLru = lru(trace, maxBytes);
    const byOurs = tinyLfu(trace, maxBytes);
    const byFixed = tinyLfu(trace, maxBytes, 0.01);
    const byFavourites = favourites(trace, maxBytes);
    const { rate, isExact } = optimum(trace, maxBytes);
    say(
      `| ${(share * 100).toFixed(0)} % | ${percent(byLru)} | ${percent(byOurs)} | ${percent(byFixed)} | ${percent(byFavourites)} | ${isExact ? "" : "< "}${percent(rate)} | ${percent(byOurs / rate)} |`,
    );
    rows.push({
      trace: trace.name,
      uses: trace.keys.length,
      keys: all.size,
      maxBytes,
      share,
      lru: byLru,
      tinyLfu: byOurs,
      fixedWindow: byFixed,
      favourites: byFavourites,
      optimum: rate,
      optimumIsExact: isExact,
    });
  }
}

for (const exponent of [0.7, 0.9, 0.99, 1.1]) {
  compare(zipfTrace(exponent, { ...size, isWeighted: false }));
}
compare(zipfTrace(0.9, { ...size, isWeighted: true }));
compare(driftingTrace(size.length, size.seed));
if (!process.argv.includes("--zipf-only")) {
  for (const trace of await recordedTraces(argument("--repository", repository))) compare(trace);
}
keepRows("cache-trace", here, rows);
