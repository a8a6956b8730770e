/* What differs between two commits, or a commit and the files as they are, in small real repositories. */
import { execFileSync } from "node:child_process";
import { renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it, vi } from "vitest";
import type { Engine } from "../../src/engine/engine.ts";
import { open } from "../../src/engine/open.ts";
import type { DiffOptions } from "../../src/ports/answers/time/diff.ts";
import { cli } from "../helpers/cli.ts";
import { tempFolder, writeTree } from "../helpers/temp-tree.ts";

vi.setConfig({ testTimeout: 120_000 });

function repository(): { folder: string; git: (...args: string[]) => string } {
  const folder = tempFolder();
  const git = (...args: string[]): string =>
    execFileSync("git", ["-c", "user.name=a", "-c", "user.email=a@example.com", ...args], {
      cwd: folder,
      encoding: "utf8",
      stdio: ["ignore", "pipe", "pipe"],
    }).trim();
  git("init", "-q", "-b", "main");
  return { folder, git };
}

function commit(
  { folder, git }: ReturnType<typeof repository>,
  files: Record<string, string | undefined>,
): void {
  for (const [path, text] of Object.entries(files)) {
    if (text === undefined) rmSync(join(folder, path));
    else writeTree(folder, { [path]: text });
  }
  git("add", "-A");
  git("commit", "-q", "--allow-empty", "-m", "x");
}

async function withEngine<T>(folder: string, work: (engine: Engine) => Promise<T>): Promise<T> {
  const engine = await open({
    folder,
    database: join(tempFolder(), "i.db"),
    embeddingCache: false,
  });
  try {
    await engine.index({ fillIn: "off" });
    return await work(engine);
  } finally {
    await engine.close();
  }
}

async function told(engine: Engine, from: string, to?: string, options: DiffOptions = {}) {
  const { symbols } = await engine.diff(from, to, { symbols: true, ...options });
  return symbols?.map(({ change, path, name, before, isChanged }) => {
    const was =
      before === undefined || change === "changed" ? "" : ` from ${before.path}#${before.name}`;
    return `${change} ${path}#${name}${was}${isChanged === true ? " changed" : ""}`;
  });
}

const fn = (name: string, value: number, more = ""): string =>
  `export function ${name}(a: number): number {\n  const first = a + ${value};\n  const second = first * 2;\n${more}  return second - first;\n}\n`;

it("names definitions that were added, removed, renamed, moved and changed, and no false pairs", async () => {
  const tree = repository();
  commit(tree, {
    "a.ts": fn("kept", 1) + fn("changed", 2) + fn("named", 3) + fn("gone", 4) + fn("moves", 5),
    "b.ts": `export class Box {\n  size = 1;\n\n  open(): void {\n    lift(1);\n  }\n\n  shut(): void {\n    drop(1);\n  }\n}\n`,
    "c.ts": fn("whole", 6),
    "twins.ts": "export const one = 1;\nexport const two = 2;\n",
    "data.bin": "\0",
  });
  commit(tree, {
    "a.ts": `// Above.\n${fn("kept", 1)}${fn("changed", 2, "  // Why.\n")}${fn("called", 3)}${fn("fresh", 44)}`,
    "b.ts": `export class Box {\n  size = 1;\n\n  open(): void {\n    lift(2);\n  }\n\n  shut(): void {\n    drop(1);\n  }\n}\n`,
    "c.ts": undefined,
    "in/d.ts": fn("whole", 6),
    "e.ts": fn("moves", 5),
    "twins.ts": "export const uno = 1;\nexport const due = 2;\n",
    "data.bin": "\0\0",
  });
  await withEngine(tree.folder, async (engine) => {
    const right = [
      "changed a.ts#changed",
      "renamed a.ts#called from a.ts#named",
      "added a.ts#fresh",
      "removed a.ts#gone",
      "changed b.ts#Box.open",
      "moved e.ts#moves from a.ts#moves",
      "moved in/d.ts#whole from c.ts#whole",
    ];
    const found = (await told(engine, "HEAD~1..HEAD")) ?? [];
    expect(found.filter((one) => !one.includes("twins")).sort()).toEqual([...right].sort());
    // Too short to tell: two that went and two that came.
    expect(found.filter((one) => one.includes("twins")).sort()).toEqual([
      "added twins.ts#due",
      "added twins.ts#uno",
      "removed twins.ts#one",
      "removed twins.ts#two",
    ]);
    expect(await told(engine, "HEAD~1", "HEAD")).toEqual(found);
    expect(await told(engine, "HEAD~1")).toEqual(found);
    expect(await told(engine, "HEAD~1", undefined, { path: "b.ts" })).toEqual([
      "changed b.ts#Box.open",
    ]);
    const { files, symbols } = await engine.diff("HEAD~1..");
    expect(symbols).toBeUndefined();
    expect(files.map(({ path, change, before }) => [path, change, before ?? ""])).toEqual([
      ["a.ts", "changed", ""],
      ["b.ts", "changed", ""],
      ["data.bin", "changed", ""],
      ["e.ts", "added", ""],
      ["in/d.ts", "moved", "c.ts"],
      ["twins.ts", "changed", ""],
    ]);
    expect(files[1]).toMatchObject({ added: 1, removed: 1 });
    const few = await engine.diff("HEAD~1..HEAD", undefined, { symbols: true, limit: 2 });
    expect([few.files.length, few.filesLeftOut, few.symbols?.length, few.symbolsLeftOut]).toEqual([
      2, 4, 2, 9,
    ]);
    expect(await told(engine, "HEAD")).toEqual([]);
  });
});

