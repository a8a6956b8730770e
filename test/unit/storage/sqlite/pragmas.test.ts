/* What is set of the storage is what SQLite then says. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { storageProfiles, storageValues } from "../../../../src/host/values.ts";
import { openDatabase } from "../../../../src/storage/sqlite/file/open.ts";

let scratch: string;
beforeEach(() => {
  scratch = mkdtempSync(join(tmpdir(), "haypile-pragmas-"));
});
afterEach(() => rmSync(scratch, { recursive: true, force: true }));

function pragmas(path: string, options: object): Record<string, unknown> {
  const { db } = openDatabase({ path, cacheBytes: 1_024_000, readonly: false, ...options });
  try {
    const of = (name: string) => db.pragma(name, { simple: true });
    return {
      page: of("page_size"),
      cache: of("cache_size"),
      mmap: of("mmap_size"),
      synchronous: of("synchronous"),
      checkpointPages: of("wal_autocheckpoint"),
      walLimit: of("journal_size_limit"),
    };
  } finally {
    db.close();
  }
}

it("is as for an SSD where nothing is said", () => {
  expect(pragmas(join(scratch, "a.db"), {})).toEqual({
    page: 4_096,
    cache: -1_000,
    mmap: 0,
    synchronous: 1,
    checkpointPages: 1_000,
    walLimit: 67_108_864,
  });
});

it.each(storageProfiles)("takes effect: %s", (profile) => {
  const { pageSizeBytes, mmapBytes, checkpointBytes, walLimitBytes } = storageValues(
    profile,
    "hdd",
  );
  expect(
    pragmas(join(scratch, "a.db"), {
      pageSizeBytes,
      mmapBytes,
      checkpointBytes,
      walLimitBytes,
      synchronous: "full",
    }),
  ).toMatchObject({
    page: 8_192,
    mmap: mmapBytes,
    synchronous: 2,
    checkpointPages: checkpointBytes / 8_192,
    walLimit: walLimitBytes,
  });
});

it("keeps the page size of a file that is there", () => {
  const path = join(scratch, "a.db");
  pragmas(path, {});
  expect(pragmas(path, { pageSizeBytes: 8_192, checkpointBytes: 8_192_000 })).toMatchObject({
    page: 4_096,
    checkpointPages: 2_000,
  });
});
