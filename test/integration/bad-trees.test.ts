/* Trees nobody would make on purpose, through the command line and the library, with all real parts. */
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Engine } from "../../src/engine/engine.ts";
import { open } from "../../src/engine/open.ts";
import { indexFolder } from "../../src/indexing/indexer.ts";
import { openSqliteStore } from "../../src/storage/sqlite/store.ts";
import { grammarsFolder } from "../../src/syntax/grammars.ts";
import { TreeSitterParser } from "../../src/syntax/parser.ts";
import { bin, type CliOptions, type Ended, cli as run } from "../helpers/cli.ts";
import { HashEmbedder } from "../helpers/hash-embedder.ts";
import { repository } from "../helpers/model.ts";
import { writeTinyModel } from "../helpers/tiny-model.ts";

let scratch: string;
let tiny: string;

beforeAll(() => {
  scratch = mkdtempSync(join(tmpdir(), "haypile-trees-"));
  tiny = writeTinyModel(join(scratch, "tiny"));
});

afterAll(() => {
  rmSync(scratch, { recursive: true, force: true });
});

function folder(name: string): string {
  const path = join(scratch, name);
  mkdirSync(path);
  return path;
}

function cli(args: string[], options: Partial<CliOptions> = {}): Promise<Ended> {
  return run([...args, "--model-dir", tiny], { data: join(scratch, "data"), ...options });
}

// biome-ignore lint/suspicious/noExplicitAny: the report as it was printed
async function json(args: string[]): Promise<any> {
  const ended = await cli([...args, "--json"]);
  expect(ended.code, ended.stderr).toBe(0);
  return JSON.parse(ended.stdout);
}

describe("20,000 files in one folder", () => {
  it("are indexed in bounded memory, while the event loop goes on", async () => {
    const tree = folder("wide");
    for (let i = 0; i < 20_000; i += 1) writeFileSync(join(tree, `f${i}.txt`), `the file ${i}\n`);
    const engine = await open({
      folder: tree,
      database: join(scratch, "wide.db"),
      modelFolder: tiny,
    });
    let turns = 0;
    const timer = setInterval(() => {
      turns += 1;
    }, 1);
    try {
      const first = await engine.index({ fillIn: "off" });
      expect(first.files).toMatchObject({ seen: 20_000, new: 20_000 });
      expect(turns).toBeGreaterThan(500);
      expect(engine.status().index.files).toBe(20_000);
    } finally {
      clearInterval(timer);
      await engine.close();
    }
    // A process of its own says what it took itself.
    const again = await json(["index", tree, "--fill-in", "off", "--db", join(scratch, "wide.db")]);
    expect(again.files).toMatchObject({ unchanged: 20_000, new: 0 });
    expect(again.memory.peakRssBytes).toBeLessThan(400 * 1024 * 1024);
  }, 240_000);
});

describe("names", () => {
  const names = [
    "\u{1F98A} fox.py",
    "line\nbreak.py",
    `it's "quoted".py`,
    "tab\tand \u001b[31mred.py",
    "-rf.py",
    "100%s.py",
    " space .py ",
    "back\\slash.py",
    "$(echo x);`id`.py",
    "\u202Egnp.py",
    "e\u0301.py",
    "\u00e9.py",
    `${"long".repeat(60)}.py`,
  ];

  it("are taken as they are, found again, and shown without harm", async () => {
    const tree = folder("names");
    for (const [i, name] of names.entries()) {
      writeFileSync(join(tree, name), `def function_${i}():\n    return "marmot ${i}"\n`);
    }
    const bytes = (...parts: (string | number)[]): Buffer =>
      Buffer.concat(
        parts.map((part) => (typeof part === "string" ? Buffer.from(part) : Buffer.from([part]))),
      );
    writeFileSync(bytes(`${tree}/broken`, 0xff, ".py"), "x = 1\n");
    mkdirSync(bytes(`${tree}/folder`, 0xc3, 0x28));
    writeFileSync(bytes(`${tree}/folder`, 0xc3, 0x28, "/inside.py"), "x = 2\n");

    const report = await json(["index", tree]);
    expect(report.files.new).toBe(names.length);
    expect(report.skipped.byReason["name-not-utf8"].examples.toSorted()).toEqual([
      "broken\uFFFD.py",
      "folder\uFFFD(/",
    ]);
    const { hits } = await json(["search", "marmot", "-k", "50", "--path", tree]);
    expect(hits.map((hit: { path: string }) => hit.path).toSorted()).toEqual(names.toSorted());
    for (const hit of hits) expect(hit.stale).toBe(false);

    const shown = await cli(["search", "marmot", "-k", "50", "--path", tree]);
    const listed = await cli(["index", tree, "--list-skipped"]);
    for (const { stdout, stderr } of [shown, listed]) {
      // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what must not come out
      expect(stdout + stderr).not.toMatch(/[\u0000-\u0008\u000b-\u001f\u202e]/);
    }
    expect(shown.stdout).not.toMatch(/^break\.py/m);
    expect((await json(["index", tree])).files.unchanged).toBe(names.length);
    for (const name of names) rmSync(join(tree, name));
    expect((await json(["index", tree])).files.deleted).toBe(names.length);
  });
});

