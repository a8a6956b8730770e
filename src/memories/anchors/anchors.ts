/*
 * Code that memories speak of. Its text is hashed when the memory is written and compared when it is
 * recalled; as little of it is kept as lets recall say how it changed (seen-text.ts). A file that may not be
 * anchored to is not read, neither then nor later.
 */
import { createHash } from "node:crypto";
import { HaypileError } from "../../base/errors.ts";
import type { AnchoredText, AnchorReader } from "../../ports/anchor-reader.ts";
import type { MemoryAnchor } from "../../ports/memories.ts";
import type { StoredAnchor } from "../../ports/memory-rows.ts";
import { checkAnchors } from "../checks/options.ts";
import { changeSince, keepSeen, keepsFileText, withoutFileText } from "./seen-text.ts";

/**
 * Looks at the code now. Without a reader, anchors are kept and never compared.
 *
 * @param isImport an anchor that is refused is kept by its name alone: the memory comes from another place
 * @throws HaypileError HAYPILE_USAGE, HAYPILE_PATH_REFUSED, HAYPILE_PATH_MISSING
 */
export async function seeAnchors(
  reader: AnchorReader | undefined,
  anchors: readonly MemoryAnchor[],
  now: number,
  isImport = false,
): Promise<StoredAnchor[]> {
  return await Promise.all(
    checkAnchors(anchors).map(async ({ path, symbol, root }): Promise<StoredAnchor> => {
      const known = { symbol, verified: now };
      const unseen = { ...known, path, hash: undefined, seen: undefined, commit: undefined };
      if (reader === undefined) return unseen;
      const admitted = await admit(reader, { path, symbol, root }, false);
      if ("refused" in admitted) {
        if (isImport) return unseen;
        throw admitted.refused;
      }
      const found = await reader.read(admitted);
      if (found === undefined) return { ...unseen, path: admitted.path };
      const commit = await reader.lastCommit(admitted.path);
      return {
        ...known,
        path: admitted.path,
        hash: hashOf(found.text),
        seen: keepSeen(found.text, symbol !== undefined),
        commit: commit?.commit,
      };
    }),
  );
}

/** An anchor whose text is another one now. */
export interface ChangedAnchor {
  anchor: StoredAnchor;
  /** When it changed, milliseconds since 1970, as far as that is known. */
  at: number;
  /** The last commit of its file, where the file is as committed. */
  commit: string | undefined;
  /** In words. */
  change: string;
}

export interface Comparison {
  changed: ChangedAnchor[];
  /** Since when the code is not what it was, and how it changed; undefined: it is as it was. */
  unverified: { at: string; changes: string[] } | undefined;
  /** The anchors with less of the text, when more was kept than may be. */
  trimmed: StoredAnchor[] | undefined;
}

export async function compareAnchors(
  reader: AnchorReader | undefined,
  anchors: readonly StoredAnchor[],
): Promise<Comparison> {
  if (reader === undefined) return { changed: [], unverified: undefined, trimmed: undefined };
  const changed: ChangedAnchor[] = [];
  const kept: StoredAnchor[] = [];
  for (const anchor of anchors) {
    const { path, symbol } = anchor;
    const stored = { path, symbol };
    // Only what was admitted here has something kept of its text: an import may name any file, and brings none.
    const admitted = await admit(reader, stored, anchor.seen !== undefined);
    if ("refused" in admitted && admitted.refused.code === "HAYPILE_PATH_REFUSED") {
      kept.push({ ...anchor, seen: undefined });
      if (anchor.hash === undefined) continue;
      const change = "is not looked at any more, it is no file that may be anchored to";
      changed.push({ anchor, at: Date.now(), commit: undefined, change });
      continue;
    }
    kept.push(keepsFileText(anchor) ? withoutFileText(anchor) : anchor);
    const now = "refused" in admitted ? undefined : await reader.read(admitted);
    if (isAsSeen(anchor, now)) continue;
    const commit = "refused" in admitted ? undefined : await reader.lastCommit(admitted.path);
    const at = commit?.at ?? now?.modified ?? Date.now();
    const change = howChanged(anchor, now?.text);
    changed.push({ anchor, at, commit: commit?.commit, change });
  }
  const isTrimmed = kept.some(({ seen }, at) => seen !== anchors[at]?.seen);
  const since = Math.min(...changed.map(({ at }) => at));
  const unverified = {
    at: new Date(Math.min(since, 8.64e15)).toISOString(),
    changes: changed.map(inWords),
  };
  return {
    changed,
    unverified: changed.length === 0 ? undefined : unverified,
    trimmed: isTrimmed ? kept : undefined,
  };
}

function inWords({ anchor: { path, symbol }, commit, change }: ChangedAnchor): string {
  const name = symbol === undefined ? path : `${symbol} in ${path}`;
  return `${name}${commit === undefined ? "" : ` (commit ${commit})`}: ${change}`;
}

async function admit(
  reader: AnchorReader,
  anchor: MemoryAnchor,
  wasAdmitted: boolean,
): Promise<MemoryAnchor | { refused: HaypileError }> {
  try {
    return await reader.admit(anchor, { wasAdmitted });
  } catch (error) {
    if (HaypileError.isInstance(error)) return { refused: error };
    throw error;
  }
}

function isAsSeen({ hash }: StoredAnchor, now: AnchoredText | undefined): boolean {
  if (now === undefined || hash === undefined) return now === undefined && hash === undefined;
  const { text, olderText } = now;
  return hashOf(text) === hash || (olderText !== undefined && hashOf(olderText) === hash);
}

function howChanged({ hash, seen }: StoredAnchor, now: string | undefined): string {
  if (now === undefined) return "is not there any more";
  if (hash === undefined) return "was not there, and is now";
  return seen === undefined ? "has changed" : changeSince(seen, now);
}

function hashOf(text: string): string {
  return createHash("sha256").update(text).digest("base64url").slice(0, 22);
}
