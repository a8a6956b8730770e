/* Opens the memories of a server. */
import { HaypileError } from "../../base/errors.ts";
import type { WordSplitter } from "../../ports/word-splitter.ts";
import type { LinkOptions } from "../../storage/postgres/link/link.ts";
import type { OpenedMemoryStore } from "../../storage/sqlite/memories/store.ts";

export interface ServerStoreOptions {
  link: LinkOptions;
  /** How long a call waits for a server that is away, milliseconds. */
  waitMs: number;
  wordSplitter?: WordSplitter | undefined;
}

/** @throws HaypileError HAYPILE_STORE_AWAY, HAYPILE_STORE_REFUSED, HAYPILE_STORE_RIGHTS, HAYPILE_DB_NEWER */
export async function openServerStore(_options: ServerStoreOptions): Promise<OpenedMemoryStore> {
  throw new HaypileError("HAYPILE_STORE_REFUSED", "Memories on a server cannot be opened yet.");
}
