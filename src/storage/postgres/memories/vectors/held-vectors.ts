/*
 * Vectors of all parts that this client sees, held as eight bits a value, or four where they are many: a search looks at all of them here, in less time than
 * the server needs for a graph, and only the few that are near are compared by their whole values there. Held from the second
 * search on, where they fit; until they are all here, and where they do not fit, the server searches
 * (docs/decisions/0239-vectors-held-by-clients.md). A part's vector stays the same as long as the model does.
 */
import { log } from "../../../../base/log.ts";
import { yieldToEventLoop } from "../../../../base/yield.ts";
import type { CodeScan, ScanKernels } from "../../../../ports/vector-scan.ts";
import type { Allowed } from "../../../shared/rows/filter.ts";
import type { ResidentRows } from "../../../shared/rows/resident.ts";
import { grown } from "../../../shared/rows/sorted.ts";
import type { PgLink } from "../../link/link.ts";
import { codesSent } from "../../vectors/halves.ts";

/** Parts that may be without a vector here: a search asks the server about each of them. */
export const mostMissing = 500;
/** Memory of what is on its way is several times their bytes. */
const rowsPerRead = 250;
/** Bytes before the values of a vector that is sent. */
const sentHeader = 4;
const none = 0xffff_ffff;

const columns =
  "array_agg(part_id) AS ids, array_agg(scale) AS scales, string_agg(halfvec_send(v), ''::bytea) AS sent";
/** Those of $1 < id <= $2, a read's worth. */
const following = `SELECT ${columns} FROM (SELECT part_id, scale, v FROM memory_vectors
  WHERE part_id > $1 AND part_id <= $2 AND vector_dims(v) = $3 ORDER BY part_id LIMIT ${rowsPerRead}) AS read`;
const asked = `SELECT ${columns} FROM memory_vectors WHERE part_id = ANY($1::int8[]) AND vector_dims(v) = $2`;

/** What they may take of memory, bytes. */
export interface HeldBytes {
  /** Of eight bits a value; more vectors than fit are held as four. */
  exact: number;
  /** Of all; more vectors than fit are not held. */
  most: number;
}

/** 21,000 and 120,000 vectors of 384 values. */
export const defaultHeldBytes: HeldBytes = { exact: 8_000_000, most: 25_000_000 };

/** What vectors are of: the note of their model, and their length. */
export interface HeldModel {
  note: string;
  dimensions: number;
}

export interface Near {
  /** Parts, about the nearest first. */
  parts: number[];
  /** Allowed parts that may have a vector which is not held yet. */
  missing: number[];
}

interface Read {
  ids: number[];
  codes: Int8Array;
  scales: Float32Array;
}

export class HeldVectors {
  readonly #link: PgLink;
  readonly #resident: ResidentRows;
  readonly #kernels: ScanKernels | undefined;
  readonly #mostBytes: HeldBytes;
  #model: HeldModel | undefined;
  #scan: CodeScan | undefined;
  #bits: 4 | 8 = 8;
  /** By the number of a row in the scan: its part, and where the row of that stands among the resident ones. */
  #parts = new Uint32Array(64);
  #slots = new Uint32Array(64);
  #count = 0;
  #generation = -1;
  /** Parts up to this one are held, or missing. */
  #upTo = 0;
  readonly #missing = new Set<number>();
  /** Missing ones that have a vector by now. */
  readonly #come = new Set<number>();
  #searches = 0;
  /** Nothing is read before so many searches: what failed is tried again less and less often. */
  #notBefore = 2;
  #loading: Promise<void> | undefined;
  /** Counts up with each row, and each beginning. */
  #version = 0;
  readonly #bitmaps = new WeakMap<Allowed, { version: number; bits: Uint8Array | undefined }>();

  constructor(
    link: PgLink,
    resident: ResidentRows,
    kernels: ScanKernels | undefined,
    mostBytes = defaultHeldBytes,
  ) {
    this.#link = link;
    this.#resident = resident;
    this.#kernels = kernels;
    this.#mostBytes = mostBytes;
  }

