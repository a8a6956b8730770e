/*
 * A list of entries by last use, and two of them as a segmented LRU: what is used a second time moves
 * from the probation list to the protected one, whose overflow moves back. What one pass over many
 * keys brings in never pushes out what is used again and again.
 */

/** What a list needs of its members. An entry is in one list at most. */
export interface Linked {
  weight: number;
  list: UseList<Linked> | undefined;
  /** Used just after this one, and just before it. */
  newer: Linked | undefined;
  older: Linked | undefined;
}

/** Entries by last use, with the sum of their weights. */
export class UseList<Entry extends Linked> {
  #newest: Entry | undefined;
  #oldest: Entry | undefined;
  bytes = 0;

  get oldest(): Entry | undefined {
    return this.#oldest;
  }

  /** Puts an entry of no list, or of this one, in front. */
  touch(entry: Entry): void {
    if (this.#newest === entry) return;
    if (entry.list === (this as unknown)) this.remove(entry);
    entry.list = this as unknown as UseList<Linked>;
    entry.older = this.#newest;
    entry.newer = undefined;
    if (this.#newest !== undefined) this.#newest.newer = entry;
    this.#newest = entry;
    this.#oldest ??= entry;
    this.bytes += entry.weight;
  }

  remove(entry: Entry): void {
    if (entry.newer === undefined) this.#newest = entry.older as Entry | undefined;
    else entry.newer.older = entry.older;
    if (entry.older === undefined) this.#oldest = entry.newer as Entry | undefined;
    else entry.older.newer = entry.newer;
    entry.list = undefined;
    entry.newer = undefined;
    entry.older = undefined;
    this.bytes -= entry.weight;
  }

  /** From the longest unused on. The one given out may be removed meanwhile. */
  *fromOldest(): Generator<Entry> {
    for (let at = this.#oldest; at !== undefined; ) {
      const next = at.newer as Entry | undefined;
      yield at;
      at = next;
    }
  }
}

/** Share of the segments for what was used again. */
const protectedShare = 0.8;

/** Probation and protected entries. It holds whatever it is given: its owner sees to the limit. */
export class SegmentedLru<Entry extends Linked> {
  readonly #probation = new UseList<Entry>();
  readonly #protected = new UseList<Entry>();
  /** Most bytes of both together. */
  limitBytes: number;

  constructor(limitBytes: number) {
    this.limitBytes = limitBytes;
  }

  get bytes(): number {
    return this.#probation.bytes + this.#protected.bytes;
  }

  /** A new entry: it must prove itself. */
  add(entry: Entry): void {
    this.#probation.touch(entry);
  }

  holds(entry: Entry): boolean {
    const { list } = entry;
    return list === (this.#probation as unknown) || list === (this.#protected as unknown);
  }

  /** An entry of it was used. */
  use(entry: Entry): void {
    if (entry.list === (this.#probation as unknown)) this.#probation.remove(entry);
    this.#protected.touch(entry);
    this.#demote();
  }

  remove(entry: Entry): void {
    entry.list?.remove(entry);
  }

  setLimit(bytes: number): void {
    this.limitBytes = bytes;
    this.#demote();
  }

  /** In the order in which they should go. */
  *victims(): Generator<Entry> {
    yield* this.#probation.fromOldest();
    yield* this.#protected.fromOldest();
  }

  /** What is too much among the protected goes back to probation, as the newest there. */
  #demote(): void {
    while (this.#protected.bytes > this.limitBytes * protectedShare) {
      const oldest = this.#protected.oldest as Entry;
      this.#protected.remove(oldest);
      this.#probation.touch(oldest);
    }
  }
}
