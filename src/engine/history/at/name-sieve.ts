/*
 * Which names stand in a text, and what they may be there, in a few bits each: a filter that never misses a name, and
 * takes one text of some thousands for holding a name that it does not hold. So of a whole commit only those files are
 * parsed in which a name that somebody asks about can be. The text is read as bytes, without a grammar: what looks like
 * no definition in any language is none, all else may be one.
 */
import { foldName } from "../../../base/text/names.ts";

/**
 * How a name is met: it stands there, as it is written; it may be defined there; one that may be defined there is the
 * same without case and signs (foldName), or has it as one of its words; it stands in what imports or exports, or is a
 * name that something is handed on by there. A name
 * of several runs of letters ("go.mod", "Getting started") is met where all of them stand.
 */
export type NameWay = "written" | "defined" | "folded" | "word" | "linked" | "alias";
type OwnWay = NameWay | "any";

const seeds: Readonly<Record<OwnWay, number>> = {
  written: 0x011c9dc5,
  defined: 0x6f1d2c3b,
  folded: 0x2b3c4d5e,
  word: 0x51ed270b,
  linked: 0x3a4b5c6d,
  alias: 0x1c2d3e4f,
  // Without case and signs, defined or not.
  any: 0x7b8c9dae,
};

/** Bits a name takes, and how many of them are set: one in some thousands is met that is not there. */
const bitsEach = 16;
const probes = 8;
/** Signs in a row that may be a name. */
const longestOperator = 12;
/** Longer runs of letters are data, not names. Those that are asked for are cut the same way. */
const longest = 256;

