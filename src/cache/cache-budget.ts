/*
 * One number of bytes that several caches share. Each cache belongs to an owner by name ("query
 * vectors"); which entries stay is decided over all of them together, by how often they are asked for
 * (see window-tiny-lfu.ts), and each owner has a floor that others cannot take from it. With 0 bytes
 * nothing is kept and nothing is counted.
 */
import { byteCount } from "../base/byte-count.ts";
import { HaypileError } from "../base/errors.ts";
import type {
  CacheStatistics,
  EvictionCause,
  OwnerStatistics,
} from "../ports/answers/footprint-report.ts";
import { hashText } from "./frequency-sketch.ts";
import { GoneKeys } from "./gone-keys.ts";
import { weighText } from "./weigh.ts";
import { WindowTinyLfu } from "./window-tiny-lfu.ts";
import type { PolicyEntry, PolicyOwner } from "./windowed-segments.ts";

/** The entry itself, its place in a map, and its share of the sketch, bytes. */
const entryOverhead = 240;

export interface CacheBudgetOptions {
  /** Most bytes of all entries together, 0 or more. */
  maxBytes: number;
  /** Milliseconds, for entries that live so long only. Default performance.now(), which never goes back. */
  now?: (() => number) | undefined;
  /** The window keeps this share of the bytes, 0 to 1. Default: it is chosen by trial. */
  windowShare?: number | undefined;
}

export interface OwnerOptions<Value> {
  /** Bytes of a value; those of its key and of the entry are added. */
  weigh: (value: Value) => number;
  /** Share of the budget that others cannot take from it, 0 to 1; all floors together at most 1. Default 0. */
  floorShare?: number | undefined;
  /** Entries live so long, milliseconds. Default: without end. */
  ttlMs?: number | undefined;
}

interface Entry extends PolicyEntry {
  readonly key: string;
  readonly value: unknown;
  readonly madeMs: number;
  readonly owner: Owner;
}

export class CacheBudget {
  readonly #policy: WindowTinyLfu<Entry>;
  readonly #owners: Owner[] = [];
  readonly #now: () => number;

