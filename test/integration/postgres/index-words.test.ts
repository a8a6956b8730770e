/* Words over PostgreSQL and over SQLite: the same ids, the same order, the same scores. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { FileWithChunks, Store } from "../../../src/ports/store.ts";
import { openPgStore } from "../../../src/storage/postgres/index/store.ts";
import { IndexTerms } from "../../../src/storage/postgres/index/words/terms.ts";
import type { PgLink } from "../../../src/storage/postgres/link/link.ts";
import { openLink } from "../../../src/storage/postgres/link/open.ts";
import { databaseInMemory } from "../../../src/storage/sqlite/file/driver.ts";
import { openSqliteStore } from "../../../src/storage/sqlite/store.ts";
import { indexedWords } from "../../../src/storage/sqlite/words/words.ts";
import { repository } from "../../helpers/model.ts";
import { type TestDatabase, testDatabase, whyNoPostgres } from "../../helpers/postgres.ts";
import { makeFolder } from "../../helpers/sqlite-files.ts";

const odd =
  "客户使用协议 naïve café ｆｕｌｌ ﬁle ß İ हिन्दी १२३ Ελληνικά кириллица ёлка 한국어 ไทย Straße ŁÓDŹ ǅ ½ x² ӥ й a ?? b => v1.2.3 running runs";

function sources(): FileWithChunks[] {
  const folder = join(repository, "src", "storage", "sqlite");
  const names = readdirSync(folder, { recursive: true, encoding: "utf8" }).sort();
  const paths = names.filter((name) => name.endsWith(".ts")).map((name) => join(folder, name));
  const files = paths.map((path): FileWithChunks => {
    const lines = readFileSync(path, "utf8").split("\n");
    const chunks: FileWithChunks["chunks"][number][] = [];
    for (let at = 0; at < lines.length; at += 25) {
      const text = lines.slice(at, at + 25).join("\n");
      const all = (form: RegExp): string => (text.match(form) ?? []).join("\n");
      chunks.push({
        ...{ text, tokens: 9, startLine: at + 1, endLine: at + 25 },
        context: at === 0 ? undefined : `file ${path.slice(repository.length)}`,
        names: all(/(?<=(?:function|class|const) )\w+/gu),
        signatures: all(/function .*/gu),
        docs: all(/\/\*\*.*/gu),
      });
    }
    const stamp = { sizeBytes: 1, mtimeMs: 2, readMs: 3 };
    const at = path.slice(repository.length + 1);
    return { path: at, stamp, contentHash: "00", language: "typescript", chunks };
  });
  const often = `${"often ".repeat(20_000)}end`;
  const more = [odd, often].map((text) => ({ text, startLine: 1, endLine: 2, tokens: 9 }));
  return [...files, { ...(files[0] as FileWithChunks), path: "docs/odd naïve.md", chunks: more }];
}

