/* What searches remember, with the real engine, model and database. */
import { spawnSync } from "node:child_process";
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  unlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Engine } from "../../src/engine/engine.ts";
import { open } from "../../src/engine/open.ts";
import type { OpenOptions } from "../../src/engine/types.ts";
import type { SearchResult } from "../../src/ports/answers/search.ts";

let scratch: string;
let tree: string;
const saved = { data: process.env.HAYPILE_DATA_DIR, cache: process.env.HAYPILE_CACHE_DIR };
const opened: Engine[] = [];

const subjects = ["parser", "server", "logger", "user", "invoice", "image", "queue", "timer"];
const question = "how is a user removed from the system";

beforeEach(() => {
  scratch = mkdtempSync(join(tmpdir(), "haypile-search-cache-"));
  process.env.HAYPILE_DATA_DIR = join(scratch, "data");
  process.env.HAYPILE_CACHE_DIR = join(scratch, "cache");
  tree = join(scratch, "tree");
  mkdirSync(join(tree, "src"), { recursive: true });
  for (const subject of subjects) {
    for (const verb of ["add", "remove"]) {
      writeFileSync(
        join(tree, "src", `${verb}-${subject}.py`),
        `def ${verb}_${subject}(name, reason):\n    """${verb === "add" ? "Puts a new" : "Takes a known"} ${subject} ${verb === "add" ? "into" : "out of"} the system."""\n    check(name)\n    return registry.${verb}("${subject}", name, reason)\n`,
      );
    }
  }
});

afterEach(async () => {
  for (const engine of opened.splice(0)) await engine.close();
  process.env.HAYPILE_DATA_DIR = saved.data;
  process.env.HAYPILE_CACHE_DIR = saved.cache;
  if (saved.data === undefined) delete process.env.HAYPILE_DATA_DIR;
  if (saved.cache === undefined) delete process.env.HAYPILE_CACHE_DIR;
  rmSync(scratch, { recursive: true, force: true });
});

async function opening(options: OpenOptions = {}): Promise<Engine> {
  const engine = await open({ folder: tree, ...options });
  opened.push(engine);
  return engine;
}

/** All that a person or program goes by. */
const seen = ({ hits, candidates, isStatic, reranked }: SearchResult) => ({
  hits,
  candidates,
  isStatic,
  reranked,
});

function owners(engine: Engine) {
  const { owners: all } = engine.footprint().caches;
  return Object.fromEntries(all.map((one) => [one.owner, one]));
}

