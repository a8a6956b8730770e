import { execFileSync } from "node:child_process";
import {
  appendFileSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  unlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { type IndexRequest, indexFolder } from "../../../src/indexing/indexer.ts";
import type { IndexProgress, IndexReport } from "../../../src/ports/answers/index-run.ts";
import { HashEmbedder } from "../../helpers/hash-embedder.ts";
import { MapStore } from "../../helpers/map-store.ts";
import { tempFolder, writeTree } from "../../helpers/temp-tree.ts";

function functionText(name: string): string {
  const body = Array.from({ length: 12 }, (_, index) => `    step_${index}(${name}, ${index})`);
  return `def ${name}():\n${body.join("\n")}\n`;
}

/** A file of ten functions, each a chunk of its own. */
function moduleText(name: string): string {
  return Array.from({ length: 10 }, (_, index) => functionText(`${name}_${index}`)).join("\n\n");
}

function setUp(files: Record<string, string | Uint8Array>) {
  const root = tempFolder();
  writeTree(root, files);
  // Old enough to be trusted by the next run.
  for (const path of Object.keys(files)) age(root, path);
  const store = new MapStore();
  const embedder = new HashEmbedder();
  const run = (change: Partial<IndexRequest> = {}): Promise<IndexReport> =>
    indexFolder({ root, store, embedder, ...change });
  return { root, store, embedder, run };
}

function age(root: string, path: string, seconds = 60): void {
  const time = Date.now() / 1000 - seconds;
  if (!path.endsWith("/")) utimesSync(join(root, path), time, time);
}

describe("indexFolder", () => {
  it("stores files, chunks, languages and vectors, and reports them", async () => {
    const { root, store, embedder, run } = setUp({
      "a.py": moduleText("a"),
      "sub/b.md": "# Title\n\nWords.\n",
      "empty.txt": "",
      "logo.png": "x",
      "data.txt": Buffer.from([1, 0, 2]),
      "old.txt": Buffer.from("caf\x81", "latin1"),
      "gen.ts": "// @generated\nexport const a = 1;\n",
    });
    const report = await run();
    expect(report.root).toBe(root);
    expect(report.files).toEqual({
      seen: 4,
      new: 4,
      changed: 0,
      touched: 0,
      unchanged: 0,
      deleted: 0,
    });
    expect([...store.files.all().keys()].sort()).toEqual([
      "a.py",
      "empty.txt",
      "old.txt",
      "sub/b.md",
    ]);
    expect(store.textsOf("a.py")).toHaveLength(10);
    expect(store.languageOf("sub/b.md")).toBe("markdown");
    expect(report.chunks).toEqual({ written: 12, embedded: 12 });
    expect(report.tokens.written).toBe(report.tokens.embedded);
    expect(embedder.embedded).toHaveLength(12);
    expect(store.pending.count()).toBe(0);
    expect(report.skipped.total).toBe(3);
    expect(report.skipped.byReason.binary?.examples.toSorted()).toEqual(["data.txt", "logo.png"]);
    expect(report.skipped.byReason.generated).toMatchObject({ count: 1, examples: ["gen.ts"] });
    expect(report.brokenEncoding).toEqual({ count: 1, examples: ["old.txt"] });
    expect(report.bytesRead).toBeGreaterThan(1000);
    expect(report.timesMs.total).toBeGreaterThan(0);
    expect(store.vectors.model()).toEqual({ id: "hash", dimensions: 64 });
    expect(store.facts.get("root")).toBe(root);
    expect(Date.parse(store.facts.get("last-index") ?? "")).toBeGreaterThan(0);
    expect(store.optimized).toBe(1);
  });

  it("reads and embeds nothing the second time", async () => {
    const { store, embedder, run } = setUp({ "a.py": moduleText("a"), "b.py": moduleText("b") });
    await run();
    embedder.embedded.length = 0;
    const writes = store.writes.files.length;
    const report = await run();
    expect(report.files).toMatchObject({ seen: 2, unchanged: 2, new: 0, changed: 0, touched: 0 });
    expect(report.bytesRead).toBe(0);
    expect(report.chunks).toEqual({ written: 0, embedded: 0 });
    expect(embedder.embedded).toEqual([]);
    expect(store.writes.files).toHaveLength(writes);
    expect(store.optimized).toBe(1);
  });

  it("embeds only the changed chunks of a changed file", async () => {
    const { root, store, embedder, run } = setUp({ "a.py": moduleText("a") });
    await run();
    embedder.embedded.length = 0;
    const text = readFileSync(join(root, "a.py"), "utf8");
    writeFileSync(join(root, "a.py"), text.replace("step_3(a_5, 3)", "changed(a_5, 3)"));
    const report = await run();
    expect(report.files).toMatchObject({ seen: 1, changed: 1 });
    expect(report.chunks).toEqual({ written: 10, embedded: 1 });
    expect(embedder.embedded).toHaveLength(1);
    expect(embedder.embedded[0]).toContain("changed(a_5, 3)");
    expect(store.facts.stats().chunks).toBe(10);
  });

  it("hashes a file with a new time, and trusts the new time afterwards", async () => {
    const { root, run } = setUp({ "a.py": moduleText("a") });
    await run();
    age(root, "a.py", 30);
    expect((await run()).files).toMatchObject({ touched: 1, changed: 0, unchanged: 0 });
    const third = await run();
    expect(third.files).toMatchObject({ touched: 0, unchanged: 1 });
    expect(third.bytesRead).toBe(0);
  });

  it("does not trust a time that was young when the file was read", async () => {
    const { root, store, run } = setUp({ "a.txt": "one" });
    const path = join(root, "a.txt");
    const time = new Date();
    writeFileSync(path, "two");
    utimesSync(path, time, time);
    await run();
    writeFileSync(path, "six");
    utimesSync(path, time, time);
    const report = await run();
    expect(report.files.changed).toBe(1);
    expect(store.textsOf("a.txt")).toEqual(["six"]);
  });

  it("removes what is gone, renamed, ignored or became binary", async () => {
    const { root, store, run } = setUp({
      "gone.py": functionText("gone"),
      "moved.py": functionText("moved"),
      "ignored.py": functionText("ignored"),
      "binary.py": functionText("binary"),
      "folder/x.py": functionText("x"),
      "stays.py": functionText("stays"),
    });
    await run();
    unlinkSync(join(root, "gone.py"));
    renameSync(join(root, "moved.py"), join(root, "new-name.py"));
    rmSync(join(root, "folder"), { recursive: true });
    writeFileSync(join(root, "binary.py"), Buffer.from([0, 1, 2]));
    writeTree(root, { ".haypileignore": "ignored.py\n" });
    const report = await run();
    expect(report.files).toMatchObject({ seen: 3, new: 2, deleted: 5, unchanged: 1 });
    expect([...store.files.all().keys()].sort()).toEqual([
      ".haypileignore",
      "new-name.py",
      "stays.py",
    ]);
    // The text of the moved file is known: only the rule file is new.
    expect(report.chunks.embedded).toBe(1);
    expect(store.texts.search("gone", 10)).toEqual([]);
  });

  it("embeds a text that stands in many files once", async () => {
    const files: Record<string, string> = {};
    for (let index = 0; index < 50; index += 1) files[`copy${index}.py`] = functionText("same");
    const { embedder, run } = setUp(files);
    const report = await run();
    expect(report.chunks).toEqual({ written: 50, embedded: 1 });
    expect(embedder.embedded).toHaveLength(1);
  });

  it("writes in bounded groups and has three calls with the embedder", async () => {
    const files: Record<string, string> = {};
    for (let index = 0; index < 200; index += 1) files[`m${index}.py`] = moduleText(`m${index}`);
    const { store, embedder, run } = setUp(files);
    const report = await run({ options: { batchChunks: 300 } });
    expect(report.chunks).toEqual({ written: 2000, embedded: 2000 });
    expect(store.writes.files.length).toBeGreaterThan(10);
    expect(Math.max(...store.writes.files)).toBeLessThanOrEqual(64);
    expect(Math.max(...store.writes.vectors)).toBeLessThanOrEqual(32);
    expect(embedder.mostAtWork).toBe(3);
  });

  it("tells how far it is, in order and up to the end", async () => {
    const files: Record<string, string> = {};
    for (let index = 0; index < 30; index += 1) files[`m${index}.py`] = moduleText(`m${index}`);
    const { run } = setUp(files);
    const events: IndexProgress[] = [];
    await run({ onProgress: (event) => events.push(event), options: { batchChunks: 64 } });
    const phases = events.map((event) => event.phase);
    expect([...new Set(phases)]).toEqual(["scan", "read", "embed"]);
    for (const key of ["filesDone", "chunksDone", "tokensDone", "bytes"] as const) {
      const values = events.map((event) => event[key]);
      expect(values).toEqual(values.toSorted((a, b) => a - b));
    }
    expect(events.at(-1)).toMatchObject({
      filesDone: 30,
      filesTotal: 30,
      chunksDone: 300,
      chunksTotal: 300,
    });
  });

  // Issue 11: Ctrl-C, cancel and kill lost what was embedded, up to a thousand chunks.
  it("stops between few dozen chunks, keeps what was embedded, and goes on from there", async () => {
    const files: Record<string, string> = {};
    for (let index = 0; index < 30; index += 1) files[`m${index}.py`] = moduleText(`m${index}`);
    const { store, embedder, run } = setUp(files);
    const stop = new AbortController();
    const first = run({
      signal: stop.signal,
      options: { batchChunks: 300 },
      onProgress: (event) => {
        if (event.chunksDone >= 100) stop.abort();
      },
    });
    await expect(first).rejects.toMatchObject({ code: "HAYPILE_ABORTED", exitCode: 130 });
    expect(embedder.atWork).toBe(0);
    const { files: stored, vectors } = store.facts.stats();
    expect(stored).toBe(30);
    expect(vectors).toBeGreaterThanOrEqual(32);
    expect(vectors).toBeLessThan(300);
    const report = await run();
    expect(report.files).toMatchObject({ unchanged: 30, new: 0 });
    expect(report.chunks).toEqual({ written: 0, embedded: 300 - vectors });
    expect(store.pending.count()).toBe(0);
  });

  it("stops in the first phase without removing anything", async () => {
    const files: Record<string, string> = {};
    for (let index = 0; index < 300; index += 1) files[`m${index}.py`] = functionText(`m${index}`);
    const { root, store, run } = setUp(files);
    await run();
    for (let index = 0; index < 300; index += 1)
      appendFileSync(join(root, `m${index}.py`), "x = 1\n");
    const stop = new AbortController();
    const second = run({
      signal: stop.signal,
      onProgress: (event) => {
        if (event.filesDone === 150) stop.abort();
      },
    });
    await expect(second).rejects.toMatchObject({ code: "HAYPILE_ABORTED" });
    expect(store.facts.stats().files).toBe(300);
    const changed = (await run()).files.changed;
    expect(changed).toBeGreaterThan(0);
    expect(changed).toBeLessThan(300);
  });

  it("passes on a failure of the embedder and can be run again", async () => {
    const { store, embedder, run } = setUp({ "a.py": moduleText("a"), "b.py": moduleText("b") });
    const embed = embedder.embed.bind(embedder);
    let calls = 0;
    embedder.embed = async (texts, options) => {
      calls += 1;
      if (calls === 2) throw new Error("the model broke");
      return embed(texts, options);
    };
    await expect(run({ options: { batchChunks: 5 } })).rejects.toThrow("the model broke");
    expect(store.facts.stats().vectors).toBe(5);
    expect((await run()).chunks.embedded).toBe(15);
  });

  it("refuses another model, and another folder, before it writes", async () => {
    const { root, store, run } = setUp({ "a.py": functionText("a") });
    await run();
    const other = new HashEmbedder({ modelId: "other", dimensions: 32 });
    await expect(run({ embedder: other })).rejects.toMatchObject({
      code: "HAYPILE_DIMENSIONS_DIFFER",
    });
    const elsewhere = tempFolder();
    await expect(run({ root: elsewhere })).rejects.toMatchObject({ code: "HAYPILE_USAGE" });
    expect([...store.files.all().keys()]).toEqual(["a.py"]);
    expect(store.facts.get("root")).toBe(root);
  });

  it("lets a folder that was moved keep its index", async () => {
    const { root, store, embedder, run } = setUp({ "in/a.py": functionText("a") });
    await run({ root: join(root, "in") });
    renameSync(join(root, "in"), join(root, "moved"));
    const report = await run({ root: join(root, "moved") });
    expect(report.files.unchanged).toBe(1);
    expect(embedder.embedded).toHaveLength(1);
    expect(store.facts.get("root")).toBe(join(root, "moved"));
  });

  it.each([
    [{ maxFileBytes: 0 }],
    [{ maxFileBytes: 1.5 }],
    [{ batchChunks: 5000 }],
    [{ batchChunks: Number.NaN }],
  ])("refuses the options %j", async (options) => {
    const { run } = setUp({});
    await expect(run({ options })).rejects.toMatchObject({ code: "HAYPILE_USAGE" });
  });

  it("says what is wrong with the root, with nothing written", async () => {
    const { root, store, run } = setUp({ "a.py": "x = 1" });
    await expect(run({ root: join(root, "none") })).rejects.toMatchObject({
      code: "HAYPILE_PATH_MISSING",
      exitCode: 3,
    });
    await expect(run({ root: join(root, "a.py") })).rejects.toMatchObject({
      code: "HAYPILE_NOT_A_FOLDER",
    });
    expect(store.vectors.model()).toBeUndefined();
  });

  it("does not hold up the event loop", async () => {
    const files: Record<string, string> = {};
    for (let index = 0; index < 150; index += 1) files[`m${index}.py`] = moduleText(`m${index}`);
    const { store, run } = setUp(files);
    // The store of this test is slow by design; what is measured is the services' own part.
    store.pending.next = () => [];
    let longest = 0;
    let last = performance.now();
    let ticks = 0;
    const timer = setInterval(() => {
      const now = performance.now();
      longest = Math.max(longest, now - last);
      last = now;
      ticks += 1;
    }, 1);
    await run();
    clearInterval(timer);
    expect(ticks).toBeGreaterThan(10);
    expect(longest).toBeLessThan(250);
  });

  it.skipIf(process.getuid?.() !== 0 || process.seteuid === undefined)(
    "keeps what it knows of files and folders it may not read now",
    async () => {
      const { root, store, run } = setUp({
        "shut/a.py": functionText("a"),
        "b.py": functionText("b"),
        "c.py": functionText("c"),
      });
      execFileSync("chmod", ["755", root]);
      await run();
      writeFileSync(join(root, "b.py"), functionText("changed"));
      execFileSync("chmod", ["700", join(root, "shut")]);
      execFileSync("chmod", ["600", join(root, "b.py")]);
      process.seteuid?.(65534);
      try {
        const report = await run();
        expect(report.files).toMatchObject({ seen: 1, deleted: 0, unchanged: 1 });
        expect(report.skipped.byReason.unreadable?.examples.toSorted()).toEqual(["b.py", "shut/"]);
        expect([...store.files.all().keys()].sort()).toEqual(["b.py", "c.py", "shut/a.py"]);
      } finally {
        process.seteuid?.(0);
      }
    },
  );

  it("survives a tree that changes while it is indexed", async () => {
    const files: Record<string, string> = {};
    for (let index = 0; index < 300; index += 1)
      files[`d${index % 7}/m${index}.py`] = moduleText(`m${index}`);
    const { root, store, run } = setUp(files);
    let step = 0;
    const timer = setInterval(() => {
      const path = join(root, `d${step % 7}`, `m${step % 300}.py`);
      if (step % 3 === 0) rmSync(path, { force: true });
      else {
        mkdirSync(join(root, `d${step % 7}`), { recursive: true });
        appendFileSync(path, `more_${step} = 1\n`);
      }
      step += 11;
    }, 1);
    await run();
    clearInterval(timer);
    const report = await run();
    expect(store.pending.count()).toBe(0);
    expect(report.files.seen).toBe(store.facts.stats().files);
    for (const path of store.files.all().keys()) {
      // Every stored text is that of the disk.
      const text = readFileSync(join(root, path), "utf8");
      for (const one of store.textsOf(path)) expect(text).toContain(one);
    }
  });
});