  /** Memory of it, bytes. */
  get bytes(): number {
    return (this.#scan?.bytes ?? 0) + this.#parts.byteLength * 2;
  }

  /** Undefined: the server has to search. @param limit parts wanted */
  near(vector: Float32Array, limit: number, allowed: Allowed, model: HeldModel): Near | undefined {
    if (this.#kernels === undefined) return undefined;
    this.#searches += 1;
    const fits = this.#fits(model);
    if (!fits) {
      this.drop();
      return undefined;
    }
    this.#follow(model);
    const fresh = this.#resident.partCount - this.#placeAfter(this.#upTo);
    if (fresh > 0 || this.#come.size > 0) this.#load();
    const scan = this.#scan;
    if (scan === undefined || fresh + this.#missing.size > mostMissing) return undefined;
    const rows = scan.search(vector, limit, this.#bitmapOf(allowed));
    return {
      parts: Array.from(rows, (row) => this.#parts[row] as number),
      missing: this.#missingOf(allowed),
    };
  }

  /** These have a vector, as a search found on the server. */
  saw(partIds: Iterable<number>): void {
    for (const partId of partIds) if (this.#missing.has(partId)) this.#come.add(partId);
    if (this.#come.size > 0) this.#load();
  }

  /** Forgets all; later searches bring it back. */
  drop(): void {
    this.#scan?.close();
    this.#scan = undefined;
    this.#model = undefined;
    this.#parts = new Uint32Array(64);
    this.#slots = new Uint32Array(64);
    this.#count = 0;
    this.#upTo = 0;
    this.#missing.clear();
    this.#come.clear();
    this.#version += 1;
  }

  /** Resolves when nothing is being read. */
  async settled(): Promise<void> {
    await this.#loading;
  }

  /** What is held is of this model, and of the rows as they stand now. */
  #follow(model: HeldModel): void {
    const known = this.#model;
    if (known?.note !== model.note || known.dimensions !== model.dimensions) {
      this.drop();
      this.#model = model;
    }
    if (this.#generation === this.#resident.generation) return;
    this.#generation = this.#resident.generation;
    this.#version += 1;
    const { partIds, partCount } = this.#resident;
    for (let row = 0; row < this.#count; row += 1) {
      const slot = this.#resident.slotOfPart(this.#parts[row] as number);
      this.#slots[row] = slot === -1 ? none : slot;
    }
    // Rows may be seen by now that were not seen before.
    const held = this.#parts.slice(0, this.#count).sort();
    this.#missing.clear();
    this.#come.clear();
    for (let at = 0, next = 0; at < partCount; at += 1) {
      const partId = partIds[at] as number;
      if (partId > this.#upTo) break;
      while (next < held.length && (held[next] as number) < partId) next += 1;
      if (held[next] !== partId) this.#missing.add(partId);
    }
    if (this.#missing.size <= mostMissing) return;
    this.drop();
    this.#model = model;
  }

  /** False: there are too many to be held. Where there are too many for the bits that they are held by, all are read anew. */
  #fits({ dimensions }: HeldModel): boolean {
    const { partCount } = this.#resident;
    const { exact, most } = this.#mostBytes;
    const scaleAndPlaces = 12;
    const isExact = partCount * (dimensions + scaleAndPlaces) <= exact;
    const bits = isExact ? 8 : 4;
    if (this.#bits !== bits && this.#scan !== undefined) this.drop();
    this.#bits = bits;
    return isExact || partCount * (dimensions / 2 + scaleAndPlaces) <= most;
  }

  /** How many parts are resident up to this id. */
  #placeAfter(partId: number): number {
    const { partIds, partCount } = this.#resident;
    if (partCount === 0 || (partIds[partCount - 1] as number) <= partId) return partCount;
    let low = 0;
    let high = partCount;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((partIds[middle] as number) <= partId) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  #bitmapOf(allowed: Allowed): Uint8Array | undefined {
    const known = this.#bitmaps.get(allowed);
    if (known?.version === this.#version) return known.bits;
    const bits = new Uint8Array((this.#count + 7) >>> 3);
    let isAll = true;
    for (let row = 0; row < this.#count; row += 1) {
      if (this.#isAllowed(this.#slots[row] as number, allowed)) {
        bits[row >>> 3] = (bits[row >>> 3] as number) | (1 << (row & 7));
      } else isAll = false;
    }
    const made = { version: this.#version, bits: isAll ? undefined : bits };
    this.#bitmaps.set(allowed, made);
    return made.bits;
  }

  #isAllowed(slot: number, allowed: Allowed): boolean {
    if (slot === none) return false;
    const rowId = this.#resident.rowIds[slot] as number;
    // One that was made of other places is asked by the id.
    if (allowed.rowIds[slot] !== rowId) return allowed.has(rowId);
    return slot < allowed.mask.length && allowed.mask[slot] === 1;
  }

  #missingOf(allowed: Allowed): number[] {
    const { partIds, partCount, partSlots } = this.#resident;
    const isAllowed = (slot: number): boolean => slot !== -1 && this.#isAllowed(slot, allowed);
    const found = [...this.#missing].filter((partId) =>
      isAllowed(this.#resident.slotOfPart(partId)),
    );
    for (let at = this.#placeAfter(this.#upTo); at < partCount; at += 1) {
      if (isAllowed(partSlots[at] as number)) found.push(partIds[at] as number);
    }
    return found;
  }

  #load(): void {
    // Who asks once has no use for them.
    if (this.#model === undefined || this.#searches < this.#notBefore) return;
    this.#loading ??= this.#readAll(this.#model)
      .catch((error: unknown) => {
        this.#notBefore = this.#searches * 2;
        log("debug", `vectors are searched for by the server: ${String(error)}`);
      })
      .finally(() => {
        this.#loading = undefined;
      });
  }

  async #readAll(model: HeldModel): Promise<void> {
    const isOther = (): boolean => this.#model !== model;
    while (!isOther() && this.#placeAfter(this.#upTo) < this.#resident.partCount) {
      const from = this.#upTo;
      const until = this.#resident.partIds[this.#resident.partCount - 1] as number;
      const read = await this.#read(following, [from, until, model.dimensions], model);
      if (isOther()) return;
      const last = read.ids.length < rowsPerRead ? until : (read.ids.at(-1) as number);
      this.#take(read, model);
      this.#noteMissing(read.ids, from, last);
      this.#upTo = last;
      await yieldToEventLoop();
    }
    while (!isOther() && this.#come.size > 0) {
      const ids = [...this.#come].slice(0, rowsPerRead);
      const read = await this.#read(asked, [ids, model.dimensions], model);
      if (isOther()) return;
      this.#take(read, model);
      for (const id of ids) this.#come.delete(id);
      for (const id of read.ids) this.#missing.delete(id);
    }
  }

  async #read(
    text: string,
    values: Parameters<PgLink["later"]>[1],
    { dimensions }: HeldModel,
  ): Promise<Read> {
    const [row] = await this.#link.later<{
      ids: number[] | null;
      scales: number[] | null;
      sent: Uint8Array | null;
    }>(text, values, { on: "replica" });
    const ids = row?.ids ?? [];
    const sent = row?.sent ?? new Uint8Array(0);
    const size = sentHeader + dimensions * 2;
    const codes = new Int8Array(ids.length * dimensions);
    for (let at = 0; at < ids.length; at += 1) {
      codes.set(codesSent(sent.subarray(at * size, (at + 1) * size)), at * dimensions);
    }
    return { ids, codes, scales: Float32Array.from(row?.scales ?? []) };
  }

  #take({ ids, codes, scales }: Read, { dimensions }: HeldModel): void {
    if (ids.length === 0) return;
    this.#scan ??= (this.#kernels as ScanKernels).codes(dimensions, this.#bits);
    this.#scan.append(codes, scales);
    if (this.#count + ids.length > this.#parts.length) {
      this.#parts = grown(this.#parts, this.#count + ids.length);
      this.#slots = grown(this.#slots, this.#count + ids.length);
    }
    for (const partId of ids) {
      const slot = this.#resident.slotOfPart(partId);
      this.#parts[this.#count] = partId;
      this.#slots[this.#count] = slot === -1 ? none : slot;
      this.#count += 1;
    }
    this.#version += 1;
  }

  /** Of the parts from < id <= last. */
  #noteMissing(held: readonly number[], from: number, last: number): void {
    const { partIds } = this.#resident;
    const end = this.#placeAfter(last);
    let next = 0;
    for (let at = this.#placeAfter(from); at < end; at += 1) {
      const partId = partIds[at] as number;
      while (next < held.length && (held[next] as number) < partId) next += 1;
      if (held[next] !== partId) this.#missing.add(partId);
    }
  }
}
