/*
 * W-TinyLFU against LRU and the offline optimum, at equal bytes.
 *
 *   node bench/cache-trace/run.ts [--repository DIR] [--zipf-only]
 */
import { argument, keepRows, printMachine, repository, say } from "../common.ts";
import { deviations, favourites, lru, optimum, rateOf, type Trace, tinyLfu } from "./policies.ts";
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
    "| bytes | LRU | W-TinyLFU | window fixed at 1 % | favourites | optimum | of the favourites | of the optimum | over LRU, deviations |\n|---|---|---|---|---|---|---|---|---|",
  );
  for (const share of shares) {
    const maxBytes = Math.round(bytes * share);
    const lruHits = lru(trace, maxBytes);
    const ourHits = tinyLfu(trace, maxBytes);
    const overLru = deviations(ourHits, lruHits);
    const byLru = rateOf(lruHits);
    const byOurs = rateOf(ourHits);
    const byFixed = rateOf(tinyLfu(trace, maxBytes, 0.01));
    const byFavourites = favourites(trace, maxBytes);
    const { rate, isExact } = optimum(trace, maxBytes);
    say(
      `| ${(share * 100).toFixed(0)} % | ${percent(byLru)} | ${percent(byOurs)} | ${percent(byFixed)} | ${percent(byFavourites)} | ${isExact ? "" : "< "}${percent(rate)} | ${percent(byOurs / byFavourites)} | ${percent(byOurs / rate)} | ${overLru.toFixed(1)} |`,
    );
    rows.push({
      trace: trace.name,
      uses: trace.keys.length,
      keys: all.size,
      maxBytes,
      share,
      lru: byLru,
      overLru,
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
