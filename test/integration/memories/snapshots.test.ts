/** Snapshots: one moment of a file that others write, whole or not there, private, and a way back. */
import { type ChildProcess, spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import {
  copyFileSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import type { OpenMemories } from "../../../src/engine/memories/memories.ts";
import { rescueMemories } from "../../../src/engine/memories/rescue-memories.ts";
import { checkMemoryDatabase } from "../../../src/storage/sqlite/memories/file/check.ts";
import { codeOf, type MemoryBench, memoryBench } from "../../helpers/open-memories.ts";
import { openRaw } from "../../helpers/sqlite-files.ts";

vi.setConfig({ testTimeout: 300_000 });

let bench: MemoryBench;
let folder: string;
const children: ChildProcess[] = [];

beforeEach(() => {
  bench = memoryBench();
  folder = join(dirname(bench.path), "snapshots");
});

afterEach(async () => {
  for (const child of children.splice(0)) await end(child);
  await bench.end();
});

async function start(role: string): Promise<{ child: ChildProcess; lines: string[] }> {
  const script = join(import.meta.dirname, "snapshot-maker.ts");
  const child = spawn(process.execPath, [script, bench.path, role], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  children.push(child);
  let said = "";
  const lines: string[] = [];
  child.stdout.on("data", (data) => {
    said += String(data);
    const whole = said.split("\n");
    said = whole.pop() ?? "";
    lines.push(...whole.filter((line) => line !== "open"));
  });
  await once(child.stdout, "data");
  return { child, lines };
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = once(child, "close");
  child.kill("SIGKILL");
  await gone;
}

const pagesOf = (id: string): string => join(folder, `${id}.pages`);

/** The database file that comes out of a snapshot. */
async function restored(memories: OpenMemories, id: string): Promise<string> {
  const to = join(dirname(bench.path), `${id}.out.db`);
  await memories.restoreSnapshot(id, { to });
  return to;
}

/** Each round of a writer is one transaction of two texts: one moment has both, or neither. */
function textsIn(path: string): string[] {
  const db = openRaw(path);
  const texts = db.prepare("SELECT text FROM memories ORDER BY id").pluck().all() as string[];
  db.close();
  return texts;
}

it("is one moment of a file that two processes write", async () => {
  const memories = await bench.open();
  const items = Array.from({ length: 2_000 }, (_, at) => ({
    text: `own ${at} ${"x".repeat(400)}`,
  }));
  await memories.rememberMany(items);
  for (const role of ["left", "right"]) await start(role);
  const seen: number[] = [];
  for (let round = 0; round < 3; round += 1) {
    const made = await memories.snapshot();
    expect(made.problem).toBeUndefined();
    const file = await restored(memories, made.id);
    const bytes = readFileSync(file);
    expect(createHash("sha256").update(bytes).digest("hex")).toBe(made.sha256);
    expect(bytes.length).toBe(made.fileBytes);
    expect(statSync(pagesOf(made.id)).size).toBe(made.bytes);
    const texts = textsIn(file);
    expect(made.counts).toEqual({ memories: texts.length, deleted: 0, texts: texts.length });
    for (const role of ["left", "right"]) {
      const own = texts.filter((text) => text.startsWith(role));
      // None is missing between the first and the last, and no pair is torn.
      const expected = Array.from(
        { length: own.length },
        (_, at) => `${role} ${Math.floor(at / 2)} ${at % 2 === 0 ? "a" : "b"}`,
      );
      expect(own).toEqual(expected);
      expect(own.length % 2).toBe(0);
    }
    expect(checkMemoryDatabase(file).findings).toEqual([]);
    seen.push(texts.length);
  }
  expect(seen.at(-1)).toBeGreaterThan(seen[0] as number);
  expect((await memories.snapshots()).snapshots.map(({ counts }) => counts?.texts)).toEqual(
    seen.toReversed(),
  );
});

it("answers while one is made, and makes two that are asked for at once", async () => {
  const memories = await bench.open();
  await memories.rememberMany(
    Array.from({ length: 3_000 }, (_, at) => ({ text: `text ${at} ${"y".repeat(900)}` })),
  );
  let isDone = false;
  const both = Promise.all([memories.snapshot({ note: "one" }), memories.snapshot()]);
  void both.finally(() => {
    isDone = true;
  });
  let answers = 0;
  while (!isDone) {
    await memories.recall("text 17", { k: 3 });
    answers += 1;
    await new Promise(setImmediate);
  }
  const [one, two] = await both;
  expect(answers).toBeGreaterThan(2);
  expect(one.note).toBe("one");
  expect(one.counts).toEqual(two.counts);
  expect(one.id < two.id).toBe(true);
});

it("gives a manifest its name where a process was killed just before", async () => {
  const memories = await bench.open();
  await memories.remember("one");
  const { id, ...said } = await memories.snapshot({ note: "kept" });
  const text = readFileSync(join(folder, `${id}.json`), "utf8");
  rmSync(join(folder, `${id}.json`));
  // No process has this number.
  writeFileSync(join(folder, `${id}.4194999.json.draft`), text);
  await memories.snapshot();
  expect((await memories.snapshots()).snapshots[1]).toEqual({ id, ...said });
});

it("is private, has no log beside it, and is removed", async () => {
  const memories = await bench.open();
  await memories.remember("one");
  const { id } = await memories.snapshot();
  expect(readdirSync(folder).sort()).toEqual([`${id}.json`, `${id}.pages`, "lock"]);
  if (process.platform !== "win32") {
    expect(statSync(folder).mode & 0o777).toBe(0o700);
    for (const name of readdirSync(folder)) {
      expect(statSync(join(folder, name)).mode & 0o777).toBe(0o600);
    }
  }
  for (const wrong of ["../memories", "x", `${id}/../${id}`]) {
    expect(await codeOf(memories.removeSnapshot(wrong))).toBe("HAYPILE_USAGE");
    expect(await codeOf(memories.bringBack(wrong))).toBe("HAYPILE_USAGE");
    expect(await codeOf(memories.verifySnapshot(wrong))).toBe("HAYPILE_USAGE");
    expect(await codeOf(memories.restoreSnapshot(wrong))).toBe("HAYPILE_USAGE");
  }
  await memories.removeSnapshot(id);
  expect(readdirSync(folder)).toEqual(["lock"]);
  for (const call of [
    "removeSnapshot",
    "bringBack",
    "verifySnapshot",
    "restoreSnapshot",
  ] as const) {
    expect([call, await codeOf(memories[call](id))]).toEqual([call, "HAYPILE_SNAPSHOT_MISSING"]);
  }
  expect(await codeOf(memories.snapshot({ note: "x".repeat(1_001) }))).toBe("HAYPILE_USAGE");
});

it("says what is wrong with what is damaged, and can remove it", async () => {
  const memories = await bench.open();
  expect((await memories.snapshots()).snapshots).toEqual([]);
  await memories.remember("one");
  const ids: string[] = [];
  for (let round = 0; round < 6; round += 1)
    ids.unshift((await memories.snapshot({ full: true })).id);
  const [cut, gone, odd, bare, newer, sound] = ids as [
    string,
    string,
    string,
    string,
    string,
    string,
  ];
  writeFileSync(pagesOf(cut), readFileSync(pagesOf(cut)).subarray(0, 1_000));
  rmSync(pagesOf(gone));
  writeFileSync(join(folder, `${odd}.json`), "[]");
  rmSync(join(folder, `${bare}.json`));
  const manifest = join(folder, `${newer}.json`);
  writeFileSync(
    manifest,
    JSON.stringify({ ...JSON.parse(readFileSync(manifest, "utf8")), format: 9, version: "7.0.0" }),
  );
  const { snapshots } = await memories.snapshots();
  const problems = Object.fromEntries(snapshots.map(({ id, problem }) => [id, problem]));
  expect(problems).toEqual({
    [cut]: expect.stringMatching(/^its file has 1000 bytes instead of \d+$/u),
    [gone]: "its file is missing",
    [odd]: "its manifest is damaged",
    [bare]: "its manifest is missing",
    [newer]: "it was made by a newer Haypile 7.0.0 (format 9)",
    [sound]: undefined,
  });
  for (const id of [cut, gone, odd, bare, newer]) {
    expect([id, await codeOf(memories.bringBack(id))]).toEqual([id, "HAYPILE_SNAPSHOT_INVALID"]);
    const refused = memories.restoreSnapshot(id);
    expect([id, await codeOf(refused)]).toEqual([id, "HAYPILE_SNAPSHOT_INVALID"]);
    const { isSound, findings } = await memories.verifySnapshot(id);
    expect([id, isSound, findings]).toEqual([id, false, [problems[id]]]);
  }
  await expect(memories.restoreSnapshot(newer)).rejects.toThrow("a newer Haypile 7.0.0");
  expect((await memories.verifySnapshot(sound)).findings).toEqual([]);
  for (const id of ids) await memories.removeSnapshot(id);
  expect(readdirSync(folder)).toEqual(["lock"]);
});

it("says what stands in its way", async () => {
  const memories = await bench.open();
  await memories.remember("one");
  writeFileSync(folder, "no folder");
  expect(await codeOf(memories.snapshot())).toMatch(/^HAYPILE_(?:NOT_A_FOLDER|IO)$/u);
  rmSync(folder);
  mkdirSync(folder);
  expect((await memories.snapshot()).counts?.memories).toBe(1);
});

it("brings back what is gone, and leaves what is here as it is", async () => {
  const memories = await bench.open();
  const stored = await memories.rememberMany([
    { text: "stays" },
    { text: "changes", tags: ["a"] },
    { text: "is forgotten", pinned: true },
    { text: "is erased", kind: "decision", tags: ["b"], namespace: "other" },
    { text: "token ghp_0123456789abcdefghijABCDEFGHIJ012345", allowSecrets: true },
  ]);
  const [stays, changes, forgotten, erased, secret] = stored.map(({ id }) => id) as string[];
  const before = await memories.get(erased as string);
  const { id } = await memories.snapshot({ note: "before" });
  await memories.update(changes as string, { text: "has changed" });
  await memories.forget(forgotten as string);
  await memories.forget(erased as string, { hard: true });
  await memories.forget(secret as string, { hard: true });
  await memories.remember("is new");
  const back = { there: 2, refused: [], refusedCount: 0 };
  expect(await memories.bringBack(id)).toEqual({ brought: 3, ...back });
  expect(await memories.bringBack(id)).toEqual({ brought: 0, ...back, there: 5 });
  expect(await memories.get(erased as string)).toEqual(before);
  expect((await memories.get(forgotten as string))?.pinned).toBe(true);
  expect((await memories.get(changes as string))?.text).toBe("has changed");
  expect((await memories.get(stays as string))?.text).toBe("stays");
  expect((await memories.stats()).memories).toBe(6);
  const { hits } = await memories.recall("erased", { namespace: "other", k: 1 });
  expect(hits[0]?.memory.id).toBe(erased);
});

it("takes, verifies and restores those of before, which are whole files", async () => {
  const memories = await bench.open();
  const texts = Array.from({ length: 300 }, (_, at) => ({ text: `text ${at} ${"w".repeat(200)}` }));
  await memories.rememberMany(texts);
  const made = await memories.snapshot({ note: "old" });
  const file = await restored(memories, made.id);
  await memories.removeSnapshot(made.id);
  const { id, at, note, version, schema, counts, sha256, fileBytes } = made;
  const old = join(folder, `${id}.db`);
  copyFileSync(file, old);
  const said = { format: 1, id, at, note, version, schema, counts, bytes: fileBytes, sha256 };
  writeFileSync(join(folder, `${id}.json`), JSON.stringify(said));
  await memories.remember("later");
  const [listed] = (await memories.snapshots()).snapshots;
  expect(listed).toMatchObject({
    id,
    note,
    counts,
    sha256,
    fileBytes,
    bytes: fileBytes,
    needs: [],
  });
  expect(listed?.problem).toBeUndefined();
  expect(await memories.verifySnapshot(id)).toMatchObject({ isSound: true, sha256, counts });
  expect((await memories.restoreSnapshot(id)).sha256).toBe(sha256);
  const again = await bench.open();
  expect((await again.stats()).memories).toBe(300);

  const bytes = readFileSync(old);
  bytes.fill(0xa5, 5 * 4_096, 6 * 4_096);
  writeFileSync(old, bytes);
  expect(await codeOf(again.bringBack(id))).toBe("HAYPILE_SNAPSHOT_INVALID");
  const to = join(dirname(bench.path), "good.db");
  const report = await rescueMemories(old, { to });
  expect(report.wasDamaged).toBe(true);
  const good = await bench.open({ database: to });
  expect((await good.stats()).memories).toBeGreaterThan(250);
  await again.removeSnapshot(id);
  expect((await again.snapshots()).snapshots.map(({ reason }) => reason)).toEqual(["restore"]);
});
