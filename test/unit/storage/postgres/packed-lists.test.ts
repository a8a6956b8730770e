import { describe, expect, it } from "vitest";
import { unpacked } from "../../../../src/storage/postgres/memories/words/packed-lists.ts";

describe("packed lists of part ids", () => {
  it("are ids after one and up to another, in order, each once", () => {
    const lists = [
      { first: 100, width: 2, ids: Uint8Array.from([0, 0, 0, 7, 1, 0]) },
      { first: 0, width: 4, ids: Uint8Array.from([0, 0, 2, 0, 0, 0, 0, 107]) },
    ];
    expect(Array.from(unpacked(lists, 0, 1_000))).toEqual([100, 107, 356, 512]);
    expect(Array.from(unpacked(lists, 100, 356))).toEqual([107, 356]);
  });

  it("are passed over where they cannot be lists", () => {
    for (const width of [0, -1, 5, Number.NaN]) {
      expect(Array.from(unpacked([{ first: 1, width, ids: new Uint8Array(0) }], 0, 10))).toEqual(
        [],
      );
      expect(Array.from(unpacked([{ first: 1, width, ids: new Uint8Array(8) }], 0, 10))).toEqual(
        [],
      );
    }
  });
});
