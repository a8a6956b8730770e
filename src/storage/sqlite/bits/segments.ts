import { crc32 } from "node:zlib";
import type { CodeRows } from "../../../ports/vector-scan.ts";
import type { Changes } from "../file/changes.ts";
import type { Database, Statement } from "../file/driver.ts";
import type { CodedVectors } from "../vectors/coded-vectors.ts";
import { type RawVector, RowBuffer, type RowSums, scaleUnit } from "../vectors/row-buffer.ts";

/** Rows of a full segment: 400 kB of bits at 384 dimensions, written in some milliseconds. */
const mostRows = 8_192;
/** … and fewer where rows are long: their int8 values are held while bits are made of them. */
const mostCodeBytes = 8 * 1_024 * 1_024;
const idsPerRead = 8_192;

/** @param dimensions of the vectors */
export function rowsPerSegment(dimensions: number): number {
  return Math.max(128, Math.min(mostRows, Math.floor(mostCodeBytes / dimensions)));
}

/** What making a segment of so many rows, or merging others into it, takes at most, bytes. */
export function bytesToMake(rows: number, dimensions: number): number {
  // A byte for each number, bits twice (as parts and as one), ids and scales.
  return rows * (dimensions + 2 * Math.ceil(dimensions / 8) + 16);
}

export interface Segment {
  ids: Uint32Array;
  bits: Uint8Array;
  /** CRC-32 of ids and bits, as it was written: not yet compared. */
  sum: number;
}

export interface SegmentEntry {
  id: number;
  count: number;
}

/** What holds for all segments at one moment. */
export interface SegmentState {
  /** Changes when segments go: what was loaded before is void then. */
  generation: number;
  /** What the bits were made with; undefined: there are none to be used. */
  mean: Float32Array | undefined;
  /** Vectors the mean was taken for. */
  meanOf: number;
  /** Rows of all segments, dead ones too. */
  rows: number | undefined;
  /** Segments are being dropped, and `unsegmented` filled again up to this chunk. */
  refilledTo: number | undefined;
}

/**
 * The bits of the vectors as they lie in the database, in statements that are short each. Every
 * method that writes is one step inside a transaction of the caller.
 */
export class Segments {
  readonly #db: Database;
  readonly #coded: CodedVectors;
  readonly #list: Statement;
  readonly #read: Statement;
  readonly #readIds: Statement;
  readonly #add: Statement;
  readonly #drop: Statement;
  readonly #state: Statement;
  readonly #setState: Statement;
  readonly #dropState: Statement;
  readonly #dead: Statement;
  readonly #revive: Statement;
  readonly #counts: Statement;
  readonly #blocked: Statement;
  readonly #looseAfter: Statement;
  readonly #sumsBetween: Statement;
  readonly #takeBetween: Statement;
  readonly #rowsOf: Statement;
  readonly #sample: Statement;
  readonly #refillEnd: Statement;
  readonly #refill: Statement;
  readonly #topId: Statement;
  readonly #embedded: Statement;

  /** Dead rows of segments, and rows in none. */
  readonly counts: () => Counts;