describe("a minified file of 20 MB", () => {
  it("is skipped by its size, and by its lines where it is let in", async () => {
    const tree = folder("minified");
    const piece = 'function a(b,c){return b.d(c)||{e:[1,2,3],f:"g"}};';
    writeFileSync(join(tree, "bundle.js"), piece.repeat(Math.ceil(20e6 / piece.length)));
    writeFileSync(join(tree, "plain.js"), "function marmot() {\n  return 1;\n}\n");
    expect(statSync(join(tree, "bundle.js")).size).toBeGreaterThanOrEqual(20e6);
    const strict = await json(["index", tree]);
    expect(strict.skipped.byReason["too-large"].examples).toEqual(["bundle.js"]);
    const lax = await json(["index", tree, "--max-file-size", "32MB"]);
    expect(lax.skipped.byReason["long-lines"].examples).toEqual(["bundle.js"]);
    expect(lax.memory.peakRssBytes).toBeLessThan(500 * 1024 * 1024);
    const { hits } = await json(["search", "marmot", "--path", tree]);
    expect(hits[0].path).toBe("plain.js");
    expect((await json(["status", "--path", tree])).index.files).toBe(1);
  });
});

/** Rewrites, cuts, removes and replaces files of a folder until it is ended. */
const disturber = `
  const fs = require("node:fs");
  const [tree, count] = [process.argv[1], Number(process.argv[2])];
  let step = 0;
  const acts = [
    (path) => fs.appendFileSync(path, "def more_" + step + "():\\n    return " + step + "\\n"),
    (path) => fs.truncateSync(path, fs.statSync(path).size >> 1),
    (path) => fs.rmSync(path, { recursive: true }),
    (path) => { fs.rmSync(path, { recursive: true }); fs.mkdirSync(path); fs.writeFileSync(path + "/in.py", "x = " + step + "\\n"); },
    (path) => { fs.rmSync(path, { recursive: true }); fs.symlinkSync("/etc/passwd", path); },
    (path) => { fs.rmSync(path, { recursive: true, force: true }); fs.writeFileSync(path, "y = " + step + "\\n".repeat(step % 900)); },
    (path) => { fs.rmSync(path, { recursive: true }); require("node:child_process").spawnSync("mkfifo", [path]); },
    (path) => fs.truncateSync(path, 3_000_000),
  ];
  setInterval(() => {
    for (let i = 0; i < 5; i += 1) {
      step += 1;
      try { acts[step % acts.length](tree + "/m" + (step * 7) % count + ".py"); } catch {}
    }
  }, 1);
  process.stdout.write("at work");
`;

