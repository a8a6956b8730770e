import { describe, expect, it } from "vitest";
import { compareUtf8 } from "../../../../src/indexing/walk/byte-order.ts";
import { seededRandom } from "../../../helpers/temp-tree.ts";

describe("compareUtf8", () => {
  it("orders as the bytes do", () => {
    const random = seededRandom(1);
    const letters = ["a", "b", "/", "é", "\uFFF0", "\uE000", "\u{10000}", "\u{1F98A}", "漢", ""];
    let differing = 0;
    for (let round = 0; round < 5000; round += 1) {
      const word = (): string =>
        Array.from({ length: 4 }, () => letters[Math.floor(random() * letters.length)]).join("");
      const [a, b] = [word(), word()];
      const expected = Buffer.compare(Buffer.from(a), Buffer.from(b));
      expect(Math.sign(compareUtf8(a, b))).toBe(expected);
      if (Math.sign(a < b ? -1 : a > b ? 1 : 0) !== expected) differing += 1;
    }
    expect(differing).toBeGreaterThan(10);
  });
});
