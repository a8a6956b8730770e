/*
 * What filters need of every row, held in memory: some 17 bytes a row and 10 a part. Rows stand in the order
 * of their ids. It follows the database: new rows and parts by their ids, changed ones by the list of changes,
 * so that another process's writes show at the next look.
 */
import { yieldToEventLoop } from "../../../../base/yield.ts";
import type { Database, Statement } from "../../file/driver.ts";
import { bodySum, damage, headColumns, headSum } from "../file/sums.ts";
import { grown, slotOf } from "./sorted.ts";

/** Rows read between two turns of the event loop. */
const rowsPerStep = 5_000;

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

type RawRow = [
  id: number,
  namespace: number,
  kind: number,
  source: number,
  importance: number,
  pinned: number,
  created: number,
  since: number,
  until: number | null,
  ended: number,
  validFrom: number,
  expires: number | null,
  deleted: number | null,
  head: number | null,
];

const from = `SELECT ${headColumns}, head FROM memories LEFT JOIN sums ON row_id = id`;

export class ResidentRows {
  readonly #after: Statement;
  readonly #one: Statement;
  readonly #partsAfter: Statement;
  readonly #changesAfter: Statement;
  readonly #newestChange: Statement;
  readonly #counts: Statement;
  readonly #namespaces: Statement;
  readonly #namespace: Statement;
  readonly #namespaceIds = new Set<number>();
  #lastChange = 0;
  #loading: Promise<void> | undefined;

  count = 0;
  rowIds = new Uint32Array(64);
  namespaces = new Uint16Array(64);
  kinds = new Uint8Array(64);
  sources = new Uint8Array(64);
  created = new Float64Array(64);
  pinned = new Uint8Array(64);
  /** 1: look into `special`. */
  isSpecial = new Uint8Array(64);
  readonly special = new Map<number, Special>();
  partCount = 0;
  partIds = new Uint32Array(64);
  partSlots = new Uint32Array(64);
  /** UTF-16 units; 65,535: or more. */
  partLengths = new Uint16Array(64);
  /** Counts up whenever anything is different. */
  version = 0;
  /** Counts up whenever places are given anew. */
  generation = 0;
  /** Counts up whenever a row that was known is different. */
  changed = 0;
  /** Rows without a sum were seen. */
  hasUnsealed = false;

