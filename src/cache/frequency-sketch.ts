/*
 * How often keys were asked for lately, in little memory: a count-min sketch. Each key has one counter
 * in each of four rows; its estimate is the least of them, so that it errs upward only. When a sample
 * is full all counters are halved, and what was popular once is forgotten. (Cormode and Muthukrishnan,
 * "An improved data stream summary", 2005; Einziger, Friedman and Manes, "TinyLFU", 2017.)
 */

const rows = 4;
/** Four bits are enough to tell what is worth keeping. */
const mostCount = 15;
/** Counters of a row for each key expected. */
const countersPerKey = 2;
/** Keys counted before all are halved, for each key expected. */
const sampleOfKeys = 10;
const leastKeys = 512;
/** The sample of a small cache is no smaller than for so many keys. */
const leastSampledKeys = 64;
/** Odd multipliers, one a row. */
const seeds = [0x9e3779b1, 0x85ebca6b, 0xc2b2ae35, 0x27d4eb2f] as const;

export class FrequencySketch {
  /** Row after row, each `#width` long, a power of two. */
  #counters: Uint8Array;
  #width: number;
  #keys: number;
  #counted = 0;

  /** @param keys how many are expected; grow() makes room for more */
  constructor(keys = 0) {
    this.#keys = keys;
    this.#width = widthFor(keys);
    this.#counters = new Uint8Array(rows * this.#width);
  }

  /** Keys counted between two halvings. */
  get sampleSize(): number {
    return Math.max(leastSampledKeys, this.#keys) * sampleOfKeys;
  }

  get bytes(): number {
    return this.#counters.byteLength;
  }

  /** Counts one use. @param hash 32 bits */
  add(hash: number): void {
    let isCounted = false;
    for (let row = 0; row < rows; row += 1) {
      const at = this.#at(hash, row);
      const count = this.#counters[at] as number;
      if (count === mostCount) continue;
      this.#counters[at] = count + 1;
      isCounted = true;
    }
    // A key at its most says nothing new, and must not age the others.
    if (!isCounted) return;
    this.#counted += 1;
    if (this.#counted >= this.sampleSize) this.#halve();
  }

  /** 0 to 15: at least how often it was counted, less what was halved away. */
  estimate(hash: number): number {
    let least = mostCount;
    for (let row = 0; row < rows; row += 1) {
      least = Math.min(least, this.#counters[this.#at(hash, row)] as number);
    }
    return least;
  }

  /** Makes room for more keys. What is known stays: a counter's both successors begin with its count. */
  grow(keys: number): void {
    this.#keys = Math.max(this.#keys, keys);
    while (this.#width < widthFor(keys)) {
      const wider = new Uint8Array(this.#counters.length * 2);
      for (let row = 0; row < rows; row += 1) {
        const old = this.#counters.subarray(row * this.#width, (row + 1) * this.#width);
        wider.set(old, row * this.#width * 2);
        wider.set(old, row * this.#width * 2 + this.#width);
      }
      this.#counters = wider;
      this.#width *= 2;
    }
  }

  #at(hash: number, row: number): number {
    let mixed = Math.imul(hash ^ (hash >>> 15), seeds[row] as number);
    mixed ^= mixed >>> 13;
    mixed = Math.imul(mixed, 0x5bd1e995);
    return row * this.#width + ((mixed ^ (mixed >>> 16)) & (this.#width - 1));
  }

  #halve(): void {
    for (let at = 0; at < this.#counters.length; at += 1) {
      this.#counters[at] = (this.#counters[at] as number) >> 1;
    }
    this.#counted >>= 1;
  }
}

function widthFor(keys: number): number {
  return 2 ** Math.ceil(Math.log2(Math.max(leastKeys, keys) * countersPerKey));
}

/** 32 bits of a text (FNV-1a, with a start of its own for each owner of keys). */
export function hashText(text: string, start = 0x811c9dc5): number {
  let hash = start;
  for (let at = 0; at < text.length; at += 1) {
    hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193);
  }
  return hash >>> 0;
}
