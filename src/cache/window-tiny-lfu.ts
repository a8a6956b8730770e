/*
 * Which entries stay within a number of bytes: W-TinyLFU. A new entry comes into a small window, an LRU.
 * What falls out of the window is weighed against those that would have to go for it: it stays when it
 * was asked for more often than all of them together, by the frequency sketch. The rest of the bytes is a
 * segmented LRU. Each entry has an owner, and an owner's floor is left to it while others have something.
 * The policy holds no values and no keys: it says who must go. (Einziger, Friedman and Manes, "TinyLFU", 2017; for weights, Einziger, Eytan, Friedman
 * and Manes, "Lightweight robust size aware cache management", 2022: victims aggregated.)
 */
import { FrequencySketch } from "./frequency-sketch.ts";
import { type Linked, SegmentedLru, UseList } from "./segmented-lru.ts";
import { WindowClimber } from "./window-climber.ts";

/** Whose entries they are. The policy counts the bytes. */
export interface PolicyOwner {
  bytes: number;
  /** So much is not taken from it while there is anything else to take. */
  floorBytes: number;
}

/** What the policy needs of an entry. */
export interface PolicyEntry extends Linked {
  /** 32 bits of its key. */
  readonly hash: number;
  readonly owner: PolicyOwner;
}

export interface PolicyOptions<Entry> {
  maxBytes: number;
  /** The entry must go: it is in no list any more. */
  onEvict: (entry: Entry, cause: "size" | "resized") => void;
  /** false: the window stays at its first share, 1 %. Default true. */
  adaptive?: boolean;
}

export class WindowTinyLfu<Entry extends PolicyEntry> {
  readonly #options: PolicyOptions<Entry>;
  readonly #sketch = new FrequencySketch();
  readonly #climber = new WindowClimber();
  readonly #window = new UseList<Entry>();
  readonly #main = new SegmentedLru<Entry>(0);
  #maxBytes: number;
  #windowBytes = 0;
  #entries = 0;

  constructor(options: PolicyOptions<Entry>) {
    this.#options = options;
    this.#maxBytes = options.maxBytes;
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
    return this.#climber.share;
  }

  get sketchBytes(): number {
    return this.#sketch.bytes;
  }

  /** A key was asked for and is not here. */
  miss(hash: number): void {
    this.#sketch.add(hash);
    this.#climb(false);
  }

  /** An entry was asked for. */
  hit(entry: Entry): void {
    this.#sketch.add(entry.hash);
    if (this.#main.holds(entry)) this.#main.use(entry);
    else this.#window.touch(entry);
    this.#climb(true);
  }

  /** Takes an entry in; others, or itself, are evicted for it. Its weight must be at most maxBytes. */
  add(entry: Entry): void {
    this.#entries += 1;
    entry.owner.bytes += entry.weight;
    this.#sketch.grow(this.#entries);
    this.#window.touch(entry);
    this.#settle("size");
  }

  /** Takes an entry out. */
  remove(entry: Entry): void {
    entry.list?.remove(entry);
    entry.owner.bytes -= entry.weight;
    this.#entries -= 1;
  }

  /** From now on at most so many bytes: what is too much goes before this returns. */
  resize(maxBytes: number): void {
    this.#maxBytes = maxBytes;
    this.#share();
    this.#settle("resized");
  }

  #climb(isHit: boolean): void {
    if (this.#options.adaptive === false) return;
    if (!this.#climber.note(isHit, this.#sketch.sampleSize)) return;
    this.#share();
    // A larger window takes over what the segments have no room for any more.
    for (const entry of this.#choose(this.#main.bytes - this.#main.limitBytes)) {
      this.#main.remove(entry);
      this.#window.touch(entry);
    }
    this.#settle("size");
  }

  #share(): void {
    this.#windowBytes = Math.floor(this.#maxBytes * this.#climber.share);
    this.#main.setLimit(this.#maxBytes - this.#windowBytes);
  }

  /** Brings the window and the segments within their limits. */
  #settle(cause: "size" | "resized"): void {
    // A smaller limit for the segments first: then nobody comes in by their own choice.
    this.#evict(this.#choose(this.#main.bytes - this.#main.limitBytes), cause);
    while (this.#window.bytes > this.#windowBytes) {
      const candidate = this.#window.oldest as Entry;
      this.#window.remove(candidate);
      this.#admit(candidate, cause);
    }
  }

  #admit(candidate: Entry, cause: "size" | "resized"): void {
    const needed = this.#main.bytes + candidate.weight - this.#main.limitBytes;
    const isFree = needed <= 0;
    const canFit = candidate.weight <= this.#main.limitBytes;
    const victims = isFree || !canFit ? [] : this.#choose(needed);
    const stays = isFree || (canFit && this.#isBetter(candidate, victims));
    if (!stays) {
      this.#evict([candidate], cause);
      return;
    }
    this.#evict(victims, cause);
    this.#main.add(candidate);
  }

  /** Asked for more often than the victims together; what is within its owner's floor stays in any case. */
  #isBetter(candidate: Entry, victims: readonly Entry[]): boolean {
    if (isWithinFloor(candidate, 0)) return true;
    const taken = new Map<PolicyOwner, number>();
    const frequency = this.#sketch.estimate(candidate.hash);
    let against = 0;
    for (const victim of victims) {
      const before = taken.get(victim.owner) ?? 0;
      if (isWithinFloor(victim, before)) return false;
      taken.set(victim.owner, before + victim.weight);
      against += this.#sketch.estimate(victim.hash);
      if (against >= frequency) return false;
    }
    return true;
  }

  /** Entries of the segments that would make `bytes` free; floors are spared while the others are enough. */
  #choose(bytes: number): Entry[] {
    const chosen: Entry[] = [];
    if (bytes <= 0) return chosen;
    const spared: Entry[] = [];
    const taken = new Map<PolicyOwner, number>();
    let free = 0;
    for (const entry of this.#main.victims()) {
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

  #evict(entries: readonly Entry[], cause: "size" | "resized"): void {
    for (const entry of entries) {
      this.remove(entry);
      this.#options.onEvict(entry, cause);
    }
  }
}

/** Without this entry, and `taken` bytes besides, its owner would have less than its floor. */
function isWithinFloor({ owner, weight }: PolicyEntry, taken: number): boolean {
  return owner.bytes - taken - weight < owner.floorBytes;
}
