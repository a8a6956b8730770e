/* Snapshots of a file of memories: made in a thread of their own, listed, removed, and memories brought back from one. */
import { lstatSync } from "node:fs";
import { Worker } from "node:worker_threads";
import { type ErrorCode, fileError, HaypileError } from "../../../base/errors.ts";
import { removeFile } from "../../../base/files/patient.ts";
import { makePrivateFolder, secureFolder } from "../../../base/files/private-files.ts";
import { ownModule } from "../../../base/package/own-package.ts";
import { snapshotsFolder } from "../../../config/places/paths.ts";
import type {
  BroughtBack,
  Snapshot,
  SnapshotOptions,
  SnapshotsResult,
} from "../../../ports/answers/snapshots.ts";
import { checkCall, memoryCalls } from "../../../ports/calls.ts";
import type { Memories } from "../../../ports/memories.ts";
import type { MemoryStore } from "../../../ports/memory-rows.ts";
import { lookAtSnapshot } from "./manifest.ts";
import { filesOf, idsIn, newId, tidyDrafts } from "./names.ts";
import type { Known, SnapshotWork, WorkAnswer } from "./worker.ts";

const longestNote = 1_000;
const mostListed = 1_000;

/** Ids that this process is at work on, whoever asked for them. */
const making = new Set<string>();

export class Snapshots {
  readonly #database: string;
  readonly #folder: string;
  readonly #store: Pick<MemoryStore, "rows">;
  readonly #atWork = new Set<Promise<unknown>>();
  /** One after the other: two at once would only share the disk. */
  #last: Promise<unknown> = Promise.resolve();
  #isClosed = false;

  /** @param database absolute path of the file that `store` has open */
  constructor(database: string, store: Pick<MemoryStore, "rows">) {
    this.#database = database;
    this.#folder = snapshotsFolder(database);
    this.#store = store;
  }

  async make(options: SnapshotOptions = {}): Promise<Snapshot> {
    checkCall(memoryCalls, "snapshot", [options]);
    const { note = "" } = options;
    if (note.length > longestNote) {
      throw new HaypileError(
        "HAYPILE_USAGE",
        `Expected a note of at most ${longestNote} characters, but it has ${note.length}. Shorten it.`,
      );
    }
    const made = this.#last.then(() => this.#make(note));
    this.#last = made.catch(() => undefined);
    return await this.#noted(made);
  }

  async list(): Promise<SnapshotsResult> {
    const folder = this.#folder;
    const snapshots: Snapshot[] = [];
    try {
      for (const id of idsIn(folder).slice(0, mostListed)) {
        snapshots.push(await lookAtSnapshot(folder, id));
      }
    } catch (error) {
      throw fileError(error, `list the snapshots in ${folder}`);
    }
    return { snapshots, folder };
  }

  async remove(id: string): Promise<void> {
    const { database, manifest } = filesOf(this.#folder, id);
    const paths = [manifest, database].filter(isThere);
    if (paths.length === 0) throw noSnapshot(id, database);
    try {
      for (const path of paths) removeFile(path);
    } catch (error) {
      throw fileError(error, `remove the snapshot ${database}`);
    }
  }

  /** @param memories where they are put */
  async bringBack(id: string, memories: Pick<Memories, "openImport" | "undelete">) {
    const { database } = filesOf(this.#folder, id);
    if (!isThere(database)) throw noSnapshot(id, database);
    const { sha256, schema } = await lookAtSnapshot(this.#folder, id);
    return await this.#noted(this.#bringBack({ path: database, sha256, schema }, memories));
  }

  /** Waits for what is being made. */
  async close(): Promise<void> {
    this.#isClosed = true;
    await Promise.allSettled([...this.#atWork]);
  }

  async #make(note: string): Promise<Snapshot> {
    if (this.#isClosed) {
      throw new HaypileError("HAYPILE_CLOSED", "The memories were closed before this call.");
    }
    const at = Date.now();
    const id = newId(at);
    const folder = this.#folder;
    making.add(id);
    try {
      makePrivateFolder(folder);
      secureFolder(folder, "folder of snapshots");
      tidyDrafts(folder, (one) => making.has(one));
      const said = { database: this.#database, folder, id, at: new Date(at).toISOString(), note };
      for await (const _ of workIn({ make: said }));
      return await lookAtSnapshot(folder, id);
    } catch (error) {
      throw fileError(error, `make a snapshot in ${folder}`);
    } finally {
      making.delete(id);
    }
  }

  async #bringBack(
    read: Known,
    memories: Pick<Memories, "openImport" | "undelete">,
  ): Promise<BroughtBack> {
    // It was all here before, and what was kept in spite of how it looks is so again.
    const importing = await memories.openImport({ format: "haypile", allowSecrets: true });
    let undeleted = 0;
    for await (const lines of workIn({ read })) {
      for (const line of lines) {
        const { id } = JSON.parse(line) as { id: string };
        if (this.#store.rows.current(id)?.deleted === undefined) continue;
        await memories.undelete(id);
        undeleted += 1;
      }
      await importing.push(lines);
    }
    const { stored, merged, refused, refusedCount } = await importing.end();
    // An undeleted one is there when its line is taken.
    const brought = stored + undeleted;
    return { brought, there: merged - undeleted, refused, refusedCount };
  }

  async #noted<T>(work: Promise<T>): Promise<T> {
    this.#atWork.add(work);
    try {
      return await work;
    } finally {
      this.#atWork.delete(work);
    }
  }
}

/** Gives pieces as they are wanted. @throws HaypileError what the thread met */
async function* workIn(work: SnapshotWork): AsyncGenerator<string[]> {
  const execArgv = ["--disable-warning=ExperimentalWarning"];
  const script = ownModule("engine/memories/snapshots/worker");
  const worker = new Worker(script, { workerData: work, execArgv });
  try {
    for (;;) {
      const answered = new Promise<WorkAnswer>((answer, fail) => {
        worker.once("message", answer);
        worker.once("error", fail);
        worker.once("exit", () =>
          fail(new Error("the thread for snapshots ended before it answered")),
        );
      });
      if ("read" in work) worker.postMessage("more");
      const said = await answered;
      worker.removeAllListeners();
      if ("error" in said) {
        const { code, message, data } = said.error;
        throw new HaypileError(code as ErrorCode, message, { data });
      }
      if ("done" in said || said.lines.length === 0) return;
      yield said.lines;
    }
  } finally {
    await worker.terminate();
  }
}

function isThere(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false }) !== undefined;
}

function noSnapshot(id: string, path: string): HaypileError {
  return new HaypileError(
    "HAYPILE_PATH_MISSING",
    `There is no snapshot ${id} any more. "haypile memories snapshots" lists those that are there.`,
    { data: { path } },
  );
}