  constructor(db: Database, changes: Changes, coded: CodedVectors) {
    this.#db = db;
    this.#coded = coded;
    this.#list = db.prepare("SELECT id, count FROM segments WHERE id > ? ORDER BY id");
    this.#read = db.prepare("SELECT count, ids, bits, sum FROM segments WHERE id = ?");
    this.#readIds = db.prepare("SELECT ids FROM segments WHERE id = ?").pluck();
    this.#add = db.prepare("INSERT INTO segments(count, ids, bits, sum) VALUES (?, ?, ?, ?)");
    this.#drop = db.prepare("DELETE FROM segments WHERE id = ?");
    this.#state = db.prepare("SELECT value FROM segment_state WHERE key = ?").pluck();
    this.#setState = db.prepare(
      "INSERT INTO segment_state VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value",
    );
    this.#dropState = db.prepare("DELETE FROM segment_state WHERE key = ?");
    this.#dead = db
      .prepare("SELECT chunk_id FROM dead WHERE chunk_id > ? ORDER BY chunk_id LIMIT ?")
      .pluck();
    this.#revive = db.prepare(
      "DELETE FROM dead WHERE chunk_id IN (SELECT value FROM json_each(?))",
    );
    this.#counts = db.prepare(
      "SELECT (SELECT count(*) FROM dead) AS dead, (SELECT count(*) FROM unsegmented) AS loose",
    );
    this.counts = changes.remembered(() => this.#counts.get() as Counts);
    // A changed row is dead in its old segment: before that is made anew it may be in no other.
    this.#blocked = db
      .prepare("SELECT count(*) FROM dead WHERE chunk_id IN (SELECT chunk_id FROM unsegmented)")
      .pluck();
    const isFree = "chunk_id NOT IN (SELECT chunk_id FROM dead)";
    this.#looseAfter = db
      .prepare(
        `SELECT chunk_id, scale, data FROM unsegmented CROSS JOIN vectors USING (chunk_id)
         WHERE chunk_id > ? AND ${isFree} ORDER BY chunk_id LIMIT ?`,
      )
      .raw();
    this.#sumsBetween = db.prepare(
      `SELECT count(*) AS count, total(chunk_id) AS ids, total(CAST(scale * ${scaleUnit} AS INTEGER)) AS scales
       FROM unsegmented CROSS JOIN vectors USING (chunk_id) WHERE chunk_id BETWEEN ? AND ? AND ${isFree}`,
    );
    this.#takeBetween = db.prepare(
      `DELETE FROM unsegmented WHERE chunk_id BETWEEN ? AND ? AND ${isFree}`,
    );
    this.#rowsOf = db
      .prepare(
        `SELECT chunk_id, scale, data FROM json_each(?) AS asked
         JOIN vectors ON chunk_id = asked.value WHERE scale > 0`,
      )
      .raw();
    this.#sample = db
      .prepare(
        "SELECT chunk_id, scale, data FROM vectors WHERE chunk_id >= ? ORDER BY chunk_id LIMIT 1",
      )
      .raw();
    this.#refillEnd = db
      .prepare("SELECT chunk_id FROM vectors WHERE chunk_id > ? ORDER BY chunk_id LIMIT 1 OFFSET ?")
      .pluck();
    this.#refill = db.prepare(
      `INSERT OR IGNORE INTO unsegmented SELECT chunk_id FROM vectors
       WHERE chunk_id > ? AND chunk_id <= ?`,
    );
    this.#topId = db.prepare("SELECT max(seq) FROM sqlite_sequence WHERE name = 'chunks'").pluck();
    this.#embedded = db
      .prepare("SELECT (SELECT count(*) FROM chunks) - (SELECT count(*) FROM pending)")
      .pluck();
  }

  /** State, and the segments behind `afterId`, as of one moment. */
  view(dimensions: number, afterId: number): { state: SegmentState; segments: SegmentEntry[] } {
    return this.#db.transaction(() => ({
      state: this.state(dimensions),
      segments: this.list(afterId),
    }))();
  }

  state(dimensions: number): SegmentState {
    const generation = this.#blob("generation");
    return {
      generation: generation?.byteLength === 8 ? Number(generation.readBigUInt64LE()) : 0,
      mean: this.#mean(dimensions),
      meanOf: this.#number("mean-of") ?? 0,
      rows: this.#number("rows"),
      refilledTo: this.#number("refilled-to"),
    };
  }

  list(afterId = 0): SegmentEntry[] {
    return this.#list.all(afterId) as SegmentEntry[];
  }

  /** Loose rows that cannot be put into a segment before another is made anew. */
  blocked(): number {
    return this.#blocked.get() as number;
  }

  /** Calls `take` with every dead row, and `step` between short reads. */
  async eachDead(step: () => Promise<void>, take: (id: number) => void): Promise<void> {
    for (let after = 0; ; ) {
      const ids = this.#dead.all(after, idsPerRead) as number[];
      for (const id of ids) take(id);
      if (ids.length < idsPerRead) return;
      after = ids.at(-1) as number;
      await step();
    }
  }

  /**
   * Vectors of the index: exact but while segments are made anew.
   * @param dimensions of the vectors
   */
  vectors(dimensions: number): number {
    const { rows, refilledTo } = this.state(dimensions);
    const { dead, loose } = this.counts();
    if (refilledTo === undefined && rows !== undefined) return rows - dead + loose;
    if (refilledTo === undefined && this.list().length === 0) return loose;
    // Counting a million chunks takes some ten milliseconds: only while segments are made anew.
    return Math.max(loose, this.#embedded.get() as number);
  }

  /** No chunk has a greater id. */
  topId(): number {
    return Math.min((this.#topId.get() as number | null) ?? 0, 0xffffffff);
  }

  /** "gone": another one was made of it meanwhile. Its sum is not compared. */
  read(id: number, bytesPerRow: number): Segment | "gone" | "damaged" {
    const row = this.#read.get(id) as RawSegment | undefined;
    if (row === undefined) return "gone";
    const { count, ids, bits, sum } = row;
    const isWhole =
      ids.byteLength === count * 4 &&
      bits.byteLength === count * bytesPerRow &&
      sum >= 0 &&
      sum <= 0xffffffff;
    if (!isWhole) return "damaged";
    return { ids: new Uint32Array(ids.slice().buffer), bits, sum };
  }

  /** Only which rows are in it; empty when that cannot be read. */
  idsOf(id: number): Uint32Array {
    const ids = this.#readIds.get(id) as Uint8Array | undefined;
    if (ids === undefined || ids.byteLength % 4 !== 0) return new Uint32Array(0);
    return new Uint32Array(ids.slice().buffer);
  }

  /** Rows in no segment that may be put into one, behind a chunk. Call it for some hundred rows. */
  looseAfter(chunkId: number, limit: number): RawVector[] {
    return this.#coded.rows(() => this.#looseAfter.all(chunkId, limit));
  }

  /** Of these chunks, those that have a vector which can be scored. */
  rowsOf(ids: readonly number[], dimensions: number): CodeRows {
    const raw = this.#coded.rows(() => this.#rowsOf.all(JSON.stringify(ids)));
    const rows = new RowBuffer(raw.length, dimensions);
    for (const one of raw) rows.add(one, true);
    return rows.taken();
  }

  /** The first vector from a chunk on. */
  vectorFrom(chunkId: number): RawVector | undefined {
    return this.#coded.rows(() => this.#sample.all(chunkId))[0];
  }

  /** Whether the rows between the first and the last are still those that were read. */
  stillHolds(rows: RowBuffer): boolean {
    const { first, last } = rows;
    const found = this.#sumsBetween.get(first, last) as RowSums;
    const { count, ids, scales } = rows.sums;
    return found.count === count && found.ids === ids && found.scales === scales;
  }

  /** Adds a segment of loose rows that came one after another. */
  append(rows: RowBuffer, bits: Uint8Array, sum: number): void {
    this.#insert(rows.taken().ids, bits, sum);
    this.#takeBetween.run(rows.first, rows.last);
    this.#setNumber("rows", (this.#number("rows") ?? 0) + rows.sums.count);
  }

  /** Puts one segment in the place of others, without rows of theirs that are dead. */
  replace(old: readonly SegmentEntry[], kept: Omit<Segment, "sum">, dropped: number[]): void {
    for (const { id } of old) this.#drop.run(id);
    if (kept.ids.length > 0)
      this.#insert(kept.ids, kept.bits, crc32(kept.bits, crc32(bytesOf(kept.ids))));
    this.#revive.run(JSON.stringify(dropped));
    const before = old.reduce((sum, { count }) => sum + count, 0);
    this.#setNumber("rows", (this.#number("rows") ?? 0) - before + kept.ids.length);
    this.#nextGeneration();
  }

  /** From now on no segment counts: they go one by one, and their rows become loose again. */
  beginAnew(): void {
    for (const key of ["mean", "mean-of", "rows"]) this.#dropState.run(key);
    this.#setNumber("refilled-to", 0);
    this.#nextGeneration();
  }

  /** Every vector was exchanged: all are in no segment. Call it inside the transaction that did so. */
  startOver(): void {
    this.#db.exec(`DELETE FROM segments; DELETE FROM dead; DELETE FROM unsegmented;
      INSERT INTO unsegmented SELECT chunk_id FROM vectors;`);
    for (const key of ["mean", "mean-of", "rows", "refilled-to"]) this.#dropState.run(key);
    this.#nextGeneration();
  }

  /** Drops one segment of those that no longer count. False: there is none left. */
  dropOne(): boolean {
    const [first] = this.list();
    if (first !== undefined) this.#drop.run(first.id);
    return first !== undefined;
  }

  /** Makes the next `limit` vectors loose. False: all are. */
  refillSome(limit: number): boolean {
    const from = this.#number("refilled-to") ?? 0;
    const end = this.#refillEnd.get(from, limit - 1) as number | undefined;
    this.#refill.run(from, end ?? Number.MAX_SAFE_INTEGER);
    if (end !== undefined) this.#setNumber("refilled-to", end);
    return end !== undefined;
  }

  /** Segments may be made with this mean from now on. */
  begin(mean: Float32Array, vectors: number): void {
    // What died while rows were made loose was in no segment.
    this.#db.exec("DELETE FROM dead");
    this.#setState.run("mean", Buffer.from(mean.buffer, mean.byteOffset, mean.byteLength));
    this.#setNumber("mean-of", vectors);
    this.#setNumber("rows", 0);
    this.#dropState.run("refilled-to");
    this.#nextGeneration();
  }

  #insert(ids: Uint32Array, bits: Uint8Array, sum: number): void {
    this.#add.run(ids.length, bytesOf(ids), bits, sum);
  }

  #mean(dimensions: number): Float32Array | undefined {
    const value = this.#blob("mean");
    if (value?.byteLength !== dimensions * 4) return undefined;
    const mean = new Float32Array(new Uint8Array(value).buffer);
    return mean.every(Number.isFinite) ? mean : undefined;
  }

  #blob(key: string): Buffer | undefined {
    return this.#state.get(key) as Buffer | undefined;
  }

  #number(key: string): number | undefined {
    const text = this.#blob(key)?.toString("latin1") ?? "";
    return /^\d{1,15}$/.test(text) ? Number(text) : undefined;
  }

  #setNumber(key: string, value: number): void {
    this.#setState.run(key, Buffer.from(String(value)));
  }

  #nextGeneration(): void {
    const next = Buffer.alloc(8);
    const known = this.#blob("generation");
    next.writeBigUInt64LE((known?.byteLength === 8 ? known.readBigUInt64LE() : 0n) + 1n);
    this.#setState.run("generation", next);
  }
}

export interface Counts {
  dead: number;
  loose: number;
}

interface RawSegment {
  count: number;
  ids: Uint8Array;
  bits: Uint8Array;
  sum: number;
}

/**
 * Gives the memory of a blob back at once. Garbage collection would let tens of megabytes gather: it
 * counts the little that JavaScript sees of them.
 */
export function letGo({ bits }: Pick<Segment, "bits">): void {
  const { buffer } = bits;
  if (buffer instanceof ArrayBuffer && buffer.byteLength === bits.byteLength) buffer.transfer(0);
}

export function bytesOf(ids: Uint32Array): Uint8Array {
  return new Uint8Array(ids.buffer, ids.byteOffset, ids.byteLength);
}
