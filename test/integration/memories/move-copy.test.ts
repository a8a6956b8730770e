/* Memories copied from one store to another, with all that was ever said of them, while others write. Both are files here. */
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type OpenMemories, openMemories } from "../../../src/engine/memories/memories.ts";
import { MemoryCopy } from "../../../src/engine/memories/move/copy.ts";
import { digestOf, wholeMemories } from "../../../src/memories/writing/put-whole.ts";
import { restoreMemory } from "../../../src/memories/writing/restore.ts";
import type { MemoryRow } from "../../../src/ports/memory-rows.ts";
import {
  type OpenedMemoryStore,
  openMemoryStore,
} from "../../../src/storage/sqlite/memories/store.ts";
import { HashEmbedder } from "../../helpers/hash-embedder.ts";
import { addonFolder } from "../../helpers/model.ts";
import { makeFolder } from "../../helpers/sqlite-files.ts";

let folder: string;
let remove: () => void;
const opened: OpenMemories[] = [];
const stores: OpenedMemoryStore[] = [];

beforeEach(() => {
  ({ folder, remove } = makeFolder());
});
afterEach(async () => {
  for (const memories of opened.splice(0)) await memories.close();
  for (const store of stores.splice(0)) store.close();
  remove();
});

async function memoriesOf(name: string, isWithModel = true): Promise<OpenMemories> {
  const embedder = isWithModel ? new HashEmbedder() : undefined;
  const memories = await openMemories({ database: join(folder, name), embedder, addonFolder });
  opened.push(memories);
  return memories;
}

function storeAt(name: string): OpenedMemoryStore {
  const store = openMemoryStore({ path: join(folder, name) });
  stores.push(store);
  return store;
}

/** Every kind of thing that a memory can have. */
async function fill(memories: OpenMemories): Promise<string[]> {
  const ids: string[] = [];
  const keep = { onDuplicate: "keep" } as const;
  for (let at = 0; at < 12; at += 1) {
    const { id } = await memories.remember(`the retry delay of part ${at} is ${at} s`, {
      ...keep,
      namespace: at % 3 === 0 ? "team" : "default",
      tags: at % 2 === 0 ? ["Retry", `t${at}`] : [],
      importance: at / 12,
      pinned: at === 5,
      expires: at === 6 ? "2099-01-01" : undefined,
      anchors: at === 7 ? [{ path: join(folder, "nothing.ts"), symbol: "Retry.delay" }] : [],
    });
    ids.push(id);
  }
  const [a = "", b = "", c = "", d = "", e = "", f = ""] = ids;
  await memories.update(a, { text: "the retry delay is 30 s now", importance: 0.9 });
  await memories.update(a, { text: "the retry delay is 40 s now" });
  ids.push((await memories.remember("it is another way now", { ...keep, replaces: b })).id);
  await memories.link(c, d, "see");
  await memories.forget(e);
  await memories.forget(f, { hard: true });
  ids.push((await memories.merge([ids[8] as string, ids[10] as string])).id);
  await memories.recall("retry delay", { minScore: 0 });
  await memories.settled();
  // What it counted is written.
  await memories.list();
  return ids.filter((id) => id !== f);
}

/** Of all, in the order of their newest texts. */
function allOf(store: OpenedMemoryStore) {
  const keys = store.transfer.newest(0, 10_000).map(({ key }) => key);
  return wholeMemories(store, keys).map((whole) => ({
    key: whole.key,
    digest: digestOf(whole),
    uses: whole.uses,
    texts: whole.rows.map(({ text }) => text),
  }));
}

async function copyOnce(from: string, to: string): Promise<MemoryCopy> {
  const copy = new MemoryCopy(storeAt(from), storeAt(to));
  await copy.pass();
  await copy.verify();
  copy.finish();
  return copy;
}

