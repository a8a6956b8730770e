import { crc32 } from "node:zlib";
import type { Database, Statement } from "./open.ts";

/** Rows of one segment: below a megabyte of bits at 384 dimensions. */
export const rowsPerSegment = 16_384;
/** Vectors that the mean is taken over. */
const meanSample = 8_192;
/** Segments are made anew when this share of their rows is dead. */
const deadShare = 0.3;
/** … or when there are this many times more rows than the mean was taken for. */
const meanGrowth = 4;

export interface Segment {
  ids: Uint32Array;
  bits: Uint8Array;
}

export interface CodeRows {
  ids: Uint32Array;
  codes: Uint8Array;
  scales: Float32Array;
}

/** Makes bits of int8 rows. */
export type Binarise = (rows: CodeRows, mean: Float32Array) => Uint8Array;

/**
 * The bits of the vectors as they lie in the database. Every method that writes is one step inside
 * a transaction of the caller.
 */
export class Segments {
  readonly #db: Database;
  readonly #all: Statement;
  readonly #add: Statement;
  readonly #state: Statement;
  readonly #setState: Statement;
  readonly #unsegmented: Statement;
  readonly #dead: Statement;
  readonly #rowsAfter: Statement;
  readonly #rowsOf: Statement;
  readonly #sampleRows: Statement;
  readonly #counts: Statement;

