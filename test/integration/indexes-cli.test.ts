/*
 * Looking after indexes: a list of all, prune, and a reset that works when it is needed most. The reports: no way to see
 * what lies in the data folder; a reset that failed on a damaged index; a watch that wrote into a deleted file.
 */
import { type ChildProcess, spawn } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { beforeEach, describe, expect, it, vi } from "vitest";
import { defaultDatabasePath, indexesFolder } from "../../src/config/places/paths.ts";
import { acquireIndexLock } from "../../src/storage/sqlite/file/lock.ts";
import { bin, type CliOptions, cli, type Ended } from "../helpers/cli.ts";
import { repository } from "../helpers/model.ts";
import { tempFolder, writeTree } from "../helpers/temp-tree.ts";

// On a machine where other work runs, processes take their time.
vi.setConfig({ testTimeout: 300_000, hookTimeout: 300_000 });

let scratch: string;
let data: string;
let cache: string;

beforeEach(() => {
  scratch = tempFolder();
  data = join(scratch, "data");
  cache = join(scratch, "cache");
});

const run = (args: string[], options: Partial<CliOptions> = {}): Promise<Ended> =>
  cli(args, { data, env: { HAYPILE_CACHE_DIR: cache }, ...options });
const database = (folder: string): string => defaultDatabasePath(data, folder);
const leftOf = (folder: string): string[] => {
  const name = database(folder).slice(indexesFolder(data).length + 1);
  return readdirSync(indexesFolder(data)).filter((one) => one.startsWith(name));
};

async function indexed(name: string): Promise<string> {
  const folder = join(scratch, name);
  writeTree(folder, { "a.py": `def ${name}_one():\n    return 1\n` });
  const ended = await run(["index", folder, "-q", "--fill-in", "off"]);
  expect(ended.code, ended.stderr).toBe(0);
  return folder;
}

describe("haypile indexes", () => {
  it("lists all, and prunes those whose folder is gone, with all that lies beside them", async () => {
    const kept = await indexed("kept");
    const gone = await indexed("gone");
    writeFileSync(`${database(gone)}.bits.lock`, "");
    rmSync(gone, { recursive: true });
    writeFileSync(join(indexesFolder(data), "broken.db"), "no database".repeat(1000));

    const listed = JSON.parse((await run(["indexes", "--json"])).stdout);
    expect(listed.indexes).toMatchObject([
      { folder: gone, vanished: true, damaged: false },
      { folder: kept, vanished: false, damaged: false },
      { damaged: true },
    ]);
    expect(listed.indexes[1].bytes).toBeGreaterThan(1000);
    const shown = await run(["indexes", "list"]);
    expect(shown.stdout).toMatch(/gone +\(the folder is gone\)/);
    expect(shown.stdout).toMatch(/broken\.db +\(damaged\)/);
    expect(shown.stderr).toMatch(/3 indexes, .*1 folder is gone: haypile indexes prune/);

    const dry = await run(["indexes", "prune", "--dry-run"]);
    expect(dry.stdout).toContain("Nothing was deleted.");
    for (const more of [[], ["--json"]]) {
      const unasked = await run(["indexes", "prune", ...more]);
      expect(unasked.code).toBe(2);
      expect(unasked.stderr).toContain("Expected --yes");
    }
    expect(leftOf(gone)).not.toEqual([]);

    const pruned = await run(["indexes", "prune", "--yes", "--json"]);
    expect(pruned.code, pruned.stderr).toBe(0);
    expect(JSON.parse(pruned.stdout)).toMatchObject({
      found: [
        { folder: gone, why: "folder-gone", nearest: scratch },
        { damaged: true, why: "damaged" },
      ],
      spared: [],
      removed: [{ path: database(gone) }, { path: join(indexesFolder(data), "broken.db") }],
      kept: [],
    });
    expect(leftOf(gone)).toEqual([]);
    expect(leftOf(kept)).not.toEqual([]);
    const strays = ["x.db.lock", "x.db.bits.lock", "y.db-wal"];
    for (const name of strays) writeFileSync(join(indexesFolder(data), name), "");
    expect((await run(["indexes", "prune", "--yes"])).stdout).toContain("Nothing to delete");
    expect(readdirSync(indexesFolder(data)).filter((name) => strays.includes(name))).toEqual([]);
  });

  it("prunes by age, and leaves one that is being written", async () => {
    const [old, young] = [await indexed("old"), await indexed("young")];
    const longAgo = new Date(Date.now() - 100 * 24 * 3_600_000);
    for (const name of leftOf(old)) utimesSync(join(indexesFolder(data), name), longAgo, longAgo);
    const lock = acquireIndexLock(database(old));
    for (const name of leftOf(old)) utimesSync(join(indexesFolder(data), name), longAgo, longAgo);
    const busy = await run(["indexes", "prune", "--older-than", "90d", "--yes"]);
    lock.release();
    expect(busy.stderr).toContain("is being written by process");
    for (const name of leftOf(old)) utimesSync(join(indexesFolder(data), name), longAgo, longAgo);
    expect((await run(["indexes", "prune", "--older-than", "200d", "--yes"])).stdout).toContain(
      "Nothing to delete",
    );
    const ended = await run(["indexes", "prune", "--older-than", "90d", "--yes"]);
    expect(ended.stdout, ended.stderr).toContain("Deleted 1 index");
    expect(leftOf(old)).toEqual([]);
    expect(leftOf(young)).not.toEqual([]);
    expect((await run(["indexes", "prune", "--older-than", "soon"])).code).toBe(2);
  });
});

