/* The vector scan against a plain one in JavaScript, and what it does with bad input and at its end. */
import { Worker } from "node:worker_threads";
import { afterEach, describe, expect, it } from "vitest";
import { readFootprint } from "../../src/native/footprint.ts";
import { rescore, scanIsa, similarities, VectorScan } from "../../src/native/vector-scan.ts";
import { quantize } from "../../src/storage/sqlite/vectors/quantize.ts";
import { compareRows } from "../../src/storage/sqlite/vectors/similarities.ts";
import { addonFolder, sanitized } from "../helpers/model.ts";

// Loads the addon, for the calls below that name no folder.
scanIsa(addonFolder);

let seed = 1;
/** -1 to 1, the same in every run. */
function random(): number {
  seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
  return (seed / 2 ** 32) * 2 - 1;
}

const floats = (count: number): Float32Array => Float32Array.from({ length: count }, random);
const bytes = (count: number): Uint8Array =>
  Uint8Array.from({ length: count }, () => random() * 128 + 128);
const idsUpTo = (count: number): Uint32Array => Uint32Array.from({ length: count }, (_, i) => i);
const bit = (bits: Uint8Array, i: number): number => ((bits[i >> 3] as number) >> (i & 7)) & 1;

function bitsOf(vector: ArrayLike<number>, mean: Float32Array): Uint8Array {
  const bits = new Uint8Array(Math.ceil(mean.length / 8));
  for (let i = 0; i < mean.length; i += 1) {
    if ((vector[i] as number) > (mean[i] as number))
      bits[i >> 3] = (bits[i >> 3] ?? 0) | (1 << (i & 7));
  }
  return bits;
}

/** The rows by distance, then id. */
function nearest(
  rows: Map<number, Uint8Array>,
  query: Uint8Array,
  dimensions: number,
  r: number,
): number[] {
  const distance = (row: Uint8Array): number => {
    let sum = 0;
    for (let i = 0; i < dimensions; i += 1) sum += bit(row, i) ^ bit(query, i);
    return sum;
  };
  return [...rows]
    .map(([id, row]) => ({ id, distance: distance(row) }))
    .sort((a, b) => a.distance - b.distance || a.id - b.id)
    .slice(0, r)
    .map(({ id }) => id);
}

const scans: VectorScan[] = [];
function open(dimensions: number): VectorScan {
  const scan = new VectorScan(dimensions, addonFolder);
  scans.push(scan);
  return scan;
}
afterEach(() => {
  for (const scan of scans.splice(0)) scan.close();
});

