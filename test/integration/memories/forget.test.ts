/** Forgetting: shown before, confirmed, reversible for a while, then gone from every byte of the files. */
import { existsSync, readFileSync } from "node:fs";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { OpenMemories } from "../../../src/engine/memories/memories.ts";
import { codeOf, type MemoryBench, memoryBench } from "../../helpers/open-memories.ts";
import { openRaw } from "../../helpers/sqlite-files.ts";

let bench: MemoryBench;
let memories: OpenMemories;

beforeEach(async () => {
  bench = memoryBench();
  memories = await bench.open();
});

afterEach(async () => await bench.end());

/** Every byte that the database has on disk. */
function bytesOf(path: string): string {
  return ["", "-wal"]
    .filter((ending) => existsSync(`${path}${ending}`))
    .map((ending) => readFileSync(`${path}${ending}`, "latin1"))
    .join("");
}

describe("forget", () => {
  it("hides at once, comes back, and is refused for what is not there", async () => {
    const { id } = await memories.remember("remember the milk");
    const result = await memories.forget(id);
    expect(result.deleted).toBe(1);
    expect(Date.parse(result.recoverableUntil ?? "")).toBeGreaterThan(Date.now());
    expect(await memories.get(id)).toBeUndefined();
    expect((await memories.recall("milk")).hits).toEqual([]);
    expect(await codeOf(memories.forget(id))).toBe("HAYPILE_MEMORY_MISSING");
    expect((await memories.undelete(id)).text).toBe("remember the milk");
    expect((await memories.recall("milk")).hits.length).toBe(1);
    expect(await codeOf(memories.forget("unknown"))).toBe("HAYPILE_MEMORY_MISSING");
  });

  it("erases every byte: text, words, vector, tags, history, log", async () => {
    await memories.rememberMany(
      Array.from({ length: 300 }, (_, i) => ({ text: `ordinary note ${i} about apples` })),
    );
    const { id } = await memories.remember("the quixotical passphrase is zyzzyvazebra", {
      tags: ["tagzyx"],
    });
    await memories.update(id, { text: "the quixotical passphrase was changed to vuvuzelaquark" });
    await memories.settled();
    const before = bytesOf(bench.path);
    for (const word of ["zyzzyvazebra", "vuvuzelaquark"]) expect(before).toContain(word);
    const db = openRaw(bench.path, { readonly: true });
    const vectors = db
      .prepare(
        `SELECT data FROM vectors WHERE part_id IN
         (SELECT parts.id FROM parts JOIN memories ON memories.id = row_id WHERE key = ?)`,
      )
      .pluck()
      .all(id) as Buffer[];
    db.close();
    expect(vectors.length).toBe(2);
    expect(before).toContain(vectors[0]?.toString("latin1"));
    await memories.forget(id, { hard: true });
    const after = bytesOf(bench.path);
    for (const trace of ["zyzzyvazebra", "vuvuzelaquark", "vuvuzela", "zyzzyva", "uixotic"]) {
      expect(after, trace).not.toContain(trace);
    }
    for (const vector of vectors) expect(after).not.toContain(vector.toString("latin1"));
    expect((await memories.recall("apples")).hits.length).toBe(8);
    expect((await memories.removed())[0]).toMatchObject({ id, why: "forgotten" });
  });

  it("erases after the grace period, by collect()", async () => {
    const brief = await bench.open({ graceMs: 20 });
    const { id } = await brief.remember("secret wordxyzzy");
    await brief.forget(id);
    await new Promise((done) => setTimeout(done, 40));
    expect((await brief.collect()).erased).toBe(1);
    expect(bytesOf(bench.path)).not.toContain("wordxyzzy");
    expect(await codeOf(brief.undelete(id))).toBe("HAYPILE_MEMORY_MISSING");
  });
});

describe("forgetWhere", () => {
  it("shows first, and goes through with the token of these memories only", async () => {
    await memories.rememberMany(
      Array.from({ length: 30 }, (_, i) => ({
        text: `cookie ${i}`,
        tags: [i < 20 ? "old" : "new"],
      })),
    );
    const filter = { tags: { any: ["old"] } };
    const preview = await memories.forgetWhere(filter);
    expect(preview).toMatchObject({ matched: 20 });
    expect(preview.sample.length).toBe(10);
    expect((await memories.stats()).memories).toBe(30);
    const { confirm } = preview;
    for (const wrong of ["", "nonsense", `${confirm}0`, confirm.replace(/^./, "1")]) {
      expect(await codeOf(memories.forgetWhere(filter, { confirm: wrong }))).toBe(
        "HAYPILE_CONFIRM",
      );
    }
    const others = memories.forgetWhere({ tags: { any: ["new"] } }, { confirm });
    expect(await codeOf(others)).toBe("HAYPILE_CONFIRM");
    // Another process may go through with it.
    const other = await bench.open();
    expect((await other.forgetWhere(filter, { confirm })).deleted).toBe(20);
    expect((await memories.stats()).memories).toBe(10);
    expect(await codeOf(memories.forgetWhere(filter, { confirm }))).toBe("HAYPILE_CONFIRM");
  });

  it("refuses the token when one more memory came", async () => {
    await memories.remember("biscuit one", { tags: ["b"] });
    const { confirm } = await memories.forgetWhere({ tags: { any: ["b"] } });
    await memories.remember("biscuit two", { tags: ["b"] });
    const late = memories.forgetWhere({ tags: { any: ["b"] } }, { confirm });
    expect(await codeOf(late)).toBe("HAYPILE_CONFIRM");
  });
});

describe("collection and quotas", () => {
  it("removes what expired and what was superseded, never what is pinned, and says why", async () => {
    const keen = await bench.open({ keepEndedMs: 0 });
    const expires = new Date(Date.now() + 5).toISOString();
    const gone = await keen.remember("expired one", { expires });
    const pinned = await keen.remember("expired but pinned", { expires, pinned: true });
    const old = await keen.remember("old truth");
    const now = await keen.remember("new truth", { replaces: old.id });
    await new Promise((done) => setTimeout(done, 30));
    const { removed } = await keen.collect();
    expect(removed.map(({ id, why }) => [id, why])).toEqual([
      [gone.id, "expired"],
      [old.id, "superseded"],
    ]);
    expect((await keen.get(pinned.id))?.id).toBe(pinned.id);
    expect((await keen.get(now.id))?.id).toBe(now.id);
    expect(await keen.get(old.id)).toBeUndefined();
    expect((await keen.removed()).map(({ why }) => why)).toEqual(["superseded", "expired"]);
    expect((await keen.undelete(old.id)).text).toBe("old truth");
  });

  it("keeps a namespace to its quota: the least important, least used, oldest go first", async () => {
    const small = await bench.open({ quotas: { tiny: { memories: 3 } } });
    const namespace = "tiny";
    const low = await small.remember("low one", { namespace, importance: 0.1 });
    const kept = await small.remember("kept two", { namespace, pinned: true, importance: 0 });
    const high = await small.remember("high three", { namespace, importance: 0.9 });
    const last = await small.remember("last four", { namespace });
    const { memories: list } = await small.list({ namespace });
    expect(list.map(({ id }) => id).sort()).toEqual([kept.id, high.id, last.id].sort());
    expect((await small.removed())[0]).toMatchObject({ id: low.id, why: "quota" });
    for (const { id } of list) await small.update(id, { pinned: true });
    expect(await codeOf(small.remember("five", { namespace }))).toBe("HAYPILE_QUOTA");
    expect((await small.remember("five", { namespace: "roomy" })).status).toBe("stored");
  });
});
