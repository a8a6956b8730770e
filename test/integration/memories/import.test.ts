/** What was exported is the same after an import, and what cannot be taken is named. */
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { OpenMemories } from "../../../src/engine/memories/memories.ts";
import { codeOf, type MemoryBench, memoryBench } from "../../helpers/open-memories.ts";
import { seededRandom } from "../../helpers/random.ts";

let from: MemoryBench;
let to: MemoryBench;
let source: OpenMemories;
let target: OpenMemories;

beforeEach(async () => {
  from = memoryBench();
  to = memoryBench();
  source = await from.open();
  target = await to.open();
});

afterEach(async () => {
  await from.end();
  await to.end();
});

async function exported(memories: OpenMemories): Promise<string[]> {
  const lines: string[] = [];
  for await (const line of memories.export()) lines.push(line);
  return lines;
}

const far = "2099-01-01T00:00:00.000Z";
const kinds = ["note", "fact", "decision", "preference", "event", "turn"] as const;

/** Does things to memories at random, as a person and agents would over months. */
async function live(memories: OpenMemories, seed: number): Promise<string[]> {
  const random = seededRandom(seed);
  const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)] as T;
  const ids: string[] = [];
  const ended = new Set<string>();
  for (let step = 0; step < 80; step++) {
    const open = ids.filter((id) => !ended.has(id));
    const id = open.length === 0 ? undefined : pick(open);
    const what = random();
    if (id === undefined || what < 0.5) {
      const text = pick([
        `Fact ${step} of ${seed}`,
        "Said again and again",
        `日本 ${step}\n"x" \u0000 🎉`,
      ]);
      const result = await memories.remember(text, {
        kind: pick(kinds),
        namespace: pick(["default", "work", "a b/c"]),
        tags: pick([[], ["Deploy"], ["a,b", "ü"]]),
        importance: Math.round(random() * 100) / 100,
        pinned: random() < 0.2,
        source: pick(["user", "agent", "document"]),
        ...(random() < 0.2 && { expires: pick([far, "2001-01-01T00:00:00.000Z"]) }),
        ...(random() < 0.2 && { validFrom: pick([far, "2001-01-01T00:00:00.000Z"]) }),
        ...(random() < 0.3 && { anchors: [{ path: "/src/a.ts", symbol: "f" }, { path: "/b.ts" }] }),
        onDuplicate: pick(["merge", "link", "keep"]),
      });
      if (!ids.includes(result.id)) ids.push(result.id);
    } else if (what < 0.65) {
      await memories.update(id, { text: `Changed in step ${step}`, importance: random() });
    } else if (what < 0.75) {
      await memories.update(id, { tags: [`t${step}`], kind: pick(kinds), pinned: true });
    } else if (what < 0.85) {
      ended.add(id);
      ids.push((await memories.remember(`In place of ${step}`, { replaces: id })).id);
    } else if (what < 0.95) await memories.link(id, pick(ids), pick(["next", "because"]));
    else await memories.update(id, { namespace: "moved" });
  }
  // Near ones are linked when their vectors are there.
  await memories.settled();
  return ids;
}

