import { describe, expect, it } from "vitest";
import { file, hello, parser, prose, unit } from "../helpers/store-files.ts";
import { idOf, pathsOf, type StoreContractOptions, storesIn } from "./store-place.ts";

/** What any FileTable must do. */
export function describeFileTable(name: string, options: StoreContractOptions): void {
  describe(`${name} keeps the contract of FileTable`, () => {
    const { open, openClaimed, reopen } = storesIn(options);

    it("gives files, places and words back, also after opening again", () => {
      open().files.put([file("src/hello.ts", [hello, prose], "ab12")]);
      const opened = reopen();
      const record = opened.files.all().get("src/hello.ts");
      expect(record).toMatchObject({
        path: "src/hello.ts",
        contentHash: "ab12",
        stamp: { mtimeMs: 1_700_000_000_000.25, readMs: 1_700_000_009_000 },
      });
      const asked = opened.files.records(["src/none.ts", "src/hello.ts"]);
      expect([...asked]).toEqual([["src/hello.ts", record]]);
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

    it("keeps by what a file is known on its disk, and forgets it when that is not said", () => {
      const stamp = { sizeBytes: 1, mtimeMs: 2.5, readMs: 9_000, ctimeMs: 3.25, inode: 2 ** 60 };
      open().files.put([{ ...file("a.txt", [prose]), stamp }]);
      const opened = reopen();
      expect(opened.files.stampOf("a.txt")).toEqual(stamp);
      opened.files.touch([{ path: "a.txt", stamp: { sizeBytes: 1, mtimeMs: 2.5, readMs: 9_000 } }]);
      expect(opened.files.stampOf("a.txt")).toEqual({ sizeBytes: 1, mtimeMs: 2.5, readMs: 9_000 });
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

    it("says what was noted of a file, and nothing of one that is not indexed", () => {
      const opened = open();
      opened.files.put([file("a.txt", [prose])]);
      expect(opened.files.stampOf("a.txt")).toMatchObject({ mtimeMs: 1_700_000_000_000.25 });
      expect(opened.files.stampOf("b.txt")).toBeUndefined();
    });

    it("remembers why a file has no definitions, and how often it was tried", () => {
      const opened = open();
      const stamp = { sizeBytes: 9, mtimeMs: 12.75, readMs: 20 };
      opened.files.put([
        { ...file("b.ts", [hello]), unparsed: "too-slow" },
        { ...file("a.ts", [parser]), unparsed: "no-memory" },
        file("c.ts", [prose]),
      ]);
      opened.files.touch([
        { path: "a.ts", stamp, unparsed: "too-slow" },
        { path: "c.ts", stamp },
      ]);
      expect(opened.files.unparsed()).toEqual([
        { path: "a.ts", why: "too-slow", tries: 2 },
        { path: "b.ts", why: "too-slow", tries: 1 },
      ]);
      opened.files.put([file("a.ts", [parser])]);
      opened.files.remove(["b.ts"]);
      expect(opened.files.unparsed()).toEqual([]);
    });

    it("remembers whose tree has errors, until it is put without", () => {
      const opened = open();
      opened.files.put([{ ...file("b.ts", [hello]), unparsed: "partly" }, file("c.ts", [prose])]);
      expect(opened.files.partlyParsed()).toEqual(["b.ts"]);
      expect(opened.files.unparsed()).toEqual([]);
      opened.files.put([file("b.ts", [parser])]);
      expect(opened.files.partlyParsed()).toEqual([]);
    });
  });
}
