/* Memories of several stores as one: each call answers as if all lay in one store. The stores are files here. */
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { HaypileError } from "../../../src/base/errors.ts";
import { type OpenMemories, openMemories } from "../../../src/engine/memories/memories.ts";
import { Parts } from "../../../src/engine/memories/routes/parts.ts";
import { routedMemories } from "../../../src/engine/memories/routes/routed.ts";
import { type Memories, memoryOrders } from "../../../src/ports/memories.ts";
import { HashEmbedder } from "../../helpers/hash-embedder.ts";
import { addonFolder } from "../../helpers/model.ts";
import { codeOf } from "../../helpers/open-memories.ts";
import { makeFolder } from "../../helpers/sqlite-files.ts";

const server = "postgres://db.example/haypile";
let folder: string;
let remove: () => void;
let own: OpenMemories;
let team: OpenMemories;
let one: OpenMemories;
let routed: Memories;
let isAway = false;

const open = (name: string): Promise<OpenMemories> =>
  openMemories({ database: join(folder, name), embedder: new HashEmbedder(), addonFolder });

beforeEach(async () => {
  ({ folder, remove } = makeFolder());
  isAway = false;
  [own, team, one] = [await open("own.db"), await open("team.db"), await open("one.db")];
  const away: Memories = new Proxy(team, {
    get: (target, name) => {
      const call = Reflect.get(target, name, target);
      if (typeof call !== "function") return call;
      return (...args: unknown[]) => {
        if (isAway && name !== "close") {
          return Promise.reject(new HaypileError("HAYPILE_STORE_AWAY", "It is away. Wait."));
        }
        return call.apply(target, args);
      };
    },
  });
  const all = [
    { store: "sqlite", memories: own },
    { store: server, memories: away },
  ];
  const parts = new Parts(all, (namespace) => (namespace.startsWith("team") ? server : "sqlite"));
  routed = routedMemories(parts, async () => undefined);
});
afterEach(async () => {
  for (const memories of [own, team, one]) await memories.close();
  remove();
});

const words = ["retry", "delay", "lexer", "token", "socket", "queue", "index", "colour"];

/** The same in both; in the routed ones by turns here and there. */
async function fill(count: number): Promise<void> {
  for (let at = 0; at < count; at += 1) {
    const namespace = ["default", "team-a", "team-b", "notes"][at % 4] as string;
    const text = `${words[at % 8]} ${words[(at * 3) % 8]} number ${at} ${"x".repeat(at % 7)}`;
    const importance = ((at * 7) % 10) / 10;
    const expires = at % 3 === 0 ? `2099-01-${String(1 + (at % 28)).padStart(2, "0")}` : undefined;
    const said = { namespace, importance, expires, onDuplicate: "keep" as const };
    await routed.remember(text, said);
    await one.remember(text, said);
    // No two are of one millisecond, so that every order is one.
    await new Promise((done) => setTimeout(done, 2));
  }
}

const textsOf = (found: { memories: { text: string }[] }): string[] =>
  found.memories.map(({ text }) => text);

