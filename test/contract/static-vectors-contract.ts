import { describe, expect, it } from "vitest";
import { file, hello, parser, prose, unit } from "../helpers/store-files.ts";
import { type StoreContractOptions, storesIn } from "./store-place.ts";

/** What any StaticVectorIndex must do. */
export function describeStaticVectorIndex(name: string, options: StoreContractOptions): void {
  describe(`${name} keeps the contract of StaticVectorIndex`, () => {
    const { open, reopen } = storesIn(options);

    it("hands out what has no vector of the static model, page by page", () => {
      const opened = open();
      opened.files.put([file("a.ts", [hello, parser, prose])]);
      const first = opened.staticVectors.pending(2);
      const [third] = opened.staticVectors.pending(2, first[1]?.id);
      expect([...first, third].map((one) => one?.text)).toEqual([hello, parser, prose]);
      const ids = first.map(({ id }) => id);
      opened.staticVectors.put(ids, Float32Array.from([...unit(1, 0, 0), ...unit(0, 1, 0)]));
      expect(reopen().staticVectors.pending(9)).toEqual([third]);
    });

    it("finds by cosine, allowed chunks only, and not those of zeros or another length", () => {
      const opened = open();
      opened.files.put([file("a.ts", [hello, parser, prose])]);
      const [a = 0, b = 0, c = 0] = opened.staticVectors.pending(9).map(({ id }) => id);
      opened.staticVectors.put([a, b], Float32Array.from([...unit(1, 0, 0), ...unit(1, 1, 0)]));
      opened.staticVectors.put([c], new Float32Array(3));
      const found = opened.staticVectors.nearest(unit(1, 0, 0), 9);
      expect(found.map(({ chunkId }) => chunkId)).toEqual([a, b]);
      expect(found[1]?.score).toBeCloseTo(Math.SQRT1_2, 2);
      const allowed = opened.staticVectors.nearest(unit(1, 0, 0), 9, Uint32Array.of(b, c));
      expect(allowed.map(({ chunkId }) => chunkId)).toEqual([b]);
      expect(opened.staticVectors.nearest(unit(1, 0), 9)).toEqual([]);
      expect(opened.staticVectors.nearest(new Float32Array(3), 9)).toEqual([]);
      const [near] = opened.vectors.cosines(unit(1, 0, 0), [b], "static");
      expect(near).toBeCloseTo(Math.SQRT1_2, 2);
    });

    it("forgets what goes with its last file, and takes no vector for it", () => {
      const opened = open();
      opened.files.put([file("a.ts", [hello])]);
      const [{ id = 0 } = {}] = opened.staticVectors.pending(9);
      opened.files.remove(["a.ts"]);
      opened.staticVectors.put([id], unit(1, 0, 0));
      expect(opened.staticVectors.pending(9)).toEqual([]);
      expect(opened.staticVectors.nearest(unit(1, 0, 0), 9)).toEqual([]);
    });
  });
}
