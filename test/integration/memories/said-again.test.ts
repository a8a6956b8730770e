/**
 * A memory that is said again takes over what is said now, and one that replaces another inherits what is not said
 * (reports: a merge dropped expiry, kind and source; a correction moved a memory of all projects into one and
 * stripped its tags, kind and pin).
 */
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { OpenMemories } from "../../../src/engine/memories/memories.ts";
import type { RememberOptions } from "../../../src/ports/memories.ts";
import { codeOf, type MemoryBench, memoryBench } from "../../helpers/open-memories.ts";

let bench: MemoryBench;
let memories: OpenMemories;
const far = "2099-01-01T00:00:00.000Z";

beforeEach(async () => {
  bench = memoryBench();
  memories = await bench.open();
});

afterEach(async () => await bench.end());

async function twice(first: RememberOptions, second: RememberOptions) {
  const text = "Use the blue profile for staging";
  const { id } = await memories.remember(text, first);
  const again = await memories.remember(text, second);
  expect(again).toMatchObject({ id, status: "merged", namespace: "default" });
  const memory = await memories.get(id);
  const notes = (await memories.history(id)).map(({ what }) => what);
  return { id, memory, notes };
}

describe("a memory that is said again", () => {
  it("has the end that is said now, and none when none is said", async () => {
    const lasting = await twice({ expires: far }, {});
    expect(lasting.memory?.expires).toBeUndefined();
    expect(lasting.notes).toContain(`expires: ${far} → none`);
    const ending = await twice({}, { expires: far });
    expect(ending.memory?.expires).toBe(far);
    expect(ending.notes.at(-1)).toContain(`expires: none → ${far}`);
  });

  it("holds now when it was to hold later, and later when that is said", async () => {
    const now = await twice({ validFrom: far }, {});
    expect(Date.parse(now.memory?.validFrom ?? "")).toBeLessThanOrEqual(Date.now());
    expect((await memories.recall("blue profile")).hits).toHaveLength(1);
    const later = await twice({}, { validFrom: far });
    expect(later.memory?.validFrom).toBe(far);
  });

  it("is of the kind and weight that are said, and keeps them where none are", async () => {
    const said = await twice({ kind: "note" }, { kind: "decision", importance: 0.1, pinned: true });
    expect(said.memory).toMatchObject({ kind: "decision", importance: 0.1, pinned: true });
    expect(said.notes.at(-1)).toMatch(/kind: note → decision/);
    const unsaid = await twice({}, {});
    expect(unsaid.memory).toMatchObject({ kind: "decision", importance: 0.1, pinned: true });
    const found = await memories.recall("profile", { kind: "decision" });
    expect(found.hits.map(({ memory }) => memory.id)).toEqual([said.id]);
  });

  it("is the user's once the user has said it, whoever says it later", async () => {
    expect((await twice({ source: "agent" }, {})).memory?.source).toBe("user");
    expect((await twice({}, { source: "agent" })).memory?.source).toBe("user");
    const text = "from a document";
    const { id } = await memories.remember(text, { source: "document" });
    await memories.remember(text, { source: "agent" });
    expect((await memories.get(id))?.source).toBe("agent");
  });

  it("gains tags and anchors, the same tag once", async () => {
    const anchors = [{ path: "/a.ts" }, { path: "/b.ts", symbol: "f" }];
    const { memory } = await twice(
      { tags: ["Deploy"], anchors: anchors.slice(0, 1) },
      { tags: ["deploy ", "ops"], anchors: anchors.slice(1) },
    );
    expect(memory).toMatchObject({ tags: ["Deploy", "ops"], anchors });
  });

  it("is kept beside one that only looks like it, which is named as similar", async () => {
    const first = await memories.remember("Retry the upload when !connected");
    const second = await memories.remember("Retry the upload when connected");
    expect(second).toMatchObject({ status: "stored", similar: [{ id: first.id, score: 1 }] });
    const { memories: list } = await memories.list();
    expect(list.map(({ text }) => text).sort()).toEqual([
      "Retry the upload when !connected",
      "Retry the upload when connected",
    ]);
  });
});

