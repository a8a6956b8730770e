/*
 * The core's function for SQLite against the SQL that it stands for: the same chunks with the same scores, on random
 * texts and queries, whatever is written in between.
 */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { sqlFunctions } from "../../src/native/words.ts";
import type { Database } from "../../src/storage/sqlite/file/driver.ts";
import { openSqliteStore, type SqliteStore } from "../../src/storage/sqlite/store.ts";
import { FullText } from "../../src/storage/sqlite/texts/full-text.ts";
import { BestRows } from "../../src/storage/sqlite/words/best-rows.ts";
import { addonFolder } from "../helpers/model.ts";
import { seededRandom, zipf } from "../helpers/random.ts";
import { makeFolder, openRaw } from "../helpers/sqlite-files.ts";
import { file } from "../helpers/store-files.ts";

const library = sqlFunctions(addonFolder);
const random = seededRandom(15);
const common = zipf(400, 1, random);
const below = (end: number): number => Math.floor(random() * end);

/** Few words are in most texts, most are in few; many have the same stem. */
function words(count: number): string {
  const endings = ["", "s", "ing", "Value", "_max", " -> "];
  return Array.from({ length: count }, () => `w${common()}${endings[below(6)]}`).join(" ");
}

const randomFile = (name: number) =>
  file(
    `w${name % 7}/w${name % 11}s/file${name}.ts`,
    Array.from({ length: 1 + below(9) }, () => words(1 + below(60))),
    String(below(1_000)),
  );

describe("the best rows by the core", () => {
  const made = makeFolder();
  const path = join(made.folder, "index.db");
  let core: SqliteStore;
  let sql: SqliteStore;

  beforeEach(() => {
    core = openSqliteStore({ path, sqlFunctions: library });
    sql = openSqliteStore({ path });
  });

  afterEach(() => {
    core.close();
    sql.close();
    made.remove();
  });

  /** Compares some questions; gives how many had an answer. */
  function compare(store = core): number {
    let answered = 0;
    for (let round = 0; round < 12; round += 1) {
      const query = round === 0 ? "w1 w2 w3 w0" : words(1 + below(9));
      const limit = [1, 7, 100, 10_000][below(4)] as number;
      const allowed =
        round % 3 === 0 ? undefined : Uint32Array.from({ length: below(90) }, (_, at) => at * 3);
      const found = store.texts.search(query, limit, allowed);
      expect(found, query).toEqual(sql.texts.search(query, limit, allowed));
      answered += Math.min(1, found.length);
    }
    return answered;
  }

  it("are those of SQL, with the same scores, whoever writes in between", () => {
    core.files.put(Array.from({ length: 60 }, (_, name) => randomFile(name)));
    let answered = compare();
    expect(core.lengthsBytes).toBeGreaterThan(8_000);
    for (let round = 0; round < 12; round += 1) {
      const writer = round % 2 === 0 ? core : sql;
      writer.files.put([randomFile(below(80)), randomFile(below(80))]);
      if (round % 5 === 0) writer.files.remove([`w1/w1s/file${below(80)}.ts`]);
      answered += compare();
    }
    expect(answered).toBeGreaterThan(120);
    expect(sql.lengthsBytes).toBe(0);
  });

  it("are those of SQL where only a path matches, or nothing does", () => {
    core.files.put([file("nowhere/else.ts", ["w1", "w2"]), file("b.ts", ["w3"])]);
    expect(core.texts.search("nowhere", 5)).toEqual(sql.texts.search("nowhere", 5));
    expect(core.texts.search("nowhere", 5)).toHaveLength(2);
    expect(core.texts.search("nowhere w3", 5)).toEqual(sql.texts.search("nowhere w3", 5));
    expect(core.texts.search("quokka", 5)).toEqual([]);
  });

  it("are those of SQL for a text of more words than a length is kept of", () => {
    core.files.put([file("a.ts", ["w7 ".repeat(70_000), "w7 w8"])]);
    for (let round = 0; round < 2; round += 1) {
      expect(core.texts.search("w7", 5)).toEqual(sql.texts.search("w7", 5));
    }
  });

  it("are found by SQL where there is no library, or SQLite cannot load it", () => {
    const notOne = join(made.folder, "haypile.node");
    writeFileSync(notOne, "not a library");
    core.files.put([randomFile(1), randomFile(2)]);
    for (const none of [() => undefined, () => join(made.folder, "gone.node"), () => notOne]) {
      const store = openSqliteStore({ path, sqlFunctions: none });
      expect(compare(store)).toBeGreaterThan(0);
      expect(store.lengthsBytes).toBe(0);
      store.close();
    }
  });
});

