/* Which chunks get their vectors first: a real folder, store, grammars and git; vectors are word hashes. */
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { askedUrgency } from "../../src/base/paths/urgency.ts";
import { changedLately } from "../../src/engine/git/git.ts";
import { type IndexRequest, indexFolder } from "../../src/indexing/indexer.ts";
import { search } from "../../src/search/searcher.ts";
import { openSqliteStore, type SqliteStore } from "../../src/storage/sqlite/store.ts";
import { grammarsFolder } from "../../src/syntax/grammars.ts";
import { TreeSitterParser } from "../../src/syntax/parser.ts";
import { HashEmbedder } from "../helpers/hash-embedder.ts";

const daysAgo = (days: number): Date => new Date(Date.now() - days * 24 * 3600 * 1000);
const body = (name: string): string =>
  `def ${name}(first, second):\n    """Does what ${name} says with its two inputs."""\n    total = first * 2 + second\n    return total - 7\n`;

let scratch: string;
let root: string;
let store: SqliteStore;
let parser: TreeSitterParser;
let embedder: HashEmbedder;

beforeEach(() => {
  scratch = mkdtempSync(join(tmpdir(), "haypile-order-"));
  root = join(scratch, "tree");
  store = openSqliteStore({ path: join(scratch, "index.db") });
  parser = new TreeSitterParser({ grammars: grammarsFolder() });
  embedder = new HashEmbedder();
});

afterEach(async () => {
  await parser.close();
  store.close();
  rmSync(scratch, { recursive: true, force: true });
});

function write(path: string, text: string, date = daysAgo(100)): void {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), text);
  utimesSync(join(root, path), date, date);
}

const index = (request: Partial<IndexRequest> = {}) =>
  indexFolder({ root, store, embedder, parser, options: { batchChunks: 1 }, ...request });
const find = (query: string) => search({ store, embedder }, { query, fillIn: "off" });
/** Names of the functions embedded, in order. */
const order = (): (string | undefined)[] =>
  embedder.embedded.map((text) => /def (\w+)/.exec(text)?.[1]);

function writeAll(): void {
  // By path, the least useful comes first.
  write("build/made.py", body("made"));
  write("lib/_inner.py", body("_inner"));
  write("lib/lonely.py", body("lonely"));
  write("lib/popular.py", body("popular"));
  write("lib/used.py", body("used"));
  write("tests/test_lib.py", body("test_lib"));
  write("zone/fresh.py", body("fresh"), daysAgo(1));
  const calls = Array.from({ length: 12 }, (_, i) => `popular(${i}, 1)\n`).join("");
  write("zone/uses.txt", "nothing to see in this text\n");
  write("zone/calls.py", `${calls}used(1, 2)\n`);
}

