/*
 * Syncs the memories of this machine with a folder: clocks for what changed here, then what the files of other machines
 * say, then what this machine has to say. One process of a database at a time; machines never wait for each other,
 * because each writes its own file only.
 */
import { isAbsolute } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { fileError, HaypileError } from "../../../base/errors.ts";
import { randomDigits } from "../../../base/text/sha256.ts";
import { checkNamespaces } from "../../../memories/checks/options.ts";
import { whenFree } from "../../../memories/writing/when-free.ts";
import { checkCall, memoryCalls } from "../../../ports/calls.ts";
import type { MemorySyncOptions, MemorySyncResult } from "../../../ports/memory/sync-call.ts";
import type { SyncFolder } from "../../../ports/memory/sync-tables.ts";
import { type IndexLock, tryLock } from "../../../storage/sqlite/file/lock.ts";
import { dropReplacedSync } from "../../../storage/sqlite/memories/copies/replaced-sync.ts";
import type { OpenedMemoryStore } from "../../../storage/sqlite/memories/store.ts";
import { makePlace, otherFiles, ownFile, placeOf, sizeOf, syncPlace, tidyDrafts } from "./files.ts";
import { lookAtOwn, writeOwn } from "./own-file.ts";
import { collectAll, SyncRun } from "./run.ts";
import { takeFile } from "./take-file.ts";
import { takeUp } from "./take-up.ts";

/** How long another sync of the same database is waited for. */
const mostWaitMs = 10 * 60_000;
const pauseMs = 50;
const everything = "*";

export class MemorySyncs {
  readonly #database: string;
  readonly #store: OpenedMemoryStore;
  readonly #onTaken: (rowIds: readonly number[]) => void;
  readonly #stop = new AbortController();
  readonly #atWork = new Set<Promise<unknown>>();

  /**
   * @param database absolute path of the file that `store` has open
   * @param onTaken is told rows that wait for a vector
   */
  constructor(
    database: string,
    store: OpenedMemoryStore,
    onTaken: (rowIds: readonly number[]) => void,
  ) {
    this.#database = database;
    this.#store = store;
    this.#onTaken = onTaken;
  }

