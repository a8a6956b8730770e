/** Recall: inside the filter, as many as there are, with the reasons. */
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { OpenMemories } from "../../../src/engine/memories/memories.ts";
import { codeOf, type MemoryBench, memoryBench } from "../../helpers/open-memories.ts";

let bench: MemoryBench;
let memories: OpenMemories;

beforeEach(async () => {
  bench = memoryBench();
  memories = await bench.open();
});

afterEach(async () => await bench.end());

const topics = ["parser", "storage", "network", "interface", "release"];

describe("filters", () => {
  it("finds each of five topics among 200, k rows whenever k exist", async () => {
    await memories.rememberMany(
      Array.from({ length: 200 }, (_, i) => ({
        text: `Item ${i} about the ${topics[i % 5]} part of the project`,
        tags: [topics[i % 5] as string, i % 2 === 0 ? "even" : "odd"],
        namespace: i % 4 === 0 ? "a" : "b",
      })),
    );
    await memories.settled();
    for (const topic of topics) {
      const { hits, searched } = await memories.recall("something else entirely", {
        tags: { any: [topic] },
        k: 40,
      });
      expect(searched).toBe(40);
      expect(hits.length).toBe(40);
      expect(hits.every(({ memory }) => memory.tags.includes(topic))).toBe(true);
    }
    const narrow = await memories.recall("parser", {
      namespace: ["a"],
      tags: { all: ["parser", "even"], not: ["odd"] },
      k: 100,
    });
    expect(narrow.hits.length).toBe(10);
    expect(narrow.searched).toBe(10);
  });

  it("finds one tag in ten thousand, held as int8, as bits and read from disk", async () => {
    const items = Array.from({ length: 10_000 }, (_, i) => ({
      text: `Common words everywhere in note number ${i}`,
      ...(i === 7_777 && { tags: ["rare"] }),
    }));
    await memories.rememberMany(items);
    await memories.settled();
    const small = { exactBytes: 64 * 1_000, bitsBytes: 1 };
    for (const options of [{}, { exactBytes: 64 * 1_000 }, small]) {
      const other = await bench.open(options);
      const { hits } = await other.recall("common words", { tags: { any: ["rare"] }, k: 5 });
      expect(hits.map(({ memory }) => memory.text)).toEqual([items[7_777]?.text]);
      const all = await other.recall("note number 4321 common", { k: 3 });
      expect(all.hits[0]?.memory.text).toContain("4321");
      expect(all.hits.length).toBe(3);
    }
  }, 120_000);

  it("takes kinds, sources and times, and follows what other processes change", async () => {
    const other = await bench.open();
    const fact = await memories.remember("gamma rays", { kind: "fact" });
    const turn = await memories.remember("gamma said hello", { kind: "turn", source: "agent" });
    const ids = async (options: object): Promise<string[]> =>
      (await other.recall("gamma", options)).hits.map(({ memory }) => memory.id).sort();
    expect(await ids({ kind: "fact" })).toEqual([fact.id]);
    expect(await ids({ kind: ["fact", "turn"] })).toEqual([fact.id, turn.id].sort());
    expect(await ids({ source: "agent" })).toEqual([turn.id]);
    expect(await ids({ since: new Date(Date.now() + 60_000).toISOString() })).toEqual([]);
    await memories.forget(fact.id);
    expect(await ids({})).toEqual([turn.id]);
    await memories.undelete(fact.id);
    await memories.update(turn.id, { tags: ["said"] });
    expect(await ids({ tags: { any: ["said"] } })).toEqual([turn.id]);
    expect(await ids({})).toEqual([fact.id, turn.id].sort());
  });

  it("leaves out what has expired or is not valid yet", async () => {
    const soon = Date.now() + 300;
    await memories.remember("ticket delta", { expires: new Date(soon).toISOString() });
    await memories.remember("plan delta", { validFrom: "2099-01-01T00:00:00Z" });
    const before = await memories.recall("delta", { asOf: new Date(soon - 1).toISOString() });
    expect(before.hits.map(({ memory }) => memory.text)).toEqual(["ticket delta"]);
    while (Date.now() <= soon) await new Promise((done) => setTimeout(done, 20));
    expect((await memories.recall("delta")).hits.length).toBe(0);
    const then = await memories.recall("delta", { asOf: "2099-06-01T00:00:00Z" });
    expect(then.hits.map(({ memory }) => memory.text)).toEqual(["plan delta"]);
  });
});

