/* Searches at a revision, beside git itself and beside an index of what was checked out. */
import { execFileSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { readEnvironment } from "../../src/config/environment/env.ts";
import { defaultDatabasePath, revisionsPath } from "../../src/config/places/paths.ts";
import { type HaypileHere, openHere } from "../../src/haypile/here.ts";
import type { SearchResult } from "../../src/ports/answers/search.ts";
import type { CodeIndex } from "../../src/ports/haypile.ts";
import { tempFolder, writeTree } from "../helpers/temp-tree.ts";

function gitIn(folder: string, time = "2026-01-01T00:00:00Z"): (...args: string[]) => string {
  const at = { GIT_AUTHOR_DATE: time, GIT_COMMITTER_DATE: time };
  return (...args) =>
    execFileSync(
      "git",
      ["-c", "user.name=a", "-c", "user.email=a@example.com", "-C", folder, ...args],
      { encoding: "utf8", stdio: ["ignore", "pipe", "pipe"], env: { ...process.env, ...at } },
    ).trimEnd();
}

function commitAll(root: string, time: string): string {
  const git = gitIn(root, time);
  git("add", "-A");
  git("commit", "-q", "-m", time);
  return git("rev-parse", "HEAD");
}

const retry = (word: string): string =>
  `/** How long to wait before the next ${word}. */\nexport function ${word}Delay(count: number): number {\n  return Math.min(1_000 * 2 ** count, 60_000);\n}\n`;

let root: string;
let first: string;
let second: string;
let third: string;
let haypile: HaypileHere;
let code: CodeIndex;

beforeEach(() => {
  root = tempFolder();
  gitIn(root)("init", "-q", "-b", "main");
  writeTree(root, {
    "src/retry.ts": retry("attempt"),
    "src/same.ts": "export function constantTax(): number {\n  return 19;\n}\n",
    "src/gone.ts": "export function vanishingWidget(): string {\n  return 'widget';\n}\n",
    "old/name.ts": "export function movedThing(): string {\n  return 'moved';\n}\n",
    "README.md": "# Demo\n\nRetries with back-off.\n",
  });
  first = commitAll(root, "2026-01-10T12:00:00Z");
  gitIn(root)("tag", "v1");
  writeTree(root, { "src/retry.ts": retry("request") });
  gitIn(root)("rm", "-q", "src/gone.ts");
  second = commitAll(root, "2026-02-10T12:00:00Z");
  gitIn(root)("mv", "old/name.ts", "src/moved.ts");
  writeTree(root, { "src/late.ts": "export function lateComer(): number {\n  return 3;\n}\n" });
  third = commitAll(root, "2026-03-10T12:00:00Z");
  code = haypile.code(root, { nearest: false });
});

const openOne = (): HaypileHere => openHere({ model: "static", embeddingCache: false });

beforeAll(() => {
  haypile = openOne();
});

afterAll(async () => {
  await haypile.close();
});

const paths = ({ hits }: SearchResult): string[] => hits.map(({ path }) => path);

/** Each hit is what git has at its lines in that commit. */
function assertOfCommit(result: SearchResult, commit: string): void {
  expect(result.at?.commit).toBe(commit);
  for (const { path, startLine, endLine, text, stale } of result.hits) {
    const lines = gitIn(root)("show", `${commit}:${path}`).split("\n");
    expect(text.trimEnd()).toBe(
      lines
        .slice(startLine - 1, endLine)
        .join("\n")
        .trimEnd(),
    );
    expect(stale).toBe(false);
  }
}

describe("a search at a revision", () => {
  it("finds what was there then, and not what came since", async () => {
    await code.index();
    const then = await code.search("vanishing widget", { at: "v1" });
    assertOfCommit(then, first);
    expect(paths(then)[0]).toBe("src/gone.ts");
    expect(paths(await code.search("vanishing widget", { at: second }))).not.toContain(
      "src/gone.ts",
    );
    expect(paths(await code.search("vanishing widget"))).not.toContain("src/gone.ts");
    const old = await code.search("attemptDelay", { at: first });
    assertOfCommit(old, first);
    expect(old.hits[0]).toMatchObject({ path: "src/retry.ts", symbol: { name: "attemptDelay" } });
    const newer = await code.search("requestDelay", { at: "HEAD~1" });
    assertOfCommit(newer, second);
    expect(newer.hits[0]?.symbol?.name).toBe("requestDelay");
    expect(paths(await code.search("lateComer", { at: "2026-02-20", minScore: 0 }))).not.toContain(
      "src/late.ts",
    );
    const moved = await code.search("movedThing", { at: "v1" });
    expect(paths(moved)[0]).toBe("old/name.ts");
    expect(paths(moved)).not.toContain("src/moved.ts");
    const same = await code.search("constantTax", { at: "v1" });
    assertOfCommit(same, first);
    expect(paths(same)[0]).toBe("src/same.ts");
  });

  it("answers as an index of what was checked out", async () => {
    await code.index();
    const clone = join(tempFolder(), "clone");
    gitIn(root)("clone", "-q", root, clone);
    for (const commit of [first, second, third]) {
      gitIn(clone)("checkout", "-q", commit);
      const other = haypile.code(clone, { nearest: false });
      await other.index();
      for (const query of ["how long to wait before the next attempt", "movedThing", "tax"]) {
        const options = { minScore: 0, k: 20 };
        const expected = await other.search(query, options);
        const found = await code.search(query, { ...options, at: commit });
        assertOfCommit(found, commit);
        expect(paths(found), `${query} at ${commit}`).toEqual(
          expect.arrayContaining(paths(expected)),
        );
        expect(paths(found)[0]).toBe(paths(expected)[0]);
      }
    }
  });

  it("needs no index of the folder", async () => {
    const found = await code.search("vanishing widget", { at: "v1" });
    assertOfCommit(found, first);
    expect(paths(found)[0]).toBe("src/gone.ts");
    expect(found.takenIn).toEqual({ files: 5, of: 5 });
    await expect(code.search("vanishing widget")).rejects.toMatchObject({
      code: "HAYPILE_NOT_INDEXED",
    });
  });

  it("reads a version once for all commits that have it, and no file that the index has", async () => {
    await code.index();
    expect((await code.search("tax", { at: "HEAD" })).takenIn).toEqual({ files: 0, of: 0 });
    expect((await code.search("tax", { at: "v1" })).takenIn).toEqual({ files: 3, of: 3 });
    expect((await code.search("tax", { at: "HEAD~1" })).takenIn).toEqual({ files: 1, of: 1 });
    const { revisions } = await code.status();
    expect(revisions).toMatchObject({ files: 3, withoutVector: expect.any(Number) });
    expect(revisions?.revisions.map(({ commit }) => commit)).toEqual([second, first, third]);
  });

  it("embeds no text that the index has a vector of", async () => {
    // The static model makes all of them at once.
    const withModel = openHere({ embeddingCache: false });
    const code = withModel.code(root, { nearest: false });
    await code.index();
    const before = await code.status();
    expect(before.index.vectors).toBe(before.index.chunks);
    // The same text at another path, and one that is new.
    await code.search("movedThing", { at: second, fillIn: "off" });
    await code.settled();
    expect((await code.status()).revisions).toMatchObject({ files: 1, withoutVector: 0 });
    await code.search("attempt", { at: first, fillIn: "off" });
    await code.settled();
    const { revisions } = await code.status();
    // The old text of retry.ts and that of gone.ts are nowhere else.
    expect(revisions?.withoutVector).toBe(2);
    await withModel.close();
  });

  it("goes by the disk as it is while that changes", async () => {
    await code.index();
    writeFileSync(
      join(root, "src/same.ts"),
      "export function otherTax(): number {\n  return 7;\n}\n",
    );
    const dirty = await code.search("constantTax", { at: "HEAD" });
    assertOfCommit(dirty, third);
    expect(dirty.hits[0]).toMatchObject({ path: "src/same.ts", symbol: { name: "constantTax" } });
    await code.index();
    const again = await code.search("constantTax", { at: "HEAD" });
    assertOfCommit(again, third);
    expect(again.hits[0]?.symbol?.name).toBe("constantTax");
    expect(
      (await code.search("otherTax", { at: "HEAD", minScore: 0 })).hits[0]?.symbol?.name,
    ).not.toBe("otherTax");
    // Back again: nothing is kept for it that is not true any more.
    gitIn(root)("checkout", "-q", "--", "src/same.ts");
    await code.index();
    assertOfCommit(await code.search("constantTax", { at: "HEAD" }), third);
  });

  it("is answered for many that ask at once, from two homes", async () => {
    await code.index();
    const others = openOne();
    const other = others.code(root, { nearest: false });
    const asked = ["widget", "attempt", "moved", "tax"].flatMap((query) => [
      code.search(query, { at: "v1" }),
      other.search(query, { at: "v1" }),
    ]);
    for (const result of await Promise.all(asked)) assertOfCommit(result, first);
    await code.settled();
    await other.settled();
    const { takenIn, hits } = await other.search("vanishing widget", { at: "v1" });
    expect(takenIn).toEqual({ files: 3, of: 3 });
    expect(hits[0]?.path).toBe("src/gone.ts");
    await others.close();
  });

  it("takes filters, and says why a file comes", async () => {
    await code.index();
    const inside = await code.search("movedThing path:old", { at: "v1" });
    expect(paths(inside)).toEqual(["old/name.ts"]);
    const nowhere = await code.search("movedThing", { at: "v1", filter: { paths: ["none"] } });
    expect(nowhere.hits).toEqual([]);
    expect(nowhere.cut.join()).toMatch(/no file of the index fits the path none/u);
    const kinds = await code.search("delay", { at: "v1", filter: { kinds: ["function"] } });
    assertOfCommit(kinds, first);
    const why = await code.why("vanishing widget", "src/gone.ts", { at: "v1" });
    expect(why).toMatchObject({ isIndexed: true, at: { commit: first, said: "v1" } });
    expect(why.chunks[0]?.rank).toBe(1);
    const not = await code.why("late", "src/late.ts", { at: "v1" });
    expect(not.isIndexed).toBe(false);
    expect(not.verdict).toMatch(/it was not there, or is left out/u);
  });

  it("passes over what an index run would pass over", async () => {
    writeTree(root, {
      "node_modules/x/index.js": "export const hayNeedle = 1;\n",
      "dist/a.whl": "",
      "dist/hay.js": "export const hayNeedle = 2;\n",
      ".env": "HAY_NEEDLE=3\n",
      "package-lock.json": '{"hayNeedle": 4}\n',
      "private/hay.ts": "export const hayNeedle = 5;\n",
      "src/hay.ts": "export const hayNeedle = 6;\n",
      "image.ts": Buffer.from([0, 1, 2, 0, 255]),
    });
    gitIn(root)("add", "-A", "-f");
    const commit = commitAll(root, "2026-03-20T12:00:00Z");
    writeTree(root, { ".haypileignore": "private/\n" });
    await code.index();
    gitIn(root)("rm", "-q", "-r", "--cached", ".");
    const found = await code.search("hayNeedle", { at: commit, minScore: 0, k: 100 });
    const all = paths(found).filter((path) => /hay|env|lock|node_modules|image/u.test(path));
    expect(all).toEqual(["src/hay.ts"]);
  });
});

describe("what a search at a revision keeps", () => {
  const files = (): string[] => {
    const { cacheFolder, dataFolder } = readEnvironment();
    const path = revisionsPath(cacheFolder, defaultDatabasePath(dataFolder, root));
    return existsSync(path) ? [path] : [];
  };

  it("goes with the index, and is made anew where it is damaged or of another model", async () => {
    await code.index();
    await code.search("widget", { at: "v1" });
    const [path = ""] = files();
    expect(statSync(path).size).toBeGreaterThan(0);
    await haypile.close();
    rmSync(`${path}-wal`, { force: true });
    writeFileSync(path, "no database at all, but longer than a header of one".repeat(100));
    haypile = openOne();
    code = haypile.code(root, { nearest: false });
    const found = await code.search("widget", { at: "v1" });
    expect(paths(found)[0]).toBe("src/gone.ts");
    await haypile.removeIndex({ folder: root });
    expect(files()).toEqual([]);
  });

  it("is in the cache folder alone: neither the working tree nor the repository is written", async () => {
    await code.index();
    const state = (): string =>
      JSON.stringify([
        gitIn(root)("status", "--porcelain", "--ignored"),
        gitIn(root)("for-each-ref"),
        readdirSync(join(root, ".git")).sort(),
        readFileSync(join(root, ".git/index")).toString("base64"),
        readdirSync(root, { recursive: true }).filter((path) => !String(path).startsWith(".git")),
      ]);
    gitIn(root)("update-index", "--refresh");
    const before = state();
    await code.search("widget", { at: "v1" });
    await code.settled();
    expect(state()).toBe(before);
  });
});

describe("a revision that cannot be searched", () => {
  it.each(["nothing-here", "HEAD~99", "2020-01-01", "", "--output=x"])(
    "(%j) says so",
    async (at) => {
      await code.index();
      await expect(code.search("widget", { at })).rejects.toMatchObject({
        code: "HAYPILE_REVISION_MISSING",
      });
    },
  );

  it("for want of a repository says so", async () => {
    const plain = tempFolder();
    writeTree(plain, { "a.ts": "export const a = 1;\n" });
    const other = haypile.code(plain, { nearest: false });
    await other.index();
    await expect(other.search("a", { at: "HEAD" })).rejects.toMatchObject({ code: "HAYPILE_GIT" });
  });

  it("for want of history says how to get it", async () => {
    const clone = join(tempFolder(), "clone");
    gitIn(root)("clone", "-q", "--depth", "1", `file://${root}`, clone);
    const other = haypile.code(clone, { nearest: false });
    await other.index();
    const refused = other.search("widget", { at: first });
    await expect(refused).rejects.toThrow(/git fetch --unshallow/u);
    expect(paths(await other.search("lateComer", { at: "HEAD" }))[0]).toBe("src/late.ts");
  });

  it("has no code: nothing is found, and a line says why", async () => {
    await code.index();
    gitIn(root)("checkout", "-q", "--orphan", "bare");
    gitIn(root)("rm", "-q", "-r", "--cached", ".");
    gitIn(root)("commit", "-q", "--allow-empty", "-m", "empty");
    const found = await code.search("widget", { at: "bare" });
    expect(found.hits).toEqual([]);
    expect(found.cut.join()).toMatch(/that commit has no code here/u);
  });
});
