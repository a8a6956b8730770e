/** What a person does with what was remembered: list, change, take back, look through what is alike or may not be true any more. */
import { execFileSync, spawn } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { CodeAnchorReader } from "../../../src/engine/memories/anchor-reader.ts";
import type { OpenMemories } from "../../../src/engine/memories/memories.ts";
import { MemoryService } from "../../../src/memories/service.ts";
import { type Memory, type MemoryOrder, memoryOrders } from "../../../src/ports/memories.ts";
import { grammarsFolder } from "../../../src/syntax/grammars.ts";
import { TreeSitterParser } from "../../../src/syntax/parser.ts";
import { HashEmbedder } from "../../helpers/hash-embedder.ts";
import { MapMemories } from "../../helpers/map-memories.ts";
import { codeOf, type MemoryBench, memoryBench } from "../../helpers/open-memories.ts";
import { seededRandom } from "../../helpers/random.ts";

let bench: MemoryBench;
let memories: OpenMemories;

beforeEach(async () => {
  bench = memoryBench();
  memories = await bench.open();
});

afterEach(() => bench.end());

async function textsOf(order?: MemoryOrder, more: object = {}): Promise<string[]> {
  const { memories: found } = await memories.list({ order, ...more });
  return found.map(({ text }) => text);
}

describe("list()", () => {
  it("goes on by its cursor in every order, and begins anywhere", async () => {
    const items = Array.from({ length: 30 }, (_, at) => ({
      text: `memory ${at} ${"long ".repeat((at * 7) % 5)}`,
      expires: at % 3 === 0 ? `2099-01-${String(1 + (at % 9)).padStart(2, "0")}` : undefined,
    }));
    await memories.rememberMany(items);
    for (const order of [undefined, ...memoryOrders]) {
      const whole = await textsOf(order);
      expect(new Set(whole).size).toBe(30);
      const paged: string[] = [];
      let cursor: string | undefined;
      do {
        const page = await memories.list({ order, limit: 7, cursor });
        expect(page.total).toBe(30);
        paged.push(...page.memories.map(({ text }) => text));
        cursor = page.nextCursor;
      } while (cursor !== undefined);
      expect(paged).toEqual(whole);
      expect(await textsOf(order, { skip: 21, limit: 4 })).toEqual(whole.slice(21, 25));
      expect(await textsOf(order, { skip: 40 })).toEqual([]);
    }
    const { nextCursor } = await memories.list({ order: "largest", limit: 3 });
    for (const wrong of [{ order: "newest", cursor: nextCursor }, { cursor: nextCursor }]) {
      expect(await codeOf(memories.list(wrong as object))).toBe("HAYPILE_USAGE");
    }
    expect(await codeOf(memories.list({ order: "best" as MemoryOrder }))).toBe("HAYPILE_USAGE");
  });

  it("narrows as somebody types, whatever form the words have", async () => {
    await memories.remember("We are running the deployment on Tuesdays.", { pinned: true });
    await memories.remember("parseHTTPResponse drops the last header.", { tags: ["http"] });
    await memories.remember("Größe der Straße: 日本語のテキスト");
    const typed = "deployments running";
    for (let end = 4; end <= typed.length; end += 1) {
      expect(await textsOf("newest", { text: typed.slice(0, end) })).toHaveLength(1);
    }
    for (const text of ["http", "parsehttpresp", "response hea", "größ", "strasse", "日本"]) {
      const found = await textsOf(undefined, { text });
      expect([text, found.length]).toEqual([text, 1]);
    }
    expect(await textsOf(undefined, { text: "the", pinned: true })).toHaveLength(1);
    const preview = await memories.forgetWhere({ text: "header" });
    expect(preview.matched).toBe(1);
    const { hits } = await memories.recall("deployment", { pinned: true });
    expect(hits).toHaveLength(1);
  });
});