describe("the best rows of one connection", () => {
  const made = makeFolder();
  let db: Database;
  let core: FullText;
  let sql: FullText;

  beforeEach(() => {
    const path = join(made.folder, "index.db");
    openSqliteStore({ path }).close();
    db = openRaw(path);
    core = new FullText(db, undefined, library);
    sql = new FullText(db);
    for (let id = 1; id <= 40; id += 1) core.addChunk(id, { text: words(30) });
  });

  afterEach(() => {
    db.close();
    made.remove();
  });

  const same = (): void => {
    const found = core.search("w1 w2 w3 w4", 100);
    expect(found.length).toBeGreaterThan(10);
    expect(found).toEqual(sql.search("w1 w2 w3 w4", 100));
  };
  const rewrite = (): void => {
    for (let id = 1; id <= 40; id += 2) {
      core.removeChunk(id);
      core.addChunk(id, { text: words(5 + below(100)) });
    }
  };

  it("follow what a write has done so far, and what is taken back of it", () => {
    same();
    db.exec("BEGIN");
    same();
    rewrite();
    same();
    db.exec("SAVEPOINT one");
    rewrite();
    same();
    db.exec("ROLLBACK TO one");
    same();
    db.exec("ROLLBACK");
    same();
    rewrite();
    same();
  });

  it("keep what is read inside a transaction that only reads", () => {
    db.exec("BEGIN");
    same();
    expect(core.keptBytes).toBeGreaterThan(8_000);
    db.exec("COMMIT");
    same();
  });

  it("are found by SQL where a number is too high to keep rows by", () => {
    core.addChunk(2 ** 28 + 5, { text: "w1 w2" });
    const found = core.search("w1", 100);
    expect(found).toEqual(sql.search("w1", 100));
    expect(found.map(({ chunkId }) => chunkId)).toContain(2 ** 28 + 5);
  });

  it("are not to be had from a word index that is damaged, as by SQL", () => {
    db.unsafeMode();
    db.exec("DELETE FROM chunk_words_docsize");
    expect(() => sql.search("w1", 9)).toThrow(/malformed|corrupt/);
    expect(() => core.search("w1", 9)).toThrow(/malformed|corrupt/);
  });

  it("come with the number of rows each term is in", () => {
    const best = new BestRows({ db, table: "chunk_words", weights: [1, 1, 1, 1], library });
    const count = db.prepare("SELECT count(*) FROM chunk_words WHERE chunk_words MATCH ?").pluck();
    const terms = ['"w0"', '"quokka"', '"w2"*', '"w2"'];
    const found = best.of(terms.join(" OR "), 3, undefined, new Float64Array());
    expect(found?.rows).toHaveLength(3);
    expect(found?.all).toBe(40);
    expect([...(found?.counts ?? [])]).toEqual(terms.map((term) => count.get(term)));
  });

  it("refuse what is no list of weights", () => {
    for (const weights of [[1], [1, 1, 1], [1, 1, 1, 0], [1, 1, 1, 1, 1]]) {
      const best = new BestRows({ db, table: "chunk_words", weights, library });
      const ask = () => best.of('"w1"', 1, undefined, new Float64Array());
      expect(ask, String(weights)).toThrow(/haypile_best/);
    }
  });
});
