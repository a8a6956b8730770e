import { describe, expect, it } from "vitest";
import type { RankedChunk } from "../../../../src/search/ranking/rank.ts";
import { mostInFile, select } from "../../../../src/search/showing/select.ts";

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
    const hits = await select(ranked, 3, all);
    expect(pathsOf(hits)).toEqual(["a", "b", "c"]);
    expect(hits.map(({ inFile }) => inFile.map(({ score }) => score))).toEqual([
      [0.8, 0.7],
      [0.4],
      [],
    ]);
  });

  it("name a few further places of a file, not all", async () => {
    const ranked = Array.from({ length: 20 }, (_, at) => chunk("a", 1 - at / 100));
    const [hit] = await select(ranked, 1, all);
    expect(hit?.inFile.map(({ chunkId }) => chunkId)).toEqual(
      ranked.slice(1, 1 + mostInFile).map(({ chunkId }) => chunkId),
    );
  });

  it("are several of a file where there are fewer files than hits wanted, best first", async () => {
    const ranked = [chunk("a", 0.9), chunk("a", 0.8), chunk("b", 0.3), chunk("a", 0.2)];
    const hits = await select(ranked, 4, all);
    expect(hits.map(({ chunk: one }) => one.score)).toEqual([0.9, 0.8, 0.3, 0.2]);
    expect(hits.flatMap(({ inFile }) => inFile)).toEqual([]);
  });

  it("stay on their page whatever comes after it, and none comes twice", async () => {
    const ranked = Array.from({ length: 140 }, (_, at) => chunk(`f${at % 14}`, 1 - at / 200));
    const page = 5;
    const first = await select(ranked, page, all, page);
    const more = await select(ranked, page * 3, all, page);
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
    const hits = await select(ranked, 3, async (one) => one !== gone, 1);
    expect(pathsOf(hits)).toEqual(["a", "b"]);
    expect(hits[0]?.copies.map(({ places }) => places[0]?.path)).toEqual(["copy"]);
  });
});
