import { existsSync, statSync } from "node:fs";
import { crc32 } from "node:zlib";
import { removeFile } from "../../base/files/patient.ts";
import { log } from "../../base/log.ts";
import type { EmbeddingCache } from "../../ports/embedding-cache.ts";
import type { Database, Statement } from "./file/driver.ts";
import { sqliteCode } from "./file/errors.ts";
import { connect, makeFolder } from "./file/open.ts";
import { truncateLog, watchLog } from "./measures/log-watch.ts";
import { inOneWrite } from "./roles/in-one-write.ts";
import { quantize } from "./vectors/quantize.ts";
import { tellNewerCache } from "./versions/newer-cache.ts";

/** Above this the vectors not asked for the longest go. */
const defaultMaxBytes = 1024 * 1024 * 1024;
/** Cleaned up to this share of the limit, so that it is not done at every run. */
const trimmedShare = 0.75;
/** Rows deleted in one transaction: other processes write between two. */
const rowsPerStep = 4000;
/** A use is noted when the last one is older, seconds: reading seldom writes. */
const useIsOldAfter = 24 * 3600;
/** Counts up when the tables change. Files of before the number was written have 0. */
export const embeddingCacheFormat = 2;

/** `sum`: CRC-32 of key, scale and data (docs/decisions/0061). A row that does not have it is no row. */
const schema = `
  CREATE TABLE IF NOT EXISTS embeddings(
    key BLOB PRIMARY KEY,
    used INTEGER NOT NULL,
    scale REAL NOT NULL,
    data BLOB NOT NULL,
    sum INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX IF NOT EXISTS embeddings_by_use ON embeddings(used);`;

/** Only these say that the file is no cache of ours, and never will be. */
const damaged: ReadonlySet<string> = new Set(["SQLITE_NOTADB", "SQLITE_CORRUPT", "SQLITE_ERROR"]);

/**
 * The cache as an SQLite file that any number of processes share. A damaged file is deleted and begun
 * again, also when the damage is met later; a row whose sum is wrong is not given out. Where it cannot be written (no access, no space, held by another process) what is in it is read;
 * where it cannot be read either, or is of a newer Haypile, the cache is empty and stays so.
 *
 * @param maxBytes of the file with its log; trim() brings it below that
 */
export function openEmbeddingCache(path: string, maxBytes = defaultMaxBytes): EmbeddingCache {
  return new MendedCache(path, maxBytes);
}

/** Begins the file anew when it turns out to be damaged while it is used. */
class MendedCache implements EmbeddingCache {
  readonly #open: () => SqliteEmbeddingCache | NoCache;
  readonly #path: string;
  #inner: SqliteEmbeddingCache | NoCache;

  constructor(path: string, maxBytes: number) {
    this.#open = () => openFile(path, maxBytes);
    this.#path = path;
    this.#inner = this.#open();
  }

  get(keys: readonly Uint8Array[]): (Float32Array | undefined)[] {
    return this.#mending(() => this.#inner.get(keys));
  }

  put(keys: readonly Uint8Array[], vectors: Float32Array): void {
    this.#mending(() => this.#inner.put(keys, vectors));
  }

  trim(): number {
    return this.#mending(() => this.#inner.trim());
  }

  stats(): { entries: number; bytes: number } {
    return this.#inner.stats();
  }

  close(): void {
    this.#inner.close();
  }

  #mending<T>(work: () => T): T {
    const result = work();
    if (!this.#inner.isDamaged) return result;
    log("warn", `the cache of vectors ${this.#path} is damaged and is begun again`);
    this.#inner.close();
    removeFiles(this.#path);
    this.#inner = this.#open();
    return result;
  }
}

function openFile(path: string, maxBytes: number): SqliteEmbeddingCache | NoCache {
  for (const isSecondTry of [false, true]) {
    try {
      return new SqliteEmbeddingCache(path, maxBytes, false);
    } catch (error) {
      log("debug", `the embedding cache ${path} cannot be used: ${String(error)}`);
      if (error instanceof NewerFormat) {
        tellNewerCache("vectors", path, error.format, embeddingCacheFormat);
        return new NoCache();
      }
      if (isSecondTry || !damaged.has(baseCode(error))) break;
      removeFiles(path);
    }
  }
  try {
    if (existsSync(path)) return new SqliteEmbeddingCache(path, maxBytes, true);
  } catch (error) {
    log("debug", `the embedding cache ${path} cannot be read either: ${String(error)}`);
  }
  return new NoCache();
}

/** "SQLITE_CORRUPT" of SQLITE_CORRUPT_INDEX. */
function baseCode(error: unknown): string {
  return sqliteCode(error).split("_").slice(0, 2).join("_");
}

function removeFiles(path: string): void {
  for (const ending of ["", "-wal", "-shm"]) removeQuietly(`${path}${ending}`);
}

class NewerFormat extends Error {
  readonly format: number;

  constructor(format: number) {
    super(`its format is ${format}`);
    this.format = format;
  }
}

class SqliteEmbeddingCache implements EmbeddingCache {
  readonly #path: string;
  readonly #maxBytes: number;
  readonly #isReadonly: boolean;
  readonly #db: Database;
  readonly #get: Statement;
  readonly #put: Statement;
  readonly #use: Statement;
  readonly #unwatch: () => void;
  /** Its file was found damaged. */
  isDamaged = false;