describe("files that change while they are read", () => {
  it("are indexed as they were at some moment, and right at the next run", async () => {
    const tree = folder("changing");
    const count = 400;
    const text = (i: number): string =>
      `def function_${i}(first):\n    return first + ${i}\n\n\n`.repeat(1 + (i % 40));
    for (let i = 0; i < count; i += 1) writeFileSync(join(tree, `m${i}.py`), text(i));
    const store = openSqliteStore({ path: join(scratch, "changing.db") });
    const parser = new TreeSitterParser({ grammars: grammarsFolder() });
    const embedder = new HashEmbedder();
    const index = () => indexFolder({ root: tree, store, embedder, parser, keepParser: true });
    let child: ChildProcess | undefined;
    try {
      child = spawn(process.execPath, ["-e", disturber, tree, String(count)], {
        stdio: ["ignore", "pipe", "inherit"],
      });
      await new Promise((ready) => child?.stdout?.once("data", ready));
      for (let round = 0; round < 3; round += 1) {
        const report = await index();
        expect(report.files.seen).toBe(store.facts.stats().files);
      }
      const ended = new Promise((done) => child?.once("exit", done));
      child.kill("SIGKILL");
      await ended;
      // Until times are old enough to be trusted, hashes decide; both ways must agree.
      await index();
      await wait(2100);
      const { files } = await index();
      expect(files).toMatchObject({ new: 0, changed: 0, deleted: 0 });
      expect(store.pending.count()).toBe(0);
      expect(store.facts.stats().files).toBeGreaterThan(10);
      const ids = store.texts.where(() => true);
      for (const place of store.texts.places([...ids])) {
        const lines = readFileSync(join(tree, place.path), "utf8").split("\n");
        const there = lines.slice(place.startLine - 1, place.endLine).join("\n");
        expect(there).toBe(place.text);
      }
    } finally {
      child?.kill("SIGKILL");
      await parser.close();
      store.close();
    }
  }, 120_000);
});

describe("a grammar that fails to load", () => {
  it("costs its files their symbols, is told, and leaves the others alone", async () => {
    // A copy of the installed program, since its grammars are to be damaged.
    const copy = folder("copy");
    for (const part of ["bin", "dist", "package.json"]) {
      cpSync(join(repository, part), join(copy, part), { recursive: true });
    }
    symlinkSync(join(repository, "node_modules"), join(copy, "node_modules"));
    symlinkSync(join(repository, "models"), join(copy, "models"));
    mkdirSync(join(copy, "prebuilds"));
    const platform = `${process.platform}-${process.arch}`;
    symlinkSync(join(repository, "prebuilds", platform), join(copy, "prebuilds", platform));
    const grammars = join(copy, "prebuilds", "grammars");
    cpSync(join(repository, "prebuilds", "grammars"), grammars, { recursive: true });
    truncateSync(join(grammars, "python.wasm.br"), 5000);
    writeFileSync(join(grammars, "go.wasm.br"), "this is no WebAssembly");
    rmSync(join(grammars, "rust.wasm.br"));

    const tree = folder("grammars");
    writeFileSync(join(tree, "a.py"), "def marmot_in_python():\n    return 1\n");
    writeFileSync(join(tree, "a.go"), "package a\n\nfunc MarmotInGo() int { return 1 }\n");
    writeFileSync(join(tree, "a.rs"), "fn marmot_in_rust() -> i32 { 1 }\n");
    writeFileSync(join(tree, "a.js"), "function marmotInScript() {\n  return 1;\n}\n");
    const inCopy = (args: string[]): Promise<Ended> =>
      new Promise((done) => {
        const data = join(scratch, "copy-data");
        const child = spawn(process.execPath, [join(copy, "bin", "haypile.cjs"), ...args], {
          env: { ...process.env, HAYPILE_DATA_DIR: data, HAYPILE_CACHE_DIR: data, NO_COLOR: "1" },
          stdio: ["ignore", "pipe", "pipe"],
        });
        const ended: Ended = { code: null, signal: null, stdout: "", stderr: "" };
        child.stdout.on("data", (text) => {
          ended.stdout += text;
        });
        child.stderr.on("data", (text) => {
          ended.stderr += text;
        });
        child.on("close", (code, signal) => done({ ...ended, code, signal }));
      });
    const indexed = await inCopy(["index", tree, "--model-dir", tiny, "--quiet"]);
    expect(indexed.code, indexed.stderr).toBe(0);
    expect(indexed.stdout).toMatch(
      /unparsed\s+3 files \(3 grammar-failed\): cut by lines, definitions missing/,
    );
    const found = await inCopy(["search", "marmot", "--path", tree, "--model-dir", tiny, "--json"]);
    const paths = JSON.parse(found.stdout).hits.map((hit: { path: string }) => hit.path);
    expect(paths.toSorted()).toEqual(["a.go", "a.js", "a.py", "a.rs"]);
    expect((await inCopy(["symbol", "marmotInScript", "--path", tree])).stdout).toContain("a.js");
  });
});

