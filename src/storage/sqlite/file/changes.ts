import type { Database, Statement } from "./driver.ts";

/** Tells whether anything in the database has changed, by this connection or another. */
export class Changes {
  readonly #byOthers: Statement;
  readonly #own: Statement;

  constructor(db: Database) {
    this.#byOthers = db.prepare("PRAGMA data_version").pluck();
    this.#own = db.prepare("SELECT total_changes()").pluck();
  }

  /** Two equal marks: nothing has changed between them. */
  mark(): string {
    return `${this.#byOthers.get()} ${this.#own.get()}`;
  }

  /** `compute`, run again only when something has changed. */
  remembered<T>(compute: () => T): () => T {
    let known: { mark: string; value: T } | undefined;
    return () => {
      const mark = this.mark();
      if (known?.mark !== mark) known = { mark, value: compute() };
      return known.value;
    };
  }
}
