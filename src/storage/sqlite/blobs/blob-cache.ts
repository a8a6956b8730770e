/*
 * What is known of contents by the ids that git gives them: language, whether they count as code, which names stand in
 * them, and what their syntax trees say. A content never changes, so what is known of it is true at every commit and in
 * every repository that has it. The name of the file is part of the key, since language and rules go by it. Anything in
 * the file can be made again: a damaged one is begun anew, and a row whose sum is wrong is no row.
 */
import { existsSync, statSync } from "node:fs";
import { crc32 } from "node:zlib";
import { removeFile } from "../../../base/files/patient.ts";
import { log } from "../../../base/log.ts";
import type { Database, Statement } from "../file/driver.ts";
import { sqliteCode } from "../file/errors.ts";
import { connect, makeFolder } from "../file/open.ts";
import { inOneWrite } from "../roles/in-one-write.ts";
import { tellNewerCache } from "../versions/newer-cache.ts";

/** A content under the name of a file. */
export interface BlobKey {
  /** The id that its bytes have, 40 or 64 hexadecimal digits: who puts rows has made sure of it. */
  id: string;
  /** Of the file, without its folders. */
  name: string;
}

export interface BlobFacts {
  /** Lower-case name of the language, or "text". */
  language: string;
  /** Why it does not count as code: "binary", "generated", "long-lines"; "": it does. */
  skip: string;
  /** Names that stand in it, as a NameSieve has them. */
  sieve: Uint8Array;
}

/** The parts of a parse, or why there is none. */
export type KeptParse = { head: Uint8Array; references: Uint8Array } | { failed: string };

const defaultMaxBytes = 512 * 1024 * 1024;
/** Cleaned up to this share of the limit. */
const trimmedShare = 0.7;
const rowsPerStep = 2_000;
/** A use is noted when the last one is older, seconds: reading seldom writes. */
const useIsOldAfter = 24 * 3_600;
/** Counts up when the tables change. */
export const blobCacheFormat = 1;

const schema = `
  CREATE TABLE IF NOT EXISTS blobs(
    id BLOB NOT NULL, name TEXT NOT NULL, rules INTEGER NOT NULL, used INTEGER NOT NULL,
    language TEXT NOT NULL, skip TEXT NOT NULL, sieve BLOB NOT NULL, sum INTEGER NOT NULL,
    PRIMARY KEY (id, name)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS parses(
    id BLOB NOT NULL, name TEXT NOT NULL, rules INTEGER NOT NULL, used INTEGER NOT NULL,
    failed TEXT NOT NULL, head BLOB NOT NULL, refs BLOB NOT NULL, sum INTEGER NOT NULL,
    PRIMARY KEY (id, name)
  ) STRICT;
  CREATE INDEX IF NOT EXISTS blobs_by_use ON blobs(used);
  CREATE INDEX IF NOT EXISTS parses_by_use ON parses(used);`;

const none = new Uint8Array(0);

/** Any number of processes share it. Where the file cannot be used nothing is known, and nothing is kept. */
export class BlobCache {
  readonly #path: string;
  readonly #rules: number;
  readonly #maxBytes: number;
  #db: Database | undefined;
  #statements: Statements | undefined;

  /**
   * @param path of the file; it and its folder are made, for this user alone
   * @param rules number of the rules that rows are made by (parsers, languages): rows of others are no rows
   * @param maxBytes of the file with its log; trim() brings it below that
   */
  constructor(path: string, rules: number, maxBytes = defaultMaxBytes) {
    this.#path = path;
    this.#rules = rules;
    this.#maxBytes = maxBytes;
    this.#open();
  }