  async sync(given: string, options: MemorySyncOptions = {}): Promise<MemorySyncResult> {
    checkCall(memoryCalls, "sync", [given, options]);
    const signals = [this.#stop.signal, ...(options.signal === undefined ? [] : [options.signal])];
    const work = this.#sync(given, { ...options, signal: AbortSignal.any(signals) });
    this.#atWork.add(work);
    try {
      return await work;
    } finally {
      this.#atWork.delete(work);
    }
  }

  /** Ends what is at work between two steps. */
  async close(): Promise<void> {
    this.#stop.abort();
    await Promise.allSettled([...this.#atWork]);
  }

  async #sync(given: string, options: MemorySyncOptions): Promise<MemorySyncResult> {
    const began = performance.now();
    if (typeof given !== "string" || !isAbsolute(given)) {
      throw new HaypileError(
        "HAYPILE_USAGE",
        `Expected the absolute path of a folder to sync memories with, but got ${JSON.stringify(given)?.slice(0, 120)}. Name one that is there: a git repository, or a folder that a program keeps the same on several machines.`,
      );
    }
    const namespaces = namespacesOf(options);
    syncPlace(given);
    const lock = await this.#lock(options.signal);
    const inserted: number[] = [];
    try {
      const run = await this.#begin(syncPlace(given), options, namespaces, inserted);
      await collectAll(run);
      const found = (await takeUp(run, this.#database)) ?? (await this.#own(run));
      await this.#takeAll(found.run);
      await writeOwn(found.run, found.state);
      dropReplacedSync(this.#database, (path) => path === found.run.folder.path);
      const { result } = found.run;
      return { ...result, totalMs: Math.round(performance.now() - began) };
    } finally {
      lock.release();
      this.#onTaken(inserted);
    }
  }

  async #begin(
    place: { folder: string; isThere: boolean },
    options: MemorySyncOptions,
    namespaces: string | undefined,
    inserted: number[],
  ): Promise<SyncRun> {
    const { sync } = this.#store;
    const known = sync.folders().find(({ path }) => path === place.folder);
    if (known !== undefined && !place.isThere && options.whole !== true)
      throw emptied(place.folder);
    try {
      makePlace(place.folder);
    } catch (error) {
      throw fileError(error, `make ${place.folder}`);
    }
    const isOther =
      known !== undefined && options.namespace !== undefined && known.namespaces !== namespaces;
    const isAllowedNow = known !== undefined && options.allowSecrets === true && known.refused > 0;
    const database = placeOf(this.#database);
    const folder = await whenFree(() =>
      this.#store.write("note what was synced", (): SyncFolder => {
        const { id, place: own } = sync.machine();
        // A copy of the database is another machine.
        if (id === "" || own !== database) sync.setMachine(newMachine(), database);
        const now = known ?? { ...newFolder(place.folder), namespaces };
        const refused = isAllowedNow ? 0 : now.refused;
        const changed = isOther ? { ...now, namespaces, published: 0 } : now;
        sync.putFolder({ ...changed, refused });
        const found = sync.folders().find(({ path }) => path === place.folder) as SyncFolder;
        if (isOther || isAllowedNow) sync.dropReads(found.id);
        return found;
      }),
    );
    const { id } = sync.machine();
    tidyDrafts(place.folder, id);
    return new SyncRun(this.#store, options, id, folder, inserted);
  }

  /** The run as it goes on: of this machine, or of a new one where a copy of this database wrote under its id. */
  async #own(run: SyncRun): Promise<{ run: SyncRun; state: "sound" | "lost" | "cut off" }> {
    const { folder, machine, options } = run;
    // Another folder may have made this machine another one.
    if (folder.file !== "" && folder.file !== ownFile(machine)) {
      return { run: await this.#asNew(run), state: "lost" };
    }
    const state = await lookAtOwn(run);
    if (state !== "another's") return { run, state };
    await run.surely(() => this.#store.sync.setMachine(newMachine(), placeOf(this.#database)));
    const { id } = this.#store.sync.machine();
    const other = new SyncRun(this.#store, options, id, run.folder, run.inserted);
    return { run: await this.#asNew(other), state: "lost" };
  }

  /** What was published is in the file of the id of before. */
  async #asNew(run: SyncRun): Promise<SyncRun> {
    const start = { bytes: 0, lines: 0, lastAt: 0, tail: "", wholeBytes: 0 };
    await run.keepFolder({ ...start, file: "", generation: "", intent: "" });
    return run;
  }

  async #takeAll(run: SyncRun): Promise<void> {
    const { folder, machine, store } = run;
    const { names, more } = otherFiles(folder.path, ownFile(machine));
    if (more > 0) {
      const reason = `${more} more files are there than are read; keep what is no file of a machine elsewhere`;
      run.problem({ file: "", line: 0, reason, isWaiting: true });
    }
    const there = new Set(names);
    const gone = store.sync.reads(folder.id).filter(({ name }) => !there.has(name));
    for (const { name, machine: of } of gone) {
      if (name === ownFile(machine)) continue;
      const reason = `it was here before and is gone. What it said stays here; "haypile memories sync --whole" on one machine says it to new ones (machine ${of})`;
      run.problem({ file: name, line: 0, reason, isWaiting: false });
      await run.lightly(() => store.sync.dropRead(folder.id, name));
    }
    const toRead = bytesToRead(run, names);
    for (const name of names) await takeFile(run, name, toRead);
    const { refused } = run.result.secrets;
    if (refused > 0) await run.keepFolder({ refused: folder.refused + refused });
  }

  async #lock(signal: AbortSignal | undefined): Promise<IndexLock> {
    const path = `${this.#database}.sync.lock`;
    const end = performance.now() + mostWaitMs;
    for (;;) {
      const lock = tryLock(path);
      if (lock !== undefined) return lock;
      if (signal?.aborted === true) {
        throw new HaypileError("HAYPILE_ABORTED", "The sync was stopped before it began.");
      }
      if (performance.now() > end) {
        throw new HaypileError(
          "HAYPILE_DB_BUSY",
          "Another process is syncing these memories for more than ten minutes. Wait until it is done.",
          { data: { path } },
        );
      }
      await wait(pauseMs * (0.5 + Math.random()));
    }
  }
}

function newFolder(path: string): SyncFolder {
  return {
    id: 0,
    path,
    namespaces: undefined,
    file: "",
    generation: "",
    bytes: 0,
    lines: 0,
    lastAt: 0,
    tail: "",
    wholeBytes: 0,
    published: 0,
    intent: "",
    withheld: 0,
    refused: 0,
  };
}

/** JSON of a list; undefined: all, or nothing was said. */
function namespacesOf({ namespace }: MemorySyncOptions): string | undefined {
  const list = checkNamespaces(namespace);
  if (list === undefined || list.includes(everything)) return undefined;
  return JSON.stringify([...new Set(list)].sort());
}

function newMachine(): string {
  return `${randomDigits()}${randomDigits()}`.slice(0, 10);
}

function bytesToRead(run: SyncRun, names: readonly string[]): number {
  const read = new Map(run.store.sync.reads(run.folder.id).map((one) => [one.name, one.bytes]));
  const sizes = names.map((name) => sizeOf(run.folder.path, name) - (read.get(name) ?? 0));
  return sizes.reduce((sum, size) => sum + Math.max(0, size), 0);
}

function emptied(folder: string): HaypileError {
  return new HaypileError(
    "HAYPILE_PATH_MISSING",
    `Memories were synced with ${folder} before, and it is not there any more. Is its disk or share mounted? If it was emptied on purpose, say --whole (whole: true) to begin it anew.`,
    { data: { path: folder } },
  );
}
