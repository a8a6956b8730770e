/* Figures of health in words. */
import type {
  DatabaseStats,
  Threshold,
  WriteStats,
} from "../../../../src/ports/answers/daemon/stats.ts";
import { counted, formatMs } from "../../parts/format.ts";

/** "43 µs", "8.5 ms": writes are often shorter than what formatMs() tells apart. */
export function formatTook(ms: number): string {
  return ms < 1 ? `${Math.round(ms * 1000)} µs` : formatMs(ms);
}

/** "0.3 a second", "none" */
export function formatRate(perSecond: number): string {
  if (perSecond === 0) return "none";
  return `${perSecond < 10 ? perSecond.toFixed(1) : Math.round(perSecond)} a second`;
}

/** What is put off; empty where nothing is. */
export function pendingWords({ pending }: Pick<DatabaseStats, "pending">): string[] {
  if (pending === undefined) return [];
  const { vectors, bits = 0, deadBits = 0, texts = 0, wordMerges = 0 } = pending;
  const { expired = 0, deleted = 0 } = pending;
  const all: [number, string][] = [
    [vectors, `${counted(vectors, "text")} without a vector`],
    [bits, `${counted(bits, "vector")} without bits`],
    [deadBits, `${counted(deadBits, "row")} of bits that are gone`],
    [texts, `${counted(texts, "text")} to be packed`],
    [wordMerges, `${counted(wordMerges, "part")} of word indexes to merge`],
    [expired, `${counted(expired, "memory", "memories")} past their end`],
    [deleted, `${counted(deleted, "memory", "memories")} forgotten, not erased yet`],
  ];
  return all.flatMap(([count, said]) => (count > 0 ? [said] : []));
}

export const kindWords: Record<WriteStats["kind"], string> = {
  remember: "a memory kept",
  update: "a memory changed",
  forget: "memories forgotten, brought back or erased",
  import: "memories imported or rescued",
  links: "memories tied to each other",
  anchors: "code that a memory speaks of",
  uses: "which memories were shown",
  "memory-vectors": "vectors of memories",
  "memory-words": "words of memories made anew",
  "memory-upkeep": "sums, merging words, giving pages back",
  files: "files with their chunks, words and symbols",
  words: "words of an index made anew",
  texts: "texts packed",
  vectors: "vectors of the model",
  "static-vectors": "vectors of the static model",
  "next-vectors": "vectors of the model that is to come",
  segments: "bits of vectors, by which large indexes are searched",
  order: "which texts get their vector first",
  "exact-uses": "uses that a SCIP index says",
  facts: "a fact of an index, such as its folder",
  tidy: "steps at the end of a run: merging words, giving pages back",
  cache: "the cache of vectors that all indexes share",
  other: "what has no kind of its own",
};

export const originWords: Record<Threshold["origin"], string> = {
  default: "default",
  "user file": "from your file",
  environment: "from the environment",
};
