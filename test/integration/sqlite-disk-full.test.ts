import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { sqliteError } from "../../src/storage/sqlite/file/errors.ts";
import { openDatabase } from "../../src/storage/sqlite/file/open.ts";
import { SymbolWriter } from "../../src/storage/sqlite/symbols/symbol-writer.ts";
import { Chunks } from "../../src/storage/sqlite/texts/chunks.ts";
import { Documents } from "../../src/storage/sqlite/texts/documents.ts";
import { FullText } from "../../src/storage/sqlite/texts/full-text.ts";
import { Pending } from "../../src/storage/sqlite/vectors/pending.ts";
import { onSmallDisk } from "../helpers/small-disk.ts";
import { findFaults, makeFolder } from "../helpers/sqlite-files.ts";
import { codeOf, file, prose } from "../helpers/store-files.ts";

const made = makeFolder();

afterAll(made.remove);

describe("a full disk", () => {
  it("undoes the transaction whole when SQLite has no page left", () => {
    const path = join(made.folder, "pages.db");
    const { db } = openDatabase({ path, cacheBytes: 1e6, readonly: false });
    const words = new FullText(db);
    const chunks = new Chunks(db, words, new Pending(db));
    const documents = new Documents(db, chunks, words, new SymbolWriter(db));
    const put = (name: string, texts: string[]): void => {
      try {
        db.transaction(() => documents.put([file(name, texts)])).immediate();
      } catch (error) {
        throw sqliteError(error, path, "store files");
      }
    };
    put("small.txt", [prose]);
    db.pragma(`max_page_count = ${(db.pragma("page_count", { simple: true }) as number) + 8}`);
    const many = Array.from({ length: 200 }, (_, i) => `${i} ${prose.repeat(20)}`);
    for (let attempt = 0; attempt < 3; attempt++) {
      expect(codeOf(() => put("big.txt", many))).toBe("HAYPILE_DISK_FULL");
    }
    expect([...documents.all().keys()]).toEqual(["small.txt"]);
    expect(words.search("marmot", 10)).toHaveLength(1);
    put("tiny.txt", ["still room for this"]);
    db.close();
    expect(findFaults(path)).toEqual([]);
  });

  it("is named, loses nothing, and is over once there is room", (context) => {
    const folder = join(made.folder, "small-disk");
    const script = join(import.meta.dirname, "..", "concurrency", "store-disk-filler.ts");
    const report = onSmallDisk(folder, script);
    if (report === undefined) {
      return context.skip("unshare with a mount of its own is not allowed here");
    }
    expect(report).toMatchObject({
      code: "HAYPILE_DISK_FULL",
      foundAll: true,
      searchAtFull: 1,
      openAtFull: "HAYPILE_DISK_FULL",
      lockAtFull: "HAYPILE_DISK_FULL",
      afterRoom: "no error",
      faults: [],
    });
    expect(report.message).toMatch(/disk of .*index\.db is full.*Free some space/);
    expect(report.stored).toBeGreaterThan(5);
  }, 30_000);
});
