/*
 * Finds the share of the window by trial. Work that comes back to what came last wants a large window,
 * steady favourites want a small one, and the hit rate of the cache itself says only how the present one
 * does. So small images of the cache run along, one for each share, without values and over a sample of the
 * keys only. The cache takes the share whose image had the most hits lately; an LRU needs only be ahead of the
 * present share, and another share must be ahead of an LRU by more than chance. (Waldspurger, Saemundsson,
 * Ahmad and Park, "Cache modeling and optimization using miniature simulations", 2017.)
 */
import { type PolicyEntry, type PolicyOwner, WindowedSegments } from "./windowed-segments.ts";

/** The last one is an LRU. */
const shares = [0.01, 0.1, 0.3, 0.6, 1] as const;
/** A cache begins with this one, so that a scan before anything is known does not empty it. */
const firstAt = 2;
const lruAt = shares.length - 1;
/** Entries of an image; from twice as many on, half of the keys are left out of the sample. */
const sampledEntries = 256;
/** Uses after which one counts a third, for each entry of an image. */
const memoryOfEntries = 4;
const leastMemory = 200;
/** Uses between two choices. */
const chooseEvery = 16;
/** The image of another share must be better by this share of its hits. */
const betterBy = 0.01;
/**
 * The LRU is left for a share that had hits it had not, more than the other way round by so many deviations
 * (of a coin thrown for each hit that only one of them had), and taken again when it is ahead at all: where it is
 * nearly as good as can be, there is more to lose than to win.
 */
const leaveDeviations = 3;
const stayDeviations = 0;

export class WindowChoice {
  readonly #images: Image[];
  #maxBytes: number;
  /** One of so many keys is in the sample: a power of two. */
  #sampling = 1;
  #uses = 0;
  #at: number = firstAt;
  /** For each share, hits that only it or only the LRU had; older ones count less. */
  readonly #won = shares.map(() => 0);
  readonly #lost = shares.map(() => 0);

  constructor(maxBytes: number, frequencyOf: (hash: number) => number) {
    this.#maxBytes = maxBytes;
    this.#images = shares.map((share) => new Image(maxBytes, share, frequencyOf));
  }

  /** The share that was right lately. */
  get share(): number {
    return shares[this.#at] as number;
  }

  /** A key was asked for. */
  use(hash: number): void {
    if (!this.#isSampled(hash)) return;
    const most = Math.max(...this.#images.map((image) => image.entries));
    const forget = 1 / Math.max(leastMemory, most * memoryOfEntries);
    const hits = this.#images.map((image) => image.use(hash, forget));
    const isLruHit = hits[lruAt] === true;
    for (const [at, isHit] of hits.entries()) {
      const won = isHit && !isLruHit ? 1 : 0;
      const lost = isLruHit && !isHit ? 1 : 0;
      this.#won[at] = (this.#won[at] as number) * (1 - forget) + won;
      this.#lost[at] = (this.#lost[at] as number) * (1 - forget) + lost;
    }
    this.#uses += 1;
    if (this.#uses % chooseEvery === 0) this.#choose();
    if (most > sampledEntries * 2) this.#thinOut();
  }

  /** A key's weight has become known: images that have not got it take it in. */
  add({ hash, weight }: PolicyEntry): void {
    if (!this.#isSampled(hash)) return;
    for (const image of this.#images) image.add(hash, weight);
  }

  remove(hash: number): void {
    for (const image of this.#images) image.remove(hash);
  }

  resize(maxBytes: number): void {
    this.#maxBytes = maxBytes;
    for (const image of this.#images) image.resize(maxBytes / this.#sampling);
  }

  #choose(): void {
    const scores = this.#images.map(({ score }) => score);
    const best = scores.indexOf(Math.max(...scores));
    if (this.#at === lruAt) {
      if (this.#deviations(best) > leaveDeviations) this.#at = best;
    } else if (this.#deviations(this.#at) < stayDeviations) {
      this.#at = lruAt;
    } else if ((scores[best] as number) > (scores[this.#at] as number) * (1 + betterBy)) {
      this.#at = best;
    }
  }

  /** By how much a share has been better than the LRU. Most hits both have: these say nothing. */
  #deviations(at: number): number {
    const won = this.#won[at] as number;
    const lost = this.#lost[at] as number;
    return (won - lost) / Math.sqrt(Math.max(1, won + lost));
  }

  #thinOut(): void {
    this.#sampling *= 2;
    for (const image of this.#images) image.keepOnly((hash) => this.#isSampled(hash));
    this.resize(this.#maxBytes);
  }

  #isSampled(hash: number): boolean {
    return ((Math.imul(hash, 0x9e3779b1) >>> 16) & (this.#sampling - 1)) === 0;
  }
}

/** What a cache with a window of one share would hold. */
class Image {
  readonly #known = new Map<number, PolicyEntry>();
  readonly #owner: PolicyOwner = { bytes: 0, floorBytes: 0 };
  readonly #segments: WindowedSegments<PolicyEntry>;
  /** Hits, of which older ones count less. */
  score = 0;

  constructor(maxBytes: number, windowShare: number, frequencyOf: (hash: number) => number) {
    this.#segments = new WindowedSegments<PolicyEntry>({
      maxBytes,
      windowShare,
      frequencyOf,
      onEvict: ({ hash }) => this.#known.delete(hash),
    });
  }

  get entries(): number {
    return this.#segments.entries;
  }

  /** @returns whether it was a hit */
  use(hash: number, forget: number): boolean {
    const known = this.#known.get(hash);
    this.score *= 1 - forget;
    if (known === undefined) return false;
    this.score += 1;
    this.#segments.use(known);
    return true;
  }

  add(hash: number, weight: number): void {
    if (this.#known.has(hash) || weight > this.#segments.maxBytes) return;
    const entry: PolicyEntry = {
      hash,
      weight,
      owner: this.#owner,
      usedAt: 0,
      list: undefined,
      newer: undefined,
      older: undefined,
    };
    this.#known.set(hash, entry);
    this.#segments.add(entry);
  }

  remove(hash: number): void {
    const entry = this.#known.get(hash);
    if (entry === undefined) return;
    this.#known.delete(hash);
    this.#segments.remove(entry);
  }

  resize(maxBytes: number): void {
    this.#segments.resize(Math.floor(maxBytes));
  }

  keepOnly(isKept: (hash: number) => boolean): void {
    for (const hash of [...this.#known.keys()]) if (!isKept(hash)) this.remove(hash);
  }
}
