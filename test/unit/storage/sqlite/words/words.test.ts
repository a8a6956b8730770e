import { describe, expect, it } from "vitest";
import {
  indexedWords,
  mostTermsWeighed,
  queryTerms,
  quoted,
  splitWords,
} from "../../../../../src/storage/sqlite/words/words.ts";

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
    ["___ , () []", []],
    ["don't", ["don", "t"]],
    ["v1.2.3", ["v1", "2", "3", "1_2_3"]],
    ["naïveCafé Über", ["naivecafe", "naive", "cafe", "uber"]],
    ["größeÄndern", ["grosseandern", "grosse", "andern"]],
    ["客户使用HTTP协议", ["客户", "户使", "使用", "用", "http", "协议", "议"]],
    ["字", ["字"]],
    ["приветМир", ["приветмир", "привет", "мир"]],
    ["ＦＵＬＬ ﬁle", ["full", "file"]],
    ["\u0301 \u200b \u200d", []],
    ["a\0b", ["a", "b"]],
    ["\ud800x", ["x"]],
  ];
  for (const [text, terms] of cases) {
    it(`splits ${JSON.stringify(text)}`, () => {
      expect(splitWords(text)).toEqual(terms);
    });
  }

  it("splits a long identifier, and cuts what is no identifier", () => {
    const name =
      "refunds_are_refused_once_the_issuing_bank_has_accepted_a_dispute_for_the_same_charge";
    expect(splitWords(name)).toEqual([name, ...name.split("_").filter((one) => one !== "a")]);
    const longest = "Word".repeat(64);
    expect(splitWords(longest)).toEqual([longest.toLowerCase(), ...Array(64).fill("word")]);
    expect(splitWords(`${longest}s`)).toEqual(["word".repeat(16)]);
    const data = "aB3".repeat(30);
    expect(splitWords(data)).toEqual([data.slice(0, 64).toLowerCase()]);
    const cyrillic = "СчётОплачен".repeat(7);
    expect(splitWords(cyrillic)).toContain("оплачен");
  });

  it("never cuts between the two units of one letter", () => {
    // Letters of two units each, behind one of one unit: a cut at 64 would fall between two.
    const [term] = splitWords(`ж${"\u{10330}".repeat(200)}`);
    expect(term).toBe(`ж${"\u{10330}".repeat(31)}`);
  });

  it("splits text with and without accents the same way", () => {
    const text = "parseHTTP2Response max_size __x__ IDs A1b2 fooBAR v2 ABCdef1GHI";
    expect(splitWords(`${text} é`)).toEqual([...splitWords(text), "e"]);
    expect(splitWords(`${text.replaceAll(" ", "\u00a0")}`)).toEqual(splitWords(text));
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
      for (const term of [...splitWords(text), ...queryTerms(text, true)]) {
        expect(quoted(term)).toMatch(/^"[\p{L}\p{N}\p{M}_\u{f0000}-\u{fffff}]+"\*?$/u);
      }
    }
  });

  describe("takes work that grows with the length of the text, and not faster, of", () => {
    const cpuOf = (text: string): number => {
      const begin = process.cpuUsage();
      splitWords(text);
      const { user, system } = process.cpuUsage(begin);
      return user + system;
    };
    const length = 12_500;
    const times = 8;
    const pieces = ["A", "aB", "_", "é", "客", "1a", "Aa", " ", "\u0301", "AAAAAAAAa", "?", "1."];
    pieces.push("-", "\u0e34", "ก\u0e34", "한", "🏽", "👩\u200d", "🇩", "é ?? ", "\u200c", "ß_");
    pieces.push("aж", "\ufdfa");
    it.each(pieces.map((piece) => [JSON.stringify(piece), piece]))("%s", (_, piece) => {
      for (const before of ["", "é"]) {
        const text = (size: number): string => before + piece.repeat(size / piece.length);
        // CPU time of one length against another, both under the same load. Growth with the square is 64; what else
        // the process does may spoil a pair, so the best of some counts.
        let growth = Number.POSITIVE_INFINITY;
        for (let tries = 0; tries < 5 && growth > 4 * times; tries += 1) {
          growth = cpuOf(text(length * times)) / Math.max(cpuOf(text(length)), 500);
        }
        expect(growth).toBeLessThanOrEqual(4 * times);
      }
    });
  });
});

describe("queryTerms", () => {
  it("gives each term once, without the common words", () => {
    expect(queryTerms("Where is the file of the FILE parser?")).toEqual(["file", "parser"]);
  });

  it("keeps the common words when there is nothing else", () => {
    expect(queryTerms("what is it")).toEqual(["what", "is", "it"]);
  });

  it("asks for the begin of a term where one letter stands alone", () => {
    expect(queryTerms("锁")).toEqual(["锁*"]);
    expect(queryTerms("값 저장")).toEqual(["값*", "저장"]);
    expect(quoted("锁*")).toBe('"锁"*');
  });

  it("takes signs at the end of a sentence for what they are", () => {
    expect(queryTerms("why does the parser crash??")).toEqual(["parser", "crash"]);
    expect(queryTerms("left ?? right!")).toEqual(["left", "right", "__3f_3f__"]);
    expect(queryTerms("...rest")).toEqual(["rest", "__2e_2e_2e__"]);
    expect(queryTerms("100 % of it")).toEqual(["100"]);
    expect(queryTerms("%")).toEqual(["__25__"]);
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
