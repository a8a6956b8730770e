/*
 * Which model the vectors of an index are of: asked before there is an engine, so with one connection and the
 * statements of these answers alone, and not with a whole store.
 */
import { existsSync } from "node:fs";
import type { Database } from "./driver.ts";
import { corruptError, sqliteCode, sqliteError } from "./errors.ts";
import { Meta, type ModelClaim, modelFolderKey } from "./meta.ts";
import { checkedPath, openDatabase } from "./open.ts";

/** The answers take a page or two. */
const cacheBytes = 256 * 1_024;

/** Opens the file at the first question; close it. An index that is not there has no model. */
export class IndexModel {
  readonly #path: string;
  #opened: { db: Database; meta: Meta } | undefined;

  /** @param path of the database */
  constructor(path: string) {
    this.#path = path;
  }

  /** @throws HaypileError those of opening a database, HAYPILE_DB_CORRUPT */
  model(): ModelClaim | undefined {
    return this.#ask(({ meta }) => meta.model());
  }

  /** Folder of its model, where the index came to it by one. @throws HaypileError as model() */
  folder(): string | undefined {
    const folder = this.#ask(({ meta }) => meta.get(modelFolderKey));
    return folder === "" ? undefined : folder;
  }

  /** Some chunk has a vector. @throws HaypileError as model() */
  hasVectors(): boolean {
    const counts = "(SELECT count(*) FROM chunks) > (SELECT count(*) FROM pending)";
    return this.#ask(({ db }) => db.prepare(`SELECT ${counts}`).pluck().get() === 1) ?? false;
  }

  /** A fact by its name. @throws HaypileError as model() */
  getMeta(key: string): string | undefined {
    return this.#ask(({ meta }) => meta.get(key));
  }

  close(): void {
    this.#opened?.db.close();
    this.#opened = undefined;
  }

  #ask<T>(ask: (opened: { db: Database; meta: Meta }) => T): T | undefined {
    if (this.#opened === undefined && !existsSync(this.#path)) return undefined;
    try {
      this.#opened ??= this.#open();
      return ask(this.#opened);
    } catch (error) {
      // The file says it has our schema; a statement that does not fit it shows damage.
      if (sqliteCode(error) === "SQLITE_ERROR")
        throw corruptError(this.#path, String(error), error);
      throw sqliteError(error, this.#path, "read the model of the index");
    }
  }

  #open(): { db: Database; meta: Meta } {
    const path = checkedPath(this.#path);
    const { db } = openDatabase({ path, cacheBytes, readonly: true });
    try {
      return { db, meta: new Meta(db, path) };
    } catch (error) {
      db.close();
      throw error;
    }
  }
}
