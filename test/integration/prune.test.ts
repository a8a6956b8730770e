/*
 * Deleting indexes through the door: a preview and a token first, engines that are open are closed, and nothing goes whose
 * folder is there, that somebody writes, or that lies in another data folder.
 */
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import Database from "better-sqlite3";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { defaultDatabasePath, indexesFolder } from "../../src/config/places/paths.ts";
import { type HaypileHere, openHere } from "../../src/haypile/here.ts";
import { inTurn } from "../../src/haypile/in-turn.ts";
import { Lanes } from "../../src/haypile/lanes.ts";
import { acquireIndexLock } from "../../src/storage/sqlite/file/lock.ts";
import { tempFolder, writeTree } from "../helpers/temp-tree.ts";

vi.setConfig({ testTimeout: 120_000 });

let scratch: string;
let data: string;
let haypile: HaypileHere;

beforeEach(() => {
  scratch = tempFolder();
  data = join(scratch, "data");
  vi.stubEnv("HAYPILE_DATA_DIR", data);
  vi.stubEnv("HAYPILE_CACHE_DIR", join(scratch, "cache"));
  haypile = openHere();
});
afterEach(async () => {
  await haypile.close();
  vi.unstubAllEnvs();
});

const database = (folder: string): string => defaultDatabasePath(data, folder);
const leftOf = (folder: string): string[] => {
  const name = database(folder).slice(indexesFolder(data).length + 1);
  return readdirSync(indexesFolder(data)).filter((one) => one.startsWith(name));
};

async function indexed(name: string): Promise<string> {
  const folder = join(scratch, name);
  writeTree(folder, { "a.py": `def ${name}_one():\n    return 1\n`, "b.md": "# words\n" });
  await haypile.code(folder, { nearest: false }).index({ fillIn: "off" });
  return folder;
}

/** Notes in the index that its folder lay on a drive of its own, which is not mounted now. */
function asOnDrive(folder: string, mount: string): void {
  const db = new Database(database(folder));
  db.prepare("UPDATE meta SET value = ? WHERE key = 'mount'").run(mount);
  db.close();
}

describe("the list of indexes", () => {
  it("says what each holds when that is asked for, and is told anew after a change", async () => {
    const folder = await indexed("one");
    const [plain] = await haypile.indexes();
    expect(plain).toMatchObject({ folder, vanished: false, damaged: false });
    expect(plain).not.toHaveProperty("details");
    const [index] = await haypile.indexes({ details: true });
    const status = await haypile.code(folder).status();
    expect(index?.details).toEqual({
      files: 2,
      chunks: status.index.chunks,
      waiting: status.index.chunks - status.index.vectors,
      languages: [
        { language: "markdown", files: 1 },
        { language: "python", files: 1 },
      ],
      unparsed: 0,
      model: status.model,
      indexing: undefined,
    });
    writeTree(folder, { "c.py": "def more():\n    return 2\n" });
    await haypile.code(folder).index({ fillIn: "off" });
    const [after] = await haypile.indexes({ details: true });
    expect(after?.details).toMatchObject({ files: 3 });
    const lock = acquireIndexLock(database(folder));
    lock.release();
  });
});

describe("removeIndex()", () => {
  it("closes the open engine, deletes the file, and lets the folder be indexed anew", async () => {
    const folder = await indexed("open");
    expect(await haypile.openFolders()).toEqual([folder]);
    const { files } = await haypile.removeIndex({ folder });
    expect(files).toMatchObject([{ path: database(folder) }]);
    expect(leftOf(folder)).toEqual([]);
    expect(await haypile.openFolders()).toEqual([]);
    await expect(haypile.code(folder).status()).rejects.toMatchObject({
      code: "HAYPILE_NOT_INDEXED",
    });
    await haypile.code(folder, { nearest: false }).index({ fillIn: "off" });
    expect((await haypile.code(folder).status()).index.files).toBe(2);
    expect(await haypile.removeIndex({ database: database(folder) })).toMatchObject({
      files: [{ path: database(folder) }],
    });
    expect(await haypile.removeIndex({ folder })).toEqual({ files: [] });
  });

  it("is refused while a run is at work, which goes on, and the index stays open", async () => {
    const folder = await indexed("busy");
    const lock = acquireIndexLock(database(folder));
    await expect(haypile.removeIndex({ folder })).rejects.toMatchObject({
      code: "HAYPILE_DB_BUSY",
      message: expect.stringContaining(`process ${process.pid}`),
    });
    lock.release();
    expect((await haypile.code(folder).status()).index.files).toBe(2);
    expect(await haypile.openFolders()).toEqual([folder]);
  });

  it("deletes nothing outside the data folder", async () => {
    const other = join(scratch, "elsewhere", "indexes", "x.db");
    mkdirSync(join(other, ".."), { recursive: true });
    writeFileSync(other, "somebody's");
    const bad = [
      {},
      { folder: "/a", database: "/b" },
      { folder: "relative" },
      { database: other },
      { database: join(indexesFolder(data), "..", "memories.db") },
      { database: join(indexesFolder(data), "..", "..", "elsewhere", "indexes", "x.db") },
    ];
    for (const one of bad) {
      await expect(haypile.removeIndex(one), JSON.stringify(one)).rejects.toMatchObject({
        code: "HAYPILE_USAGE",
      });
    }
    expect(existsSync(other)).toBe(true);
  });
});

