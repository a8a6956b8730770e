/* Where the time of real searches and recalls went: whatever they meet, the stages add up to the total. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openHere } from "../../src/haypile/here.ts";
import { inTurn } from "../../src/haypile/in-turn.ts";
import { Lanes } from "../../src/haypile/lanes.ts";
import type { EndedCall } from "../../src/haypile/watched-call.ts";
import type { SearchTimes } from "../../src/ports/answers/search.ts";
import type { Haypile } from "../../src/ports/haypile.ts";
import { writeTree } from "../helpers/temp-tree.ts";

const before = { ...process.env };
const place = mkdtempSync(join(tmpdir(), "haypile-stages-"));
const folder = join(place, "tree");
let here: Haypile;

beforeAll(async () => {
  process.env.HAYPILE_DATA_DIR = join(place, "data");
  process.env.HAYPILE_CACHE_DIR = join(place, "cache");
  process.env.HAYPILE_CONFIG_DIR = join(place, "config");
  const texts = Array.from({ length: 40 }, (_, at) => [
    `src/part${at}.ts`,
    `/** Part ${at} waits ${at} ms before it tries again. */\nexport function makePart${at}(): number {\n  return ${at};\n}\n`,
  ]);
  writeTree(folder, Object.fromEntries(texts));
  here = openHere({ embeddingCache: false });
  await here.code(folder).index();
  for (let at = 0; at < 30; at += 1) {
    await here.memories.remember(`Decision ${at}: the delay of part ${at} doubles each time.`);
  }
  await here.memories.settled();
});

afterAll(async () => {
  await here.close();
  process.env = { ...before };
  rmSync(place, { recursive: true, force: true });
});

function addsUp(times: SearchTimes): void {
  const { total, ...rest } = times;
  for (const ms of Object.values(rest)) expect(ms).toBeGreaterThanOrEqual(0);
  const sum = Object.values(rest).reduce((all, ms) => all + ms, 0);
  expect(Math.abs(sum - total)).toBeLessThan(1);
}

const questions = [
  "where does it wait before it tries again",
  "makePart7",
  "makePart7 lang:ts",
  "path:src/part3.ts delay",
  "部分を作る",
  "x".repeat(3_000),
];

describe("the times of a search", () => {
  it("add up, cold and from the cache", async () => {
    const code = here.code(folder);
    for (const question of questions) {
      const anew = await code.search(question);
      addsUp(anew.timesMs);
      const again = await code.search(question);
      addsUp(again.timesMs);
      if (again.fromCache === "same") expect(again.timesMs.words + again.timesMs.names).toBe(0);
    }
  });

  it("add up when the best are looked at once more, and where time or hits are short", async () => {
    const code = here.code(folder);
    const ways = [{ rerank: true }, { deadlineMs: 1 }, { k: 1 }, { minScore: 0, k: 200 }];
    for (const [at, way] of ways.entries()) {
      const { timesMs } = await code.search(`how is part ${at} made anew`, way);
      addsUp(timesMs);
      if (way.rerank === true) expect(timesMs.rerank).toBeGreaterThan(0);
    }
  });

  it("have what was opened for it", async () => {
    const other = openHere({ embeddingCache: false });
    try {
      const { timesMs } = await other.code(folder).search("which part waits longest");
      addsUp(timesMs);
      expect(timesMs.open).toBeGreaterThan(0);
    } finally {
      await other.close();
    }
  });
});

describe("the times of a recall", () => {
  it("add up, whatever is asked", async () => {
    for (const question of [...questions, "", "what did we decide yesterday"]) {
      for (const way of [
        {},
        { minScore: 0 },
        { neighbours: 2, maxTokens: 50 },
        { deadlineMs: 1 },
      ]) {
        const { timesMs } = await here.memories.recall(question, way);
        addsUp(timesMs);
        expect(timesMs.names).toBe(0);
      }
    }
  });
});

describe("calls that wait for their turn", () => {
  const narrow = { running: 1, runningOfClient: 1, queued: 100, queuedOfClient: 100 };

  it("say how long, behind how many, and still add up", async () => {
    const ended: EndedCall[] = [];
    const lanes = new Lanes({ interactive: narrow, background: narrow });
    const own = inTurn(here, lanes, "one", { onCall: (call) => ended.push(call) });
    const blocked = Promise.withResolvers<void>();
    // The only place is taken until all have been asked.
    const holding = lanes.run("interactive", "another", () => blocked.promise);
    const asking = [
      ...questions.map((question) => own.code(folder).search(`${question} once more`)),
      ...questions.map((question) => own.memories.recall(`${question} once more`)),
    ];
    await wait(30);
    blocked.resolve();
    await holding;
    for (const { timesMs } of await Promise.all(asking)) {
      addsUp(timesMs);
      expect(timesMs.turn).toBeGreaterThan(25);
    }
    expect(ended).toHaveLength(asking.length);
    expect(ended.map(({ facts }) => facts.ahead).sort((a = 0, b = 0) => a - b)).toEqual(
      asking.map((_, at) => at + 1),
    );
    for (const { times } of ended) {
      const { total, ...rest } = times;
      const sum = Object.values(rest).reduce((all, ms) => all + ms, 0);
      expect(Math.abs(sum - total)).toBeLessThan(1);
    }
  });

  it("are told in coarse stages where they are not taken apart, and when they fail", async () => {
    const ended: EndedCall[] = [];
    const own = inTurn(here, new Lanes(), "one", { onCall: (call) => ended.push(call) });
    const code = own.code(folder);
    await code.findSymbol("makePart3");
    await code.outline("src/part3.ts");
    await code.why("makePart3", "src/part3.ts");
    await expect(code.search("")).rejects.toMatchObject({ code: "HAYPILE_USAGE" });
    await own.memories.remember("A thing to keep");
    // What pages ask again and again is no query.
    await code.status();
    await own.memories.stats();
    expect(ended.map(({ name }) => name)).toEqual([
      "findSymbol",
      "outline",
      "why",
      "search",
      "remember",
    ]);
    for (const { name, times, error } of ended) {
      if (name === "search") expect(error).toMatchObject({ code: "HAYPILE_USAGE" });
      else expect(times.work).toBeGreaterThan(0);
    }
  });
});
