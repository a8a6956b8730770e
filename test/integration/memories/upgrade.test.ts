/** A file of an earlier version: brought up to date with a copy of before, and shared with a process of that version. */
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { basename, dirname } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { migrate } from "../../../src/storage/sqlite/file/schema.ts";
import { copiesOf } from "../../../src/storage/sqlite/memories/copies/kept-copies.ts";
import { checkMemoryDatabase } from "../../../src/storage/sqlite/memories/file/check.ts";
import { memoriesSchema } from "../../../src/storage/sqlite/memories/file/schema.ts";
import { indexedWords } from "../../../src/storage/sqlite/words/words.ts";
import { codeOf, type MemoryBench, memoryBench } from "../../helpers/open-memories.ts";
import { openRaw } from "../../helpers/sqlite-files.ts";

let bench: MemoryBench;

beforeEach(() => {
  bench = memoryBench();
  const db = openRaw(bench.path);
  db.pragma("auto_vacuum = INCREMENTAL");
  db.pragma("journal_mode = WAL");
  migrate(db, memoriesSchema.steps.slice(0, 1), memoriesSchema.applicationId);
  db.exec("INSERT INTO namespaces(id, name) VALUES (1, 'default')");
  for (const [at, tags] of [
    ["Deploy"],
    ["deploy", "DEPLOY"],
    [" spaced ", "cafe\u0301"],
    [],
  ].entries()) {
    writeAsBefore(db, at + 1, `Old memory ${at + 1}`, tags);
  }
  db.close();
});

afterEach(async () => await bench.end());

/** As the first version wrote: without sums, tags as they came. */
function writeAsBefore(
  db: ReturnType<typeof openRaw>,
  id: number,
  text: string,
  tags: string[] = [],
): void {
  const key = `oldmemory${String(id).padStart(7, "0")}`;
  db.prepare(
    `INSERT INTO memories(id, key, namespace_id, kind, source, importance, pinned, created, since, valid_from, hash, tags, text)
     VALUES (?, ?, 1, 0, 0, 0.5, 0, 1000, 1000, 1000, ?, ?, ?)`,
  ).run(id, key, id, tags.length === 0 ? null : JSON.stringify(tags), text);
  db.prepare("INSERT INTO parts(id, row_id, start, end) VALUES (?, ?, 0, ?)").run(
    id,
    id,
    text.length,
  );
  db.prepare("INSERT INTO pending(part_id, noted) VALUES (?, 0)").run(id);
  db.prepare("INSERT INTO memory_words(rowid, body) VALUES (?, ?)").run(id, indexedWords(text));
  for (const tag of tags) {
    db.prepare("INSERT OR IGNORE INTO tags(name) VALUES (?)").run(tag);
    db.prepare("INSERT OR IGNORE INTO memory_tags SELECT id, ? FROM tags WHERE name = ?").run(
      id,
      tag,
    );
  }
}

