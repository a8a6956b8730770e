/*
 * Code that memories speak of. Its text is hashed when the memory is written and compared when it is
 * recalled; a short text is kept as well, so that recall can say how it changed.
 */
import { createHash } from "node:crypto";
import { deflateRawSync, inflateRawSync } from "node:zlib";
import type { AnchorReader } from "../ports/anchor-reader.ts";
import type { MemoryAnchor } from "../ports/memories.ts";
import type { StoredAnchor } from "../ports/memory-store.ts";
import { describeChange } from "./line-changes.ts";

/** Longer texts are known by their hash alone. */
const mostKeptCharacters = 16_000;

/** Looks at the code now. Without a reader, anchors are kept and never compared. */
export async function seeAnchors(
  reader: AnchorReader | undefined,
  anchors: readonly MemoryAnchor[],
  now: number,
): Promise<StoredAnchor[]> {
  return await Promise.all(
    anchors.map(async ({ path, symbol }): Promise<StoredAnchor> => {
      const found = await reader?.read({ path, ...(symbol !== undefined && { symbol }) });
      const commit = found === undefined ? undefined : await reader?.lastCommit(path);
      const text = found?.text;
      return {
        path,
        symbol,
        hash: text === undefined ? undefined : hashOf(text),
        seen:
          text === undefined || text.length > mostKeptCharacters
            ? undefined
            : deflateRawSync(Buffer.from(text)),
        commit: commit?.commit,
        verified: now,
      };
    }),
  );
}

/** Since when the code is not what it was, and how it changed; undefined: it is as it was. */
export async function compareAnchors(
  reader: AnchorReader | undefined,
  anchors: readonly StoredAnchor[],
): Promise<{ at: string; changes: string[] } | undefined> {
  if (reader === undefined) return undefined;
  let since = Number.POSITIVE_INFINITY;
  const changes: string[] = [];
  for (const anchor of anchors) {
    const { path, symbol } = anchor;
    const now = await reader.read({ path, ...(symbol !== undefined && { symbol }) });
    const hash = now === undefined ? undefined : hashOf(now.text);
    if (hash === anchor.hash) continue;
    const commit = await reader.lastCommit(path);
    since = Math.min(since, commit?.at ?? now?.modified ?? Date.now());
    const name = symbol === undefined ? path : `${symbol} in ${path}`;
    const by = commit === undefined ? "" : ` (commit ${commit.commit})`;
    changes.push(`${name}${by}: ${howChanged(anchor, now?.text)}`);
  }
  return changes.length === 0 ? undefined : { at: new Date(since).toISOString(), changes };
}

function howChanged({ hash, seen }: StoredAnchor, now: string | undefined): string {
  if (now === undefined) return "is not there any more";
  if (hash === undefined) return "was not there, and is now";
  if (seen === undefined) return "has changed";
  return describeChange(inflateRawSync(seen).toString(), now);
}

function hashOf(text: string): string {
  return createHash("sha256").update(text).digest("base64url").slice(0, 22);
}
