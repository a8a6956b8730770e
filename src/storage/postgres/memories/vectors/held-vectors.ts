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
import { type HeldModel, type ReadVectors, readVectors } from "./read-vectors.ts";

/** Parts that may be without a vector here: a search asks the server about each of them. */
const mostMissing = 500;
/** Memory of what is on its way is several times their bytes. */
const partsPerRead = 250;
/** Missing parts are looked for again, so many at once, after so many searches. */
const lookedForAgain = 1_000;
const searchesBetween = 20;
/** What failed is tried again after so many searches at most. */
const mostSearchesUntil = 1_024;
const none = 0xffff_ffff;

/** What they may take of memory, bytes. */
export interface HeldBytes {
  /** Of eight bits a value; more vectors than fit are held as four. */
  exact: number;
  /** Of all; more vectors than fit are not held. */
  most: number;
}

/** 21,000 and 120,000 vectors of 384 values. */
const defaultHeldBytes: HeldBytes = { exact: 8_000_000, most: 25_000_000 };

export interface Near {
  /** Parts, about the nearest first. */
  parts: number[];
  /** Allowed parts that may have a vector which is not held yet. */
  missing: number[];
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
  #asked: Float32Array | undefined;
  /** Missing parts are looked for again from this search on, behind this part. */
  #again = { from: searchesBetween, after: 0 };
  /** Nothing is read before so many searches: what failed is tried again less and less often. */
  #notBefore = 2;
  #failures = 0;
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
    if (this.#kernels === undefined || !this.#resident.isWhole) return undefined;
    // One search may ask twice.
    if (vector !== this.#asked) this.#searches += 1;
    this.#asked = vector;
    if (!this.#fits(model)) {
      this.drop();
      return undefined;
    }
    this.#follow(model);
    if (this.#missing.size > 0 && this.#searches >= this.#again.from) this.#lookAgain();
    const fresh = this.#resident.partCount - this.#placeAfter(this.#upTo);
    if (fresh > 0 || this.#come.size > 0) this.#load();
    if (this.#scan === undefined || fresh + this.#missing.size > mostMissing) return undefined;
    const rows = this.#nearest(this.#scan, vector, limit, allowed);
    return (
      rows && {
        parts: Array.from(rows, (row) => this.#parts[row] as number),
        missing: this.#missingOf(allowed),
      }
    );
  }

  /** Undefined: there is no memory for it. */
  #nearest(
    scan: CodeScan,
    vector: Float32Array,
    limit: number,
    allowed: Allowed,
  ): Uint32Array | undefined {
    try {
      return scan.search(vector, limit, this.#bitmapOf(allowed));
    } catch (error) {
      log("debug", `vectors are searched for by the server: ${String(error)}`);
      this.#noteFailure();
      this.drop();
      return undefined;
    }
  }

  /** Whoever makes vectors is no part of this process: some of the missing ones may be there by now. */
  #lookAgain(): void {
    if (this.#loading !== undefined) return;
    const behind = [...this.#missing].filter((partId) => partId > this.#again.after);
    const some = (behind.length > 0 ? behind : [...this.#missing]).slice(0, lookedForAgain);
    for (const partId of some) this.#come.add(partId);
    this.#again = { from: this.#searches + searchesBetween, after: some.at(-1) ?? 0 };
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
    const { partIds, partCount, partSlots } = this.#resident;
    let gone = 0;
    for (let row = 0; row < this.#count; row += 1) {
      const slot = this.#resident.slotOfPart(this.#parts[row] as number);
      this.#slots[row] = slot === -1 ? none : slot;
      if (slot === -1) gone += 1;
    }
    // Rows may be seen by now that were not seen before.
    const held = this.#parts.slice(0, this.#count).sort();
    this.#missing.clear();
    this.#come.clear();
    for (let at = 0, next = 0; at < partCount; at += 1) {
      const partId = partIds[at] as number;
      if (partId > this.#upTo) break;
      while (next < held.length && (held[next] as number) < partId) next += 1;
      const isGone = this.#resident.isGone(partSlots[at] as number);
      if (held[next] !== partId && !isGone) this.#missing.add(partId);
    }
    if (this.#missing.size <= mostMissing && gone * 2 <= this.#count) return;
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
      .then(() => {
        this.#failures = 0;
      })
      .catch((error: unknown) => {
        this.#noteFailure();
        log("debug", `vectors are searched for by the server: ${String(error)}`);
      })
      .finally(() => {
        this.#loading = undefined;
      });
  }

  #noteFailure(): void {
    this.#failures += 1;
    this.#notBefore = this.#searches + Math.min(mostSearchesUntil, 2 ** this.#failures);
  }

  async #readAll(model: HeldModel): Promise<void> {
    // The search that has this begun goes first.
    await yieldToEventLoop();
    const goesOn = (): boolean =>
      this.#model === model && this.#resident.isWhole && this.#fits(model);
    while (goesOn()) {
      const { partIds, partCount, generation } = this.#resident;
      const from = this.#placeAfter(this.#upTo);
      const ids = [...partIds.subarray(from, Math.min(partCount, from + partsPerRead))];
      if (ids.length === 0) break;
      const read = await readVectors(this.#link, this.#resident, ids, model);
      if (this.#model !== model) return;
      // Other rows are seen by now, between these perhaps.
      if (this.#resident.generation !== generation) continue;
      this.#take(read, model);
      const found = new Set(read.ids);
      for (const id of ids) if (!found.has(id) && !this.#isGone(id)) this.#missing.add(id);
      this.#upTo = ids.at(-1) as number;
      await yieldToEventLoop();
    }
    while (goesOn() && this.#come.size > 0) {
      const ids = [...this.#come].slice(0, partsPerRead);
      const read = await readVectors(this.#link, this.#resident, ids, model);
      if (this.#model !== model) return;
      const wanted = read.ids.map((id) => this.#missing.has(id));
      this.#take(read, model, wanted);
      for (const id of read.ids) this.#missing.delete(id);
      for (const id of ids) {
        this.#come.delete(id);
        if (this.#isGone(id)) this.#missing.delete(id);
      }
      // There are more, it seems.
      if (read.ids.length > 0) this.#again.from = this.#searches + 1;
    }
  }

  #isGone(partId: number): boolean {
    const slot = this.#resident.slotOfPart(partId);
    return slot === -1 || this.#resident.isGone(slot);
  }

  /** @param wanted of each; the others are held already */
  #take(
    { ids, codes, scales }: ReadVectors,
    { dimensions }: HeldModel,
    wanted?: readonly boolean[],
  ): void {
    if (wanted !== undefined && !wanted.every(Boolean)) {
      const kept = [...ids.keys()].filter((at) => wanted[at] === true);
      const some = new Int8Array(kept.length * dimensions);
      for (const [place, at] of kept.entries()) {
        some.set(codes.subarray(at * dimensions, (at + 1) * dimensions), place * dimensions);
      }
      const own = kept.map((at) => ids[at] as number);
      const theirs = Float32Array.from(kept, (at) => scales[at] as number);
      this.#take({ ids: own, codes: some, scales: theirs }, { note: "", dimensions });
      return;
    }
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
}
