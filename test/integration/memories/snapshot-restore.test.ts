/** Restoring: all or nothing, whoever has the memories open, with a way back, also where the file is damaged or gone. */
import { createHash } from "node:crypto";
import {
  copyFileSync,
  existsSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { basename, dirname, join } from "node:path";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { lazyMemories } from "../../../src/engine/memories/lazy-memories.ts";
import { Snapshots } from "../../../src/engine/snapshots/snapshots.ts";
import type { Memories } from "../../../src/ports/memories.ts";
import { checkMemoryDatabase } from "../../../src/storage/sqlite/memories/file/check.ts";
import { codeOf, type MemoryBench, memoryBench } from "../../helpers/open-memories.ts";

vi.setConfig({ testTimeout: 300_000 });

let bench: MemoryBench;
let folder: string;
const opened: Memories[] = [];

beforeEach(() => {
  bench = memoryBench();
  folder = join(dirname(bench.path), "snapshots");
});

afterEach(async () => {
  for (const memories of opened.splice(0)) await memories.close();
  await bench.end();
});

/** As a process of its own has them: opened when they are needed, and anew when they were replaced. */
function follower(): Memories {
  const memories = lazyMemories(() => bench.open(), new Snapshots(bench.path));
  opened.push(memories);
  return memories;
}

const items = (of: string, count: number) =>
  Array.from({ length: count }, (_, at) => ({ text: `${of} ${at} ${of.repeat(at % 40)}` }));

it("is seen by all who have them open, and goes back", async () => {
  const [one, other] = [follower(), follower()];
  await one.rememberMany(items("harbour", 700));
  expect((await other.stats()).memories).toBe(700);
  const first = await one.snapshot();
  await one.forgetWhere({}, { confirm: (await one.forgetWhere({})).confirm, hard: true });
  const { id } = await other.remember("a whale");
  const result = await one.restoreSnapshot(first.id);
  expect(result).toMatchObject({ id: first.id, database: bench.path, counts: first.counts });
  expect(result.sha256).toBe(first.sha256);
  expect(result.kept).toMatchObject({ reason: "restore", counts: { memories: 1 } });
  expect(result.keptFile).toBeUndefined();
  for (const memories of [one, other]) {
    expect((await memories.stats()).memories).toBe(700);
    expect(await memories.get(id)).toBeUndefined();
    expect((await memories.recall("harbour 17", { k: 1 })).hits).toHaveLength(1);
  }
  // Who writes has the new state too, and nothing goes into the old one.
  const later = await other.remember("a seal");
  expect((await one.get(later.id))?.text).toBe("a seal");
  expect(checkMemoryDatabase(bench.path).findings).toEqual([]);
  await one.restoreSnapshot(result.kept?.id ?? "");
  for (const memories of [one, other]) {
    expect((await memories.get(id))?.text).toBe("a whale");
    expect((await memories.stats()).memories).toBe(1);
  }
  expect(readdirSync(dirname(bench.path)).sort()).toEqual(
    ["memories.db", "memories.db-shm", "memories.db-wal", "snapshots"].sort(),
  );
});

it("refuses writes of who does not follow, and tells that nothing was written", async () => {
  const memories = await bench.open();
  await memories.rememberMany(items("harbour", 20));
  const { id } = await memories.snapshot();
  await memories.remember("a whale");
  expect(memories.isReplaced).toBe(false);
  await memories.restoreSnapshot(id);
  expect(memories.isReplaced).toBe(true);
  await expect(memories.remember("a seal")).rejects.toMatchObject({
    code: "HAYPILE_IO",
    message: expect.stringContaining("restored from a snapshot meanwhile. Nothing was written"),
  });
  expect((await (await bench.open()).stats()).memories).toBe(20);
});

it("loses no write of others, whenever they write", async () => {
  const [one, other] = [follower(), follower()];
  await one.rememberMany(items("harbour", 300));
  const { id } = await one.snapshot();
  let isOver = false;
  const written: string[] = [];
  const writing = (async () => {
    for (let at = 0; !isOver; at += 1) written.push((await other.remember(`wave ${at}`)).id);
  })();
  while (written.length < 3) await new Promise((done) => setTimeout(done, 5));
  const result = await one.restoreSnapshot(id);
  isOver = true;
  await writing;
  // Each is in what was replaced, or came after it: none is in neither.
  const there = new Set<string>();
  for (const key of written) if ((await one.get(key)) !== undefined) there.add(key);
  const to = join(dirname(bench.path), "then.db");
  await one.restoreSnapshot(result.kept?.id ?? "", { to });
  const then = await bench.open({ database: to });
  for (const key of written) if ((await then.get(key)) !== undefined) there.add(key);
  expect(there.size).toBe(written.length);
  expect(
    (await one.snapshots()).snapshots.filter(({ reason }) => reason === "restore"),
  ).toHaveLength(1);
});

it("writes a file of its own, bit for bit, and over none", async () => {
  const memories = await bench.open();
  await memories.rememberMany(items("harbour", 100));
  const made = await memories.snapshot();
  const to = join(dirname(bench.path), "then.db");
  expect(await memories.restoreSnapshot(made.id, { to })).toMatchObject({
    database: to,
    kept: undefined,
  });
  expect(createHash("sha256").update(readFileSync(to)).digest("hex")).toBe(made.sha256);
  if (process.platform !== "win32") expect(statSync(to).mode & 0o777).toBe(0o600);
  expect(await codeOf(memories.restoreSnapshot(made.id, { to }))).toBe("HAYPILE_USAGE");
  expect(memories.isReplaced).toBe(false);
});

it("takes the place of a file that is damaged, of none, and of one whose pages are damaged", async () => {
  const memories = follower();
  await memories.rememberMany(items("harbour", 400));
  const { id } = await memories.snapshot();
  await memories.close();
  const whole = readFileSync(bench.path);
  const trials: [string, () => void, boolean][] = [
    [
      "no database",
      () => writeFileSync(bench.path, "this is no database, and long enough".repeat(200)),
      true,
    ],
    [
      "a damaged page",
      () => writeFileSync(bench.path, Buffer.from(whole).fill(0xa5, 6 * 4_096, 9 * 4_096)),
      false,
    ],
    ["nothing", () => rmSync(bench.path), false],
  ];
  for (const [what, change, isFileKept] of trials) {
    for (const side of ["-wal", "-shm"]) rmSync(`${bench.path}${side}`, { force: true });
    change();
    const again = follower();
    const { keptFile, kept } = await again.restoreSnapshot(id);
    expect([what, (await again.stats()).memories]).toEqual([what, 400]);
    expect([what, keptFile !== undefined]).toEqual([what, isFileKept]);
    if (keptFile !== undefined) {
      expect(basename(keptFile)).toMatch(/^memories\.db\.replaced-\d{4}-\d\d-\d\d$/u);
      expect(readFileSync(keptFile, "utf8")).toContain("this is no database");
    }
    if (what === "a damaged page") {
      expect(kept?.damage).toEqual(expect.any(String));
      // It is kept for what can be read of it, and not put back.
      expect(await codeOf(again.restoreSnapshot(kept?.id ?? ""))).toBe("HAYPILE_SNAPSHOT_INVALID");
      const [finding] = (await again.verifySnapshot(kept?.id ?? "")).findings;
      expect(finding).toContain("damaged when it was made");
    }
    await again.close();
    expect(checkMemoryDatabase(bench.path).findings).toEqual([]);
  }
});

it("is finished by the next opening where a process was killed while a file took its place", async () => {
  const memories = follower();
  await memories.rememberMany(items("harbour", 50));
  const { id } = await memories.snapshot();
  const to = join(dirname(bench.path), "then.db");
  await memories.restoreSnapshot(id, { to });
  await memories.remember("a whale");
  await memories.close();
  // The old file with a log of its own, and the new one that waits.
  writeFileSync(`${bench.path}-wal`, "the log of another file");
  copyFileSync(to, `${bench.path}.restored`);
  const again = follower();
  expect((await again.stats()).memories).toBe(50);
  expect(existsSync(`${bench.path}.restored`)).toBe(false);
  await again.close();
  expect(checkMemoryDatabase(bench.path).findings).toEqual([]);
  expect(readdirSync(folder)).toContain(`${id}.pages`);
});
