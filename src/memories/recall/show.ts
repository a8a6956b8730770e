/* From rows to what callers see: whole memories, hits within a budget of tokens. */

import type { MemoryStats, RemovedMemory } from "../../ports/answers/memory-reports.ts";
import type { TextEmbedder } from "../../ports/embedder.ts";
import type { Memory, RecallHit } from "../../ports/memories.ts";
import type { MemoryRelations, MemoryRow, MemoryStore } from "../../ports/memory-rows.ts";
import { checkCount } from "../checks/options.ts";
import { estimateTokens } from "../text/split.ts";

/** Rows as memories, in order. `uses` may hold counts that are not written yet. */
export function showRows(relations: MemoryRelations, rows: readonly MemoryRow[]): Memory[] {
  const keys = [...new Set(rows.map(({ key }) => key))];
  const links = relations.links(keys);
  const anchors = relations.anchors(keys);
  const uses = relations.uses(keys);
  return rows.map((row) => ({
    id: row.key,
    text: row.text,
    namespace: row.namespace,
    kind: row.kind,
    tags: row.tags,
    source: row.source,
    importance: row.importance,
    pinned: row.pinned,
    createdAt: isoTime(row.created),
    updatedAt: isoTime(row.since),
    validFrom: isoTime(row.validFrom),
    expires: row.expires === undefined ? undefined : isoTime(row.expires),
    anchors: anchors
      .filter(({ key }) => key === row.key)
      .map(({ path, symbol }) => ({ path, symbol })),
    links: links
      .filter(({ from }) => from === row.key)
      .map(({ to, relation }) => ({ id: to, relation })),
    uses: uses.get(row.key)?.count ?? 0,
  }));
}

/** How many there are, after a look that none is missing. */
export async function statsOf(store: Pick<MemoryStore, "scope" | "facts">): Promise<MemoryStats> {
  await store.scope.assertWhole();
  const { pendingParts, ...counts } = store.facts.counts();
  return { ...counts, withoutVector: pendingParts };
}

/** The newest lines of the log of what is gone. @throws HaypileError HAYPILE_USAGE */
export function removedOf(
  { removal }: Pick<MemoryStore, "removal">,
  limit: number,
): RemovedMemory[] {
  return removal
    .removed(checkCount("limit", limit, 1, 10_000))
    .map(({ key, at, ...rest }) => ({ id: key, at: isoTime(at), ...rest }));
}

export function isoTime(ms: number): string {
  return new Date(ms).toISOString();
}

/**
 * Keeps whole memories while they fit, then the best part of the next.
 * @returns the hits that stay; true when something was left out
 */
export async function fitTokens(
  hits: RecallHit[],
  maxTokens: number | undefined,
  embedder: TextEmbedder | undefined,
): Promise<{ hits: RecallHit[]; isCut: boolean }> {
  if (maxTokens === undefined) return { hits, isCut: false };
  const kept: RecallHit[] = [];
  let left = maxTokens;
  const counts = await countTokens(
    hits.flatMap(({ memory, part }) => [memory.text, part.text]),
    embedder,
  );
  for (const [at, hit] of hits.entries()) {
    const whole = counts[at * 2] as number;
    const part = counts[at * 2 + 1] as number;
    if (whole <= left) {
      kept.push({ ...hit, part: { text: hit.memory.text, isWhole: true } });
      left -= whole;
      continue;
    }
    if (part <= left) kept.push({ ...hit, part: { ...hit.part, isWhole: false } });
    return { hits: kept, isCut: true };
  }
  return { hits: kept, isCut: false };
}

async function countTokens(
  texts: readonly string[],
  embedder: TextEmbedder | undefined,
): Promise<readonly number[]> {
  try {
    if (embedder !== undefined) return Array.from(await embedder.countTokens(texts));
  } catch {
    // Without the model, about is good enough.
  }
  return texts.map(estimateTokens);
}
