/*
 * The list of indexes on disk. Kind of report: a status that knew only of indexes some engine had open, and lists
 * that failed whole because one file in the folder was bad.
 */
import { cpSync, mkdirSync, renameSync, statSync, truncateSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { beforeEach, describe, expect, it } from "vitest";
import { indexesFolder } from "../../../../src/config/places/paths.ts";
import { listIndexes } from "../../../../src/engine/index/indexes.ts";
import { noteUse } from "../../../../src/storage/sqlite/file/index-facts.ts";
import { acquireIndexLock } from "../../../../src/storage/sqlite/file/lock.ts";
import { openSqliteStore } from "../../../../src/storage/sqlite/store.ts";
import { openRaw } from "../../../helpers/sqlite-files.ts";
import { tempFolder } from "../../../helpers/temp-tree.ts";

let data: string;
let folder: string;

beforeEach(() => {
  data = tempFolder();
  folder = indexesFolder(data);
});

function makeIndex(name: string, facts: Record<string, string>): string {
  const path = join(folder, `${name}.db`);
  const store = openSqliteStore({ path });
  for (const [key, value] of Object.entries(facts)) store.facts.set(key, value);
  store.close();
  return path;
}

describe("listIndexes", () => {
  it("is empty where nothing was ever indexed", async () => {
    expect(await listIndexes(data)).toEqual([]);
  });

  it("says folder, size, last run and last use of each, by folder", async () => {
    const [one, two] = [join(data, "a-project"), join(data, "b-project")];
    mkdirSync(one);
    mkdirSync(two);
    const second = makeIndex("second", { root: two });
    const first = makeIndex("first", { root: one, "last-index": "2026-01-02T03:04:05.000Z" });
    const listed = await listIndexes(data);
    expect(listed).toMatchObject([
      { folder: one, database: first, lastIndex: "2026-01-02T03:04:05.000Z", vanished: false },
      { folder: two, database: second, lastIndex: undefined, damaged: false },
    ]);
    expect(listed[0]?.bytes).toBe(statSync(first).size);
    expect(Date.now() - Date.parse(listed[0]?.lastUsed ?? "")).toBeLessThan(600_000);
    expect(listed[0]).not.toHaveProperty("problem");
  });

  it("leaves nothing beside the files it has read", async () => {
    const path = makeIndex("one", { root: data });
    await listIndexes(data);
    expect(statSync(`${path}-wal`, { throwIfNoEntry: false })).toBeUndefined();
    expect(statSync(`${path}-shm`, { throwIfNoEntry: false })).toBeUndefined();
  });

  it("knows a folder that is gone from one that moved away its index with it", async () => {
    const project = join(data, "project");
    mkdirSync(project);
    makeIndex("one", { root: project });
    renameSync(project, `${project}-elsewhere`);
    expect(await listIndexes(data)).toMatchObject([{ folder: project, vanished: true }]);
  });

  it("reads one that another connection writes at this moment", async () => {
    const path = makeIndex("one", { root: data });
    const writer = openRaw(path);
    writer.exec("BEGIN IMMEDIATE; UPDATE meta SET value = 'x' WHERE key = 'root'");
    expect(await listIndexes(data)).toMatchObject([{ folder: data, damaged: false }]);
    writer.exec("ROLLBACK");
    writer.close();
  });

  it("notes when an index was used, without a write to it", async () => {
    const path = makeIndex("one", { root: data });
    acquireIndexLock(path).release();
    const { mtimeMs } = statSync(path);
    const before = Date.now();
    noteUse(path);
    const [listed] = await listIndexes(data);
    expect(Date.parse(listed?.lastUsed ?? "")).toBeGreaterThanOrEqual(before - 1);
    expect(statSync(path).mtimeMs).toBe(mtimeMs);
  });

  it("lists what cannot be read with the reason, beside what can", async () => {
    const sound = makeIndex("sound", { root: data });
    cpSync(sound, join(folder, "cut.db"));
    truncateSync(join(folder, "cut.db"), 5000);
    writeFileSync(
      join(folder, "text.db"),
      "this was never a database, only a long enough text".repeat(90),
    );
    writeFileSync(join(folder, "empty.db"), "");
    mkdirSync(join(folder, "folder.db"));
    const foreign = openRaw(join(folder, "foreign.db"));
    foreign.exec("CREATE TABLE meta(key, value)");
    foreign.close();
    const hollow = makeIndex("hollow", { root: data });
    const raw = openRaw(hollow);
    raw.exec("DROP TABLE meta");
    raw.close();
    const listed = new Map(
      (await listIndexes(data)).map((index) => [basename(index.database, ".db"), index]),
    );
    expect([...listed.keys()].sort()).toEqual([
      "cut",
      "empty",
      "foreign",
      "hollow",
      "sound",
      "text",
    ]);
    expect(listed.get("sound")).toMatchObject({ folder: data, damaged: false });
    expect(listed.get("empty")).toMatchObject({ folder: undefined, damaged: false });
    for (const name of ["cut", "foreign", "hollow", "text"]) {
      expect(listed.get(name)).toMatchObject({ folder: undefined, damaged: true });
      expect(listed.get(name)?.problem).toContain(join(folder, `${name}.db`));
    }
  });
});