describe("search", () => {
  it.each([1, 7, 33, 384])("finds what a plain scan finds, %i dimensions", async (dimensions) => {
    const scan = open(dimensions);
    const mean = floats(dimensions);
    const rows = new Map<number, Uint8Array>();
    const count = 700;
    const bits = bytes(count * scan.bytesPerRow);
    const ids = Uint32Array.from({ length: count }, (_, i) => (i * 617) % 1000);
    scan.append(ids, bits);
    for (const [i, id] of ids.entries()) {
      rows.set(id, bits.subarray(i * scan.bytesPerRow, (i + 1) * scan.bytesPerRow));
    }
    expect(scan.size).toBe(count);
    expect(scan.bytes).toBeGreaterThanOrEqual(count * scan.bytesPerRow);

    const query = floats(dimensions);
    const queryBits = bitsOf(query, mean);
    const check = async (r: number, allowed?: BigUint64Array | Uint8Array): Promise<void> => {
      const bitmap = allowed && new Uint8Array(allowed.buffer);
      const among = new Map(
        [...rows].filter(([id]) => !bitmap || (id >> 3 < bitmap.length && bit(bitmap, id) === 1)),
      );
      expect([...(await scan.search(query, mean, r, allowed))]).toEqual(
        nearest(among, queryBits, dimensions, r),
      );
    };
    for (const r of [0, 1, 10, count, 4_000_000_000]) await check(r);
    await check(50, bytes(100));
    await check(50, new BigUint64Array([0xff00ff00ff00ff00n, 0n, 12345n]));
    await check(50, new Uint8Array(0));

    const gone = ids.filter((id) => id % 3 === 0);
    expect(scan.remove(gone)).toBe(gone.length);
    expect(scan.remove(gone)).toBe(0);
    for (const id of gone) rows.delete(id);
    expect(scan.size).toBe(rows.size);
    await check(100);
    await check(100, bytes(125));
  });

  it("makes bits of int8 rows and gives them back", async () => {
    const dimensions = 33;
    const scan = open(dimensions);
    const mean = floats(dimensions).map((value) => value / 10);
    const codes = Int8Array.from({ length: 50 * dimensions }, () => random() * 128);
    const scales = floats(50).map(Math.abs);
    const bits = scan.appendCodes(idsUpTo(50), codes, scales, mean);
    for (let row = 0; row < 50; row += 1) {
      const values = Array.from(codes.subarray(row * dimensions, (row + 1) * dimensions), (code) =>
        Math.fround(code * (scales[row] as number)),
      );
      expect(bits.subarray(row * 5, (row + 1) * 5)).toEqual(bitsOf(values, mean));
    }
    const other = open(dimensions);
    other.append(idsUpTo(50), bits);
    const query = floats(dimensions);
    expect(await scan.search(query, mean, 50)).toEqual(await other.search(query, mean, 50));
    const asBytes = new Uint8Array(codes.buffer);
    expect(open(dimensions).appendCodes(idsUpTo(50), asBytes, scales, mean)).toEqual(bits);
  });

  it("runs many searches at once while rows come and go", async () => {
    const scan = open(384);
    const mean = new Float32Array(384);
    const query = floats(384);
    scan.append(new Uint32Array([7]), bitsOf(query, mean));
    const searches: Promise<Uint32Array>[] = [];
    for (let i = 0; i < 200; i += 1) {
      const copy = query.slice();
      searches.push(scan.search(copy, mean, 3));
      copy.fill(Number.NaN); // copied already
      const ids = Uint32Array.from({ length: 200 }, (_, row) => 1000 + i * 200 + row);
      scan.append(ids, bytes(200 * 48));
      if (i % 2 === 1) scan.remove(ids);
    }
    for (const found of await Promise.all(searches)) expect(found[0]).toBe(7);
    expect(scan.size).toBe(1 + 100 * 200);
  });

  it("gives the same with threads of its own", async () => {
    const scan = open(64);
    const count = 300_000; // above the number of rows that one thread scans
    const bits = new Uint8Array(count * 8);
    const words = new BigUint64Array(bits.buffer);
    for (let i = 0; i < count; i += 1)
      words[i] = (BigInt(i) * 0x9e3779b97f4a7c15n) & (2n ** 64n - 1n);
    scan.append(idsUpTo(count), bits);
    const mean = new Float32Array(64);
    const query = floats(64);
    const first = await scan.search(query, mean, 500);
    expect(new Set(first).size).toBe(500);
    for (let i = 0; i < 5; i += 1) expect(await scan.search(query, mean, 500)).toEqual(first);
    const halves = [0, 1].map((half) => {
      const part = open(64);
      part.append(
        idsUpTo(count / 2).map((id) => id + (half * count) / 2),
        bits.subarray(half * count * 4, (half + 1) * count * 4),
      );
      return part.search(query, mean, 500);
    });
    const among = new Set((await Promise.all(halves)).flatMap((ids) => [...ids]));
    for (const id of first) expect(among.has(id)).toBe(true);
  });
});

describe("rescore", () => {
  it("gives the best rows with their scores", () => {
    const dimensions = 100;
    const count = 2000;
    const query = floats(dimensions);
    const rows = bytes(count * dimensions);
    const scales = floats(count).map((value, i) => (i % 5 === 0 ? 0 : Math.abs(value)));
    const ids = Uint32Array.from({ length: count }, (_, i) => (i * 617) % 2001);
    const { data, scale } = quantize(query);
    const signed = new Int8Array(rows.buffer);
    const all = Array.from(ids, (id, row) => {
      let dot = 0;
      for (let i = 0; i < dimensions; i += 1) {
        dot += (data[i] as number) * (signed[row * dimensions + i] as number);
      }
      return { id, score: Math.fround((scales[row] as number) * dot * Math.fround(scale)) + 0 };
    }).sort((a, b) => b.score - a.score || a.id - b.id);
    for (const k of [0, 1, 10, count, count + 1]) {
      const best = rescore(query, rows, scales, ids, k);
      expect([...best.ids]).toEqual(all.slice(0, k).map(({ id }) => id));
      expect([...best.scores]).toEqual(all.slice(0, k).map(({ score }) => score));
    }
    expect(rescore(query, signed, scales, ids, 5)).toEqual(rescore(query, rows, scales, ids, 5));
    const none = rescore(query, new Uint8Array(0), new Float32Array(0), new Uint32Array(0), 5);
    expect(none).toEqual({ ids: new Uint32Array(0), scores: new Float32Array(0) });
  });

  it("names the instruction set", () => {
    expect(["scalar", "avx2", "avx512", "neon"]).toContain(scanIsa());
  });
});

