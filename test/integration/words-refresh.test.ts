/*
 * Indexes and memories that were made by older rules of words: they are brought up to date by themselves, in steps that
 * a stop does not undo, without reading, parsing or embedding again; until then they are found as they were.
 */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { indexFolder } from "../../src/indexing/indexer.ts";
import { openMemoryStore } from "../../src/storage/sqlite/memories/store.ts";
import { openSqliteStore, type SqliteStore } from "../../src/storage/sqlite/store.ts";
import { findSymbol } from "../../src/symbols/find-symbol.ts";
import { grammarsFolder } from "../../src/syntax/grammars.ts";
import { TreeSitterParser } from "../../src/syntax/parser.ts";
import { HashEmbedder } from "../helpers/hash-embedder.ts";
import { makeIndexWordsOlder, makeMemoryWordsOlder, wordsIn } from "../helpers/older-words.ts";
import { memoryBench } from "../helpers/open-memories.ts";
import { findFaults, makeFolder, openRaw } from "../helpers/sqlite-files.ts";
import { writeTree } from "../helpers/temp-tree.ts";

const tables = ["chunk_words", "path_words", "name_words"];
const longName =
  "test_that_a_shipment_is_split_when_one_of_its_parcels_is_heavier_than_the_carrier_allows_it_to_be";

describe("words of an index by older rules", () => {
  let made: ReturnType<typeof makeFolder>;
  let root: string;
  let path: string;
  let store: SqliteStore;
  let parser: TreeSitterParser;
  let embedder: HashEmbedder;

  const files: Record<string, string> = {
    "결제/ko.ts":
      "// 결제를 취소하고 환불을 요청한다\nexport function cancel(id: string) { return id; }\n",
    "ops.js": "/** One or the other. */\nexport const pick = (a, b) => a ?? b;\n",
    "parcels.py": `class Parcels:\n    """Of a shipment."""\n\n    def ${longName}(self):\n        pass\n`,
    "copy/ops.js": "/** One or the other. */\nexport const pick = (a, b) => a ?? b;\n",
    ...Object.fromEntries(
      Array.from({ length: 400 }, (_, at) => [
        `many/filler${at}.txt`,
        `filler text number${at} of many\n`,
      ]),
    ),
  };
  const index = (options: Partial<Parameters<typeof indexFolder>[0]> = {}) =>
    indexFolder({ root, store, embedder, parser, ...options });
  const found = (query: string): string[] =>
    store.texts
      .search(query, 10)
      .flatMap(({ chunkId }) => store.texts.places([chunkId]).map((place) => place.path));
  const reopen = (options: Partial<Parameters<typeof openSqliteStore>[0]> = {}): void => {
    store.close();
    store = openSqliteStore({ path, ...options });
  };
  const contents = (of: string): string[][] => tables.map((table) => wordsIn(of, table));

  beforeEach(async () => {
    made = makeFolder();
    root = join(made.folder, "tree");
    path = join(made.folder, "index.db");
    writeTree(root, files);
    parser = new TreeSitterParser({ grammars: grammarsFolder() });
    embedder = new HashEmbedder();
    store = openSqliteStore({ path });
    await index();
  });

  afterEach(async () => {
    await parser.close();
    store.close();
    made.remove();
  });

  it("are made anew by the next run, to what a new index has, and nothing is embedded", async () => {
    const fresh = contents(path);
    store.close();
    makeIndexWordsOlder(path);
    expect(contents(path)).not.toEqual(fresh);
    store = openSqliteStore({ path });
    const embedded = embedder.embedded.length;
    const report = await index();
    expect(report.files).toMatchObject({ new: 0, changed: 0 });
    expect(embedder.embedded.length).toBe(embedded);
    expect(contents(path)).toEqual(fresh);
    expect(found("결제")).toContain("결제/ko.ts");
    expect(found("??")).toContain("ops.js");
    const names = findSymbol(store.symbols, "heavier carrier");
    expect(names.map(({ name }) => name)).toEqual([longName]);
    expect(findFaults(path)).toEqual([]);
    expect(store.texts.refresh()).toBe(false);
  });

  it("are found all along, and a run that is stopped goes on where it was", async () => {
    const fresh = contents(path);
    store.close();
    makeIndexWordsOlder(path);
    store = openSqliteStore({ path });
    const stillFinds = (): void => {
      expect(found("결제를")).toContain("결제/ko.ts");
      expect(found("number399")[0]).toBe("many/filler399.txt");
      expect(found("number0")[0]).toBe("many/filler0.txt");
      expect(found(longName)).toContain("parcels.py");
    };
    stillFinds();
    let steps = 0;
    for (let more = true; more; steps += 1) {
      more = store.texts.refresh();
      stillFinds();
      // As a kill would: nothing of this store is left but its file.
      reopen();
      stillFinds();
    }
    expect(steps).toBeGreaterThan(5);
    expect(contents(path)).toEqual(fresh);
    expect(findFaults(path)).toEqual([]);
  });

  it("of files that change meanwhile are those of the new text", async () => {
    store.close();
    makeIndexWordsOlder(path);
    store = openSqliteStore({ path });
    const stop = new AbortController();
    let calls = 0;
    const refresh = store.texts.refresh.bind(store);
    store.texts.refresh = () => {
      calls += 1;
      if (calls === 6) stop.abort();
      return refresh();
    };
    await expect(index({ signal: stop.signal })).rejects.toThrow(/stopped|abort/i);
    expect(calls).toBe(6);
    writeFileSync(join(root, "ops.js"), "export const other = (a, b) => a <=> b;\n");
    writeFileSync(join(root, "many/filler7.txt"), "환불 규칙\n");
    reopen();
    await index();
    expect(found("<=>")).toEqual(["ops.js"]);
    expect(found("??")).toEqual(["copy/ops.js"]);
    expect(found("규칙")).toEqual(["many/filler7.txt"]);
    expect(findFaults(path)).toEqual([]);
    expect(store.texts.refresh()).toBe(false);
  });

  it("are made of texts that are packed as well", async () => {
    const fresh = contents(path);
    store.close();
    makeIndexWordsOlder(path);
    store = openSqliteStore({ path, textCompression: "deflate" });
    store.optimize();
    reopen({ textCompression: "deflate" });
    const raw = openRaw(path);
    expect(
      raw.prepare("SELECT count(*) FROM chunks WHERE packed IS NOT NULL").pluck().get(),
    ).not.toBe(0);
    raw.close();
    await index();
    expect(contents(path)).toEqual(fresh);
  });

  it("of a damaged note are made anew", () => {
    store.facts.set("store.words", "{");
    reopen();
    expect(found("결제")).toContain("결제/ko.ts");
    expect(store.texts.refresh()).toBe(true);
    for (let steps = 0; store.texts.refresh(); steps += 1) expect(steps).toBeLessThan(50);
    expect(findFaults(path)).toEqual([]);
  });
});

