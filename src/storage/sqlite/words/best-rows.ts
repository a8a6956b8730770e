/*
 * The best rows of a word index by BM25, by the core's function for SQLite: one call goes over the rows of each word
 * once, where SQL calls bm25() for each row of any. Scores are those of bm25().
 */
import { log } from "../../../base/log.ts";
import type { ScoredChunk } from "../../../ports/store.ts";
import type { Database, Statement } from "../file/driver.ts";

export interface Best {
  /** Best first, ties by id. */
  rows: ScoredChunk[];
  /** How many rows each term is in, in their order, of `all`. */
  counts: Float64Array;
  all: number;
}

/** What each row has beside its words: pairs of its id and a score above 0. */
export type Extras = Float64Array;

export interface BestRowsOptions {
  db: Database;
  /** Of FTS5. */
  table: string;
  /** Of each column, above 0. */
  weights: readonly number[];
  /** The library with the function; it is asked for at the first query. */
  library: (() => string | undefined) | undefined;
}

/** Connections that have the function. */
const withFunction = new WeakSet<Database>();

export class BestRows {
  readonly #options: BestRowsOptions;
  /** Null: SQLite cannot load the function. */
  #statement: Statement | null | undefined;
  #bytes = 0;

  constructor(options: BestRowsOptions) {
    this.#options = options;
  }

  /** Bytes kept between two queries by all of the connection: the length of rows, while nothing changes. */
  get bytes(): number {
    return this.#bytes;
  }

  /**
   * The best `limit` of the rows that a query matches and of `extras`. Undefined: SQL must be asked, since the function
   * is not to be had or no row matches.
   * @param match terms joined by OR
   * @param allowed ids, each once: only these are found
   */
  of(
    match: string,
    limit: number,
    allowed: Uint32Array | undefined,
    extras: Extras,
  ): Best | undefined {
    this.#statement ??= this.#prepare();
    const answer = this.#statement?.get({
      match,
      limit,
      allowed: allowed === undefined ? null : bytesOf(allowed),
      extras: bytesOf(extras),
    }) as Buffer | null | undefined;
    if (answer === null || answer === undefined) return undefined;
    const values = new Float64Array(answer.byteLength / Float64Array.BYTES_PER_ELEMENT);
    new Uint8Array(values.buffer).set(answer);
    const [phrases = 0, all = 0, bytes = 0] = values.subarray(-3);
    this.#bytes = bytes;
    const end = values.length - 3 - phrases;
    const rows: ScoredChunk[] = [];
    for (let at = 0; at < end; at += 2) {
      rows.push({ chunkId: values[at] as number, score: values[at + 1] as number });
    }
    return { rows, counts: values.subarray(end, end + phrases), all };
  }

  #prepare(): Statement | null {
    const { db, table, weights, library } = this.#options;
    const path = library?.();
    if (path === undefined) return null;
    if (!hasFunction(db, path)) return null;
    return db
      .prepare(
        `SELECT haypile_best(${table}, '${table}', $limit, $allowed, $extras, ${weights.join(", ")})
         FROM ${table} WHERE ${table} MATCH $match LIMIT 1`,
      )
      .pluck();
  }
}

/** Loads the function into a connection that has it not. */
function hasFunction(db: Database, path: string): boolean {
  if (withFunction.has(db)) return true;
  try {
    db.loadExtension(path);
    withFunction.add(db);
    return true;
  } catch (error) {
    log("info", `SQLite does not load the core, words are ranked by its own bm25(): ${error}`);
    return false;
  }
}

function bytesOf(values: Uint32Array | Float64Array): Uint8Array {
  return new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
}