  constructor(path: string, maxBytes: number, isReadonly: boolean) {
    if (!isReadonly) makeFolder(path);
    this.#path = path;
    this.#maxBytes = maxBytes;
    this.#isReadonly = isReadonly;
    this.#db = connect(path, { timeout: 2000, readonly: isReadonly });
    try {
      const version = this.#db.pragma("user_version", { simple: true }) as number;
      if (version > embeddingCacheFormat) throw new NewerFormat(version);
      if (!isReadonly) {
        this.#db.pragma("journal_mode = WAL");
        // Anything in it can be made again.
        this.#db.pragma("synchronous = NORMAL");
        // Rows of before there were sums cannot be told from damaged ones.
        if (version < embeddingCacheFormat) this.#db.exec("DROP TABLE IF EXISTS embeddings");
        this.#db.exec(schema);
        if (version !== embeddingCacheFormat)
          this.#db.pragma(`user_version = ${embeddingCacheFormat}`);
      }
      this.#db.pragma("cache_size = -1024");
      this.#get = this.#db
        .prepare("SELECT used, scale, data, sum FROM embeddings WHERE key = ?")
        .raw();
      this.#put = this.#db.prepare(
        "INSERT OR REPLACE INTO embeddings(key, used, scale, data, sum) VALUES (?, ?, ?, ?, ?)",
      );
      this.#use = this.#db.prepare("UPDATE embeddings SET used = ? WHERE key = ?");
      this.#unwatch = watchLog(this.#db, "cache", path);
    } catch (error) {
      this.#db.close();
      throw error;
    }
  }

  get(keys: readonly Uint8Array[]): (Float32Array | undefined)[] {
    const now = Math.floor(Date.now() / 1000);
    const old: Uint8Array[] = [];
    const found = this.#quietly(() =>
      keys.map((key) => {
        const row = this.#get.get(key) as [number, number, Uint8Array, number] | undefined;
        if (row === undefined) return undefined;
        const [used, scale, data, sum] = row;
        // A damaged row: the text is embedded anew, and put in its place.
        if (!(data instanceof Uint8Array) || sumOf(key, scale, data) !== sum) return undefined;
        if (!Number.isFinite(Math.fround(scale))) return undefined;
        // A use in the future was noted before the clock was set back.
        if (now - used > useIsOldAfter || used > now) old.push(key);
        const codes = new Int8Array(data.buffer, data.byteOffset, data.byteLength);
        return Float32Array.from(codes, (code) => code * scale);
      }),
    );
    if (old.length > 0) this.#write(() => old.map((key) => this.#use.run(now, key)));
    return found ?? keys.map(() => undefined);
  }

  put(keys: readonly Uint8Array[], vectors: Float32Array): void {
    if (keys.length === 0) return;
    const now = Math.floor(Date.now() / 1000);
    const size = vectors.length / keys.length;
    this.#write(() => {
      for (const [row, key] of keys.entries()) {
        const { scale, data } = quantize(vectors.subarray(row * size, (row + 1) * size));
        this.#put.run(key, now, scale, data, sumOf(key, scale, data));
      }
    });
  }

  stats(): { entries: number; bytes: number } {
    const count = (): number =>
      this.#db.prepare("SELECT count(*) FROM embeddings").pluck().get() as number;
    return { entries: this.#quietly(count) ?? 0, bytes: this.#size() };
  }

  trim(): number {
    if (this.#isReadonly || this.#size() <= this.#maxBytes) return 0;
    const before = this.#size();
    this.#quietly(() => {
      const rows = this.#db.prepare("SELECT count(*) FROM embeddings").pluck().get() as number;
      const kept = Math.floor((rows * this.#maxBytes * trimmedShare) / before);
      const step = this.#db.prepare(
        "DELETE FROM embeddings WHERE key IN (SELECT key FROM embeddings ORDER BY used LIMIT ?)",
      );
      for (let left = rows - kept; left > 0; left -= rowsPerStep) {
        step.run(Math.min(left, rowsPerStep));
      }
      // Gives the space back; with another process at work it waits for the next time.
      this.#db.exec("VACUUM");
      truncateLog(this.#db);
    });
    return Math.max(0, before - this.#size());
  }

  close(): void {
    this.#unwatch();
    this.#db.close();
  }

  #size(): number {
    return sizeOf(this.#path) + sizeOf(`${this.#path}-wal`);
  }

  #write(work: () => unknown): void {
    if (!this.#isReadonly) this.#quietly(() => inOneWrite(this.#db, work, "cache"));
  }

  /** Busy, full or damaged: the caller embeds anew. */
  #quietly<T>(work: () => T): T | undefined {
    try {
      return work();
    } catch (error) {
      log("debug", `the embedding cache failed: ${String(error)}`);
      const code = baseCode(error);
      if (code === "SQLITE_CORRUPT" || code === "SQLITE_NOTADB") this.isDamaged = true;
      return undefined;
    }
  }
}

class NoCache implements EmbeddingCache {
  readonly isDamaged = false;

  get(keys: readonly Uint8Array[]): undefined[] {
    return keys.map(() => undefined);
  }
  put(): void {}
  trim(): number {
    return 0;
  }
  stats(): { entries: number; bytes: number } {
    return { entries: 0, bytes: 0 };
  }
  close(): void {}
}

function sumOf(key: Uint8Array, scale: number, data: Uint8Array | Int8Array): number {
  const number = new Uint8Array(Float64Array.of(scale).buffer);
  const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  return crc32(bytes, crc32(number, crc32(key)));
}

function sizeOf(path: string): number {
  return existsSync(path) ? statSync(path).size : 0;
}

function removeQuietly(path: string): void {
  try {
    removeFile(path);
  } catch {
    // Then the second try says why.
  }
}
