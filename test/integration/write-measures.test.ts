/* Every write of ours is measured: by the table of calls, by what is written in the sources, and by the figures themselves. */
import { readdirSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { HaypileError } from "../../src/base/errors.ts";
import { logTotals, openDatabases } from "../../src/base/measures/databases.ts";
import { type Stall, stalls } from "../../src/base/measures/stalls.ts";
import { type WriteKind, writeMeasures } from "../../src/base/measures/writes.ts";
import { whenFree } from "../../src/memories/writing/when-free.ts";
import { memoryWriteKinds } from "../../src/storage/sqlite/memories/file/write-kinds.ts";
import type { Writes } from "../../src/storage/sqlite/roles/guarded.ts";
import { inOneWrite } from "../../src/storage/sqlite/roles/in-one-write.ts";
import { indexDoings, openSqliteStore, type SqliteStore } from "../../src/storage/sqlite/store.ts";
import { memoryBench } from "../helpers/open-memories.ts";
import { makeFolder, openRaw } from "../helpers/sqlite-files.ts";
import { file, hello, parser, unit } from "../helpers/store-files.ts";

const sources = join(import.meta.dirname, "../../src");
const { folder, remove } = makeFolder();
afterAll(remove);

const countOf = (kind: WriteKind): number =>
  writeMeasures.kinds().find(([name]) => name === kind)?.[1].whole.count ?? 0;

/** "files.put" of the calls that the table says write. */
const written = Object.entries(indexDoings).flatMap(([role, calls]) =>
  Object.entries(calls).flatMap(([name, doing]) =>
    typeof doing === "object" && "writes" in doing
      ? [[`${role}.${name}`, (doing as Writes).writes] as const]
      : [],
  ),
);

const four = { id: "four", dimensions: 4, vectors: "a" };
const eight = { id: "eight", dimensions: 8, vectors: "a" };
const note = (isDone: boolean) => ({
  ...{ files: ["/a/index.scip"], tools: ["test 1"], documents: 1, taken: 1, partly: 0 },
  ...{ leftOut: {}, definitions: 0, uses: 0, at: "2026-01-02T03:04:05.000Z", isDone },
});
const ids = (store: SqliteStore): number[] => store.pending.page(0, 9).map(({ id }) => id);
const exact = {
  path: "a.ts",
  contentHash: "00",
  isWhole: true,
  definitions: [],
  uses: [],
  inherits: [],
};

/** Makes each of them write, in this order, in one store. */
const deeds: Readonly<Record<string, (store: SqliteStore) => unknown>> = {
  "vectors.claimModel": (store) => store.vectors.claimModel(four),
  "files.put": (store) => store.files.put([file("a.ts", [hello, parser])]),
  "files.touch": (store) =>
    store.files.touch([{ path: "a.ts", stamp: { sizeBytes: 9, mtimeMs: 8, readMs: 9 } }] as never),
  "facts.set": (store) => store.facts.set("root", "/a"),
  "pending.rank": (store) => store.pending.rank(0, 10),
  "pending.ask": (store) => store.pending.ask(ids(store)),
  "staticVectors.put": (store) =>
    store.staticVectors.put(
      store.staticVectors.pending(1).map(({ id }) => id),
      unit(1, 0, 0),
    ),
  "vectors.put": (store) => store.vectors.put(ids(store).slice(0, 1), unit(1, 0, 0, 0), four),
  "next.wantStatic": (store) => store.next.wantStatic(),
  "next.begin": (store) => store.next.begin(eight),
  "next.put": (store) =>
    store.next.put(
      store.next.pending(1, 0).map(({ id }) => id),
      new Float32Array(8).fill(0.35),
      eight,
    ),
  "next.stop": (store) => store.next.stop(),
  "next.drop": (store) => store.next.drop(),
  "next.take": (store) => {
    store.next.begin(eight);
    store.next.take();
  },
  "exact.begin": (store) => store.exact.begin(note(false)),
  "exact.put": (store) => store.exact.put([exact]),
  "exact.end": (store) => store.exact.end(note(true)),
  "exact.clear": (store) => store.exact.clear(),
  "texts.refresh": (store) => {
    const db = openRaw(store.path);
    db.exec("DELETE FROM meta WHERE key LIKE '%word%'");
    db.close();
    return store.texts.refresh();
  },
  "files.remove": (store) => store.files.remove(["a.ts"]),
};

describe("writes of an index", () => {
  it("are made by every call that says so, and measured as its kind, none as another", () => {
    expect(Object.keys(deeds).sort()).toEqual(written.map(([call]) => call).sort());
    const kinds = new Map<string, WriteKind>(written);
    const store = openSqliteStore({ path: join(folder, "index.db") });
    const others = countOf("other");
    try {
      for (const [call, deed] of Object.entries(deeds)) {
        const kind = kinds.get(call) as WriteKind;
        const before = countOf(kind);
        deed(store);
        expect([call, countOf(kind) - before > 0]).toEqual([call, true]);
      }
      store.optimize();
      expect(countOf("tidy")).toBeGreaterThan(0);
    } finally {
      store.close();
    }
    expect(countOf("other")).toBe(others);
  });

  it("say their parts: waiting, work, commit", () => {
    const path = join(folder, "parts.db");
    const store = openSqliteStore({ path });
    try {
      store.files.put([file("a.ts", [hello])]);
    } finally {
      store.close();
    }
    const [, times] = writeMeasures.kinds().find(([kind]) => kind === "files") ?? [];
    expect(times?.wait.count).toBe(times?.whole.count);
    const parts = (times?.wait.sumMs ?? 0) + (times?.work.sumMs ?? 0) + (times?.commit.sumMs ?? 0);
    expect(parts).toBeCloseTo(times?.whole.sumMs ?? -1, 6);
    expect(times?.work.sumMs).toBeGreaterThan(0);
  });

  it("count what the log does: commits, pages, moves, also those that a commit makes by itself", () => {
    const path = join(folder, "log.db");
    const before = { ...logTotals().index };
    const store = openSqliteStore({ path, pragmas: { checkpointBytes: 64_000 } });
    try {
      for (let at = 0; at < 60; at += 1) {
        store.files.put([file(`a${at}.ts`, [`${hello} ${at} ${"x".repeat(2_000)}`])]);
      }
      const facts = openDatabases().find((one) => one.path === path);
      expect(facts?.counts.commits).toBe(60);
      expect(facts?.counts.checkpoints).toBeGreaterThan(0);
      expect(facts?.counts.pagesMoved).toBeGreaterThan(0);
      expect(facts?.counts.checkpointMs).toBeGreaterThan(0);
      expect(facts?.logPagesMost).toBeGreaterThan(0);
      expect(facts?.pending?.().vectors).toBe(60);
      const asked = facts?.counts.checkpoints ?? 0;
      store.optimize();
      expect(facts?.counts.checkpoints).toBeGreaterThan(asked);
      expect(facts?.logPages).toBe(0);
    } finally {
      store.close();
    }
    expect(openDatabases().some((one) => one.path === path)).toBe(false);
    expect(logTotals().index.commits).toBeGreaterThanOrEqual(before.commits + 60);
  });

  it("tell waiting for another writer from work", async () => {
    const path = join(folder, "busy.db");
    const store = openSqliteStore({ path });
    const [other, db] = [openRaw(path), openRaw(path)];
    db.pragma("busy_timeout = 1");
    const { thresholdMs } = stalls;
    const told: Stall[] = [];
    try {
      const waited = () => writeMeasures.kinds().find(([kind]) => kind === "links")?.[1];
      const [busy, sum] = [waited()?.busy ?? 0, waited()?.wait.sumMs ?? 0];
      other.exec("BEGIN IMMEDIATE");
      stalls.configure(50, (first) => told.push(first));
      const began = performance.now();
      const writing = whenFree(() => {
        try {
          inOneWrite(db, () => undefined, "links");
        } catch (error) {
          throw new HaypileError("HAYPILE_DB_BUSY", String(error));
        }
      });
      await new Promise((resolve) => setTimeout(resolve, 60));
      other.exec("ROLLBACK");
      await writing;
      expect((waited()?.busy ?? 0) - busy).toBeGreaterThan(0);
      const waitedMs = (waited()?.wait.sumMs ?? 0) - sum;
      expect(waitedMs).toBeGreaterThanOrEqual(55);
      expect(waitedMs).toBeLessThanOrEqual(performance.now() - began);
      expect(stalls.of(path).wait).toEqual({ times: 1, ms: waitedMs });
      expect(told).toMatchObject([{ cause: "wait", kind: "links" }]);
    } finally {
      stalls.configure(thresholdMs, () => undefined);
      other.close();
      db.close();
      store.close();
    }
  });
});

describe("writes of memories", () => {
  it("are measured by what they are", async () => {
    const bench = memoryBench();
    const others = countOf("other");
    const before = new Map(
      ["remember", "update", "forget", "links", "memory-vectors"].map((kind) => [
        kind,
        countOf(kind as WriteKind),
      ]),
    );
    try {
      const memories = await bench.open();
      const { id } = await memories.remember("the log is moved when it is full");
      const { id: second } = await memories.remember("marmots dry grass on warm stones");
      await memories.update(id, { text: "the log is moved when it is large" });
      await memories.link(id, second, "relates");
      await memories.settled();
      await memories.forget(second);
      await memories.undelete(second);
    } finally {
      await bench.end();
    }
    for (const [kind, count] of before) {
      expect([kind, countOf(kind as WriteKind) > count]).toEqual([kind, true]);
    }
    expect(countOf("other")).toBe(others);
  });

  it("are named in the sources by words that the table knows", () => {
    const said = all(sources).flatMap((path) => {
      const text = readFileSync(path, "utf8");
      if (!path.includes("memor")) return [];
      const calls = text.matchAll(
        /\b(?:write|writeLightly|unlessBusy)\(\s*("[^"]+"|[a-z]\w*)\s*,/gi,
      );
      return [...calls].flatMap(([, word = ""]) => {
        if (word.startsWith('"')) return [word.slice(1, -1)];
        const constant = new RegExp(`const ${word} = "([^"]+)"`).exec(text)?.[1];
        return constant === undefined ? [] : [constant];
      });
    });
    expect(said.length).toBeGreaterThan(15);
    expect(said.filter((word) => memoryWriteKinds[word] === undefined)).toEqual([]);
  });
});

describe("the sources", () => {
  it("begin a write in one place, but for what changes a file as a whole", () => {
    const places = all(join(sources, "storage"))
      .filter((path) => readFileSync(path, "utf8").includes(".immediate("))
      .map((path) => relative(join(sources, "storage/sqlite"), path).replaceAll("\\", "/"));
    expect(places.sort()).toEqual(["compact.ts", "file/schema.ts", "roles/in-one-write.ts"]);
  });
});

function all(at: string): string[] {
  return readdirSync(at, { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".ts"))
    .map((name) => join(at, name));
}