describe("update()", () => {
  it("refuses what another has changed meanwhile, says what is there now, and is undone by it", async () => {
    const { id } = await memories.remember("The port is 3030.", {
      tags: ["a"],
      expires: "2099-01-01",
    });
    const seen = (await memories.get(id)) as Memory;
    await memories.update(id, { text: "The port is 3031.", was: { text: seen.text } });
    const late = memories.update(id, { text: "The port is 80.", was: { text: seen.text } });
    await expect(late).rejects.toMatchObject({
      code: "HAYPILE_CONFLICT",
      data: { id, changed: ["text"], now: { text: "The port is 3031." } },
    });
    // What the other did not touch can be changed.
    const { tags, expires } = seen;
    const tagged = await memories.update(id, { tags: ["b"], was: { tags, expires } });
    expect(tagged).toMatchObject({ text: "The port is 3031.", tags: ["b"] });
    const endless = await memories.update(id, { expires: "never", was: { expires } });
    expect(endless.expires).toBeUndefined();
    const back = { text: seen.text, tags, expires };
    const undone = await memories.update(id, {
      ...back,
      was: { text: "The port is 3031.", tags: ["B"], expires: "never" },
    });
    expect(undone).toMatchObject(back);
    const history = await memories.history(id);
    expect(history.map(({ text }) => text)).toContain("The port is 3031.");
  });
});

describe("merge()", () => {
  it("makes one of several with all that belongs to them, and takes it back", async () => {
    const other = (await memories.remember("Elsewhere.")).id;
    const one = (
      await memories.remember("We deploy on Tuesdays.", { tags: ["deploy"], importance: 0.9 })
    ).id;
    const two = (
      await memories.remember("Releases go out each Tuesday.", {
        tags: ["release"],
        pinned: true,
        expires: "2099-01-01",
      })
    ).id;
    await memories.link(two, other, "see");
    await memories.link(other, one, "about");
    const merged = await memories.merge([one, two]);
    expect(merged).toMatchObject({
      text: "We deploy on Tuesdays.\n\nReleases go out each Tuesday.",
      tags: ["deploy", "release"],
      importance: 0.9,
      pinned: true,
      expires: undefined,
      source: "user",
    });
    expect(merged.links).toEqual(
      expect.arrayContaining([
        { id: one, relation: "merged" },
        { id: two, relation: "merged" },
        { id: other, relation: "see" },
      ]),
    );
    expect((await memories.get(other))?.links).toContainEqual({ id: merged.id, relation: "about" });
    expect((await memories.list()).total).toBe(2);
    await memories.settled();
    expect((await memories.recall("tuesdays", { k: 1 })).hits[0]?.memory.id).toBe(merged.id);
    expect((await memories.history(merged.id)).map(({ what }) => what)).toContain(
      `merged with ${one}: We deploy on Tuesdays.`,
    );
    await expect(memories.update(one, { pinned: true })).rejects.toMatchObject({
      data: { replacedBy: merged.id },
    });
    const { memories: back } = await memories.unmerge(merged.id);
    expect(back.map(({ id, pinned }) => [id, pinned])).toEqual(
      [
        [one, false],
        [two, true],
      ].sort(([a], [b]) => (String(a) < String(b) ? -1 : 1)),
    );
    expect((await memories.list()).total).toBe(3);
    expect(await codeOf(memories.unmerge(merged.id))).toBe("HAYPILE_MEMORY_MISSING");
    expect(await codeOf(memories.unmerge(one))).toBe("HAYPILE_USAGE");
    expect((await memories.undelete(merged.id)).text).toContain("Releases");
  });

  it("refuses what can't be one, and changes nothing then", async () => {
    const one = (await memories.remember("Here.")).id;
    const away = (await memories.remember("Away.", { namespace: "work" })).id;
    const key = "token = ghp_0123456789abcdefghijABCDEFGHIJ012345";
    for (const [ids, options, code] of [
      [[one], {}, "HAYPILE_USAGE"],
      [[one, one], {}, "HAYPILE_USAGE"],
      [[one, away], {}, "HAYPILE_USAGE"],
      [[one, "none"], {}, "HAYPILE_MEMORY_MISSING"],
      [[one, away], { text: " " }, "HAYPILE_USAGE"],
      [[one, away], { text: key }, "HAYPILE_SECRET"],
    ] as const) {
      expect(await codeOf(memories.merge(ids, options))).toBe(code);
    }
    expect((await memories.list()).total).toBe(2);
  });

  it("trusts a text of its own no more than the least of those it comes from", async () => {
    const ids: string[] = [];
    for (const source of ["user", "document"] as const) {
      ids.push((await memories.remember(`Said by a ${source}.`, { source })).id);
    }
    expect((await memories.merge(ids)).source).toBe("document");
  });

  it("keeps every text and every count through merges and their undoing, on any store", async () => {
    for (const service of [
      memories,
      new MemoryService({ store: new MapMemories(), embedder: new HashEmbedder() }),
    ]) {
      const random = seededRandom(3);
      const pick = <T>(from: readonly T[]): T => from[Math.floor(random() * from.length)] as T;
      const texts = Array.from({ length: 14 }, (_, at) => `text ${at} of ${at % 3}`);
      await service.rememberMany(
        texts.map((text, at) => ({ text, tags: [`t${at}`], onDuplicate: "keep" })),
      );
      const merges: string[] = [];
      for (let step = 0; step < 25; step += 1) {
        const { memories: now } = await service.list();
        const before = now.map(({ id, text, tags }) => ({ id, text, tags }));
        if (merges.length > 0 && random() < 0.4) {
          const id = merges.pop() as string;
          const { memories: back } = await service.unmerge(id);
          expect(back.length).toBeGreaterThan(1);
        } else if (now.length > 2) {
          const ids = [...new Set([pick(now).id, pick(now).id, pick(now).id])];
          if (ids.length < 2) continue;
          const merged = await service.merge(ids);
          for (const { text, tags } of before.filter(({ id }) => ids.includes(id))) {
            expect(merged.text).toContain(text.split("\n\n")[0]);
            expect(merged.tags).toEqual(expect.arrayContaining(tags));
          }
          // Of a merge into a merge only the last can be taken back.
          if (!ids.some((id) => merges.includes(id))) merges.push(merged.id);
          else {
            await service.unmerge(merged.id);
            const { memories: again } = await service.list();
            const shown = again.map(({ id, text, tags }) => ({ id, text, tags }));
            const byId = (a: { id: string }, b: { id: string }) => (a.id < b.id ? -1 : 1);
            expect(shown.sort(byId)).toEqual(before.sort(byId));
          }
        }
        const lines: string[] = [];
        for await (const line of service.export()) lines.push(line);
        for (const text of texts) expect(lines.some((line) => line.includes(text))).toBe(true);
      }
      if (service !== memories) await service.close();
    }
  });

  it("has happened or has not when the process is killed", async () => {
    const worker = join(import.meta.dirname, "merge-worker.ts");
    for (const afterLines of [1, 4, 9]) {
      const child = spawn(process.execPath, [worker, bench.path, String(afterLines)], {
        stdio: ["ignore", "pipe", "inherit"],
      });
      let lines = 0;
      child.stdout.on("data", (data) => {
        lines += String(data).split("\n").length - 1;
        if (lines >= afterLines) child.kill("SIGKILL");
      });
      await new Promise((done) => child.on("close", done));
      expect(lines).toBeGreaterThanOrEqual(afterLines);
    }
    const again = await bench.open();
    const { memories: all } = await again.list({ limit: 1_000 });
    const held = all
      .map(({ text }) => text)
      .join("\n\n")
      .split("\n\n");
    // Each text holds once, by itself or in what it was merged into.
    expect(new Set(held).size).toBe(held.length);
    const rounds = new Set(held.map((text) => text.split(":")[0]));
    for (const round of rounds) {
      expect(held.filter((text) => text.startsWith(`${round}:`))).toHaveLength(3);
    }
    expect(rounds.size).toBeGreaterThan(6);
  });
});

