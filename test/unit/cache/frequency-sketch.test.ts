import { describe, expect, it } from "vitest";
import { FrequencySketch, hashText } from "../../../src/cache/frequency-sketch.ts";
import { seededRandom, zipf } from "../../helpers/random.ts";

const hash = (key: number): number => hashText(`key ${key}`);

describe("the frequency sketch", () => {
  it("never says less than was counted, and seldom more", () => {
    const sketch = new FrequencySketch(2000);
    const counts = new Map<number, number>();
    const next = zipf(2000, 0.9, seededRandom(1));
    for (let i = 0; i < 6000; i += 1) {
      const key = next();
      sketch.add(hash(key));
      counts.set(key, (counts.get(key) ?? 0) + 1);
    }
    let over = 0;
    for (const [key, count] of counts) {
      const estimate = sketch.estimate(hash(key));
      expect(estimate).toBeGreaterThanOrEqual(Math.min(15, count));
      if (estimate > Math.min(15, count) + 1) over += 1;
    }
    expect(counts.size).toBeGreaterThan(1000);
    expect(over / counts.size).toBeLessThan(0.02);
  });

  it("halves all counts when a sample is full, so that old favourites fade", () => {
    const sketch = new FrequencySketch(512);
    for (let i = 0; i < 12; i += 1) sketch.add(hash(-1));
    expect(sketch.estimate(hash(-1))).toBe(12);
    for (let i = 12; i < sketch.sampleSize; i += 1) sketch.add(hash(i));
    expect(sketch.estimate(hash(-1))).toBeLessThanOrEqual(8);
    expect(sketch.estimate(hash(-1))).toBeGreaterThanOrEqual(6);
  });

  it("is not aged by a key that is at its most already", () => {
    const sketch = new FrequencySketch(512);
    for (let i = 0; i < sketch.sampleSize * 3; i += 1) sketch.add(hash(7));
    expect(sketch.estimate(hash(7))).toBe(15);
  });

  it("keeps what it knows when it grows", () => {
    const sketch = new FrequencySketch(512);
    for (let key = 0; key < 300; key += 1) {
      for (let i = 0; i <= key % 10; i += 1) sketch.add(hash(key));
    }
    const before = sketch.bytes;
    sketch.grow(5000);
    expect(sketch.bytes).toBeGreaterThan(before * 4);
    for (let key = 0; key < 300; key += 1) {
      expect(sketch.estimate(hash(key))).toBeGreaterThanOrEqual((key % 10) + 1);
    }
  });
});
