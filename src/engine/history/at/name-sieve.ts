/*
 * Which names stand in a text, in a few bits each: a filter that never misses a name, and takes one text of some
 * thousands for holding a name that it does not hold. So of a whole commit only those files are parsed in which a name
 * that somebody asks about can be. Names go in three ways: as written, without case and signs (foldName), and by their
 * words ("parseConfig" is "parse" and "config").
 */
import { foldName } from "../../../base/text/names.ts";

/** How a name is met: as it is written, without case and signs, or as a word of a name. */
export type NameWay = "written" | "folded" | "word";

const seeds: Readonly<Record<NameWay, number>> = {
  written: 0x811c9dc5,
  folded: 0x2b3c4d5e,
  word: 0x51ed270b,
};

/** Bits a name takes, and how many of them are set: one in some thousands is met that is not there. */
const bitsEach = 16;
const probes = 8;
/** Longer runs of letters are data, not names. Those that are asked for are cut the same way. */
const longest = 256;

/** The filter of a text. */
export function sieveOf(text: Uint8Array): Uint8Array {
  const hashes = new Hashes(text);
  const bits = new Uint8Array(Math.max(8, Math.ceil((hashes.found.size * bitsEach) / 8)));
  for (const signed of hashes.found) {
    const hash = signed >>> 0;
    const step = mixed(hash) | 1;
    for (let probe = 0, at = hash; probe < probes; probe += 1, at = (at + step) >>> 0) {
      const bit = at % (bits.length * 8);
      bits[bit >> 3] = (bits[bit >> 3] as number) | (1 << (bit & 7));
    }
  }
  return bits;
}

/** A name to look for in many filters. */
export class WantedName {
  readonly #hashes: readonly number[];

  /** @param name may be of several runs of letters ("go.mod", "Getting started"): each has to be there */
  constructor(name: string, way: NameWay) {
    const hashes = new Set<number>();
    if (way === "folded") {
      const folded = foldName(name);
      // What stands apart in a text is folded apart.
      if (folded !== "" && runsOf(name).length === 1) hashes.add(hashOf(folded, seeds.folded));
      else for (const run of runsOf(name)) for (const word of wordsOf(run)) hashes.add(word);
    } else if (way === "word") {
      for (const run of runsOf(name)) for (const word of wordsOf(run)) hashes.add(word);
    } else {
      for (const run of runsOf(name)) hashes.add(hashOf(run, seeds.written));
    }
    this.#hashes = [...hashes];
  }

  /** There is nothing to look for: a name of signs only. */
  get isEmpty(): boolean {
    return this.#hashes.length === 0;
  }

  /** False: the text does not hold it. A name of signs only is in none. */
  isIn(sieve: Uint8Array): boolean {
    return this.#hashes.length > 0 && this.#hashes.every((hash) => has(sieve, hash));
  }
}

function has(sieve: Uint8Array, hash: number): boolean {
  const bits = sieve.length * 8;
  const step = mixed(hash) | 1;
  for (let probe = 0, at = hash >>> 0; probe < probes; probe += 1, at = (at + step) >>> 0) {
    const bit = at % bits;
    if (((sieve[bit >> 3] as number) & (1 << (bit & 7))) === 0) return false;
  }
  return true;
}

/** Runs of letters, digits and "_": everything else parts them. */
function runsOf(name: string): string[] {
  const runs: string[] = [];
  const bytes = Buffer.from(name, "utf8");
  eachRun(bytes, (start, end) => runs.push(bytes.toString("utf8", start, end)));
  return runs;
}

class Hashes {
  /** Signed: small integers of the runtime. */
  readonly found = new Set<number>();
  readonly #text: Buffer;

  constructor(text: Uint8Array) {
    this.#text = Buffer.from(text.buffer, text.byteOffset, text.byteLength);
    eachRun(text, (start, end) => this.#add(start, end));
  }

  #add(start: number, end: number): void {
    const hash = hashBytes(this.#text, start, end, seeds.written);
    if (this.found.has(hash)) return;
    this.found.add(hash);
    const run = this.#text.toString("utf8", start, end);
    for (const word of wordsOf(run)) this.found.add(word);
    this.found.add(hashOf(foldName(run), seeds.folded));
    // "_emphasis_" is a heading's "emphasis".
    const bare = run.replace(/^_+|_+$/gu, "");
    if (bare !== run && bare !== "") this.found.add(hashOf(bare, seeds.written));
  }
}

const seam =
  /_|(?<=[\p{Ll}\p{N}])(?=\p{Lu})|(?<=\p{Lu})(?=\p{Lu}\p{Ll})|(?<=\p{L})(?=\p{N})|(?<=\p{N})(?=\p{L})/gu;

/** Hashes of the words of a run, in lower case. */
function wordsOf(run: string): number[] {
  return run
    .split(seam)
    .filter((word) => word !== "")
    .map((word) => hashOf(word.normalize("NFKC").toLowerCase(), seeds.word));
}

function eachRun(bytes: Uint8Array, take: (start: number, end: number) => void): void {
  let start = -1;
  for (let at = 0; at <= bytes.length; at += 1) {
    const isSign = bytes[at] === 0xe2 && bytes[at + 1] === 0x80;
    if (!isSign && at < bytes.length && isOfName[bytes[at] as number] === 1) {
      if (start < 0) start = at;
      continue;
    }
    if (start >= 0) take(start, Math.min(at, start + longest));
    start = -1;
    // Dashes and quotation marks (U+2000 to U+203F) part names as blanks do.
    if (isSign) at += 2;
  }
}

/** Letters, digits, "_", and all bytes of letters beyond ASCII. */
const isOfName = Uint8Array.from({ length: 256 }, (_, byte) =>
  byte >= 0x80 || /[A-Za-z0-9_]/u.test(String.fromCharCode(byte)) ? 1 : 0,
);

function hashOf(text: string, seed: number): number {
  const bytes = Buffer.from(text, "utf8");
  return hashBytes(bytes, 0, bytes.length, seed);
}

/** FNV-1a. */
function hashBytes(bytes: Uint8Array, start: number, end: number, seed: number): number {
  let state = seed;
  for (let at = start; at < end; at += 1) {
    state = Math.imul(state ^ (bytes[at] as number), 0x01000193);
  }
  return mixed(state);
}

function mixed(value: number): number {
  let state = value ^ (value >>> 16);
  state = Math.imul(state, 0x85ebca6b);
  state ^= state >>> 13;
  state = Math.imul(state, 0xc2b2ae35);
  return state ^ (state >>> 16);
}
