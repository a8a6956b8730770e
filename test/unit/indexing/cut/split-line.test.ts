import { describe, expect, it } from "vitest";
import { splitLongLine } from "../../../../src/indexing/cut/split-line.ts";
import { seededRandom } from "../../../helpers/temp-tree.ts";

describe("splitLongLine", () => {
  it("cuts at white space and loses no word", () => {
    const line = Array.from({ length: 1000 }, (_, index) => `word${index}`).join("  ");
    const parts = splitLongLine(line, 2000, 100);
    expect(parts.length).toBeGreaterThan(20);
    expect(parts.flatMap((part) => part.text.split(/\s+/u))).toEqual(line.split(/\s+/u));
    for (const part of parts) {
      expect(part.tokens).toBeGreaterThan(0);
      expect(part.tokens).toBeLessThanOrEqual(100);
    }
  });

  it("cuts a word that is longer than a chunk, but no pair of surrogates", () => {
    const line = "\u{1F98A}".repeat(3001);
    const parts = splitLongLine(line, 3001, 64);
    expect(parts.map((part) => part.text).join("")).toBe(line);
    for (const part of parts) expect(/\p{Surrogate}/u.test(part.text)).toBe(false);
  });

  it("bounds the characters of text that has next to no tokens", () => {
    const parts = splitLongLine("A".repeat(100_000), 1, 254);
    for (const part of parts) expect(part.text.length).toBeLessThanOrEqual(254 * 16);
  });

  it("keeps every character of random lines", () => {
    const random = seededRandom(7);
    const alphabet = "ab1 _-é漢\t\u{1F98A}";
    for (let round = 0; round < 200; round += 1) {
      const letters = [...alphabet];
      const length = Math.floor(random() * 3000);
      const line = Array.from(
        { length },
        () => letters[Math.floor(random() * letters.length)],
      ).join("");
      const maxTokens = 2 + Math.floor(random() * 60);
      const parts = splitLongLine(line, Math.floor(random() * length), maxTokens);
      const bare = (text: string): string => text.replace(/\s+/gu, "");
      expect(bare(parts.map((part) => part.text).join(""))).toBe(bare(line));
      for (const part of parts) expect(part.tokens).toBeLessThanOrEqual(maxTokens);
    }
  });
});
