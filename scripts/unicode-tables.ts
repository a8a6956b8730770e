/**
 * Writes native/core/unicode_tables.inc: what the tokeniser must know about each code point, taken
 * from this very runtime (its regular expressions, String.normalize and String.toLowerCase), so
 * that the C++ tokeniser and a JavaScript one agree by construction.
 *
 * node scripts/unicode-tables.ts           write the file
 * node scripts/unicode-tables.ts --check   exit 1 when the committed file differs
 */
import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const target = fileURLToPath(new URL("../native/core/unicode_tables.inc", import.meta.url));
const lastCodePoint = 0x10ffff;
const hangul = { first: 0xac00, last: 0xd7a3, leads: 0x1100, vowels: 0x1161, trails: 0x11a7 };
const capitalSigma = 0x3a3;
const dottedCapitalI = 0x130;

/** Bits of Properties::flags in native/core/unicode.h. */
const flag = { space: 1, punctuation: 2, mark: 4, dropped: 8, cased: 16, caseIgnorable: 32 };

function fail(message: string): never {
  throw new Error(`unicode-tables: ${message}`);
}

const text = (...codePoints: number[]) => String.fromCodePoint(...codePoints);
const codePoints = (value: string) => Array.from(value, (c) => c.codePointAt(0) as number);

/** Does a final sigma see `c` as cased, ignorable or neither? Asked from both sides. */
function sigmaFlags(c: number): number {
  const letter = text(c);
  const finalAfter = `${letter}\u03a3`.toLowerCase().endsWith("\u03c2");
  const finalBehind = `a${letter}\u03a3`.toLowerCase().endsWith("\u03c2");
  const before = finalAfter ? flag.cased : finalBehind ? flag.caseIgnorable : 0;
  const isFinal = (tail: string) => `a\u03a3${letter}${tail}`.toLowerCase()[1] === "\u03c2";
  const after = !isFinal("") ? flag.cased : !isFinal("a") ? flag.caseIgnorable : 0;
  if (before !== after) fail(`U+${c.toString(16)} differs before and after a sigma`);
  return before;
}

function flagsOf(c: number): number {
  const letter = text(c);
  let flags = sigmaFlags(c);
  if (/^\s$/u.test(letter)) flags |= flag.space;
  if (/^[\p{P}\u0021-\u002f\u003a-\u0040\u005b-\u0060\u007b-\u007e]$/u.test(letter))
    flags |= flag.punctuation;
  if (/^\p{Mn}$/u.test(letter)) flags |= flag.mark;
  const kept = c === 0x09 || c === 0x0a || c === 0x0d;
  if (c === 0xfffd || (!kept && /^[\p{Cc}\p{Cf}\p{Co}\p{Cs}]$/u.test(letter)))
    flags |= flag.dropped;
  return flags;
}

function lowerDelta(c: number): number {
  const lower = codePoints(text(c).toLowerCase());
  if (lower.length === 1) return (lower[0] as number) - c;
  if (c !== dottedCapitalI || lower.join() !== "105,775")
    fail(`U+${c.toString(16)} has a lower case of ${lower.length} code points, not foreseen`);
  return 0;
}

/** The canonical decomposition; empty for itself and for Hangul, which the C++ code computes. */
function decompositionOf(c: number): number[] {
  if (c >= 0xd800 && c <= 0xdfff) return [];
  const parts = codePoints(text(c).normalize("NFD"));
  if (c >= hangul.first && c <= hangul.last) {
    const index = c - hangul.first;
    const trail = index % 28;
    const computed = [
      hangul.leads + Math.floor(index / 588),
      hangul.vowels + Math.floor((index % 588) / 28),
    ];
    if (trail > 0) computed.push(hangul.trails + trail);
    if (parts.join() !== computed.join()) fail(`U+${c.toString(16)} is not composed as Hangul is`);
    return [];
  }
  return parts.length === 1 && parts[0] === c ? [] : parts;
}

/** True when the pair stands in the wrong canonical order: class of left > class of right > 0. */
const swaps = (left: number, right: number) =>
  text(left, right).normalize("NFD") === text(right, left);

