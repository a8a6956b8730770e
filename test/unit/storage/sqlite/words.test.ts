import { describe, expect, it } from "vitest";
import {
  indexedWords,
  mostTermsWeighed,
  queryTerms,
  splitWords,
} from "../../../../src/storage/sqlite/words.ts";

describe("splitWords", () => {
  const cases: [string, string[]][] = [
    ["", []],
    ["plain words", ["plain", "words"]],
    ["parseHTTPResponse", ["parsehttpresponse", "parse", "http", "response"]],
    ["XMLHttpRequest", ["xmlhttprequest", "xml", "http", "request"]],
    ["max_file_size", ["max_file_size", "max", "file", "size"]],
    ["MAX_FILE_SIZE", ["max_file_size", "max", "file", "size"]],
    ["__init__", ["__init__", "init"]],
    ["sha256sum", ["sha256sum", "sha", "256", "sum"]],
    ["utf8", ["utf8", "utf"]],
    ["x1", ["x1"]],
    ["a.b-c/d", ["a", "b", "c", "d"]],
    ["Title CAPS", ["title", "caps"]],
    ["___ -- !?", []],
    ["don't", ["don", "t"]],
    ["v1.2.3", ["v1", "2", "3"]],
    ["naïveCafé Über", ["naïvecafé", "naïve", "café", "über"]],
    ["größeÄndern", ["größeändern", "größe", "ändern"]],
    ["客户使用HTTP协议", ["客户", "户使", "使用", "http", "协议"]],
    ["字", ["字"]],
    ["приветМир", ["приветмир", "привет", "мир"]],
    ["ＦＵＬＬ ﬁle", ["full", "file"]],
    ["😀 \u0301 \u200b", []],
    ["a\0b", ["a", "b"]],
    ["\ud800x", ["x"]],
  ];
  for (const [text, terms] of cases) {
    it(`splits ${JSON.stringify(text)}`, () => {
      expect(splitWords(text)).toEqual(terms);
    });
  }

  it("cuts words that are too long, and does not split them", () => {
    const long = "aB".repeat(500);
    expect(splitWords(long)).toEqual(["ab".repeat(32)]);
    expect(splitWords(`é${long}`)).toEqual([`é${"ab".repeat(32)}`.slice(0, 64)]);
  });

  it("splits text with and without accents the same way", () => {
    const text = "parseHTTP2Response max_size __x__ IDs A1b2 fooBAR v2 ABCdef1GHI";
    expect(splitWords(`${text} é`)).toEqual([...splitWords(text), "é"]);
  });

  it("gives only letters, digits and underscores, so that quoting a term is safe", () => {
    let state = 1;
    const random = (below: number): number => {
      state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
      return Math.floor((state / 4_294_967_296) * below);
    };
    for (let round = 0; round < 300; round++) {
      const text = Array.from({ length: 40 }, () =>
        String.fromCodePoint(random(3) === 0 ? random(0x110000) : random(128)),
      ).join("");
      for (const term of splitWords(text)) expect(term).toMatch(/^[\p{L}\p{N}\p{M}_]+$/u);
    }
  });

  it("takes a megabyte of anything without going slow", () => {
    const begin = performance.now();
    for (const piece of ["A", "aB", "_", "é", "客", "1a", "Aa", " ", "\u0301", "AAAAAAAAa"]) {
      splitWords(piece.repeat(1_000_000 / piece.length));
      splitWords(`é${piece.repeat(1_000_000 / piece.length)}`);
    }
    expect(performance.now() - begin).toBeLessThan(5_000);
  });
});

describe("queryTerms", () => {
  it("gives each term once, without the common words", () => {
    expect(queryTerms("Where is the file of the FILE parser?")).toEqual(["file", "parser"]);
  });

  it("keeps the common words when there is nothing else", () => {
    expect(queryTerms("what is it")).toEqual(["what", "is", "it"]);
  });

  it("gives a bounded number", () => {
    const text = Array.from(
      { length: 5_000 },
      (_, i) => `${"abcdefghij"[i % 10]}${"z".repeat(i % 60)}${"q".repeat(i % 49)}`,
    );
    const { length } = queryTerms(text.join(" "));
    expect(length).toBeLessThanOrEqual(mostTermsWeighed);
    expect(length).toBeGreaterThan(mostTermsWeighed - 5);
  });
});

describe("indexedWords", () => {
  it("puts one space between terms", () => {
    expect(indexedWords("fooBar(baz)")).toBe("foobar foo bar baz");
  });
});
