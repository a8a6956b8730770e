/*
 * A window and segments behind it, within a number of bytes. A new entry comes into the window, an LRU.
 * What falls out of the window is weighed against those that would have to go for it: it stays when it
 * was asked for more often than all of them together. The rest of the bytes is a segmented LRU. With all
 * bytes in the window it is an LRU. Each entry has an owner, and an owner's floor is left to it while others
 * have something. (Einziger, Friedman and Manes, "TinyLFU", 2017; for weights, Einziger, Eytan, Friedman and
 * Manes, "Lightweight robust size aware cache management", 2022: victims aggregated.)
 */
import { type Linked, SegmentedLru, UseList } from "./segmented-lru.ts";

/** Whose entries they are. Their bytes are counted here. */
export interface PolicyOwner {
  bytes: number;
  /** So much is not taken from it while there is anything else to take. */
  floorBytes: number;
}

export interface PolicyEntry extends Linked {
  /** 32 bits of its key. */
  readonly hash: number;
  readonly owner: PolicyOwner;
  /** When it was used last, by the count of uses; kept here. */
  usedAt: number;
}

export interface WindowedOptions<Entry> {
  maxBytes: number;
  /** Of all bytes, those of the window: 0 to 1. */
  windowShare: number;
  /** How often a key was asked for lately. */
  frequencyOf: (hash: number) => number;
  /** The entry must go: it is in no list any more. */
  onEvict: (entry: Entry, cause: "size" | "resized") => void;
}

export class WindowedSegments<Entry extends PolicyEntry> {
  readonly #options: WindowedOptions<Entry>;
  readonly #window = new UseList<Entry>();
  readonly #main = new SegmentedLru<Entry>(0);
  #maxBytes: number;
  #windowShare: number;
  #windowBytes = 0;
  #uses = 0;
  entries = 0;

  constructor(options: WindowedOptions<Entry>) {
    this.#options = options;
    this.#maxBytes = options.maxBytes;
    this.#windowShare = options.windowShare;
    this.#share();
  }

  /** Sum of the weights: never above maxBytes. */
  get bytes(): number {
    return this.#window.bytes + this.#main.bytes;
  }

  get maxBytes(): number {
    return this.#maxBytes;
  }

  get windowShare(): number {
    return this.#windowShare;
  }

