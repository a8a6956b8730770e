/** Snapshots of an index: a moment of it, proved, and put back under others that have it open. */

import { createHash } from "node:crypto";
import {
  copyFileSync,
  existsSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import type { Engine } from "../../src/engine/engine.ts";
import { removeIndexAt } from "../../src/engine/index/reset.ts";
import { open } from "../../src/engine/open.ts";
import { Snapshots } from "../../src/engine/snapshots/snapshots.ts";
import { acquireIndexLock } from "../../src/storage/sqlite/file/lock.ts";
import { findFaults } from "../helpers/sqlite-files.ts";
import { tempFolder } from "../helpers/temp-tree.ts";

vi.setConfig({ testTimeout: 120_000 });

let tree: string;
let database: string;
let engine: Engine;
const others: Engine[] = [];

const openEngine = async (): Promise<Engine> => {
  const one = await open({ folder: tree, database, model: "static" });
  others.push(one);
  return one;
};

beforeEach(async () => {
  tree = tempFolder();
  database = join(tempFolder(), "index.db");
  for (let at = 0; at < 12; at += 1) {
    const text = `export function lamp${at}(light: number): number {\n  return light * ${at};\n}\n`;
    writeFileSync(join(tree, `lamp${at}.ts`), text);
  }
  engine = await openEngine();
  await engine.index();
});

afterEach(async () => {
  for (const one of others.splice(0)) await one.close();
});

const files = (one: Engine): number => one.status().index.files;
const names = (one: Engine, name: string): number => one.findSymbol(name, { k: 5 }).length;

it("is bit for bit what was kept, of the folder and model that it names", async () => {
  const made = await engine.snapshotIndex({ note: "twelve lamps" });
  expect(made).toMatchObject({
    ...{ note: "twelve lamps", reason: "asked", indexOf: tree, problem: undefined },
    counts: { files: 12, waiting: 0 },
    model: "static-code-256",
  });
  const verified = await engine.verifyIndexSnapshot(made.id);
  expect(verified).toMatchObject({ isSound: true, findings: [], sha256: made.sha256 });
  expect(verified.searches.map(({ found }) => found)).toEqual([true, true, true]);
  const to = join(tempFolder(), "then.db");
  await engine.restoreIndexSnapshot(made.id, { to });
  expect(createHash("sha256").update(readFileSync(to)).digest("hex")).toBe(made.sha256);
  expect(files(engine), "the index stays as it is").toBe(12);
});

it("is put back under others that have the index open, and the next run takes in what changed", async () => {
  const other = await openEngine();
  const { id } = await engine.snapshotIndex();
  writeFileSync(join(tree, "later.ts"), "export function cameLater(): void {}\n");
  rmSync(join(tree, "lamp3.ts"));
  await engine.index();
  expect([files(other), names(other, "cameLater"), names(other, "lamp3")]).toEqual([12, 1, 0]);
  const { kept } = await engine.restoreIndexSnapshot(id);
  for (const one of [engine, other]) {
    expect([files(one), names(one, "cameLater"), names(one, "lamp3")]).toEqual([12, 0, 1]);
  }
  expect(findFaults(database)).toEqual([]);
  expect(await other.index()).toMatchObject({ files: { new: 1, deleted: 1 } });
  expect([files(engine), names(engine, "cameLater"), names(engine, "lamp3")]).toEqual([12, 1, 0]);
  expect(kept).toMatchObject({ reason: "restore", counts: { files: 12 } });
  await engine.restoreIndexSnapshot(kept?.id as string);
  expect([names(other, "cameLater"), names(other, "lamp3")]).toEqual([1, 0]);
});

it("waits for nobody who writes: it is refused, and nothing changes", async () => {
  const { id } = await engine.snapshotIndex();
  for (const path of [database, `${database}.next`]) {
    const lock = acquireIndexLock(path);
    try {
      await expect(engine.restoreIndexSnapshot(id)).rejects.toMatchObject({
        code: "HAYPILE_DB_BUSY",
      });
      await expect(engine.verifyIndexSnapshot(id)).resolves.toMatchObject({ isSound: true });
    } finally {
      lock.release();
    }
  }
  expect((await engine.indexSnapshots()).snapshots).toHaveLength(1);
  expect(files(engine)).toBe(12);
});

it("comes back where the index is gone, and goes when it is reset", async () => {
  const { id } = await engine.snapshotIndex();
  const { folder } = await engine.indexSnapshots();
  for (const one of others.splice(0)) await one.close();
  rmSync(database);
  engine = await openEngine();
  await expect(engine.snapshotIndex()).rejects.toMatchObject({ code: "HAYPILE_NOT_INDEXED" });
  expect(await engine.restoreIndexSnapshot(id)).toMatchObject({ kept: undefined });
  expect(files(engine)).toBe(12);
  const removed = removeIndexAt(database).map(({ path }) => path);
  expect(removed).toContain(folder);
  expect([existsSync(folder), existsSync(database)]).toEqual([false, false]);
});

it("says what is wrong with one, and is none of memories", async () => {
  const { id } = await engine.snapshotIndex();
  const { folder } = await engine.indexSnapshots();
  const pages = join(folder, `${id}.pages`);
  const bytes = readFileSync(pages);
  bytes[200] = (bytes[200] as number) ^ 1;
  writeFileSync(pages, bytes);
  const { isSound, findings } = await engine.verifyIndexSnapshot(id);
  expect([isSound, findings]).toEqual([false, ["a block of its pages is damaged"]]);
  await expect(engine.restoreIndexSnapshot(id)).rejects.toMatchObject({
    code: "HAYPILE_SNAPSHOT_INVALID",
  });
  await expect(engine.restoreIndexSnapshot("../x")).rejects.toMatchObject({
    code: "HAYPILE_USAGE",
  });
  await engine.removeIndexSnapshot(id);
  expect(readdirSync(folder)).toEqual(["lock"]);

  const other = await engine.snapshotIndex();
  const memories = new Snapshots(join(tempFolder(), "memories.db"));
  const place = (await memories.list()).folder;
  (await import("node:fs")).mkdirSync(place);
  for (const end of ["json", "pages"])
    copyFileSync(join(folder, `${other.id}.${end}`), join(place, `${other.id}.${end}`));
  expect((await memories.list()).snapshots).toMatchObject([
    { id: other.id, problem: "it is a snapshot of an index" },
  ]);
  await expect(memories.restore(other.id)).rejects.toMatchObject({
    code: "HAYPILE_SNAPSHOT_INVALID",
  });
  await memories.close();
});
