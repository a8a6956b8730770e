import { describe, expect, it } from "vitest";
import { type SlotLook, Slots, slotCount, slotMs } from "../../../../src/daemon/ram/slots.ts";
import { ladderOrder } from "../../../../src/governor/ladder.ts";
import { seededRandom } from "../../../helpers/random.ts";

const kib = 1024;
const look = (own: number, more: Partial<SlotLook> = {}): SlotLook => ({
  ownBytes: own * kib,
  childBytes: 0,
  usedBytes: own * kib,
  limitBytes: 0,
  level: 0,
  steps: 0,
  ...more,
});

describe("Slots", () => {
  it("takes the same few bytes however long it runs, and keeps the newest six hours", () => {
    const slots = new Slots();
    expect(slots.bytes).toBeLessThanOrEqual(128 * 1024);
    const day = 24 * 360;
    for (let i = 0; i < day; i += 1) slots.look(i * slotMs, look(i + 1));
    const { columns, everyMs } = slots.read(0, slotCount);
    expect(everyMs).toBe(slotMs);
    expect(columns.at).toHaveLength(slotCount);
    expect(columns.at[0]).toBe((day - slotCount) * slotMs);
    expect(columns.ownMin[0]).toBe((day - slotCount + 1) * kib);
    expect(columns.ownMax.at(-1)).toBe(day * kib);
    expect(ladderOrder.length).toBeLessThanOrEqual(8);
  });

  it("loses neither the least nor the most, into how few points they are put", () => {
    for (let seed = 1; seed <= 60; seed += 1) {
      const random = seededRandom(seed);
      const count = 8 + Math.floor(random() * 60);
      const slots = new Slots(slotMs, count);
      const seen: { slot: number; own: number; used: number; level: number; steps: number }[] = [];
      let atMs = 1e6 * seed;
      for (let i = 0; i < 400; i += 1) {
        // Sometimes nobody looks for a while, and sometimes the clock goes back.
        atMs += Math.floor(random() * 9_000) + (random() < 0.02 ? 120_000 : 0);
        const own = 1 + Math.floor(random() * 1e6);
        const used = own + Math.floor(random() * 1e5);
        const [level, steps] = [Math.floor(random() * 3), Math.floor(random() * 128)];
        const back = random() < 0.05 ? 30_000 : 0;
        slots.look(atMs - back, look(own, { usedBytes: used * kib, level, steps }));
        const slot = Math.max(Math.floor((atMs - back) / slotMs), seen.at(-1)?.slot ?? 0);
        seen.push({ slot, own, used, level, steps });
      }
      const newest = seen.at(-1)?.slot ?? 0;
      const kept = seen.filter(({ slot }) => slot > newest - count);
      const points = 1 + Math.floor(random() * count);
      const { columns, everyMs } = slots.read(0, points);
      expect(columns.at.length).toBeLessThanOrEqual(points);
      expect(columns.at).toEqual([...columns.at].sort((a, b) => a - b));
      columns.at.forEach((at, i) => {
        const next = columns.at[i + 1] ?? Number.POSITIVE_INFINITY;
        const within = kept.filter(
          ({ slot }) => slot * slotMs >= at && slot * slotMs < Math.min(next, at + everyMs),
        );
        expect(columns.ownMin[i]).toBe(Math.min(...within.map(({ own }) => own)) * kib);
        expect(columns.ownMax[i]).toBe(Math.max(...within.map(({ own }) => own)) * kib);
        expect(columns.usedMin[i]).toBe(Math.min(...within.map(({ used }) => used)) * kib);
        expect(columns.usedMax[i]).toBe(Math.max(...within.map(({ used }) => used)) * kib);
        expect(columns.level[i]).toBe(Math.max(...within.map(({ level }) => level)));
        expect(columns.steps[i]).toBe(within.reduce((bits, { steps }) => bits | steps, 0));
      });
      const all = kept.map(({ own }) => own * kib);
      expect(Math.max(...columns.ownMax)).toBe(Math.max(...all));
      expect(Math.min(...columns.ownMin)).toBe(Math.min(...all));
    }
  });

  it("answers since a time, and nothing before the first look", () => {
    const slots = new Slots();
    expect(slots.read(0, 10).columns.at).toEqual([]);
    for (let i = 100; i < 200; i += 1) slots.look(i * slotMs + 5, look(i));
    expect(slots.read(190 * slotMs, 100).columns.at).toHaveLength(10);
    expect(slots.read(1e12, 100).columns.at).toEqual([]);
    expect(slots.read(0, 1).columns).toMatchObject({
      ownMin: [100 * kib],
      ownMax: [199 * kib],
      limit: [null],
      cpu: [null],
    });
  });

  it("keeps a peak that the system counted, and the processor time of a slot", () => {
    const slots = new Slots();
    slots.look(slotMs, look(50));
    slots.peak(90 * kib);
    slots.cpu(500, 10_000);
    slots.look(2 * slotMs, look(40));
    const { columns } = slots.read(0, 10);
    expect(columns.ownMax).toEqual([90 * kib, 40 * kib]);
    expect(columns.ownMin).toEqual([50 * kib, 40 * kib]);
    expect(columns.cpu).toEqual([0.05, null]);
  });
});