  /** An entry was asked for. */
  use(entry: Entry): void {
    this.#uses += 1;
    entry.usedAt = this.#uses;
    if (this.#main.holds(entry)) this.#main.use(entry);
    else this.#window.touch(entry);
  }

  /** Takes an entry in; others, or itself, are evicted for it. Its weight must be at most maxBytes. */
  add(entry: Entry): void {
    this.entries += 1;
    this.#uses += 1;
    entry.usedAt = this.#uses;
    entry.owner.bytes += entry.weight;
    this.#window.touch(entry);
    this.#settle("size");
  }

  /** Takes an entry out. */
  remove(entry: Entry): void {
    entry.list?.remove(entry);
    entry.owner.bytes -= entry.weight;
    this.entries -= 1;
  }

  /** From now on at most so many bytes. What is too much goes at once, the least asked for first. */
  resize(maxBytes: number): void {
    this.#maxBytes = maxBytes;
    if (this.bytes > maxBytes) {
      const { frequencyOf } = this.#options;
      const all = [...this.#main.victims(), ...this.#window.fromOldest()]
        .map((entry) => ({ entry, frequency: frequencyOf(entry.hash) }))
        .sort((x, y) => x.frequency - y.frequency)
        .map(({ entry }) => entry);
      this.#evict(chooseFrom(all, this.bytes - maxBytes), "resized");
    }
    this.#rearrange("resized");
  }

  /** Gives the window another share of the bytes. */
  setWindowShare(share: number): void {
    if (share === this.#windowShare) return;
    this.#windowShare = share;
    this.#rearrange("size");
  }

  #share(): void {
    this.#windowBytes = Math.floor(this.#maxBytes * this.#windowShare);
    this.#main.setLimit(this.#maxBytes - this.#windowBytes);
  }

  #rearrange(cause: "size" | "resized"): void {
    this.#share();
    // A larger window takes over what the segments have no room for any more, each at its place by last
    // use: what was a favourite long ago must not be the last to go.
    const moved = this.#choose(this.#main.bytes - this.#main.limitBytes);
    for (const entry of moved) this.#main.remove(entry);
    if (moved.length > 0) {
      const all = [...this.#window.fromOldest(), ...moved].sort((a, b) => a.usedAt - b.usedAt);
      for (const entry of all) this.#window.touch(entry);
    }
    this.#settle(cause);
  }

  /** Brings the window within its limit; the segments are within theirs. */
  #settle(cause: "size" | "resized"): void {
    for (const candidate of this.#window.fromOldest()) {
      if (this.#window.bytes <= this.#windowBytes) return;
      this.#admit(candidate, cause);
    }
    // What is left is within floors that there is no room for.
    for (const entry of this.#window.fromOldest()) {
      if (this.#window.bytes <= this.#windowBytes) return;
      this.#evict([entry], cause);
    }
  }

  /** Moves an entry from the window to the segments, or lets it go; one within a floor may stay where it is. */
  #admit(candidate: Entry, cause: "size" | "resized"): void {
    const { limitBytes } = this.#main;
    const needed = this.#main.bytes + candidate.weight - limitBytes;
    const canFit = candidate.weight <= limitBytes;
    const victims = canFit ? this.#choose(needed) : [];
    if (canFit && (needed <= 0 || this.#isBetter(candidate, victims))) {
      this.#evict(victims, cause);
      this.#window.remove(candidate);
      this.#main.add(candidate);
    } else if (!isWithinFloor(candidate, 0)) {
      this.#evict([candidate], cause);
    }
  }

  /** Asked for more often than the victims together, or within its floor; and no victim is within one. */
  #isBetter(candidate: Entry, victims: readonly Entry[]): boolean {
    const taken = new Map<PolicyOwner, number>();
    const { frequencyOf } = this.#options;
    const frequency = isWithinFloor(candidate, 0)
      ? Number.POSITIVE_INFINITY
      : frequencyOf(candidate.hash);
    let against = 0;
    for (const victim of victims) {
      const before = taken.get(victim.owner) ?? 0;
      if (isWithinFloor(victim, before)) return false;
      taken.set(victim.owner, before + victim.weight);
      against += frequencyOf(victim.hash);
      if (against >= frequency) return false;
    }
    return true;
  }

  #choose(bytes: number): Entry[] {
    return bytes <= 0 ? [] : chooseFrom(this.#main.victims(), bytes);
  }

  #evict(entries: readonly Entry[], cause: "size" | "resized"): void {
    for (const entry of entries) {
      this.remove(entry);
      this.#options.onEvict(entry, cause);
    }
  }
}

/** The first that make `bytes` free together; floors are spared while the others are enough. */
function chooseFrom<Entry extends PolicyEntry>(entries: Iterable<Entry>, bytes: number): Entry[] {
  const chosen: Entry[] = [];
  const spared: Entry[] = [];
  const taken = new Map<PolicyOwner, number>();
  let free = 0;
  for (const entry of entries) {
    const before = taken.get(entry.owner) ?? 0;
    if (isWithinFloor(entry, before)) {
      spared.push(entry);
      continue;
    }
    taken.set(entry.owner, before + entry.weight);
    chosen.push(entry);
    free += entry.weight;
    if (free >= bytes) return chosen;
  }
  for (const entry of spared) {
    chosen.push(entry);
    free += entry.weight;
    if (free >= bytes) break;
  }
  return chosen;
}

/** Without this entry, and `taken` bytes besides, its owner would have less than its floor. */
function isWithinFloor({ owner, weight }: PolicyEntry, taken: number): boolean {
  return owner.bytes - taken - weight < owner.floorBytes;
}
