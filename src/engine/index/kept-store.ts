/*
 * The database an engine works on, opened when first needed. Another process may delete the index meanwhile
 * (haypile reset): the system keeps the file for who has it open, and what is written into it is lost. So the file at
 * the path is compared with the one that is open whenever the store is asked for, and a new one is opened where they
 * differ. The old one is closed when nothing works on it any more. So it is where a snapshot was put in the place of
 * what the file held.
 */
import { statSync } from "node:fs";
import { HaypileError } from "../../base/errors.ts";
import { footprintEvents } from "../../base/events.ts";
import { log } from "../../base/log.ts";
import { currentClock } from "../../base/stages.ts";
import { scanKernels } from "../../native/vector-scan.ts";
import { sqlFunctions, wordSplitter } from "../../native/words.ts";
import type { IndexStore } from "../../ports/store.ts";
import { restoredKey } from "../../storage/sqlite/copies/index-kind.ts";
import { noteUse } from "../../storage/sqlite/file/index-facts.ts";
import { openSqliteStore } from "../../storage/sqlite/store.ts";
import { noteWeights } from "../ceiling/choose-weights.ts";
import type { EngineParts } from "../engine-parts.ts";

/** What a server says of a statement that it ended itself: it would be no quicker another time. */
const ranTooLong = "57014";

/** A call is begun anew so often at most. */
const mostTries = 5;

/** What an index on a server is known by. */
export interface KeptServer {
  /** What tells it from another that took its place; undefined: it is not there. */
  mark(): string | undefined;
  /** @throws HaypileError HAYPILE_STORE_AWAY */
  untilReached(): Promise<void>;
}

export class KeptStore {
  readonly #path: string;
  readonly #open: (create: boolean) => IndexStore;
  readonly #onClose: () => void;
  readonly #server: KeptServer | undefined;
  #store: IndexStore | undefined;
  #file: string | undefined;
  /** Which state was put in the place of another when it was opened, and the mark at which that was looked at. */
  #restored: Restored | undefined;
  #uses = 0;
  readonly #retired: IndexStore[] = [];

  /**
   * @param open opens the file at `path`, or makes it
   * @param onClose called at every close()
   * @param server where it is no file
   */
  constructor(
    path: string,
    open: (create: boolean) => IndexStore,
    onClose: () => void,
    server?: KeptServer,
  ) {
    this.#server = server;
    this.#path = path;
    this.#open = open;
    this.#onClose = onClose;
  }

  /** The store that is open; undefined: none was needed yet. */
  get opened(): IndexStore | undefined {
    return this.#store;
  }

  /** What tells this file from one that took its place. */
  get file(): string {
    return `${this.#file ?? ""} ${this.#restored?.name ?? ""}`;
  }