describe("similarities", () => {
  it("gives the cosines that plain loops give, for any length of rows", () => {
    for (const dimensions of [1, 3, 31, 32, 33, 100, 384]) {
      const rows = bytes(37 * dimensions);
      rows.fill(0, 5 * dimensions, 6 * dimensions);
      const expected = compareRows(rows, dimensions);
      expect(similarities(rows, dimensions)).toEqual(expected);
      expect(similarities(new Int8Array(rows.buffer), dimensions)).toEqual(expected);
      expect(expected[5 * 37 + 5]).toBe(0);
      expect(expected[0]).toBe(1);
    }
    expect(similarities(new Uint8Array(0), 384)).toEqual(new Float32Array(0));
  });

  it("refuses rows that do not fit, and too many", () => {
    expect(() => similarities(new Uint8Array(5), 2)).toThrow(/bytes of rows/);
    expect(() => similarities(new Uint8Array(2), 0)).toThrow(/dimensions/);
    expect(() => similarities(new Uint8Array(1025), 1)).toThrow(/at most 1024 rows/);
    expect(() => similarities("rows" as unknown as Uint8Array, 2)).toThrow(/rows/);
  });
});

/** What a caller without types may pass. */
const loose = <T>(value: unknown): T => value as T;
const usage = expect.objectContaining({ code: "HAYPILE_USAGE" });

function detached<T extends Uint32Array | Uint8Array | Float32Array>(array: T): T {
  structuredClone(array.buffer, { transfer: [array.buffer as ArrayBuffer] });
  return array;
}

describe("bad arguments", () => {
  it.each([0, -1, 1.5, 65_473, Number.NaN, 2 ** 60, "8", undefined, null, {}])(
    "no dimensions: %s",
    (dimensions) => {
      expect(() => new VectorScan(loose(dimensions))).toThrow(usage);
    },
  );

  it("rows that do not fit", () => {
    const scan = open(384);
    const ids = idsUpTo(2);
    const mean = floats(384);
    const cases: (() => unknown)[] = [
      () => scan.append(ids, bytes(95)),
      () => scan.append(ids, bytes(97)),
      () => scan.append(loose([1, 2]), bytes(96)),
      () => scan.append(loose(floats(2)), bytes(96)),
      () => scan.append(ids, loose(undefined)),
      () => scan.append(ids, loose(new DataView(new ArrayBuffer(96)))),
      () => scan.append(detached(idsUpTo(2)), detached(bytes(96))),
      () => scan.append(ids, detached(bytes(96))),
      () => scan.appendCodes(ids, bytes(767), floats(2), mean),
      () => scan.appendCodes(ids, bytes(768), floats(3), mean),
      () => scan.appendCodes(ids, bytes(768), floats(2), floats(383)),
      () => scan.appendCodes(ids, bytes(768), new Float32Array([1, Number.NaN]), mean),
      () =>
        scan.appendCodes(
          ids,
          bytes(768),
          floats(2),
          mean.map(() => Number.POSITIVE_INFINITY),
        ),
      () => scan.remove(loose([1])),
      () => scan.remove(detached(idsUpTo(3))),
      () => scan.remove(loose(undefined)),
    ];
    for (const call of cases) expect(call, String(call)).toThrow(usage);
    expect(scan.size).toBe(0);
    scan.append(new Uint32Array(0), new Uint8Array(0));
    expect(scan.remove(new Uint32Array(0))).toBe(0);
  });

  it("queries that do not fit", async () => {
    const scan = open(384);
    scan.append(idsUpTo(2), bytes(96));
    const query = floats(384);
    const calls: (() => Promise<unknown>)[] = [
      () => scan.search(floats(383), query, 1),
      () => scan.search(query, floats(385), 1),
      () => scan.search(loose([...query]), query, 1),
      () => scan.search(loose(new Float64Array(384)), query, 1),
      () =>
        scan.search(
          query.map(() => Number.NaN),
          query,
          1,
        ),
      () => scan.search(detached(floats(384)), query, 1),
      () => scan.search(query, loose(undefined), 1),
      ...[-1, 1.5, Number.NaN, 2 ** 32, "1", undefined].map(
        (r) => () => scan.search(query, query, loose(r)),
      ),
      () => scan.search(query, query, 1, loose([1])),
      () => scan.search(query, query, 1, loose(idsUpTo(3))),
      () => scan.search(query, query, 1, detached(bytes(8))),
    ];
    for (const call of calls) await expect(call(), String(call)).rejects.toEqual(usage);
    expect(await scan.search(query, query, 1, loose(null))).toHaveLength(1);
  });

  it("rows to rescore that do not fit", () => {
    const query = floats(4);
    const rows = bytes(8);
    const ids = idsUpTo(2);
    const cases: (() => unknown)[] = [
      () => rescore(new Float32Array(0), new Uint8Array(0), floats(2), ids, 1),
      () => rescore(floats(65_537), bytes(65_537), floats(1), idsUpTo(1), 1),
      () => rescore(floats(5), rows, floats(2), ids, 1),
      () => rescore(query, rows, floats(3), ids, 1),
      () => rescore(query, rows, floats(2), idsUpTo(3), 1),
      () => rescore(query, rows, new Float32Array([1, Number.NaN]), ids, 1),
      () => rescore(new Float32Array([1, 2, 3, Number.NaN]), rows, floats(2), ids, 1),
      () => rescore(query, detached(bytes(8)), floats(2), ids, 1),
      () => rescore(query, rows, floats(2), ids, -1),
      () => rescore(query, rows, floats(2), ids, loose(undefined)),
      () => rescore(loose(undefined), rows, floats(2), ids, 1),
    ];
    for (const call of cases) expect(call, String(call)).toThrow(usage);
  });

  it("methods on something else", () => {
    const scan = open(8) as unknown as Record<string, (...values: unknown[]) => unknown>;
    expect(() => scan.append?.call({}, idsUpTo(1), bytes(1))).toThrow();
  });
});

