/** What is remembered is there at once, once, and whole. */
import { statSync } from "node:fs";
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

describe("remember", () => {
  it("keeps a text with all that is said of it", async () => {
    const { id, status } = await memories.remember("Deploys go out on Tuesdays.", {
      namespace: "work",
      tags: ["deploy", "calendar", "deploy"],
      kind: "decision",
      source: "agent",
      importance: 0.9,
      pinned: true,
      validFrom: "2026-01-02T03:04:05.000Z",
      expires: "2099-01-01T00:00:00.000Z",
    });
    expect(status).toBe("stored");
    expect(await memories.get(id)).toMatchObject({
      id,
      text: "Deploys go out on Tuesdays.",
      namespace: "work",
      tags: ["deploy", "calendar"],
      kind: "decision",
      source: "agent",
      importance: 0.9,
      pinned: true,
      validFrom: "2026-01-02T03:04:05.000Z",
      expires: "2099-01-01T00:00:00.000Z",
      uses: 0,
    });
    // A person's memories are nobody else's.
    if (process.platform !== "win32") expect(statSync(bench.path).mode & 0o077).toBe(0);
  });

  it("is found by words before any vector is there, and by another open service", async () => {
    const silent = await bench.open({ embedder: undefined });
    const { id } = await silent.remember("The kettle is in the blue cupboard.");
    const found = await silent.recall("kettle");
    expect(found).toMatchObject({ searched: 1, withoutVector: 1 });
    expect(found.hits[0]?.memory.id).toBe(id);
    expect((await memories.recall("kettle")).hits[0]?.memory.id).toBe(id);
  });

  it("merges what says the same, and keeps the other wording in the history", async () => {
    const first = await memories.remember("The user prefers dark mode.", { tags: ["ui"] });
    const again = await memories.remember("the user prefers  dark mode", {
      tags: ["colours"],
      importance: 0.8,
    });
    expect(again).toMatchObject({ id: first.id, status: "merged" });
    const memory = await memories.get(first.id);
    expect(memory).toMatchObject({ tags: ["ui", "colours"], importance: 0.8 });
    expect((await memories.history(first.id)).map(({ what }) => what)).toEqual([
      "remembered",
      "said again as: the user prefers  dark mode",
      expect.stringMatching(/^tags: ui → ui, colours; .*importance: 0.5 → 0.8/),
    ]);
    expect((await memories.stats()).memories).toBe(1);
    const byTag = await memories.list({ tags: { all: ["colours", "ui"] } });
    expect(byTag.memories.map(({ id }) => id)).toEqual([first.id]);
  });

  it("keeps what differs in a number, a name or the order of words, and says that it is similar", async () => {
    const texts = [
      "The proxy of the test cluster listens on port 3030 of the host alpha.",
      "The proxy of the test cluster listens on port 3031 of the host alpha.",
      "The host of the test cluster listens on port 3030 of the proxy alpha.",
    ];
    const results = [];
    for (const text of texts) results.push(await memories.remember(text));
    expect(new Set(results.map(({ id }) => id)).size).toBe(3);
    expect(results[1]?.similar[0]?.id).toBe(results[0]?.id);
    const links = (await memories.get(results[1]?.id ?? ""))?.links;
    expect(links).toContainEqual({ id: results[0]?.id, relation: "duplicate" });
  });

  it("links what is near by its vector, when that is there", async () => {
    const plain = (text: string): string =>
      text.replace("shall", "will").replace("purchase", "buy").replace("sofa", "couch");
    const knowing = Object.assign(Object.create(bench.embedder) as typeof bench.embedder, {
      embed: (texts: readonly string[]) => bench.embedder.embed(texts.map(plain)),
    });
    memories = await bench.open({ embedder: knowing });
    const first = await memories.remember("We will buy the couch");
    await memories.settled();
    const near = await memories.remember("We shall purchase the sofa");
    const far = await memories.remember("Nothing in common with those words");
    expect(near).toMatchObject({ status: "stored", similar: [] });
    await memories.settled();
    const linked = { id: first.id, relation: "duplicate" };
    expect((await memories.get(near.id))?.links).toEqual([linked]);
    expect((await memories.get(far.id))?.links).toEqual([]);
  });

  it("links or keeps duplicates when asked, and turns stand for themselves", async () => {
    const first = await memories.remember("Milk is in the fridge.");
    const linked = await memories.remember("Milk is in the fridge.", { onDuplicate: "link" });
    expect(linked.status).toBe("linked");
    expect((await memories.get(linked.id))?.links).toEqual([
      { id: first.id, relation: "duplicate" },
    ]);
    const kept = await memories.remember("Milk is in the fridge.", { onDuplicate: "keep" });
    expect(kept.status).toBe("stored");
    const turns = [
      await memories.remember("Thanks!", { kind: "turn" }),
      await memories.remember("Thanks!", { kind: "turn" }),
    ];
    expect(turns[0]?.id).not.toBe(turns[1]?.id);
    const other = await memories.remember("Milk is in the fridge.", { namespace: "other" });
    expect(other.status).toBe("stored");
  });

  it("takes the place of another memory, which stays to be read", async () => {
    const old = await memories.remember("The lead is Ada.");
    const now = await memories.remember("The lead is Grace.", { replaces: old.id });
    expect(now.status).toBe("superseded");
    const { memories: list } = await memories.list();
    expect(list.map(({ id }) => id)).toEqual([now.id]);
    expect((await memories.get(old.id))?.text).toBe("The lead is Ada.");
    expect((await memories.history(old.id)).at(-1)?.what).toBe("superseded");
    expect(await codeOf(memories.remember("x y", { replaces: "nobody" }))).toBe(
      "HAYPILE_MEMORY_MISSING",
    );
  });

  it("refuses what it cannot keep, with a code, and stores nothing of it", async () => {
    const bad: [string, object][] = [
      ["", {}],
      [" \n\t", {}],
      ["x".repeat(1_000_001), {}],
      ["a", { namespace: "" }],
      ["a", { tags: [""] }],
      ["a", { tags: Array.from({ length: 33 }, (_, i) => `t${i}`) }],
      ["a", { kind: "thought" }],
      ["a", { importance: 2 }],
      ["a", { expires: "soon" }],
      ["a", { anchors: [{ path: "relative.ts" }] }],
    ];
    for (const [text, options] of bad) {
      expect(await codeOf(memories.remember(text, options)), JSON.stringify(options)).toBe(
        "HAYPILE_USAGE",
      );
    }
    expect((await memories.stats()).memories).toBe(0);
  });

  it("keeps odd texts as they are", async () => {
    const texts = [
      "🎉",
      "ﬁne “quotes”",
      "a\u0000b",
      "日本語のメモ",
      "!!!",
      "x".repeat(5_000),
      "end \r\n",
    ];
    for (const text of texts) {
      const { id } = await memories.remember(text, { onDuplicate: "keep" });
      expect((await memories.get(id))?.text).toBe(text);
    }
    expect((await memories.recall("日本語")).hits[0]?.memory.text).toBe("日本語のメモ");
  });
});

