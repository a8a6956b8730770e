/* What stands in the folder was put there by anybody: nothing of it is followed, believed or waited for for ever. */
import { spawnSync } from "node:child_process";
import {
  appendFileSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { clockOf } from "../../../src/memories/sync/clock.ts";
import { lineText } from "../../../src/memories/sync/lines.ts";
import {
  allText,
  madeFile,
  openMachine,
  type SyncedMachine,
  sharedFolder,
} from "../../helpers/sync-pair.ts";
import { tempFolder } from "../../helpers/temp-tree.ts";

const open: SyncedMachine[] = [];

afterEach(async () => {
  for (const { memories } of open.splice(0)) await memories.close();
});

async function machine(...given: Parameters<typeof openMachine>): Promise<SyncedMachine> {
  const one = await openMachine(...given);
  open.push(one);
  return one;
}

const key = "0123456789abcdef";
const now = Date.now();
const sound = {
  id: key,
  texts: [{ c: clockOf(now), since: now, namespace: "default", text: "it is sound" }],
};

async function withFile(
  name: string,
  content: string | Buffer,
): Promise<{ a: SyncedMachine; files: string; path: string; shared: string }> {
  const { shared, files } = sharedFolder();
  mkdirSync(files);
  const path = join(files, name);
  writeFileSync(path, content);
  return { a: await machine(shared), files, path, shared };
}

const other = "othermach0";
const text = (more: Record<string, unknown>): Record<string, unknown> => ({
  id: key,
  texts: [{ ...(sound.texts[0] as Record<string, unknown>), ...more }],
});

describe("a line that is not as it must be", () => {
  const refused: Readonly<Record<string, Record<string, unknown>>> = {
    "without an id": { texts: sound.texts },
    "with an id that is a path": { ...sound, id: "../../etc/passwd" },
    "with a clock that is none": text({ c: "soon" }),
    "with a time that is none": text({ since: "2026-01-01" }),
    "with a time of no calendar": text({ since: -9e15 }),
    "with a text that is none": text({ text: 5 }),
    "with an empty text": text({ text: " " }),
    "with too long a text": text({ text: "x".repeat(1_000_001) }),
    "with too long a namespace": text({ namespace: "n".repeat(129) }),
    "with too many tags": text({ tags: [...Array(33).keys()].map(String) }),
    "with tags that are none": text({ tags: { length: 2 } }),
    "with an importance beyond its range": text({ importance: 1e9 }),
    "with a kind that is none": text({ kind: "__proto__" }),
    "with a link to no id": { ...sound, links: [[clockOf(now), "x", "next", now]] },
    "with a link without a word": { ...sound, links: [[clockOf(now), key, "", now]] },
    "with an anchor of a relative path": {
      ...sound,
      anchors: [clockOf(now), [{ path: "../.ssh/id_rsa", verified: now }]],
    },
    "with a list that is none": { ...sound, notes: "many" },
    "with a secret": text({ text: "password=hunter2hunter2" }),
  };
  it.each(Object.keys(refused))(
    "%s is named and passed over; the next one is taken",
    async (name) => {
      const after = { ...sound, id: "fedcba9876543210" };
      const { a } = await withFile("x.jsonl", madeFile(other, [refused[name] ?? {}, after]));
      const result = await a.sync();
      expect(result).toMatchObject({ problemCount: 1, received: { added: 1 } });
      expect(result.problems).toMatchObject([{ file: "x.jsonl", line: 2, isWaiting: false }]);
      expect(result.problems[0]?.reason).not.toContain("hunter2");
      expect(await a.lines()).toHaveLength(1);
      expect((await a.sync()).problems).toEqual([]);
    },
  );

  it("changes no prototype", async () => {
    const made = madeFile(other, [sound]).replace('"id":', '"__proto__":{"isBad":1},"id":');
    const rest = made.split("\n")[1]?.slice(26) ?? "";
    const { createHash } = await import("node:crypto");
    const sum = createHash("sha256").update(rest).digest("hex").slice(0, 16);
    const lines = `${made.split("\n")[0]}\n{"sum":"${sum}",${rest}\n`;
    const { a } = await withFile("x.jsonl", lines);
    await a.sync();
    expect(({} as { isBad?: number }).isBad).toBeUndefined();
    expect(await a.lines()).toHaveLength(1);
  });
});

describe("a line that may not be whole", () => {
  const lines = madeFile(other, [sound, { ...sound, id: "fedcba9876543210" }]);

  it("is waited for at every byte, and taken when it is there", async () => {
    const { a, path } = await withFile("x.jsonl", "");
    const second = lines.indexOf("\n", lines.indexOf("\n") + 1) + 1;
    for (const at of [0, 10, 90, second - 1, second, second + 40, lines.length - 1]) {
      writeFileSync(path, lines.slice(0, at));
      const { problems } = await a.sync();
      expect(problems.length).toBe(at === second ? 0 : 1);
      expect(problems.every(({ isWaiting }) => isWaiting)).toBe(true);
      expect((await a.lines()).length).toBe(at >= second ? 1 : 0);
    }
    writeFileSync(path, lines);
    expect(await a.sync()).toMatchObject({ problems: [], received: { added: 1 } });
  });

  it("is not taken where a byte of it is another, or its number is", async () => {
    const changed = lines.replace("it is sound", "it is found");
    const { a, path } = await withFile("x.jsonl", changed);
    expect((await a.sync()).problems).toMatchObject([{ line: 2, isWaiting: true }]);
    writeFileSync(path, [0, 2, 1].map((at) => `${lines.split("\n")[at]}\n`).join(""));
    expect((await a.sync()).problems).toMatchObject([{ line: 2, isWaiting: true }]);
    expect(await a.lines()).toEqual([]);
    writeFileSync(path, lines);
    expect(await a.sync()).toMatchObject({ problems: [], received: { added: 2 } });
  });

  it("is read again where the file is another one, and left alone where it is an older copy", async () => {
    const { a, path } = await withFile("x.jsonl", lines);
    await a.sync();
    writeFileSync(path, lines.slice(0, lines.indexOf("\n") + 1));
    expect((await a.sync()).problems).toMatchObject([{ isWaiting: true }]);
    const anew = madeFile(other, [text({ text: "of a new generation" })], { generation: "made2" });
    writeFileSync(path, anew);
    expect(await a.sync()).toMatchObject({ problems: [], received: { changed: 1 } });
    writeFileSync(path, lines);
    expect(await a.sync()).toMatchObject({ problems: [], received: { changed: 0 } });
  });
});

it("does not let times that lie ahead win: they are waited for, and its own stay here", async () => {
  const ahead = now + 40 * 24 * 3_600_000;
  const early = [text({ c: clockOf(ahead) })];
  const { a, shared } = await withFile("x.jsonl", madeFile(other, early));
  const { problems } = await a.sync();
  expect(problems).toMatchObject([{ line: 2, isWaiting: true }]);
  expect(problems[0]?.reason).toContain("ahead");
  expect(await a.lines()).toEqual([]);
  const line = JSON.stringify({ text: "from then", createdAt: new Date(ahead).toISOString() });
  await a.memories.import([line]);
  const b = await machine(shared);
  expect(await a.sync()).toMatchObject({ fromFuture: 1 });
  await b.sync();
  expect(await b.lines()).toEqual([]);
});

it("passes over a file of a newer format, and one that is none of ours", async () => {
  const { a, files } = await withFile("x.jsonl", madeFile(other, [sound], { format: 2 }));
  writeFileSync(join(files, "notes.jsonl"), '{"text":"of somebody else"}\n');
  writeFileSync(join(files, "README.md"), "# Notes\n");
  writeFileSync(join(files, "zeros.jsonl"), Buffer.alloc(100_000));
  const { problems } = await a.sync();
  expect(problems.map(({ file }) => file)).toEqual(["notes.jsonl", "x.jsonl", "zeros.jsonl"]);
  expect(problems[1]?.reason).toContain("format 2");
  expect(await a.lines()).toEqual([]);
});

it("refuses a line without an end before it fills the memory", async () => {
  const first = madeFile(other, []);
  const { a, path } = await withFile("x.jsonl", first);
  appendFileSync(path, "x".repeat(17 * 1_024 * 1_024));
  expect((await a.sync()).problems).toMatchObject([
    { file: "x.jsonl", reason: "a line is too long" },
  ]);
});

describe.skipIf(process.platform === "win32")("what is no file", () => {
  it("is not followed, opened or waited for", async () => {
    const secret = join(tempFolder(), "secret.jsonl");
    writeFileSync(secret, madeFile(other, [sound]));
    const { a, files } = await withFile("README", "");
    symlinkSync(secret, join(files, "link.jsonl"));
    mkdirSync(join(files, "folder.jsonl"));
    spawnSync("mkfifo", [join(files, "pipe.jsonl")]);
    const { problems } = await a.sync();
    expect(problems.map(({ file }) => file)).toEqual(["folder.jsonl", "link.jsonl", "pipe.jsonl"]);
    expect(await a.lines()).toEqual([]);
  });

  it("is not written through, where the own file should be", async () => {
    const target = join(tempFolder(), "bashrc");
    writeFileSync(target, "mine\n");
    const { a, files } = await withFile("README", "");
    const { machine: id } = await a.sync();
    const own = join(files, `${id}.jsonl`);
    rmSync(own);
    symlinkSync(target, own);
    await a.memories.remember("written where it belongs");
    await a.sync();
    expect(readFileSync(target, "utf8")).toBe("mine\n");
    expect(readFileSync(own, "utf8")).toContain("written where it belongs");
  });

  it("is refused in the place of the folder", async () => {
    const { shared, files } = sharedFolder();
    symlinkSync(tempFolder(), files);
    const a = await machine(shared);
    await expect(a.sync()).rejects.toMatchObject({ code: "HAYPILE_NOT_A_FOLDER" });
    await expect(a.memories.sync(join(shared, "none"))).rejects.toMatchObject({
      code: "HAYPILE_PATH_MISSING",
    });
  });
});

it("does not take an empty place for a folder that lost all, and says which files are gone", async () => {
  const { a, files, shared } = await withFile("x.jsonl", madeFile(other, [sound]));
  await a.sync();
  rmSync(join(files, "x.jsonl"));
  expect((await a.sync()).problems).toMatchObject([{ file: "x.jsonl", isWaiting: false }]);
  expect((await a.sync()).problems).toEqual([]);
  renameSync(files, `${files}-away`);
  await expect(a.sync()).rejects.toMatchObject({ code: "HAYPILE_PATH_MISSING" });
  // What came from others is written too: nobody else can say it any more.
  expect(await a.sync({ whole: true })).toMatchObject({ sent: 1 });
  const b = await machine(shared);
  expect(await b.sync()).toMatchObject({ received: { added: 1 } });
});

it("writes its own file anew when that was cut, emptied or deleted", async () => {
  const { shared, files } = sharedFolder();
  const a = await machine(shared);
  await a.memories.remember("said before");
  const { machine: id } = await a.sync();
  const own = join(files, `${id}.jsonl`);
  const spoil = [
    () => truncateSync(own, 0),
    () => truncateSync(own, readFileSync(own).length - 5),
    () => rmSync(own),
    () => writeFileSync(own, "no line of ours\n"),
  ];
  for (const [at, one] of spoil.entries()) {
    one();
    await a.memories.remember(`said after ${at}`);
    expect((await a.sync()).machine).toBe(id);
    const b = await machine(shared);
    expect(await b.sync()).toMatchObject({ received: { added: at + 2 } });
    await b.memories.close();
    for (const name of readdirSync(files)) if (name !== `${id}.jsonl`) rmSync(join(files, name));
    await a.sync();
  }
});

it("reads copies that a program made of files in conflict", async () => {
  const { shared, files } = sharedFolder();
  const a = await machine(shared);
  await a.memories.remember("in the copy");
  const { machine: id } = await a.sync();
  const own = join(files, `${id}.jsonl`);
  renameSync(own, join(files, `${id} (conflicted copy 2026-11-29).jsonl`));
  const b = await machine(shared);
  expect(await b.sync()).toMatchObject({ received: { added: 1 }, problems: [] });
});

it("rewrites its file when it has grown, and says the same by it", async () => {
  const { shared, files } = sharedFolder();
  const a = await machine(shared);
  const { id } = await a.memories.remember("x".repeat(100_000));
  let rewritten = 0;
  for (let round = 0; round < 16; round++) {
    await a.memories.update(id, { tags: [`t${round}`] });
    rewritten += (await a.sync()).isRewritten ? 1 : 0;
  }
  expect(rewritten).toBeGreaterThan(0);
  expect(allText(files).length).toBeLessThan(1_500_000);
  const b = await machine(shared);
  await b.sync();
  expect(await b.lines()).toEqual(await a.lines());
  expect(lineText(1, {})).toContain('"n":1');
});
