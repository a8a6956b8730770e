import { describe, expect, it } from "vitest";
import { AllowedParts } from "../../../../../src/storage/shared/words/allowed-parts.ts";
import { bestPlaces } from "../../../../../src/storage/shared/words/best-places.ts";
import { saturated } from "../../../../../src/storage/shared/words/bm25.ts";

const count = 5_000;

/** Parts of rows of their own, every seventh of which is not allowed. */
function parts(lengthOf: (place: number) => number): {
  allowed: AllowedParts;
  lengths: Uint16Array;
} {
  const ids = Uint32Array.from({ length: count }, (_, at) => at + 1);
  const lengths = Uint16Array.from(ids, (_, at) => lengthOf(at));
  const resident = {
    ...{ partCount: count, partSlots: ids.map((id) => id - 1), partLengths: lengths },
    ...{ rowIds: ids, generation: 1 },
  };
  const rows = { has: (rowId: number) => rowId % 7 !== 0, count: 0 };
  return { allowed: new AllowedParts(resident as never, rows as never), lengths };
}

describe("the best places", () => {
  it("are those that all scores in order would give, of equal ones the later first", () => {
    let seed = 20;
    const random = (below: number): number => {
      seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648;
      return seed % below;
    };
    for (const kinds of [1, 3, 40, 100_000]) {
      const { allowed, lengths } = parts(() => random(kinds === 1 ? 1 : 600));
      const sums = Float32Array.from({ length: count }, () =>
        random(4) === 0 ? (1 + random(kinds)) / 7 : 0,
      );
      const scores = sums.map((sum, at) =>
        allowed.flags[at] === 1
          ? sum * saturated(1, (lengths[at] as number) / allowed.usualLength)
          : 0,
      );
      const order = [...scores.keys()]
        .filter((at) => (scores[at] as number) > 0)
        .sort((a, b) => (scores[b] as number) - (scores[a] as number) || b - a);
      expect(order.length).toBeGreaterThan(800);
      for (const limit of [0, 1, 2, 100, 1_000, 10_000]) {
        expect(bestPlaces(sums.slice(), lengths, allowed, limit)).toEqual(order.slice(0, limit));
      }
    }
  });

  it("are none where no part has a word", () => {
    const { allowed, lengths } = parts(() => 10);
    expect(bestPlaces(new Float32Array(count), lengths, allowed, 5)).toEqual([]);
  });
});
