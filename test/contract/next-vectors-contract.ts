import { describe, expect, it } from "vitest";
import type { Store } from "../../src/ports/store.ts";
import { codeOf, file, hello, parser, prose, unit } from "../helpers/store-files.ts";
import { idOf, type StoreContractOptions, storesIn } from "./store-place.ts";

const old = { id: "four", dimensions: 4, vectors: "a" };
/** The same model in another format, and another model with longer vectors. */
const renewed = { ...old, vectors: "b" };
const wide = { id: "eight", dimensions: 8, vectors: "a" };

function row(dimensions: number, at: number): Float32Array {
  return Float32Array.from({ length: dimensions }, (_, i) => (i === at ? 1 : 0));
}

/** What any NextVectors must do. */
export function describeNextVectors(name: string, options: StoreContractOptions): void {
  describe(`${name} keeps the contract of NextVectors`, () => {
    const { open, reopen } = storesIn(options);

    /** Three chunks: two with a vector of the old model, the third waits for one. */
    function filled(): { opened: Store; ids: number[] } {
      const opened = open();
      opened.vectors.claimModel(old);
      opened.files.put([file("a.ts", [hello, parser]), file("b.txt", [prose])]);
      const ids = [hello, parser, prose].map((text) => idOf(opened, text));
      const [first = 0, second = 0] = ids;
      opened.vectors.put([first], unit(1, 0, 0, 0), old);
      opened.vectors.put([second], unit(0, 1, 0, 0), old);
      return { opened, ids };
    }

    it("gathers new vectors while the old ones serve, and puts them in their place at once", () => {
      const { opened, ids } = filled();
      expect(opened.next.state()).toBeUndefined();
      opened.next.begin(wide, "/models/eight");
      expect(opened.next.state()).toEqual({
        ...{ to: wide, folder: "/models/eight", isStopped: false, done: 0, total: 3 },
      });
      expect(opened.next.pending(10, 0).map(({ text }) => text)).toEqual([hello, parser, prose]);
      expect(opened.next.pending(10, ids[1] ?? 0).map(({ text }) => text)).toEqual([prose]);
      for (const [at, id] of ids.entries()) opened.next.put([id], row(8, at), wide);
      expect(opened.next.pending(10, 0)).toEqual([]);
      expect(opened.next.state()?.done).toBe(3);
      expect(opened.vectors.search(unit(0, 1, 0, 0), 1)[0]?.chunkId).toBe(ids[1]);
      expect(opened.pending.count()).toBe(1);
      opened.next.take();
      expect(opened.next.state()).toBeUndefined();
      expect(opened.vectors.model()).toEqual(wide);
      expect(opened.pending.count()).toBe(0);
      expect(opened.vectors.search(row(8, 2), 1)[0]?.chunkId).toBe(ids[2]);
      expect(codeOf(() => opened.vectors.search(unit(0, 1, 0, 0), 1))).toBe(
        "HAYPILE_DIMENSIONS_DIFFER",
      );
      expect(reopen().vectors.model()).toEqual(wide);
    });

    it("lets no vector of another format in, before and after", () => {
      const { opened, ids } = filled();
      const [first = 0, second = 0, third = 0] = ids;
      expect(codeOf(() => opened.vectors.put([third], unit(0, 0, 1, 0), renewed))).toBe(
        "HAYPILE_VECTORS_DIFFER",
      );
      expect(codeOf(() => opened.vectors.claimModel(renewed))).toBe("HAYPILE_VECTORS_DIFFER");
      opened.next.put([first], unit(0, 0, 0, 1), renewed);
      opened.next.begin(renewed);
      opened.next.put([second], unit(0, 0, 0, 1), old);
      expect(opened.next.state()?.done).toBe(0);
      opened.next.put([first], unit(0, 0, 0, 1), renewed);
      opened.next.take();
      // The others wait for a vector of the new format: none of the old one is left.
      expect(opened.pending.count()).toBe(2);
      expect(opened.vectors.search(unit(0, 1, 0, 0), 5).map(({ chunkId }) => chunkId)).toEqual([
        first,
      ]);
      expect(codeOf(() => opened.vectors.put([second], unit(0, 1, 0, 0), old))).toBe(
        "HAYPILE_VECTORS_DIFFER",
      );
      opened.vectors.put([second], unit(0, 1, 0, 0), renewed);
      expect(opened.pending.count()).toBe(1);
    });

    it("goes on where it was, and begins again for another model", () => {
      const { opened, ids } = filled();
      opened.next.begin(renewed);
      opened.next.put([ids[0] ?? 0], unit(1, 0, 0, 0), renewed);
      opened.next.stop();
      const again = reopen();
      expect(again.next.state()).toMatchObject({ to: renewed, isStopped: true, done: 1, total: 3 });
      again.next.begin(renewed);
      expect(again.next.state()).toMatchObject({ isStopped: false, done: 1, total: 3 });
      again.next.begin(wide);
      expect(again.next.state()).toMatchObject({ to: wide, done: 0, total: 3 });
      again.next.drop();
      expect(again.next.state()).toBeUndefined();
      expect(again.vectors.model()).toEqual(old);
      expect(again.vectors.search(unit(0, 1, 0, 0), 1)[0]?.chunkId).toBe(ids[1]);
    });

    it("follows chunks that go and come meanwhile", () => {
      const { opened, ids } = filled();
      opened.next.begin(renewed);
      opened.next.put(
        ids,
        Float32Array.from([...ids.keys()].flatMap((at) => [...row(4, at)])),
        renewed,
      );
      opened.files.remove(["b.txt"]);
      opened.files.put([file("c.txt", ["a text that came later"])]);
      expect(opened.next.pending(10, 0).map(({ text }) => text)).toEqual([
        "a text that came later",
      ]);
      opened.next.put([ids[2] ?? 0], unit(0, 0, 1, 0), renewed);
      opened.next.take();
      expect(opened.pending.page(0, 10).map(({ text }) => text)).toEqual([
        "a text that came later",
      ]);
      const found = opened.vectors.search(unit(1, 1, 1, 0), 5).map(({ chunkId }) => chunkId);
      expect(found.sort((a, b) => a - b)).toEqual(ids.slice(0, 2));
    });
  });
}
