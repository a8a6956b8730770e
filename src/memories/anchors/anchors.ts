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
        hash: anchorHash(found.text),
        seen: keepSeen(found.text, symbol !== undefined),
        commit: commit?.commit,
      };
    }),
  );
}

/** An anchor whose text is another one now. */
export interface ChangedAnchor {
  anchor: StoredAnchor;
  /** Where it is, as it may be looked at; undefined: it may not be. */
  asked: MemoryAnchor | undefined;
  /** Its text now; undefined: it is not there. */
  text: string | undefined;
  /** When its file changed last, milliseconds since 1970, as far as that is known. */
  modified: number;
  /** In words. */
  change: string;
}

export interface Comparison {
  changed: ChangedAnchor[];
  /** The anchors with less of the text, when more was kept than may be. */
  trimmed: StoredAnchor[] | undefined;
}

/** Compares code with what it was; git is not asked (since.ts). */
export async function compareAnchors(
  reader: AnchorReader | undefined,
  anchors: readonly StoredAnchor[],
): Promise<Comparison> {
  if (reader === undefined) return { changed: [], trimmed: undefined };
  const changed: ChangedAnchor[] = [];
  const kept: StoredAnchor[] = [];
  for (const anchor of anchors) {
    const asked = await mayLookAt(reader, anchor);
    if (asked === "refused") {
      kept.push({ ...anchor, seen: undefined });
      if (anchor.hash !== undefined) changed.push(refusedNow(anchor));
      continue;
    }
    kept.push(keepsFileText(anchor) ? withoutFileText(anchor) : anchor);
    const now = asked.isGone ? undefined : await reader.read(asked.anchor);
    if (isAsSeen(anchor, now)) continue;
    // Git is not asked about what an import only named.
    const isOnlyNamed = asked.isGone && anchor.seen === undefined;
    changed.push({
      anchor,
      asked: isOnlyNamed ? undefined : asked.anchor,
      text: now?.text,
      modified: now?.modified ?? Date.now(),
      change: howChanged(anchor, now?.text),
    });
  }
  const isTrimmed = kept.some(({ seen }, at) => seen !== anchors[at]?.seen);
  return { changed, trimmed: isTrimmed ? kept : undefined };
}

/**
 * Where an anchor may be looked at. Only what was admitted here has something kept of its text: an import may name any
 * file, and brings none.
 */
export async function mayLookAt(
  reader: AnchorReader,
  { path, symbol, seen }: StoredAnchor,
): Promise<{ anchor: MemoryAnchor; isGone: boolean } | "refused"> {
  const stored = { path, symbol };
  const admitted = await admit(reader, stored, seen !== undefined);
  if (!("refused" in admitted)) return { anchor: admitted, isGone: false };
  if (admitted.refused.code === "HAYPILE_PATH_REFUSED") return "refused";
  return { anchor: stored, isGone: true };
}

export function refusedNow(anchor: StoredAnchor): ChangedAnchor {
  const change = "is not looked at any more, it is no file that may be anchored to";
  return { anchor, asked: undefined, text: undefined, modified: Date.now(), change };
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

export function isAsSeen(
  { hash }: StoredAnchor,
  now: Pick<AnchoredText, "text" | "olderText"> | undefined,
): boolean {
  if (now === undefined || hash === undefined) return now === undefined && hash === undefined;
  const { text, olderText } = now;
  return anchorHash(text) === hash || (olderText !== undefined && anchorHash(olderText) === hash);
}

export function howChanged({ hash, seen }: StoredAnchor, now: string | undefined): string {
  if (now === undefined) return "is not there any more";
  if (hash === undefined) return "was not there, and is now";
  return seen === undefined ? "has changed" : changeSince(seen, now);
}

/** What is kept of an anchor's text to know it again. */
export function anchorHash(text: string): string {
  return createHash("sha256").update(text).digest("base64url").slice(0, 22);
}