describe("export and import", () => {
  it.each([1, 2, 3])(
    "give the same rows: ids, times, history, links, anchors, pins, ends (%i)",
    async (seed) => {
      const ids = await live(source, seed);
      const lines = await exported(source);
      expect(lines.length).toBeGreaterThan(20);
      expect(new Set(lines.map((line) => (JSON.parse(line) as { id: string }).id)).size).toBe(
        lines.length,
      );
      const result = await target.import(lines);
      expect(result).toEqual({ stored: lines.length, merged: 0, refused: [], refusedCount: 0 });
      expect(await exported(target)).toEqual(lines);
      for (const id of ids) {
        const [before, after] = [await source.get(id), await target.get(id)];
        expect(after && { ...after, uses: 0 }).toEqual(before && { ...before, uses: 0 });
        expect(await target.history(id)).toEqual(await source.history(id));
      }
      const asOf = new Date(Date.now() - 1).toISOString();
      for (const filter of [
        {},
        { kind: "fact" as const },
        { tags: { any: ["deploy"] } },
        { asOf },
      ]) {
        const [before, after] = [await source.list(filter), await target.list(filter)];
        expect(after.memories.map(({ id }) => id)).toEqual(before.memories.map(({ id }) => id));
      }
      const again = await target.import(lines);
      expect(again).toMatchObject({ stored: 0, merged: lines.length });
      expect(await exported(target)).toEqual(lines);
    },
    120_000,
  );

  it("leave out what was forgotten, and keep what expired or was replaced", async () => {
    const gone = await source.remember("To be forgotten");
    await source.remember("Over", { expires: "2001-01-01" });
    const old = await source.remember("The lead is Ada");
    await source.remember("The lead is Grace", { replaces: old.id });
    await source.forget(gone.id);
    const lines = await exported(source);
    expect(lines.map((line) => (JSON.parse(line) as { text: string }).text)).toEqual([
      "Over",
      "The lead is Ada",
      "The lead is Grace",
    ]);
    await target.import(lines);
    expect((await target.list()).memories.map(({ text }) => text)).toEqual(["The lead is Grace"]);
    expect(await codeOf(target.remember("x", { replaces: old.id }))).toBe("HAYPILE_USAGE");
  });

  it("meet memories that are there: the same is merged, another with the id keeps it", async () => {
    const here = await target.remember("Milk is in the fridge", { tags: ["home"] });
    const { id } = await source.remember("Milk is in the fridge", { tags: ["food"] });
    const lines = await exported(source);
    expect(await target.import(lines)).toMatchObject({ stored: 0, merged: 1 });
    expect((await target.get(here.id))?.tags).toEqual(["home", "food"]);
    expect(await target.get(id)).toBeUndefined();
    const other = JSON.stringify({ ...JSON.parse(lines[0] as string), id: here.id, text: "Other" });
    expect(await target.import([other])).toMatchObject({ stored: 1 });
    expect((await target.get(here.id))?.text).toBe("Milk is in the fridge");
    expect((await target.list()).total).toBe(2);
  });

  it("take the lines of earlier versions", async () => {
    const line = JSON.stringify({
      format: "haypile-memory/1",
      id: "0123456789abcdef",
      text: "old line",
      namespace: "n",
      kind: "fact",
      tags: ["t"],
      source: "agent",
      importance: 0.7,
      pinned: true,
      createdAt: "2026-01-01T00:00:00.000Z",
      validFrom: "2026-01-01T00:00:00.000Z",
      anchors: [{ path: "/a.ts", symbol: "f" }],
      links: [],
    });
    expect(await target.import([line])).toMatchObject({ stored: 1, refusedCount: 0 });
    expect(await target.get("0123456789abcdef")).toMatchObject({
      text: "old line",
      namespace: "n",
      createdAt: "2026-01-01T00:00:00.000Z",
      pinned: true,
      anchors: [{ path: "/a.ts", symbol: "f" }],
    });
  });
});

describe("import", () => {
  const token = ["gh", "p_", "aB3dE5gH7jK9mN1pQ2sT4vW6xY8zaB3dE5gH"].join("");

  it("leaves out what holds a secret and what is wrong, each with its line", async () => {
    const lines = [
      JSON.stringify({ text: "fine" }),
      JSON.stringify({ text: `the token is ${token}` }),
      JSON.stringify({ text: "tagged", tags: [token] }),
      JSON.stringify({ format: "haypile-memory/1", text: "x", notes: [{ at: far, what: token }] }),
      JSON.stringify({ format: "haypile-memory/1", text: "x", kind: "thought" }),
      JSON.stringify({ format: "haypile-memory/1", text: "x", createdAt: "2026-02-30" }),
      JSON.stringify({ format: "haypile-memory/1", text: "x", history: [{ text: "y" }] }),
      // Only the anchor is left out.
      JSON.stringify({ format: "haypile-memory/1", text: "x", anchors: [{ path: token }] }),
    ];
    const result = await target.import(lines);
    expect(result).toMatchObject({ stored: 2, merged: 0, refusedCount: 7 });
    expect(result.refused.map(({ line }) => line)).toEqual([2, 3, 4, 5, 6, 7, 8]);
    expect(JSON.stringify(result)).not.toContain(token);
    const kept = await target.import(lines.slice(1, 3), { allowSecrets: true });
    expect(kept).toMatchObject({ stored: 2, refusedCount: 0 });
  });

  it("takes a text by and by, whatever its pieces are", async () => {
    const text = JSON.stringify({ memories: [{ content: "one" }, { content: "two" }] }, null, 2);
    const importing = await target.openImport({ asText: true, namespace: "n" });
    for (let at = 0; at < text.length; at += 5) await importing.push([text.slice(at, at + 5)]);
    expect(await importing.end()).toMatchObject({ stored: 2, refusedCount: 0 });
    expect((await target.list({ namespace: "n" })).total).toBe(2);
  });

  it("counts more than it lists", async () => {
    const result = await target.import(Array.from({ length: 1_500 }, () => "{"));
    expect(result.refusedCount).toBe(1_500);
    expect(result.refused).toHaveLength(1_000);
  });
});