/** Canonical combining classes as ranks 1, 2, 3 … in their order; only the order matters. */
function combiningRanks(): Map<number, number> {
  const tilde = 0x334; // the lowest class
  const acute = 0x301; // a high one
  const marks: number[] = [];
  for (let c = 0; c <= lastCodePoint; c++) {
    if (c >= 0xd800 && c <= 0xdfff) continue;
    if (c !== tilde && c !== acute && !swaps(c, tilde) && !swaps(acute, c)) continue;
    if (text(c).normalize("NFD") === text(c)) marks.push(c);
  }
  marks.sort((left, right) => Number(swaps(left, right)) - Number(swaps(right, left)));
  const ranks = new Map<number, number>();
  let rank = 0;
  for (const [i, mark] of marks.entries()) {
    if (i === 0 || swaps(mark, marks[i - 1] as number)) rank++;
    ranks.set(mark, rank);
  }
  if (rank < 50 || rank > 255 || ranks.get(tilde) !== 1)
    fail(`found ${rank} combining classes, U+0334 in class ${ranks.get(tilde)}`);
  return ranks;
}

class Pool<Item> {
  readonly items: Item[] = [];
  readonly #places = new Map<string, number>();

  add(item: Item): number {
    const key = JSON.stringify(item);
    const known = this.#places.get(key);
    if (known !== undefined) return known;
    this.items.push(item);
    this.#places.set(key, this.items.length - 1);
    return this.items.length - 1;
  }
}

interface Tables {
  records: number[][];
  decompositions: number[];
  blockSize: number;
  blocks: number[][];
  stages: number[];
}

function cutIntoBlocks(indexes: Uint16Array, blockSize: number) {
  const blocks = new Pool<number[]>();
  const stages: number[] = [];
  for (let start = 0; start < indexes.length; start += blockSize)
    stages.push(blocks.add([...indexes.subarray(start, start + blockSize)]));
  return { blocks: blocks.items, stages };
}

function buildTables(): Tables {
  const ranks = combiningRanks();
  const records = new Pool<number[]>();
  const decompositions: number[] = [];
  const places = new Map<string, number>();
  const indexes = new Uint16Array(lastCodePoint + 1);
  for (let c = 0; c <= lastCodePoint; c++) {
    const parts = decompositionOf(c);
    let offset = 0;
    if (parts.length > 0) {
      offset = places.get(parts.join()) ?? decompositions.length;
      if (offset === decompositions.length) decompositions.push(...parts);
      places.set(parts.join(), offset);
    }
    indexes[c] = records.add([
      flagsOf(c),
      ranks.get(c) ?? 0,
      parts.length,
      offset,
      c === capitalSigma ? 0x3c3 - c : lowerDelta(c),
    ]);
  }
  const blockSize = 128;
  return {
    records: records.items,
    decompositions,
    blockSize,
    ...cutIntoBlocks(indexes, blockSize),
  };
}

/** Values in lines of at most 100 columns. */
function lines(values: string[]): string {
  const out: string[] = [];
  let line = "";
  for (const value of values) {
    if (line.length + value.length + 1 > 100) {
      out.push(line);
      line = "";
    }
    line += `${value},`;
  }
  return [...out, line].join("\n");
}

function render(tables: Tables): string {
  const numbers = (values: number[]) => lines(values.map(String));
  if (tables.blocks.length > 65_535 || tables.decompositions.length > 65_535)
    fail("a table outgrew its index of 16 bits");
  return `// Generated by scripts/unicode-tables.ts from Unicode ${process.versions.unicode}. Do not edit.
constexpr char kUnicodeVersion[] = "${process.versions.unicode}";
constexpr uint32_t kBlockSize = ${tables.blockSize};
// flags, combining rank, decomposition length, decomposition offset, distance to lower case
constexpr Properties kRecords[] = {
${lines(tables.records.map((record) => `{${record.join(",")}}`))}
};
constexpr char32_t kDecompositions[] = {
${numbers(tables.decompositions)}
};
constexpr uint16_t kStages[] = {
${numbers(tables.stages)}
};
constexpr uint16_t kBlocks[] = {
${numbers(tables.blocks.flat())}
};
`;
}

function committedFile(): string {
  try {
    return readFileSync(target, "utf8");
  } catch {
    return "";
  }
}

const rendered = render(buildTables());
const committed = committedFile();
if (!process.argv.includes("--check")) {
  writeFileSync(target, rendered);
  process.stdout.write(`wrote ${target}, Unicode ${process.versions.unicode}\n`);
} else if (rendered === committed) {
  process.stdout.write(`${target} is up to date, Unicode ${process.versions.unicode}\n`);
} else {
  const version = /from Unicode (\d+\.\d+)/.exec(committed)?.[1] ?? "none";
  process.stderr.write(
    `${target} (Unicode ${version}) differs from what Node ${process.version} gives ` +
      `(Unicode ${process.versions.unicode}). Run: node scripts/unicode-tables.ts\n`,
  );
  process.exitCode = 1;
}
