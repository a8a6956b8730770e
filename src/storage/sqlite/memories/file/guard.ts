/*
 * Every use of the database of memories goes through here: one immediate transaction for each write, errors in
 * our words, and no write into a file that is not at its path any more, or holds another state than when it was opened.
 */
import { statSync } from "node:fs";
import { HaypileError } from "../../../../base/errors.ts";
import type { Database, Statement } from "../../file/driver.ts";
import { closedError } from "../../file/errors.ts";
import { busyTimeoutMs } from "../../file/open.ts";
import { truncateLog } from "../../measures/log-watch.ts";
import type { Guard } from "../../roles/guarded.ts";
import { inOneWrite } from "../../roles/in-one-write.ts";
import { memoryError } from "./errors.ts";
import { memoryWriteKind } from "./write-kinds.ts";

/** A write that does not get its turn by then is refused as busy: the caller waits without holding up its thread. */
const writeTryMs = 20;
const gone = "none";

export class CeilingGuard implements Guard {
  readonly #db: Database;
  readonly #path: string;
  readonly #file: string;
  readonly #schemaVersion: Statement;
  /** Another one when a snapshot was restored: SQLite counts it up, and what is held of the rows is of none of them. */
  readonly #schema: unknown;
  readonly #wrote: () => void;
  isOpen = true;

  /** @param wrote called after each write that is not a light one */
  constructor(db: Database, path: string, wrote: () => void = () => undefined) {
    this.#db = db;
    this.#path = path;
    this.#file = identityOf(path);
    this.#schemaVersion = db.prepare("PRAGMA schema_version").pluck();
    this.#schema = this.#schemaVersion.get();
    this.#wrote = wrote;
  }

  /** What is open is not what is at the path now: open it anew. False where nothing is there: none is made by looking. */
  get isReplaced(): boolean {
    if (!this.isOpen) return false;
    const there = identityOf(this.#path);
    return there !== gone && (there !== this.#file || this.#isRestored());
  }

  #assertOpen(doing: string): void {
    if (!this.isOpen) throw closedError(this.#path, doing);
  }

  write<T>(doing: string, work: () => T): T {
    const result = this.run(doing, () => this.#trying(() => this.#inPlace(doing, work)));
    this.#wrote();
    return result;
  }

  writeLightly<T>(doing: string, work: () => T): T {
    return this.run(doing, () => {
      this.#db.pragma("synchronous = NORMAL");
      try {
        return this.#trying(() => this.#inPlace(doing, work));
      } finally {
        this.#db.pragma("synchronous = FULL");
      }
    });
  }

  /** What need not be done now: undefined when others write. */
  unlessBusy<T>(doing: string, work: () => T): T | undefined {
    try {
      return this.writeLightly(doing, work);
    } catch (error) {
      if (HaypileError.isInstance(error) && error.code === "HAYPILE_DB_BUSY") return undefined;
      throw error;
    }
  }

  /** Brings the log into the database and cuts it. False: others read. */
  truncateLog(): boolean {
    return this.run("write what was erased", () => this.#trying(() => truncateLog(this.#db)));
  }

  run<T>(doing: string, work: () => T): T {
    this.#assertOpen(doing);
    try {
      return work();
    } catch (error) {
      throw memoryError(error, this.#path, doing, this.#db);
    }
  }

  async runAsync<T>(doing: string, work: () => Promise<T>): Promise<T> {
    this.#assertOpen(doing);
    try {
      return await work();
    } catch (error) {
      throw memoryError(error, this.#path, doing, this.isOpen ? this.#db : undefined);
    }
  }

  /** Waits only so long for other connections. */
  #trying<T>(work: () => T): T {
    this.#db.pragma(`busy_timeout = ${writeTryMs}`);
    try {
      return work();
    } finally {
      this.#db.pragma(`busy_timeout = ${busyTimeoutMs}`);
    }
  }

  /** Looked at with the right to write in hand, so that nothing takes its place before the commit. */
  #inPlace<T>(doing: string, work: () => T): T {
    this.#assertInPlace(doing);
    const checked = (): T => {
      this.#assertInPlace(doing);
      if (this.#isRestored()) throw restored(this.#path, doing);
      return work();
    };
    return inOneWrite(this.#db, checked, memoryWriteKind(doing));
  }

  #isRestored(): boolean {
    return this.#schemaVersion.get() !== this.#schema;
  }

  /** A rescue, or a person, has put another file there: what is written here would be found by nobody. */
  #assertInPlace(doing: string): void {
    if (identityOf(this.#path) === this.#file) return;
    throw new HaypileError(
      "HAYPILE_IO",
      `Could not ${doing}: the file of the memories, ${this.#path}, was moved or replaced while it was open. Nothing was written. Start Haypile again ("haypile restart" for the daemon).`,
      { data: { path: this.#path, isReplaced: true } },
    );
  }
}

function restored(path: string, doing: string): HaypileError {
  return new HaypileError(
    "HAYPILE_IO",
    `Could not ${doing}: the memories in ${path} were restored from a snapshot meanwhile. Nothing was written. Open them again.`,
    { data: { path, isReplaced: true } },
  );
}

/** Tells whether a path still leads to the same file; the same for all on Windows, where numbers of files change. */
function identityOf(path: string): string {
  if (process.platform === "win32") return "";
  const stats = statSync(path, { throwIfNoEntry: false });
  return stats === undefined ? gone : `${stats.dev} ${stats.ino}`;
}
