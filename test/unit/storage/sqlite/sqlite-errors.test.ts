import { describe, expect, it } from "vitest";
import { HaypileError } from "../../../../src/base/errors.ts";
import { sqliteCode, sqliteError } from "../../../../src/storage/sqlite/sqlite-errors.ts";

function failure(code: string): Error {
  return Object.assign(new Error("the driver's text"), { code });
}

describe("sqliteError", () => {
  const cases: [string, string][] = [
    ["SQLITE_CORRUPT", "HAYPILE_DB_CORRUPT"],
    ["SQLITE_CORRUPT_VTAB", "HAYPILE_DB_CORRUPT"],
    ["SQLITE_NOTADB", "HAYPILE_DB_NOT_A_DATABASE"],
    ["SQLITE_FULL", "HAYPILE_DISK_FULL"],
    ["SQLITE_IOERR_READ", "HAYPILE_IO"],
    ["SQLITE_CANTOPEN", "HAYPILE_IO"],
    ["SQLITE_READONLY_DBMOVED", "HAYPILE_PERMISSION"],
    ["SQLITE_PERM", "HAYPILE_PERMISSION"],
    ["SQLITE_BUSY_SNAPSHOT", "HAYPILE_DB_BUSY"],
    ["SQLITE_LOCKED", "HAYPILE_DB_BUSY"],
    ["SQLITE_NOMEM", "HAYPILE_OUT_OF_MEMORY"],
    ["SQLITE_ERROR", "HAYPILE_INTERNAL"],
    ["", "HAYPILE_INTERNAL"],
  ];
  for (const [from, to] of cases) {
    it(`makes ${to} of ${from || "any other error"}`, () => {
      const cause = failure(from);
      const error = sqliteError(cause, "/tmp/index.db", "store files");
      expect(error.code).toBe(to);
      expect(error.message).toContain("/tmp/index.db");
      expect(error.cause).toBe(cause);
      expect(error.data).toMatchObject({ path: "/tmp/index.db" });
    });
  }

  it("lets our own errors through", () => {
    const own = new HaypileError("HAYPILE_CLOSED", "closed");
    expect(sqliteError(own, "/tmp/index.db", "store files")).toBe(own);
  });

  it("takes things that are no errors", () => {
    expect(sqliteError("text", "/tmp/index.db", "store files").message).toContain("text");
    expect(sqliteError(undefined, "/tmp/index.db", "store files").code).toBe("HAYPILE_INTERNAL");
    expect(sqliteCode({ code: "ENOENT" })).toBe("");
  });
});
