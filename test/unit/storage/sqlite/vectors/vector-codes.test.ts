import { describe, expect, it } from "vitest";
import { type VectorFormat, vectorFormats } from "../../../../../src/ports/vector-scan.ts";
import { trainCodes } from "../../../../../src/storage/sqlite/vectors/train-codes.ts";
import {
  bytesOfFormat,
  type Levels,
  productBy,
  VectorCoder,
} from "../../../../../src/storage/sqlite/vectors/vector-codes.ts";
import { seededRandom } from "../../../../helpers/temp-tree.ts";

const pause = (): Promise<void> => Promise.resolve();

/** Around twenty centres. */
function vectorsOf(count: number, dimensions: number): Float32Array[] {
  const random = seededRandom(7);
  const any = (weight: number): number[] =>
    Array.from({ length: dimensions }, () => (random() - 0.5) * weight);
  const centres = Array.from({ length: 20 }, () => any(1));
  return Array.from({ length: count }, (_, row) => {
    const noise = any(0.6);
    const centre = centres[row % 20] as number[];
    const vector = Float32Array.from(noise, (value, i) => value + (centre[i] as number));
    const length = Math.hypot(...vector);
    return vector.map((value) => value / length);
  });
}

function unpacked(coder: VectorCoder, vector: Float32Array): Float32Array {
  const { scale, data } = coder.pack(vector);
  const codes = coder.unpack(data);
  return Float32Array.from(new Int8Array(codes.buffer, 0, codes.length), (code) => code * scale);
}

const dot = (a: Float32Array, b: Float32Array): number =>
  a.reduce((sum, value, i) => sum + value * (b[i] as number), 0);

const cases = vectorFormats.flatMap((format) =>
  ([16, 256] as const).map((levels) => ({ format, levels })),
);

async function coderOf(
  vectors: readonly Float32Array[],
  format: VectorFormat,
  levels: Levels,
): Promise<VectorCoder> {
  return new VectorCoder(await trainCodes(vectors, format, levels, pause));
}

describe.each(cases)("vectors as $format with $levels levels", ({ format, levels }) => {
  it.each([64, 30, 17])("keep their length and nearly their direction, %i values", async (size) => {
    const vectors = vectorsOf(400, size);
    const coder = await coderOf(vectors, format, levels);
    expect(coder.bytes).toBe(bytesOfFormat(format, size));
    let cosines = 0;
    for (const vector of vectors) {
      expect(coder.pack(vector).data).toHaveLength(coder.bytes);
      const back = unpacked(coder, vector);
      expect(back).toHaveLength(size);
      expect(Math.hypot(...back)).toBeCloseTo(1, 4);
      cosines += dot(vector, back);
    }
    expect(cosines / vectors.length).toBeGreaterThan(
      { "4-bit": 0.98, pq4: 0.9, pq8: 0.85 }[format],
    );
  });

  it("score by their table as by what they unpack to", async () => {
    const [query, ...vectors] = vectorsOf(300, 48) as [Float32Array, ...Float32Array[]];
    const coder = await coderOf(vectors, format, levels);
    const table = coder.table(query);
    for (const vector of vectors.slice(0, 50)) {
      const { scale, data } = coder.pack(vector);
      expect(productBy(table, data) * scale).toBeCloseTo(dot(query, unpacked(coder, vector)), 4);
    }
  });

  it("come from the same codebook every time", async () => {
    const vectors = vectorsOf(200, 32);
    const once = await trainCodes(vectors, format, levels, pause);
    expect(await trainCodes(vectors, format, levels, pause)).toEqual(once);
  });
});

describe("a codebook", () => {
  it("leaves a vector of zeros without length", async () => {
    const coder = await coderOf(vectorsOf(100, 32), "pq4", 16);
    const zeros = new VectorCoder({
      format: "pq4",
      dimensions: 4,
      levels: 16,
      step: 1,
      entries: new Int8Array(64),
    });
    expect(zeros.pack(new Float32Array(4)).scale).toBe(0);
    expect(coder.pack(new Float32Array(32)).scale).toBe(0);
  });

  it("loses less with more bytes", async () => {
    const vectors = vectorsOf(400, 64);
    const kept: number[] = [];
    for (const format of vectorFormats) {
      const coder = await coderOf(vectors, format, 16);
      kept.push(vectors.reduce((sum, vector) => sum + dot(vector, unpacked(coder, vector)), 0));
    }
    expect(kept).toEqual([...kept].sort((a, b) => b - a));
  });

  it("of another size than its format is refused", () => {
    expect(
      () =>
        new VectorCoder({
          format: "pq8",
          dimensions: 64,
          levels: 256,
          step: 1,
          entries: new Int8Array(7),
        }),
    ).toThrow(RangeError);
  });
});
