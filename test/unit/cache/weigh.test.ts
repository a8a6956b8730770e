import { describe, expect, it } from "vitest";
import { weigh } from "../../../src/cache/weigh.ts";

describe("weighing", () => {
  it("counts texts with two bytes a character, vectors by their bytes, and what holds them", () => {
    expect(weigh("x".repeat(1000))).toBe(2016);
    expect(weigh(new Float32Array(384))).toBe(1536 + 200);
    expect(weigh([1, 2, 3])).toBe(48 + 3 * 24);
    expect(weigh({ a: "", b: null, c: undefined, d: true })).toBe(32 + 4 * 8 + 16 + 8 + 8 + 8);
    expect(weigh({ list: [{ path: "src/a.ts" }] })).toBe(32 + 8 + 48 + 8 + 32 + 8 + 16 + 16);
  });
});
