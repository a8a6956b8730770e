import { afterEach, describe, expect, it } from "vitest";
import type { Store } from "../../src/ports/store.ts";
import { codeOf, file, hello, parser, prose, unit } from "../helpers/store-files.ts";

/** A place to open one store in, again and again; `cleanUp` comes after each test. */
export interface StorePlace {
  open(): Store;
  cleanUp(): void;
}

export interface StoreContractOptions {
  makePlace(): StorePlace;
  /** Called after each test on the closed place: what must be true inside. */
  checkSound?(place: StorePlace): void;
}

/** What any Store must do. */
export function describeStore(name: string, options: StoreContractOptions): void {
  describe(`${name} keeps the store's contract`, () => {
    let place: StorePlace | undefined;
    let store: Store | undefined;

    const open = (): Store => {
      place ??= options.makePlace();
      store = place.open();
      return store;
    };
    const openClaimed = (): Store => {
      const opened = open();
      opened.vectors.claimModel({ id: "four", dimensions: 4 });
      return opened;
    };
    const idOf = (opened: Store, text: string): number => {
      for (const { id, text: own } of opened.pending.page(0, 1_000)) {
        if (own === text) return id;
      }
      throw new Error(`no chunk without a vector has the text ${text}`);
    };
    const pathsOf = (opened: Store, query: string): string[] =>
      opened.texts
        .places(opened.texts.search(query, 20).map((hit) => hit.chunkId))
        .map((at) => at.path);

    afterEach(() => {
      store?.close();
      if (place !== undefined) {
        options.checkSound?.(place);
        place.cleanUp();
      }
      store = undefined;
      place = undefined;
    });

    it("begins empty", () => {
      const opened = open();
      expect(opened.vectors.model()).toBeUndefined();
      expect(opened.files.all().size).toBe(0);
      expect(opened.pending.page(0, 10)).toEqual([]);
      expect(opened.pending.count()).toBe(0);
      expect(opened.texts.search("anything", 10)).toEqual([]);
      expect(opened.vectors.search(unit(1, 0, 0, 0), 10)).toEqual([]);
      expect(opened.texts.places([1, 2])).toEqual([]);
      expect(opened.facts.stats()).toMatchObject({ files: 0, chunks: 0, vectors: 0 });
      expect(opened.facts.get("root")).toBeUndefined();
    });

    it("gives files, places and words back, also after opening again", () => {
      open().files.put([file("src/hello.ts", [hello, prose], "ab12")]);
      store?.close();
      const opened = open();
      const record = opened.files.all().get("src/hello.ts");
      expect(record).toMatchObject({
        path: "src/hello.ts",
        contentHash: "ab12",
        stamp: { mtimeMs: 1_700_000_000_000.25, readMs: 1_700_000_009_000 },
      });
      const [hit] = opened.texts.search("greet", 5);
      expect(opened.texts.places([hit?.chunkId ?? 0])).toEqual([
        {
          chunkId: hit?.chunkId,
          path: "src/hello.ts",
          language: "typescript",
          startLine: 1,
          endLine: 9,
          text: hello,
        },
      ]);
    });

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

    it("keeps the same text of two files as one chunk until both are gone", () => {
      const opened = openClaimed();
      opened.files.put([file("a.txt", [prose]), file("b.txt", [prose])]);
      expect(opened.facts.stats()).toMatchObject({ files: 2, chunks: 1 });
      opened.vectors.put([idOf(opened, prose)], unit(1, 0, 0, 0));
      opened.files.remove(["a.txt"]);
      expect(pathsOf(opened, "marmot")).toEqual(["b.txt"]);
      expect(opened.vectors.search(unit(1, 0, 0, 0), 5)).toHaveLength(1);
      opened.files.remove(["b.txt"]);
      expect(opened.facts.stats()).toMatchObject({ files: 0, chunks: 0, vectors: 0 });
      expect(opened.texts.search("marmot", 5)).toEqual([]);
      expect(opened.vectors.search(unit(1, 0, 0, 0), 5)).toEqual([]);
    });

    it("keeps a text that stands twice in one file as one chunk with two places", () => {
      const opened = open();
      opened.files.put([file("a.txt", [prose, hello, prose])]);
      expect(opened.facts.stats().chunks).toBe(2);
      const lines = opened.texts.places([idOf(opened, prose)]).map((at) => at.startLine);
      expect(lines).toEqual([1, 21]);
    });

    it("keeps equal chunks of a changed file with their vectors, and drops the others", () => {
      const opened = openClaimed();
      opened.files.put([file("a.ts", [hello, parser])]);
      const helloId = idOf(opened, hello);
      const parserId = idOf(opened, parser);
      opened.vectors.put(
        [helloId, parserId],
        Float32Array.from([...unit(1, 0, 0, 0), ...unit(0, 1, 0, 0)]),
      );
      opened.files.put([file("a.ts", [prose, hello], "new")]);
      expect(opened.pending.count()).toBe(1);
      expect(opened.pending.page(0, 5)[0]?.text).toBe(prose);
      expect(opened.vectors.search(unit(1, 0, 0, 0), 5).map((hit) => hit.chunkId)).toEqual([
        helloId,
      ]);
      expect(opened.texts.search("JsonParser", 5)).toEqual([]);
      expect(pathsOf(opened, "marmot")).toEqual(["a.ts"]);
      expect(opened.files.all().get("a.ts")?.contentHash).toBe("new");
      expect(opened.texts.places([helloId])[0]?.startLine).toBe(11);
    });

    it("compares chunks with each other, in the order asked, 0 where there is no vector", () => {
      const opened = openClaimed();
      opened.files.put([file("a.ts", [hello, parser, prose])]);
      const [a, b, c] = [idOf(opened, hello), idOf(opened, parser), idOf(opened, prose)];
      opened.vectors.put([a, b], Float32Array.from([...unit(1, 0, 0, 0), ...unit(1, 1, 0, 0)]));
      const cosines = opened.vectors.similarities([b, c, a, 9_999], "model");
      const expected = [
        [1, 0, Math.SQRT1_2, 0],
        [0, 0, 0, 0],
        [Math.SQRT1_2, 0, 1, 0],
        [0, 0, 0, 0],
      ];
      expect(cosines).toHaveLength(16);
      for (const [at, cosine] of expected.flat().entries())
        expect(cosines[at]).toBeCloseTo(cosine, 2);
      expect(opened.vectors.similarities([], "model")).toHaveLength(0);
      expect(opened.vectors.similarities([a, b], "static")).toHaveLength(4);
    });

    it("compares chunks with a vector, in the order asked: NaN where there is none, or zeros", () => {
      const opened = openClaimed();
      opened.files.put([file("a.ts", [hello, parser, prose])]);
      const [a, b, c] = [hello, parser, prose].map((text) => idOf(opened, text));
      const two = Float32Array.from([...unit(1, 1, 0, 0), 0, 0, 0, 0]);
      opened.vectors.put([a as number, b as number], two);
      const asked = [c as number, a as number, b as number, 99_999];
      const cosines = opened.vectors.cosines(unit(1, 0, 0, 0), asked, "model");
      expect(cosines).toHaveLength(4);
      expect(cosines[1]).toBeCloseTo(Math.SQRT1_2, 2);
      expect([cosines[0], cosines[2], cosines[3]]).toEqual([Number.NaN, Number.NaN, Number.NaN]);
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

    it("keeps the vector of a text that moves between two files of one call", () => {
      const opened = openClaimed();
      opened.files.put([file("a.txt", [prose]), file("b.txt", [hello])]);
      opened.vectors.put([idOf(opened, prose)], unit(1, 2, 3, 4));
      opened.files.put([file("a.txt", []), file("b.txt", [hello, prose])]);
      expect(opened.facts.stats()).toMatchObject({ chunks: 2, vectors: 1 });
      expect(opened.vectors.search(unit(1, 2, 3, 4), 1)).toHaveLength(1);
    });

    it("takes the last of one path given twice in a call", () => {
      const opened = open();
      opened.files.put([file("a.txt", [prose]), file("a.txt", [hello])]);
      expect(opened.facts.stats()).toMatchObject({ files: 1, chunks: 1 });
      expect(opened.texts.search("marmot", 5)).toEqual([]);
    });

    it("removes unknown paths and empty lists without a complaint", () => {
      const opened = openClaimed();
      opened.files.put([file("a.txt", [prose])]);
      opened.files.remove(["none.txt"]);
      opened.files.remove([]);
      opened.files.put([]);
      opened.files.touch([]);
      opened.vectors.put([], new Float32Array(0));
      expect(opened.facts.stats()).toMatchObject({ files: 1, chunks: 1 });
    });

    it("notes a new time of a file and nothing else", () => {
      const opened = open();
      opened.files.put([file("a.txt", [prose], "same")]);
      const stamp = { sizeBytes: 9, mtimeMs: 12.75, readMs: 20 };
      opened.files.touch([
        { path: "a.txt", stamp },
        { path: "none.txt", stamp },
      ]);
      expect(opened.files.all().get("a.txt")).toMatchObject({ stamp, contentHash: "same" });
      expect(opened.files.all().size).toBe(1);
      expect(pathsOf(opened, "marmot")).toEqual(["a.txt"]);
    });

    it("hands out chunks without a vector page by page, lowest id first", () => {
      const opened = openClaimed();
      const texts = Array.from({ length: 7 }, (_, i) => `text number ${i}`);
      opened.files.put([file("a.txt", texts)]);
      const seen: string[] = [];
      let after = 0;
      for (;;) {
        const rows = opened.pending.page(after, 3);
        if (rows.length === 0) break;
        expect(rows.every((row) => row.id > after)).toBe(true);
        after = rows.at(-1)?.id ?? after;
        seen.push(...rows.map((row) => row.text));
      }
      expect(seen.sort()).toEqual(texts);
      opened.vectors.put([opened.pending.page(0, 1)[0]?.id ?? 0], unit(1, 0, 0, 0));
      expect(opened.pending.count()).toBe(6);
      expect(opened.facts.stats()).toMatchObject({ chunks: 7, vectors: 1 });
    });

    it("skips the vector of a chunk that is gone, and never gives its id to another", () => {
      const opened = openClaimed();
      opened.files.put([file("a.txt", [prose])]);
      const goneId = idOf(opened, prose);
      opened.files.remove(["a.txt"]);
      opened.files.put([file("a.txt", [hello])]);
      expect(idOf(opened, hello)).not.toBe(goneId);
      opened.vectors.put([goneId], unit(1, 0, 0, 0));
      expect(opened.facts.stats()).toMatchObject({ chunks: 1, vectors: 0 });
    });

    it("takes a vector for a chunk that has one already", () => {
      const opened = openClaimed();
      opened.files.put([file("a.txt", [prose])]);
      const id = idOf(opened, prose);
      opened.vectors.put([id], unit(1, 0, 0, 0));
      opened.vectors.put([id], unit(0, 1, 0, 0));
      expect(opened.vectors.search(unit(0, 1, 0, 0), 1)[0]?.score).toBeCloseTo(1, 3);
      expect(opened.facts.stats().vectors).toBe(1);
    });

    it("stores nothing of a call with a wrong or missing number", () => {
      const opened = openClaimed();
      opened.files.put([file("a.txt", [prose, hello])]);
      const ids = opened.pending.page(0, 2).map((row) => row.id);
      for (const wrong of [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]) {
        const vectors = Float32Array.from([1, 0, 0, 0, 0, wrong, 0, 0]);
        expect(codeOf(() => opened.vectors.put(ids, vectors))).toBe("HAYPILE_INTERNAL");
      }
      expect(codeOf(() => opened.vectors.put(ids, new Float32Array(7)))).toBe("HAYPILE_INTERNAL");
      expect(opened.pending.count()).toBe(2);
    });

    it("ranks vectors by cosine", () => {
      const opened = openClaimed();
      const directions = [unit(1, 0, 0, 0), unit(1, 1, 0, 0), unit(0, 1, 0, 0), unit(-1, 0, 0, 0)];
      opened.files.put([
        file(
          "a.txt",
          directions.map((_, i) => `direction ${i}`),
        ),
      ]);
      const rows = opened.pending.page(0, 10);
      const order = rows.map((row) => Number(row.text.split(" ")[1]));
      opened.vectors.put(
        rows.map((row) => row.id),
        Float32Array.from(order.flatMap((i) => [...(directions[i] ?? [])])),
      );
      const hits = opened.vectors.search(unit(1, 0, 0, 0), 10);
      const texts = opened.texts.places(hits.map((hit) => hit.chunkId)).map((at) => at.text);
      expect(texts).toEqual(["direction 0", "direction 1", "direction 2", "direction 3"]);
      for (const [i, cosine] of [1, Math.SQRT1_2, 0, -1].entries()) {
        expect(hits[i]?.score).toBeCloseTo(cosine, 2);
      }
      expect(opened.vectors.search(unit(1, 0, 0, 0), 2)).toEqual(hits.slice(0, 2));
    });

    it("finds nothing in no direction, and takes a zero vector", () => {
      const opened = openClaimed();
      opened.files.put([file("a.txt", [prose, hello])]);
      opened.vectors.put([idOf(opened, prose)], new Float32Array(4));
      expect(opened.pending.count()).toBe(1);
      opened.vectors.put([idOf(opened, hello)], unit(1, 0, 0, 0));
      expect(opened.vectors.search(new Float32Array(4), 5)).toEqual([]);
      expect(opened.vectors.search(unit(1, 0, 0, 0), 5)).toHaveLength(1);
    });

    it("is tied to the first model, and changes nothing for another", () => {
      const opened = openClaimed();
      opened.vectors.claimModel({ id: "four", dimensions: 4 });
      opened.files.put([file("a.ts", [hello])]);
      for (const other of [
        { id: "four", dimensions: 8 },
        { id: "other", dimensions: 4 },
      ]) {
        expect(() => opened.vectors.claimModel(other)).toThrow(/four.* 4 .*--db/s);
        expect(codeOf(() => opened.vectors.claimModel(other))).toBe("HAYPILE_DIMENSIONS_DIFFER");
      }
      expect(() => opened.vectors.claimModel({ id: "four", dimensions: 8 })).toThrow(
        /\b4\b.*\b8\b/s,
      );
      expect(opened.vectors.model()).toEqual({ id: "four", dimensions: 4 });
      expect(codeOf(() => opened.vectors.search(new Float32Array(3), 1))).toBe(
        "HAYPILE_DIMENSIONS_DIFFER",
      );
      store?.close();
      expect(open().vectors.model()).toEqual({ id: "four", dimensions: 4 });
    });

    it("lets another model claim it while it holds nothing: a first run may have failed", () => {
      const opened = open();
      opened.vectors.claimModel({ id: "first", dimensions: 8 });
      opened.vectors.claimModel({ id: "second", dimensions: 4 });
      expect(opened.vectors.model()).toEqual({ id: "second", dimensions: 4 });
      store?.close();
      expect(open().vectors.model()).toEqual({ id: "second", dimensions: 4 });
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

    it("keeps facts by name", () => {
      const opened = open();
      opened.facts.set("root", "/a/b");
      opened.facts.set("root", "/a/c");
      store?.close();
      expect(open().facts.get("root")).toBe("/a/c");
    });

    it("searches the same before and after tidying up", () => {
      const opened = openClaimed();
      opened.files.put([file("a.ts", [hello, parser]), file("b.txt", [prose])]);
      opened.vectors.put([idOf(opened, prose)], unit(1, 2, 0, 0));
      opened.files.remove(["a.ts"]);
      const before = [opened.texts.search("marmot", 5), opened.vectors.search(unit(1, 1, 0, 0), 5)];
      opened.optimize();
      opened.optimize();
      expect([
        opened.texts.search("marmot", 5),
        opened.vectors.search(unit(1, 1, 0, 0), 5),
      ]).toEqual(before);
      expect(opened.texts.search("greet", 5)).toEqual([]);
    });

    it("fails every call after close, and closes twice", () => {
      const opened = openClaimed();
      opened.close();
      opened.close();
      const calls: (() => unknown)[] = [
        () => opened.vectors.claimModel({ id: "four", dimensions: 4 }),
        () => opened.vectors.model(),
        () => opened.files.all(),
        () => opened.files.put([file("a.txt", [prose])]),
        () => opened.files.touch([{ path: "a", stamp: { sizeBytes: 1, mtimeMs: 1, readMs: 1 } }]),
        () => opened.files.remove(["a"]),
        () => opened.pending.page(0, 1),
        () => opened.pending.count(),
        () => opened.texts.passagesOf([1]),
        () => opened.vectors.put([1], unit(1, 0, 0, 0)),
        () => opened.texts.search("a", 1),
        () => opened.vectors.search(unit(1, 0, 0, 0), 1),
        () => opened.texts.places([1]),
        () => opened.facts.stats(),
        () => opened.facts.get("a"),
        () => opened.facts.set("a", "b"),
        () => opened.optimize(),
      ];
      expect(calls.map(codeOf)).toEqual(calls.map(() => "HAYPILE_CLOSED"));
    });

    it("agrees with a model in plain maps after random changes", () => {
      const opened = openClaimed();
      compareWithModel(opened, 20_261_121, 300);
    });
  });
}

/** Random changes on the store and on maps side by side; both must say the same at any time. */
function compareWithModel(store: Store, seed: number, steps: number): void {
  let state = seed;
  const random = (below: number): number => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 4_294_967_296) * below);
  };
  const textOf = (n: number): string => `shared token${n} letters`;
  const files = new Map<string, string[]>();
  const embedded = new Set<string>();
  for (let step = 0; step < steps; step++) {
    const paths = Array.from({ length: 1 + random(3) }, () => `folder/f${random(12)}.txt`);
    const action = random(4);
    if (action <= 1) {
      const puts = paths.map((path) =>
        file(
          path,
          Array.from({ length: random(5) }, () => textOf(random(25))),
        ),
      );
      store.files.put(puts);
      for (const put of puts)
        files.set(
          put.path,
          put.chunks.map((chunk) => chunk.text),
        );
    } else if (action === 2) {
      store.files.remove(paths);
      for (const path of paths) files.delete(path);
    } else {
      const rows = store.pending.page(random(10), 1 + random(5));
      const vectors = Float32Array.from(rows.flatMap(() => [...unit(1, random(9), random(9), 1)]));
      store.vectors.put(
        rows.map((row) => row.id),
        vectors,
      );
      for (const row of rows) embedded.add(row.text);
    }
    const live = new Set([...files.values()].flat());
    for (const text of embedded) if (!live.has(text)) embedded.delete(text);
    expect([...store.files.all().keys()].sort()).toEqual([...files.keys()].sort());
    expect(store.facts.stats()).toMatchObject({
      files: files.size,
      chunks: live.size,
      vectors: embedded.size,
    });
    const waiting = store.pending.page(0, 1_000).map((row) => row.text);
    expect(waiting.sort()).toEqual([...live].filter((text) => !embedded.has(text)).sort());
    const probe = random(25);
    const hits = store.texts.search(`token${probe}`, 1).map((hit) => hit.chunkId);
    const found = store.texts.places(hits).filter((at) => at.text === textOf(probe));
    const expected = [...files].flatMap(([path, texts]) =>
      texts.filter((text) => text === textOf(probe)).map(() => path),
    );
    expect(found.map((at) => at.path).sort()).toEqual(expected.sort());
    if (random(20) === 0) store.optimize();
  }
}