  /** In the order asked; undefined for one that is not known. */
  facts(keys: readonly BlobKey[]): (BlobFacts | undefined)[] {
    const known = this.#quietly(({ facts, useFacts }) => {
      const old: [number, Uint8Array, string][] = [];
      const now = seconds();
      const found = keys.map(({ id, name }) => {
        const key = bytesOf(id);
        const row = facts.get(key, name, this.#rules) as FactsRow | undefined;
        if (row === undefined) return undefined;
        const [used, language, skip, sieve, sum] = row;
        if (sumOf(key, `${name}\n${language}\n${skip}`, sieve, none) !== sum) return undefined;
        if (isOld(used, now)) old.push([now, key, name]);
        return { language, skip, sieve };
      });
      this.#touch(useFacts, old);
      return found;
    });
    return known ?? keys.map(() => undefined);
  }

  putFacts(rows: readonly (BlobKey & BlobFacts)[]): void {
    const now = seconds();
    this.#write(({ putFacts }) => {
      for (const { id, name, language, skip, sieve } of rows) {
        const key = bytesOf(id);
        const sum = sumOf(key, `${name}\n${language}\n${skip}`, sieve, none);
        putFacts.run(key, name, this.#rules, now, language, skip, sieve, sum);
      }
    });
  }

  /** In the order asked; undefined for one that is not known. */
  parses(keys: readonly BlobKey[]): (KeptParse | undefined)[] {
    const known = this.#quietly(({ parse, useParse }) => {
      const old: [number, Uint8Array, string][] = [];
      const now = seconds();
      const found = keys.map(({ id, name }): KeptParse | undefined => {
        const key = bytesOf(id);
        const row = parse.get(key, name, this.#rules) as ParseRow | undefined;
        if (row === undefined) return undefined;
        const [used, failed, head, refs, sum] = row;
        if (sumOf(key, `${name}\n${failed}`, head, refs) !== sum) return undefined;
        if (isOld(used, now)) old.push([now, key, name]);
        return failed === "" ? { head, references: refs } : { failed };
      });
      this.#touch(useParse, old);
      return found;
    });
    return known ?? keys.map(() => undefined);
  }

  putParses(rows: readonly (BlobKey & { parse: KeptParse })[]): void {
    const now = seconds();
    this.#write(({ putParse }) => {
      for (const { id, name, parse } of rows) {
        const key = bytesOf(id);
        const failed = "failed" in parse ? parse.failed : "";
        const [head, refs] = "failed" in parse ? [none, none] : [parse.head, parse.references];
        const sum = sumOf(key, `${name}\n${failed}`, head, refs);
        putParse.run(key, name, this.#rules, now, failed, head, refs, sum);
      }
    });
  }

  /** Deletes what was not asked for the longest, where the file is above its limit. @returns bytes that it gave back */
  trim(): number {
    const before = this.#size();
    if (before <= this.#maxBytes) return 0;
    this.#quietly((_, db) => {
      const share = (this.#maxBytes * trimmedShare) / before;
      for (const table of ["blobs", "parses"]) {
        const rows = db.prepare(`SELECT count(*) FROM ${table}`).pluck().get() as number;
        const step = db.prepare(
          `DELETE FROM ${table} WHERE (id, name) IN (SELECT id, name FROM ${table} ORDER BY used LIMIT ?)`,
        );
        for (let left = Math.ceil(rows * (1 - share)); left > 0; left -= rowsPerStep) {
          step.run(Math.min(left, rowsPerStep));
        }
      }
      db.exec("VACUUM");
      db.pragma("wal_checkpoint(TRUNCATE)");
    });
    return Math.max(0, before - this.#size());
  }

  close(): void {
    this.#db?.close();
    this.#db = undefined;
    this.#statements = undefined;
  }

  #open(): void {
    for (const isSecondTry of [false, true]) {
      try {
        makeFolder(this.#path);
        const db = connect(this.#path, { timeout: 2_000 });
        this.#db = db;
        const format = db.pragma("user_version", { simple: true }) as number;
        if (format > blobCacheFormat) {
          tellNewerCache("contents", this.#path, format, blobCacheFormat);
          break;
        }
        db.pragma("journal_mode = WAL");
        // Anything in it can be made again.
        db.pragma("synchronous = NORMAL");
        db.pragma("cache_size = -4096");
        db.exec(schema);
        db.pragma(`user_version = ${blobCacheFormat}`);
        this.#statements = statementsOf(db);
        return;
      } catch (error) {
        log("debug", `the cache of contents ${this.#path} cannot be used: ${String(error)}`);
        this.close();
        if (isSecondTry || !isDamage(error)) break;
        this.#remove();
      }
    }
    this.close();
  }

  #remove(): void {
    for (const ending of ["", "-wal", "-shm"]) {
      try {
        removeFile(`${this.#path}${ending}`);
      } catch {
        // The second try says why.
      }
    }
  }

  #touch(statement: Statement, rows: readonly (readonly [number, Uint8Array, string])[]): void {
    if (rows.length > 0) this.#write(() => rows.map((row) => statement.run(...row)));
  }

  #write(work: (statements: Statements) => unknown): void {
    this.#quietly((statements, db) => inOneWrite(db, () => work(statements), "cache"));
  }

  /** Busy, full or damaged: the caller makes it anew. */
  #quietly<T>(work: (statements: Statements, db: Database) => T): T | undefined {
    if (this.#db === undefined || this.#statements === undefined) return undefined;
    try {
      return work(this.#statements, this.#db);
    } catch (error) {
      log("debug", `the cache of contents failed: ${String(error)}`);
      if (isDamage(error)) {
        log("warn", `the cache of contents ${this.#path} is damaged and is begun again`);
        this.close();
        this.#remove();
        this.#open();
      }
      return undefined;
    }
  }

  #size(): number {
    return [this.#path, `${this.#path}-wal`].reduce(
      (sum, path) => sum + (existsSync(path) ? statSync(path).size : 0),
      0,
    );
  }
}

interface Statements {
  facts: Statement;
  putFacts: Statement;
  useFacts: Statement;
  parse: Statement;
  putParse: Statement;
  useParse: Statement;
}

type FactsRow = [number, string, string, Uint8Array, number];
type ParseRow = [number, string, Uint8Array, Uint8Array, number];

function statementsOf(db: Database): Statements {
  const byKey = "WHERE id = ? AND name = ?";
  return {
    facts: db
      .prepare(`SELECT used, language, skip, sieve, sum FROM blobs ${byKey} AND rules = ?`)
      .raw(),
    putFacts: db.prepare("INSERT OR REPLACE INTO blobs VALUES (?, ?, ?, ?, ?, ?, ?, ?)"),
    useFacts: db.prepare(`UPDATE blobs SET used = ? ${byKey}`),
    parse: db
      .prepare(`SELECT used, failed, head, refs, sum FROM parses ${byKey} AND rules = ?`)
      .raw(),
    putParse: db.prepare("INSERT OR REPLACE INTO parses VALUES (?, ?, ?, ?, ?, ?, ?, ?)"),
    useParse: db.prepare(`UPDATE parses SET used = ? ${byKey}`),
  };
}

function isDamage(error: unknown): boolean {
  const code = sqliteCode(error).split("_").slice(0, 2).join("_");
  return code === "SQLITE_NOTADB" || code === "SQLITE_CORRUPT" || code === "SQLITE_ERROR";
}

/** A use in the future was noted before the clock was set back. */
function isOld(used: number, now: number): boolean {
  return now - used > useIsOldAfter || used > now;
}

function seconds(): number {
  return Math.floor(Date.now() / 1_000);
}

function bytesOf(id: string): Uint8Array {
  return Buffer.from(id, "hex");
}

function sumOf(key: Uint8Array, text: string, one: Uint8Array, other: Uint8Array): number {
  return crc32(other, crc32(one, crc32(text, crc32(key))));
}