describe("the cache of searches", () => {
  it("gives the same answer for the same query, options and index, and says so", async () => {
    const engine = await opening();
    await engine.index();
    const plain = await opening({ cacheBytes: 0 });
    for (const [query, options] of [
      [question, {}],
      ["remove_user", { k: 3 }],
      ["path:src/** kind:function the invoice is put into the system", { snippetLines: 1 }],
      ["what takes an image out", { filter: { noTests: true }, maxTokens: 200 }],
    ] as const) {
      const afresh = await plain.search(query, options);
      const first = await engine.search(query, options);
      const again = await engine.search(query, options);
      expect(afresh.hits.length).toBeGreaterThan(0);
      expect([afresh.fromCache, first.fromCache, again.fromCache]).toEqual([
        undefined,
        undefined,
        "same",
      ]);
      expect(seen(again)).toEqual(seen(first));
      expect(seen(again)).toEqual(seen(afresh));
    }
    expect((await plain.search(question)).fromCache).toBeUndefined();
    expect(plain.footprint().caches).toMatchObject({ maxBytes: 0, bytes: 0 });
    const { bytes, maxBytes } = engine.footprint().caches;
    expect(bytes).toBeGreaterThan(2000);
    expect(maxBytes).toBe(engine.configuration.settings["cache.total"].value);
    expect(owners(engine)["search results"]).toMatchObject({ hits: 4, entries: 4 });
    expect(owners(engine)["query vectors"]?.entries).toBe(4);
    const line = engine.footprint().owners.find(({ owner }) => owner === "caches");
    expect(line?.bytes).toBe(bytes);
  });

  it("takes other options, filters and numbers of hits for other searches", async () => {
    const engine = await opening();
    await engine.index();
    await engine.search(question);
    for (const options of [{ k: 5 }, { filter: { paths: ["src"] } }, { fillIn: "off" as const }]) {
      expect((await engine.search(question, options)).fromCache).toBeUndefined();
    }
    const { hits, fromCache } = await engine.search(question, { snippetLines: 2, maxTokens: 100 });
    expect(fromCache).toBe("same");
    expect(hits.every(({ snippet }) => snippet.lines.length <= 2)).toBe(true);
    // The vector of the text was known each time.
    expect(owners(engine)["query vectors"]).toMatchObject({ hits: 3, misses: 1 });
  });

  it("forgets when this process or another writes the index", async () => {
    const engine = await opening();
    await engine.index();
    await engine.search(question);
    expect((await engine.search(question)).fromCache).toBe("same");
    writeFileSync(
      join(tree, "src", "new.py"),
      'def drop_user(name):\n    """How a user is removed from the system, for good."""\n    registry.drop(name)\n',
    );
    await engine.index();
    const after = await engine.search(question);
    expect(after.fromCache).toBeUndefined();
    expect(after.hits.map(({ path }) => path)).toContain("src/new.py");
    expect((await engine.search(question)).fromCache).toBe("same");
    unlinkSync(join(tree, "src", "new.py"));
    const child = spawnSync(
      process.execPath,
      [
        "--no-warnings",
        "-e",
        `import(${JSON.stringify(join(import.meta.dirname, "../../src/engine/open.ts"))}).then(async ({ open }) => { const e = await open({ folder: ${JSON.stringify(tree)} }); await e.index(); await e.close(); })`,
      ],
      { encoding: "utf8" },
    );
    expect(child.stderr).toBe("");
    expect(child.status).toBe(0);
    const last = await engine.search(question);
    expect(last.fromCache).toBeUndefined();
    expect(last.hits.map(({ path }) => path)).not.toContain("src/new.py");
    expect(owners(engine)["search results"]?.evictions.cleared).toBeGreaterThan(0);
  });

  it("compares remembered hits with the disk each time", async () => {
    const engine = await opening();
    await engine.index();
    const first = await engine.search(question, { minScore: 0 });
    const best = first.hits[0];
    const path = join(tree, best?.path ?? "");
    expect(best).toMatchObject({ path: "src/remove-user.py", stale: false, startLine: 1 });
    // Moved down by two lines, then changed, then gone: the index knows of none of it.
    const text = `# one\n# two\n${best?.text}`;
    writeFileSync(path, text);
    utimesSync(path, new Date(), new Date(Date.now() + 5000));
    const moved = await engine.search(question, { minScore: 0 });
    expect(moved.fromCache).toBe("same");
    expect(moved.hits[0]).toMatchObject({ startLine: 3, stale: false });
    expect(moved.changedFiles).toEqual(["src/remove-user.py"]);
    writeFileSync(path, "nothing of it is left\n");
    appendFileSync(path, "at all\n");
    const stale = await engine.search(question, { minScore: 0 });
    expect(stale.hits.find((hit) => hit.path === "src/remove-user.py")?.stale).toBe(true);
    unlinkSync(path);
    const gone = await engine.search(question, { minScore: 0 });
    expect(gone.fromCache).toBe("same");
    expect(gone.hits.map((hit) => hit.path)).not.toContain("src/remove-user.py");
    expect(gone.hits.length).toBe(first.hits.length);
  });

  it("gives the answer of a query in nearly the same words, and of no other", async () => {
    const engine = await opening();
    await engine.index();
    const first = await engine.search(question);
    for (const like of [
      "How is a user removed from the system?",
      "how is the user removed from the system",
      "how is a user removed from system...",
    ]) {
      const { fromCache, hits } = await engine.search(like);
      expect([like, fromCache]).toEqual([like, "similar"]);
      expect(hits.map(({ path, score }) => [path, score])).toEqual(
        first.hits.map(({ path, score }) => [path, score]),
      );
    }
    for (const other of [
      "how is a user added to the system",
      "how is a user not removed from the system",
      "how is the system removed from a user",
      "how is a user removed from the system 2",
      "how is a User_ removed from the system",
      "lang:python how is a user removed from the system",
    ]) {
      expect([other, (await engine.search(other)).fromCache]).toEqual([other, undefined]);
    }
    expect(
      (await engine.search("How is a user removed from the system?", { k: 3 })).fromCache,
    ).toBe(undefined);
    // A name is looked up to the letter.
    await engine.search("remove_user");
    expect((await engine.search("Remove_User")).fromCache).toBeUndefined();
    // Without time for vectors the words must be the very same.
    const { fromCache } = await engine.search("HOW is a user removed from the system", {
      deadlineMs: 60_000,
    });
    expect(fromCache).toBeUndefined();
  });

  it("is made warm by what was asked before, when that is wanted, and leaves no trace otherwise", async () => {
    const record = (): string[] => {
      const folder = join(scratch, "cache", "queries");
      return existsSync(folder) ? readdirSync(folder).map((name) => join(folder, name)) : [];
    };
    const plain = await opening();
    await plain.index();
    await plain.search(question);
    await plain.close();
    expect(record()).toEqual([]);

    const noting = await open({ folder: tree, warm: true });
    await noting.search(question, { k: 4 });
    await noting.search(question, { k: 4 });
    await noting.search("where do invoices go in the end");
    await noting.close();
    const [path = ""] = record();
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(
      JSON.parse(readFileSync(path, "utf8")).queries.map(({ uses }: { uses: number }) => uses),
    ).toEqual([2, 1]);

    const warm = await opening({ warm: true });
    while ((owners(warm)["search results"]?.entries ?? 0) < 2) {
      await new Promise((done) => setTimeout(done, 20));
    }
    expect((await warm.search(question, { k: 4 })).fromCache).toBe("same");
    expect((await warm.search("where do invoices go in the end")).fromCache).toBe("same");
    await warm.close();
    // What warming asks is no use.
    expect(JSON.parse(readFileSync(path, "utf8")).queries[0].uses).toBe(2);

    // Closed at once: nothing is asked, nothing hangs.
    await (await open({ folder: tree, warm: true })).close();
    writeFileSync(path, "no record");
    const damaged = await open({ folder: tree, warm: true });
    await damaged.search(question);
    await damaged.reset();
    expect(record()).toEqual([]);
  });

  it("is within its bytes over many searches, and refuses sizes that are none", async () => {
    const engine = await opening({ cacheBytes: 20_000 });
    await engine.index();
    for (const subject of subjects) {
      for (const start of ["where is the", "what becomes of the", "who looks after the"]) {
        await engine.search(`${start} ${subject} in this system`);
        expect(engine.footprint().caches.bytes).toBeLessThanOrEqual(20_000);
      }
    }
    const { entries, evictions } = owners(engine)["search results"] ?? {};
    expect(entries).toBeGreaterThan(0);
    expect(evictions?.size).toBeGreaterThan(0);
    await expect(open({ folder: tree, cacheBytes: -1 })).rejects.toMatchObject({
      code: "HAYPILE_USAGE",
    });
  });
});
