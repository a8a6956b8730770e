import type { RankedChunk } from "../ranking/rank.ts";

/** Chunks whose words are the same but for one in ten are one hit. */
const nearDuplicate = 0.9;
/** Hits of one file before others get their turn: a third of what is shown, two at least. */
const shareOfOneFile = 3;
const leastOfOneFile = 2;

export interface Selected {
  chunk: RankedChunk;
  /** Near copies that were left out for it. */
  copies: RankedChunk[];
}

/**
 * Picks the hits to show: near copies are folded into the better one, and no file takes more than
 * its share while others have something. `isUsable` is asked once per hit, in order.
 */
export async function select(
  ranked: readonly RankedChunk[],
  k: number,
  isUsable: (chunk: RankedChunk) => Promise<boolean>,
): Promise<Selected[]> {
  const perFile = Math.max(leastOfOneFile, Math.ceil(k / shareOfOneFile));
  const chosen: Selected[] = [];
  const sets: ReadonlySet<string>[] = [];
  const later: RankedChunk[] = [];
  const counts = new Map<string, number>();
  const take = async (chunk: RankedChunk, isLater: boolean): Promise<void> => {
    const path = chunk.places[0]?.path ?? "";
    const words = wordsOf(chunk.places[0]?.text ?? "");
    const copyOf = sets.findIndex((other) => isNearCopy(words, other));
    if (copyOf >= 0) {
      chosen[copyOf]?.copies.push(chunk);
      return;
    }
    if (chosen.length >= k) return;
    if (!isLater && (counts.get(path) ?? 0) >= perFile) {
      later.push(chunk);
      return;
    }
    if (!(await isUsable(chunk))) return;
    counts.set(path, (counts.get(path) ?? 0) + 1);
    chosen.push({ chunk, copies: [] });
    sets.push(words);
  };
  for (const chunk of ranked) {
    if (chosen.length >= k) break;
    await take(chunk, false);
  }
  for (const chunk of later) await take(chunk, true);
  return chosen.sort((a, b) => b.chunk.score - a.chunk.score);
}

function wordsOf(text: string): ReadonlySet<string> {
  return new Set(text.match(/[\p{L}\p{N}_]+/gu) ?? []);
}

/** By the share of common words; short texts have too few to tell. */
function isNearCopy(a: ReadonlySet<string>, b: ReadonlySet<string>): boolean {
  const [small, large] = a.size < b.size ? [a, b] : [b, a];
  if (small.size < 8 || small.size < large.size * nearDuplicate) return false;
  let common = 0;
  for (const word of small) if (large.has(word)) common += 1;
  return common / (a.size + b.size - common) >= nearDuplicate;
}
