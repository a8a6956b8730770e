import { linkSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { identityAt } from "../../../../src/base/files/file-identity.ts";
import {
  removeFile,
  replaceFile,
  trying,
  tryingLater,
} from "../../../../src/base/files/patient.ts";
import { foldsCase } from "../../../../src/base/paths/case.ts";

const folder = mkdtempSync(join(tmpdir(), "haypile-patient-"));
afterEach(() => rmSync(join(folder, "a"), { force: true }));

function failing(times: number, code: string): { calls: number; run: () => void } {
  const seen = {
    calls: 0,
    run: () => {
      seen.calls += 1;
      if (seen.calls <= times) throw Object.assign(new Error("held"), { code });
    },
  };
  return seen;
}

describe("a file that another program holds", () => {
  it.each(["EBUSY", "EPERM", "EACCES"])("is tried again where it says %s", async (code) => {
    const one = failing(3, code);
    trying(one.run, true);
    expect(one.calls).toBe(4);
    const other = failing(3, code);
    await tryingLater(async () => other.run(), true);
    expect(other.calls).toBe(4);
  });

  it("is given up after a time, with what the system said", () => {
    const one = failing(Number.POSITIVE_INFINITY, "EBUSY");
    expect(() => trying(one.run, true)).toThrow("held");
    expect(one.calls).toBeGreaterThan(3);
  });

  it("is not waited for where it is gone, or on systems that never say so", () => {
    const gone = failing(1, "ENOENT");
    expect(() => trying(gone.run, true)).toThrow("held");
    const once = failing(1, "EBUSY");
    expect(() => trying(once.run, false)).toThrow("held");
    expect([gone.calls, once.calls]).toEqual([1, 1]);
  });
});

describe("names and files", () => {
  it("are told apart by number", () => {
    writeFileSync(join(folder, "a"), "1");
    const first = identityAt(join(folder, "a"));
    expect(first).toMatch(/^\d+ \d+$/u);
    linkSync(join(folder, "a"), join(folder, "b"));
    expect(identityAt(join(folder, "b"))).toBe(first);
    writeFileSync(join(folder, "c"), "2");
    replaceFile(join(folder, "c"), join(folder, "b"));
    expect(identityAt(join(folder, "b"))).not.toBe(first);
    removeFile(join(folder, "b"));
    removeFile(join(folder, "b"));
    expect(identityAt(join(folder, "b"))).toBeUndefined();
  });

  it("fold upper and lower case when the disk says so", () => {
    const path = join(folder, ".gitignore");
    writeFileSync(path, "");
    expect(foldsCase(path, true)).toBe(false);
    // What a disk that folds would answer.
    linkSync(path, join(folder, ".GITIGNORE"));
    expect(foldsCase(path, true)).toBe(true);
    expect(foldsCase(path, false)).toBe(false);
    writeFileSync(join(folder, "other"), "");
    writeFileSync(join(folder, "OTHER"), "");
    expect(foldsCase(join(folder, "other"), true)).toBe(false);
  });
});
