import { existsSync, rmSync, statSync } from "node:fs";
import { log } from "../../base/log.ts";
import type { EmbeddingCache } from "../../ports/embedding-cache.ts";
import { type Database, loadDriver, makeFolder, type Statement } from "./open.ts";
import { quantize } from "./quantize.ts";

/** Above this the vectors not asked for the longest go. */
const defaultMaxBytes = 1024 * 1024 * 1024;
/** So much goes at once, as a share. */
const evictShare = 0.25;
/** A use is noted when the last one is older, seconds: reading seldom writes. */
const useIsOldAfter = 24 * 3600;

const schema = `
  CREATE TABLE IF NOT EXISTS embeddings(
    key BLOB PRIMARY KEY,
    used INTEGER NOT NULL,
    scale REAL NOT NULL,
    data BLOB NOT NULL
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX IF NOT EXISTS embeddings_by_use ON embeddings(used);`;

/**
 * The cache as an SQLite file that any number of processes share. A damaged file is deleted and begun
 * again; where none can be written the cache is empty and stays so.
 */
export function openEmbeddingCache(path: string, maxBytes = defaultMaxBytes): EmbeddingCache {
  for (const isSecondTry of [false, true]) {
    try {
      return new SqliteEmbeddingCache(path, maxBytes);
    } catch (error) {
      log("debug", `the embedding cache ${path} cannot be used: ${String(error)}`);
      if (isSecondTry) break;
      for (const ending of ["", "-wal", "-shm"]) removeQuietly(`${path}${ending}`);
    }
  }
  return new NoCache();
}

class SqliteEmbeddingCache implements EmbeddingCache {
  readonly #path: string;
  readonly #db: Database;
  readonly #get: Statement;
  readonly #put: Statement;
  readonly #use: Statement;

  constructor(path: string, maxBytes: number) {
    makeFolder(path);
    this.#path = path;
    const driver = loadDriver();
    this.#db = new driver(path, { timeout: 2000 });
    try {
      this.#db.pragma("journal_mode = WAL");
      // Anything in it can be made again.
      this.#db.pragma("synchronous = NORMAL");
      this.#db.pragma("cache_size = -1024");
      this.#db.exec(schema);
      this.#get = this.#db.prepare("SELECT used, scale, data FROM embeddings WHERE key = ?").raw();
      this.#put = this.#db.prepare(
        "INSERT OR REPLACE INTO embeddings(key, used, scale, data) VALUES (?, ?, ?, ?)",
      );
      this.#use = this.#db.prepare("UPDATE embeddings SET used = ? WHERE key = ?");
      if (sizeOf(path) > maxBytes) this.#evict();
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
        const row = this.#get.get(key) as [number, number, Uint8Array] | undefined;
        if (row === undefined) return undefined;
        const [used, scale, data] = row;
        // A damaged row: the text is embedded anew, and put in its place.
        if (!Number.isFinite(Math.fround(scale))) return undefined;
        if (now - used > useIsOldAfter) old.push(key);
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
        this.#put.run(key, now, scale, data);
      }
    });
  }

  stats(): { entries: number; bytes: number } {
    const count = (): number =>
      this.#db.prepare("SELECT count(*) FROM embeddings").pluck().get() as number;
    return { entries: this.#quietly(count) ?? 0, bytes: sizeOf(this.#path) };
  }

  close(): void {
    this.#db.close();
  }

  #evict(): void {
    this.#db.exec(`
      DELETE FROM embeddings WHERE used <= (SELECT used FROM embeddings ORDER BY used
        LIMIT 1 OFFSET (SELECT CAST(count(*) * ${evictShare} AS INTEGER) FROM embeddings));
      VACUUM;`);
  }

  #write(work: () => unknown): void {
    this.#quietly(() => this.#db.transaction(work).immediate());
  }

  /** Busy, full or damaged: the caller embeds anew. */
  #quietly<T>(work: () => T): T | undefined {
    try {
      return work();
    } catch (error) {
      log("debug", `the embedding cache failed: ${String(error)}`);
      return undefined;
    }
  }
}

class NoCache implements EmbeddingCache {
  get(keys: readonly Uint8Array[]): undefined[] {
    return keys.map(() => undefined);
  }
  put(): void {}
  stats(): { entries: number; bytes: number } {
    return { entries: 0, bytes: 0 };
  }
  close(): void {}
}

function sizeOf(path: string): number {
  return existsSync(path) ? statSync(path).size : 0;
}

function removeQuietly(path: string): void {
  try {
    rmSync(path, { force: true });
  } catch {
    // Then the second try says why.
  }
}
