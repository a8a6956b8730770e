import { HaypileError } from "../../../base/errors.ts";
import type { Database } from "../file/driver.ts";
import { closedError } from "../file/errors.ts";
import { explain } from "../file/explain.ts";
import { busyTimeoutMs } from "../file/open.ts";
import type { Guard } from "./guarded.ts";

/** SQLite waits for others on the thread that answers everybody. */
const lightBusyTimeoutMs = 10;

/** Every use of the database of an index goes through here: refused when it is closed, errors in our words. */
export class IndexGuard implements Guard {
  readonly #db: Database;
  readonly #path: string;

  constructor(db: Database, path: string) {
    this.#db = db;
    this.#path = path;
  }

  run<T>(doing: string, work: () => T): T {
    if (!this.#db.open) throw closedError(this.#path, doing);
    try {
      return work();
    } catch (error) {
      throw explain(this.#db, this.#path, error, doing);
    }
  }

  /** Runs a write that need not be done now. @returns false when another connection writes: nothing was written */
  unlessBusy(write: () => void): boolean {
    return this.run("write what need not be written now", () => {
      this.#db.pragma(`busy_timeout = ${lightBusyTimeoutMs}`);
      try {
        write();
        return true;
      } catch (error) {
        if (HaypileError.isInstance(error) && error.code === "HAYPILE_DB_BUSY") return false;
        throw error;
      } finally {
        if (this.#db.open) this.#db.pragma(`busy_timeout = ${busyTimeoutMs}`);
      }
    });
  }

  async runAsync<T>(doing: string, work: () => Promise<T>): Promise<T> {
    if (!this.#db.open) throw closedError(this.#path, doing);
    try {
      return await work();
    } catch (error) {
      if (!this.#db.open) throw closedError(this.#path, doing);
      throw explain(this.#db, this.#path, error, doing);
    }
  }
}
