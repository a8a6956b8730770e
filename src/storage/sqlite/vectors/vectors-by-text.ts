/*
 * The vectors of an index by the hashes of their texts, for an export: by a connection of its own that sees one moment of
 * the file, whoever writes meanwhile. Close it.
 */
import { HaypileError } from "../../../base/errors.ts";
import type { ModelName } from "../../../base/model-name.ts";
import type { Database } from "../file/driver.ts";
import { sqliteError } from "../file/errors.ts";
import { Meta } from "../file/meta.ts";
import { openDatabase } from "../file/open.ts";

export interface IndexedFile {
  id: number;
  path: string;
  /** Hash of the bytes it was read as, hex. */
  contentHash: string;
}

export interface StoredVector {
  textHash: Buffer;
  scale: number;
  data: Buffer;
}

/** Of the chunks of files that were chosen. */
export interface VectorCounts {
  /** Whole vectors of the length of the model. */
  whole: number;
  /** Packed with a loss, or damaged. */
  packed: number;
  /** Chunks that wait for one. */
  waiting: number;
}

const cacheBytes = 8 * 1024 * 1024;
const rowsPerPage = 1024;
const isChosen =
  "EXISTS (SELECT 1 FROM file_chunks WHERE chunk_id = chunks.id AND file_id IN (SELECT id FROM temp.chosen))";

export class VectorsByText {
  readonly #db: Database;
  readonly #path: string;

  /** @throws HaypileError as openDatabase() */
  constructor(path: string) {
    this.#path = path;
    this.#db = openDatabase({ path, cacheBytes, readonly: true }).db;
    this.#read(() => {
      this.#db.exec("CREATE TEMP TABLE chosen(id INTEGER PRIMARY KEY) STRICT");
      this.#db.exec("BEGIN");
    });
  }

  /** The model of the vectors; undefined: there is none yet. */
  model(): ModelName | undefined {
    return this.#read(() => new Meta(this.#db, this.#path).model());
  }

  files(): IndexedFile[] {
    return this.#read(
      () =>
        this.#db
          .prepare("SELECT id, path, content_hash AS contentHash FROM files ORDER BY path")
          .all() as IndexedFile[],
    );
  }

  /** Whose chunks are meant from now on. */
  choose(fileIds: readonly number[]): void {
    this.#read(() => {
      this.#db.exec("DELETE FROM temp.chosen");
      this.#db
        .prepare("INSERT INTO temp.chosen SELECT value FROM json_each(?)")
        .run(JSON.stringify(fileIds));
    });
  }

  counts(dimensions: number): VectorCounts {
    return this.#read(() => {
      const count = (what: string): number =>
        this.#db
          .prepare(`SELECT count(*) FROM chunks JOIN ${what} AND ${isChosen}`)
          .pluck()
          .get({ dimensions }) as number;
      const whole = count(`vectors ON chunk_id = chunks.id WHERE ${isWhole}`);
      const all = count("vectors ON chunk_id = chunks.id WHERE $dimensions = $dimensions");
      const waiting = count("pending ON chunk_id = chunks.id WHERE $dimensions = $dimensions");
      return { whole, packed: all - whole, waiting };
    });
  }

  /** Whole vectors, in the order of the hashes. */
  *pages(dimensions: number): Generator<StoredVector[]> {
    const next = this.#db.prepare(
      `SELECT text_hash AS textHash, scale, data FROM chunks JOIN vectors ON chunk_id = chunks.id
       WHERE text_hash > $after AND ${isWhole} AND ${isChosen} ORDER BY text_hash LIMIT ${rowsPerPage}`,
    );
    for (let after: Buffer = Buffer.alloc(0); ; ) {
      const from = after;
      const page = this.#read(() => next.all({ after: from, dimensions }) as StoredVector[]);
      if (page.length > 0) yield page;
      const last = page.at(-1);
      if (last === undefined || page.length < rowsPerPage) return;
      after = last.textHash;
    }
  }

  close(): void {
    this.#db.close();
  }

  #read<T>(work: () => T): T {
    try {
      return work();
    } catch (error) {
      if (HaypileError.isInstance(error)) throw error;
      throw sqliteError(error, this.#path, "read the vectors of the index");
    }
  }
}

/** Damaged rows may have anything; of the rest the reader says what a scale may be. */
const isWhole =
  "length(data) = $dimensions AND length(text_hash) = 16 AND scale >= 0 AND scale < 1";
