/*
 * The nearest parts of a query among allowed rows. Up to some thousand vectors their int8 values are held in
 * memory and all compared. Above that, one bit a dimension is held, and the best candidates by bits are
 * compared by the int8 values in the database; where the allowed rows are few they are compared directly.
 * Vectors beyond the budget of memory are read from the database for each search.
 */
import { yieldToEventLoop } from "../../../../base/yield.ts";
import type { BitScan, ScanKernels } from "../../../../ports/vector-scan.ts";
import type { Allowed } from "../../../shared/rows/filter.ts";
import type { ResidentRows } from "../../../shared/rows/resident.ts";
import { grown } from "../../../shared/rows/sorted.ts";
import type { Database, Statement } from "../../file/driver.ts";
import { type RawVector, RowBuffer } from "../../vectors/row-buffer.ts";

/** Candidates by bits for one search, at least; and per hit wanted. */
const leastCandidates = 200;
const candidatesPerHit = 2;
/** So few allowed vectors are compared without bits. */
const directlyUpTo = 400;
const rowsPerStep = 2_000;

export interface VectorBudget {
  /** Most memory of int8 values; more vectors than fit are held as bits. */
  exactBytes: number;
  /** Most memory of bits. */
  bitsBytes: number;
}

export interface NearestPart {
  partId: number;
  /** Place of its row. */
  slot: number;
  score: number;
}

/** The vectors there were when a search began: the arrays may grow, or go, while it waits. */
interface Known {
  count: number;
  ids: Uint32Array;
  parts: Uint32Array;
  slots: Uint32Array;
  heldUpTo: number;
}

type RawNew = [id: number, partId: number, scale: number, data: Uint8Array];

export class MemoryVectors {
  readonly #resident: ResidentRows;
  readonly #kernels: ScanKernels;
  readonly #budget: VectorBudget;
  readonly #after: Statement;
  readonly #some: Statement;
  #dimensions = 0;
  /** Of the places that its own refer to. */
  #generation = 0;
  #loading: Promise<void> | undefined;
  #count = 0;
  #ids = new Uint32Array(64);
  #parts = new Uint32Array(64);
  #slots = new Uint32Array(64);
  #codes: Int8Array | undefined;
  #scales = new Float32Array(64);
  #bits: BitScan | undefined;
  #mean: Float32Array | undefined;
  /** Vectors from this one on are not in memory. */
  #heldUpTo = 0;

  constructor(db: Database, resident: ResidentRows, kernels: ScanKernels, budget: VectorBudget) {
    this.#resident = resident;
    this.#kernels = kernels;
    this.#budget = budget;
    this.#after = db
      .prepare(
        `SELECT id, part_id, scale, data FROM vectors WHERE id > ? ORDER BY id LIMIT ${rowsPerStep}`,
      )
      .raw();
    this.#some = db
      .prepare(
        "SELECT id, scale, data FROM vectors WHERE id IN (SELECT value FROM json_each(?)) ORDER BY id",
      )
      .raw();
  }

  get bytes(): number {
    return (
      this.#ids.length * 12 +
      (this.#codes === undefined ? 0 : this.#codes.byteLength + this.#scales.byteLength) +
      (this.#bits?.bytes ?? 0)
    );
  }

  /** Takes up the vectors that are new, in steps. */
  async load(dimensions: number): Promise<void> {
    this.#loading ??= this.#load(dimensions).finally(() => {
      this.#loading = undefined;
    });
    await this.#loading;
  }

  async #load(dimensions: number): Promise<void> {
    const { generation } = this.#resident;
    if (dimensions !== this.#dimensions || generation !== this.#generation) this.drop();
    this.#dimensions = dimensions;
    this.#generation = generation;
    for (;;) {
      const rows = this.#after.all(this.#ids[this.#count - 1] ?? 0) as RawNew[];
      const taken = this.#take(rows);
      if (rows.length < rowsPerStep || taken < rows.length) return;
      await yieldToEventLoop();
    }
  }

  drop(): void {
    this.#bits?.close();
    this.#bits = undefined;
    this.#mean = undefined;
    this.#codes = undefined;
    this.#scales = new Float32Array(64);
    this.#count = 0;
    this.#heldUpTo = 0;
    this.#ids = new Uint32Array(64);
    this.#parts = new Uint32Array(64);
    this.#slots = new Uint32Array(64);
  }