  constructor(db: Database) {
    this.#db = db;
    this.#all = db.prepare("SELECT count, ids, bits, sum FROM segments ORDER BY id");
    this.#add = db.prepare("INSERT INTO segments(count, ids, bits, sum) VALUES (?, ?, ?, ?)");
    this.#state = db.prepare("SELECT value FROM segment_state WHERE key = ?").pluck();
    this.#setState = db.prepare(
      "INSERT INTO segment_state VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value",
    );
    this.#unsegmented = db.prepare("SELECT chunk_id FROM unsegmented ORDER BY chunk_id").pluck();
    this.#dead = db.prepare("SELECT chunk_id FROM dead ORDER BY chunk_id").pluck();
    this.#counts = db.prepare(
      `SELECT (SELECT count(*) FROM dead) AS dead, (SELECT count(*) FROM unsegmented) AS unsegmented,
       (SELECT count(*) FROM vectors) AS vectors`,
    );
    this.#rowsAfter = db
      .prepare(
        `SELECT chunk_id, scale, data FROM unsegmented JOIN vectors USING (chunk_id)
         WHERE chunk_id > ? ORDER BY chunk_id LIMIT ?`,
      )
      .raw();
    this.#rowsOf = db
      .prepare(
        `SELECT chunk_id, scale, data FROM json_each(?) AS asked
         JOIN vectors ON chunk_id = asked.value WHERE scale > 0`,
      )
      .raw();
    this.#sampleRows = db
      .prepare("SELECT chunk_id, scale, data FROM vectors WHERE chunk_id % ? = 0 LIMIT ?")
      .raw();
  }

  /** Changes with every compaction: what was loaded before is void then. */
  generation(): number {
    const value = this.#state.get("generation") as Uint8Array | undefined;
    return value === undefined ? 0 : Number(Buffer.from(value).readBigUInt64LE());
  }

  mean(dimensions: number): Float32Array | undefined {
    const value = this.#state.get("mean") as Uint8Array | undefined;
    if (value === undefined || value.byteLength !== dimensions * 4) return undefined;
    return new Float32Array(value.slice().buffer);
  }

  counts(): { dead: number; unsegmented: number; vectors: number } {
    return this.#counts.get() as { dead: number; unsegmented: number; vectors: number };
  }

  unsegmented(): number[] {
    return this.#unsegmented.all() as number[];
  }

  dead(): number[] {
    return this.#dead.all() as number[];
  }

  /** Every segment; undefined as soon as one is damaged. */
  read(bytesPerRow: number): Segment[] | undefined {
    const segments: Segment[] = [];
    for (const row of this.#all.iterate() as Iterable<RawSegment>) {
      const whole =
        row.ids.byteLength === row.count * 4 && row.bits.byteLength === row.count * bytesPerRow;
      if (!whole || crc32(row.bits, crc32(row.ids)) !== row.sum) return undefined;
      segments.push({ ids: new Uint32Array(row.ids.slice().buffer), bits: row.bits });
    }
    return segments;
  }

  /** Rows that are in no segment, in pieces. */
  *loose(): Generator<CodeRows> {
    for (let after = 0; ; ) {
      const rows = toRows(this.#rowsAfter.all(after, rowsPerSegment) as RawVector[]);
      if (rows.ids.length === 0) return;
      after = rows.ids.at(-1) as number;
      yield rows;
    }
  }

  rowsOf(ids: Uint32Array): CodeRows {
    return toRows(this.#rowsOf.all(JSON.stringify(Array.from(ids))) as RawVector[]);
  }

  /**
   * Puts loose rows into segments, whole ones only, or makes all segments anew when much has changed
   * or a changed row is in one. Returns whether anything was written.
   */
  compact(dimensions: number, vectors: number, binarise: Binarise): boolean {
    const dead = this.dead().length;
    const loose = this.unsegmented().length;
    const segmented = vectors - loose + dead;
    const madeFor = Number(this.getMeta("mean-of") ?? 0);
    const again =
      this.mean(dimensions) === undefined ||
      dead > segmented * deadShare ||
      vectors > madeFor * meanGrowth;
    if (!again && loose < rowsPerSegment) return false;
    if (again) {
      this.clear();
      this.#setState.run("mean", Buffer.from(this.#meanOf(dimensions, vectors).buffer));
      this.#setMeta("mean-of", vectors);
    }
    const mean = this.mean(dimensions) as Float32Array;
    // A row that changed is dead in its old segment: only after a full pass may it be in a new one.
    const isDead = new Set(this.dead());
    const skip = (id: number): boolean => isDead.has(id);
    for (const rows of this.loose()) {
      if (!again && rows.ids.length < rowsPerSegment) break;
      if (rows.ids.some(skip)) continue;
      this.#append(rows, binarise(rows, mean));
    }
    const generation = Buffer.alloc(8);
    generation.writeBigUInt64LE(BigInt(this.generation() + 1));
    this.#setState.run("generation", generation);
    return true;
  }

  /** Drops everything: all rows are loose then. */
  clear(): void {
    this.#db.exec(`
      DELETE FROM segments; DELETE FROM dead; DELETE FROM segment_state WHERE key <> 'generation';
      INSERT OR IGNORE INTO unsegmented SELECT chunk_id FROM vectors;`);
  }

  getMeta(key: string): string | undefined {
    const value = this.#state.get(key) as Uint8Array | undefined;
    return value === undefined ? undefined : Buffer.from(value).toString("utf8");
  }

  #setMeta(key: string, value: number): void {
    this.#setState.run(key, Buffer.from(String(value)));
  }

  #append(rows: CodeRows, bits: Uint8Array): void {
    const ids = new Uint8Array(rows.ids.buffer, rows.ids.byteOffset, rows.ids.byteLength);
    this.#add.run(rows.ids.length, ids, bits, crc32(bits, crc32(ids)));
    const first = rows.ids[0] as number;
    const last = rows.ids.at(-1) as number;
    this.#db.prepare("DELETE FROM unsegmented WHERE chunk_id BETWEEN ? AND ?").run(first, last);
  }

  #meanOf(dimensions: number, vectors: number): Float32Array {
    const step = Math.max(1, Math.floor(vectors / meanSample));
    const mean = new Float64Array(dimensions);
    let count = 0;
    for (const row of this.#sampleRows.iterate(step, meanSample) as Iterable<RawVector>) {
      const [, scale, data] = row;
      const codes = new Int8Array(data.buffer, data.byteOffset, data.byteLength);
      for (let i = 0; i < dimensions; i += 1) {
        mean[i] = (mean[i] as number) + (codes[i] as number) * scale;
      }
      count += 1;
    }
    return Float32Array.from(mean, (sum) => (count === 0 ? 0 : sum / count));
  }
}

interface RawSegment {
  count: number;
  ids: Uint8Array;
  bits: Uint8Array;
  sum: number;
}

type RawVector = [id: number, scale: number, data: Uint8Array];

function toRows(raw: readonly RawVector[]): CodeRows {
  const dimensions = raw[0]?.[2].byteLength ?? 0;
  const codes = new Uint8Array(raw.length * dimensions);
  const ids = new Uint32Array(raw.length);
  const scales = new Float32Array(raw.length);
  raw.forEach(([id, scale, data], row) => {
    ids[row] = id;
    scales[row] = scale;
    codes.set(data, row * dimensions);
  });
  return { ids, codes, scales };
}