describe("prune()", () => {
  it("shows what would go, and then deletes just that", async () => {
    const [kept, gone] = [await indexed("kept"), await indexed("gone")];
    rmSync(gone, { recursive: true });
    writeFileSync(join(indexesFolder(data), "broken.db"), "no database".repeat(1000));
    writeFileSync(join(indexesFolder(data), "left.db-wal"), "x".repeat(500));

    const preview = await haypile.prune();
    expect(preview.indexes).toMatchObject([
      { folder: gone, why: "folder-gone", nearest: scratch, lastUsed: expect.any(String) },
      { why: "damaged", bytes: 11_000 },
    ]);
    expect(preview.strays).toEqual([{ path: join(indexesFolder(data), "left.db"), bytes: 500 }]);
    const [first] = preview.indexes;
    expect(preview.bytes).toBe((first?.bytes ?? 0) + 11_500);
    expect(preview).not.toHaveProperty("removed");
    expect(leftOf(gone)).not.toEqual([]);

    // A token is for one list.
    const confirm = preview.confirm ?? "";
    const later = await indexed("later");
    rmSync(later, { recursive: true });
    for (const wrong of [confirm, "abc", "zzzzzzz-0123", `${confirm}0`]) {
      await expect(haypile.prune({ confirm: wrong })).rejects.toMatchObject({
        code: "HAYPILE_CONFIRM",
      });
    }
    const only = [database(later)];
    const some = await haypile.prune({ databases: only });
    expect(some).toMatchObject({ indexes: [{ folder: later }], strays: [] });
    await expect(haypile.prune({ confirm: some.confirm })).rejects.toMatchObject({
      code: "HAYPILE_CONFIRM",
    });
    expect(await haypile.prune({ databases: only, confirm: some.confirm })).toMatchObject({
      removed: [{ path: database(later) }],
      kept: [],
    });
    expect(leftOf(later)).toEqual([]);
    expect(leftOf(gone)).not.toEqual([]);

    const done = await haypile.prune({ confirm });
    expect(done.removed?.map(({ path }) => path)).toEqual([
      database(gone),
      join(indexesFolder(data), "broken.db"),
      join(indexesFolder(data), "left.db"),
    ]);
    expect(readdirSync(indexesFolder(data)).filter((name) => /broken|left/.test(name))).toEqual([]);
    expect((await haypile.code(kept).status()).index.files).toBe(2);
    const nothing = await haypile.prune();
    expect(nothing).toEqual({ indexes: [], strays: [], bytes: 0, spared: [] });
  });

  it("keeps what may only not be mounted, unless that is wanted", async () => {
    const folder = await indexed("drive");
    const mount = join(scratch, "mounted");
    rmSync(folder, { recursive: true });
    asOnDrive(folder, mount);
    // Neither there, nor there as a plain folder of the system's own drive.
    for (const isThere of [false, true]) {
      if (isThere) mkdirSync(mount);
      const found = await haypile.prune();
      expect(found).toMatchObject({
        indexes: [],
        spared: [{ folder, why: "folder-gone", mayBeUnmounted: true, nearest: scratch }],
      });
      expect(found.confirm).toBeUndefined();
      await expect(haypile.prune({ databases: [database(folder)] })).rejects.toMatchObject({
        code: "HAYPILE_USAGE",
      });
    }
    const { confirm } = await haypile.prune({ unmounted: true });
    await haypile.prune({ unmounted: true, confirm });
    expect(leftOf(folder)).toEqual([]);
  });

  it("keeps one whose folder is there, is back, or is written", async () => {
    const [there, back, busy] = [
      await indexed("there"),
      await indexed("back"),
      await indexed("busy"),
    ];
    const foreign = join(indexesFolder(data), "other.db");
    const db = new Database(foreign);
    db.exec("CREATE TABLE notes(text TEXT); INSERT INTO notes VALUES ('dear diary')");
    db.close();
    renameSync(back, `${back}-away`);
    rmSync(busy, { recursive: true });
    await expect(haypile.prune({ databases: [database(there)] })).rejects.toThrow(
      /its folder is there/,
    );
    await expect(haypile.prune({ databases: [foreign] })).rejects.toThrow(/no index/);
    const { confirm, indexes } = await haypile.prune();
    expect(indexes.map(({ folder }) => folder)).toEqual([back, busy]);
    renameSync(`${back}-away`, back);
    // One folder less is another list.
    await expect(haypile.prune({ confirm })).rejects.toMatchObject({ code: "HAYPILE_CONFIRM" });
    const again = await haypile.prune();
    const lock = acquireIndexLock(database(busy));
    const done = await haypile.prune({ confirm: again.confirm });
    lock.release();
    expect(done).toMatchObject({
      removed: [],
      kept: [{ path: database(busy), reason: expect.stringContaining(`process ${process.pid}`) }],
    });
    expect([there, back, busy].map((folder) => existsSync(database(folder)))).toEqual([
      true,
      true,
      true,
    ]);
    expect(existsSync(foreign)).toBe(true);
  });
});

