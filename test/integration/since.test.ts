/* index --since, with a real repository. */
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { open } from "../../src/engine/open.ts";
import { findFaults, openRaw } from "../helpers/sqlite-files.ts";

let scratch: string;
let tree: string;

const git = (...args: string[]): string =>
  execFileSync("git", ["-c", "user.name=a", "-c", "user.email=a@example.com", ...args], {
    cwd: tree,
    encoding: "utf8",
  }).trim();
const write = (name: string, text: string): void => writeFileSync(join(tree, name), text);

beforeEach(() => {
  scratch = mkdtempSync(join(tmpdir(), "haypile-since-"));
  tree = join(scratch, "tree");
  mkdirSync(tree);
  git("init", "-q");
  for (let i = 0; i < 5; i += 1) write(`f${i}.py`, `def first_${i}():\n    return ${i}\n`);
  git("add", ".");
  git("commit", "-qm", "one");
});

afterEach(() => rmSync(scratch, { recursive: true, force: true }));

it("reads what git says, new files, and drops deleted ones", async () => {
  const engine = await open({
    folder: tree,
    database: join(scratch, "i.db"),
    embeddingCache: false,
  });
  try {
    await engine.index({ fillIn: "off" });
    const commit = git("rev-parse", "HEAD");
    // Every file looks changed, as after a fresh checkout; one is, behind git's back another too.
    for (let i = 0; i < 5; i += 1)
      utimesSync(join(tree, `f${i}.py`), new Date(), new Date(2_000_000_000_000));
    write("f1.py", "def second_1():\n    return 1\n");
    git("add", ".");
    git("commit", "-qm", "two");
    write("f2.py", "def second_2():\n    return 2\n");
    write("new.py", "def brand_new():\n    return 3\n");
    rmSync(join(tree, "f4.py"));
    const report = await engine.index({ since: commit, fillIn: "off" });
    expect(report.files).toMatchObject({
      new: 1,
      changed: 2,
      deleted: 1,
      touched: 0,
      unchanged: 2,
    });
    for (const name of ["second_1", "second_2", "brand_new"]) {
      expect(engine.findSymbol(name, { k: 1 })[0]?.name).toBe(name);
    }
    expect(engine.findSymbol("first_4").filter((hit) => hit.match === "exact")).toEqual([]);
  } finally {
    await engine.close();
  }
});

it("reads all files again after a step of the schema asked for it", async () => {
  const database = join(scratch, "i.db");
  const parts = { folder: tree, database, embeddingCache: false };
  const first = await open(parts);
  await first.index({ fillIn: "off" });
  await first.close();
  const raw = openRaw(database);
  // What 0005 does to an older index.
  raw.exec("UPDATE files SET size_bytes = -1, content_hash = ''; DELETE FROM symbols");
  raw.close();
  const engine = await open(parts);
  try {
    const report = await engine.index({ since: git("rev-parse", "HEAD"), fillIn: "off" });
    expect(report.files).toMatchObject({ new: 0, changed: 5, deleted: 0 });
    expect(engine.findSymbol("first_3", { k: 1 })[0]?.name).toBe("first_3");
    expect((await engine.index({ fillIn: "off" })).files.changed).toBe(0);
  } finally {
    await engine.close();
  }
  expect(findFaults(database)).toEqual([]);
});

it.each(["nothing-like-it", "--help", ""])(
  "refuses %s, and leaves the index alone",
  async (commit) => {
    const engine = await open({
      folder: tree,
      database: join(scratch, "i.db"),
      embeddingCache: false,
    });
    try {
      await engine.index({ fillIn: "off" });
      await expect(engine.index({ since: commit })).rejects.toMatchObject({
        code: "HAYPILE_USAGE",
      });
      expect(engine.status().index.files).toBe(5);
    } finally {
      await engine.close();
    }
  },
);
