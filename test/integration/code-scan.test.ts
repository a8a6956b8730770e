/* Rows of eight and four bits a value against plain products, and what they do with bad input and at their end. */
import { afterEach, describe, expect, it } from "vitest";
import { CodeScan } from "../../src/native/vector-scan.ts";
import { quantize } from "../../src/storage/sqlite/vectors/quantize.ts";
import { madeUpVector } from "../helpers/made-up-vectors.ts";
import { addonFolder } from "../helpers/model.ts";

const dimensions = 96;
const count = 500;
const vectors = Array.from({ length: count }, (_, seed) => madeUpVector(seed, dimensions));
const query = madeUpVector(7_777, dimensions);

const scans: CodeScan[] = [];
function opened(bits: 4 | 8): CodeScan {
  const scan = new CodeScan(dimensions, bits, addonFolder);
  scans.push(scan);
  return scan;
}
afterEach(() => {
  for (const scan of scans.splice(0)) scan.close();
});

function add(scan: CodeScan, from: number, until: number): void {
  const rows = vectors.slice(from, until).map((vector) => quantize(Float32Array.from(vector)));
  const codes = new Int8Array(rows.length * dimensions);
  for (const [at, { data }] of rows.entries()) codes.set(data, at * dimensions);
  scan.append(
    codes,
    Float32Array.from(rows, ({ scale }) => scale),
  );
}

const productWith = (row: number): number =>
  [...(vectors[row] as Iterable<number>)].reduce(
    (sum, value, at) => sum + value * (query[at] as number),
    0,
  );
const exact = Array.from({ length: count }, (_, row) => row).sort(
  (a, b) => productWith(b) - productWith(a),
);
const bitsOf = (rows: readonly number[]): Uint8Array => {
  const bits = new Uint8Array(Math.ceil(count / 8));
  for (const row of rows) bits[row >> 3] = (bits[row >> 3] as number) | (1 << (row & 7));
  return bits;
};

describe.each([4, 8] as const)("a scan of %i bits a value", (bits) => {
  it("has the nearest among the first it finds, however they came in", () => {
    const scan = opened(bits);
    for (let from = 0; from < count; from += 77) add(scan, from, Math.min(count, from + 77));
    expect(scan.size).toBe(count);
    const found = [...scan.search(Float32Array.from(query), 40)];
    expect(found).toHaveLength(40);
    expect(exact.slice(0, 10).filter((row) => !found.includes(row))).toEqual([]);
  });

  it("finds among those that are allowed alone, few or many", () => {
    const scan = opened(bits);
    add(scan, 0, count);
    for (const every of [1, 3, 50]) {
      const allowed = exact.filter((row) => row % every === 0);
      const found = scan.search(Float32Array.from(query), count, bitsOf(allowed));
      expect([...found].sort((a, b) => a - b)).toEqual(allowed.toSorted((a, b) => a - b));
    }
    expect(scan.search(Float32Array.from(query), 10, new Uint8Array(0))).toHaveLength(0);
  });

  it("says what it takes of memory before and after", () => {
    const scan = opened(bits);
    const foretold = scan.bytesWith(count);
    add(scan, 0, count);
    expect(scan.bytes).toBe(foretold);
    expect(foretold).toBeGreaterThanOrEqual((count * dimensions * bits) / 8);
  });

  it("refuses what does not fit together, and goes on", () => {
    const scan = opened(bits);
    add(scan, 0, 10);
    const usage = expect.objectContaining({ code: "HAYPILE_USAGE" });
    const refused = (work: () => unknown): void => expect(work).toThrow(usage);
    refused(() => scan.append(new Int8Array(dimensions + 1), new Float32Array(1)));
    refused(() => scan.append(new Int8Array(dimensions), new Float32Array(2)));
    refused(() => scan.append(new Int8Array(dimensions), Float32Array.of(Number.NaN)));
    refused(() => scan.search(new Float32Array(dimensions - 1), 1));
    refused(() => scan.search(new Float32Array(dimensions).fill(Number.NaN), 1));
    refused(() => scan.search(new Float32Array(dimensions), -1));
    expect(scan.size).toBe(10);
    expect(scan.search(Float32Array.from(query), 3)).toHaveLength(3);
  });

  it("is closed once, and refuses calls afterwards", () => {
    const scan = opened(bits);
    add(scan, 0, 10);
    scan.close();
    scan.close();
    expect([scan.size, scan.bytes]).toEqual([0, 0]);
    expect(() => scan.search(Float32Array.from(query), 1)).toThrow(
      expect.objectContaining({ code: "HAYPILE_CLOSED" }),
    );
  });
});

it("takes four or eight bits, and at least one value", () => {
  for (const [size, bits] of [
    [96, 5],
    [96, 1],
    [0, 8],
    [70_000, 8],
  ] as const) {
    expect(() => new CodeScan(size, bits as 4, addonFolder)).toThrow(
      expect.objectContaining({ code: "HAYPILE_USAGE" }),
    );
  }
});
