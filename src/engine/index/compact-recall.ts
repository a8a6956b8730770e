/* What an index finds of the true best ten: before a compaction, and in its copy. */
import { yieldToEventLoop } from "../../base/yield.ts";
import type { IndexStore } from "../../ports/store.ts";

const mostQuestions = 100;

/** A vector of the index, and the ten that are truly nearest to it beside itself. */
export interface Question {
  vector: Float32Array;
  self: number;
  best: ReadonlySet<number>;
}

/**
 * Questions and their true answers: every vector of the store is compared. A question does not count
 * itself as found, which any format would do.
 */
export async function askedOf(store: Pick<IndexStore, "vectors">): Promise<Question[]> {
  const questions: Question[] = [];
  for (const vector of store.vectors.sample(mostQuestions)) {
    const [self, ...best] = store.vectors.search(vector, 11).map(({ chunkId }) => chunkId);
    if (self !== undefined && best.length > 0) {
      questions.push({ vector, self, best: new Set(best) });
    }
    await yieldToEventLoop();
  }
  return questions;
}

/** Share of the true answers that searches of `store` find; undefined without questions. */
export async function recallOf(
  store: Pick<IndexStore, "vectors">,
  questions: readonly Question[],
): Promise<number | undefined> {
  let found = 0;
  let wanted = 0;
  for (const { vector, self, best } of questions) {
    const near = await store.vectors.nearest(vector, 11);
    const others = near.map(({ chunkId }) => chunkId).filter((id) => id !== self);
    found += others.slice(0, 10).filter((id) => best.has(id)).length;
    wanted += best.size;
    await yieldToEventLoop();
  }
  return wanted === 0 ? undefined : found / wanted;
}
