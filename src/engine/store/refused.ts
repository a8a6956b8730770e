/* What only a file of memories has, refused of a server with what to do there instead. */
import { HaypileError } from "../../base/errors.ts";
import type { MemorySyncs } from "../memories/sync/sync.ts";
import type { CallsOnFiles, Snapshots } from "../snapshots/snapshots.ts";

/** @param what "Snapshots are made" @param instead what to do, as a sentence */
export function ofFilesOnly(what: string, store: string, instead: string): HaypileError {
  return new HaypileError(
    "HAYPILE_USAGE",
    `${what} only where memories are in a file of this machine; these are kept in ${store}. ${instead}`,
    { data: { store } },
  );
}

const dump =
  'Back that up on the server with pg_dump, or write all of it to a file with "haypile memories export".';

/** The same calls as of snapshots of a file. */
export class RefusedSnapshots
  implements
    Pick<
      Snapshots,
      | "make"
      | "makeBefore"
      | "today"
      | "bringBack"
      | "close"
      | "list"
      | "prune"
      | "remove"
      | "restore"
      | "verify"
    >
{
  readonly #store: string;

  constructor(store: string) {
    this.#store = store;
  }

  make(): Promise<never> {
    return this.#refuse();
  }

  /** Nothing is lost that a snapshot would have kept: the server's own backups have it. */
  async makeBefore(): Promise<void> {}

  async today(): Promise<boolean> {
    return false;
  }

  list(): Promise<never> {
    return this.#refuse();
  }

  remove(): Promise<never> {
    return this.#refuse();
  }

  verify(): Promise<never> {
    return this.#refuse();
  }

  restore(): Promise<never> {
    return this.#refuse();
  }

  prune(): Promise<never> {
    return this.#refuse();
  }

  bringBack(): Promise<never> {
    return this.#refuse();
  }

  calls(): CallsOnFiles {
    return {
      snapshots: () => this.#refuse(),
      removeSnapshot: () => this.#refuse(),
      verifySnapshot: () => this.#refuse(),
      restoreSnapshot: () => this.#refuse(),
      pruneSnapshots: () => this.#refuse(),
    };
  }

  async close(): Promise<void> {}

  async #refuse(): Promise<never> {
    throw ofFilesOnly("Snapshots are made", this.#store, dump);
  }
}

export class RefusedSyncs implements Pick<MemorySyncs, "sync" | "close"> {
  readonly #store: string;

  constructor(store: string) {
    this.#store = store;
  }

  async sync(): Promise<never> {
    throw ofFilesOnly(
      "Folders are synced",
      this.#store,
      "All who use that server have the same memories already. Keep namespaces of your own in files of this machine (memories.stores) to sync those.",
    );
  }

  async close(): Promise<void> {}
}
