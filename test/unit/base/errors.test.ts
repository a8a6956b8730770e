import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { errorCatalogue, fileError, HaypileError, isErrorCode } from "../../../src/base/errors.ts";

const root = join(import.meta.dirname, "..", "..", "..");

describe("the catalogue", () => {
  it("is the table of docs/errors.md, in both directions", () => {
    const page = readFileSync(join(root, "docs", "errors.md"), "utf8");
    const rows = [...page.matchAll(/^\| `(HAYPILE_\w+)` \| (\d+) \| (.+?) \| (.+?) \|$/gm)];
    const documented = Object.fromEntries(
      rows.map(([, code, exit, says]) => [code, { exit: Number(exit), says }]),
    );
    expect(documented).toEqual(errorCatalogue);
  });

  it("has every code that the core throws", () => {
    const header = readFileSync(join(root, "native", "errors.h"), "utf8");
    const codes = [...header.matchAll(/"(HAYPILE_\w+)"/g)].map(([, code]) => code);
    expect(codes.length).toBeGreaterThan(8);
    expect(codes.filter((code) => !isErrorCode(code))).toEqual([]);
  });
});

describe("HaypileError", () => {
  it("carries code, data and exit code, and is known across copies", () => {
    const error = new HaypileError("HAYPILE_DB_BUSY", "busy", { data: { pid: 7 } });
    expect(error).toMatchObject({ code: "HAYPILE_DB_BUSY", data: { pid: 7 }, exitCode: 4 });
    expect(HaypileError.isInstance(error)).toBe(true);
    expect(HaypileError.isInstance(new Error("x"))).toBe(false);
    expect(HaypileError.isInstance({ [Symbol.for("haypile.error")]: true })).toBe(true);
  });

  it.each([
    ["ENOENT", "HAYPILE_PATH_MISSING"],
    ["EACCES", "HAYPILE_PERMISSION"],
    ["EROFS", "HAYPILE_PERMISSION"],
    ["ENOTDIR", "HAYPILE_NOT_A_FOLDER"],
    ["ENOSPC", "HAYPILE_DISK_FULL"],
    ["ENAMETOOLONG", "HAYPILE_USAGE"],
    ["ERR_INVALID_ARG_VALUE", "HAYPILE_USAGE"],
    ["EMFILE", "HAYPILE_IO"],
  ])("is made from the system's %s", (errno, code) => {
    const error = fileError(Object.assign(new Error("x"), { code: errno }), "read /a");
    expect(error.code).toBe(code);
    expect(error.message).toMatch(/^Could not read \/a: /);
    expect(fileError(error, "again")).toBe(error);
  });
});
