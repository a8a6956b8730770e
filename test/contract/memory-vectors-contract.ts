import { describe, expect, it } from "vitest";
import type { MemoryStore } from "../../src/ports/memory-rows.ts";
import { addMemories, memoryRow } from "../helpers/memory-rows.ts";
import { unit } from "../helpers/store-files.ts";
import { type ContractOptions, openedIn } from "./opened-in.ts";

const four = { id: "four", dimensions: 4 };
const ever = Number.MAX_SAFE_INTEGER;

/** What any MemoryVectorIndex must do. */
export function describeMemoryVectorIndex(
  name: string,
  options: ContractOptions<MemoryStore>,
): void {
  describe(`${name} keeps the contract of MemoryVectorIndex`, () => {
    const { open, reopen } = openedIn(options);
    const filled = (): { opened: MemoryStore; rowIds: number[]; partIds: number[] } => {
      const opened = open();
      opened.vectors.claimModel(four);
      const rowIds = addMemories(opened, memoryRow("one"), memoryRow("two"), memoryRow("three"));
      return { opened, rowIds, partIds: opened.rows.parts(rowIds).map(({ partId }) => partId) };
    };
    const put = ({ vectors }: MemoryStore, partIds: number[], ...rows: Float32Array[]): void =>
      vectors.put(partIds, Float32Array.from(rows.flatMap((row) => [...row])));

    it("says which parts wait, and no longer when they have their vectors", async () => {
      const { opened, rowIds, partIds } = filled();
      const [a = 0, b = 0, c = 0] = partIds;
      expect(opened.vectors.pending(0, 2, ever)).toEqual([a, b]);
      expect(opened.vectors.pending(b, 2, ever)).toEqual([c]);
      expect(opened.vectors.pending(0, 9, 0)).toEqual([]);
      expect(opened.vectors.pendingOf(rowIds.slice(1))).toEqual([b, c]);
      put(opened, [a], unit(1, 0, 0, 0));
      expect(opened.vectors.pending(0, 9, ever)).toEqual([b, c]);
      await opened.scope.prepare();
      const all = opened.scope.allowed({ now: 5_000 });
      expect(opened.vectors.countPending(all)).toBe(2);
      opened.write("forget", () => opened.removal.mark(["two"], 5_000, "forgotten"));
      expect(opened.vectors.pending(0, 9, ever)).toEqual([c]);
      expect(opened.vectors.countPending(opened.scope.allowed({ now: 5_000 }))).toBe(1);
    });

    it("gives the texts of parts in order, without those that are gone", () => {
      const { opened, partIds } = filled();
      const [a = 0, b = 0, c = 0] = partIds;
      opened.write("erase", () => opened.removal.erase(["two"], 5_000, "forgotten", () => []));
      expect(opened.vectors.partTexts([c, b, a])).toEqual([
        { partId: a, text: "one" },
        { partId: c, text: "three" },
      ]);
      put(opened, [b], unit(1, 0, 0, 0));
      expect(opened.vectors.of(b)).toBeUndefined();
    });

    it("finds the nearest of what is allowed, and compares parts with a vector", async () => {
      const { opened, rowIds, partIds } = filled();
      const [a = 0, b = 0, c = 0] = partIds;
      put(opened, [a, b], unit(1, 0, 0, 0), unit(1, 1, 0, 0));
      expect([...(opened.vectors.of(a) ?? [])]).toEqual([
        expect.closeTo(1, 2),
        ...[0, 0, 0].map(() => expect.closeTo(0, 2)),
      ]);
      const each = opened.vectors.each([c, b, a, 99_999]);
      expect(each.map((one) => one?.length)).toEqual([undefined, 4, 4, undefined]);
      expect(each[2]).toEqual(opened.vectors.of(a));
      await opened.scope.prepare();
      const all = opened.scope.allowed({ now: 5_000 });
      const vector = unit(1, 0, 0, 0);
      const found = await opened.vectors.search({ vector, limit: 9, allowed: all });
      expect(found.map(({ partId, rowId }) => [partId, rowId])).toEqual([
        [a, rowIds[0]],
        [b, rowIds[1]],
      ]);
      expect(found[1]?.score).toBeCloseTo(Math.SQRT1_2, 2);
      expect(await opened.vectors.search({ vector, limit: 1, allowed: all })).toHaveLength(1);
      const none = opened.scope.allowed({ now: 5_000, namespaces: ["nowhere"] });
      expect(await opened.vectors.search({ vector, limit: 9, allowed: none })).toEqual([]);
      const cosines = opened.vectors.cosines(vector, [c, b, a]);
      expect([...cosines]).toEqual([
        Number.NaN,
        expect.closeTo(Math.SQRT1_2, 2),
        expect.closeTo(1, 2),
      ]);
    });

    it("gathers new vectors beside the old ones, and puts them in their place at once", async () => {
      const { opened, partIds } = filled();
      const [a = 0, b = 0, c = 0] = partIds;
      const other = { id: "three", dimensions: 3, vectors: "x" };
      put(opened, [a], unit(1, 0, 0, 0));
      expect(opened.vectors.model()).toEqual(four);
      opened.next.begin(other);
      expect(opened.next.pending(2, 0)).toEqual([
        { id: a, text: "one" },
        { id: b, text: "two" },
      ]);
      opened.next.put([a, c], Float32Array.from([...unit(0, 1, 0), ...unit(0, 0, 1)]), other);
      opened.next.put([b], unit(1, 0, 0, 0), four);
      expect(opened.next.state()).toMatchObject({ to: other, done: 2, total: 3 });
      // What is forgotten is gone, here too.
      opened.write("erase", () => opened.removal.erase(["three"], 5_000, "forgotten", () => []));
      expect(opened.vectors.of(a)).toBeDefined();
      opened.next.take();
      expect(opened.next.state()).toBeUndefined();
      expect(reopen().vectors.model()).toEqual(other);
      const again = reopen();
      again.vectors.claimModel(other);
      expect([again.vectors.of(a)?.length, again.vectors.of(c), again.vectors.count()]).toEqual([
        3,
        undefined,
        1,
      ]);
      expect(again.vectors.pending(0, 9, ever)).toEqual([b]);
      await again.scope.prepare();
      const allowed = again.scope.allowed({ now: 5_000 });
      const found = await again.vectors.search({ vector: unit(0, 1, 0), limit: 9, allowed });
      expect(found.map(({ partId }) => partId)).toEqual([a]);
    });

    it("takes the name that an older version gave", () => {
      const { opened, partIds } = filled();
      put(opened, partIds.slice(0, 1), unit(1, 0, 0, 0));
      opened.vectors.claimModel({ ...four, vectors: "int8" });
      expect(opened.vectors.count()).toBe(1);
      expect(opened.vectors.model()).toEqual({ ...four, vectors: "int8" });
    });

    it("knows its vectors when it is opened again, and uses none of them with another model", async () => {
      const { opened, partIds } = filled();
      const [a = 0, b = 0] = partIds;
      put(opened, [a], unit(1, 0, 0, 0));
      const again = reopen();
      again.vectors.claimModel(four);
      await again.scope.prepare();
      const asked = (vector: Float32Array) =>
        again.vectors.search({ vector, limit: 9, allowed: again.scope.allowed({ now: 5_000 }) });
      expect((await asked(unit(1, 0, 0, 0))).map(({ partId }) => partId)).toEqual([a]);
      for (const other of [
        { id: "other", dimensions: 3 },
        { ...four, vectors: "x" },
      ]) {
        again.vectors.claimModel({ ...four, vectors: "int8" });
        again.vectors.claimModel(other);
        await again.scope.prepare();
        expect(await asked(unit(1, 0, 0, 0))).toEqual([]);
        expect(again.vectors.countPending(again.scope.allowed({ now: 5_000 }))).toBe(3);
        put(again, [b], unit(0, 1, 0, 0).slice(0, other.dimensions));
        expect(again.vectors.of(b)).toBeUndefined();
        expect(again.vectors.count()).toBe(1);
        expect(again.vectors.model()).toEqual({ ...four, vectors: "int8" });
      }
      again.vectors.claimModel({ ...four, vectors: "int8" });
      await again.scope.prepare();
      expect(await asked(unit(1, 0, 0, 0))).toHaveLength(1);
      expect(again.vectors.countPending(again.scope.allowed({ now: 5_000 }))).toBe(2);
    });

    it("is tied to another model while it holds no vector", () => {
      const { opened } = filled();
      opened.vectors.claimModel({ id: "other", dimensions: 3 });
      expect(opened.vectors.model()).toEqual({ id: "other", dimensions: 3 });
    });
  });
}
