/* Opens the memories of a team's store, as the engine does, for tests that have only its address. */
import { wordSplitter } from "../../../src/native/words.ts";
import type { LinkOptions } from "../../../src/storage/postgres/link/link.ts";
import { openLink } from "../../../src/storage/postgres/link/open.ts";
import { openPgMemoryStore } from "../../../src/storage/postgres/memories/store.ts";
import { ensureSchema } from "../../../src/storage/postgres/schema/schema.ts";
import type { OpenedMemoryStore } from "../../../src/storage/sqlite/memories/store.ts";
import { addonFolder } from "../model.ts";

/** @param waitMs how long calls wait for a server that is away */
export function openPostgresMemories(
  options: LinkOptions,
  waitMs = 30_000,
): { store: OpenedMemoryStore; close(): void } {
  const link = openLink(options);
  try {
    ensureSchema(link, link.schema);
    const store = openPgMemoryStore(link, { wordSplitter: wordSplitter(addonFolder), waitMs });
    return {
      store,
      close: () => {
        store.close();
        link.close();
      },
    };
  } catch (error) {
    link.close();
    throw error;
  }
}
