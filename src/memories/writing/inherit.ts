/*
 * What a memory takes over from another: the successor of a replaced one what is not said anew, the one that is
 * said again what is said now.
 */
import { distinctTags } from "../../base/text/tags.ts";
import type { MemorySource } from "../../ports/memories.ts";
import type { MemoryChange, MemoryRow, StoredAnchor } from "../../ports/memory-rows.ts";
import type { Prepared } from "./prepared.ts";

/** Whose word stands when two say the same: the last of them. */
export const trust: readonly MemorySource[] = ["document", "agent", "user"];

/** @param anchors of the old one */
export function succeeding(
  item: Prepared,
  old: MemoryRow,
  anchors: readonly StoredAnchor[],
): Prepared {
  const { said } = item;
  return {
    ...item,
    namespace: said.has("namespace") ? item.namespace : old.namespace,
    tags: said.has("tags") ? item.tags : old.tags,
    kind: said.has("kind") ? item.kind : old.kind,
    importance: said.has("importance") ? item.importance : old.importance,
    pinned: said.has("pinned") ? item.pinned : old.pinned,
    // As they were seen last: nobody has looked at the code again.
    anchorsSeen: said.has("anchors") ? item.anchorsSeen : anchors,
  };
}

/**
 * What is different about a memory that is said again. Said without an end, it has none any more; said without a
 * beginning, it holds now. What was said before the present state (an import) only adds to it.
 */
export function saidAgain(row: MemoryRow, item: Prepared, now: number): MemoryChange {
  const { said } = item;
  const tags = distinctTags([...row.tags, ...item.tags]);
  const source = trust[Math.max(trust.indexOf(row.source), trust.indexOf(item.source))];
  const when = item.past?.rows.at(-1)?.since ?? item.created;
  const isOlder = when !== undefined && when < row.since;
  if (isOlder) {
    const importance = Math.max(row.importance, item.importance);
    return { tags, importance, pinned: row.pinned || item.pinned, ...(source && { source }) };
  }
  return {
    tags,
    ...(source && { source }),
    kind: said.has("kind") ? item.kind : row.kind,
    importance: said.has("importance") ? item.importance : row.importance,
    pinned: said.has("pinned") ? item.pinned : row.pinned,
    validFrom: item.validFrom ?? Math.min(row.validFrom, now),
    expires: item.expires,
  };
}