describe("memories of several stores", () => {
  it("keep each namespace in its store and find it there", async () => {
    await fill(12);
    expect((await own.list()).total).toBe(6);
    expect((await team.list()).total).toBe(6);
    const stats = await routed.stats();
    expect(stats.memories).toBe(12);
    expect(stats.namespaces.map(({ namespace }) => namespace).sort()).toEqual([
      "default",
      "notes",
      "team-a",
      "team-b",
    ]);
    const found = await routed.recall("socket", { namespace: "team-a" });
    expect(found.hits.every(({ memory }) => memory.namespace === "team-a")).toBe(true);
  });

  it("list in every order as one store does, from every cursor and place", async () => {
    await fill(25);
    for (const order of [undefined, ...memoryOrders]) {
      const whole = await one.list({ order });
      expect(textsOf(await routed.list({ order })), order).toEqual(textsOf(whole));
      const pages: string[] = [];
      let cursor: string | undefined;
      do {
        const page = await routed.list({ order, limit: 4, cursor });
        expect(page.total).toBe(25);
        pages.push(...textsOf(page));
        cursor = page.nextCursor;
      } while (cursor !== undefined);
      expect(pages, order).toEqual(textsOf(whole));
      const skipped = await routed.list({ order, limit: 5, skip: 11 });
      expect(textsOf(skipped), order).toEqual(textsOf(whole).slice(11, 16));
    }
    const some = { namespace: ["team-a", "default"], limit: 3 };
    expect(textsOf(await routed.list(some))).toEqual(textsOf(await one.list(some)));
    expect(await codeOf(routed.list({ cursor: "rnonsense" }))).toBe("HAYPILE_USAGE");
  });

  it("recall the best of all", async () => {
    await fill(24);
    await Promise.all([routed.settled(), one.settled()]);
    const [ours, theirs] = await Promise.all([
      routed.recall("retry delay number 8", { k: 3, minScore: 0 }),
      one.recall("retry delay number 8", { k: 3, minScore: 0 }),
    ]);
    expect(ours.hits[0]?.memory.text).toBe(theirs.hits[0]?.memory.text);
    expect(ours.searched).toBe(24);
    const scores = ours.hits.map(({ score }) => score);
    expect(scores).toEqual(scores.toSorted((a, b) => b - a));
    const few = await routed.recall("retry delay", { maxTokens: 12, minScore: 0 });
    expect(few.isPartial).toBe(true);
    const newest = await routed.recall("", { k: 4 });
    expect(newest.hits.map(({ memory }) => memory.text)).toEqual(
      (await one.recall("", { k: 4 })).hits.map(({ memory }) => memory.text),
    );
  });

  it("answer without a store that is away where nobody named it", async () => {
    await fill(8);
    isAway = true;
    const found = await routed.recall("", { k: 8 });
    expect(found.hits).toHaveLength(4);
    expect(found.isPartial).toBe(true);
    expect(await codeOf(routed.recall("retry", { namespace: "team-a" }))).toBe(
      "HAYPILE_STORE_AWAY",
    );
    expect(await codeOf(routed.remember("x", { namespace: "team-a" }))).toBe("HAYPILE_STORE_AWAY");
    expect((await routed.remember("here", { namespace: "notes" })).status).toBe("stored");
  });

  it("change a memory where it is", async () => {
    const here = await routed.remember("the lexer is slow", { namespace: "notes" });
    const there = await routed.remember("the queue is bounded", { namespace: "team-a" });
    for (const { id } of [here, there]) {
      expect((await routed.update(id, { importance: 0.9 })).importance).toBe(0.9);
      expect((await routed.history(id)).length).toBeGreaterThan(1);
      const forgotten = await routed.forget(id);
      expect(await routed.get(id)).toBeUndefined();
      expect((await routed.undelete(id)).id).toBe(id);
      await routed.forget(id);
      expect(await routed.undeleteAt(forgotten.at as string)).toEqual({ restored: 0 });
      await routed.undelete(id);
    }
    const newer = await routed.remember("the queue has a limit of 64", { replaces: there.id });
    expect(newer).toMatchObject({ status: "superseded", namespace: "team-a" });
    expect(await codeOf(routed.forget("0123456789abcdef"))).toBe("HAYPILE_MEMORY_MISSING");
  });

  it("refuse what would need one store, in words that say so", async () => {
    const here = await routed.remember("the lexer is slow", { namespace: "notes" });
    const there = await routed.remember("the queue is bounded", { namespace: "team-a" });
    const both = [here.id, there.id];
    for (const work of [
      () => routed.link(here.id, there.id, "see"),
      () => routed.merge(both),
      () => routed.dismiss(here.id, there.id),
      () => routed.update(here.id, { namespace: "team-a" }),
      () => routed.remember("other", { namespace: "team-a", replaces: here.id }),
    ]) {
      await expect(work()).rejects.toMatchObject({
        code: "HAYPILE_USAGE",
        message: expect.stringContaining("across stores"),
      });
    }
    expect(await codeOf(routed.link(here.id, "0123456789abcdef", "see"))).toBe(
      "HAYPILE_MEMORY_MISSING",
    );
  });

  it("forget by filter, in all of them, and bring it back", async () => {
    await fill(8);
    const filter = { text: "number" };
    const preview = await routed.forgetWhere(filter);
    expect(preview.matched).toBe(8);
    const gone = await routed.forgetWhere(filter, { confirm: preview.confirm });
    expect(gone.deleted).toBe(8);
    expect((await routed.list()).total).toBe(0);
    expect((await routed.removed()).length).toBe(8);
    expect(await routed.undeleteAt(gone.at as string)).toEqual({ restored: 8 });
    expect(await codeOf(routed.forgetWhere(filter, { confirm: "wrong" }))).toBe("HAYPILE_CONFIRM");
  });

  it("remember many in order, and say how far it came", async () => {
    const items = ["notes", "notes", "team-a", "notes"].map((namespace, at) => ({
      text: `item ${at}`,
      namespace,
    }));
    const results = await routed.rememberMany(items);
    expect(results.map(({ namespace }) => namespace)).toEqual(items.map((item) => item.namespace));
    isAway = true;
    const more = items.map((item) => ({ ...item, text: `${item.text} again` }));
    await expect(routed.rememberMany(more)).rejects.toMatchObject({
      code: "HAYPILE_STORE_AWAY",
      data: { stored: [{ status: "stored" }, { status: "stored" }], failedAt: 2 },
    });
  });

  it("export all and import each line where it belongs", async () => {
    await fill(8);
    const lines: string[] = [];
    for await (const line of routed.export()) lines.push(line);
    expect(lines).toHaveLength(8);
    const preview = await routed.forgetWhere({});
    await routed.forgetWhere({}, { confirm: preview.confirm, hard: true });
    const text = `${["not json", ...lines].join("\n")}\n`;
    const importing = await routed.openImport({ format: "haypile", asText: true });
    for (let at = 0; at < text.length; at += 97) await importing.push([text.slice(at, at + 97)]);
    const result = await importing.end();
    expect(result).toMatchObject({ stored: 8, refusedCount: 1 });
    expect((await own.list()).total).toBe(4);
    expect((await team.list()).total).toBe(4);
    expect(result.refused[0]?.line).toBe(1);
    const again = await routed.import(lines, { format: "haypile" });
    expect(again).toMatchObject({ stored: 0, merged: 8 });
  });

  it("do not show what a namespace left behind in a store that is not its own", async () => {
    await own.remember("left behind", { namespace: "team-a" });
    await routed.remember("in its store", { namespace: "team-a" });
    expect(textsOf(await routed.list())).toEqual(["in its store"]);
    const { hits } = await routed.recall("", { k: 5 });
    expect(hits.map(({ memory }) => memory.text)).toEqual(["in its store"]);
    expect(await routed.stats()).toMatchObject({
      memories: 1,
      stores: [{ store: server, isUp: true }],
    });
    isAway = true;
    expect(await routed.stats()).toMatchObject({ stores: [{ store: server, isUp: false }] });
  });

  it("neither export nor forget by filter what a namespace left behind", async () => {
    await own.remember("left behind", { namespace: "team-a" });
    await fill(8);
    const lines: string[] = [];
    for await (const line of routed.export()) lines.push(line);
    expect(lines).toHaveLength(8);
    expect(lines.join("")).not.toContain("left behind");
    const { matched, confirm } = await routed.forgetWhere({});
    expect(matched).toBe(8);
    expect(await routed.forgetWhere({}, { confirm })).toMatchObject({ deleted: 8 });
    // Where nothing of its own is left, a store is not asked, and its token is no good any more.
    expect(await codeOf(routed.forgetWhere({}, { confirm }))).toBe("HAYPILE_CONFIRM");
    const none = await routed.forgetWhere({});
    expect(none.matched).toBe(0);
    expect(await routed.forgetWhere({}, { confirm: none.confirm })).toMatchObject({ deleted: 0 });
    expect((await own.list()).total).toBe(1);
  });
});