describe("haypile reset", () => {
  it.each([
    ["rubbish in place of a database", (path: string) => writeFileSync(path, "x".repeat(9000))],
    ["a file cut short", (path: string) => truncateSync(path, 5000)],
    ["an empty file", (path: string) => truncateSync(path, 0)],
    [
      "a lock file that is rubbish",
      (path: string) => writeFileSync(`${path}.lock`, "y".repeat(900)),
    ],
    ["a log of another file", (path: string) => writeFileSync(`${path}-wal`, "z".repeat(5000))],
  ])("deletes %s", async (_, damage) => {
    const folder = await indexed("damaged");
    damage(database(folder));
    const ended = await run(["reset", "--path", folder, "--json"]);
    expect(ended.code, ended.stderr).toBe(0);
    expect(JSON.parse(ended.stdout).files).toMatchObject([{ path: database(folder) }]);
    expect(leftOf(folder)).toEqual([]);
    const again = await run(["index", folder, "-q", "--fill-in", "off"]);
    expect(again.code, again.stderr).toBe(0);
  });

  it("deletes the index of a folder that is gone, or was reached by a link", async () => {
    const gone = await indexed("gone");
    rmSync(gone, { recursive: true });
    expect((await run(["reset", "--path", gone])).stdout).toContain(`Deleted ${database(gone)}`);
    expect(leftOf(gone)).toEqual([]);
    const real = await indexed("real");
    symlinkSync(real, join(scratch, "link"));
    await run(["reset", "--path", join(scratch, "link")]);
    expect(leftOf(real)).toEqual([]);
    const none = await run(["reset", "--path", join(scratch, "never")]);
    expect(none.code).toBe(0);
    expect(none.stdout).toContain("Nothing to delete");
  });

  it("is refused while a run is at work, and deletes nothing", async () => {
    const folder = await indexed("busy");
    const lock = acquireIndexLock(database(folder));
    const ended = await run(["reset", "--path", folder]);
    lock.release();
    expect(ended.code).toBe(4);
    expect(ended.stderr).toMatch(/process \d+, since .*HAYPILE_DB_BUSY/s);
    expect(existsSync(database(folder))).toBe(true);
  });

  it("deletes no file that is none of its own", async () => {
    const memories = join(scratch, "memories.db");
    await run(["remember", "deploys go out on Tuesdays", "--db", memories]);
    const foreign = join(scratch, "notes.sqlite");
    writeFileSync(foreign, "somebody's work ".repeat(500));
    for (const file of [memories, foreign]) {
      const before = readFileSync(file);
      const ended = await run(["reset", "--db", file]);
      expect(ended.code).toBe(4);
      expect(ended.stderr).toContain("HAYPILE_DB_NOT_A_DATABASE");
      expect(readFileSync(file)).toEqual(before);
    }
  });

  it("asks before it deletes what all indexes share, and then deletes all of it", async () => {
    const folder = await indexed("one");
    mkdirSync(join(cache, "activity"), { recursive: true });
    writeFileSync(join(cache, "activity", "0.jsonl"), "{}\n");
    writeFileSync(join(cache, "embeddings.db"), "");
    for (const more of [[], ["--json"]]) {
      const unasked = await run(["reset", "--path", folder, "--all", ...more]);
      expect(unasked.code).toBe(2);
      expect(unasked.stderr).toContain("Expected --yes");
    }
    expect(existsSync(database(folder))).toBe(true);
    const ended = await run(["reset", "--path", folder, "--all", "--yes"]);
    expect(ended.code, ended.stderr).toBe(0);
    expect(existsSync(join(cache, "activity"))).toBe(false);
    expect(existsSync(join(cache, "embeddings.db"))).toBe(false);
    expect(leftOf(folder)).toEqual([]);
  });
});

describe("a reset under a watch", () => {
  let child: ChildProcess;
  let said = "";

  function until(pattern: RegExp): Promise<void> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error(`never said ${pattern}: ${said}`)), 200_000);
      const look = (): void => {
        if (!pattern.test(said)) return;
        clearTimeout(timer);
        child.stderr?.off("data", look);
        resolve();
      };
      child.stderr?.on("data", look);
      look();
    });
  }

  it("is noticed: the index is made anew where everybody finds it", async () => {
    const folder = await indexed("watched");
    said = "";
    child = spawn(process.execPath, [bin, "watch", folder], {
      cwd: repository,
      stdio: ["ignore", "ignore", "pipe"],
      env: { ...process.env, HAYPILE_DATA_DIR: data, HAYPILE_CACHE_DIR: cache },
    });
    child.stderr?.on("data", (text) => {
      said += text;
    });
    const ended = new Promise<number | null>((resolve) => child.on("close", resolve));
    try {
      await until(/watching/);
      const reset = await run(["reset", "--path", folder]);
      expect(reset.code, reset.stderr).toBe(0);
      await until(/the index was deleted meanwhile; it is made anew[\s\S]*1 new/);
      writeTree(folder, { "b.py": "def after_the_reset():\n    return 2\n" });
      await until(/made anew[\s\S]*1 new[\s\S]*1 new/);
      const found = await run(["symbol", "after_the_reset", "--path", folder]);
      expect(found.stdout, found.stderr).toContain("b.py:1");
    } finally {
      child.kill("SIGINT");
    }
    expect(await ended).toBe(0);
  });
});