describe("a memory that replaces another", () => {
  const rich: RememberOptions = {
    namespace: "work",
    tags: ["infra"],
    kind: "fact",
    importance: 0.9,
    pinned: true,
    anchors: [{ path: "/a.ts", symbol: "f" }],
  };

  it("inherits what is not said", async () => {
    const old = await memories.remember("The runner is on box seven", rich);
    const now = await memories.remember("The runner is on box nine", { replaces: old.id });
    expect(now).toMatchObject({ status: "superseded", namespace: "work" });
    expect(await memories.get(now.id)).toMatchObject({ ...rich, source: "user" });
    expect((await memories.list({ tags: { all: ["infra"] } })).total).toBe(1);
  });

  it("has what is said", async () => {
    const old = await memories.remember("The runner is on box seven", rich);
    const said: RememberOptions = {
      namespace: "home",
      tags: [],
      kind: "note",
      importance: 0.2,
      pinned: false,
      anchors: [],
    };
    const now = await memories.remember("Box nine", { ...said, replaces: old.id });
    expect(await memories.get(now.id)).toMatchObject(said);
  });

  it("cannot replace what was replaced: the newest is named", async () => {
    const first = await memories.remember("Box one");
    const second = await memories.remember("Box two", { replaces: first.id });
    const third = await memories.remember("Box three", { replaces: second.id });
    const again = memories.remember("Box four", { replaces: first.id });
    const error = await again.catch((caught: unknown) => caught);
    expect(error).toMatchObject({ code: "HAYPILE_USAGE", data: { replacedBy: third.id } });
    expect(await codeOf(memories.update(second.id, { text: "Box five" }))).toBe("HAYPILE_USAGE");
    expect((await memories.list()).memories.map(({ id }) => id)).toEqual([third.id]);
    await memories.forget(third.id);
    expect(await codeOf(memories.remember("x", { replaces: third.id }))).toBe(
      "HAYPILE_MEMORY_MISSING",
    );
  });

  it("takes no room of its own in a full namespace", async () => {
    const full = await bench.open({ quotas: { small: { memories: 2 } } });
    const one = await full.remember("First of two", { namespace: "small" });
    await full.remember("Second of two", { namespace: "small" });
    await full.remember("First, corrected", { replaces: one.id });
    const { memories: list } = await full.list({ namespace: "small" });
    expect(list.map(({ text }) => text)).toEqual(["First, corrected", "Second of two"]);
  });
});

describe("what is remembered and will not be found", () => {
  it("is said", async () => {
    const past = await memories.remember("Over already", { expires: "2020-01-01" });
    expect(past.warning).toMatch(/had expired when it was remembered \(2020-01-01 00:00\)/);
    const never = await memories.remember("Never holds", { validFrom: far, expires: "2098-01-01" });
    expect(never.warning).toMatch(/never shows it/);
    const many = await memories.rememberMany([
      { text: "Fine" },
      { text: "Old", expires: "2020-01-01" },
    ]);
    expect(many.map(({ warning }) => warning === undefined)).toEqual([true, false]);
  });
});

describe("secrets", () => {
  const token = ["gh", "p_", "aB3dE5gH7jK9mN1pQ2sT4vW6xY8zaB3dE5gH"].join("");

  it("are refused in every field that a call can write, and nothing is kept of it", async () => {
    const { id } = await memories.remember("harmless");
    const calls: (() => Promise<unknown>)[] = [
      () => memories.remember(`the token is ${token}`),
      () => memories.remember("x", { tags: [token] }),
      () => memories.remember("x", { namespace: token }),
      () => memories.remember("x", { anchors: [{ path: `/${token}` }] }),
      () => memories.rememberMany([{ text: "fine" }, { text: token }]),
      () => memories.update(id, { text: token }),
      () => memories.update(id, { tags: [token] }),
      () => memories.link(id, id, token),
    ];
    for (const call of calls) expect(await codeOf(call()), String(call)).toBe("HAYPILE_SECRET");
    expect((await memories.stats()).memories).toBe(1);
  });

  it("are kept by who says so", async () => {
    const { id } = await memories.remember(`the token is ${token}`, { allowSecrets: true });
    await memories.update(id, { tags: [token], allowSecrets: true });
    expect((await memories.get(id))?.tags).toEqual([token]);
  });
});
