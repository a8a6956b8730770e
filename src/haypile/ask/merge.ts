/* Two rankings as one: scores of both are relevance on one scale, so they stand side by side as they are. */
import { estimateTokens } from "../../memories/text/split.ts";
import type { SearchHit } from "../../ports/answers/search.ts";
import type { AskHit } from "../../ports/answers/time/ask.ts";
import type { RecallHit } from "../../ports/memories.ts";
/** Best first; of equal ones the memory. Each side has one of k at least, where it has any and k is 2 or more. */
export function mergeHits(
  memories: readonly RecallHit[],
  code: readonly SearchHit[],
  k: number,
): AskHit[] {
  const merged = inOneOrder(
    memories.map((memory) => ({ kind: "memory", score: memory.score, memory })),
    code.map((hit) => ({ kind: "code", score: hit.score, code: hit })),
  );
  const hits = merged.slice(0, k);
  const [last] = hits.slice(-1);
  if (k < 2 || last === undefined) return hits;
  for (const kind of ["memory", "code"] as const) {
    const best = merged.find((hit) => hit.kind === kind);
    if (best === undefined || hits.some((hit) => hit.kind === kind)) continue;
    hits.splice(k - 1, 1, best);
  }
  return hits;
}

/** Merges two lists; neither is put in another order. */
function inOneOrder(memories: readonly AskHit[], code: readonly AskHit[]): AskHit[] {
  const merged: AskHit[] = [];
  let m = 0;
  let c = 0;
  while (m < memories.length || c < code.length) {
    const memory = memories[m];
    const hit = code[c];
    if (hit === undefined || (memory !== undefined && memory.score >= hit.score)) {
      merged.push(memory as AskHit);
      m += 1;
    } else {
      merged.push(hit);
      c += 1;
    }
  }
  return merged;
}

/**
 * What fits into a budget, in order: a memory that is too long with its best part. What does not fit is passed over, since
 * a shorter one behind it may.
 */
export function fitTokens(
  hits: readonly AskHit[],
  maxTokens: number | undefined,
): { hits: AskHit[]; omitted: number } {
  if (maxTokens === undefined) return { hits: [...hits], omitted: 0 };
  const kept: AskHit[] = [];
  let left = maxTokens;
  for (const hit of hits) {
    for (const way of waysToShow(hit)) {
      const tokens = estimateTokens(textOf(way));
      if (tokens > left) continue;
      kept.push(way);
      left -= tokens;
      break;
    }
  }
  return { hits: kept, omitted: hits.length - kept.length };
}

function waysToShow(hit: AskHit): AskHit[] {
  if (hit.kind === "code") return [hit];
  const { memory } = hit;
  const whole = { text: memory.memory.text, isWhole: true };
  const asWhole = { ...hit, memory: { ...memory, part: whole } };
  return memory.part.text === memory.memory.text ? [asWhole] : [asWhole, hit];
}

/** What is shown of it. */
function textOf(hit: AskHit): string {
  if (hit.kind === "code") return hit.code.snippet.lines.join("\n");
  return hit.memory.part.text;
}