  async search(vector: Float32Array, limit: number, allowed: Allowed): Promise<NearestPart[]> {
    if (this.#count === 0 || limit < 1 || vector.length !== this.#dimensions) return [];
    // Places were given anew since load(): the next search knows them.
    if (this.#generation !== this.#resident.generation) return [];
    const known: Known = {
      count: this.#count,
      ids: this.#ids,
      parts: this.#parts,
      slots: this.#slots,
      heldUpTo: this.#heldUpTo,
    };
    const places = this.#allowedPlaces(allowed);
    if (places.length === 0) return [];
    if (this.#codes !== undefined) return this.#inMemory(known, vector, limit, places);
    const held = places.findLastIndex((place) => place < this.#heldUpTo) + 1;
    const found =
      held <= directlyUpTo
        ? this.#read(known, vector, limit, places.subarray(0, held))
        : await this.#byBits(known, vector, limit, places.subarray(0, held));
    for (let at = held; at < places.length; at += rowsPerStep) {
      found.push(...this.#read(known, vector, limit, places.subarray(at, at + rowsPerStep)));
      await yieldToEventLoop();
    }
    return found.sort((a, b) => b.score - a.score || a.partId - b.partId).slice(0, limit);
  }

  /** @returns how many rows were taken; a part that is not known yet comes with the next look */
  #take(rows: readonly RawNew[]): number {
    let taken = 0;
    for (const row of rows) {
      const slot = this.#resident.slotOfPart(row[1]);
      if (slot === -1 && row[1] > (this.#resident.partIds[this.#resident.partCount - 1] ?? 0))
        break;
      taken += 1;
      if (slot === -1 || row[3].byteLength !== this.#dimensions) continue;
      const at = this.#count;
      if (at === this.#ids.length) {
        this.#ids = grown(this.#ids, at + 1);
        this.#parts = grown(this.#parts, at + 1);
        this.#slots = grown(this.#slots, at + 1);
      }
      this.#ids[at] = row[0];
      this.#parts[at] = row[1];
      this.#slots[at] = slot;
      this.#count += 1;
      this.#hold(at, row);
    }
    this.#flushBits();
    return taken;
  }

  /** Rows on their way into the bits. */
  #waiting: RawVector[] = [];

  #hold(at: number, [id, , scale, data]: RawNew): void {
    if (this.#bits !== undefined) {
      this.#waiting.push([id, scale, data]);
      return;
    }
    const size = this.#dimensions;
    if ((at + 1) * size > this.#budget.exactBytes) {
      this.#turnToBits(at);
      this.#waiting.push([id, scale, data]);
      return;
    }
    this.#codes ??= new Int8Array(64 * size);
    if ((at + 1) * size > this.#codes.length) {
      this.#codes = grown(this.#codes, (at + 1) * size);
      this.#scales = grown(this.#scales, this.#codes.length / size + 1);
    }
    this.#codes.set(new Int8Array(data.buffer, data.byteOffset, size), at * size);
    this.#scales[at] = scale;
    this.#heldUpTo = at + 1;
  }

  #turnToBits(count: number): void {
    const size = this.#dimensions;
    const codes = this.#codes ?? new Int8Array(0);
    this.#mean = meanOf(codes, this.#scales, count, size);
    this.#bits = this.#kernels.create(size);
    this.#codes = undefined;
    const ids = this.#ids.subarray(0, count);
    this.#heldUpTo = 0;
    this.#appendBits(0, ids, codes.subarray(0, count * size), this.#scales.slice(0, count));
    this.#scales = new Float32Array(64);
  }

  #flushBits(): void {
    if (this.#waiting.length === 0 || this.#bits === undefined) return;
    const rows = this.#waiting;
    this.#waiting = [];
    const codes = new Int8Array(rows.length * this.#dimensions);
    rows.forEach(([, , data], at) => {
      codes.set(
        new Int8Array(data.buffer, data.byteOffset, this.#dimensions),
        at * this.#dimensions,
      );
    });
    const ids = Uint32Array.from(rows, ([id]) => id);
    this.#appendBits(
      this.#count - rows.length,
      ids,
      codes,
      Float32Array.from(rows, ([, scale]) => scale),
    );
  }

  #appendBits(first: number, ids: Uint32Array, codes: Int8Array, scales: Float32Array): void {
    const bits = this.#bits as BitScan;
    // Once a run did not fit, later ones must not stand in memory either: what is held is a beginning.
    if (first !== this.#heldUpTo) return;
    if (bits.bytesWith(ids.length) > this.#budget.bitsBytes && bits.size > 0) return;
    bits.appendCodes(ids, codes, scales, this.#mean as Float32Array);
    this.#heldUpTo = first + ids.length;
  }

  /** Places of vectors whose row is allowed, in order. */
  #allowedPlaces({ mask }: Allowed): Uint32Array {
    const places = new Uint32Array(this.#count);
    let found = 0;
    for (let at = 0; at < this.#count; at += 1) {
      if (mask[this.#slots[at] as number] === 1) places[found++] = at;
    }
    return places.subarray(0, found);
  }

  #inMemory(known: Known, vector: Float32Array, limit: number, places: Uint32Array): NearestPart[] {
    const size = this.#dimensions;
    const codes = this.#codes as Int8Array;
    const isAll = places.length === this.#count;
    let rows = codes.subarray(0, this.#count * size);
    let scales = this.#scales.subarray(0, this.#count);
    if (!isAll) {
      rows = new Int8Array(places.length * size);
      scales = new Float32Array(places.length);
      for (const [at, place] of places.entries()) {
        rows.set(codes.subarray(place * size, (place + 1) * size), at * size);
        scales[at] = this.#scales[place] as number;
      }
    }
    const bytes = new Uint8Array(rows.buffer, rows.byteOffset, rows.byteLength);
    const best = this.#kernels.rescore(vector, bytes, scales, places, limit);
    return named(known, best.ids, best.scores);
  }

  async #byBits(
    known: Known,
    vector: Float32Array,
    limit: number,
    places: Uint32Array,
  ): Promise<NearestPart[]> {
    const bits = this.#bits as BitScan;
    const wanted = Math.max(leastCandidates, limit * candidatesPerHit);
    const isAll = places.length === known.heldUpTo;
    const found = await bits.search(
      vector,
      this.#mean as Float32Array,
      wanted,
      isAll ? undefined : bitmapOf(known.ids, places),
    );
    const near = found.sort();
    return this.#read(known, vector, limit, placesOf(known.ids, known.count, near));
  }

  /** Compares the int8 values that the database has. */
  #read(known: Known, vector: Float32Array, limit: number, places: Uint32Array): NearestPart[] {
    if (places.length === 0) return [];
    const ids = Array.from(places, (place) => known.ids[place] as number);
    const buffer = new RowBuffer(ids.length, this.#dimensions);
    for (const row of this.#some.all(JSON.stringify(ids)) as RawVector[]) buffer.add(row, true);
    const taken = buffer.taken();
    const at = placesOf(known.ids, known.count, taken.ids);
    const best = this.#kernels.rescore(vector, taken.codes, taken.scales, at, limit);
    return named(known, best.ids, best.scores);
  }
}

function named(known: Known, places: Uint32Array, scores: Float32Array): NearestPart[] {
  return Array.from(places, (place, at) => ({
    partId: known.parts[place] as number,
    slot: known.slots[place] as number,
    score: scores[at] as number,
  }));
}

/** Bit i % 8 of byte i / 8 lets id i be found. @param places in order */
function bitmapOf(ids: Uint32Array, places: Uint32Array): Uint8Array {
  const top = ids[places.at(-1) as number] as number;
  const bitmap = new Uint8Array((top >>> 3) + 1);
  for (const place of places) {
    const id = ids[place] as number;
    bitmap[id >>> 3] = (bitmap[id >>> 3] as number) | (1 << (id & 7));
  }
  return bitmap;
}

/** @param wanted sorted, all of them in `ids` */
function placesOf(ids: Uint32Array, count: number, wanted: Uint32Array): Uint32Array {
  const places = new Uint32Array(wanted.length);
  let from = 0;
  for (const [at, id] of wanted.entries()) {
    let high = count - 1;
    while (from < high) {
      const middle = (from + high) >>> 1;
      if ((ids[middle] as number) < id) from = middle + 1;
      else high = middle;
    }
    places[at] = from;
  }
  return places;
}

function meanOf(codes: Int8Array, scales: Float32Array, count: number, size: number): Float32Array {
  const mean = new Float32Array(size);
  for (let row = 0; row < count; row += 1) {
    const scale = scales[row] as number;
    for (let i = 0; i < size; i += 1) {
      mean[i] = (mean[i] as number) + (codes[row * size + i] as number) * scale;
    }
  }
  return mean.map((sum) => sum / Math.max(1, count));
}
