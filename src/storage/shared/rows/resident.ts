/*
 * What filters need of every row, held in memory: some 25 bytes a row and 10 a part. Rows stand in the order
 * of their ids. It follows the database: new rows and parts by their ids, changed ones by the list of changes,
 * so that another process's writes show at the next look.
 */
import { yieldToEventLoop } from "../../../base/yield.ts";
import { grown, slotOf } from "./sorted.ts";
import type { RowNumbers, RowSource } from "./sources.ts";

/** Rows read between two turns of the event loop. */
const rowsPerStep = 5_000;

/** Parts of a row are counted up to here. */
const mostCounted = 255;
/** Parts of one row lie beside each other, but for so many others in between. */
const apart = 64;

/** A part's length is held up to here. */
const longest = 65_535;

/** Of rows that are not simply there from their making on. Infinity: never. */
export interface Special {
  since: number;
  until: number;
  validFrom: number;
  expires: number;
  isDeleted: boolean;
  /** Whether the text was followed by another, or the memory by another memory. */
  ended: number;
}

export class ResidentRows {
  readonly #source: RowSource;
  #lastChange = 0;
  #loading: Promise<void> | undefined;

  count = 0;
  rowIds = new Uint32Array(64);
  namespaces = new Uint32Array(64);
  kinds = new Uint8Array(64);
  sources = new Uint8Array(64);
  created = new Float64Array(64);
  pinned = new Uint8Array(64);
  /** 1: look into `special`. */
  isSpecial = new Uint8Array(64);
  readonly special = new Map<number, Special>();
  /** Of each row: its first part, and how many it has. */
  #firstParts = new Uint32Array(64);
  #partsOfRow = new Uint8Array(64);
  partCount = 0;
  partIds = new Uint32Array(64);
  partSlots = new Uint32Array(64);
  /** UTF-16 units; 65,535: or more. */
  partLengths = new Uint16Array(64);
  /** Counts up whenever anything is different. */
  version = 0;
  /** Counts up whenever places are given anew. */
  generation = 0;
  /** False while rows are read that are there already: what is held is a part. */
  isWhole = false;
  /** Counts up whenever a row that was known is different. */
  changed = 0;

  constructor(source: RowSource) {
    this.#source = source;
  }

  /** Memory of it, bytes. */
  get bytes(): number {
    const perRow = 4 + 4 + 1 + 1 + 8 + 1 + 1 + 4 + 1;
    return this.rowIds.length * perRow + this.partIds.length * 10 + this.special.size * 120;
  }

