import { describe, expect, it } from "vitest";
import type { Store } from "../../src/ports/store.ts";
import { codeOf, file, hello, parser, prose, unit } from "../helpers/store-files.ts";
import { describeExactTable } from "./exact-table-contract.ts";
import { describeFacts } from "./facts-contract.ts";
import { describeFileTable } from "./file-table-contract.ts";
import { describeNextVectors } from "./next-vectors-contract.ts";
import { describePendingChunks } from "./pending-chunks-contract.ts";
import { describeStaticVectorIndex } from "./static-vectors-contract.ts";
import { idOf, type StoreContractOptions, storesIn } from "./store-place.ts";
import { describeSymbolTable } from "./symbol-table-contract.ts";
import { describeTextIndex } from "./text-index-contract.ts";
import { describeVectorIndex } from "./vector-index-contract.ts";

/** What any Store must do: each role its part, and all of them together. */
export function describeStore(name: string, options: StoreContractOptions): void {
  describeFileTable(name, options);
  describeTextIndex(name, options);
  describeVectorIndex(name, options);
  describePendingChunks(name, options);
  describeNextVectors(name, options);
  describeStaticVectorIndex(name, options);
  describeSymbolTable(name, options);
  describeExactTable(name, options);
  describeFacts(name, options);

  describe(`${name} keeps the contract of Store`, () => {
    const { open, openClaimed } = storesIn(options);

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

    it("fails every call after close, and closes twice", async () => {
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
        () => opened.staticVectors.pending(1),
        () => opened.symbols.findNames("a", 1),
        () => opened.symbols.definitionsIn("a"),
        () => opened.exact.status(),
        () => opened.exact.usesOf([1], 1),
        () => opened.unlessBusy(() => undefined),
        () => opened.optimize(),
      ];
      expect(calls.map(codeOf)).toEqual(calls.map(() => "HAYPILE_CLOSED"));
      await expect(opened.vectors.nearest(unit(1, 0, 0, 0), 1)).rejects.toMatchObject({
        code: "HAYPILE_CLOSED",
      });
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
