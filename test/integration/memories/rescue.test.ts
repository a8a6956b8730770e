/** Rescue and doctor on the command line; a rescue while somebody has the file open. */
import { execFileSync } from "node:child_process";
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { exportDamaged, rescueMemories } from "../../../src/engine/memories/rescue-memories.ts";
import { checkMemoryDatabase } from "../../../src/storage/sqlite/memories/file/check.ts";
import { type Ended, cli as run } from "../../helpers/cli.ts";
import { codeOf, type MemoryBench, memoryBench } from "../../helpers/open-memories.ts";
import { openRaw } from "../../helpers/sqlite-files.ts";

const limit = 300_000;
let data: string;

beforeEach(() => {
  data = mkdtempSync(join(tmpdir(), "haypile-rescue-"));
});

afterEach(() => rmSync(data, { recursive: true, force: true }));

function cli(...args: string[]): Promise<Ended> {
  // A daemon of the person who runs the tests is none of theirs.
  const env = { XDG_RUNTIME_DIR: data, HAYPILE_RUNTIME_DIR: data };
  return run(args, { data, env, limitMs: limit });
}

/** Overwrites a leaf of a table, as a bad sector would. */
function spoil(path: string, table: string): void {
  const raw = openRaw(path);
  raw.pragma("wal_checkpoint(TRUNCATE)");
  const page = raw
    .prepare("SELECT pageno FROM dbstat WHERE name = ? AND pagetype = 'leaf' LIMIT 1")
    .pluck()
    .get(table) as number;
  raw.close();
  const bytes = readFileSync(path);
  bytes.fill(0xa5, (page - 1) * 4_096, page * 4_096);
  writeFileSync(path, bytes);
}

describe("what is no regular file", () => {
  // Report of the kind: a rescue waited for a pipe without end and could not be stopped, and found a device sound.
  it.skipIf(process.platform === "win32").each([
    ["a pipe", (path: string) => void execFileSync("mkfifo", [path])],
    ["a link to a device", (path: string) => symlinkSync("/dev/zero", path)],
    ["a folder", (path: string) => void mkdirSync(path)],
  ])("is refused before it is opened: %s", { timeout: limit }, async (_, make) => {
    for (const name of ["memories.db", "beside.db-wal", "beside.db-journal"]) {
      make(join(data, name));
    }
    const beside = join(data, "beside.db");
    writeFileSync(beside, "");
    const expected = { code: "HAYPILE_DB_NOT_A_DATABASE" };
    for (const path of [join(data, "memories.db"), beside]) {
      await expect(rescueMemories(path)).rejects.toMatchObject(expected);
      const counts = { memories: 0, damaged: 0, lost: 0 };
      const lines = exportDamaged(path, {}, new Set(), counts);
      expect(() => [...lines]).toThrow(expect.objectContaining(expected));
      expect(() => checkMemoryDatabase(path)).toThrow(expect.objectContaining(expected));
    }
    const ended = await cli("memories", "rescue");
    expect(ended.code).not.toBe(0);
    expect(ended.stderr).toContain("[HAYPILE_DB_NOT_A_DATABASE]");
  });
});