  constructor(db: Database) {
    this.#after = db.prepare(`${from} WHERE id > ? ORDER BY id LIMIT ${rowsPerStep}`).raw();
    this.#one = db.prepare(`${from} WHERE id = ?`).raw();
    this.#partsAfter = db
      .prepare(
        `SELECT id, row_id, end - start FROM parts WHERE id > ? ORDER BY id LIMIT ${rowsPerStep}`,
      )
      .raw();
    this.#changesAfter = db
      .prepare("SELECT seq, row_id FROM changes WHERE seq > ? ORDER BY seq")
      .raw();
    // The table itself is read, not one of its indexes.
    this.#counts = db.prepare(
      `SELECT (SELECT count(*) FROM sums) AS sealed,
         (SELECT count(*) FROM memories NOT INDEXED JOIN sums ON row_id = id) AS rows`,
    );
    this.#namespace = db.prepare("SELECT 1 FROM namespaces WHERE id = ?").pluck();
    this.#namespaces = db.prepare("SELECT id, name, sum FROM namespaces NOT INDEXED").raw();
    this.#newestChange = db.prepare("SELECT coalesce(max(seq), 0) FROM changes").pluck();
  }

  /** Memory of it, bytes. */
  get bytes(): number {
    const perRow = 4 + 2 + 1 + 1 + 8 + 1 + 1;
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
      return this.#follow(steps);
    } catch (error) {
      // What was read so far is a part: the next look must not take it for all.
      this.drop();
      throw error;
    }
  }

  #follow(steps: number): boolean {
    if (this.count === 0) {
      this.#assertWhole();
      this.#lastChange = this.#newestChange.get() as number;
    }
    for (let step = 0; step < steps; step += 1) {
      const rows = this.#after.all(this.rowIds[this.count - 1] ?? 0) as RawRow[];
      for (const row of rows) this.#append(row);
      const parts = this.#partsAfter.all(this.partIds[this.partCount - 1] ?? 0) as number[][];
      for (const [id = 0, rowId = 0, length = 0] of parts) this.#appendPart(id, rowId, length);
      if (rows.length > 0 || parts.length > 0) this.version += 1;
      if (rows.length === rowsPerStep || parts.length === rowsPerStep) continue;
      // Changes were cut off that this process has not seen: everything is read again.
      if (this.#takeChanges()) return true;
      this.drop();
      this.#lastChange = this.#newestChange.get() as number;
    }
    return false;
  }

  /** Rows that are gone, and namespaces with another name, would be missed by nobody. */
  #assertWhole(): void {
    this.#namespaceIds.clear();
    const { sealed, rows } = this.#counts.get() as { sealed: number; rows: number };
    if (sealed !== rows)
      throw damage(`${sealed} rows of the memories are there by their sums, ${rows} by themselves`);
    const names = this.#namespaces.all() as [number, string, number | null][];
    for (const [id, name, sum] of names) {
      if (sum !== null && sum !== bodySum([name])) {
        throw damage(`the name of namespace ${id} is not what was written`);
      }
      this.#namespaceIds.add(id);
    }
    // Names without any sum are those of another table.
    if (sealed > 0 && names.every(([, , sum]) => sum === null)) {
      throw damage("the names of namespaces are missing");
    }
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

  /** UTF-16 units; undefined when it is not known. */
  lengthOfPart(partId: number): number | undefined {
    const at = slotOf(this.partIds, this.partCount, partId);
    return at === -1 ? undefined : this.partLengths[at];
  }

  /** Forgets everything; the next look begins anew. */
  drop(): void {
    this.count = 0;
    this.partCount = 0;
    this.rowIds = new Uint32Array(64);
    this.namespaces = new Uint16Array(64);
    this.kinds = new Uint8Array(64);
    this.sources = new Uint8Array(64);
    this.created = new Float64Array(64);
    this.pinned = new Uint8Array(64);
    this.isSpecial = new Uint8Array(64);
    this.partIds = new Uint32Array(64);
    this.partSlots = new Uint32Array(64);
    this.partLengths = new Uint16Array(64);
    this.special.clear();
    this.generation += 1;
    this.version += 1;
    this.changed += 1;
  }

  #append(row: RawRow): void {
    const at = this.count;
    // A page that stands where another one was has rows of another place.
    if (at > 0 && row[0] <= (this.rowIds[at - 1] as number)) {
      throw damage(`row ${row[0]} of the memories is not where it was written`);
    }
    if (at === this.rowIds.length) {
      this.rowIds = grown(this.rowIds, at + 1);
      this.namespaces = grown(this.namespaces, at + 1);
      this.kinds = grown(this.kinds, at + 1);
      this.sources = grown(this.sources, at + 1);
      this.created = grown(this.created, at + 1);
      this.pinned = grown(this.pinned, at + 1);
      this.isSpecial = grown(this.isSpecial, at + 1);
    }
    this.count += 1;
    this.#put(at, row);
  }

  #put(at: number, row: RawRow): void {
    const [id, namespace, kind, source, , pinned, created, since, until, ended, ...last] = row;
    const [validFrom, expires, deleted, head] = last;
    if (!this.#namespaceIds.has(namespace)) this.#learn(namespace);
    if (head === null) this.hasUnsealed = true;
    else if (head !== headSum(row.slice(0, -1))) {
      throw damage(`row ${id} of the memories is not what was written`);
    }
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

  /** Of a namespace that is new since the first look. */
  #learn(namespace: number): void {
    if (this.#namespace.get(namespace) === undefined) {
      throw damage(`namespace ${namespace} of some memories is missing`);
    }
    this.#namespaceIds.add(namespace);
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
    this.partCount += 1;
  }

  /** False: some are not there any more. */
  #takeChanges(): boolean {
    const changes = this.#changesAfter.all(this.#lastChange) as [number, number][];
    const [first] = changes;
    if (first === undefined) return true;
    if (first[0] !== this.#lastChange + 1) return false;
    for (const [, rowId] of changes) {
      const slot = this.slot(rowId);
      if (slot === -1) continue;
      const row = this.#one.get(rowId) as RawRow | undefined;
      if (row !== undefined) this.#put(slot, row);
      else this.#bury(slot);
    }
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
