/**
 * Files of memories that are damaged at random (reports: with one bad page an export gave none of 400 texts that
 * SQLite reads, a list once gave none without a word). Of each: what plain SQLite reads, text by text, is exported;
 * every error has a code; and an answer that is given is right and whole, or it was said that the last write is not.
 *
 * HAYPILE_DAMAGES=320 tries more, HAYPILE_DAMAGE_FROM=17 begins at another one. Either prints what came of them.
 */
import { hash } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { HaypileError, isErrorCode } from "../../../src/base/errors.ts";
import { type OpenMemories, openMemories } from "../../../src/engine/memories/memories.ts";
import { exportDamaged, rescueMemories } from "../../../src/engine/memories/rescue-memories.ts";
import { readLog } from "../../../src/storage/sqlite/salvage/log.ts";
import { copyDatabase, damage, damageKinds } from "../../helpers/damage.ts";
import { HashEmbedder } from "../../helpers/hash-embedder.ts";
import { addonFolder } from "../../helpers/model.ts";
import { seededRandom } from "../../helpers/random.ts";
import { openRaw } from "../../helpers/sqlite-files.ts";

const trials = Number(process.env.HAYPILE_DAMAGES ?? 40);
const first = Number(process.env.HAYPILE_DAMAGE_FROM ?? 0);

let folder: string;
let closed: string;
let inUse: string;
let user: OpenMemories;
/** What was remembered and holds, by id. */
const truth = new Map<string, string>();

function open(database: string): Promise<OpenMemories> {
  return openMemories({ database, embedder: new HashEmbedder(), addonFolder });
}

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "haypile-damage-"));
  closed = join(folder, "closed.db");
  inUse = join(folder, "in-use.db");
  let memories = await open(closed);
  const items = Array.from({ length: 300 }, (_, i) => ({
    text: `Memory number ${i} says that key${i} is ${i * 7_919}. ${`More of ${i}. `.repeat(i % 50 === 0 ? 900 : i % 20)}`,
    namespace: ["default", "work", "home"][i % 3] as string,
    tags: i % 4 === 0 ? ["four", `t${i % 9}`] : [],
    pinned: i % 7 === 0,
    anchors: i % 30 === 0 ? [{ path: `/src/file${i}.ts`, symbol: "f" }] : [],
    onDuplicate: "keep" as const,
  }));
  const ids = (await memories.rememberMany(items)).map(({ id }) => id);
  for (const [at, id] of ids.entries()) truth.set(id, items[at]?.text ?? "");
  for (let i = 0; i < 300; i += 25) {
    const id = ids[i] as string;
    await memories.update(id, { text: `Changed: ${i}` });
    truth.set(id, `Changed: ${i}`);
    await memories.link(id, ids[i + 1] as string, "next");
  }
  await memories.settled();
  await memories.close();
  // Then some more that stand in the log, as while a daemon runs.
  copyDatabase(closed, inUse, false);
  memories = await open(inUse);
  user = memories;
  for (let i = 0; i < 40; i++) {
    const { id } = await memories.remember(`In the log: ${i} ${"x".repeat(i * 10)}`, {
      onDuplicate: "keep",
    });
    inLog.set(id, `In the log: ${i} ${"x".repeat(i * 10)}`);
  }
  await memories.settled();
});

const inLog = new Map<string, string>();

/** What came of the trials: by the code of the export's error, and of each call. */
const outcomes = { exports: new Map<string, number>(), calls: new Map<string, number>() };
const texts = { readable: 0, exported: 0 };

afterAll(async () => {
  await user.close();
  rmSync(folder, { recursive: true, force: true });
  if (process.env.HAYPILE_DAMAGES ?? process.env.HAYPILE_DAMAGE_FROM) {
    const { exports, calls } = outcomes;
    const counts = { exports: Object.fromEntries(exports), calls: Object.fromEntries(calls) };
    process.stdout.write(`${JSON.stringify({ trials, texts, ...counts }, null, 2)}\n`);
  }
});

