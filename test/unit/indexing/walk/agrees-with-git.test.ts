/*
 * The walk against git itself on random trees: rule files at several levels, info/exclude, core.excludesFile, tracked
 * files that the rules ignore, the index in each of its versions. HAYPILE_TEST_TREES sets how many (default 60).
 */
import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { beforeEach, describe, expect, it, vi } from "vitest";
import { SkipLog } from "../../../../src/indexing/walk/skip-log.ts";
import { resolveRoot, walkFolder } from "../../../../src/indexing/walk/walk.ts";
import { seededRandom, tempFolder, writeTree } from "../../../helpers/temp-tree.ts";

const trees = Number(process.env.HAYPILE_TEST_TREES ?? 60);

const names = ["a", "b", "src", "lib", "x.ts", "y.js", "foo.log", "bar", "a b", "doc.md", "é", "B"];
const rules = [
  ..."*.log|/a|b/|src/*|!src/x.ts|**/lib|lib/**|!bar|a/**/b|*.j?|[xy].*|!/a/b|doc.md|*|!*/|!*.ts".split(
    "|",
  ),
  ..."a\\ b|src/**/y.js|lib/|!lib/|/*|!/src|!/src/|/src/*|!/src/lib|!/src/lib/|**/|!**/|/**|b/**|!b/a".split(
    "|",
  ),
  ..."**/src/**|!**/src/x.ts|a/|!a/|/lib/*|!/lib/a/|a*|!a b|\\!bar|#x|bar   |[a-b]|[!a]|é|?|*.*|!*.*|B|./a".split(
    "|",
  ),
];

type Pick = <T>(list: readonly T[]) => T;

/** Writes a random tree with a repository in it. */
function plant(root: string, random: () => number, pick: Pick): void {
  const folders = [""];
  const taken = new Set<string>();
  for (let count = 0; count < 40; count += 1) {
    const path = pick(folders) + pick(names);
    if (taken.has(path)) continue;
    taken.add(path);
    if (random() < 0.4 && path.split("/").length < 5) folders.push(`${path}/`);
    else writeTree(root, { [path]: "text" });
  }
  const some = (most: number): string =>
    Array.from({ length: 1 + Math.floor(random() * most) }, () => pick(rules)).join("\n");
  for (const folder of folders) {
    if (folder === "" || random() < 0.4) writeTree(root, { [`${folder}.gitignore`]: some(4) });
  }
  if (random() < 0.4) writeTree(root, { ".git/info/exclude": some(3) });
  if (random() < 0.4) {
    writeTree(root, { ".git/more-rules": some(3) });
    git(root, "config", "core.excludesFile", join(root, ".git", "more-rules"));
  }
  if (random() < 0.7) {
    const all = git(root, "ls-files", "-z", "-o").split("\0");
    const tracked = all.filter((path) => path !== "" && random() < 0.3);
    if (tracked.length > 0) git(root, "add", "-f", "--", ...tracked);
    const form = pick(["2", "3", "4", "split", "split 4", "skip-hash"]);
    if (form.startsWith("split")) splitIndex(root, form, tracked, pick);
    else if (form === "skip-hash")
      git(root, "-c", "index.skipHash=true", "update-index", "--force-write-index");
    else git(root, "update-index", "--index-version", form);
    if (form === "3" && tracked.length > 0)
      git(root, "update-index", "--skip-worktree", pick(tracked));
  }
}

/** An index of which a part lies in another file: some paths of that are gone, some are new. */
function splitIndex(root: string, form: string, tracked: readonly string[], pick: Pick): void {
  if (form.endsWith("4")) git(root, "update-index", "--index-version", "4");
  git(root, "config", "splitIndex.maxPercentChange", "100");
  git(root, "update-index", "--split-index");
  if (tracked.length < 3) return;
  git(root, "rm", "--cached", "-q", "--", pick(tracked));
  writeTree(root, { "late.log": "", "late/z": "" });
  git(root, "add", "-f", "late.log", "late/z");
}

function git(root: string, ...args: string[]): string {
  return execFileSync("git", ["-c", "core.quotePath=false", ...args], {
    cwd: root,
    encoding: "utf8",
    stdio: ["ignore", "pipe", "ignore"],
  });
}

async function walked(folder: string): Promise<string[]> {
  const found: string[] = [];
  const root = await resolveRoot(folder);
  for await (const file of walkFolder(root, { skips: new SkipLog() })) found.push(file.path);
  return found.sort();
}

function listed(root: string): string[] {
  const paths = git(root, "ls-files", "-z", "-co", "--exclude-standard").split("\0");
  return [...new Set(paths)].filter((path) => path !== "").sort();
}

describe("what git lists", () => {
  let home = "";
  beforeEach(() => {
    home = tempFolder();
    vi.stubEnv("HOME", home);
    vi.stubEnv("XDG_CONFIG_HOME", undefined);
    vi.stubEnv("GIT_CONFIG_NOSYSTEM", "1");
    return () => vi.unstubAllEnvs();
  });

  it(`is what a walk gives, on ${trees} random trees`, {
    timeout: 60_000 + trees * 1000,
  }, async () => {
    let compared = 0;
    for (let seed = 1; seed <= trees; seed += 1) {
      const random = seededRandom(seed);
      const pick: Pick = (list) =>
        list[Math.floor(random() * list.length)] as (typeof list)[number];
      const root = tempFolder();
      git(root, "init", "-q");
      plant(root, random, pick);
      const expected = listed(root);
      expect(await walked(root), `seed ${seed}`).toEqual(expected);
      compared += expected.length;
    }
    expect(compared).toBeGreaterThan(trees * 3);
  });

  it.each([
    ["the usual place", { ".config/git/ignore": "*.log\n" }],
    [
      "a file that ~/.gitconfig names",
      { ".gitconfig": "[core]\n\texcludesFile = ~/mine\n", mine: "*.log\n" },
    ],
    [
      "the last of two",
      { ".gitconfig": '[core]\nexcludesfile = "~/no"\nexcludesFile = ~/mine\n', mine: "*.log" },
    ],
    ["none", { ".gitconfig": "[core]\nexcludesFile =\n", ".config/git/ignore": "*.log\n" }],
  ])("knows the rules that a user has for all repositories: %s", async (_, files) => {
    writeTree(home, files);
    const root = tempFolder();
    git(root, "init", "-q");
    writeTree(root, { "a.ts": "", "b.log": "", "sub/c.log": "", "sub/.gitignore": "!c.log\n" });
    const expected = listed(root);
    expect(await walked(root)).toEqual(expected);
    expect(expected.includes("b.log")).toBe(".gitconfig" in files && !("mine" in files));
    expect((await walked(join(root, "sub"))).sort()).toEqual([".gitignore", "c.log"]);
  });
});
