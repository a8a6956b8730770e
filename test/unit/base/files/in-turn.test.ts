/* One process after another changes files; test/concurrency/config-set.test.ts has many of them. */
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { inTurn } from "../../../../src/base/files/in-turn.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "haypile-turn-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const lock = () => join(folder, "changes.lock");

it("holds the file while it works, also what works inside it, and leaves none", () => {
  const found = inTurn(folder, () => {
    const outer = readFileSync(lock(), "utf8");
    expect(inTurn(folder, () => readFileSync(lock(), "utf8"))).toBe(outer);
    expect(existsSync(lock())).toBe(true);
    return outer;
  });
  expect(found).toMatch(new RegExp(`^${process.pid} `));
  expect(existsSync(lock())).toBe(false);
  expect(() =>
    inTurn(folder, () => {
      throw new Error("no");
    }),
  ).toThrow("no");
  expect(existsSync(lock())).toBe(false);
  expect(inTurn(folder, () => 1)).toBe(1);
});

it("takes the turn of a process that was killed, once nobody touches it", () => {
  writeFileSync(lock(), "1 abandoned");
  const read = (): string => readFileSync(lock(), "utf8");
  expect(inTurn(folder, read, 30)).toMatch(new RegExp(`^${process.pid} `));
  expect(existsSync(lock())).toBe(false);
});

it("leaves the file of another who took it over", () => {
  inTurn(folder, () => writeFileSync(lock(), "1 another"));
  expect(readFileSync(lock(), "utf8")).toBe("1 another");
});

it("works where no file can be made", () => {
  const file = join(folder, "file");
  writeFileSync(file, "");
  expect(inTurn(join(file, "below"), () => 2)).toBe(2);
});