describe("a copy of memories", () => {
  it("has all that was ever said of each, in the same order", async () => {
    const memories = await memoriesOf("a.db");
    const ids = await fill(memories);
    const copy = await copyOnce("a.db", "b.db");
    const [source, target] = stores as [OpenedMemoryStore, OpenedMemoryStore];
    expect(allOf(target)).toEqual(allOf(source));
    expect(copy.counts.copied).toBe(ids.length);
    expect(copy.counts.memories).toBe(ids.length);
    expect(target.removal.removed(100)).toEqual(source.removal.removed(100));
    expect(copy.counts.vectors).toBe(source.vectors.count());
    expect(target.vectors.count()).toBe(source.vectors.count());
    const copied = await memoriesOf("b.db");
    for (const id of ids) expect(await copied.get(id)).toEqual(await memories.get(id));
    expect((await copied.list()).memories).toEqual((await memories.list()).memories);
    const [deleted = ""] = ids.filter((id) => source.rows.current(id)?.deleted !== undefined);
    expect((await copied.undelete(deleted)).id).toBe(deleted);
    const found = await copied.recall("the retry delay of part 9", { minScore: 0 });
    expect(found.hits[0]?.memory.text).toContain("part 9");
    expect(found.withoutVector).toBe(0);
  });

  it("brings vectors to a store that has some of the same model already", async () => {
    const there = await memoriesOf("b.db");
    await there.remember("somebody else was here before");
    await there.settled();
    await there.close();
    await fill(await memoriesOf("a.db"));
    const copy = await copyOnce("a.db", "b.db");
    const [source, target] = stores as [OpenedMemoryStore, OpenedMemoryStore];
    expect(copy.counts.vectors).toBe(source.vectors.count());
    expect(target.vectors.count()).toBe(source.vectors.count() + 1);
  });

  it("writes nothing the second time, and only what changed after that", async () => {
    const memories = await memoriesOf("a.db");
    const ids = await fill(memories);
    await copyOnce("a.db", "b.db");
    expect((await copyOnce("a.db", "b.db")).counts).toMatchObject({ copied: 0, removedLines: 0 });
    const [a = "", , c = "", d = ""] = ids;
    await memories.update(a, { text: "the retry delay is 50 s now" });
    await memories.update(c, { tags: ["other"], pinned: true });
    await memories.undelete(ids[4] as string);
    await memories.forget(d);
    const third = await copyOnce("a.db", "b.db");
    expect(third.counts.copied).toBe(4);
    const [source, target] = stores.slice(-2) as [OpenedMemoryStore, OpenedMemoryStore];
    const byKey = (store: OpenedMemoryStore) =>
      allOf(store).sort((x, y) => (x.key < y.key ? -1 : 1));
    expect(byKey(target)).toEqual(byKey(source));
  });

  it("takes what is written while it goes on, and leaves out nothing at its end", async () => {
    const memories = await memoriesOf("a.db");
    const ids = await fill(memories);
    const [source, target] = [storeAt("a.db"), storeAt("b.db")];
    let written = 0;
    const copy = new MemoryCopy(source, target, {
      onProgress: ({ phase }) => {
        if (phase !== "copying" || written > 0) return;
        written += 1;
        const key = ids[2] as string;
        source.write("change", () => source.relations.addNote(key, Date.now(), "in between"));
      },
    });
    await copy.pass();
    await copy.verify();
    await memories.remember("the last one");
    const waiting = await memoriesOf("a.db", false);
    let late: Promise<unknown> | undefined;
    source.transfer.handOver("hand memories over", () => {
      late = waiting.remember("too late for this store").catch((error: unknown) => error);
      copy.finish();
    });
    expect(await late).toMatchObject({ code: "HAYPILE_IO", data: { isReplaced: true } });
    expect(memories.isReplaced).toBe(true);
    expect(allOf(target).map(({ texts }) => texts.at(-1))).toContain("the last one");
    expect(target.relations.notes(ids[2] as string).at(-1)?.what).toBe("in between");
    const again = storeAt("a.db");
    const digests = (store: OpenedMemoryStore) =>
      allOf(store)
        .map(({ digest }) => digest)
        .sort();
    expect(digests(again)).toEqual(digests(target));
  });

  it("keeps what was changed there later, and erases there what was erased here", async () => {
    const memories = await memoriesOf("a.db");
    const ids = await fill(memories);
    await copyOnce("a.db", "b.db");
    const there = await memoriesOf("b.db");
    const [a = "", , c = "", d = ""] = ids;
    await memories.update(a, { importance: 0.1 });
    await new Promise((done) => setTimeout(done, 5));
    await there.update(a, { importance: 0.2 });
    await memories.forget(c, { hard: true });
    await memories.forget(d, { hard: true });
    await new Promise((done) => setTimeout(done, 5));
    await there.update(d, { text: "changed after it was erased elsewhere" });
    const { id: others } = await there.remember("of somebody else");
    const copy = await copyOnce("a.db", "b.db");
    expect(copy.counts).toMatchObject({ newerThere: 1, erased: 1 });
    expect((await there.get(a))?.importance).toBe(0.2);
    expect(await there.get(c)).toBeUndefined();
    expect((await there.get(d))?.text).toBe("changed after it was erased elsewhere");
    expect(await there.get(others)).toBeDefined();
  });

  it("does not bring back what was forgotten there, and what was brought back there it does not forget", async () => {
    const memories = await memoriesOf("a.db");
    const ids = await fill(memories);
    const [a = "", , c = "", d = "", e = ""] = ids;
    await copyOnce("a.db", "b.db");
    const there = await memoriesOf("b.db");
    await memories.forget(d);
    await new Promise((done) => setTimeout(done, 5));
    await there.forget(a);
    await there.forget(c, { hard: true });
    await there.forget(d);
    await there.undelete(d);
    await there.undelete(e);
    const copy = await copyOnce("a.db", "b.db");
    expect(copy.counts).toMatchObject({ copied: 0, newerThere: 4 });
    expect(await there.get(a)).toBeUndefined();
    expect((await there.undelete(a)).id).toBe(a);
    expect(await there.get(c)).toBeUndefined();
    expect((await there.get(d))?.text).toContain("part 3");
    expect((await there.get(e))?.text).toContain("part 4");
    const lines = new Set((await there.removed()).map(({ id }) => id));
    expect([c, d].map((id) => lines.has(id))).toEqual([true, false]);
  });

  it("goes on when somebody forgets there, in the moment before it reads again", async () => {
    const memories = await memoriesOf("a.db");
    const ids = await fill(memories);
    const [source, target] = [storeAt("a.db"), storeAt("b.db")];
    const copy = new MemoryCopy(source, target);
    await copy.pass();
    const there = await memoriesOf("b.db");
    await there.forget(ids[2] as string);
    await there.forget(ids[3] as string, { hard: true });
    await there.undelete(ids[4] as string);
    await copy.verify();
    copy.finish();
    expect(copy.counts).toMatchObject({ memories: ids.length, newerThere: 3 });
    expect(await there.get(ids[2] as string)).toBeUndefined();
    expect(await there.get(ids[3] as string)).toBeUndefined();
    expect(await there.get(ids[4] as string)).toBeDefined();
  });

  it("takes the last look at a store that others go on writing to", async () => {
    const memories = await memoriesOf("a.db");
    const ids = await fill(memories);
    const [source, target] = [storeAt("a.db"), storeAt("b.db")];
    // As a server is: nothing is locked, and others write between two questions of the copy.
    const { transfer } = source;
    let others: (() => void) | undefined;
    const shared = new Proxy(transfer, {
      get: (of, name) => {
        if (name === "handsOver") return false;
        const value = Reflect.get(of, name, of);
        if (typeof value !== "function") return value;
        return (...args: unknown[]) => {
          const answer = Reflect.apply(value, of, args);
          if (name === "newest") others?.();
          return answer;
        };
      },
    });
    const open = new Proxy(source, {
      get: (of, name) => (name === "transfer" ? shared : Reflect.get(of, name, of)),
    });
    const copy = new MemoryCopy(open, target);
    await copy.pass();
    await copy.verify();
    const made = target.rows.current(ids[2] as string) as MemoryRow;
    others = () => {
      others = undefined;
      source.write("others", () => {
        restoreMemory(source, "said-meanwhile-1", {
          rows: [made],
          notes: [],
          links: [],
          anchors: [],
        });
        source.removal.erase([ids[3] as string], Date.now(), "forgotten", () => []);
      });
    };
    copy.finish();
    expect(copy.counts.memories).toBe(ids.length);
    expect(target.rows.current("said-meanwhile-1")?.text).toBe(made.text);
    expect(target.rows.current(ids[3] as string)).toBeUndefined();
    expect(await copy.pass()).toBe(0);
    await copy.verify();
  });

  it("says what is not there as it was written, and switches nothing", async () => {
    await fill(await memoriesOf("a.db"));
    const [source, target] = [storeAt("a.db"), storeAt("b.db")];
    const copy = new MemoryCopy(source, target);
    await copy.pass();
    const [first] = target.transfer.newest(0, 1);
    target.write("damage", () => target.rows.change(first?.rowId as number, { importance: 0 }));
    await expect(copy.verify()).rejects.toMatchObject({
      code: "HAYPILE_IO",
      message: expect.stringContaining(first?.key as string),
    });
  });
});
