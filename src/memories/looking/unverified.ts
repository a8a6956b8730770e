/*
 * Memories whose anchored code is not as it was when they were last said to be true. Files are looked at as they are
 * asked for, a bounded time each call; which of them may be, and git, are the anchor reader's.
 */

import type { AnchorReader } from "../../ports/anchor-reader.ts";
import type {
  UnverifiedMemory,
  UnverifiedOptions,
  UnverifiedResult,
} from "../../ports/memories.ts";
import type { MemoryStore } from "../../ports/memory-rows.ts";
import { compareAnchors, seeAnchors } from "../anchors/anchors.ts";
import { changeOf, datedChanges } from "../anchors/since.ts";
import { cursorOfKeys, keysOfCursor } from "../checks/cursors.ts";
import { checkCount, checkNamespaces, mustHold } from "../checks/options.ts";
import { isoTime, showRows } from "../recall/show.ts";
import { whenFree } from "../writing/when-free.ts";

const keysPerStep = 64;
const mostMemories = 100;

type Looking = Pick<MemoryStore, "rows" | "relations">;

/** @throws HaypileError HAYPILE_USAGE */
export async function unverifiedOf(
  store: Looking,
  reader: AnchorReader | undefined,
  options: UnverifiedOptions,
): Promise<UnverifiedResult> {
  const limit = checkCount("limit", options.limit ?? 20, 1, mostMemories);
  const deadlineMs = checkCount("deadlineMs", options.deadlineMs ?? 2_000, 1, 60_000);
  const namespaces = checkNamespaces(options.namespace);
  const end = performance.now() + deadlineMs;
  const memories: UnverifiedMemory[] = [];
  let looked = 0;
  for (let [after = ""] = keysOfCursor(options.cursor, 1) ?? []; ; ) {
    const keys =
      options.id === undefined ? store.relations.anchored(after, keysPerStep) : [options.id];
    for (const key of keys) {
      after = key;
      const row = store.rows.current(key);
      const isAsked = row !== undefined && (namespaces?.includes(row.namespace) ?? true);
      if (!isAsked || row.deleted !== undefined || row.until !== undefined) continue;
      if (row.expires !== undefined && row.expires <= Date.now()) continue;
      looked += 1;
      const { changed } = await compareAnchors(reader, store.relations.anchors([key]));
      const [memory] = showRows(store.relations, [row]);
      if (changed.length > 0 && memory !== undefined) {
        const [dated = []] = await datedChanges(reader, [changed], { end });
        const at = isoTime(Math.min(...dated.map((one) => one.at)));
        memories.push({ memory, at, changes: dated.map(changeOf) });
      }
      if (memories.length === limit || performance.now() > end) {
        return { memories, looked, nextCursor: cursorOfKeys(key) };
      }
    }
    if (keys.length < keysPerStep) return { memories, looked, nextCursor: undefined };
  }
}

/** Looks at the code again and keeps how it is. @throws HaypileError HAYPILE_MEMORY_MISSING */
export async function verifyMemory(
  store: Looking & Pick<MemoryStore, "write">,
  reader: AnchorReader | undefined,
  id: string,
): Promise<void> {
  mustHold(store, id);
  const now = Date.now();
  const anchors = store.relations.anchors([id]);
  // One that may not be looked at, or is not there, is kept by its name.
  const seen = await seeAnchors(reader, anchors, now, true);
  await whenFree(() =>
    store.write("verify a memory", () => {
      mustHold(store, id);
      store.relations.setAnchors(id, seen);
      store.relations.addNote(id, now, "said to be true of its code as it is");
    }),
  );
}