describe("undeleteAt()", () => {
  it("brings back what went together, and nothing else", async () => {
    await memories.rememberMany(["a", "b"].map((text) => ({ text, tags: ["x"] })));
    const alone = (await memories.remember("c", { tags: ["y"] })).id;
    const first = await memories.forget(alone);
    const { confirm } = await memories.forgetWhere({ tags: { any: ["x"] } });
    const many = await memories.forgetWhere({ tags: { any: ["x"] } }, { confirm });
    expect(many.at).not.toBe(first.at);
    expect(await memories.undeleteAt(many.at as string)).toEqual({ restored: 2 });
    expect((await textsOf("oldest")).sort()).toEqual(["a", "b"]);
    expect(await memories.undeleteAt(many.at as string)).toEqual({ restored: 0 });
    expect(await memories.undeleteAt(first.at as string)).toEqual({ restored: 1 });
    const erased = await memories.forget(alone, { hard: true });
    expect(erased.at).toBeUndefined();
    expect(await codeOf(memories.undeleteAt("yesterdayish"))).toBe("HAYPILE_USAGE");
  });
});

describe("duplicates()", () => {
  it("gives near pairs by pages, and none that was dismissed", async () => {
    const texts = [
      "The red lamp is lit at dusk every day",
      "The red lamp IS lit at dusk, every day",
    ];
    for (const at of [1, 2, 3]) {
      for (const text of texts)
        await memories.remember(`${text} number${at}`, { onDuplicate: "link" });
    }
    await memories.settled();
    const all = (await memories.duplicates()).pairs;
    expect(all.length).toBeGreaterThanOrEqual(3);
    const names = all.map((pair) =>
      pair.memories
        .map(({ id }) => id)
        .sort()
        .join(" "),
    );
    expect(new Set(names).size).toBe(names.length);
    for (const { score } of all) expect(score > 0.5 && score <= 1).toBe(true);
    const paged: string[] = [];
    for (let cursor: string | undefined; ; ) {
      const page = await memories.duplicates({ limit: 1, cursor });
      paged.push(
        ...page.pairs.map((pair) =>
          pair.memories
            .map(({ id }) => id)
            .sort()
            .join(" "),
        ),
      );
      cursor = page.nextCursor;
      if (cursor === undefined) break;
    }
    expect(paged.sort()).toEqual(names.sort());
    const [a, b] = (all[0] as (typeof all)[number]).memories as [Memory, Memory];
    await memories.dismiss(b.id, a.id);
    expect((await memories.duplicates()).pairs).toHaveLength(all.length - 1);
    await memories.dismiss(a.id, b.id, { undo: true });
    expect((await memories.duplicates()).pairs).toHaveLength(all.length);
    expect((await memories.duplicates({ namespace: "work" })).pairs).toEqual([]);
    await memories.merge([a.id, b.id]);
    const left = (await memories.duplicates()).pairs;
    expect(left.some((pair) => pair.memories.some(({ id }) => id === a.id))).toBe(false);
  });
});

