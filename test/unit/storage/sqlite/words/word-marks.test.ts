import { describe, expect, it } from "vitest";
import {
  rarityOf,
  stemOf,
  TextMarker,
} from "../../../../../src/storage/sqlite/words/word-marks.ts";
import { indexedWords } from "../../../../../src/storage/sqlite/words/words.ts";

describe("words of a question in texts", () => {
  it("are met by their stems and without accents, as in the word index", () => {
    const marker = new TextMarker(
      ["migrations", "café", "deployed", "v2"].map((term) => ({ term, weight: 1 })),
    );
    const marks = (text: string): number[] => [...marker.of(indexedWords(text))];
    expect(marks("Migrating the cafe: we deploy v2")).toEqual([1, 1, 1, 1]);
    expect(marks("migrant workers")).toEqual([0, 0, 0, 0]);
    expect(marks("CAFÉ")).toEqual([0, 1, 0, 0]);
    expect(marks("")).toEqual([0, 0, 0, 0]);
  });

  it("mark every word of one stem", () => {
    const marker = new TextMarker(["index", "indexing"].map((term) => ({ term, weight: 1 })));
    expect([...marker.of("indexes")]).toEqual([1, 1]);
  });

  it("are worth more the rarer they are, and never less than nothing", () => {
    expect(rarityOf(0, 100)).toBeGreaterThan(rarityOf(1, 100));
    expect(rarityOf(1, 100)).toBeGreaterThan(rarityOf(50, 100));
    expect(rarityOf(100, 100)).toBeGreaterThan(0);
    expect(rarityOf(100, 100)).toBeLessThan(0.01);
    // Counts may be older than the texts.
    expect(rarityOf(120, 100)).toBeGreaterThan(0);
  });

  it("begin as their stems do: no word is passed over for its beginning", () => {
    for (const word of ["ties", "skies", "saying", "ing", "as", "bees", "y", "sky"]) {
      expect(stemOf(word).slice(0, 2)).toBe(word.slice(0, 2));
    }
  });
});
