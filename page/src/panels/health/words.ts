/* Figures of health in words. */
import type { Alert, DatabaseStats, Threshold } from "../../../../src/ports/answers/stats.ts";
import { counted, formatBytes, formatMs } from "../../parts/format.ts";

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

export function valueWords({ value, unit }: Pick<Alert, "value" | "unit">): string {
  if (unit === "bytes") return formatBytes(value);
  if (unit === "ms") return formatMs(value);
  return unit === "share" ? `${(value * 100).toFixed(1)} %` : String(Math.round(value));
}

export const originWords: Record<Threshold["origin"], string> = {
  default: "as it comes",
  "user file": "from your file",
  environment: "from the environment",
};