/** The filter of a text in UTF-8. */
export function sieveOf(text: Uint8Array): Uint8Array {
  const { found } = new Hashes(text);
  const bits = new Uint8Array(Math.max(8, Math.ceil((found.size * bitsEach) / 8)));
  for (const signed of found) {
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

  constructor(name: string, way: NameWay) {
    const runs = runsOf(name);
    const isOperator = runs.length === 0 && way !== "word" && name.length <= longestOperator;
    if (isOperator && name.trim() !== "") this.#hashes = [hashOf(name, seeds.written)];
    else {
      const all = runs[0] === name ? hashesOfOne(name, runs, way) : hashesOfMany(runs, way);
      this.#hashes = [...new Set(all)];
    }
  }

  /** False: the text does not hold it. Blanks, and too many signs, are in none. */
  isIn(sieve: Uint8Array): boolean {
    return this.#hashes.length > 0 && this.#hashes.every((hash) => has(sieve, hash));
  }
}

function hashesOfOne(name: string, runs: readonly string[], way: NameWay): number[] {
  if (way === "folded") return [hashOf(foldName(name), seeds.folded)];
  if (way === "word") return runs.flatMap(wordsOf);
  return runs.map((run) => hashOf(run, seeds[way]));
}

function hashesOfMany(runs: readonly string[], way: NameWay): number[] {
  if (way === "word") return runs.flatMap(wordsOf);
  if (way === "folded") return runs.map((run) => hashOf(foldName(run), seeds.any));
  return runs.map((run) => hashOf(run, seeds.written));
}

function has(sieve: Uint8Array, hash: number): boolean {
  const bits = sieve.length * 8;
  const step = mixed(hash >>> 0) | 1;
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
  /** Names in what imports or exports end here. */
  readonly #links: Links;

  constructor(text: Uint8Array) {
    this.#text = Buffer.from(text.buffer, text.byteOffset, text.byteLength);
    this.#links = new Links(this.#text);
    eachRun(text, (start, end) => this.#add(start, end));
    this.#addOperators();
  }

  #add(start: number, end: number): void {
    const { found } = this;
    const hash = hashBytes(this.#text, start, end);
    const written = mixed(hash ^ seeds.written);
    if (!found.has(written)) {
      found.add(written);
      this.#addFirst(start, end);
    }
    const link = this.#links.at(start);
    if (link !== undefined) found.add(mixed(hash ^ seeds.linked));
    if (link === "other" || (link === "in" && isBehindAs(this.#text, start)))
      found.add(mixed(hash ^ seeds.alias));
    const defined = mixed(hash ^ seeds.defined);
    if (link === "in" || found.has(defined) || !mayDefine(this.#text, start, end)) return;
    this.#addDefined(this.#text.toString("utf8", start, end), defined);
  }

  /** Names of signs: "==", "[]=", "%+%". */
  #addOperators(): void {
    const text = this.#text;
    for (let at = 0; at < text.length; at += 1) {
      const start = at;
      while (isOfOperator[text[at] as number] === 1) at += 1;
      if (at === start || at - start > longestOperator) continue;
      this.found.add(mixed(hashBytes(text, start, at) ^ seeds.written));
    }
  }

  /** What a run says beside its own letters, added once. */
  #addFirst(start: number, end: number): void {
    const { found } = this;
    const run = this.#text.toString("utf8", start, end);
    found.add(hashOf(foldName(run), seeds.any));
    // "_emphasis_" is a heading's "emphasis".
    const isMarked = this.#text[start] === underscore || this.#text[end - 1] === underscore;
    const bare = isMarked ? run.replace(/^_+|_+$/gu, "") : run;
    if (bare !== run && bare !== "") {
      found.add(hashOf(bare, seeds.written));
      this.#addDefined(bare, hashOf(bare, seeds.defined));
    }
    // Names that languages make of others: "companion object", "[Fact]" for a class FactAttribute.
    if (run === "companion") this.#addDefined("Companion", hashOf("Companion", seeds.defined));
    if (this.#text[start - 1] === code("[") && /^[A-Z]/u.test(run)) {
      found.add(hashOf(`${run}Attribute`, seeds.written));
    }
  }

  #addDefined(run: string, hash: number): void {
    this.found.add(hash);
    this.found.add(hashOf(foldName(run), seeds.folded));
    for (const word of wordsOf(run)) this.found.add(word);
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

const code = (sign: string): number => sign.charCodeAt(0);
const dot = code(".");
const comma = code(",");
const underscore = code("_");
const newline = code("\n");
const open = code("(");

/** Signs before "name(" that a definition may have there: a pointer, a type, a name of a scope, what was before ends. */
const beforeDefined = new Set([..."*&>]:~#@,{};)\\"].map(code));
/** Words before "name(" that no definition has there. */
const beforeUses = new Set(
  (
    "return await new throw typeof in of else yield delete not and or if elif while for assert print raise " +
    "with when unless until do then is as instanceof echo puts"
  ).split(" "),
);
/** A line that defines something in an odd order: "function y = name(x)", "def self.name(", "fun Type.name(". */
const definer =
  /\b(?:def\w*|fun|func|function|fn|sub|proc|macro|procedure|subroutine|method|create|factory|namespace|package|module|object|class|interface|struct|enum|trait|impl|type)\b/iu;
const mostLine = 400;

/** Whether what stands there can be the name of a definition in some language. */
function mayDefine(text: Buffer, start: number, end: number): boolean {
  let next = end;
  while (text[next] === 32 || text[next] === 9) next += 1;
  let before = start - 1;
  while (text[before] === 32 || text[before] === 9) before -= 1;
  const isFirst = before < 0 || text[before] === newline || text[before] === 13;
  const sign = text[before];
  if (sign === dot && before === start - 1) return mayDefineMember(text, start, next);
  if (text[next] !== open || isFirst || sign === undefined) return true;
  if (isOfName[sign] === 1) {
    let from = before;
    while (from > 0 && isOfName[text[from - 1] as number] === 1) from -= 1;
    if (!beforeUses.has(text.toString("latin1", from, before + 1))) return true;
  } else if (beforeDefined.has(sign)) {
    return true;
  }
  return isOfDefiner(text, start);
}

/** "x.name" is set, or called; "Type.name(" at the start of a line may be a constructor of Dart. */
function mayDefineMember(text: Buffer, start: number, next: number): boolean {
  const sign = text[next];
  if (sign === code("=") && text[next + 1] !== code("=")) return true;
  if (sign === code(":") || sign === code("{") || sign === code("<")) return true;
  let from = start - 1;
  while (from > 0 && isOfName[text[from - 1] as number] === 1) from -= 1;
  const holder = text.toString("latin1", from, start - 1);
  let before = from - 1;
  while (text[before] === 32 || text[before] === 9) before -= 1;
  const isFirst = before < 0 || text[before] === newline || text[before] === 13;
  // A list that is spread, a class of CSS, members that are set side by side.
  if (holder === "") return true;
  if ((holder === "self" || holder === "this") && sign === comma) return true;
  if (isFirst && (/^[A-Z]/u.test(holder) || sign !== open)) return true;
  return isOfDefiner(text, start);
}

/** "run as go". */
function isBehindAs(text: Buffer, start: number): boolean {
  return start > 3 && /\bas\s+$/u.test(text.toString("latin1", start - 8, start));
}

function isOfDefiner(text: Buffer, start: number): boolean {
  const line = text.lastIndexOf(newline, start) + 1;
  return definer.test(text.toString("latin1", Math.max(line, start - mostLine), start));
}

/** Lines that bring in or hand on names of other files, up to the bracket that ends them. */
class Links {
  readonly #spans: [start: number, end: number, is: "in" | "other"][] = [];
  #at = 0;

  constructor(text: Buffer) {
    const latin = text.toString("latin1");
    for (const found of latin.matchAll(linking)) {
      const last = this.#spans.at(-1);
      if (last !== undefined && found.index < last[1]) continue;
      const end = endOfLink(latin, found.index);
      const text = latin.slice(found.index, end);
      const isIn = bringing.test(text) && !text.includes("=");
      this.#spans.push([startOfLink(latin, found.index), end, isIn ? "in" : "other"]);
    }
  }

  /** Whether a place is in one of them, and one that only brings in. Places are asked from the first to the last. */
  at(place: number): "in" | "other" | undefined {
    while (this.#at < this.#spans.length && (this.#spans[this.#at]?.[1] ?? 0) <= place)
      this.#at += 1;
    const span = this.#spans[this.#at];
    return span !== undefined && span[0] <= place ? span[2] : undefined;
  }
}

/** A statement of a link; "export function" hands on what is defined there. */
const linking =
  /^[ \t]*(?:(?:pub(?:\([^)]*\))?\s+)?(?:import|from|use|using|include|require\w*|extern|mod|open|alias|load|source|#\s*include|@import)\b|export\s*(?:type\s*)?[{*=]|export\s+(?:default|as|import)\b)|\b(?:require|import)\s*\(|\b(?:module\.)?exports\b/gmu;
/** Statements that define nothing. */
const bringing =
  /^[ \t]*(?:@?import[ \t]+(?=[\p{L}_"'{*.<])|from[ \t]+[\w.]+[ \t]+import\b|#\s*include\b)/u;
const mostLink = 20_000;

/** The start of the line, or of the one on which its brackets are opened: "const {", "a,", "} = await import(…)". */
function startOfLink(text: string, place: number): number {
  let depth = 0;
  let line = place;
  for (let at = place - 1; at >= Math.max(0, place - mostLink); at -= 1) {
    const sign = text[at];
    if (sign === "}") depth += 1;
    else if (sign === "{") depth -= 1;
    else if (sign === "\n" && depth <= 0) return at + 1;
    line = at;
  }
  return line;
}

/** The end of the line, or of the line on which its brackets are closed. */
function endOfLink(text: string, start: number): number {
  let depth = 0;
  const most = Math.min(text.length, start + mostLink);
  for (let at = start; at < most; at += 1) {
    const sign = text[at];
    if (sign === "{" || sign === "(") depth += 1;
    else if (sign === "}" || sign === ")") depth -= 1;
    else if (sign === "\n" && depth <= 0 && text[at - 1] !== "\\" && text[at - 1] !== ",") {
      return at;
    }
  }
  return most;
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

/** Signs that operators are made of. */
const isOfOperator = Uint8Array.from({ length: 256 }, (_, byte) =>
  "!%&*+-/<=>?@^|~[].:".includes(String.fromCharCode(byte)) ? 1 : 0,
);

function hashOf(text: string, seed: number): number {
  const bytes = Buffer.from(text, "utf8");
  return mixed(hashBytes(bytes, 0, Math.min(bytes.length, longest)) ^ seed);
}

/** FNV-1a. */
function hashBytes(bytes: Uint8Array, start: number, end: number): number {
  let state = 0x811c9dc5;
  for (let at = start; at < end; at += 1) {
    state = Math.imul(state ^ (bytes[at] as number), 0x01000193);
  }
  return state;
}

function mixed(value: number): number {
  let state = value ^ (value >>> 16);
  state = Math.imul(state, 0x85ebca6b);
  state ^= state >>> 13;
  state = Math.imul(state, 0xc2b2ae35);
  return state ^ (state >>> 16);
}
