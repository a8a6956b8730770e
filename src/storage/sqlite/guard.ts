import { explain } from "./explain.ts";
import type { Guard } from "./guarded.ts";
import type { Database } from "./open.ts";
import { closedError } from "./sqlite-errors.ts";

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
