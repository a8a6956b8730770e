/* What a change reaches, with a real repository: by the library, by the command line, and over MCP. */
import { execFileSync } from "node:child_process";
import { mkdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it, vi } from "vitest";
import type { Engine } from "../../src/engine/engine.ts";
import { open } from "../../src/engine/open.ts";
import type { ImpactOptions } from "../../src/ports/answers/graph.ts";
import { cli } from "../helpers/cli.ts";
import { tempFolder, writeTree } from "../helpers/temp-tree.ts";

vi.setConfig({ testTimeout: 120_000 });

const files = {
  "src/lamp.ts":
    "export function light(): number {\n  return helper(1);\n}\n\nexport function helper(n: number): number {\n  return n + 1;\n}\n\nexport function dim(): number {\n  return 0;\n}\n",
  "src/house.ts":
    'import { light } from "./lamp.ts";\n\nexport class House {\n  open(): number {\n    return light();\n  }\n}\n',
  "test/house.test.ts":
    'import { House } from "../src/house.ts";\n\nexport function testOpens(): number {\n  return new House().open();\n}\n',
  "test/dim.test.ts":
    'import { dim } from "../src/lamp.ts";\n\nexport function testDim(): number {\n  return dim();\n}\n',
  ".gitattributes": "*.ts filter=evil diff=evil\n",
};

interface Tree {
  folder: string;
  git: (...args: string[]) => string;
  write: (path: string, text: string) => void;
}

function repositoryOf(tree: Record<string, string> = files): Tree {
  const folder = tempFolder();
  writeTree(folder, tree);
  const git = (...args: string[]): string =>
    execFileSync("git", ["-c", "user.name=a", "-c", "user.email=a@example.com", ...args], {
      cwd: folder,
      encoding: "utf8",
    }).trim();
  git("init", "-q");
  git("add", ".");
  git("commit", "-qm", "one");
  return { folder, git, write: (path, text) => writeFileSync(join(folder, path), text) };
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

async function impact(folder: string, options: ImpactOptions = {}) {
  return await withEngine(folder, async (engine) => {
    const found = await engine.impact(options);
    return {
      ...found,
      names: found.changed.map(
        ({ change, path, name, kind }) => `${change} ${path} ${name || kind}`,
      ),
      reached: found.affected.map(
        ({ definition, path, depth }) => `${depth} ${path} ${definition?.name ?? ""}`,
      ),
      toRun: found.tests.map(({ path }) => path),
    };
  });
}

it("goes from the lines that differ to the tests, over several steps", async () => {
  const { folder, write, git } = repositoryOf();
  write("src/lamp.ts", files["src/lamp.ts"].replace("n + 1", "n + 2"));
  const found = await impact(folder);
  expect(found.commit).toBe(git("rev-parse", "HEAD"));
  expect(found.names).toEqual(["changed src/lamp.ts helper"]);
  expect(found.reached).toEqual([
    "1 src/lamp.ts light",
    "2 src/house.ts open",
    "3 test/house.test.ts testOpens",
  ]);
  expect(found.toRun).toEqual(["test/house.test.ts"]);
  // Committed changes count from the commit that is named; a depth ends the way.
  git("commit", "-qam", "two");
  expect((await impact(folder)).files).toEqual([]);
  expect((await impact(folder, { since: "HEAD~1" })).toRun).toEqual(["test/house.test.ts"]);
  expect((await impact(folder, { since: "HEAD~1", depth: 1 })).toRun).toEqual([]);
  expect((await impact(folder, { since: "HEAD~1", files: ["test"] })).files).toEqual([]);
});

it("knows what was removed, renamed, moved, added and never committed", async () => {
  const { folder, write, git } = repositoryOf();
  write("src/lamp.ts", files["src/lamp.ts"].replace(/\nexport function dim[\s\S]*$/u, ""));
  mkdirSync(join(folder, "lib"));
  renameSync(join(folder, "src/house.ts"), join(folder, "lib/house.ts"));
  git("add", "-A");
  write(
    "src/new.ts",
    'import { helper } from "./lamp.ts";\nexport const fresh = () => helper(3);\n',
  );
  const found = await impact(folder);
  expect(found.files).toMatchObject([
    { path: "lib/house.ts", change: "moved", before: "src/house.ts" },
    { path: "src/lamp.ts", change: "changed" },
    { path: "src/new.ts", change: "added" },
  ]);
  expect(found.names).toEqual([
    "moved lib/house.ts House",
    "removed src/lamp.ts dim",
    "added src/new.ts fresh",
  ]);
  // The test still calls what is gone, and imports what is elsewhere.
  expect([...found.toRun].sort()).toEqual(["test/dim.test.ts", "test/house.test.ts"]);
});

it("takes names in place of a commit, and needs no repository for them", async () => {
  const folder = tempFolder();
  writeTree(folder, files);
  const found = await impact(folder, { names: ["helper"] });
  expect(found).toMatchObject({ commit: undefined, files: [], toRun: ["test/house.test.ts"] });
  await expect(impact(folder)).rejects.toMatchObject({
    code: "HAYPILE_USAGE",
    message: expect.stringContaining("there is no git repository here"),
  });
  await expect(impact(folder, { names: ["nobody"] })).rejects.toMatchObject({
    code: "HAYPILE_SYMBOL_MISSING",
  });
});

it.each(["no-such-commit", "--help", ""])("refuses %j for a commit", async (since) => {
  await expect(impact(repositoryOf().folder, { since })).rejects.toMatchObject({
    code: "HAYPILE_USAGE",
  });
});

it("runs nothing that the repository names, and shows no file that keeps secrets", async () => {
  const { folder, write, git } = repositoryOf({ ...files, ".env": "KEY=1\n" });
  const witness = join(tempFolder(), "ran");
  for (const name of [
    "filter.evil.clean",
    "filter.evil.smudge",
    "diff.evil.textconv",
    "core.fsmonitor",
  ]) {
    git("config", name, `touch ${witness}; cat`);
  }
  write("src/lamp.ts", files["src/lamp.ts"].replace("n + 1", "n + 2"));
  write(".env", "KEY=2\n");
  const found = await impact(folder);
  expect(found.files.map(({ path }) => path)).toEqual(["src/lamp.ts"]);
  expect(() => rmSync(witness)).toThrow(/ENOENT/u);
});

it("prints the same on the command line, and the tests alone", async () => {
  const { folder, write } = repositoryOf();
  const data = tempFolder();
  const run = (...args: string[]) => cli([...args, "--here"], { data, cwd: folder });
  expect((await run("index", "--fill-in", "off")).code).toBe(0);
  write("src/lamp.ts", files["src/lamp.ts"].replace("n + 1", "n + 2"));
  const whole = await run("impact");
  expect(whole).toMatchObject({ code: 0 });
  expect(whole.stdout).toMatch(
    /^since [0-9a-f]{12}: 1 file changed\n {2}changed {2}src\/lamp\.ts:5 {2}function helper\ntests to run\n.*test\/house\.test\.ts/u,
  );
  expect((await run("impact", "--tests")).stdout).toBe("test/house.test.ts\n");
  const refused = await run("impact", "--since", "nowhere");
  expect(refused).toMatchObject({ code: 2, stdout: "" });
  expect(refused.stderr).toContain("[HAYPILE_USAGE]");
});