describe("queries", () => {
  let tree: string;
  let engine: Engine;

  beforeAll(async () => {
    tree = folder("queries");
    writeFileSync(join(tree, "a.py"), "def marmot(near):\n    return near NOT None\n");
    writeFileSync(join(tree, "b.md"), "# Marmot AND badger\n\nNEAR the burrow.\n");
    engine = await open({ folder: tree, modelFolder: tiny, database: join(scratch, "queries.db") });
    await engine.index();
  });

  afterAll(() => engine.close());

  it.each([
    '"',
    'marmot"',
    "marmot AND",
    "NOT marmot",
    '"marmot" OR (badger NEAR/2',
    "name:marmot",
    "body : marmot*",
    "{name signature}: ^marmot + near",
    "marmot'; DROP TABLE chunks; --",
    "marmot\\ %_ ? ?1 :a @b $c",
    "*** ((( ^^^ :::",
    "\u{1F98A} marmot \u0301",
    "marmot\u0000badger",
    "marmot\nbadger\tburrow",
    "\ud800 marmot",
    "marmot ".repeat(2500),
  ])("are words, whatever signs they hold: %#", async (query) => {
    const { hits, candidates } = await engine.search(query, { minScore: 0 });
    const hasWords = query.includes("marmot");
    expect(candidates.words > 0).toBe(hasWords);
    // Signs alone are no words, and none that this model can read.
    expect(hits.map(({ path }) => path).toSorted()).toEqual(hasWords ? ["a.py", "b.md"] : []);
  });

  it.each([
    ["", /empty/],
    [" \n\t ", /empty/],
    ["marmot ".repeat(14_300), /20,?000 characters/],
  ])("refused in one clear line: %#", async (query, says) => {
    const ended = await cli(["search", query, "--path", tree, "--db", join(scratch, "queries.db")]);
    expect(ended.code).toBe(2);
    expect(ended.stderr).toContain("[HAYPILE_USAGE]");
    expect(ended.stderr).toMatch(says);
    expect(ended.stderr.length).toBeLessThan(500);
    expect(ended.stdout).toBe("");
  });
});

const mayUnshare =
  spawnSync("unshare", ["-Ur", "sh", "-c", "echo 9 > /proc/sys/user/max_inotify_watches"])
    .status === 0;

describe("the watcher's limit", () => {
  it.skipIf(!mayUnshare).each([
    ["no more watches", 4, 100, "ENOSPC"],
    ["no more watchers", 500, 0, "EMFILE"],
  ])(
    "%s: polls and says so",
    async (_, watches, instances, code) => {
      const tree = folder(`watched-${code}`);
      for (let i = 0; i < 9; i += 1) {
        mkdirSync(join(tree, `d${i}`));
        writeFileSync(join(tree, `d${i}`, "a.txt"), `the file ${i}\n`);
      }
      // The limits of a user namespace hold for this process alone.
      const limits = `echo ${watches} > /proc/sys/user/max_inotify_watches; echo ${instances} > /proc/sys/user/max_inotify_instances; exec "$0" "$@"`;
      const command = ["-Ur", "sh", "-c", limits, process.execPath, bin, "watch", tree];
      const child = spawn("unshare", [...command, "--model-dir", tiny], {
        env: { ...process.env, HAYPILE_DATA_DIR: join(scratch, "data"), NO_COLOR: "1" },
        stdio: ["ignore", "ignore", "pipe"],
      });
      let said = "";
      child.stderr.on("data", (text) => {
        said += text;
      });
      const ended = new Promise((done) => child.once("exit", done));
      const until = async (pattern: RegExp): Promise<void> => {
        for (let i = 0; i < 1000 && !pattern.test(said) && child.exitCode === null; i += 1) {
          await wait(50);
        }
        expect(said).toMatch(pattern);
      };
      try {
        await until(/watching .*; Ctrl-C ends it/);
        expect(said).toMatch(
          new RegExp(`gives no more watches \\(${code}\\); looking at the files`),
        );
        writeFileSync(join(tree, "d8", "later.txt"), "a file that came later\n");
        await until(/1 new, 0 changed/);
      } finally {
        child.kill("SIGINT");
        await ended;
      }
      expect(said.match(/gives no more watches/g)).toHaveLength(1);
    },
    120_000,
  );
});
