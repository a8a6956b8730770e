/* The core's word splitter and line counter against what they stand for in JavaScript. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Embedder, loadEmbedder } from "../../src/embedder.ts";
import { wordSplitter } from "../../src/native/words.ts";
import { TextMarker } from "../../src/storage/sqlite/words/word-marks.ts";
import { indexedWords, queryTerms, wordsWith } from "../../src/storage/sqlite/words/words.ts";

const sources = readdirSync(join(import.meta.dirname, "../../src"), {
  recursive: true,
  withFileTypes: true,
})
  .filter((entry) => entry.isFile())
  .map((entry) => readFileSync(join(entry.parentPath, entry.name), "utf8"));

/** Texts of these letters, the same in every run. */
function randomTexts(letters: string, count: number, longest = 90): string[] {
  let state = 17;
  const draw = (below: number): number => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
  return Array.from({ length: count }, () =>
    Array.from({ length: draw(longest) }, () => letters[draw(letters.length)]).join(""),
  );
}

describe("the word splitter of the core", () => {
  const split = wordSplitter();

  it("gives the words that the regular expressions give", () => {
    const texts = [
      "",
      " ",
      "_",
      "___ -- !?",
      "__init__",
      "parseHTTPResponse2",
      "XMLHttpRequest v1.2.3 x1 A1b aB ABc",
      "a".repeat(64),
      `${"a".repeat(64)}B`,
      "fooBar".repeat(11),
      "fooBar".repeat(42),
      "fooBar".repeat(43),
      "A1b".repeat(30),
      "_".repeat(80),
      "_".repeat(300),
      "a?b ?? c ??= d &&! e >>:: f // g /* h */ /** i **/ /*! #! ## #### ---- .... --->",
      "v2.3.1 V10.0.0-rc.1 1.2 1.2.3rc 1..2.3.4 x1.2.3.4 1.2.3.v4.5.6 127.0.0.1:80",
      `${"12345678.".repeat(9)}1`,
      "\0\x01\x7f word\tand\nline",
      ...randomTexts("aZ0_ ", 2_000),
      ...randomTexts("abCD12__..", 2_000),
      ...randomTexts("aB", 500),
      ...randomTexts("aBc_1", 500, 400),
      ...randomTexts("abcdefgh_", 500, 400),
      ...randomTexts("vV12.3_ x", 4_000),
      ...randomTexts("!#$%&*+-./:<=>?@\\^|~ a", 4_000, 40),
      ...randomTexts("/*!# ", 2_000, 30),
      ...randomTexts("!#$%&*+-./:<=>?@\\^|~   ", 20, 20_000),
    ];
    let compared = 0;
    for (const text of [...texts, ...sources]) {
      const words = split(text);
      if (words === undefined) continue;
      compared += 1;
      expect(words).toBe(indexedWords(text));
    }
    expect(compared).toBeGreaterThan(texts.length);
  });

  it("takes what is ASCII of a text that is not", () => {
    const words = wordsWith(split);
    const mixed = [
      "é",
      "a b é?? c ?? d",
      "foo(客户) bar.baz",
      "→ x\u00a0y v1.2.3 é v1.2.4",
      "\u2028a",
    ];
    for (const text of [...mixed, ...randomTexts("aB1_.? \té客🚀\u00a0", 3_000)]) {
      expect(words(text)).toBe(indexedWords(text));
    }
  });

  it("leaves other alphabets alone", () => {
    for (const text of [
      "é",
      "naïveCafé",
      "字",
      "\ud800",
      `${"a".repeat(500)}\u0080`,
      "\u{1f600}",
    ]) {
      expect(split(text)).toBeUndefined();
    }
  });

  it("leaves out words that begin otherwise than is wanted", () => {
    const wanted = "a __ re 2_ x fi";
    const isWanted = (word: string): boolean => wanted.split(" ").includes(word.slice(0, 2));
    let left = 0;
    for (const text of [...sources, ...randomTexts("aefirx2_. ??", 500), "", "a 2.3.4 file"]) {
      const words = split(text, wanted);
      if (words === undefined) continue;
      const expected = indexedWords(text).split(" ").filter(isWanted);
      expect(words.split(" ").filter(Boolean)).toEqual(expected);
      left += expected.length;
      expect(split(text, "")).toBe("");
    }
    expect(left).toBeGreaterThan(1_000);
  });

  it("marks the words of a question that all of them mark", () => {
    const words = wordsWith(split);
    const questions = [
      "where is the file written and renamed",
      "reads a ?? b of v2.3.4 x",
      "café naïve 客户 files",
      "日本 stores",
      "a",
    ];
    let marked = 0;
    for (const question of questions) {
      const terms = queryTerms(question).map((term) => ({ term, weight: 1 }));
      const marker = new TextMarker(terms);
      const mixed = randomTexts("file reads ?? 2.3.4é客户日本", 300);
      for (const text of [...sources, ...mixed, question]) {
        const marks = marker.of(words(text, marker.beginnings));
        expect(marks).toEqual(new TextMarker(terms).of(indexedWords(text)));
        marked += marks.reduce((sum, one) => sum + one, 0);
      }
    }
    expect(marked).toBeGreaterThan(1_000);
  });

  it("refuses what is no text", () => {
    expect(() => split(7 as never)).toThrow(/Expected a text/);
  });
});

describe("tokens by line", () => {
  let embedder: Embedder;
  beforeAll(async () => {
    embedder = await loadEmbedder({ model: "static" });
  });
  afterAll(() => embedder.close());

  it("are those of the lines one by one", async () => {
    const own = ["", "\n", "a", "a\n", "\n\na b\n", "one\r\ntwo", "é\n字\n\u{1f600}\n[MASK] x"];
    for (const text of [...own, ...sources.slice(0, 40)]) {
      const expected = await embedder.countTokens(text.split("\n"));
      expect(Array.from((await embedder.countLineTokens?.(text)) ?? [])).toEqual(
        Array.from(expected),
      );
    }
  });
});