describe("a file of the first version", () => {
  it("keeps its memories, whose tags are found however they were written", async () => {
    const memories = await bench.open();
    const texts = async (tag: string): Promise<string[]> =>
      (await memories.list({ tags: { any: [tag] } })).memories.map(({ text }) => text);
    expect(await texts("deploy")).toEqual(["Old memory 2", "Old memory 1"]);
    expect(await texts("spaced")).toEqual(["Old memory 3"]);
    expect(await texts("caf\u00e9")).toEqual(["Old memory 3"]);
    const shown = (await memories.list()).memories.map(({ tags }) => tags);
    expect(shown).toEqual([[], ["spaced", "caf\u00e9"], ["deploy"], ["Deploy"]]);
    await memories.close();
    expect(checkMemoryDatabase(bench.path)).toEqual({ texts: 4, findings: [] });
  });

  it("is kept as it was, for the user alone, until memories are erased", async () => {
    const memories = await bench.open();
    const [copy = ""] = copiesOf(bench.path);
    expect(basename(copy)).toBe("memories.db.before-v2");
    if (process.platform !== "win32") expect(statSync(copy).mode & 0o777).toBe(0o600);
    const before = openRaw(copy, { readonly: true });
    expect(before.pragma("user_version", { simple: true })).toBe(1);
    expect(before.prepare("SELECT count(*) FROM memories").pluck().get()).toBe(4);
    before.close();
    const id = "oldmemory0000001";
    await memories.forget(id);
    expect(existsSync(copy)).toBe(true);
    await memories.forget(id, { hard: true });
    // No trace of what was erased in any file of the folder.
    for (const file of readdirSync(dirname(bench.path))) {
      const bytes = readFileSync(`${dirname(bench.path)}/${file}`);
      expect(bytes.includes("Old memory 1"), file).toBe(false);
    }
  });

  it("is not brought up to date when it is damaged: it is told, and nothing is changed", async () => {
    const raw = openRaw(bench.path);
    const root = raw
      .prepare("SELECT rootpage FROM sqlite_schema WHERE name = 'notes'")
      .pluck()
      .get();
    raw.pragma("wal_checkpoint(TRUNCATE)");
    raw.close();
    const bytes = readFileSync(bench.path);
    bytes.fill(0xa5, ((root as number) - 1) * 4_096, (root as number) * 4_096);
    writeFileSync(bench.path, bytes);
    expect(await codeOf(bench.open())).toBe("HAYPILE_DB_CORRUPT");
    const after = openRaw(bench.path, { readonly: true });
    expect(after.pragma("user_version", { simple: true })).toBe(1);
    after.close();
    expect(copiesOf(bench.path)).toEqual([]);
  });

  it("goes on being written by a process of that version: what it wrote is believed, and sealed", async () => {
    const memories = await bench.open();
    const { id } = await memories.remember("Written by the new one");
    const old = openRaw(bench.path);
    writeAsBefore(old, 99, "Written by the old one");
    old.prepare("UPDATE memories SET importance = 0.9 WHERE key = ?").run(id);
    old.prepare("UPDATE memories SET deleted = 5 WHERE id = 1").run();
    old.prepare("INSERT INTO changes(row_id) SELECT id FROM memories").run();
    old.close();
    const { memories: list } = await memories.list();
    expect(list.map(({ text }) => text)).toEqual([
      "Written by the old one",
      "Written by the new one",
      ...["Old memory 4", "Old memory 3", "Old memory 2"],
    ]);
    expect((await memories.get(id))?.importance).toBe(0.9);
    await memories.close();
    const after = openRaw(bench.path, { readonly: true });
    const unsealed = "SELECT count(*) FROM memories WHERE id NOT IN (SELECT row_id FROM sums)";
    expect(after.prepare(unsealed).pluck().get()).toBe(0);
    after.close();
  });
});

describe("a row that was changed behind our back by damage", () => {
  it("is noticed by whoever reads it, and by a check", async () => {
    const memories = await bench.open();
    const { id } = await memories.remember("The launch is on Monday the third");
    await memories.settled();
    await memories.close();
    const raw = openRaw(bench.path);
    raw.pragma("wal_checkpoint(TRUNCATE)");
    raw.close();
    const bytes = readFileSync(bench.path);
    const at = bytes.indexOf("Monday the third");
    bytes.write("Sunday", at);
    writeFileSync(bench.path, bytes);
    const damaged = await bench.open();
    expect(await codeOf(damaged.get(id))).toBe("HAYPILE_DB_CORRUPT");
    expect(await codeOf(damaged.list())).toBe("HAYPILE_DB_CORRUPT");
    expect((await damaged.get("oldmemory0000002"))?.text).toBe("Old memory 2");
    await damaged.close();
    expect(checkMemoryDatabase(bench.path).findings).toEqual([
      `the memory ${id} is not what was written`,
    ]);
  });

  it("is missed when it is gone", async () => {
    const memories = await bench.open();
    await memories.remember("One that vanishes");
    await memories.settled();
    await memories.close();
    const raw = openRaw(bench.path);
    raw.exec("DROP TRIGGER memories_removed; DELETE FROM memories WHERE text LIKE '%vanishes'");
    raw.close();
    const damaged = await bench.open();
    expect(await codeOf(damaged.list())).toBe("HAYPILE_DB_CORRUPT");
    expect(await codeOf(damaged.recall("vanishes"))).toBe("HAYPILE_DB_CORRUPT");
    await damaged.close();
    expect(checkMemoryDatabase(bench.path).findings).toEqual(["1 texts are missing"]);
  });
});
