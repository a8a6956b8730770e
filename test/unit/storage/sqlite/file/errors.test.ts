import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { describe, expect, it } from "vitest";
import { HaypileError } from "../../../../../src/base/errors.ts";
import { sqliteCode, sqliteError } from "../../../../../src/storage/sqlite/file/errors.ts";

function failure(code: string): Error {
  return Object.assign(new Error("the driver's text"), { code });
}

/** Every result code of SQLite, and ours for it. */
const all: Record<string, string> = {
  HAYPILE_DB_CORRUPT:
    "CORRUPT CORRUPT_INDEX CORRUPT_SEQUENCE CORRUPT_VTAB FORMAT MISMATCH TOOBIG CANTOPEN_DIRTYWAL IOERR_CORRUPTFS IOERR_DATA IOERR_SHORT_READ",
  HAYPILE_DB_NOT_A_DATABASE: "NOTADB",
  HAYPILE_DISK_FULL: "FULL",
  HAYPILE_IO:
    "CANTOPEN CANTOPEN_CONVPATH CANTOPEN_FULLPATH CANTOPEN_ISDIR CANTOPEN_NOTEMPDIR CANTOPEN_SYMLINK IOERR IOERR_BADKEY IOERR_BEGIN_ATOMIC IOERR_BLOCKED IOERR_CHECKRESERVEDLOCK IOERR_CLOSE IOERR_CODEC IOERR_COMMIT_ATOMIC IOERR_CONVPATH IOERR_DELETE IOERR_DELETE_NOENT IOERR_DIR_CLOSE IOERR_DIR_FSYNC IOERR_FSTAT IOERR_FSYNC IOERR_GETTEMPPATH IOERR_IN_PAGE IOERR_LOCK IOERR_MMAP IOERR_RDLOCK IOERR_READ IOERR_ROLLBACK_ATOMIC IOERR_SEEK IOERR_SHMLOCK IOERR_SHMMAP IOERR_SHMOPEN IOERR_SHMSIZE IOERR_TRUNCATE IOERR_UNLOCK IOERR_VNODE IOERR_WRITE NOLFS",
  HAYPILE_PERMISSION:
    "AUTH AUTH_USER PERM READONLY READONLY_CANTINIT READONLY_CANTLOCK READONLY_DBMOVED READONLY_DIRECTORY READONLY_RECOVERY READONLY_ROLLBACK IOERR_ACCESS IOERR_AUTH",
  HAYPILE_DB_BUSY:
    "BUSY BUSY_RECOVERY BUSY_SNAPSHOT BUSY_TIMEOUT LOCKED LOCKED_SHAREDCACHE LOCKED_VTAB PROTOCOL SCHEMA",
  HAYPILE_OUT_OF_MEMORY: "NOMEM IOERR_NOMEM",
  HAYPILE_ABORTED: "INTERRUPT",
  HAYPILE_INTERNAL:
    "ABORT ABORT_ROLLBACK CONSTRAINT CONSTRAINT_CHECK CONSTRAINT_COMMITHOOK CONSTRAINT_DATATYPE CONSTRAINT_FOREIGNKEY CONSTRAINT_FUNCTION CONSTRAINT_NOTNULL CONSTRAINT_PINNED CONSTRAINT_PRIMARYKEY CONSTRAINT_ROWID CONSTRAINT_TRIGGER CONSTRAINT_UNIQUE CONSTRAINT_VTAB EMPTY ERROR ERROR_KEY ERROR_MISSING_COLLSEQ ERROR_RESERVESIZE ERROR_RETRY ERROR_SNAPSHOT ERROR_UNABLE INTERNAL MISUSE NOTFOUND NOTICE NOTICE_RBU NOTICE_RECOVER_ROLLBACK NOTICE_RECOVER_WAL RANGE WARNING WARNING_AUTOINDEX",
};

describe("sqliteError", () => {
  it("has a meaning for every result code there is", () => {
    const seen: string[] = [];
    for (const [code, names] of Object.entries(all)) {
      for (const name of names.split(" ")) {
        seen.push(name);
        const error = sqliteError(failure(`SQLITE_${name}`), "/tmp/index.db", "store files");
        expect(error.code, name).toBe(code);
      }
    }
    expect(new Set(seen).size).toBe(seen.length);
    // The driver comes with the header of the SQLite it was made of.
    const driver = dirname(createRequire(import.meta.url).resolve("better-sqlite3/package.json"));
    const header = readFileSync(join(driver, "deps", "sqlite3", "sqlite3.h"), "utf8");
    const extended = [
      ...header.matchAll(/^#define SQLITE_([A-Z_]+) +\(SQLITE_[A-Z]+ \| ?\(\d+<<8\)\)/gmu),
    ].map(([, name = ""]) => name);
    const known = extended.filter((name) => !name.startsWith("OK_"));
    expect(known.length).toBeGreaterThan(70);
    expect(known.filter((name) => !seen.includes(name))).toEqual([]);
  });

  it("knows codes that the driver has no name for by their number", () => {
    const number = (code: number): string => `UNKNOWN_SQLITE_ERROR_${code}`;
    for (const [code, to] of [
      [11 | (99 << 8), "HAYPILE_DB_CORRUPT"],
      [10 | (77 << 8), "HAYPILE_IO"],
      [5 | (9 << 8), "HAYPILE_DB_BUSY"],
      [255, "HAYPILE_INTERNAL"],
    ] as const) {
      expect(sqliteError(failure(number(code)), "/tmp/index.db", "read").code).toBe(to);
    }
  });

  it("takes a part of the schema that is gone for damage", () => {
    for (const text of ["no such table: memories", "vtable constructor failed: memory_words"]) {
      const error = Object.assign(new Error(text), { code: "SQLITE_ERROR" });
      expect(sqliteError(error, "/tmp/index.db", "read").code).toBe("HAYPILE_DB_CORRUPT");
    }
  });

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