  /** @throws HaypileError HAYPILE_USAGE when maxBytes is no whole number of 0 or more */
  constructor({ maxBytes, now = () => performance.now(), windowShare }: CacheBudgetOptions) {
    this.#now = now;
    this.#policy = new WindowTinyLfu<Entry>({
      maxBytes: byteCount("cacheBytes", maxBytes),
      windowShare,
      onEvict: (entry, cause) => {
        entry.owner.gone(entry.key, cause);
        entry.owner.goneKeys.add(entry.hash, entry.weight, this.maxBytes);
      },
    });
  }

  get maxBytes(): number {
    return this.#policy.maxBytes;
  }

  /** What is held now: never above maxBytes. */
  get bytes(): number {
    return this.#policy.bytes;
  }

  /** A cache of this budget. Call it once for each name. */
  owner<Value>(name: string, options: OwnerOptions<Value>): Cache<Value> {
    const floors = this.#owners.reduce((sum, owner) => sum + owner.floorShare, 0);
    const { floorShare = 0 } = options;
    if (!(floorShare >= 0 && floors + floorShare <= 1)) {
      throw new HaypileError(
        "HAYPILE_INTERNAL",
        `Floors of caches must be 0 or more and at most 1 together, but ${name} asks for ${floorShare} beside ${floors}. Please report it.`,
      );
    }
    const owner = new Owner(name, floorShare);
    owner.floorBytes = this.maxBytes * floorShare;
    this.#owners.push(owner);
    return new Cache(owner, this.#policy, this.#now, options as OwnerOptions<unknown>);
  }

  /**
   * From now on at most so many bytes: what is too much is gone when this returns; 0 turns all off.
   * @throws HaypileError HAYPILE_USAGE
   */
  resize(maxBytes: number): void {
    byteCount("cacheBytes", maxBytes);
    for (const owner of this.#owners) owner.floorBytes = maxBytes * owner.floorShare;
    this.#policy.resize(maxBytes);
  }

  statistics(): CacheStatistics {
    return {
      maxBytes: this.maxBytes,
      bytes: this.bytes,
      windowShare: this.#policy.windowShare,
      owners: this.#owners.map((owner) => owner.statistics()),
    };
  }
}

/** One owner's entries, by key. A value is given out as it was put in: whoever gets it must not change it. */
export class Cache<Value> {
  readonly #owner: Owner;
  readonly #policy: WindowTinyLfu<Entry>;
  readonly #now: () => number;
  readonly #options: OwnerOptions<unknown>;

  constructor(
    owner: Owner,
    policy: WindowTinyLfu<Entry>,
    now: () => number,
    options: OwnerOptions<unknown>,
  ) {
    this.#owner = owner;
    this.#policy = policy;
    this.#now = now;
    this.#options = options;
  }

  /** False while the budget is 0. */
  get isOn(): boolean {
    return this.#policy.maxBytes > 0;
  }

  get(key: string): Value | undefined {
    if (!this.isOn) return undefined;
    const owner = this.#owner;
    const entry = owner.entries.get(key);
    if (entry !== undefined && this.#isAlive(entry)) {
      owner.hits += 1;
      this.#policy.hit(entry);
      return entry.value as Value;
    }
    if (entry !== undefined) this.#drop(entry, "ttl");
    owner.misses += 1;
    const hash = owner.hashOf(key);
    if (owner.goneKeys.take(hash)) owner.regretted += 1;
    this.#policy.miss(hash);
    return undefined;
  }

  /** Keeps a value in place of the key's former one, or does not, when others are asked for more often. */
  set(key: string, value: Value): void {
    if (!this.isOn) return;
    const owner = this.#owner;
    const former = owner.entries.get(key);
    if (former !== undefined) this.#drop(former, "replaced");
    const weight = entryOverhead + weighText(key) + this.#options.weigh(value);
    if (weight > this.#policy.maxBytes) {
      owner.tooLarge += 1;
      return;
    }
    const entry: Entry = {
      key,
      value,
      owner,
      weight,
      hash: owner.hashOf(key),
      madeMs: this.#now(),
      usedAt: 0,
      list: undefined,
      newer: undefined,
      older: undefined,
    };
    owner.entries.set(key, entry);
    this.#policy.add(entry);
  }

  /** Entries that are alive, in no order that means anything. It counts as no use. */
  *values(): Generator<[key: string, value: Value]> {
    for (const entry of this.#owner.entries.values()) {
      if (this.#isAlive(entry)) yield [entry.key, entry.value as Value];
    }
  }

  clear(): void {
    this.#owner.goneKeys.clear();
    for (const entry of [...this.#owner.entries.values()]) this.#drop(entry, "cleared");
  }

  /** An entry from the future was made before the clock was set back: nobody knows how old it is. */
  #isAlive({ madeMs }: Entry): boolean {
    const { ttlMs } = this.#options;
    if (ttlMs === undefined) return true;
    const age = this.#now() - madeMs;
    return age >= 0 && age < ttlMs;
  }

  #drop(entry: Entry, cause: EvictionCause): void {
    this.#policy.remove(entry);
    this.#owner.gone(entry.key, cause);
  }
}

class Owner implements PolicyOwner {
  readonly name: string;
  readonly floorShare: number;
  floorBytes = 0;
  bytes = 0;
  hits = 0;
  misses = 0;
  regretted = 0;
  readonly goneKeys = new GoneKeys();
  tooLarge = 0;
  readonly entries = new Map<string, Entry>();
  readonly #start: number;
  readonly #evictions = { size: 0, ttl: 0, replaced: 0, cleared: 0, resized: 0 };

  constructor(name: string, floorShare: number) {
    this.name = name;
    this.floorShare = floorShare;
    this.#start = hashText(name);
  }

  /** Equal keys of two owners are two keys. */
  hashOf(key: string): number {
    return hashText(key, this.#start);
  }

  gone(key: string, cause: EvictionCause): void {
    this.entries.delete(key);
    this.#evictions[cause] += 1;
  }

  statistics(): OwnerStatistics {
    const { name, bytes, floorBytes, hits, misses, regretted, tooLarge } = this;
    return {
      owner: name,
      entries: this.entries.size,
      bytes,
      floorBytes,
      hits,
      misses,
      regretted,
      evictions: { ...this.#evictions },
      tooLarge,
    };
  }
}
