import { describe, expect, it } from "vitest";
import { editDistance, likelyName } from "../../../../src/base/text/suggest.ts";

describe("editDistance", () => {
  it.each([
    ["", "", 0],
    ["a", "", 1],
    ["limit", "limt", 1],
    ["limit", "limti", 1],
    ["kitten", "sitting", 3],
    ["abc", "cba", 2],
  ])("of %s and %s", (a, b, distance) => {
    expect(editDistance(a, b)).toBe(distance);
    expect(editDistance(b, a)).toBe(distance);
  });
});

describe("likelyName", () => {
  it("names what was probably meant, or nothing", () => {
    const names = ["all-minilm-l6-v2", "bge-small-en-v1.5"];
    expect(likelyName("ALL-MINLM-L6-V2", names)).toBe("all-minilm-l6-v2");
    expect(likelyName("bge-smal", names)).toBeUndefined();
    expect(likelyName("something else entirely", names)).toBeUndefined();
    expect(likelyName("x", [])).toBeUndefined();
  });
});
