/** Time in questions, and which of two memories holds: soft, shown in `why`, by a clock of the test's own. */
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { OpenMemories } from "../../../src/engine/memories/memories.ts";
import { type MemoryBench, memoryBench } from "../../helpers/open-memories.ts";

let bench: MemoryBench;
let memories: OpenMemories;
/** Saturday, 28 November 2026. */
const now = new Date(2026, 10, 28, 12).getTime();

beforeEach(async () => {
  bench = memoryBench();
  memories = await bench.open({ clock: () => now });
});

afterEach(async () => await bench.end());

const at = (month: number, day: number): string => new Date(2026, month - 1, day, 9).toISOString();

async function textsFor(query: string): Promise<string[]> {
  const { hits } = await memories.recall(query);
  return hits.map(({ memory }) => memory.text);
}

describe("a question that names a time", () => {
  beforeEach(async () => {
    await memories.rememberMany([
      { text: "Standup about the beta.", validFrom: at(3, 4) },
      { text: "Standup about the parser.", validFrom: at(11, 17) },
      { text: "Standup about the new kettle.", validFrom: at(11, 27) },
      { text: "Standup about the old kettle.", validFrom: at(6, 2) },
    ]);
    await memories.settled();
  });

  it("has first what is of that time, and hides none of the others", async () => {
    for (const [query, first] of [
      ["what was said in the standup in March", "beta"],
      ["what was said in the standup last week", "parser"],
      ["what was said in the standup yesterday", "kettle"],
      ["what was said in the standup on 2026-06-02", "old kettle"],
      ["what was said in the standup two weeks ago", "parser"],
    ] as const) {
      const texts = await textsFor(query);
      expect(texts[0], query).toContain(first);
      expect(texts.length, query).toBe(4);
    }
  });

  it("shows in why what the time is worth, and the score is made of it", async () => {
    const { hits } = await memories.recall("the standup in March", { why: true });
    const times = hits.map(({ memory, why }) => [memory.text.includes("beta"), why?.time]);
    expect(times[0]).toEqual([true, 4]);
    expect(times.slice(1).every(([, time]) => (time as number) < 4)).toBe(true);
    for (const { score, why } of hits) {
      const { relevance = 0, decay = 0, importance = 0, time = 0, outdated = 0 } = why ?? {};
      const odds = (relevance / (1 - relevance)) * decay * importance * time * outdated;
      expect(score).toBeCloseTo(odds / (1 + odds), 10);
    }
  });

  it("finds what is of that time where its words find nothing", async () => {
    for (const question of ["what happened yesterday", "what did we do yesterday"]) {
      expect(await textsFor(question)).toEqual(["Standup about the new kettle."]);
    }
  });

  it("is asked from the day of the clock", async () => {
    const other = await bench.open({ clock: () => new Date(2026, 2, 10, 12).getTime() });
    const { hits } = await other.recall("the standup last week");
    expect(hits[0]?.memory.text).toContain("beta");
  });

  it("may ask for the newest", async () => {
    expect((await textsFor("the latest standup"))[0]).toContain("new kettle");
    expect((await textsFor("the last time there was a standup"))[0]).toContain("new kettle");
  });
});

describe("of two memories that contradict each other", () => {
  const older = "The staging database listens on port 5432.";
  const newer = "The staging database listens on port 5433 now.";

  it("the newer comes first, and the older says so", async () => {
    const { id } = await memories.remember(newer, { validFrom: at(10, 2) });
    await memories.remember(older, { validFrom: at(2, 2) });
    await memories.settled();
    const { hits } = await memories.recall("which port does the staging database listen on", {
      why: true,
    });
    expect(hits.map(({ memory }) => memory.text)).toEqual([newer, older]);
    expect(hits[0]?.olderThan).toBeUndefined();
    expect(hits[1]?.olderThan).toEqual({ id, at: at(10, 2) });
    expect(hits[1]?.why?.outdated).toBeLessThanOrEqual(1);
    expect(hits[0]?.why?.outdated).toBe(1);
  });

  it("both are as they were for who asks for what was", async () => {
    await memories.remember(newer, { validFrom: at(10, 2) });
    await memories.remember(older, { validFrom: at(2, 2) });
    await memories.settled();
    const { hits } = await memories.recall("which port did the staging database listen on before", {
      why: true,
    });
    expect(hits.map(({ olderThan }) => olderThan)).toEqual([undefined, undefined]);
    expect(hits.map(({ why }) => why?.outdated)).toEqual([1, 1]);
  });

  it("the one that was replaced is gone, and the other names it", async () => {
    const first = await memories.remember(older);
    await memories.remember(newer, { replaces: first.id });
    await memories.settled();
    const { hits } = await memories.recall("which port does the staging database listen on");
    expect(hits.map(({ memory }) => memory.text)).toEqual([newer]);
    expect(hits[0]?.memory.links).toContainEqual({ id: first.id, relation: "supersedes" });
  });
});