function count(into: Map<string, number>, name: string): void {
  into.set(name, (into.get(name) ?? 0) + 1);
}

/** What is written to stderr while a call runs. */
async function saidBy<T>(call: () => Promise<T>): Promise<[T, string]> {
  const lines: string[] = [];
  const spy = vi.spyOn(process.stderr, "write").mockImplementation((line) => {
    lines.push(String(line));
    return true;
  });
  try {
    return [await call(), lines.join("")];
  } finally {
    spy.mockRestore();
  }
}

/** Current texts by id, as plain SQLite reads them one by one. */
function readable(path: string): Map<string, string> {
  const found = new Map<string, string>();
  let db: ReturnType<typeof openRaw>;
  try {
    db = openRaw(path);
  } catch {
    return found;
  }
  try {
    const one = db.prepare(
      `SELECT key, text FROM memories NOT INDEXED
       WHERE id = ? AND until IS NULL AND deleted IS NULL`,
    );
    for (let id = 1; id < 500; id++) {
      try {
        const row = one.get(id) as { key: unknown; text: unknown } | undefined;
        // A page of another table has other values there.
        if (typeof row?.key === "string" && typeof row.text === "string") {
          found.set(row.key, row.text);
        }
      } catch {
        // A page on its way is damaged.
      }
    }
  } catch {
    // Not even the table is known.
  } finally {
    db.close();
  }
  return found;
}

/** As the command does: what the store gives, then what can be read past the damage. */
async function exported(path: string): Promise<{ texts: Map<string, string>; error: unknown }> {
  const texts = new Map<string, string>();
  const take = (line: string): void => {
    const { id, text } = JSON.parse(line) as { id: string; text: string };
    texts.set(id, text);
  };
  try {
    const memories = await open(path);
    try {
      for await (const line of memories.export()) take(line);
    } finally {
      await memories.close();
    }
    return { texts, error: undefined };
  } catch (error) {
    if (codeOf(error) !== "HAYPILE_DB_CORRUPT") return { texts, error };
    const counts = { memories: 0, damaged: 0, lost: 0 };
    for (const line of exportDamaged(path, {}, new Set(texts.keys()), counts)) take(line);
    return { texts, error };
  }
}

/** Short, and another one for another text. */
function brief(text: string | undefined): string {
  if (text === undefined) return "none";
  return `${text.slice(0, 30)}… ${hash("sha256", text).slice(0, 8)}`;
}

function briefly(texts: Iterable<string>): string[] {
  return [...texts].map(brief).sort();
}

function codeOf(error: unknown): string {
  return HaypileError.isInstance(error) ? error.code : `no code: ${String(error)}`;
}

/** Runs a call on the damaged store. What it gives must be right, what it throws must have a code. */
async function calls(path: string, expected: Map<string, string>, seen: string[]): Promise<void> {
  const attempt = async (name: string, call: () => Promise<unknown>): Promise<void> => {
    try {
      await call();
      seen.push(`${name}: right`);
    } catch (error) {
      if (!HaypileError.isInstance(error)) throw error;
      seen.push(`${name}: ${error.code}`);
    }
  };
  let memories: OpenMemories | undefined;
  await attempt("open", async () => {
    memories = await open(path);
  });
  if (memories === undefined) return;
  const store = memories;
  const ids = [...expected.keys()];
  await attempt("list", async () => {
    const { memories: all, total } = await store.list({ limit: 1_000 });
    expect(total).toBe(expected.size);
    expect(briefly(all.map(({ id, text }) => `${id} ${text}`))).toEqual(
      briefly([...expected].map(([id, text]) => `${id} ${text}`)),
    );
  });
  for (const again of ["list", "list again"]) {
    await attempt(again, async () => {
      expect((await store.list()).total).toBe(expected.size);
    });
  }
  await attempt("stats", async () => {
    expect((await store.stats()).memories, seen.join()).toBe(expected.size);
  });
  await attempt("list of a namespace", async () => {
    const { total } = await store.list({ namespace: "work" });
    expect(total).toBe(100);
  });
  await attempt("recall", async () => {
    const { hits, searched } = await store.recall("key7 is", { k: 50 });
    expect(searched).toBe(expected.size);
    for (const { memory } of hits) {
      expect(brief(memory.text)).toBe(brief(expected.get(memory.id)));
    }
  });
  for (const at of [0, 99, 250]) {
    await attempt("get", async () => {
      const id = ids[at] as string;
      expect(brief((await store.get(id))?.text)).toBe(brief(expected.get(id)));
    });
  }
  await attempt("history", async () => {
    const [changed = ""] = truth.keys();
    if (expected.has(changed)) expect(await store.history(changed)).toHaveLength(2);
  });
  await attempt("forget", async () => {
    await store.forget(ids[3] as string);
    expected.delete(ids[3] as string);
  });
  await attempt("remember", async () => {
    const { id } = await store.remember("Something new", { onDuplicate: "keep" });
    expected.set(id, "Something new");
    expect((await store.get(id))?.text).toBe("Something new");
  });
  await store.close();
}