describe("unverified()", () => {
  it("says what changed, by which commit, and is content when it is said to be true", async () => {
    const parser = new TreeSitterParser({ grammars: grammarsFolder() });
    const reading = await bench.open({ anchorReader: new CodeAnchorReader(parser) });
    const tree = join(dirname(bench.path), "tree");
    mkdirSync(tree);
    const file = join(tree, "port.ts");
    const write = (port: number): void =>
      writeFileSync(file, `export function port(): number {\n  return ${port};\n}\n`);
    const git = (...args: string[]): string =>
      execFileSync("git", ["-c", "user.name=t", "-c", "user.email=t@t", ...args], {
        cwd: tree,
        encoding: "utf8",
      }).trim();
    write(3030);
    git("init", "-q");
    git("add", ".");
    git("commit", "-qm", "one");
    const before = git("rev-parse", "HEAD");
    const { id } = await reading.remember("The port is 3030.", {
      anchors: [{ path: file, symbol: "port" }],
    });
    await reading.remember("Nothing of code is said.");
    expect(await reading.unverified()).toEqual({ memories: [], looked: 1, nextCursor: undefined });
    write(3031);
    git("commit", "-qam", "two");
    const {
      memories: [found],
      nextCursor,
    } = await reading.unverified({ deadlineMs: 60_000 });
    expect(nextCursor).toBeUndefined();
    expect(found?.memory.id).toBe(id);
    const [change] = found?.changes ?? [];
    expect(change).toMatchObject({
      path: file,
      symbol: "port",
      change: "1 line added, 1 removed: - return 3030; + return 3031;",
    });
    expect(git("rev-parse", "HEAD").startsWith(change?.commit as string)).toBe(true);
    expect(before.startsWith(change?.verifiedCommit as string)).toBe(true);
    const limited = await reading.unverified({ limit: 1 });
    expect((await reading.unverified({ cursor: limited.nextCursor })).memories).toEqual([]);
    await reading.verify(id);
    expect((await reading.unverified()).memories).toEqual([]);
    expect((await reading.history(id)).at(-1)?.what).toBe("said to be true of its code as it is");
    expect(await codeOf(reading.verify("none"))).toBe("HAYPILE_MEMORY_MISSING");
    await parser.close();
  });
});