describe("memories of one store by two logins", () => {
  const [mine, crew] = ["postgres://me@db/haypile", "postgres://crew@db/haypile"];

  it("are each there once, and changed by the login of their namespace", async () => {
    const writing = new Set(["update", "forget", "link", "verify", "undelete"]);
    // Where what was forgotten lay.
    const lain = new Map<string, string>();
    const refusing = (refuses: (namespace: string) => boolean): Memories =>
      new Proxy(team, {
        get: (target, name) => {
          const call = Reflect.get(target, name, target);
          if (typeof call !== "function") return call;
          if (!writing.has(String(name))) return call.bind(target);
          return async (...args: unknown[]) => {
            const [id] = args;
            const held = typeof id === "string" ? await target.get(id) : undefined;
            if (held !== undefined) lain.set(held.id, held.namespace);
            const namespace = lain.get(String(id));
            if (namespace !== undefined && refuses(namespace)) {
              throw new HaypileError("HAYPILE_STORE_RIGHTS", "No right. Ask for one.");
            }
            return call.apply(target, args);
          };
        },
      });
    const isCrew = (namespace: string): boolean => namespace.startsWith("team");
    const both = [
      { store: mine, memories: refusing(isCrew), sharedAs: mine },
      { store: crew, memories: refusing((namespace) => !isCrew(namespace)), sharedAs: mine },
    ];
    const parts = new Parts(both, (namespace) => (isCrew(namespace) ? crew : mine));
    const shared = routedMemories(parts, async () => undefined);
    const ids: string[] = [];
    for (const namespace of ["default", "team-a", "notes", "team-b"]) {
      ids.push((await shared.remember(`the heron of ${namespace}`, { namespace })).id);
    }
    expect((await shared.list()).total).toBe(4);
    const stats = await shared.stats();
    expect(stats).toMatchObject({ memories: 4, bytesOnDisk: (await team.stats()).bytesOnDisk });
    expect((await shared.recall("", { k: 8 })).hits).toHaveLength(4);
    const lines: string[] = [];
    for await (const line of shared.export()) lines.push(line);
    expect(lines).toHaveLength(4);
    // Anew, without what was remembered of ids.
    const later = routedMemories(new Parts(both, (one) => (isCrew(one) ? crew : mine)), () =>
      Promise.resolve(),
    );
    for (const id of ids) expect((await later.update(id, { importance: 0.9 })).id).toBe(id);
    // It stays where it is, so it may go to a namespace of the other login.
    const moved = await later.update(ids[0] as string, { namespace: "team-a" });
    expect(moved.namespace).toBe("team-a");
    // What nobody sees is brought back by the login that may.
    for (const id of ids) await later.forget(id);
    const last = routedMemories(new Parts(both, (one) => (isCrew(one) ? crew : mine)), () =>
      Promise.resolve(),
    );
    for (const id of ids) expect((await last.undelete(id)).id).toBe(id);
    const { matched, confirm } = await later.forgetWhere({});
    expect(matched).toBe(4);
    expect(await later.forgetWhere({}, { confirm })).toMatchObject({ deleted: 4 });
    expect((await team.list()).total).toBe(0);
  });

  it("asks no server for a memory of this machine, two logins or not", async () => {
    const asked: string[] = [];
    const noting = new Proxy(team, {
      get: (target, name) => {
        const call = Reflect.get(target, name, target);
        if (typeof call !== "function") return call;
        return (...args: unknown[]) => {
          asked.push(String(name));
          return call.apply(target, args);
        };
      },
    });
    const mine = "postgres://me@db.example/haypile";
    const crew = "postgres://crew@db.example/haypile";
    const parts = new Parts(
      [
        { store: "sqlite", memories: own },
        { store: mine, memories: noting, sharedAs: mine },
        { store: crew, memories: noting, sharedAs: mine },
      ],
      (namespace) => (namespace.startsWith("team") ? crew : namespace === "away" ? mine : "sqlite"),
    );
    const { id } = await own.remember("the heron of this machine");
    const shared = routedMemories(parts, async () => undefined);
    expect((await shared.update(id, { importance: 0.9 })).id).toBe(id);
    expect(asked).toEqual([]);
  });
});
