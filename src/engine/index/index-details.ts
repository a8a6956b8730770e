import { yieldToEventLoop } from "../../base/yield.ts";
import type { IndexDetails } from "../../ports/answers/index-facts.ts";
import type { IndexStore } from "../../ports/store.ts";

const mostRecallSamples = 50;

/** What Engine.indexReport() says. */
export async function describeIndex(
  store: Pick<IndexStore, "vectors" | "symbols">,
): Promise<IndexDetails> {
  const samples = store.vectors.sample(mostRecallSamples);
  let found = 0;
  let wanted = 0;
  for (const vector of samples) {
    const exact = store.vectors.search(vector, 10);
    const best = new Set(exact.map(({ chunkId }) => chunkId));
    const near = await store.vectors.nearest(vector, 10);
    found += near.filter(({ chunkId }) => best.has(chunkId)).length;
    wanted += best.size;
    await yieldToEventLoop();
  }
  return {
    scan: store.vectors.scanReport(),
    packed: store.vectors.packed(),
    recallAt10: wanted === 0 ? undefined : found / wanted,
    recallSamples: samples.length,
    symbols: store.symbols.counts(),
  };
}
