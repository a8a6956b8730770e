import type { ScoredChunk } from "../../../ports/store.ts";
import type { Database, Statement } from "../file/driver.ts";
import type { CodedVectors } from "./coded-vectors.ts";
import { nearestRows } from "./cosine-sql.ts";
import { type QuantizedVector, quantize } from "./quantize.ts";
import type { RawVector } from "./row-buffer.ts";
import { productBy, type VectorCoder } from "./vector-codes.ts";

/** Reading many rows at once takes half the time of reading one by one. */
const rowsPerPage = 512;

/**
 * Vectors as int8 with a scale per row: the only copy. A search compares all rows, exactly: through
 * sqlite-vec's functions, or in JavaScript where sqlite-vec has no binary (four times slower). After a
 * compaction that loses something rows are packed (vector-codes.ts), and compared as they are packed.
 * Vectors of all zeros have no direction and are found by no query, nor is a damaged one of a wrong length.
 */
export class Vectors {
  readonly #put: Statement;
  readonly #removePending: Statement;
  readonly #nearest: Statement | undefined;
  readonly #nearestOf: Statement | undefined;
  readonly #all: Statement;
  readonly #sample: Statement;
  readonly #page: Statement;

  readonly #coded: CodedVectors;

  constructor(db: Database, hasVectorFunctions: boolean, coded: CodedVectors) {
    this.#coded = coded;
    // A chunk may have gone while its text was with the embedder: then there is nothing to store.
    this.#put = db.prepare(
      `INSERT INTO vectors(chunk_id, scale, data)
       SELECT $id, $scale, $data WHERE EXISTS (SELECT 1 FROM chunks WHERE id = $id)
       ON CONFLICT (chunk_id) DO UPDATE SET scale = excluded.scale, data = excluded.data`,
    );
    this.#removePending = db.prepare("DELETE FROM pending WHERE chunk_id = ?");
    const isAllowed = "chunk_id IN (SELECT value FROM json_each($allowed))";
    this.#nearest = hasVectorFunctions ? nearestRows(db, "vectors") : undefined;
    this.#nearestOf = hasVectorFunctions ? nearestRows(db, "vectors", isAllowed) : undefined;
    this.#sample = db
      .prepare(
        `SELECT chunk_id, scale, data FROM vectors WHERE scale > 0 AND scale < 1e30
         AND chunk_id IN (SELECT chunk_id FROM vectors ORDER BY hex(chunk_id * 2654435761 % 4294967296) LIMIT ?)`,
      )
      .raw();
    this.#all = db.prepare("SELECT chunk_id, scale, data FROM vectors WHERE scale > 0").raw();
    this.#page = db
      .prepare(
        `SELECT chunk_id, scale, data FROM vectors WHERE chunk_id > ? ORDER BY chunk_id LIMIT ${rowsPerPage}`,
      )
      .raw();
  }

  /** Row i of `vectors` belongs to ids[i]. Call it inside a transaction. */
  put(ids: readonly number[], vectors: Float32Array, dimensions: number): void {
    const packer = this.#coded.packer();
    for (const [row, id] of ids.entries()) {
      const begin = row * dimensions;
      const vector = vectors.subarray(begin, begin + dimensions);
      const whole = quantize(vector);
      const { scale, data } = packer?.dimensions === dimensions ? packer.pack(vector) : whole;
      this.#put.run({ id, scale, data });
      this.#removePending.run(id);
    }
  }

  search(vector: Float32Array, limit: number, allowed?: Uint32Array): ScoredChunk[] {
    const query = quantize(vector);
    if (query.scale === 0 || limit < 1) return [];
    return this.#coded.consistently(() => {
      const coder = this.#coded.coder();
      return coder === undefined
        ? this.#searchPlain(query, limit, allowed)
        : this.#searchPacked(coder, vector, limit, allowed);
    });
  }

  #searchPlain(query: QuantizedVector, limit: number, allowed?: Uint32Array): ScoredChunk[] {
    if (this.#nearest === undefined || this.#nearestOf === undefined) {
      return this.#searchInJavaScript(query, limit, allowed);
    }
    if (allowed === undefined) {
      return this.#nearest.all({ query: query.data, limit }) as ScoredChunk[];
    }
    const ids = JSON.stringify(Array.from(allowed));
    return this.#nearestOf.all({ query: query.data, allowed: ids, limit }) as ScoredChunk[];
  }

  /** Vectors spread over all, as floats; damaged ones are left out. */
  sample(count: number, dimensions: number): Float32Array[] {
    const rows = this.#coded.rows(() => this.#sample.all(count));
    const good = rows.filter(([, , data]) => data.length === dimensions);
    return good.map(([, scale, bytes]) => {
      const codes = new Int8Array(bytes.buffer, bytes.byteOffset, bytes.length);
      return Float32Array.from(codes, (code) => code * scale);
    });
  }

  /** Rows that came after `compact --undo` are not packed. */
  #searchPacked(
    coder: VectorCoder,
    vector: Float32Array,
    limit: number,
    allowed: Uint32Array | undefined,
  ): ScoredChunk[] {
    const permitted = allowed === undefined ? undefined : new Set(allowed);
    const table = coder.table(vector);
    const length = Math.sqrt(vector.reduce((sum, value) => sum + value * value, 0));
    const best: ScoredChunk[] = [];
    for (let after = 0, rows: RawVector[] = []; ; after = rows.at(-1)?.[0] as number) {
      rows = this.#page.all(after) as RawVector[];
      for (const [chunkId, scale, bytes] of rows) {
        if (!(scale > 0) || permitted?.has(chunkId) === false) continue;
        if (bytes.length === coder.bytes) {
          // The scale makes the packed vector one of unit length.
          keepBest(best, { chunkId, score: (productBy(table, bytes) * scale) / length }, limit);
        } else if (bytes.length === vector.length) {
          const data = new Int8Array(bytes.buffer, bytes.byteOffset, bytes.length);
          const score = cosineOf(vector, length, data);
          keepBest(best, { chunkId, score }, limit);
        }
      }
      if (rows.length < rowsPerPage) break;
    }
    return best;
  }

  #searchInJavaScript(
    query: QuantizedVector,
    limit: number,
    allowed: Uint32Array | undefined,
  ): ScoredChunk[] {
    const permitted = allowed === undefined ? undefined : new Set(allowed);
    const queryLength = Math.sqrt(dot(query.data, query.data));
    const best: ScoredChunk[] = [];
    for (const row of this.#all.iterate()) {
      const [chunkId, , bytes] = row as RawVector;
      if (permitted?.has(chunkId) === false || bytes.length !== query.data.length) continue;
      const data = new Int8Array(bytes.buffer, bytes.byteOffset, bytes.length);
      const score = dot(query.data, data) / (queryLength * Math.sqrt(dot(data, data)));
      keepBest(best, { chunkId, score }, limit);
    }
    return best;
  }
}

/** Keeps `best` sorted, best first, and no longer than `limit`. */
function keepBest(best: ScoredChunk[], candidate: ScoredChunk, limit: number): void {
  const last = best[limit - 1];
  if (last !== undefined && candidate.score <= last.score) return;
  let low = 0;
  let high = best.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((best[middle] as ScoredChunk).score >= candidate.score) low = middle + 1;
    else high = middle;
  }
  best.splice(low, 0, candidate);
  if (best.length > limit) best.pop();
}

function cosineOf(vector: Float32Array, length: number, data: Int8Array): number {
  let product = 0;
  for (let i = 0; i < data.length; i++) product += (vector[i] as number) * (data[i] as number);
  return product / (length * Math.sqrt(dot(data, data)));
}

function dot(left: Int8Array, right: Int8Array): number {
  let sum = 0;
  for (let i = 0; i < left.length; i++) sum += (left[i] as number) * (right[i] as number);
  return sum;
}