describe("on the command line", () => {
  it(
    "damage is told, everything that is there comes out, and a good file is made",
    async () => {
      const lines = Array.from({ length: 60 }, (_, i) =>
        JSON.stringify({ text: `Memory ${i} says ${"so ".repeat(60)}`, tags: ["t"], pinned: true }),
      );
      const file = join(data, "lines.jsonl");
      writeFileSync(file, lines.join("\n"));
      expect((await cli("memories", "import", file)).code).toBe(0);
      const database = join(data, "memories.db");
      const sound = await cli("doctor", "--json");
      const checksOf = (ended: Ended): { name: string; state: string; detail: string }[] =>
        (JSON.parse(ended.stdout) as { checks: { name: string; state: string; detail: string }[] })
          .checks;
      expect(checksOf(sound).find(({ name }) => name === "memories")).toMatchObject({
        state: "ok",
        detail: "60 texts, all as they were written",
      });
      expect((await cli("memories", "rescue")).stdout).toContain("Nothing is damaged");

      spoil(database, "parts");
      const doctor = await cli("doctor", "--json");
      expect(doctor.code).toBe(4);
      expect(checksOf(doctor).find(({ name }) => name === "memories")).toMatchObject({
        state: "damaged",
        detail: expect.stringContaining("haypile memories rescue"),
      });
      const list = await cli("memories", "list");
      expect(list.code).toBe(4);
      expect(list.stderr).toMatch(/memories export.*memories rescue.*doctor.*HAYPILE_DB_CORRUPT/s);
      const exported = await cli("memories", "export");
      expect(exported.code).toBe(4);
      expect(exported.stdout.trim().split("\n")).toHaveLength(60);
      expect(exported.stderr).toMatch(/60 memories, none is missing/);

      const aside = join(data, "good.db");
      const beside = await cli("memories", "rescue", "--to", aside, "--json");
      expect(JSON.parse(beside.stdout)).toMatchObject({ memories: 60, lost: 0, database: aside });
      const rescued = await cli("memories", "rescue");
      expect(rescued.code, rescued.stderr).toBe(0);
      expect(rescued.stdout).toMatch(/60 memories, none is missing/);
      const after = await cli("memories", "list", "--json", "--limit", "1000");
      expect(JSON.parse(after.stdout)).toMatchObject({ total: 60 });
      const kept = readdirSync(data).find((name) => /^memories\.db\.damaged-[\d-]+$/.test(name));
      if (process.platform !== "win32") {
        expect(statSync(join(data, kept ?? "none")).mode & 0o777).toBe(0o600);
        expect(statSync(database).mode & 0o777).toBe(0o600);
      }
      expect((await cli("doctor", "--json")).code).toBe(0);
    },
    limit,
  );

  it(
    "a damaged index is told by doctor, with a code of its own",
    async () => {
      const folder = join(data, "indexes");
      writeFileSync(join(data, "a.txt"), "some words\n");
      expect((await cli("index", data, "--model", "static")).code).toBe(0);
      const [name = ""] = readdirSync(folder).filter((file) => file.endsWith(".db"));
      const bytes = readFileSync(join(folder, name));
      bytes.fill(0xa5, 4_096, 3 * 4_096);
      writeFileSync(join(folder, name), bytes);
      const doctor = await cli("doctor");
      expect(doctor.code).toBe(4);
      expect(doctor.stdout).toContain(`FAIL  index ${name}`);
    },
    limit,
  );
});

describe("a file that is replaced while it is open", () => {
  let bench: MemoryBench;

  beforeEach(() => {
    bench = memoryBench();
  });

  afterEach(async () => await bench.end());

  it(
    "is not rescued under another process",
    async () => {
      const before = await bench.open();
      for (let i = 0; i < 80; i++) await before.remember(`Memory ${i} ${"x".repeat(200)}`);
      await before.settled();
      await before.close();
      // Before it is open: reading the file beside SQLite would take the locks of this process away.
      spoil(bench.path, "vectors");
      const memories = await bench.open();
      const busy = await cli("memories", "rescue", "--db", bench.path);
      expect(busy.code, busy.stdout + busy.stderr).toBe(4);
      expect(busy.stderr).toContain("HAYPILE_DB_BUSY");
      expect(
        readdirSync(join(bench.path, "..")).filter((name) => name.includes("damaged")),
      ).toEqual([]);
      await memories.close();
      const rescued = await cli("memories", "rescue", "--db", bench.path);
      expect(rescued.code, rescued.stderr).toBe(0);
      expect((await (await bench.open()).list()).total).toBe(80);
    },
    limit,
  );

  it("takes no more writes that nobody would find", async () => {
    const memories = await bench.open();
    await memories.remember("Before");
    const other = readFileSync(bench.path);
    rmSync(bench.path);
    writeFileSync(bench.path, other);
    expect(await codeOf(memories.remember("After"))).toBe("HAYPILE_IO");
  });
});