describe("words of memories by older rules", () => {
  let bench: ReturnType<typeof memoryBench>;

  beforeEach(() => {
    bench = memoryBench();
  });

  afterEach(() => bench.end());

  const place = (): string | undefined => {
    const raw = openRaw(bench.path);
    const value = raw.prepare("SELECT value FROM meta WHERE name = 'words'").pluck().get();
    raw.close();
    return value as string | undefined;
  };
  const until = async (isTrue: () => boolean): Promise<void> => {
    for (let tries = 0; !isTrue(); tries += 1) {
      expect(tries).toBeLessThan(2_000);
      await sleep(20);
    }
  };
  const isDone = (): boolean => place() === '{"rules":2}';

  // Its turn comes last.
  const last = "재고가 부족하면 주문을 거절한다";
  const short = "결제를 취소하면 환불을 요청한다";
  const long = Array.from(
    { length: 900 },
    (_, at) => `Entry ${at}: 배송을 시작했다, step${at}.`,
  ).join("\n");

  async function fill(): Promise<void> {
    const memories = await bench.open();
    await memories.remember(short);
    await memories.remember("Use ?? and not || for defaults.");
    await memories.remember(long);
    for (let at = 0; at < 60; at += 1) await memories.remember(`Port number${at} is taken.`);
    await memories.remember(last);
    await memories.settled();
    await memories.close();
  }

  it("are made anew in the background, to what they would be", async () => {
    await fill();
    expect(isDone()).toBe(true);
    const fresh = wordsIn(bench.path, "memory_words");
    makeMemoryWordsOlder(bench.path);
    expect(wordsIn(bench.path, "memory_words")).not.toEqual(fresh);
    const memories = await bench.open();
    const byWords = async (query: string): Promise<string[]> => {
      const { hits } = await memories.recall(query, { k: 5, why: true });
      return hits.filter(({ why }) => why?.words !== undefined).map(({ memory }) => memory.text);
    };
    expect(await byWords("주문을")).toEqual([last]);
    expect(await byWords("step899")).toEqual([long]);
    await until(isDone);
    expect(wordsIn(bench.path, "memory_words")).toEqual(fresh);
    expect(await byWords("환불")).toEqual([short]);
    expect(await byWords("배송")).toEqual([long]);
    expect(await byWords("??")).toHaveLength(1);
  });

  it("are found while none of them is made anew", async () => {
    await fill();
    makeMemoryWordsOlder(bench.path);
    const older = wordsIn(bench.path, "memory_words");
    const writer = openRaw(bench.path);
    // No step can be done while another connection writes.
    writer.exec("BEGIN IMMEDIATE");
    const store = openMemoryStore({ path: bench.path });
    try {
      await store.scope.prepare();
      const allowed = store.scope.allowed({ now: Date.now() });
      const found = (query: string): string[] => {
        // Several parts of a text may have a word.
        const rowIds = new Set(store.words.search(query, 5, allowed).map(({ rowId }) => rowId));
        return store.rows.get([...rowIds]).map(({ text }) => text);
      };
      expect(found("주문을")).toEqual([last]);
      expect(found("결제를")).toEqual([short]);
      expect(found("step899")).toEqual([long]);
    } finally {
      store.close();
      writer.close();
    }
    expect(wordsIn(bench.path, "memory_words")).toEqual(older);
  });

  it("go with their memory at whatever moment it is erased", async () => {
    await fill();
    makeMemoryWordsOlder(bench.path);
    const store = openMemoryStore({ path: bench.path });
    const isMidway = (): boolean => (place() ?? "").includes('"after":') && !isDone();
    try {
      await until(isMidway);
      const row = {
        namespace: "n",
        kind: "note",
        source: "user",
        importance: 0.5,
        pinned: false,
      } as const;
      const times = { created: 1, since: 1, validFrom: 1, expires: undefined };
      const text = "새로 온 메모를 적는다";
      store.write("test", () => {
        const parts = [{ start: 0, end: text.length }];
        store.rows.insert({
          ...row,
          ...times,
          key: "new",
          text,
          tags: [],
          hash: 1,
          sketch: [],
          parts,
        });
      });
      // No step comes between these two: all of it is one turn of the event loop.
      expect(isMidway()).toBe(true);
      const raw = openRaw(bench.path);
      const keys = raw.prepare("SELECT key FROM memories").pluck().all() as string[];
      raw.close();
      expect(keys).toContain("new");
      store.write("test", () => store.removal.erase(keys, 1, undefined, () => []));
    } finally {
      store.close();
    }
    expect(wordsIn(bench.path, "memory_words")).toEqual([]);
  });

  it("go on where a process that ended left them", async () => {
    await fill();
    const fresh = wordsIn(bench.path, "memory_words");
    makeMemoryWordsOlder(bench.path);
    const seen = new Set<string>();
    for (let rounds = 0; !isDone(); rounds += 1) {
      expect(rounds).toBeLessThan(100);
      const before = place();
      const store = openMemoryStore({ path: bench.path });
      await until(() => place() !== before);
      store.close();
      seen.add(place() ?? "");
    }
    expect(seen.size).toBeGreaterThan(3);
    expect(wordsIn(bench.path, "memory_words")).toEqual(fresh);
  });

  it("are redone once, when two processes have them open", async () => {
    await fill();
    const fresh = wordsIn(bench.path, "memory_words");
    makeMemoryWordsOlder(bench.path);
    const stores = [1, 2, 3].map(() => openMemoryStore({ path: bench.path }));
    await until(isDone);
    for (const store of stores) store.close();
    expect(wordsIn(bench.path, "memory_words")).toEqual(fresh);
  });
});
