import { describe, expect, it } from "vitest";
import { quantize } from "../../../../../src/storage/sqlite/vectors/quantize.ts";
import { codeOf } from "../../../../helpers/store-files.ts";

describe("quantize", () => {
  it("is off by at most half a scale, and the greatest value is 127", () => {
    const vector = Float32Array.from({ length: 384 }, (_, i) => Math.sin(i * i) / 20);
    const { scale, data } = quantize(vector);
    const greatest = Math.max(...vector.map(Math.abs));
    expect(scale).toBeCloseTo(greatest / 127, 9);
    expect(Math.max(...data.map(Math.abs))).toBe(127);
    for (const [i, value] of vector.entries()) {
      expect(Math.abs((data[i] ?? 0) * scale - value)).toBeLessThanOrEqual(scale * 0.5001);
    }
  });

  it("is symmetric, and uses the whole range whatever the size of the values", () => {
    for (const size of [1, 1e-30, 1e30, 3.4e38, 1e-44]) {
      expect([...quantize(Float32Array.from([size, -size, 0, size / 2])).data]).toEqual(
        size < 1e-40 ? expect.arrayContaining([127, -127, 0]) : [127, -127, 0, 64],
      );
    }
  });

  it("gives a zero vector the scale 0", () => {
    expect(quantize(new Float32Array(3))).toEqual({ scale: 0, data: new Int8Array(3) });
    expect(quantize(Float32Array.of(-0, 0))).toEqual({ scale: 0, data: new Int8Array(2) });
    expect(quantize(new Float32Array(0))).toEqual({ scale: 0, data: new Int8Array(0) });
  });

  it("refuses what is not finite, and names the place", () => {
    for (const wrong of [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]) {
      const vector = Float32Array.of(1, wrong, 1);
      expect(codeOf(() => quantize(vector))).toBe("HAYPILE_INTERNAL");
      expect(() => quantize(vector)).toThrow(`value 1 is ${wrong}`);
    }
  });
});
