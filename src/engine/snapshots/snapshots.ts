/* Snapshots of a file of memories: made, verified, restored and removed in a thread of their own, and memories brought back from one. */
import { fileError, HaypileError } from "../../base/errors.ts";
import { log } from "../../base/log.ts";
import { snapshotsFolder } from "../../config/places/paths.ts";
import type { MemorySnapshots } from "../../ports/answers/time/memory-snapshots.ts";
import type {
  BroughtBack,
  PrunedSnapshots,
  PruneSnapshotsOptions,
  RestoredSnapshot,
  RestoreOptions,
  Snapshot,
  SnapshotOptions,
  SnapshotReason,
  SnapshotsResult,
  VerifiedSnapshot,
} from "../../ports/answers/time/snapshots.ts";
import { checkCall, memoryCalls } from "../../ports/calls.ts";
import type { Memories } from "../../ports/memories.ts";
import type { MemoryStore } from "../../ports/memory-rows.ts";
import { Daily, isYoung } from "./daily.ts";
import type { Place } from "./kinds.ts";
import { assertId, assertNote, mostListed } from "./names.ts";
import { listSnapshots } from "./prune.ts";
import { bytesIn } from "./remove.ts";
import { inThread, linesIn } from "./thread/ask.ts";

export interface SnapshotsOptions {
  /** How many of those that are made by themselves stay: "7d 4w". Default "off": none is made. */
  keep?: string | undefined;
  /** Milliseconds since 1970. Default: Date.now(). */
  now?: (() => number) | undefined;
  /** Somebody asks for the snapshot of the day by today(), so writes begin none. Default: nobody does. */
  isScheduled?: (() => boolean) | undefined;
}

/** Calls that need no memories that can be opened: those that are damaged are restored by them. */
export type CallsOnFiles = Omit<MemorySnapshots, "snapshot" | "bringBack">;

export class Snapshots {
  readonly #place: Place;
  readonly #keep: string;
  readonly #now: () => number;
  readonly #store: (() => Pick<MemoryStore, "rows">) | undefined;
  readonly #daily: Daily;
  readonly #atWork = new Set<Promise<unknown>>();
  /** One after the other: two at once would only share the disk. */
  #last: Promise<unknown> = Promise.resolve();
  #isClosed = false;

  /**
   * @param database absolute path of the file
   * @param store that has it open, asked for when it is there; without it nothing can be brought back
   */
  constructor(
    database: string,
    { keep = "off", now = Date.now, isScheduled }: SnapshotsOptions = {},
    store?: () => Pick<MemoryStore, "rows">,
  ) {
    this.#place = { database, folder: snapshotsFolder(database) };
    this.#keep = keep;
    this.#now = now;
    this.#store = store;
    const makeDaily = async (): Promise<void> => {
      await this.#inTurn(() => this.#make("", "daily"));
      await this.prune();
    };
    this.#daily = new Daily(this.#place, keep, now, makeDaily, isScheduled);
  }

  async make(options: SnapshotOptions = {}): Promise<Snapshot> {
    checkCall(memoryCalls, "snapshot", [options]);
    const { note = "", full } = options;
    assertNote(note);
    return await this.#inTurn(() => this.#make(note, "asked", full));
  }

  /** Before something is replaced. Nothing where none is made by itself, as of a file in its first day; what goes wrong is told, and keeps nobody. */
  async makeBefore(reason: SnapshotReason, note: string): Promise<void> {
    if (this.#keep === "off" || isYoung(this.#place.database, this.#now())) return;
    try {
      await this.#inTurn(() => this.#make(note, reason));
    } catch (error) {
      log("warn", `no snapshot was made (${note}): ${String(error)}`);
    }
  }

  async list(): Promise<SnapshotsResult> {
    const { folder } = this.#place;
    try {
      const snapshots = await listSnapshots(this.#place, this.#keep, this.#now());
      const bytesOnDisk = bytesIn(folder);
      return { snapshots: snapshots.slice(0, mostListed), folder, keep: this.#keep, bytesOnDisk };
    } catch (error) {
      throw fileError(error, `list the snapshots in ${folder}`);
    }
  }

  async remove(id: string): Promise<void> {
    assertId(id);
    await this.#inTurn(() => inThread(this.#place, "remove", { id }));
  }

  async verify(id: string): Promise<VerifiedSnapshot> {
    assertId(id);
    return await this.#inTurn(() => inThread(this.#place, "verify", { id }));
  }

  async restore(id: string, options: RestoreOptions = {}): Promise<RestoredSnapshot> {
    checkCall(memoryCalls, "restoreSnapshot", [id, options]);
    assertId(id);
    return await this.#inTurn(() => inThread(this.#place, "restore", { id, to: options.to }));
  }

  async prune(options: PruneSnapshotsOptions = {}): Promise<PrunedSnapshots> {
    checkCall(memoryCalls, "pruneSnapshots", [options]);
    const { holding, dryRun = false } = options;
    const said = { keep: this.#keep, holding, dryRun, now: this.#now() };
    return await this.#inTurn(() => inThread(this.#place, "prune", said));
  }

  /** @param memories where they are put */
  async bringBack(id: string, memories: Pick<Memories, "openImport" | "undelete">) {
    assertId(id);
    return await this.#inTurn(() => this.#bringBack(id, memories));
  }

  /** What needs files of snapshots alone, and not the memories. */
  calls(): CallsOnFiles {
    return {
      snapshots: () => this.list(),
      removeSnapshot: (id) => this.remove(id),
      verifySnapshot: (id) => this.verify(id),
      restoreSnapshot: (id, options) => this.restore(id, options),
      pruneSnapshots: (options) => this.prune(options),
    };
  }

  /** Something was written: perhaps a snapshot is due. It takes a look at the clock. */
  wrote(): void {
    if (!this.#isClosed) this.#daily.wrote();
  }

  /** The snapshot of the day, where one is due. @returns whether one was made */
  async today(): Promise<boolean> {
    return !this.#isClosed && (await this.#daily.today());
  }

  /** Waits for what is being made. */
  async close(): Promise<void> {
    await this.#daily.close();
    this.#isClosed = true;
    await Promise.allSettled([...this.#atWork]);
  }

  #make(note: string, reason: SnapshotReason, full = false): Promise<Snapshot> {
    return inThread(this.#place, "make", { at: this.#now(), note, reason, full });
  }

  async #bringBack(
    id: string,
    memories: Pick<Memories, "openImport" | "undelete">,
  ): Promise<BroughtBack> {
    // It was all here before, and what was kept in spite of how it looks is so again.
    const importing = await memories.openImport({ format: "haypile", allowSecrets: true });
    let undeleted = 0;
    for await (const lines of linesIn(this.#place, id)) {
      for (const line of lines) {
        const said = JSON.parse(line) as { id: string };
        if (this.#store?.().rows.current(said.id)?.deleted === undefined) continue;
        await memories.undelete(said.id);
        undeleted += 1;
      }
      await importing.push(lines);
    }
    const { stored, merged, refused, refusedCount } = await importing.end();
    // An undeleted one is there when its line is taken.
    const brought = stored + undeleted;
    return { brought, there: merged - undeleted, refused, refusedCount };
  }

  async #inTurn<T>(begin: () => Promise<T>): Promise<T> {
    if (this.#isClosed) {
      throw new HaypileError("HAYPILE_CLOSED", "The memories were closed before this call.");
    }
    const work = this.#last.then(begin);
    this.#last = work.catch(() => undefined);
    this.#atWork.add(work);
    try {
      return await work;
    } finally {
      this.#atWork.delete(work);
    }
  }
}