  /** Up to date when this resolves; many rows are read in steps. */
  async load(): Promise<void> {
    this.#loading ??= this.#load().finally(() => {
      this.#loading = undefined;
    });
    await this.#loading;
  }

  async #load(): Promise<void> {
    while (!this.follow(1)) await yieldToEventLoop();
  }

  /** Takes up what is new, at most so many steps. True when there is no more. */
  follow(steps = Number.POSITIVE_INFINITY): boolean {
    try {
      const isWhole = this.#follow(steps);
      if (isWhole) this.isWhole = true;
      return isWhole;
    } catch (error) {
      // What was read so far is a part: the next look must not take it for all.
      this.drop();
      throw error;
    }
  }

  #follow(steps: number): boolean {
    const source = this.#source;
    if (source.look(this.count === 0)) this.drop();
    if (this.count === 0) this.#lastChange = source.newestChange();
    for (let step = 0; step < steps; step += 1) {
      const rows = source.rowsAfter(this.rowIds[this.count - 1] ?? 0, rowsPerStep);
      for (const row of rows) this.#append(row);
      const parts = source.partsAfter(this.partIds[this.partCount - 1] ?? 0, rowsPerStep);
      for (const [id, rowId, length] of parts) this.#appendPart(id, rowId, length);
      if (rows.length > 0 || parts.length > 0) this.version += 1;
      if (rows.length === rowsPerStep || parts.length === rowsPerStep) continue;
      // Changes were cut off that this process has not seen: everything is read again.
      if (this.#takeChanges()) return true;
      this.drop();
      this.#lastChange = source.newestChange();
    }
    return false;
  }

  /** The place of a row; -1 when it is not known. */
  slot(rowId: number): number {
    return slotOf(this.rowIds, this.count, rowId);
  }

  /** The place of the row that a part belongs to; -1 when it is not known. */
  slotOfPart(partId: number): number {
    const at = slotOf(this.partIds, this.partCount, partId);
    return at === -1 ? -1 : (this.partSlots[at] as number);
  }

  /** The place of a part; -1 when it is not known. */
  placeOfPart(partId: number): number {
    return slotOf(this.partIds, this.partCount, partId);
  }

  /** Its row was erased, and is known to be gone. */
  isGone(slot: number): boolean {
    return this.special.get(slot)?.since === Number.POSITIVE_INFINITY;
  }

  /** The parts of the row at a place, in order; undefined where they are not known, or too many. */
  partsOf(slot: number): number[] | undefined {
    const count = this.#partsOfRow[slot] as number;
    const first = this.#firstParts[slot] as number;
    if (count === 1) return [first];
    if (count === 0 || count === mostCounted) return undefined;
    const found: number[] = [];
    const from = this.placeOfPart(first);
    const end = Math.min(this.partCount, from + count + apart);
    for (let at = from; at < end && found.length < count; at += 1) {
      if (this.partSlots[at] === slot) found.push(this.partIds[at] as number);
    }
    return found.length === count ? found : undefined;
  }

  /** UTF-16 units; undefined when it is not known. */
  lengthOfPart(partId: number): number | undefined {
    const at = slotOf(this.partIds, this.partCount, partId);
    return at === -1 ? undefined : this.partLengths[at];
  }

  /** Forgets everything; the next look begins anew. */
  drop(): void {
    this.isWhole = false;
    this.count = 0;
    this.partCount = 0;
    this.rowIds = new Uint32Array(64);
    this.namespaces = new Uint32Array(64);
    this.kinds = new Uint8Array(64);
    this.sources = new Uint8Array(64);
    this.created = new Float64Array(64);
    this.pinned = new Uint8Array(64);
    this.isSpecial = new Uint8Array(64);
    this.#firstParts = new Uint32Array(64);
    this.#partsOfRow = new Uint8Array(64);
    this.partIds = new Uint32Array(64);
    this.partSlots = new Uint32Array(64);
    this.partLengths = new Uint16Array(64);
    this.special.clear();
    this.generation += 1;
    this.version += 1;
    this.changed += 1;
  }

  #append(row: RowNumbers): void {
    const at = this.count;
    if (at === this.rowIds.length) {
      this.rowIds = grown(this.rowIds, at + 1);
      this.namespaces = grown(this.namespaces, at + 1);
      this.kinds = grown(this.kinds, at + 1);
      this.sources = grown(this.sources, at + 1);
      this.created = grown(this.created, at + 1);
      this.pinned = grown(this.pinned, at + 1);
      this.isSpecial = grown(this.isSpecial, at + 1);
      this.#firstParts = grown(this.#firstParts, at + 1);
      this.#partsOfRow = grown(this.#partsOfRow, at + 1);
    }
    this.count += 1;
    this.#put(at, row);
  }

  #put(at: number, row: RowNumbers): void {
    const [id, namespace, kind, source, , pinned, created, since, until, ended, ...last] = row;
    const [validFrom, expires, deleted] = last;
    this.rowIds[at] = id;
    this.namespaces[at] = namespace;
    this.kinds[at] = kind;
    this.sources[at] = source;
    this.created[at] = created;
    this.pinned[at] = pinned;
    const isSpecial =
      since !== created ||
      validFrom !== created ||
      until !== null ||
      expires !== null ||
      deleted !== null;
    this.isSpecial[at] = isSpecial ? 1 : 0;
    if (!isSpecial) {
      this.special.delete(at);
      return;
    }
    this.special.set(at, {
      since,
      until: until ?? Number.POSITIVE_INFINITY,
      ended,
      validFrom: validFrom === created ? Number.NEGATIVE_INFINITY : validFrom,
      expires: expires ?? Number.POSITIVE_INFINITY,
      isDeleted: deleted !== null,
    });
  }

  #appendPart(id: number, rowId: number, length: number): void {
    const slot = this.slot(rowId);
    // Written after the rows were read: both come with the next look.
    if (slot === -1) return;
    const at = this.partCount;
    if (at === this.partIds.length) {
      this.partIds = grown(this.partIds, at + 1);
      this.partSlots = grown(this.partSlots, at + 1);
      this.partLengths = grown(this.partLengths, at + 1);
    }
    this.partIds[at] = id;
    this.partLengths[at] = Math.min(longest, length);
    this.partSlots[at] = slot;
    const before = this.#partsOfRow[slot] as number;
    if (before === 0) this.#firstParts[slot] = id;
    this.#partsOfRow[slot] = Math.min(mostCounted, before + 1);
    this.partCount += 1;
  }

  /** False: some are not there any more. */
  #takeChanges(): boolean {
    const changes = this.#source.changesAfter(this.#lastChange);
    const [first] = changes;
    if (first === undefined) return true;
    if (first[0] !== this.#lastChange + 1) return false;
    const known = new Set(changes.map(([, rowId]) => rowId).filter((id) => this.slot(id) !== -1));
    for (const row of this.#source.rows([...known])) {
      this.#put(this.slot(row[0]), row);
      known.delete(row[0]);
    }
    for (const rowId of known) this.#bury(this.slot(rowId));
    this.#lastChange = changes.at(-1)?.[0] ?? this.#lastChange;
    this.version += 1;
    this.changed += 1;
    return true;
  }

  /** An erased row keeps its place, and is never found. */
  #bury(slot: number): void {
    this.isSpecial[slot] = 1;
    const never = Number.POSITIVE_INFINITY;
    const dead = { since: never, until: 0, ended: 1, validFrom: never, expires: 0 };
    this.special.set(slot, { ...dead, isDeleted: true });
  }
}
