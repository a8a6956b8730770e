/* Opens the memories of a server: a link of their own, which is closed with them. */
import type { ScanKernels } from "../../ports/vector-scan.ts";
import type { WordSplitter } from "../../ports/word-splitter.ts";
import type { LinkOptions } from "../../storage/postgres/link/link.ts";
import { openLink } from "../../storage/postgres/link/open.ts";
import { untilThere } from "../../storage/postgres/link/until-there.ts";
import { openPgMemoryStore } from "../../storage/postgres/memories/store.ts";
import type { OpenedMemoryStore } from "../../storage/sqlite/memories/store.ts";

export interface ServerStoreOptions {
  link: LinkOptions;
  /** How long a server that is away is waited for, here and by each call, milliseconds. */
  waitMs: number;
  wordSplitter?: WordSplitter | undefined;
  kernels?: ScanKernels | undefined;
}

/**
 * Makes the tables where there are none.
 * @throws HaypileError HAYPILE_STORE_AWAY when it was not there in time, HAYPILE_STORE_REFUSED, HAYPILE_STORE_RIGHTS,
 *   HAYPILE_DB_NEWER, HAYPILE_USAGE
 */
export async function openServerStore({
  link: options,
  waitMs,
  wordSplitter,
  kernels,
}: ServerStoreOptions): Promise<OpenedMemoryStore> {
  const link = openLink(options);
  const closed = (): void => link.close();
  try {
    await untilThere(link, waitMs);
    return openPgMemoryStore(link, { wordSplitter, kernels, waitMs, closed });
  } catch (error) {
    link.close();
    throw error;
  }
}