describe("the order of vectors", () => {
  it("is recent, much used, used, public, source, test, generated", async () => {
    writeAll();
    await index();
    expect(order().filter((name) => name !== undefined)).toEqual([
      "fresh",
      "popular",
      "used",
      "lonely",
      "test_lib",
      "_inner",
      "made",
    ]);
  });

  it("puts what a query saw in front, kept for a later run", async () => {
    writeAll();
    await index({ options: { embed: false } });
    await find("the made thing");
    store.close();
    store = openSqliteStore({ path: join(scratch, "index.db") });
    const first = store.pending.next(1, [])[0];
    expect(first?.urgency).toBe(askedUrgency);
    for (let i = 0; i < 1500; i += 1) write(`many/m${i}.py`, body(`m${i}`), daysAgo(0));
    await index({ options: { batchChunks: 64 } });
    expect(order().slice(0, 12)).toContain("made");
    expect(store.pending.count()).toBe(0);
  });

  it("takes a query's candidates past the batches at work", async () => {
    for (let i = 0; i < 1000; i += 1) write(`many/m${i}.py`, body(`m${i}`));
    write("zzz/wanted_thing.py", body("wanted_thing"));
    const embed = embedder.embed.bind(embedder);
    let asked: Promise<unknown> | undefined;
    embedder.embed = async (texts, options) => {
      if (texts.length > 4 && options?.kind !== "query") {
        asked ??= find("wanted_thing");
        // The first calls of the run are slow.
        if (embedder.embedded.length < 50) await new Promise((done) => setTimeout(done, 3000));
      }
      return await embed(texts, options);
    };
    const { chunks } = await index({ options: { batchChunks: 400 } });
    await asked;
    // Before the batch of 400, with other candidates of the query.
    expect(order().indexOf("wanted_thing")).toBeLessThan(300);
    expect(order().filter((name) => name === "wanted_thing")).toHaveLength(1);
    expect(embedder.embedded).toHaveLength(1001);
    expect(chunks.embedded).toBe(1001);
    expect(store.pending.count()).toBe(0);
  });

  it("fails once, and can be run again, when what was asked for cannot be embedded", async () => {
    for (let i = 0; i < 20; i += 1) write(`many/m${i}.py`, body(`m${i}`));
    const embed = embedder.embed.bind(embedder);
    embedder.embed = async (texts, options) => {
      if (options?.kind === "query") return await embed(texts, options);
      if (texts.length <= 4) throw new Error("no room for these");
      await find("m19");
      await new Promise((done) => setTimeout(done, 1500));
      return await embed(texts, options);
    };
    await expect(index({ options: { batchChunks: 8 } })).rejects.toThrow("no room");
    embedder.embed = embed;
    await index();
    expect(store.pending.count()).toBe(0);
  });

  it("remembers also what a query saw that its deadline cut short", async () => {
    writeAll();
    await index({ options: { embed: false } });
    const embed = embedder.embed.bind(embedder);
    embedder.embed = async (texts, options) => {
      if (options?.kind === "query") await new Promise((done) => setTimeout(done, 500));
      return await embed(texts, options);
    };
    const request = { query: "the made thing", deadlineMs: 20 };
    const result = await search({ store, embedder }, request);
    expect(result.cut[0]).toContain("deadline");
    expect(store.pending.next(1, [])[0]).toMatchObject({ urgency: askedUrgency });
  });

  it("steps what was asked for long ago back, and leaves out what is not waiting", async () => {
    for (let i = 0; i < 2100; i += 1) write(`many/m${i}.txt`, `text number ${i}\n`);
    await index({ options: { embed: false } });
    const ids = store.pending.page(0, 3000).map(({ id }) => id);
    for (let at = 0; at < ids.length; at += 100) store.pending.ask(ids.slice(at, at + 100));
    const rows = store.pending.next(3000, []);
    expect(rows[0]?.id).toBe(ids[2000]);
    expect(rows.filter(({ urgency }) => urgency === askedUrgency)).toHaveLength(100);
    store.pending.ask([999_999]);
    expect(store.pending.next(3000, [])).toEqual(rows);
  });

  it("goes by git where git knows: every file of a fresh checkout is new", async () => {
    write("old.py", body("old"));
    const git = (date: Date, ...args: string[]): void => {
      execFileSync("git", ["-C", root, "-c", "user.name=a", "-c", "user.email=a@b", ...args], {
        env: {
          ...process.env,
          GIT_AUTHOR_DATE: date.toISOString(),
          GIT_COMMITTER_DATE: date.toISOString(),
        },
      });
    };
    git(daysAgo(100), "init", "-q");
    git(daysAgo(100), "add", ".");
    git(daysAgo(100), "commit", "-q", "-m", "Begin");
    const all = ["old.py", "zest.py", "untracked.py"];
    expect(await changedLately(root, 14, all)).toBeUndefined();
    write("zest.py", body("zest"));
    git(daysAgo(50), "add", ".");
    git(daysAgo(50), "commit", "-q", "-m", "Go on");
    write("untracked.py", body("untracked"));
    expect(await changedLately(root, 14, all)).toEqual(new Set(["zest.py", "untracked.py"]));
    await index({ recentFiles: (paths) => changedLately(root, 14, paths) });
    expect(order()).toEqual(["untracked", "zest", "old"]);
    expect(await changedLately(scratch, 14, all)).toBeUndefined();
  });
});
