/** Snapshots that share pages: less on disk, each of them whole, and what is gone is gone. */

import { execFileSync } from "node:child_process";
import {
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import type { OpenMemories } from "../../../src/engine/memories/memories.ts";
import type { Snapshot } from "../../../src/ports/answers/time/snapshots.ts";
import { codeOf, type MemoryBench, memoryBench } from "../../helpers/open-memories.ts";
import { seededRandom } from "../../helpers/random.ts";

vi.setConfig({ testTimeout: 300_000 });

let bench: MemoryBench;
let folder: string;

beforeEach(() => {
  bench = memoryBench();
  folder = join(dirname(bench.path), "snapshots");
});

afterEach(() => bench.end());

const pagesOf = (id: string): string => join(folder, `${id}.pages`);
const manifestOf = (id: string): string => join(folder, `${id}.json`);

/** Texts that compress as prose does. */
function texts(count: number, of: string): { text: string }[] {
  const random = seededRandom(count);
  const words = ["deploy", "release", "index", "memory", "window", "snapshot", "branch", "green"];
  const word = (): string =>
    `${words[Math.floor(random() * words.length)]}${Math.floor(random() * 1e4)}`;
  return Array.from({ length: count }, (_, at) => ({
    text: `${of} ${at} ${Array.from({ length: 25 }, word).join(" ")}`,
  }));
}

/** Some rounds of writing, with a snapshot after each. */
async function filled(memories: OpenMemories, rounds: number) {
  await memories.rememberMany(texts(1_500, "first"));
  const made = [await memories.snapshot()];
  for (let round = 1; round < rounds; round += 1) {
    const { memories: some } = await memories.list({ limit: 3, skip: round * 10 });
    for (const { id } of some) await memories.forget(id, { hard: true });
    await memories.remember(`round ${round} about whales`);
    made.push(await memories.snapshot());
  }
  return made;
}

async function findings(memories: OpenMemories, id: string): Promise<string[]> {
  return (await memories.verifySnapshot(id)).findings;
}

it("takes what changed, all again after some, and what was asked for whole", async () => {
  const memories = await bench.open();
  const made = await filled(memories, 10);
  const [first, second] = made;
  expect(first?.needs).toEqual([]);
  expect(second?.needs).toEqual([first?.id]);
  expect(second?.bytes).toBeLessThan((first?.bytes ?? 0) / 2);
  expect(Math.max(...made.map(({ needs }) => needs.length))).toBe(7);
  // The ninth would need eight others.
  expect(made[8]?.needs).toEqual([]);
  expect((await memories.snapshot({ full: true })).needs).toEqual([]);
  for (const { id, sha256, counts } of [0, 7, 9].map((at) => made[at] as Snapshot)) {
    const verified = await memories.verifySnapshot(id);
    expect(verified).toMatchObject({ id, isSound: true, findings: [], sha256, counts });
    expect(verified.recalls.map(({ found }) => found)).toEqual([true, true, true]);
  }
});

it("keeps what others need when one is removed, and nothing else of it", async () => {
  const memories = await bench.open();
  await memories.rememberMany(texts(1_500, "first"));
  const secret = await memories.remember(`a marker xylophone ${"q".repeat(3_000)}`);
  const first = await memories.snapshot();
  await memories.forget(secret.id, { hard: true });
  const second = await memories.snapshot();
  await memories.remember("another");
  const third = await memories.snapshot();
  expect(third.needs).toEqual(expect.arrayContaining([first.id, second.id]));

  const holding = await memories.pruneSnapshots({ holding: secret.id, dryRun: true });
  expect(holding).toMatchObject({ removed: [{ id: first.id }], stay: 2, unread: [] });
  expect((await memories.snapshots()).snapshots).toHaveLength(3);
  const pruned = await memories.pruneSnapshots({ holding: secret.id });
  expect(pruned.removed.map(({ id }) => id)).toEqual([first.id]);
  // Its pages stay, without those that nobody needs.
  expect(statSync(pagesOf(first.id)).size).toBeLessThan(first.bytes);
  for (const { id } of [second, third]) expect(await findings(memories, id)).toEqual([]);
  expect((await memories.snapshots()).snapshots.map(({ id }) => id)).toEqual([third.id, second.id]);
  expect(await codeOf(memories.removeSnapshot(first.id))).toBe("HAYPILE_SNAPSHOT_MISSING");
  expect(await memories.pruneSnapshots({ holding: secret.id })).toMatchObject({
    removed: [],
    stay: 2,
  });
  expect(await codeOf(memories.restoreSnapshot(first.id))).toBe("HAYPILE_SNAPSHOT_MISSING");

  await memories.removeSnapshot(second.id);
  expect(await findings(memories, third.id)).toEqual([]);
  await memories.removeSnapshot(third.id);
  expect(readdirSync(folder)).toEqual(["lock"]);
});

it("goes on with removing where a process was killed in the middle", async () => {
  const memories = await bench.open();
  const [first, second] = await filled(memories, 2);
  const text = readFileSync(manifestOf(first?.id ?? ""));
  await memories.removeSnapshot(first?.id ?? "");
  // What others need is written, and the manifest is still there.
  writeFileSync(manifestOf(first?.id ?? ""), text);
  // Of another one only the manifest has its other name.
  const third = await memories.snapshot({ full: true });
  writeFileSync(join(folder, `${third.id}.gone`), readFileSync(manifestOf(third.id)));
  rmSync(manifestOf(third.id));
  await memories.pruneSnapshots();
  expect((await memories.snapshots()).snapshots.map(({ id }) => id)).toEqual([second?.id]);
  expect(readdirSync(folder).sort()).toEqual(
    [`${first?.id}.pages`, `${second?.id}.json`, `${second?.id}.pages`, "lock"].sort(),
  );
  expect(await findings(memories, second?.id ?? "")).toEqual([]);
});

it("says what is damaged in itself and in what it shares", async () => {
  const memories = await bench.open();
  const [first, second] = (await filled(memories, 2)).map(({ id }) => id) as [string, string];
  const sound = { [first]: readFileSync(pagesOf(first)), [second]: readFileSync(pagesOf(second)) };
  const manifests = {
    [first]: readFileSync(manifestOf(first), "utf8"),
    [second]: readFileSync(manifestOf(second), "utf8"),
  };
  const putBack = (): void => {
    for (const id of [first, second]) {
      rmSync(pagesOf(id), { recursive: true, force: true });
      writeFileSync(pagesOf(id), sound[id] as Buffer);
      writeFileSync(manifestOf(id), manifests[id] as string);
    }
  };
  const damaged = (id: string, change: (bytes: Buffer) => void): void => {
    const bytes = Buffer.from(sound[id] as Buffer);
    change(bytes);
    writeFileSync(pagesOf(id), bytes);
  };
  const trials: [string, () => void, RegExp][] = [
    [
      "a block of it",
      () => damaged(second, (bytes) => bytes.fill(0, 100, 140)),
      /a block of its pages is damaged/,
    ],
    [
      "a block of the other",
      () => damaged(first, (bytes) => bytes.fill(0, 100, 140)),
      /a block of its pages is damaged|not what was written/,
    ],
    [
      "its table",
      () => damaged(second, (bytes) => bytes.fill(9, bytes.length - 90, bytes.length - 80)),
      /its file of pages is damaged/,
    ],
    [
      "its foot",
      () => damaged(second, (bytes) => bytes.fill(0xff, bytes.length - 64, bytes.length - 50)),
      /cut or damaged/,
    ],
    [
      "its head",
      () => damaged(second, (bytes) => bytes.fill(0, 0, 8)),
      /its file of pages is none/,
    ],
    [
      "swapped files",
      () => writeFileSync(pagesOf(second), sound[first] as Buffer),
      /bytes instead of/,
    ],
    [
      "the other's file under its own name",
      () => writeFileSync(pagesOf(first), sound[second] as Buffer),
      /of .*, whose pages it shares: its file of pages is that of another snapshot/,
    ],
    [
      "the other's is cut",
      () => writeFileSync(pagesOf(first), (sound[first] as Buffer).subarray(0, 9_000)),
      /whose pages it shares: .*(?:cut|damaged)/,
    ],
    [
      "the other's is gone",
      () => rmSync(pagesOf(first)),
      /the pages that it shares with .* are missing/,
    ],
    [
      "a link",
      () => {
        rmSync(pagesOf(second));
        symlinkSync(pagesOf(first), pagesOf(second));
      },
      /no regular file/,
    ],
    [
      "a folder",
      () => {
        rmSync(pagesOf(second));
        mkdirSync(pagesOf(second));
      },
      /no regular file/,
    ],
    [
      "a foreign file",
      () => writeFileSync(pagesOf(second), Buffer.alloc((sound[second] as Buffer).length, "x")),
      /its file of pages is none/,
    ],
    [
      "a manifest that names a path",
      () => {
        const said = JSON.parse(manifests[second] as string);
        writeFileSync(manifestOf(second), JSON.stringify({ ...said, needs: ["../../memories"] }));
      },
      /its manifest is damaged/,
    ],
    [
      "a manifest that needs itself",
      () => {
        const said = JSON.parse(manifests[second] as string);
        writeFileSync(manifestOf(second), JSON.stringify({ ...said, needs: [second] }));
      },
      /its manifest is damaged/,
    ],
    [
      "another sum",
      () => {
        const said = JSON.parse(manifests[second] as string);
        writeFileSync(manifestOf(second), JSON.stringify({ ...said, sha256: "0".repeat(64) }));
      },
      /the sum of the whole file is another/,
    ],
    [
      "a newer schema",
      () => {
        const said = JSON.parse(manifests[second] as string);
        writeFileSync(
          manifestOf(second),
          JSON.stringify({ ...said, schema: 900, version: "8.1.0" }),
        );
      },
      /a newer Haypile 8\.1\.0 \(schema 900\)/,
    ],
  ];
  if (process.platform !== "win32") {
    trials.push([
      "a pipe",
      () => {
        rmSync(pagesOf(second));
        execFileSync("mkfifo", [pagesOf(second)]);
      },
      /no regular file/,
    ]);
  }
  const restored = new Set(["a block of it", "the other's is gone", "a pipe", "another sum"]);
  const before = await memories.stats();
  for (const [what, change, says] of trials) {
    putBack();
    change();
    const found = await memories.verifySnapshot(second);
    expect([what, found.isSound]).toEqual([what, false]);
    expect(found.findings.join(), what).toMatch(says);
    if (!restored.has(what)) continue;
    expect([what, await codeOf(memories.restoreSnapshot(second))]).toEqual([
      what,
      "HAYPILE_SNAPSHOT_INVALID",
    ]);
  }
  putBack();
  expect(await findings(memories, second)).toEqual([]);
  expect(await memories.stats()).toEqual(before);
  // With a damaged one there, the next is made whole, and those that are damaged can be removed.
  writeFileSync(pagesOf(second), "x");
  const next = await memories.snapshot();
  expect(next.needs).not.toContain(second);
  for (const id of [second, first, next.id]) await memories.removeSnapshot(id);
  expect(readdirSync(folder)).toEqual(["lock"]);
});
