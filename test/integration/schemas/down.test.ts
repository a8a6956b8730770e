/** haypile migrate --down: what it takes away, what it refuses, and that the way up again leads to the same. */
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  truncateSync,
} from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { planDown, takeDown } from "../../../src/engine/schemas/down.ts";
import { acquireIndexLock } from "../../../src/storage/sqlite/file/lock.ts";
import { openDatabase } from "../../../src/storage/sqlite/file/open.ts";
import { indexSchema } from "../../../src/storage/sqlite/file/schema.ts";
import { memoriesSchema } from "../../../src/storage/sqlite/memories/file/schema.ts";
import { openMemoryStore } from "../../../src/storage/sqlite/memories/store.ts";
import { putLegacyFile, tablesOf, versionOf } from "../../helpers/legacy-files.ts";
import { codeOf } from "../../helpers/open-memories.ts";
import { makeFolder, openRaw } from "../../helpers/sqlite-files.ts";

const newest = { index: indexSchema.steps.length, memories: memoriesSchema.steps.length } as const;

let folder: string;
let remove: () => void;

beforeEach(() => {
  ({ folder, remove } = makeFolder());
});

afterEach(() => remove());

function put(kind: keyof typeof newest, version: number = newest[kind]): string {
  const path = join(folder, `${kind}.db`);
  putLegacyFile(kind, version, path);
  return path;
}

async function down(database: string, to: number, mayLose = false) {
  return await takeDown(planDown({ database }, to), mayLose);
}

/** Every row of tables that another file has too, by the columns of that. */
function rowsOf(path: string, like: string): Record<string, unknown[]> {
  const db = openRaw(path, { readonly: true });
  try {
    db.prepare("ATTACH ? AS other").run(like);
    const tables = db
      .prepare(
        "SELECT name FROM other.sqlite_schema WHERE type = 'table' AND sql NOT LIKE 'CREATE VIRTUAL%' AND name NOT LIKE 'sqlite%' ORDER BY name",
      )
      .pluck()
      .all() as string[];
    return Object.fromEntries(
      tables.map((table) => {
        const columns = (db.pragma(`other.table_info(${table})`) as { name: string }[]).map(
          ({ name }) => `"${name}"`,
        );
        return [table, db.prepare(`SELECT ${columns.join(", ")} FROM main."${table}"`).all()];
      }),
    );
  } finally {
    db.close();
  }
}

const bytesOf = (path: string): string => readFileSync(path).toString("base64");

describe.each([
  ["index", 11],
  ["index", 10],
  ["memories", 3],
  ["memories", 2],
] as const)("%s down to version %i", (kind, to) => {
  it("has the tables of that version, and every row of it", async () => {
    const database = put(kind);
    const legacy = join(folder, "legacy.db");
    putLegacyFile(kind, to, legacy);
    const before = rowsOf(database, legacy);
    const done = await down(database, to);
    expect(done).toMatchObject({ what: kind, from: newest[kind], to, loses: [], applied: true });
    expect(versionOf(database)).toBe(to);
    expect(tablesOf(database)).toEqual(tablesOf(legacy));
    expect(rowsOf(database, legacy)).toEqual(before);
    const raw = openRaw(database, { readonly: true });
    expect(raw.pragma("integrity_check", { simple: true })).toBe("ok");
    raw.close();
    // And up again: the same tables as before.
    if (kind === "index")
      openDatabase({ path: database, cacheBytes: 65_536, readonly: false }).db.close();
    else openMemoryStore({ path: database }).close();
    const fresh = join(folder, "fresh.db");
    putLegacyFile(kind, newest[kind], fresh);
    expect(tablesOf(database)).toEqual(tablesOf(fresh));
  });
});

describe("what would be lost", () => {
  it("of an index is said, and gone only with a snapshot of before", async () => {
    const database = put("index");
    const raw = openRaw(database);
    raw.exec("INSERT INTO exact_files SELECT id, content_hash, 1, 1, x'00' FROM files LIMIT 2");
    raw.close();
    const before = bytesOf(database);
    const plan = planDown({ database }, 11);
    expect(plan.loses).toEqual([expect.stringContaining("of 2 files that were read from SCIP")]);
    expect(await codeOf(takeDown(plan, false))).toBe("HAYPILE_CONFLICT");
    expect(bytesOf(database)).toBe(before);
    const { snapshot, applied } = await takeDown(plan, true);
    expect(applied).toBe(true);
    expect(versionOf(database)).toBe(11);
    const kept = readdirSync(`${database}.snapshots`);
    expect(kept).toContain(`${snapshot}.json`);
    expect(kept).toContain(`${snapshot}.pages`);
  });

  it("of memories is what is known of folders they are synced with; the folders are noted beside them", async () => {
    const database = put("memories");
    const raw = openRaw(database);
    const said = {
      file: "abc.jsonl",
      bytes: 1,
      lines: 1,
      lastAt: 1,
      wholeBytes: 1,
      generation: "g",
      tail: "",
      intent: "",
    };
    raw.prepare("INSERT INTO meta VALUES ('sync_machine', 'abc ' || ?)").run("1");
    raw
      .prepare("INSERT INTO sync_folders(path, said) VALUES ('/mnt/team', ?)")
      .run(JSON.stringify(said));
    raw.close();
    const plan = planDown({ database }, 3);
    expect(plan.loses).toEqual([expect.stringContaining("1 folder")]);
    expect(await codeOf(takeDown(plan, false))).toBe("HAYPILE_CONFLICT");
    expect(versionOf(database)).toBe(4);
    const { snapshot } = await takeDown(plan, true);
    expect(versionOf(database)).toBe(3);
    expect(
      existsSync(join(`${database}.snapshots`, `${snapshot}.pages`)) ||
        existsSync(join(folder, "snapshots", `${snapshot}.pages`)),
    ).toBe(true);
    expect(readFileSync(`${database}.sync-replaced`, "utf8")).toContain("/mnt/team");
  });

  it("may be more by now than was said: then nothing is changed", async () => {
    const database = put("index");
    const plan = planDown({ database }, 11);
    const raw = openRaw(database);
    raw.exec("INSERT INTO exact_files SELECT id, content_hash, 1, 1, x'00' FROM files LIMIT 1");
    raw.close();
    expect(await codeOf(takeDown(plan, true))).toBe("HAYPILE_CONFLICT");
    expect(versionOf(database)).toBe(12);
  });
});

