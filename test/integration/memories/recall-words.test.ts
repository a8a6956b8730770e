/** Words of a recall: counted inside the filter, none too common, forms of one word taken together. */
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { OpenMemories } from "../../../src/engine/memories/memories.ts";
import { type MemoryBench, memoryBench } from "../../helpers/open-memories.ts";

let bench: MemoryBench;
let memories: OpenMemories;

beforeEach(async () => {
  bench = memoryBench();
  memories = await bench.open({ embedder: undefined });
});

afterEach(async () => await bench.end());

async function textsFor(query: string, options: object = {}): Promise<string[]> {
  const { hits } = await memories.recall(query, { namespace: "own", minScore: 0, ...options });
  return hits.map(({ memory }) => memory.text);
}

const common = "server deploy release port database night customer invoice report meeting".split(
  " ",
);

function filler(from: number, count: number): { text: string; namespace: string }[] {
  return Array.from({ length: count }, (_, at) => ({
    text: `${common.filter((_, word) => (from + at + word) % 3 !== 0).join(" ")} number ${from + at}`,
    namespace: `other ${(from + at) % 7}`,
  }));
}

describe("a namespace among others", () => {
  it("gets the same answers and scores, however many the others are", async () => {
    const own = [
      "The deploy of the invoice server runs at night.",
      "The customer report is made before the meeting.",
      "The database port of the release server is 5433.",
      "A meeting about the release is on Tuesday.",
      "The invoice of the customer is late.",
    ];
    const queries = [
      "when does the deploy of the server run at night",
      "database port release",
      "customer invoice",
      "meeting report",
    ];
    await memories.rememberMany(filler(0, 200));
    for (const text of own) await memories.remember(text, { namespace: "own" });
    await memories.rememberMany(filler(200, 800));
    const asked = async () => {
      const found = [];
      for (const query of queries) {
        const { hits } = await memories.recall(query, { namespace: "own", minScore: 0, why: true });
        found.push(
          // The score falls with age, and so with every second that this takes.
          hits.map(({ memory, why }) => [
            memory.text,
            why?.relevance.toFixed(6),
            why?.share,
            why?.words,
          ]),
        );
      }
      return found;
    };
    const among1000 = await asked();
    expect(among1000.map(([best]) => best?.[0])).toEqual([own[0], own[2], own[4], own[1]]);
    await memories.rememberMany(filler(1_000, 19_000));
    expect(await asked()).toEqual(among1000);
    const again = await bench.open({ embedder: undefined });
    memories = again;
    expect(await asked()).toEqual(among1000);
  }, 180_000);
});

describe("words that most memories have", () => {
  it("still tell texts with more of them from others", async () => {
    await memories.rememberMany(
      Array.from({ length: 3_000 }, (_, at) => ({
        text: `${at % 2 === 0 ? "server" : "client"} ${at % 3 === 0 ? "night" : "day"} entry ${at}`,
        namespace: "own",
      })),
    );
    const { hits } = await memories.recall("server night", { namespace: "own", k: 100 });
    expect(hits.length).toBe(100);
    expect(hits.every(({ memory }) => /server night/u.test(memory.text))).toBe(true);
  }, 60_000);
});

describe("forms of a word", () => {
  it("find each other: endings, and those that no ending tells", async () => {
    const pairs: [text: string, query: string][] = [
      ["Anna went to the clinic", "where did Anna go"],
      ["the bought kettle is blue", "what did we buy"],
      ["children get a discount", "is there a discount for a child"],
      ["we decided on REST", "the decision"],
      ["deploying takes an hour", "how long does a deploy take"],
    ];
    for (const [text] of pairs) await memories.remember(text, { namespace: "own" });
    for (const [text, query] of pairs) expect((await textsFor(query))[0], query).toBe(text);
  });

  it("are counted once, and names of code have none", async () => {
    await memories.remember("deploy deploys deployed", { namespace: "own" });
    const { hits } = await memories.recall("deploy deployed", { namespace: "own", why: true });
    expect(hits[0]?.why?.share).toBe(1);
    await memories.remember("goes_home is a flag", { namespace: "own" });
    expect(await textsFor("goes_home", { k: 1 })).toEqual(["goes_home is a flag"]);
  });
});

describe("what is said of a memory", () => {
  it("is a word of it: a tag, and a kind that is asked by", async () => {
    const own = { namespace: "own" };
    await memories.remember("At most 50 MB are taken.", { ...own, tags: ["Uploads", "limits"] });
    await memories.remember("At most 10 rows are shown.", { ...own, tags: ["tables"] });
    await memories.remember("REST stays for public clients.", { ...own, kind: "decision" });
    await memories.remember("REST is spelt in capitals for clients.", own);
    expect((await textsFor("uploads"))[0]).toBe("At most 50 MB are taken.");
    expect((await textsFor("what did we decide about clients"))[0]).toContain("stays");
    const { hits } = await memories.recall("uploads", { ...own, why: true });
    expect(hits.map(({ why }) => why?.share)).toEqual([1]);
    await memories.update(hits[0]?.memory.id ?? "", { tags: ["images"] });
    expect((await memories.recall("uploads", own)).hits).toEqual([]);
    expect((await memories.recall("images", own)).hits.length).toBe(1);
  });
});

describe("what changes", () => {
  it("is followed: what is new is found, what is forgotten is not, by other processes as well", async () => {
    const other = await bench.open({ embedder: undefined });
    const of = async (from: OpenMemories): Promise<number> =>
      (await from.recall("marmot", { k: 1_000 })).hits.length;
    for (let round = 1; round <= 3; round += 1) {
      await memories.rememberMany(
        Array.from({ length: 300 }, (_, at) => ({ text: `marmot ${round} of hill ${at}` })),
      );
      expect(await of(memories)).toBe(300 * round);
      expect(await of(other)).toBe(300 * round);
    }
    const { hits } = await memories.recall("marmot hill", { k: 5 });
    for (const { memory } of hits) await memories.forget(memory.id, { hard: true });
    expect(await of(memories)).toBe(895);
    expect(await of(other)).toBe(895);
    memories.dropResident();
    expect(await of(memories)).toBe(895);
  }, 60_000);
});