describe("the end", () => {
  it("may be closed twice, and is closed for later calls", async () => {
    const scan = open(8);
    scan.append(idsUpTo(2), bytes(2));
    scan.close();
    scan.close();
    const closed = expect.objectContaining({ code: "HAYPILE_CLOSED" });
    expect(() => scan.append(idsUpTo(2), bytes(2))).toThrow(closed);
    expect(() => scan.appendCodes(idsUpTo(1), bytes(8), floats(1), floats(8))).toThrow(closed);
    expect(() => scan.remove(idsUpTo(2))).toThrow(closed);
    await expect(scan.search(floats(8), floats(8), 1)).rejects.toEqual(closed);
    expect([scan.size, scan.bytes]).toEqual([0, 0]);
  });

  it("lets running searches end", async () => {
    const scan = open(384);
    scan.append(idsUpTo(20_000), new Uint8Array(20_000 * 48));
    const query = floats(384);
    const searches = Array.from({ length: 20 }, () => scan.search(query, query, 5));
    scan.close();
    for (const found of await Promise.all(searches)) expect([...found]).toEqual([0, 1, 2, 3, 4]);
  });

  // AddressSanitizer keeps what was freed.
  it.skipIf(sanitized)(
    "is collected when forgotten, since the engine knows of its memory",
    async () => {
      const ids = idsUpTo(100_000);
      const bits = new Uint8Array(100_000 * 48);
      const before = readFootprint(addonFolder).rssBytes;
      let most = 0;
      for (let i = 0; i < 250; i += 1) {
        new VectorScan(384).append(ids, bits); // 6 MB, 1.5 GB in all
        await new Promise((resolve) => setImmediate(resolve));
        most = Math.max(most, readFootprint(addonFolder).rssBytes - before);
      }
      expect(most).toBeLessThan(500_000_000);
    },
  );

  it("survives a thread that is ended in the middle of searches", async () => {
    const face = new URL("../../src/native/vector-scan.ts", import.meta.url).href;
    const code = `
      import { parentPort } from "node:worker_threads";
      const { VectorScan } = await import(${JSON.stringify(face)});
      const scan = new VectorScan(384, ${JSON.stringify(addonFolder)});
      const count = 50_000;
      scan.append(Uint32Array.from({ length: count }, (_, i) => i), new Uint8Array(count * 48));
      const query = new Float32Array(384);
      const again = () => scan.search(query, query, 10).then(again);
      for (let i = 0; i < 8; i += 1) again();
      parentPort.postMessage("running");`;
    for (let round = 0; round < 3; round += 1) {
      const worker = new Worker(new URL(`data:text/javascript,${encodeURIComponent(code)}`));
      await new Promise<void>((resolve, reject) => {
        worker.once("message", () => resolve());
        worker.once("error", reject);
      });
      await worker.terminate();
    }
    const scan = open(8);
    scan.append(idsUpTo(1), bytes(1));
    expect(await scan.search(floats(8), floats(8), 1)).toHaveLength(1);
  });
});