describe("rememberMany", () => {
  it("keeps the order, merges duplicates inside the batch and splits long texts", async () => {
    const long = Array.from({ length: 2_000 }, (_, i) => `Sentence ${i} speaks of topic${i}.`).join(
      " ",
    );
    expect(long.length).toBeGreaterThan(60_000);
    const results = await memories.rememberMany([
      { text: "alpha fact" },
      { text: long },
      { text: "alpha fact." },
      { text: "beta fact" },
    ]);
    expect(results.map(({ status }) => status)).toEqual(["stored", "stored", "merged", "stored"]);
    expect(results[2]?.id).toBe(results[0]?.id);
    await memories.settled();
    const { hits } = await memories.recall("sentence 1777 speaks of topic1777");
    expect(hits[0]?.memory.text === long).toBe(true);
    expect(hits[0]?.part.isWhole).toBe(false);
    expect(hits[0]?.part.text).toContain("topic1777");
    expect(hits[0]?.part.text.length).toBeLessThan(2_000);
  });

  it("stores ten thousand, each of them with a vector soon after", async () => {
    const items = Array.from({ length: 10_000 }, (_, i) => ({ text: `note ${i} of the batch` }));
    const results = await memories.rememberMany(items);
    expect(new Set(results.map(({ id }) => id)).size).toBe(10_000);
    await memories.settled();
    const stats = await memories.stats();
    expect(stats).toMatchObject({ memories: 10_000, withoutVector: 0 });
  }, 120_000);

  it("stores none when one is refused, and says which; an empty list is fine", async () => {
    const error = await memories
      .rememberMany([{ text: "good" }, { text: "" }])
      .catch((caught: unknown) => caught);
    expect(error).toMatchObject({ code: "HAYPILE_USAGE", data: { failedAt: 1, stored: [] } });
    expect((await memories.stats()).memories).toBe(0);
    expect(await memories.rememberMany([])).toEqual([]);
  });

  it("says what was stored when a later one fails", async () => {
    const error = await memories
      .rememberMany([{ text: "one" }, { text: "two", replaces: "nobody" }, { text: "three" }])
      .catch((caught: unknown) => caught as { code: string; data: { stored: { id: string }[] } });
    expect(error).toMatchObject({ code: "HAYPILE_MEMORY_MISSING", data: { failedAt: 1 } });
    const { stored } = (error as { data: { stored: { id: string }[] } }).data;
    const { memories: list } = await memories.list();
    expect(list.map(({ id }) => id)).toEqual(stored.map(({ id }) => id));
  });
});
