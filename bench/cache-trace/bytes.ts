/*
 * Whether the caches' estimate of their own bytes holds: a full budget against what heap and buffers
 * really grew by, everything that belongs to the policy included.
 *
 *   node --expose-gc bench/cache-trace/bytes.ts
 */
import { CacheBudget } from "../../src/cache/cache-budget.ts";
import { weigh } from "../../src/cache/weigh.ts";
import { keepRows, printMachine, say } from "../common.ts";

const gc = (globalThis as { gc?: () => void }).gc;
if (gc === undefined) throw new Error("run it with node --expose-gc");

/** As a ranking of a search is kept. */
const ranking = (text: string): object => ({
  text,
  group: '[10,160,null,{"languages":["python"]}]',
  signature: text.toLowerCase(),
  chunkIds: Uint32Array.from({ length: 150 }, (_, at) => at * 7919),
  scores: Float64Array.from({ length: 1200 }, (_, at) => at / 3),
  candidates: { words: 100, meaning: 100, symbols: 4 },
  isStatic: false,
  reranked: undefined,
});

const kinds: Record<string, (text: string) => unknown> = {
  "vectors of queries": () => new Float32Array(384).fill(0.05),
  rankings: ranking,
  // Built whole, as a file that was read: not as pointers to one piece.
  texts: (text) => Buffer.from(text.repeat(40)).toString(),
};

/** Buffers are given back a while after their owners are collected. */
async function settle(): Promise<void> {
  for (let round = 0; round < 3; round += 1) {
    gc?.();
    await new Promise((done) => setTimeout(done, 50));
  }
}

const here = printMachine();
say("| 16 MiB of | entries | said, MB | really, MB |\n|---|---|---|---|");
// What was measured before is held, so that it is not freed meanwhile.
const held: unknown[] = [];
for (const [kind, make] of Object.entries(kinds)) {
  await settle();
  const before = process.memoryUsage();
  const budget = new CacheBudget({ maxBytes: 16 * 2 ** 20 });
  const cache = budget.owner<unknown>(kind, { weigh });
  for (let at = 0; at < 12_000; at += 1) {
    const text = `where is the thing number ${at} kept, and who looks after it`;
    if (cache.get(text) === undefined) cache.set(text, make(text));
  }
  held.push(cache);
  await settle();
  const after = process.memoryUsage();
  const really = after.heapUsed - before.heapUsed + after.arrayBuffers - before.arrayBuffers;
  const { entries } = budget.statistics().owners[0] as { entries: number };
  say(
    `| ${kind} | ${entries} | ${(budget.bytes / 1e6).toFixed(1)} | ${(really / 1e6).toFixed(1)} |`,
  );
  keepRows("cache-bytes", here, [{ kind, entries, said: budget.bytes, really }]);
}
