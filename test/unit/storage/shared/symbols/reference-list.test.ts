import { describe, expect, it } from "vitest";
import {
  DamagedList,
  decodeGroup,
  decodeParts,
  decodeReferences,
  encodeReferences,
  factKind,
  type ListedReference,
  partReferences,
} from "../../../../../src/storage/shared/symbols/reference-list.ts";

/** Numbers that are the same in every run. */
function draws(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

const onTexts = ["", "", "ns", ":Map<string, Ä>;", "this.parts[].run()"];

function sample(seed: number, count: number): ListedReference[] {
  const draw = draws(seed);
  return Array.from({ length: count }, () => ({
    nameId: 1 + draw(draw(3) === 0 ? 2 ** 31 : 50),
    line: 1 + draw(draw(4) === 0 ? 1_000_000 : 300),
    kind: draw(5),
    within: draw(40) - 1,
    on: onTexts[draw(onTexts.length)] as string,
  }));
}

const keyOf = ({ nameId, line, kind, on }: ListedReference): string =>
  `${nameId} ${line} ${kind} ${on}`;

describe("a list of references", () => {
  it("gives back what went in, in the order of names and lines, each place once", () => {
    for (const count of [0, 1, 2, 30, 3_000]) {
      const references = sample(count + 1, count);
      const first = new Map<string, ListedReference>();
      for (const one of references) {
        if (!first.has(keyOf(one))) first.set(keyOf(one), one);
      }
      const expected = [...first.values()].sort(
        (a, b) =>
          a.nameId - b.nameId ||
          a.line - b.line ||
          a.kind - b.kind ||
          (a.on < b.on ? -1 : a.on > b.on ? 1 : 0),
      );
      expect(decodeReferences(encodeReferences(references))).toEqual(expected);
    }
  });

  it("gives the references of one name alone", () => {
    const references = sample(7, 2_000);
    const data = encodeReferences(references);
    const all = decodeReferences(data);
    for (const nameId of [1, 2, 50, all.at(-1)?.nameId ?? 0]) {
      const own = all.filter((one) => one.nameId === nameId);
      expect(own.length).toBeGreaterThan(0);
      expect(decodeReferences(data, nameId)).toEqual(own);
    }
    expect(decodeReferences(data, 2 ** 40)).toEqual([]);
    expect(decodeReferences(data, 0)).toEqual([]);
  });

  it("says of a cut list that it is damaged, or ends between two names", () => {
    const data = encodeReferences(sample(3, 200));
    let damaged = 0;
    for (let length = 0; length < data.length; length += 1) {
      try {
        decodeReferences(data.subarray(0, length));
      } catch (error) {
        expect(error).toBeInstanceOf(DamagedList);
        damaged += 1;
      }
    }
    expect(damaged).toBeGreaterThan(data.length / 2);
  });

  it("reads any bytes to an end: references, or that they are damaged", () => {
    const draw = draws(11);
    let damaged = 0;
    for (let round = 0; round < 2_000; round += 1) {
      const data = Uint8Array.from({ length: draw(60) }, () => draw(256));
      try {
        expect(decodeReferences(data).length).toBeLessThanOrEqual(data.length);
      } catch (error) {
        expect(error).toBeInstanceOf(DamagedList);
        damaged += 1;
      }
    }
    expect(damaged).toBeGreaterThan(100);
    expect(() => decodeReferences(new Uint8Array(9).fill(255))).toThrow(DamagedList);
  });

  it("says the same in parts, of which each can be read alone", () => {
    for (const count of [0, 1, 40, 2_000]) {
      const references = sample(count + 7, count);
      if (count > 1) references.push({ ...(references[0] as ListedReference), kind: factKind });
      const parts = partReferences(references);
      const whole = decodeReferences(encodeReferences(references));
      expect(decodeParts(parts)).toEqual(whole);
      parts.names.forEach((nameId, at) => {
        const group = parts.groups.subarray(parts.ends[at - 1] ?? 0, parts.ends[at]);
        const own = whole.filter((one) => one.nameId === nameId);
        expect(decodeGroup(nameId, group, parts.texts)).toEqual(own);
        const all = references.filter((one) => one.nameId === nameId && one.kind !== factKind);
        expect(parts.counts[at]).toBe(all.length);
      });
      if (count > 1) {
        expect(() => decodeParts({ ...parts, ends: parts.ends.map((end) => end - 1) })).toThrow(
          DamagedList,
        );
      }
    }
  });
});
