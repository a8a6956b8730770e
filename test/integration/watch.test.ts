/* Watching a real folder with the real system, store and grammars. */
import { mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { indexFolder } from "../../src/indexing/indexer.ts";
import { watchFolder } from "../../src/indexing/watching/watch.ts";
import { openSqliteStore, type SqliteStore } from "../../src/storage/sqlite/store.ts";
import { grammarsFolder } from "../../src/syntax/grammars.ts";
import { TreeSitterParser } from "../../src/syntax/parser.ts";
import { HashEmbedder } from "../helpers/hash-embedder.ts";

let scratch: string;
let root: string;
let store: SqliteStore;
let parser: TreeSitterParser;
let stop: AbortController;
let runs: number;
let running: number;
let mostRunning: number;
let notes: string[];
let watching: Promise<void> | undefined;

beforeEach(() => {
  scratch = mkdtempSync(join(tmpdir(), "haypile-watch-"));
  root = join(scratch, "tree");
  mkdirSync(join(root, "src"), { recursive: true });
  writeFileSync(join(root, "src", "first.py"), "def first():\n    pass\n");
  store = openSqliteStore({ path: join(scratch, "index.db") });
  parser = new TreeSitterParser({ grammars: grammarsFolder() });
  stop = new AbortController();
  runs = 0;
  running = 0;
  mostRunning = 0;
  notes = [];
});

afterEach(async () => {
  stop.abort();
  await watching;
  await parser.close();
  store.close();
  rmSync(scratch, { recursive: true, force: true });
});

async function start(options: { polling?: boolean } = {}): Promise<void> {
  const embedder = new HashEmbedder();
  const run = async (): Promise<void> => {
    runs += 1;
    running += 1;
    mostRunning = Math.max(mostRunning, running);
    await indexFolder({ root, store, embedder, parser });
    running -= 1;
  };
  await run();
  await new Promise<void>((onReady) => {
    watching = watchFolder({
      root,
      run,
      signal: stop.signal,
      onNote: (note) => notes.push(note),
      onReady,
      ...options,
    });
  });
}

async function until(isTrue: () => boolean): Promise<void> {
  for (let i = 0; i < 600 && !isTrue(); i += 1) await wait(50);
  expect(isTrue()).toBe(true);
}

const has = (path: string): boolean => store.files.stampOf(path) !== undefined;
const defines = (name: string): boolean => store.symbols.definitionsNamed(name, 5).length > 0;

describe("watchFolder", () => {
  it("brings new, changed, moved and removed files in", async () => {
    await start();
    writeFileSync(join(root, "src", "second.py"), "def second():\n    pass\n");
    await until(() => defines("second"));
    writeFileSync(join(root, "src", "first.py"), "def renamed_first():\n    pass\n");
    await until(() => defines("renamed_first") && !defines("first"));
    renameSync(join(root, "src"), join(root, "lib"));
    await until(() => has("lib/second.py") && !has("src/second.py"));
    rmSync(join(root, "lib", "second.py"));
    await until(() => !has("lib/second.py"));
    expect(notes).toEqual([]);
  });

  it("takes thousands of events in few runs, one at a time", async () => {
    await start();
    const before = runs;
    for (let folder = 0; folder < 10; folder += 1) {
      mkdirSync(join(root, `many${folder}`));
      for (let i = 0; i < 300; i += 1) {
        writeFileSync(join(root, `many${folder}`, `f${i}.txt`), `text ${folder} ${i}\n`);
      }
    }
    await until(() => store.facts.stats().files === 3001);
    await wait(300);
    expect(runs - before).toBeLessThan(60);
    expect(mostRunning).toBe(1);
  });

  it("does not stir for what is never indexed", async () => {
    mkdirSync(join(root, ".git"));
    mkdirSync(join(root, "node_modules", "x"), { recursive: true });
    await start();
    const before = runs;
    for (let i = 0; i < 50; i += 1) {
      writeFileSync(join(root, ".git", `object${i}`), "x");
      writeFileSync(join(root, "node_modules", "x", `f${i}.js`), "x");
      writeFileSync(join(root, `picture${i}.png`), "x");
    }
    await wait(1500);
    expect(runs).toBe(before);
  });

  it("polls when told to", async () => {
    await start({ polling: true });
    await wait(50);
    writeFileSync(join(root, "src", "polled.py"), "def polled():\n    return 1\n");
    await until(() => defines("polled"));
  });

  it("ends with its signal, after the run in hand", async () => {
    await start();
    writeFileSync(join(root, "src", "last.py"), "def last():\n    pass\n");
    stop.abort();
    await watching;
    expect(running).toBe(0);
  });
});
