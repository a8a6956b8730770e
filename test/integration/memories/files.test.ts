/** The file of memories: other files are left alone, a closed service says so, missed changes are made up for. */
import { readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { openSqliteStore } from "../../../src/storage/sqlite/store.ts";
import { codeOf, type MemoryBench, memoryBench } from "../../helpers/open-memories.ts";
import { openRaw } from "../../helpers/sqlite-files.ts";

let bench: MemoryBench;

beforeEach(() => {
  bench = memoryBench();
});

afterEach(async () => await bench.end());

it("leaves files alone that are not its own, and newer ones", async () => {
  const index = join(dirname(bench.path), "index.db");
  openSqliteStore({ path: index }).close();
  const text = join(dirname(bench.path), "notes.txt");
  writeFileSync(text, "no database, ".repeat(100));
  for (const database of [index, text]) {
    const before = readFileSync(database);
    expect(await codeOf(bench.open({ database }))).toBe("HAYPILE_DB_NOT_A_DATABASE");
    expect(readFileSync(database).equals(before)).toBe(true);
  }
  await (await bench.open()).close();
  const raw = openRaw(bench.path);
  raw.pragma("user_version = 99");
  raw.close();
  expect(await codeOf(bench.open())).toBe("HAYPILE_DB_NEWER");
});

it("says so when it is closed, and finishes what has begun", async () => {
  const memories = await bench.open();
  const writing = memories.remember("written while closing");
  const closing = memories.close();
  const { id } = await writing;
  await closing;
  await memories.close();
  expect(await codeOf(memories.remember("too late"))).toBe("HAYPILE_CLOSED");
  expect(await codeOf(memories.recall("too late"))).toBe("HAYPILE_CLOSED");
  expect((await (await bench.open()).get(id))?.text).toBe("written while closing");
});

it("reads everything anew when changes it has not seen were cut off", async () => {
  const memories = await bench.open();
  const first = await memories.remember("alpha one");
  const second = await memories.remember("alpha two");
  await memories.settled();
  expect((await memories.recall("alpha")).hits.length).toBe(2);
  const other = await bench.open();
  await other.forget(first.id);
  await other.update(second.id, { tags: ["later"] });
  const raw = openRaw(bench.path);
  raw.exec("DELETE FROM changes WHERE seq < (SELECT max(seq) FROM changes)");
  raw.close();
  const { hits } = await memories.recall("alpha two", { why: true });
  expect(hits.map(({ memory }) => memory.id)).toEqual([second.id]);
  expect(hits[0]?.why?.meaning).toBeGreaterThan(0.9);
});

it("frees what it holds for searching, and brings it back", async () => {
  const memories = await bench.open();
  await memories.rememberMany(Array.from({ length: 500 }, (_, i) => ({ text: `row ${i}` })));
  await memories.settled();
  await memories.recall("row 7");
  const held = memories.residentBytes;
  memories.dropResident();
  expect(memories.residentBytes).toBeLessThan(held);
  expect((await memories.recall("row 7")).hits[0]?.memory.text).toBe("row 7");
});
