import { describe, expect, it } from "vitest";
import { file, hello, parsedFile, parser, prose } from "../helpers/store-files.ts";
import { idOf, pathsOf, type StoreContractOptions, storesIn } from "./store-place.ts";

/** What any TextIndex must do. */
export function describeTextIndex(name: string, options: StoreContractOptions): void {
  describe(`${name} keeps the contract of TextIndex`, () => {
    const { open } = storesIn(options);

    it("gives places in the order asked for, one row per place", () => {
      const opened = open();
      opened.files.put([file("b.txt", [prose]), file("a.txt", [hello, prose])]);
      const helloId = idOf(opened, hello);
      const proseId = idOf(opened, prose);
      const rows = opened.texts.places([proseId, 999, helloId]).map((at) => [at.chunkId, at.path]);
      expect(rows).toEqual([
        [proseId, "a.txt"],
        [proseId, "b.txt"],
        [helloId, "a.txt"],
      ]);
    });

    it("says which words of a query chunks have, and that rare ones are worth more", () => {
      const opened = open();
      opened.files.put([
        file("a.ts", ["the marmots gather hay", "a marmot sleeps", "marmot and heron"]),
      ]);
      const ids = opened.pending.page(0, 10).map(({ id }) => id);
      const { marks, weights } = opened.texts.marks("marmot heron quokka", [...ids, 99_999]);
      const has = marks.map((one) => [...one]);
      const texts = opened.texts.passagesOf(ids).map(({ text }) => text);
      const of = (text: string) => has[texts.indexOf(text)];
      const found = [of("marmot and heron"), of("a marmot sleeps"), has.at(-1)];
      expect(found.map(String)).toEqual(["1,1,0", "1,0,0", "0,0,0"]);
      const [marmot = 0, heron = 0, quokka = 0] = weights;
      expect([0 <= marmot, marmot < heron, heron < quokka]).toEqual([true, true, true]);
      expect(opened.texts.marks("( , )", ids).weights).toHaveLength(0);
    });

    it("finds identifiers whole, by part, and in other forms", () => {
      const opened = open();
      opened.files.put([file("a.ts", [hello, parser]), file("b.txt", [prose])]);
      const textOf = (query: string): string | undefined =>
        opened.texts.places(opened.texts.search(query, 1).map((hit) => hit.chunkId))[0]?.text;
      for (const query of ["parseHTTPResponse", "http response", "HTTP", "max_file_size", "json"]) {
        expect(textOf(query), query).toBe(parser);
      }
      expect(textOf("hello world")).toBe(hello);
      expect(textOf("drying marmots")).toBe(prose);
    });

    it("ranks the chunk with more of the words higher, and gives no more than asked", () => {
      const opened = open();
      const texts = ["alpha one", "alpha beta two", "alpha beta gamma three", "delta", "epsilon"];
      opened.files.put([file("a.txt", texts)]);
      const hits = opened.texts.search("alpha beta gamma", 10);
      const found = opened.texts.places(hits.map((hit) => hit.chunkId)).map((at) => at.text);
      expect(found).toEqual([texts[2], texts[1], texts[0]]);
      expect(hits.map((hit) => hit.score)).toEqual(
        hits.map((hit) => hit.score).sort((a, b) => b - a),
      );
      expect(opened.texts.search("alpha beta gamma", 1)).toEqual(hits.slice(0, 1));
      expect(opened.texts.search("alpha", 0)).toEqual([]);
    });

    it("finds chunks by the words of their path", () => {
      const opened = open();
      opened.files.put([
        file("src/storage/walkFolder.ts", [hello]),
        file("src/other.ts", [parser]),
        file("docs/rock.md", [prose]),
      ]);
      expect(pathsOf(opened, "walk folder")).toEqual(["src/storage/walkFolder.ts"]);
      expect(pathsOf(opened, "storage")).toEqual(["src/storage/walkFolder.ts"]);
      opened.files.remove(["src/storage/walkFolder.ts"]);
      expect(pathsOf(opened, "walk folder storage")).toEqual([]);
    });

    it("leaves common words out of a question, unless there is nothing else", () => {
      const opened = open();
      opened.files.put([file("a.txt", ["the and of with", prose])]);
      expect(opened.texts.search("where is the marmot", 5)).toHaveLength(1);
      expect(opened.texts.search("the of", 5).length).toBeGreaterThan(0);
    });

    it("takes any text for a query", () => {
      const opened = open();
      opened.files.put([
        file("a.ts", [hello, parser]),
        file("b.txt", [prose, "客户使用协议 naïve café"]),
      ]);
      const odd = [
        "",
        " ",
        '"',
        "'",
        '""""',
        "*",
        "marmot*",
        "NEAR(",
        "AND OR NOT",
        "^marmot",
        "a:b",
        "{body}: x",
        "-marmot",
        "marmot AND",
        "(((",
        "\0",
        "mar\0mot",
        "😀",
        "\ud800",
        "x\udc00y",
        "\u0301",
        "_",
        "___",
        "%_%",
        "; DROP TABLE chunks; --",
        "\u202e\u200b",
        "१२३ हिन्दी",
        "ｆｕｌｌ",
        "ﬁle",
        "ß",
        "İ",
        "\uffff",
        "q".repeat(100_000),
        "marmot ".repeat(20_000),
        "'".repeat(50_000),
        Array.from({ length: 20_000 }, (_, i) => `word${i.toString(36)}`).join(" "),
      ];
      for (const query of odd) {
        const hits = opened.texts.search(query, 3);
        expect(
          hits.every((hit) => Number.isFinite(hit.score)),
          query.slice(0, 20),
        ).toBe(true);
      }
      for (const query of [
        "-marmot",
        "marmot*",
        "^marmot",
        "x\0marmot",
        "marmot ".repeat(20_000),
      ]) {
        expect(pathsOf(opened, query), query.slice(0, 20)).toEqual(["b.txt"]);
      }
      for (const query of ["客户", "协议", "NAIVE", "cafe\u0301", "cafe"]) {
        expect(pathsOf(opened, query), query).toEqual(["b.txt"]);
      }
    });

    it("finds the rare words of a long text", () => {
      const opened = open();
      opened.files.put([file("b.txt", [prose]), file("a.ts", [hello, parser])]);
      const filler = Array.from(
        { length: 400 },
        (_, i) => `zz${String.fromCharCode(97 + (i % 26))}${"y".repeat(i % 40)}`,
      );
      expect(pathsOf(opened, `${filler.join(" ")} marmot`)).toEqual(["b.txt"]);
    });

    it("keeps any text as it is", () => {
      const opened = open();
      const texts = [
        "with \0 inside",
        "\r\n\t tabs",
        "😀 emoji",
        "",
        "x".repeat(100_000),
        "\u{10ffff}",
      ];
      opened.files.put([file("odd names/ä ü\n'\".txt", texts)]);
      const ids = opened.pending.page(0, 10);
      expect(ids.map((row) => row.text).sort()).toEqual([...texts].sort());
      const backwards = ids.toReversed().map(({ id, text }) => ({ id, text }));
      expect(opened.texts.passagesOf([...backwards.map((row) => row.id), 999])).toEqual(backwards);
      expect(opened.texts.places(ids.map((row) => row.id))).toHaveLength(texts.length);
      expect([...opened.files.all().keys()]).toEqual(["odd names/ä ü\n'\".txt"]);
    });

    it("finds only what is allowed", () => {
      const opened = open();
      opened.files.put([file("a.ts", [hello, parser]), file("b.txt", [prose])]);
      const all = opened.texts.search("hello parser marmot", 10).map(({ chunkId }) => chunkId);
      expect(all).toHaveLength(3);
      const allowed = Uint32Array.from(all.slice(1)).sort();
      const found = opened.texts.search("hello parser marmot", 10, allowed);
      expect(found.map(({ chunkId }) => chunkId).sort()).toEqual([...allowed]);
      expect(opened.texts.search("hello", 10, new Uint32Array(0))).toEqual([]);
    });

    it("says which chunk holds a line, and which chunks are of files that fit", () => {
      const opened = open();
      opened.files.put([file("a.ts", [hello, parser]), file("b.txt", [prose])]);
      const [a, b, c] = [hello, parser, prose].map((text) => idOf(opened, text));
      const places = [
        { path: "a.ts", line: 12 },
        { path: "a.ts", line: 1 },
        { path: "a.ts", line: 10 },
        { path: "none.ts", line: 1 },
        { path: "b.txt", line: 9 },
      ];
      expect(opened.texts.at(places)).toEqual([b, a, undefined, undefined, c]);
      const ofCode = opened.texts.where(({ language }) => language === "typescript");
      expect([...ofCode]).toEqual([a, b].sort());
      expect([...opened.texts.where(({ path }) => path.startsWith("b"))]).toEqual([c]);
    });

    it("knows the chunks in which definitions of a kind begin", () => {
      const opened = open();
      opened.files.put([parsedFile("a.ts")]);
      const all = opened.texts.where(() => true);
      const textsOf = (ids: Uint32Array): string[] =>
        opened.texts.passagesOf([...ids]).map(({ text }) => text);
      expect(textsOf(all)).toHaveLength(2);
      expect(textsOf(opened.texts.where(() => true, ["method"]))).toEqual(["the second part"]);
      expect(textsOf(opened.texts.where(() => true, ["class"]))).toEqual(["the first part"]);
      expect(textsOf(opened.texts.where(() => true, ["enum"]))).toEqual([]);
    });
  });
}
