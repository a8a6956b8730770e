import { describe, expect, it } from "vitest";
import { requireHere } from "../../../src/base/package/own-package.ts";
import { type Database, loadDriver } from "../../../src/storage/sqlite/file/driver.ts";
import { nearestRows } from "../../../src/storage/sqlite/vectors/cosine-sql.ts";
import { addOwnVectorFunctions } from "../../../src/storage/sqlite/vectors/own-vector-functions.ts";

/** The same on every run. */
function numbers(seed: number, count: number): Int8Array {
  let state = seed;
  return Int8Array.from({ length: count }, () => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
    return (state >>> 16) & 0xff;
  });
}

function filled(load: (db: Database) => void): Database {
  const db = new (loadDriver())(":memory:");
  load(db);
  db.exec("CREATE TABLE rows (chunk_id INTEGER PRIMARY KEY, scale REAL, data BLOB)");
  const put = db.prepare("INSERT INTO rows VALUES (?, ?, ?)");
  for (let id = 1; id <= 200; id++) put.run(id, 0.5, Buffer.from(numbers(id, 256).buffer));
  put.run(201, 0, Buffer.alloc(256));
  put.run(202, 0.5, Buffer.alloc(12));
  return db;
}

describe("vector functions of our own", () => {
  it("find the same rows in the same order as sqlite-vec's", () => {
    const { load } = requireHere("sqlite-vec") as { load(db: Database): void };
    const [theirs, ours] = [filled(load), filled(addOwnVectorFunctions)].map((db) => {
      const query = Buffer.from(numbers(77, 256).buffer);
      const found = nearestRows(db, "rows").all({ query, limit: 20 });
      db.close();
      return found as { chunkId: number; score: number }[];
    });
    expect(ours?.map(({ chunkId }) => chunkId)).toEqual(theirs?.map(({ chunkId }) => chunkId));
    expect(ours?.[0]).toEqual({ chunkId: 77, score: 1 });
    for (const [i, { score }] of (ours ?? []).entries()) {
      expect(score).toBeCloseTo(theirs?.[i]?.score ?? Number.NaN, 5);
    }
  });

  it("refuse what is no vector", () => {
    const db = filled(addOwnVectorFunctions);
    expect(() => db.prepare("SELECT vec_distance_cosine('text', x'01')").get()).toThrow(
      "Expected bytes.",
    );
    db.close();
  });
});