describe("it is refused, and nothing is changed,", () => {
  it.each(["index", "memories"] as const)(
    "where another has taken the %s further down since it was asked for",
    async (kind) => {
      const database = put(kind);
      const plan = planDown({ database }, newest[kind] - 1);
      await down(database, newest[kind] - 2);
      await expect(takeDown(plan, false)).rejects.toMatchObject({
        code: "HAYPILE_CONFLICT",
        message: new RegExp(`another process has taken it down to ${newest[kind] - 2} meanwhile`),
      });
      expect(versionOf(database)).toBe(newest[kind] - 2);
    },
  );

  it("of damaged memories, which nobody is told to delete", () => {
    const data = join(folder, "data");
    mkdirSync(data);
    const database = join(data, "memories.db");
    putLegacyFile("memories", newest.memories, database);
    truncateSync(database, 9_000);
    vi.stubEnv("HAYPILE_DATA_DIR", data);
    try {
      for (const target of [{ memories: true }, { database }]) {
        expect(() => planDown(target, 3)).toThrow(/^The memories in .* are damaged .*rescue/u);
      }
      const elsewhere = join(folder, "copy.db");
      copyFileSync(database, elsewhere);
      expect(() => planDown({ database: elsewhere }, 3)).toThrow(
        /If it holds memories, "haypile memories rescue --db .*copy\.db".*If it is an index, delete/u,
      );
    } finally {
      vi.unstubAllEnvs();
    }
  });

  it.skipIf(process.platform === "win32" || process.getuid?.() === 0)(
    "of a file that may not be read, which is said",
    () => {
      const database = put("index");
      chmodSync(database, 0o000);
      expect(() => planDown({ database }, 11)).toThrow(
        /Could not read its version: .* may not be read\. Check its permissions/u,
      );
    },
  );

  it.each(["index", "memories"] as const)(
    "where another has the %s open, also to read",
    async (kind) => {
      const database = put(kind);
      const raw = openRaw(database);
      raw.pragma("journal_mode = WAL");
      raw.prepare("SELECT count(*) FROM meta").get();
      expect(await codeOf(down(database, newest[kind] - 1))).toBe("HAYPILE_DB_BUSY");
      expect(versionOf(database)).toBe(newest[kind]);
      raw.close();
      expect((await down(database, newest[kind] - 1)).applied).toBe(true);
    },
  );

  it("where a run is at work on the index", async () => {
    const database = put("index");
    const lock = acquireIndexLock(database);
    expect(await codeOf(down(database, 11))).toBe("HAYPILE_DB_BUSY");
    lock.release();
    expect(versionOf(database)).toBe(12);
  });

  it("of a newer file, one of another program, and one that is not there", async () => {
    const database = put("index");
    const raw = openRaw(database);
    raw.pragma("user_version = 13");
    raw.exec("INSERT INTO meta VALUES ('schema.program', '0.9.1')");
    raw.close();
    expect(() => planDown({ database }, 12)).toThrow(/made by Haypile 0\.9\.1/u);
    const foreign = join(folder, "foreign.db");
    const other = openRaw(foreign);
    other.exec("CREATE TABLE t(a)");
    other.close();
    expect(() => planDown({ database: foreign }, 1)).toThrow(/another program/u);
    expect(() => planDown({ database: join(folder, "none.db") }, 1)).toThrow(/is not there/u);
  });

  it.each([
    ["index", 9, /haypile reset.*It reads 3 files/u],
    ["memories", 1, /memories export/u],
  ] as const)("of %s below what goes, with what to do instead", (kind, to, says) => {
    const database = put(kind);
    const before = bytesOf(database);
    expect(() => planDown({ database }, to)).toThrow(says);
    expect(bytesOf(database)).toBe(before);
  });

  it("with the copy of before, where one is kept", async () => {
    const database = put("memories", 1);
    openMemoryStore({ path: database }).close();
    expect(() => planDown({ database }, 1)).toThrow(/snapshot restore before-v2 --to then\.db/u);
  });
});

it("does nothing where the file has that version, and goes down only", async () => {
  const database = put("index", 11);
  expect(await down(database, 11)).toMatchObject({ applied: false, from: 11, to: 11 });
  expect(() => planDown({ database }, 12)).toThrow(/only goes down/u);
});