it("takes the side of B with three dots, and tells of files as they are", async () => {
  const tree = repository();
  commit(tree, { "a.ts": fn("one", 1), ".env": "A=1\n" });
  tree.git("checkout", "-qb", "side");
  commit(tree, { "a.ts": fn("one", 2) });
  tree.git("checkout", "-q", "main");
  commit(tree, { "b.ts": fn("two", 2), ".env": "A=2\n" });
  await withEngine(tree.folder, async (engine) => {
    expect(await told(engine, "main..side")).toEqual(["changed a.ts#one", "removed b.ts#two"]);
    expect(await told(engine, "main...side")).toEqual(["changed a.ts#one"]);
    expect((await engine.diff("main...side")).from.said).toBe("where side parted from main");
    expect((await engine.diff("HEAD~1..HEAD")).secrets).toBe(1);
    writeFileSync(join(tree.folder, "b.ts"), fn("three", 2));
    renameSync(join(tree.folder, "a.ts"), join(tree.folder, "c.ts"));
    expect(await told(engine, "HEAD")).toEqual([
      "renamed b.ts#three from b.ts#two",
      "moved c.ts#one from a.ts#one",
    ]);
    const { to, from } = await engine.diff("HEAD");
    expect([to.commit, from.commit]).toEqual([undefined, tree.git("rev-parse", "HEAD")]);
  });
});

it("compares definitions whose names are no plain words", async () => {
  const tree = repository();
  const sheet = (name: string): string =>
    `#${name} {\n  color: red;\n  border: 1px solid;\n  margin: 0 auto;\n}\n.a-b > .c+d { top: 0 }\n`;
  commit(tree, { "a.css": sheet("content-related") });
  commit(tree, { "a.css": sheet("content-near") });
  await withEngine(tree.folder, async (engine) => {
    expect((await told(engine, "HEAD~1..HEAD"))?.join("; ")).toContain("a.css##content-near");
  });
});

it("tells keys of data files where they are named, and counts them elsewhere", async () => {
  const tree = repository();
  const lock = (version: number): string =>
    JSON.stringify({ a: { version, at: version + 1 }, b: { version } }, undefined, 2);
  commit(tree, { "a.ts": fn("one", 1), "some.lock.json": lock(1), "c.yaml": "port: 1\n" });
  commit(tree, { "a.ts": fn("one", 2), "some.lock.json": lock(5), "c.yaml": "port: 2\n" });
  await withEngine(tree.folder, async (engine) => {
    const all = await engine.diff("HEAD~1..HEAD", undefined, { symbols: true });
    expect(all.symbols?.map(({ name }) => name)).toEqual(["one"]);
    expect(all.keysLeftOut).toBeGreaterThan(3);
    expect(all.files).toHaveLength(3);
    const named = await told(engine, "HEAD~1..HEAD", undefined, { path: ["c.yaml"] });
    expect(named).toEqual(["changed c.yaml#port"]);
    const ending = await told(engine, "HEAD~1..HEAD", undefined, { path: "*.json" });
    expect(ending).toContain("changed some.lock.json#b.version");
  });
});

it("says what uses what differs, by the index as it is", async () => {
  const tree = repository();
  const user =
    'import { helper } from "./a.ts";\nexport function user(): number {\n  return helper(1);\n}\n';
  commit(tree, { "a.ts": fn("helper", 1), "b.ts": user });
  commit(tree, { "a.ts": fn("helper", 2) });
  await withEngine(tree.folder, async (engine) => {
    const { impact, symbols } = await engine.diff("HEAD~1..HEAD", undefined, { impact: true });
    expect(impact?.usesOf).toBe("index");
    const [use] = impact?.affected ?? [];
    expect(use).toMatchObject({ path: "b.ts", definition: { name: "user" } });
    expect(symbols?.[use?.changed ?? -1]).toMatchObject({ name: "helper", change: "changed" });
  });
  const ways = { cwd: tree.folder, data: tempFolder() };
  expect((await cli(["index", "--fill-in", "off"], ways)).code).toBe(0);
  const text = await cli(["diff", "HEAD~1..HEAD", "--impact"], ways);
  expect(text.stdout, text.stderr).toMatch(/changed {2}a\.ts:1 {2}helper {2}function/u);
  expect(text.stdout).toMatch(/import {2}b\.ts:\d {2}\w+ in user/u);
  const json = await cli(["diff", "HEAD~1..HEAD", "--json"], ways);
  expect(JSON.parse(json.stdout)).toMatchObject({ files: [{ path: "a.ts", change: "changed" }] });
});

it("refuses what is no range, by its code", async () => {
  const tree = repository();
  commit(tree, { "a.ts": fn("one", 1) });
  tree.git("checkout", "-q", "--orphan", "other");
  commit(tree, { "a.ts": fn("one", 2) });
  await withEngine(tree.folder, async (engine) => {
    for (const [from, code] of [
      ["v9..HEAD", "HAYPILE_REVISION_MISSING"],
      ["HEAD..v9", "HAYPILE_REVISION_MISSING"],
      ["main...other", "HAYPILE_REVISION_MISSING"],
      ["a..b..c", "HAYPILE_USAGE"],
    ] as const) {
      await expect(engine.diff(from), from).rejects.toMatchObject({ code });
    }
    await expect(engine.diff("HEAD", undefined, { limit: 0 })).rejects.toMatchObject({
      code: "HAYPILE_USAGE",
    });
    expect(await told(engine, "main..other")).toEqual(["changed a.ts#one"]);
  });
});
