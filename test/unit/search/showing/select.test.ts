import { describe, expect, it } from "vitest";
import type { RankedChunk } from "../../../../src/search/ranking/rank.ts";
import { mostPlaces, select } from "../../../../src/search/showing/select.ts";
import { seededRandom } from "../../../helpers/temp-tree.ts";

let next = 0;

/** A chunk of words that no other has, unless they are given. */
function chunk(path: string, score: number, text?: string): RankedChunk {
  next += 1;
  const words = Array.from({ length: 12 }, (_, at) => `w${next}x${at}`).join(" ");
  return {
    chunkId: next,
    score,
    relevance: score,
    parts: { words: null, share: 0, meaning: score },
    places: [
      {
        chunkId: next,
        path,
        language: "python",
        startLine: next * 10,
        endLine: next * 10 + 5,
        text: text ?? words,
      } as RankedChunk["places"][0],
    ],
  };
}

const all = async (): Promise<boolean> => true;
const pathsOf = (hits: Awaited<ReturnType<typeof select>>): (string | undefined)[] =>
  hits.map(({ chunk: one }) => one.places[0]?.path);

describe("the hits that are shown", () => {
  it("are of one file each, with its next best places inside", async () => {
    const ranked = [
      chunk("a", 0.9),
      chunk("a", 0.8),
      chunk("a", 0.7),
      chunk("b", 0.6),
      chunk("c", 0.5),
      chunk("b", 0.4),
    ];
    const hits = await select(ranked, 3, { isUsable: all });
    expect(pathsOf(hits)).toEqual(["a", "b", "c"]);
    expect(hits.map(({ inFile }) => inFile.map(({ score }) => score))).toEqual([
      [0.8, 0.7],
      [0.4],
      [],
    ]);
  });

  it("name a few further places of a file, not all", async () => {
    const ranked = Array.from({ length: 20 }, (_, at) => chunk("a", 1 - at / 100));
    const [hit] = await select(ranked, 1, { isUsable: all });
    expect(hit?.inFile.map(({ chunkId }) => chunkId)).toEqual(
      ranked.slice(1, 1 + mostPlaces).map(({ chunkId }) => chunkId),
    );
  });

  it("are several of a file where there are fewer files than hits wanted, best first", async () => {
    const ranked = [chunk("a", 0.9), chunk("a", 0.8), chunk("b", 0.3), chunk("a", 0.2)];
    const hits = await select(ranked, 4, { isUsable: all });
    expect(hits.map(({ chunk: one }) => one.score)).toEqual([0.9, 0.8, 0.3, 0.2]);
    expect(hits.flatMap(({ inFile }) => inFile)).toEqual([]);
  });

  it("stay on their page whatever comes after it, and none comes twice", async () => {
    const ranked = Array.from({ length: 140 }, (_, at) => chunk(`f${at % 14}`, 1 - at / 200));
    const page = 5;
    const first = await select(ranked, page, { isUsable: all }, page);
    const more = await select(ranked, page * 3, { isUsable: all }, page);
    expect(more.slice(0, page)).toEqual(first);
    const shown = more.flatMap(({ chunk: one, inFile }) => [one, ...inFile]);
    expect(new Set(shown).size).toBe(shown.length);
    for (let at = 0; at < more.length; at += page) {
      expect(new Set(pathsOf(more.slice(at, at + page))).size).toBe(page);
    }
  });

  it("fold near copies of any page, and leave out what is not there any more", async () => {
    const text = "one two three four five six seven eight nine ten eleven twelve";
    const gone = chunk("gone", 0.95);
    const ranked = [gone, chunk("a", 0.9, text), chunk("b", 0.8), chunk("copy", 0.7, text)];
    const hits = await select(ranked, 3, { isUsable: async (one) => one !== gone }, 1);
    expect(pathsOf(hits)).toEqual(["a", "b"]);
    expect(hits[0]?.copies.map(({ places }) => places[0]?.path)).toEqual(["copy"]);
  });

  it("lose none and repeat none when they are paged to the end, whatever the pages", async () => {
    const random = seededRandom(5);
    for (let trial = 0; trial < 60; trial += 1) {
      const paths = Array.from({ length: 1 + Math.floor(random() * 12) }, (_, at) => `f${at}`);
      const ranked = Array.from({ length: 80 }, (_, at) =>
        chunk(paths[Math.floor(random() ** 2 * paths.length)] as string, 1 - at / 100),
      );
      // Four chunks in a row are of one definition.
      const placeKey = ({ chunkId }: RankedChunk): string => String(chunkId >> 2);
      const pageSize = 1 + Math.floor(random() * 9);
      const whole = await select(ranked, 990, { isUsable: all, placeKey }, pageSize);
      const ids = whole.flatMap((hit) => [hit.chunk, ...hit.inFile].map(({ chunkId }) => chunkId));
      expect(ids.toSorted((a, b) => a - b)).toEqual(ranked.map(({ chunkId }) => chunkId));
      for (const { inFile } of whole) {
        expect(new Set(inFile.map(placeKey)).size).toBeLessThanOrEqual(mostPlaces);
      }
      for (let pages = 1; pages * pageSize < whole.length; pages += 1) {
        const part = await select(ranked, pages * pageSize, { isUsable: all, placeKey }, pageSize);
        expect(part.map(({ chunk: one }) => one.chunkId)).toEqual(
          whole.slice(0, pages * pageSize).map(({ chunk: one }) => one.chunkId),
        );
      }
    }
  });
});