describe.skipIf(whyNoPostgres !== undefined)("words of code", () => {
  const made = makeFolder();
  let database: TestDatabase;
  let link: PgLink;
  let stores: [Store, Store];

  beforeAll(async () => {
    database = await testDatabase();
    link = openLink({ url: database.url });
    // Another project, so that numbers and lists of two are in the same tables.
    openPgStore(link, "other").files.put(sources().slice(0, 20));
    stores = [openSqliteStore({ path: join(made.folder, "a.db") }), openPgStore(link, "one")];
    const files = sources();
    for (const store of stores) {
      while (store.texts.refresh());
      for (let at = 0; at < files.length; at += 40) store.files.put(files.slice(at, at + 40));
      store.files.remove(files.slice(5, 12).map(({ path }) => path));
      const changed = files.slice(20, 30).map((one) => ({ ...one, chunks: one.chunks.slice(1) }));
      store.files.put([...changed, files[6] as FileWithChunks]);
    }
  });
  afterAll(async () => {
    for (const store of stores ?? []) store.close();
    link?.close();
    await database?.close();
    made.remove();
  });

  it("are in the same chunks by the same numbers", () => {
    const [own, other] = stores.map(({ texts }) => [...texts.where(() => true)]);
    expect(own?.length).toBeGreaterThan(300);
    expect(other).toEqual(own);
  });

  it("rank chunks in the same order, with the same scores and marks", () => {
    const [sqlite, pg] = stores;
    const vocabulary = [
      ...new Set(sources().flatMap(({ chunks }) => chunks[0]?.text.match(/\w+/gu) ?? [])),
    ];
    let state = 7;
    const random = (below: number): number => {
      state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
      return state % below;
    };
    const words = (count: number): string =>
      Array.from({ length: count }, () => vocabulary[random(vocabulary.length)]).join(" ");
    const queries = [
      ...["often", "often end", "数", "协", "naive", "café", "a ?? b", "=>", "v1.2.3", "the of"],
      ...["src storage sqlite", "import export const return", "no such word at all", "é*", odd],
      ...Array.from({ length: 120 }, () => words(1 + random(6))),
      ...[words(100), words(300)],
    ];
    const all = sqlite.texts.where(() => true);
    for (const [at, query] of queries.entries()) {
      const allowed = at % 4 === 0 ? all.filter((id) => id % 3 !== 0) : undefined;
      const own = sqlite.texts.search(query, 40, allowed);
      const other = pg.texts.search(query, 40, allowed);
      expect(
        other.map(({ chunkId }) => chunkId),
        query,
      ).toEqual(own.map(({ chunkId }) => chunkId));
      for (const [place, { score }] of own.entries()) {
        expect(Math.abs((other[place]?.score ?? 0) - score) / score, query).toBeLessThan(1e-12);
      }
      const ids = own.slice(0, 5).map(({ chunkId }) => chunkId);
      expect(pg.texts.marks(query, ids), query).toEqual(sqlite.texts.marks(query, ids));
    }
  });

  it("have the terms that SQLite's word index has of them", () => {
    const db = databaseInMemory();
    const terms = new IndexTerms();
    try {
      db.exec(`CREATE VIRTUAL TABLE words USING fts5(word, content='', contentless_delete=1,
          tokenize="porter unicode61 remove_diacritics 2 tokenchars '_'");
        CREATE VIRTUAL TABLE terms USING fts5vocab(words, 'instance')`);
      const long = ["recalculating".repeat(5), "recalculating".repeat(4), "a".repeat(64)];
      const all = sources().flatMap(({ chunks }) => chunks.map(({ text }) => text));
      const words = [...new Set(indexedWords([...all, ...long].join(" ")).split(" "))];
      const put = db.prepare("INSERT INTO words(rowid, word) VALUES (?, ?)");
      db.transaction(() => {
        for (const [at, word] of words.entries()) put.run(at + 1, word);
      })();
      const found = new Map(
        db.prepare("SELECT doc, term FROM terms").raw().all() as [number, string][],
      );
      const differing = words.filter(
        (word, at) => terms.ofWord(word) !== (found.get(at + 1) ?? ""),
      );
      expect(words.length).toBeGreaterThan(2_000);
      expect(differing).toEqual([]);
    } finally {
      terms.close();
      db.close();
    }
  });

  it("are found by their lists, and not by reading all rows", async () => {
    const scans = async (): Promise<number> => {
      link.rows("SELECT pg_stat_force_next_flush()");
      link.rows("SELECT 1");
      const [row] = await database.ask<{ scans: string }>(
        `SELECT coalesce(sum(idx_scan), 0) AS scans FROM pg_stat_user_indexes
         JOIN pg_index ON pg_index.indexrelid = pg_stat_user_indexes.indexrelid
         JOIN pg_class ON pg_class.oid = pg_index.indexrelid
         JOIN pg_am ON pg_am.oid = relam AND amname = 'gin' WHERE pg_stat_user_indexes.relname ~ '^code_(words|files)'`,
      );
      return Number(row?.scans);
    };
    const before = await scans();
    stores[1].texts.search("transaction lock", 5);
    expect(await scans()).toBe(before + 2);
  });
});
