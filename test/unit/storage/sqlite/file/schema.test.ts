import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { assertSqliteVersion } from "../../../../../src/storage/sqlite/file/driver.ts";
import type { Migration } from "../../../../../src/storage/sqlite/file/migrations/migration.ts";
import {
  migrate,
  migrations,
  readSchemaVersion,
  schemaVersion,
} from "../../../../../src/storage/sqlite/file/schema.ts";
import { openRaw } from "../../../../helpers/sqlite-files.ts";
import { codeOf } from "../../../../helpers/store-files.ts";

let db = openRaw(":memory:");

beforeEach(() => {
  db = openRaw(":memory:");
});

afterEach(() => {
  db.close();
});

describe("migrations", () => {
  it("are numbered from one without gaps", () => {
    expect(migrations.map((step) => step.version)).toEqual(migrations.map((_, i) => i + 1));
    expect(schemaVersion).toBe(migrations.length);
  });

  it("bring a new file to the newest version, and do nothing the second time", () => {
    expect(readSchemaVersion(db, "a.db")).toBe(0);
    migrate(db);
    expect(readSchemaVersion(db, "a.db")).toBe(schemaVersion);
    const before = db.prepare("SELECT sql FROM sqlite_schema").all();
    migrate(db);
    expect(db.prepare("SELECT sql FROM sqlite_schema").all()).toEqual(before);
  });

  it("run only what is missing, in order, and keep the rows", () => {
    migrate(db);
    db.exec("INSERT INTO meta VALUES ('root', '/a')");
    const next: Migration[] = [
      ...migrations,
      { version: schemaVersion + 1, sql: "ALTER TABLE meta ADD COLUMN note TEXT" },
      { version: schemaVersion + 2, sql: "UPDATE meta SET note = key" },
    ];
    migrate(db, next);
    expect(db.pragma("user_version", { simple: true })).toBe(schemaVersion + 2);
    expect(db.prepare("SELECT * FROM meta").all()).toEqual([
      { key: "root", value: "/a", note: "root" },
    ]);
    expect(codeOf(() => readSchemaVersion(db, "a.db"))).toBe("HAYPILE_DB_NEWER");
  });

  it("undo a step that fails, whole", () => {
    migrate(db);
    const bad = { version: schemaVersion + 1, sql: "CREATE TABLE extra(a); CREATE TABLE extra(a)" };
    expect(() => migrate(db, [...migrations, bad])).toThrow(/already exists/);
    expect(db.pragma("user_version", { simple: true })).toBe(schemaVersion);
    expect(db.prepare("SELECT name FROM sqlite_schema WHERE name = 'extra'").all()).toEqual([]);
  });
});

describe("assertSqliteVersion", () => {
  it("takes 3.51.3 and later, and refuses what can lose data", () => {
    for (const version of ["3.51.3", "3.52.0", "3.53.2", "3.100.0", "4.0.0"]) {
      expect(codeOf(() => assertSqliteVersion(version))).toBe("no error");
    }
    for (const version of ["3.51.2", "3.49.2", "3.9.9", "2.99.99"]) {
      expect(codeOf(() => assertSqliteVersion(version))).toBe("HAYPILE_DB_SQLITE_TOO_OLD");
    }
  });
});