describe("stopIndexing()", () => {
  it("ends a run that a call has begun, and says where there is none", async () => {
    const folder = join(scratch, "long");
    for (let file = 0; file < 400; file += 1) {
      writeTree(folder, { [`f${file}.py`]: `def f${file}():\n    return ${file}\n`.repeat(20) });
    }
    const code = haypile.code(folder, { nearest: false });
    expect(await code.stopIndexing()).toEqual({ stopped: 0 });
    let stopped: Promise<unknown> | undefined;
    const run = code.index({
      fillIn: "off",
      onProgress: () => {
        stopped ??= code.stopIndexing();
      },
    });
    await expect(run).rejects.toMatchObject({ code: "HAYPILE_ABORTED" });
    expect(await stopped).toEqual({ stopped: 1 });
    await code.index({ fillIn: "off" });
    expect((await code.status()).index.files).toBe(400);
  });
});

describe("stopIndexing() of a run that is not at work yet", () => {
  it("ends one whose index is still being opened", async () => {
    const folder = join(scratch, "opening");
    writeTree(folder, { "a.py": "def a():\n    return 1\n" });
    const code = haypile.code(folder, { nearest: false });
    const run = code.index({ fillIn: "off" });
    expect(await code.stopIndexing()).toEqual({ stopped: 1 });
    await expect(run).rejects.toMatchObject({ code: "HAYPILE_ABORTED" });
    expect(await code.stopIndexing()).toEqual({ stopped: 0 });
  });

  it("ends one that waits for its turn, by another client and from a folder inside, and no other", async () => {
    const lanes = new Lanes();
    const one = inTurn(haypile, lanes, "one");
    const other = inTurn(haypile, lanes, "other");
    const first = join(scratch, "first");
    const second = join(scratch, "second");
    for (const folder of [first, second]) {
      writeTree(folder, { "in/a.py": "def a():\n    return 1\n" });
      await haypile.code(folder).index({ fillIn: "off" });
    }
    const free = Promise.withResolvers<void>();
    const held = lanes.run("background", "holder", () => free.promise);
    const goes = one.code(first, { nearest: false }).index({ fillIn: "off" });
    const waits = one.code(second, { nearest: false }).index({ fillIn: "off" });
    const ended = waits.catch((error: unknown) => error);
    expect(await other.code(join(second, "in")).stopIndexing()).toEqual({ stopped: 1 });
    expect(await ended).toMatchObject({ code: "HAYPILE_ABORTED" });
    free.resolve();
    await held;
    expect((await goes).files.unchanged).toBe(1);
  });
});

describe("fileStatus() and leftOut()", () => {
  it("say of one file and of all what the next run does", async () => {
    const folder = await indexed("said");
    const code = haypile.code(folder);
    writeTree(folder, { ".gitignore": "*.log\n", "x.log": "x", "new.ts": "export const a = 1;\n" });
    mkdirSync(join(folder, ".git"));
    writeTree(folder, {
      ".git/HEAD": "ref: refs/heads/main\n",
      ".git/objects/": "",
      ".git/refs/": "",
    });
    expect(await code.fileStatus("a.py")).toMatchObject({
      isIndexed: true,
      verdict: "a.py is in the index.",
    });
    expect(await code.fileStatus("x.log")).toMatchObject({
      isIndexed: false,
      leftOut: { path: "x.log", reason: "ignored-by-git", at: { line: 1, text: "*.log" } },
    });
    writeTree(folder, { "node_modules/x/y.js": "x" });
    expect(await code.fileStatus("node_modules/x/y.js")).toMatchObject({
      verdict:
        "node_modules/x/y.js is not in the index: node_modules/ is left out, as a folder with code of others, such as node_modules (packages of npm).",
      leftOut: { path: "node_modules/", reason: "vendored" },
    });
    await expect(code.fileStatus(".git/HEAD")).rejects.toMatchObject({
      code: "HAYPILE_PATH_REFUSED",
    });
    expect((await code.fileStatus("new.ts")).verdict).toContain("takes it in");
    expect((await code.fileStatus("none.ts")).verdict).toContain("there is no such file");
    rmSync(join(folder, "b.md"));
    expect((await code.fileStatus("b.md")).verdict).toContain("the next run takes it out");
    await expect(code.fileStatus("../x")).rejects.toMatchObject({ code: "HAYPILE_PATH_REFUSED" });
    await expect(code.leftOut({ under: "/etc" })).rejects.toMatchObject({
      code: "HAYPILE_PATH_REFUSED",
    });
    const found = await code.leftOut({ under: "x.log" });
    expect(found).toMatchObject({ root: folder, paths: [{ path: "x.log" }], counts: { total: 1 } });
    await expect(haypile.code(scratch, { nearest: false }).leftOut()).rejects.toMatchObject({
      code: "HAYPILE_NOT_INDEXED",
    });
  });
});
