/* Opens the memories of a team's store, as the engine does, for tests that have only its address. */
import { wordSplitter } from "../../../src/native/words.ts";
import type { LinkOptions } from "../../../src/storage/postgres/link/link.ts";
import { openLink } from "../../../src/storage/postgres/link/open.ts";
import { openPgMemoryStore } from "../../../src/storage/postgres/memories/store.ts";
import type { OpenedMemoryStore } from "../../../src/storage/sqlite/memories/store.ts";
import { addonFolder } from "../model.ts";

/** Closing it closes its link. @param waitMs how long calls wait for a server that is away */
export function openPostgresMemories(options: LinkOptions, waitMs = 30_000): OpenedMemoryStore {
  const link = openLink(options);
  try {
    return openPgMemoryStore(link, {
      wordSplitter: wordSplitter(addonFolder),
      waitMs,
      closed: () => link.close(),
    });
  } catch (error) {
    link.close();
    throw error;
  }
}
