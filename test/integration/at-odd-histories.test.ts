/* Definitions at a revision of histories that are not as most are, and of what is no revision and no repository. */
import {
  appendFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { type Engine, open } from "../../src/index.ts";
import { commitAll, gitIn } from "../helpers/git-history.ts";
import { tempFolder, writeTree } from "../helpers/temp-tree.ts";

const engines: Engine[] = [];
afterEach(async () => {
  for (const engine of engines.splice(0)) await engine.close();
});

async function engineOf(folder: string): Promise<Engine> {
  const engine = await open({ folder, database: join(tempFolder(), "none.db") });
  engines.push(engine);
  return engine;
}

/** "path:line" of all definitions of a name at a revision. */
async function placesOf(folder: string, name: string, at: string): Promise<string[]> {
  const engine = await engineOf(folder);
  const hits = await engine.findSymbol(name, { at });
  return hits.map(({ path, headLine }) => `${path}:${headLine}`).sort();
}

function made(files: Record<string, string>, ...init: string[]): { root: string; first: string } {
  const root = tempFolder();
  gitIn(root)("init", "-q", "-b", "main", ...init);
  writeTree(root, files);
  return { root, first: commitAll(root, "2026-01-10T12:00:00Z") };
}

const runs = { "run.ts": "export function run() {}\n" };

describe("at a revision", () => {
  it("of a merge of several branches each of them has its own", async () => {
    const { root, first } = made(runs);
    const git = gitIn(root);
    for (const name of ["one", "two", "three"]) {
      git("checkout", "-q", "-b", name, first);
      writeTree(root, { [`${name}.ts`]: `export function ${name}() {}\n` });
      commitAll(root, "2026-02-10T12:00:00Z");
    }
    git("checkout", "-q", "main");
    writeTree(root, { "own.ts": "export function own() {}\n" });
    commitAll(root, "2026-02-11T12:00:00Z");
    git("merge", "-q", "-m", "all", "one", "two", "three");
    for (const name of ["one", "two", "three"]) {
      expect(await placesOf(root, name, "main")).toEqual([`${name}.ts:1`]);
      expect(await placesOf(root, name, "main^1")).toEqual([]);
    }
    expect(await placesOf(root, "three", "main^4")).toEqual(["three.ts:1"]);
  });

  it("of a commit that no branch has any more it answers by its id and by the log of the branch", async () => {
    const { root } = made(runs);
    writeTree(root, { "run.ts": "\nexport function run() {}\n" });
    const lost = commitAll(root, "2026-02-10T12:00:00Z");
    gitIn(root)("reset", "-q", "--hard", "HEAD~1");
    expect(await placesOf(root, "run", lost)).toEqual(["run.ts:2"]);
    expect(await placesOf(root, "run", lost.slice(0, 9))).toEqual(["run.ts:2"]);
    expect(await placesOf(root, "run", "main@{1}")).toEqual(["run.ts:2"]);
    expect(await placesOf(root, "run", "main")).toEqual(["run.ts:1"]);
  });

  it("goes by what replaces a commit and a content, as git log does, and keeps nothing of it for others", async () => {
    const { root, first } = made(runs);
    writeTree(root, { "run.ts": "\n\nexport function run() {}\n" });
    const second = commitAll(root, "2026-02-10T12:00:00Z");
    const git = gitIn(root);
    expect(await placesOf(root, "run", second)).toEqual(["run.ts:3"]);
    git("replace", second, first);
    expect(git("show", `${second}:run.ts`)).toBe("export function run() {}");
    expect(await placesOf(root, "run", second)).toEqual(["run.ts:1"]);
    git("pack-refs", "--all");
    expect(await placesOf(root, "run", second)).toEqual(["run.ts:1"]);
    git("replace", "-d", second);
    const blob = git("rev-parse", `${first}:run.ts`);
    const other = git("rev-parse", `${second}:run.ts`);
    git("replace", blob, other);
    expect(await placesOf(root, "run", first)).toEqual(["run.ts:3"]);
    git("config", "core.useReplaceRefs", "false");
    expect(await placesOf(root, "run", first)).toEqual(["run.ts:1"]);
    git("config", "--unset", "core.useReplaceRefs");
    git("replace", "-d", blob);
    expect(await placesOf(root, "run", first)).toEqual(["run.ts:1"]);
  });

  it("goes by grafts", async () => {
    const { root, first } = made(runs);
    writeTree(root, { "b.ts": "export function between() {}\n" });
    commitAll(root, "2026-02-10T12:00:00Z");
    rmSync(join(root, "b.ts"));
    const third = commitAll(root, "2026-03-10T12:00:00Z");
    expect(await placesOf(root, "between", "HEAD~1")).toEqual(["b.ts:1"]);
    mkdirSync(join(root, ".git", "info"), { recursive: true });
    writeFileSync(join(root, ".git", "info", "grafts"), `${third} ${first}\n`);
    expect(gitIn(root)("rev-parse", "HEAD~1")).toBe(first);
    expect(await placesOf(root, "between", "HEAD~1")).toEqual([]);
    await expect(placesOf(root, "between", "HEAD~2")).rejects.toMatchObject({
      code: "HAYPILE_REVISION_MISSING",
    });
  });

  it("answers in a repository of SHA-256", async () => {
    const { root, first } = made(runs, "--object-format=sha256");
    expect(first).toHaveLength(64);
    writeTree(root, { "run.ts": "" });
    commitAll(root, "2026-02-10T12:00:00Z");
    expect(await placesOf(root, "run", first)).toEqual(["run.ts:1"]);
    expect(await placesOf(root, "run", "main")).toEqual([]);
  });

  it("answers through alternates, in linked worktrees, and below the top", async () => {
    const { root, first } = made({ ...runs, "in/deep/go.ts": "export function go() {}\n" });
    gitIn(root)("mv", "in/deep", "in/other");
    commitAll(root, "2026-02-10T12:00:00Z");
    const shared = join(tempFolder(), "shared");
    gitIn(root)("clone", "-q", "--shared", root, shared);
    expect(existsSync(join(shared, ".git", "objects", "info", "alternates"))).toBe(true);
    expect(await placesOf(shared, "go", first)).toEqual(["in/deep/go.ts:1"]);
    const linked = join(tempFolder(), "linked");
    gitIn(root)("worktree", "add", "-q", linked, first);
    expect(await placesOf(linked, "go", "main")).toEqual(["in/other/go.ts:1"]);
    expect(await placesOf(linked, "go", "HEAD")).toEqual(["in/deep/go.ts:1"]);
    expect(await placesOf(join(root, "in"), "go", first)).toEqual(["deep/go.ts:1"]);
    const below = placesOf(join(root, "in", "other"), "go", first);
    await expect(below).rejects.toMatchObject({ code: "HAYPILE_PATH_MISSING" });
    await expect(below).rejects.toThrow(/in\/other.*another name/u);
  });

  it("says that a file was a link or a submodule then, and reads neither", async () => {
    const inner = made({ "inner.ts": "export function inner() {}\n" }).root;
    const { root } = made({ "real.ts": "export function real() {}\n" });
    symlinkSync("real.ts", join(root, "later.ts"));
    gitIn(root)("submodule", "--quiet", "add", inner, "sub");
    const odd = commitAll(root, "2026-02-10T12:00:00Z");
    rmSync(join(root, "later.ts"));
    gitIn(root)("rm", "-q", "-f", "sub");
    writeTree(root, {
      "later.ts": "export function later() {}\n",
      "sub/now.ts": "export const n = 1;\n",
    });
    commitAll(root, "2026-03-10T12:00:00Z");
    const engine = await engineOf(root);
    expect(await placesOf(root, "later", odd)).toEqual([]);
    expect(await placesOf(root, "inner", odd)).toEqual([]);
    for (const [path, words] of [
      ["later.ts", /was a link then/u],
      ["sub", /was a submodule then/u],
    ] as const) {
      await expect(engine.outline(path, { at: odd })).rejects.toThrow(words);
      await expect(engine.fileAt(path, { at: odd })).rejects.toThrow(words);
    }
    expect((await engine.outline("later.ts", { at: "main" })).files[0]?.definitions).toHaveLength(
      1,
    );
  });

  it("reads what changed its encoding, its line ends and its name", async () => {
    const text = "export function wide() {}\r\nexport function löwe() {}\r\n";
    const { root, first } = made({ "a.ts": text });
    writeFileSync(join(root, "a.ts"), Buffer.from(`\uFEFF${text}`, "utf16le"));
    const wide = commitAll(root, "2026-02-10T12:00:00Z");
    rmSync(join(root, "a.ts"));
    writeFileSync(join(root, "b ö\n.ts"), Buffer.from(text.replaceAll("\r", ""), "latin1"));
    const western = commitAll(root, "2026-03-10T12:00:00Z");
    for (const commit of [first, wide]) {
      expect(await placesOf(root, "löwe", commit)).toEqual(["a.ts:2"]);
      expect(await placesOf(root, "wide", commit)).toEqual(["a.ts:1"]);
    }
    expect(await placesOf(root, "löwe", western)).toEqual(["b ö\n.ts:2"]);
  });

  it("tells a pointer of LFS from the file it stands for", async () => {
    const pointer = `version https://git-lfs.github.com/spec/v1\noid sha256:${"a".repeat(64)}\nsize 12\n`;
    const { root } = made({ "big.ts": pointer });
    await expect((await engineOf(root)).outline("big.ts", { at: "HEAD" })).rejects.toThrow(/LFS/u);
  });

  it("names what a partial clone left out", async () => {
    const { root, first } = made(runs);
    gitIn(root)("config", "uploadpack.allowFilter", "true");
    writeTree(root, {
      "run.ts": "export function ran() {}\n",
      "two.ts": "export function two() {}\n",
    });
    commitAll(root, "2026-02-10T12:00:00Z");
    const clone = join(tempFolder(), "clone");
    gitIn(root)("clone", "-q", "--filter=blob:none", `file://${root}`, clone);
    expect(await placesOf(clone, "two", "main")).toEqual(["two.ts:1"]);
    const engine = await engineOf(clone);
    expect(await engine.findSymbol("run", { at: first })).toEqual([]);
    await expect(engine.references("run", { at: first })).rejects.toThrow(
      /1 file is not in this clone/u,
    );
    await expect(engine.fileAt("run.ts", { at: first })).rejects.toMatchObject({
      code: "HAYPILE_REVISION_MISSING",
    });
    await expect(engine.outline("run.ts", { at: first })).rejects.toThrow(/--refetch --no-filter/u);
  });

  it("leaves out what an index run would leave out, by the rules of that commit", async () => {
    const source = "export function found() {}\n";
    const { root, first } = made({
      "src/a.ts": source,
      "node_modules/x/i.ts": source,
      ".cache/c.ts": source,
      "vendor/lib/go.mod": "module x\n",
      "vendor/lib/a.ts": source,
      "skipped/b.ts": source,
      ".haypileignore": "skipped/\n",
      "gen.ts": `// Code generated by x. DO NOT EDIT.\n${source}`,
      ".env": "found=1\n",
    });
    rmSync(join(root, ".haypileignore"));
    commitAll(root, "2026-02-10T12:00:00Z");
    expect(await placesOf(root, "found", first)).toEqual(["src/a.ts:1"]);
    expect(await placesOf(root, "found", "main")).toEqual(["skipped/b.ts:1", "src/a.ts:1"]);
    const engine = await engineOf(root);
    await expect(engine.fileAt(".env", { at: first })).rejects.toMatchObject({
      code: "HAYPILE_PATH_REFUSED",
    });
    await expect(engine.outline("../x", { at: first })).rejects.toMatchObject({
      code: "HAYPILE_PATH_REFUSED",
    });
    await expect(engine.findSymbol("found", { at: first, path: "nowhere/**" })).rejects.toThrow(
      /No file fits/u,
    );
  });

  it("touches nothing: neither the tree, nor git's folder, nor what the repository would run", async () => {
    const { root, first } = made(runs);
    writeTree(root, { "run.ts": "export function changed() {}\n" });
    const before = gitIn(root)("status", "--porcelain=v2");
    appendFileSync(
      join(root, ".git", "config"),
      `[core]\n\tfsmonitor = "touch ${root}/was-run"\n\tpager = "touch ${root}/was-run"\n[diff]\n\texternal = touch ${root}/was-run\n`,
    );
    const copy = join(tempFolder(), "copy");
    cpSync(root, copy, { recursive: true });
    expect(await placesOf(root, "run", first)).toEqual(["run.ts:1"]);
    expect(await placesOf(root, "changed", first)).toEqual([]);
    expect(existsSync(join(root, "was-run"))).toBe(false);
    expect(gitIn(root)("-c", "core.fsmonitor=false", "status", "--porcelain=v2")).toBe(before);
  });

  it("does not believe bytes that are not those of their id", async () => {
    const { root, first } = made({
      "a.ts": "export function real() {}\n",
      "b.ts": "export function fake() {}\n",
    });
    const git = gitIn(root);
    const [real, fake] = ["a.ts", "b.ts"].map((name) => git("rev-parse", `${first}:${name}`));
    const place = (id = ""): string => join(root, ".git", "objects", id.slice(0, 2), id.slice(2));
    rmSync(place(real));
    mkdirSync(join(place(real), ".."), { recursive: true });
    cpSync(place(fake), place(real));
    expect(await placesOf(root, "fake", first)).toEqual(["b.ts:1"]);
    const engine = await engineOf(root);
    await expect(engine.fileAt("a.ts", { at: first })).rejects.toThrow(
      /git fsck|hash mismatch|corrupt/u,
    );
  });
});

describe("what is no revision", () => {
  it.each([
    "",
    "-x",
    "HEAD; rm",
    "--upload-pack=x",
    "HEAD:run.ts",
    "HEAD^{tree}",
    "a\0b",
    "x".repeat(5_000),
    "2020-01-01",
    "nothing",
  ])("is refused by its code: %j", async (at) => {
    const { root } = made(runs);
    const engine = await engineOf(root);
    const refused = { code: "HAYPILE_REVISION_MISSING" };
    await expect(engine.findSymbol("run", { at })).rejects.toMatchObject(refused);
    await expect(engine.fileAt("run.ts", { at })).rejects.toMatchObject(refused);
  });

  it("cannot be asked of where there is no repository, nor of a bare one beside", async () => {
    const folder = tempFolder();
    gitIn(folder)("init", "-q", "--bare", "beside.git");
    writeTree(folder, runs);
    const engine = await engineOf(folder);
    await expect(engine.findSymbol("run", { at: "HEAD" })).rejects.toMatchObject({
      code: "HAYPILE_GIT",
    });
    const empty = tempFolder();
    gitIn(empty)("init", "-q");
    await expect((await engineOf(empty)).outline("", { at: "HEAD" })).rejects.toMatchObject({
      code: "HAYPILE_REVISION_MISSING",
    });
  });

  it("is told apart from names in reftables, which are not read", async () => {
    const { root, first } = made(runs);
    rmSync(join(root, ".git", "refs"), { recursive: true });
    mkdirSync(join(root, ".git", "refs"));
    writeFileSync(join(root, ".git", "HEAD"), "ref: refs/heads/.invalid\n");
    appendFileSync(join(root, ".git", "config"), "[extensions]\n\trefStorage = reftable\n");
    await expect(placesOf(root, "run", "main")).rejects.toThrow(
      /"reftable", which is not read here/u,
    );
    expect(await placesOf(root, "run", first)).toEqual(["run.ts:1"]);
  });
});
