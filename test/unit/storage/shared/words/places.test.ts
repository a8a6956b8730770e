import { describe, expect, it } from "vitest";
import {
  addAt,
  bytesOf,
  countFlagged,
  joined,
  PackedPlaces,
  type Places,
  unpackedPlaces,
} from "../../../../../src/storage/shared/words/places.ts";

/** Growing places with steps between them of up to so many, the same each time. */
function made(count: number, widest: number, from = 0): Uint32Array {
  let place = from;
  let seed = count * 7_919 + widest;
  return Uint32Array.from({ length: count }, () => {
    seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648;
    place += 1 + (seed % widest);
    return place;
  });
}

const none = new Uint32Array(0);

describe("places", () => {
  it("come back as they were put together, a few at a time", () => {
    for (const widest of [1, 2, 254, 255, 256, 510, 511, 5_000, 100_000]) {
      const whole = made(400, widest);
      let places: Places = none;
      for (let at = 0; at < whole.length; at += 37) {
        places = joined(places, whole.subarray(at, at + 37));
        expect(places).toHaveLength(Math.min(whole.length, at + 37));
      }
      expect(unpackedPlaces(places)).toEqual(whole);
      expect(bytesOf(places)).toBeLessThanOrEqual(whole.byteLength + 4);
    }
  });

  it("take little memory where many are among all, and no more than before where few are", () => {
    const many = joined(none, made(10_000, 20));
    expect(many).toBeInstanceOf(PackedPlaces);
    expect(bytesOf(many)).toBeLessThan(10_100);
    const few = joined(none, made(10, 100_000));
    expect(bytesOf(few)).toBe(40);
    // From one form to the other, both ways.
    const late = made(10, 10_000, 1_000_000);
    expect(unpackedPlaces(joined(joined(none, made(10, 3)), late))).toEqual(
      Uint32Array.from([...made(10, 3), ...late]),
    );
    const dense = made(9_000, 2, 1_200_000);
    expect(unpackedPlaces(joined(joined(few, late), dense))).toEqual(
      Uint32Array.from([...made(10, 100_000), ...late, ...dense]),
    );
    expect(joined(few, new Uint32Array(0))).toBe(few);
  });

  it("are gone through alike in both forms", () => {
    const whole = made(300, 300);
    const size = (whole.at(-1) as number) + 1;
    const packed = joined(none, whole);
    expect(packed).toBeInstanceOf(PackedPlaces);
    const flags = Uint8Array.from({ length: size }, (_, at) => (at % 3 === 0 ? 1 : 0));
    expect(countFlagged(packed, flags)).toBe(whole.filter((at) => at % 3 === 0).length);
    expect(countFlagged(whole, flags)).toBe(countFlagged(packed, flags));
    const [one, other] = [new Float32Array(size), new Float32Array(size)];
    addAt(packed, one, 0.1);
    addAt(whole, other, 0.1);
    expect(one).toEqual(other);
    expect(one.reduce((sum, value) => sum + (value > 0 ? 1 : 0), 0)).toBe(300);
  });
});
