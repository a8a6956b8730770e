import { describe, expect, it } from "vitest";
import { codeOf, file, hello, parser, prose, unit } from "../helpers/store-files.ts";
import { idOf, type StoreContractOptions, storesIn } from "./store-place.ts";

/** What any VectorIndex must do. */
export function describeVectorIndex(name: string, options: StoreContractOptions): void {
  describe(`${name} keeps the contract of VectorIndex`, () => {
    const { open, openClaimed, reopen } = storesIn(options);

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
      expect(reopen().vectors.model()).toEqual({ id: "four", dimensions: 4 });
    });

    it("lets another model claim it while it holds nothing: a first run may have failed", () => {
      const opened = open();
      opened.vectors.claimModel({ id: "first", dimensions: 8 });
      opened.vectors.claimModel({ id: "second", dimensions: 4 });
      expect(opened.vectors.model()).toEqual({ id: "second", dimensions: 4 });
      expect(reopen().vectors.model()).toEqual({ id: "second", dimensions: 4 });
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

    it("takes a vector for a chunk that has one already", () => {
      const opened = openClaimed();
      opened.files.put([file("a.txt", [prose])]);
      const id = idOf(opened, prose);
      opened.vectors.put([id], unit(1, 0, 0, 0));
      opened.vectors.put([id], unit(0, 1, 0, 0));
      expect(opened.vectors.search(unit(0, 1, 0, 0), 1)[0]?.score).toBeCloseTo(1, 3);
      expect(opened.facts.stats().vectors).toBe(1);
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

    it("finds the nearest by the fast way as well, and only what is allowed", async () => {
      const opened = openClaimed();
      opened.files.put([file("a.txt", [prose, hello, parser])]);
      const ids = [prose, hello, parser].map((text) => idOf(opened, text));
      const rows = [unit(1, 0, 0, 0), unit(1, 1, 0, 0), unit(0, 1, 0, 0)];
      opened.vectors.put(ids, Float32Array.from(rows.flatMap((row) => [...row])));
      const query = unit(1, 0.1, 0, 0);
      expect(await opened.vectors.nearest(query, 2)).toEqual(opened.vectors.search(query, 2));
      const allowed = Uint32Array.from(ids.slice(1));
      const found = opened.vectors.search(query, 3, allowed).map(({ chunkId }) => chunkId);
      expect(found).toEqual(ids.slice(1));
      expect(await opened.vectors.nearest(query, 3, allowed)).toHaveLength(2);
    });
  });
}