describe("a damaged file of memories", () => {
  it.each(
    Array.from({ length: trials }, (_, i) => first + i).map((trial) => ({
      trial,
      kind: damageKinds[trial % damageKinds.length] as (typeof damageKinds)[number],
    })),
  )(
    "$trial: $kind",
    async ({ trial, kind }) => {
      const random = seededRandom(trial + 1);
      const isLog = kind.includes("log");
      const path = join(folder, `trial-${trial}.db`);
      copyDatabase(isLog ? inUse : closed, path, trial % 20 < 10);
      damage(path, kind, random);
      const { state } = readLog(path);
      const copy = join(folder, `copy-${trial}.db`);
      copyDatabase(path, copy, true);
      const could = readable(copy);

      const [{ texts: given, error }, said] = await saidBy(() => exported(path));
      const out = new Set(briefly(given.values()));
      for (const [id, text] of could) {
        texts.readable += 1;
        // What SQLite reads of a damaged text is no UTF-8 at times, and an id may be damaged itself.
        expect(out.has(brief(text.toWellFormed())), `${kind}: ${id} ${brief(text)}`).toBe(true);
        texts.exported += 1;
      }
      const all = new Map(isLog ? [...truth, ...inLog] : truth);
      if (error !== undefined) {
        expect(isErrorCode(codeOf(error)), codeOf(error)).toBe(true);
        expect(codeOf(error)).not.toBe("HAYPILE_INTERNAL");
        count(outcomes.exports, codeOf(error));
      } else if (state === "sound") {
        // Nothing was said: then nothing is missing, and all is as it was.
        expect(briefly(given.values())).toEqual(briefly(all.values()));
        count(outcomes.exports, "whole");
      } else {
        // A write that was not finished and one whose end is damaged look the same: it is said.
        expect(state).toBe("torn");
        expect(said).toContain(`the last write to ${path} was cut off`);
        for (const [id, text] of given) expect(brief(text)).toBe(brief(all.get(id)));
        count(outcomes.exports, "whole up to a write that was said to be cut off");
      }

      copyDatabase(path, copy, true);
      const seen: string[] = [];
      await saidBy(() => calls(copy, state === "sound" ? all : new Map(given), seen));
      for (const one of seen) count(outcomes.calls, one.slice(one.indexOf(": ") + 2));
      expect(seen.filter((one) => one.includes("HAYPILE_INTERNAL"))).toEqual([]);
      if (codeOf(error) === "HAYPILE_DB_CORRUPT") {
        const rescued = join(folder, `rescued-${trial}.db`);
        const report = await rescueMemories(path, { to: rescued });
        expect(report.wasDamaged).toBe(true);
        const good = await open(rescued);
        const { memories: list } = await good.list({ limit: 1_000 });
        expect(briefly(list.map(({ text }) => text))).toEqual(briefly(given.values()));
        await good.close();
      }
      for (const one of [path, copy]) {
        for (const side of ["", "-wal", "-shm"]) rmSync(`${one}${side}`, { force: true });
      }
    },
    120_000,
  );
});