describe("history", () => {
  it("gives the text of that day", async () => {
    const { id } = await memories.remember("The office is in Lisbon.");
    await new Promise((done) => setTimeout(done, 5));
    const before = new Date().toISOString();
    await new Promise((done) => setTimeout(done, 5));
    await memories.update(id, { text: "The office is in Porto.", importance: 0.7 });
    await memories.settled();
    expect((await memories.get(id))?.text).toBe("The office is in Porto.");
    expect((await memories.get(id, { asOf: before }))?.text).toBe("The office is in Lisbon.");
    const now = await memories.recall("where is the office");
    expect(now.hits.map(({ memory }) => memory.text)).toEqual(["The office is in Porto."]);
    const then = await memories.recall("where is the office", { asOf: before });
    expect(then.hits.map(({ memory }) => memory.text)).toEqual(["The office is in Lisbon."]);
    const history = await memories.history(id);
    expect(history.map(({ text }) => text)).toEqual([
      "The office is in Lisbon.",
      "The office is in Porto.",
      "The office is in Porto.",
    ]);
    expect(history.map(({ what }) => what)).toContain("importance: 0.5 → 0.7");
  });
});

describe("scores", () => {
  it("tells every part of a score, and the score is made of them", async () => {
    await memories.remember("epsilon server restarts at noon", { importance: 0 });
    await memories.remember("epsilon server restarts at night", { importance: 1 });
    await memories.settled();
    const { hits } = await memories.recall("epsilon server restarts", { why: true });
    expect(hits[0]?.memory.text).toContain("night");
    for (const { score, why } of hits) {
      const { relevance = 0, decay = 0, importance = 0, time = 0, outdated = 0 } = why ?? {};
      const odds = (relevance / (1 - relevance)) * decay * importance * time * outdated;
      expect(score).toBeCloseTo(odds / (1 + odds), 10);
      expect(why?.share).toBe(1);
      expect(why?.words).toBeGreaterThan(0);
      expect(why?.meaning).toBeGreaterThan(0);
    }
  });

  it("lets events age and facts not, and counts uses", async () => {
    const validFrom = "2020-01-01T00:00:00Z";
    await memories.remember("zeta fact one", { kind: "fact", validFrom });
    await memories.remember("zeta event two", { kind: "event", validFrom });
    const first = await memories.recall("zeta", { why: true });
    const decays = new Map(first.hits.map(({ memory, why }) => [memory.kind, why?.decay]));
    expect(decays.get("fact")).toBe(1);
    expect(decays.get("event")).toBeLessThan(0.6);
    await memories.close();
    const again = await bench.open();
    const second = await again.recall("zeta", { why: true });
    expect(second.hits.map(({ memory }) => memory.uses)).toEqual([1, 1]);
  });

  it("keeps to minScore, to the budget of tokens, and gives neighbours in time", async () => {
    const turns = Array.from({ length: 9 }, (_, i) => ({
      text: `turn ${i} ${i === 4 ? "speaks of the marmalade" : "says little"}`,
      kind: "turn" as const,
    }));
    await memories.rememberMany(turns);
    await memories.remember("in between", { namespace: "elsewhere" });
    const [hit] = (await memories.recall("marmalade", { neighbours: 2, k: 1 })).hits;
    expect(hit?.before.map(({ text }) => text.slice(0, 6))).toEqual(["turn 2", "turn 3"]);
    expect(hit?.after.map(({ text }) => text.slice(0, 6))).toEqual(["turn 5", "turn 6"]);
    const strict = await memories.recall("marmalade", { minScore: 0.99 });
    expect(strict.hits).toEqual([]);
    const all = await memories.recall("turn", { k: 9 });
    const cut = await memories.recall("turn", { k: 9, maxTokens: 12 });
    expect(all.hits.length).toBe(9);
    expect(cut.hits.length).toBeLessThan(9);
    expect(cut.hits.length).toBeGreaterThan(0);
    expect(cut.isPartial).toBe(true);
  });

  it("answers by words when the deadline comes before the model, or the model fails", async () => {
    const slow = Object.assign(Object.create(bench.embedder) as typeof bench.embedder, {
      embed: async (texts: readonly string[], options?: { kind?: string }) => {
        if (options?.kind === "query") await new Promise((done) => setTimeout(done, 2_000));
        return await bench.embedder.embed(texts);
      },
    });
    const waiting = await bench.open({ embedder: slow });
    await waiting.remember("eta arrives late");
    const late = await waiting.recall("eta", { deadlineMs: 50 });
    expect(late.isPartial).toBe(true);
    expect(late.hits.length).toBe(1);
    const broken = Object.assign(Object.create(bench.embedder) as typeof bench.embedder, {
      embed: async () => {
        throw new Error("no model");
      },
    });
    const wordy = await bench.open({ embedder: broken });
    expect((await wordy.recall("eta")).hits.length).toBe(1);
    expect(await codeOf(wordy.recall("eta", { k: 0 }))).toBe("HAYPILE_USAGE");
    const stopped = AbortSignal.abort();
    expect(await codeOf(wordy.recall("eta", { signal: stopped }))).toBe("HAYPILE_ABORTED");
  });
});