  /** True when the file that is open is not at its path any more, or holds another state that was put in its place. */
  get isGone(): boolean {
    if (this.#store === undefined) return false;
    if (this.#server !== undefined) return this.#isOtherOnServer(this.#server);
    return fileAt(this.#path) !== this.#file || this.#isReplaced(this.#store);
  }

  /** A server that cannot be asked has not deleted anything; the next question says that it is away. */
  #isOtherOnServer(server: KeptServer): boolean {
    try {
      return server.mark() !== this.#file;
    } catch {
      return false;
    }
  }

  #isReplaced(store: IndexStore): boolean {
    const before = this.#restored;
    this.#restored = restoredIn(store, before);
    if (before?.name === this.#restored?.name) return false;
    // Until it is opened anew.
    this.#restored = before;
    return true;
  }

  /** @throws HaypileError as openIndex() */
  get(create: boolean): IndexStore {
    if (this.#store !== undefined) {
      if (!this.isGone) return this.#store;
      this.#retired.push(this.#store);
      this.#store = undefined;
      if (this.#uses === 0) this.#closeRetired();
    }
    const asked = performance.now();
    this.#store = this.#open(create);
    if (this.#server !== undefined) this.#file = this.#server.mark();
    else {
      this.#file = fileAt(this.#path);
      this.#restored = restoredIn(this.#store, undefined);
    }
    noteOpened(asked);
    return this.#store;
  }

  /** Runs work whose store stays open until it is done. */
  async during<T>(work: () => Promise<T>): Promise<T> {
    this.#uses += 1;
    try {
      return await this.#whileReached(work);
    } finally {
      this.#uses -= 1;
      if (this.#uses === 0) this.#closeRetired();
    }
  }

  /** Where the server went away in the middle: all of it once more when it is back. Nothing is stored twice by that. */
  async #whileReached<T>(work: () => Promise<T>): Promise<T> {
    const server = this.#server;
    for (let tries = 1; ; tries += 1) {
      try {
        return await work();
      } catch (error) {
        const isAway =
          HaypileError.isInstance(error) &&
          error.code === "HAYPILE_STORE_AWAY" &&
          error.data.sqlState !== ranTooLong;
        if (server === undefined || !isAway || tries >= mostTries) throw error;
        log("info", `${error.message} It is tried again when the server is back.`);
        await server.untilReached().catch(() => {
          throw error;
        });
      }
    }
  }

  /** For the governor, which knows the engine longer than any one file. */
  limitBits(budgetBytes: number): void {
    this.#store?.limitBits(budgetBytes);
  }

  shrinkCache(): void {
    this.#store?.shrinkCache();
  }

  close(): void {
    this.#onClose();
    this.#closeRetired();
    this.#store?.close();
    this.#store = undefined;
  }

  #closeRetired(): void {
    for (const store of this.#retired.splice(0)) store.close();
  }
}

type Restored = { mark: string; name: string | undefined };

/** Asked for again only where something was written since. */
function restoredIn({ facts }: IndexStore, before: Restored | undefined): Restored | undefined {
  try {
    const mark = facts.changeMark();
    return before?.mark === mark ? before : { mark, name: facts.get(restoredKey) };
  } catch {
    // The question itself says what is wrong with the index.
    return before;
  }
}

/** The database of an engine, whatever file is at its path, governed as long as the engine lives. */
export function keepIndex(parts: EngineParts): KeptStore {
  const { database, ceiling, store: tuning, caches } = parts;
  let ungovern: (() => void) | undefined;
  const kept: KeptStore = new KeptStore(
    database,
    (create) => {
      const store = openIndex(parts, create);
      ungovern ??= ceiling.govern(kept, tuning.bitsBudgetBytes, caches);
      return store;
    },
    () => {
      ungovern?.();
      parts.server?.close();
    },
    parts.server,
  );
  return kept;
}

/**
 * Opens the database of an engine, noted for the receipt.
 * @throws HaypileError HAYPILE_NOT_INDEXED when it is not there and not to be made
 */
function openIndex(parts: EngineParts, create: boolean): IndexStore {
  const { database, databaseExists, root, addonFolder, store: tuning } = parts;
  if (!create && !databaseExists()) {
    throw new HaypileError(
      "HAYPILE_NOT_INDEXED",
      `There is no index for ${root}. Make one with "haypile index ${root}".`,
      { data: { root, database } },
    );
  }
  const store =
    parts.server?.open(create, wordSplitter(addonFolder)) ??
    openSqliteStore({
      path: database,
      kernels: scanKernels(addonFolder),
      splitWords: wordSplitter(addonFolder),
      sqlFunctions: sqlFunctions(addonFolder),
      ...tuning,
    });
  if (parts.server === undefined) noteUse(database);
  noteOwnWeights(store, parts);
  const why = create ? "files were to be stored" : "it was to be read";
  footprintEvents.note("database", "loaded", why);
  return store;
}

/** Who may only read leaves it to the others. */
function noteOwnWeights({ facts }: IndexStore, { server, weights }: EngineParts): void {
  try {
    noteWeights(facts, weights);
  } catch (error) {
    const isReader = HaypileError.isInstance(error) && error.code === "HAYPILE_STORE_RIGHTS";
    if (server === undefined || !isReader) throw error;
  }
}

function noteOpened(asked: number): void {
  const clock = currentClock();
  if (clock === undefined) return;
  clock.add("open", asked);
  clock.facts.opened = "index";
}

/** Device and number of a file; undefined: there is none. */
function fileAt(path: string): string | undefined {
  try {
    const facts = statSync(path, { throwIfNoEntry: false, bigint: true });
    return facts && `${facts.dev} ${facts.ino}`;
  } catch {
    return undefined;
  }
}
