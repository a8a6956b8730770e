/** A process that is killed while it takes an index down leaves the one version or the other, whole. */
import { spawn } from "node:child_process";
import { copyFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, expect, it } from "vitest";
import { openDatabase } from "../../src/storage/sqlite/file/open.ts";
import { putLegacyFile, tablesOf, versionOf } from "../helpers/legacy-files.ts";
import { makeFolder, openRaw } from "../helpers/sqlite-files.ts";

/** Enough that the transaction does not fit into the cache of pages, so that the log has a part of it. */
const rows = 40_000;
const child = join(import.meta.dirname, "step-down-child.ts");

let folder: string;
let remove: () => void;
let base: string;

beforeAll(() => {
  ({ folder, remove } = makeFolder());
  base = join(folder, "base.db");
  putLegacyFile("index", 12, base);
  const db = openRaw(base);
  db.exec(`
    WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${rows})
    INSERT INTO files(path, size_bytes, mtime_ms, read_ms, content_hash, language, ctime_ms, inode)
      SELECT 'made/' || i, i, i, i, hex(i), 'text', i, i FROM n;
    INSERT INTO exact_files SELECT id, content_hash, 1, 1, zeroblob(200) FROM files;
  `);
  db.pragma("journal_mode = WAL");
  db.close();
});

afterAll(() => remove());

/** @param killAt bytes of the log at which it is killed; undefined: never by us */
async function run(path: string, how: "" | "between", killAt?: number): Promise<string> {
  const process_ = spawn(process.execPath, [child, path, how], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  let said = "";
  process_.stdout.on("data", (data) => {
    said += data;
  });
  let ended = false;
  const end = new Promise<void>((resolve) => {
    process_.on("close", () => {
      ended = true;
      resolve();
    });
  });
  while (!ended && killAt !== undefined) {
    if ((statSync(`${path}-wal`, { throwIfNoEntry: false })?.size ?? 0) >= killAt) {
      process_.kill("SIGKILL");
      break;
    }
    await sleep(1);
  }
  await end;
  return said;
}

function isWhole(path: string): number {
  const db = openRaw(path);
  try {
    expect(db.pragma("integrity_check", { simple: true })).toBe("ok");
    expect(db.prepare("SELECT count(*) FROM files WHERE path LIKE 'made/%'").pluck().get()).toBe(
      rows,
    );
  } finally {
    db.close();
  }
  const version = versionOf(path);
  const legacy = join(folder, `legacy-${version}.db`);
  putLegacyFile("index", version, legacy);
  expect(tablesOf(path)).toEqual(tablesOf(legacy));
  return version;
}

it("between its two steps: nothing of it is there, and the next try goes", async () => {
  const path = join(folder, "between.db");
  copyFileSync(base, path);
  expect(await run(path, "between")).toBe("");
  expect(statSync(`${path}-wal`).size).toBeGreaterThan(0);
  expect(isWhole(path)).toBe(12);
  expect(await run(path, "")).toBe("done\n");
  expect(isWhole(path)).toBe(10);
});

it("at any moment: one of the two versions, which this program opens", async () => {
  for (const killAt of [1, 2_000_000, 6_000_000]) {
    const path = join(folder, `killed-${killAt}.db`);
    copyFileSync(base, path);
    const said = await run(path, "", killAt);
    const version = isWhole(path);
    expect([10, 12]).toContain(version);
    if (said !== "") expect(version).toBe(10);
    openDatabase({ path, cacheBytes: 1_000_000, readonly: false }).db.close();
    expect(versionOf(path)).toBe(12);
  }
});
