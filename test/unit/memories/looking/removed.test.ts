import { describe, expect, it } from "vitest";
import { removedOfOwn } from "../../../../src/memories/looking/removed.ts";
import type { RemovedMemory } from "../../../../src/ports/answers/memory-reports.ts";

const line = (at: number, namespace: string): RemovedMemory => ({
  id: `m${at}`,
  namespace,
  at: new Date(at).toISOString(),
  why: "forgotten",
});
const isOwn = ({ namespace }: RemovedMemory): boolean => namespace === "own";

function log(lines: readonly RemovedMemory[]) {
  const asked: number[] = [];
  const ask = async (limit: number): Promise<RemovedMemory[]> => {
    asked.push(limit);
    return lines.slice(0, limit);
  };
  return { ask, asked };
}

describe("removedOfOwn", () => {
  const others = (count: number): RemovedMemory[] =>
    Array.from({ length: count }, (_, at) => line(at, "others"));

  it("looks at most twice, however much of others' is before it", async () => {
    const { ask, asked } = log([...others(9_000), line(1, "own"), line(2, "own")]);
    expect((await removedOfOwn(ask, isOwn, 1)).map(({ id }) => id)).toEqual(["m1"]);
    expect(asked).toEqual([1_000, 10_000]);
  });

  it("looks once where there are enough, or no more", async () => {
    const own = log([line(1, "own"), ...others(5_000)]);
    expect(await removedOfOwn(own.ask, isOwn, 1)).toHaveLength(1);
    const few = log([...others(20), line(1, "own")]);
    expect(await removedOfOwn(few.ask, isOwn)).toHaveLength(1);
    expect([own.asked.length, few.asked.length]).toEqual([1, 1]);
  });

  it.each([0, -1, 1.5, 10_001, Number.NaN, "5"])("refuses %s as a limit", async (limit) => {
    const { ask, asked } = log([]);
    await expect(removedOfOwn(ask, isOwn, limit as number)).rejects.toMatchObject({
      code: "HAYPILE_USAGE",
    });
    expect(asked).toEqual([]);
  });
});
