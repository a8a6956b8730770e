/*
 * The user's own list of ignore rules, against git itself: where its configuration is named by variables, in the folder of XDG, in
 * included files, and in files that are included for some repositories only.
 */
import { execFileSync } from "node:child_process";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { afterEach, describe, expect, it, vi } from "vitest";
import { SkipLog } from "../../../../src/indexing/walk/skip-log.ts";
import { walkFolder } from "../../../../src/indexing/walk/walk.ts";
import { tempFolder, writeTree } from "../../../helpers/temp-tree.ts";

afterEach(() => vi.unstubAllEnvs());

const names = ["a.one", "b.two", "c.three", "d.four", "e.txt"];

/** @param files of the home folder; HOME stands for its path in them @param variables the same */
async function bothSay(
  files: Record<string, string>,
  variables: Record<string, string> = {},
  place = "work/project",
): Promise<{ ours: string[]; gits: string[] }> {
  const home = tempFolder();
  const filled = (text: string): string => text.replaceAll("HOME", home);
  writeTree(
    home,
    Object.fromEntries(Object.entries(files).map(([path, text]) => [path, filled(text)])),
  );
  const root = join(home, place);
  mkdirSync(root, { recursive: true });
  for (const name of ["GIT_CONFIG_GLOBAL", "GIT_CONFIG_SYSTEM", "XDG_CONFIG_HOME"])
    vi.stubEnv(name, undefined);
  vi.stubEnv("HOME", home);
  vi.stubEnv("GIT_CONFIG_NOSYSTEM", "1");
  for (const [name, value] of Object.entries(variables)) vi.stubEnv(name, filled(value));
  const git = (...args: string[]): string =>
    execFileSync("git", args, { cwd: root, encoding: "utf8", env: { ...process.env } });
  git("init", "-q");
  writeTree(root, Object.fromEntries(names.map((name) => [name, "text"])));
  const gits = git("ls-files", "--others", "--exclude-standard").trim().split("\n").sort();
  const ours: string[] = [];
  for await (const { path } of walkFolder(root, { skips: new SkipLog() })) ours.push(path);
  return { ours, gits };
}

const one = { "rules/one": "*.one\n", "rules/two": "*.two\n", "rules/three": "*.three\n" };
const says = (name: string): string => `[core]\n\texcludesFile = HOME/rules/${name}\n`;

describe("core.excludesFile of the user", () => {
  it.each<[string, Record<string, string>, Record<string, string>, string[]]>([
    ["~/.gitconfig", { ".gitconfig": says("one") }, {}, ["a.one"]],
    ["git's own place", { ".config/git/ignore": "*.four\n" }, {}, ["d.four"]],
    [
      "the folder of XDG",
      { "xdg/git/config": says("two"), ".config/git/config": says("one") },
      { XDG_CONFIG_HOME: "HOME/xdg" },
      ["b.two"],
    ],
    [
      "git's own place in the folder of XDG",
      { "xdg/git/ignore": "*.four\n", ".config/git/ignore": "*.one\n" },
      { XDG_CONFIG_HOME: "HOME/xdg" },
      ["d.four"],
    ],
    [
      "~/.gitconfig before XDG's",
      { ".gitconfig": says("one"), ".config/git/config": says("two") },
      {},
      ["a.one"],
    ],
    [
      "GIT_CONFIG_GLOBAL, in place of both",
      { ".gitconfig": says("one"), mine: says("three") },
      { GIT_CONFIG_GLOBAL: "HOME/mine" },
      ["c.three"],
    ],
    [
      "GIT_CONFIG_SYSTEM, where nothing else says one",
      { system: says("two") },
      { GIT_CONFIG_SYSTEM: "HOME/system", GIT_CONFIG_NOSYSTEM: "0" },
      ["b.two"],
    ],
    [
      "no configuration at all",
      { ".gitconfig": says("one"), ".config/git/ignore": "*.four\n" },
      { GIT_CONFIG_GLOBAL: "/dev/null" },
      ["d.four"],
    ],
    [
      "an included file, relative to the one that includes it",
      { ".gitconfig": "[include]\n\tpath = more/conf\n", "more/conf": says("two") },
      {},
      ["b.two"],
    ],
    [
      "the last of what is said and included",
      {
        ".gitconfig": `[include]\n\tpath = ~/conf\n${says("three")}`,
        conf: says("two"),
      },
      {},
      ["c.three"],
    ],
    [
      "an included file after what is said",
      { ".gitconfig": `${says("three")}[include]\n\tpath = ~/conf\n`, conf: says("two") },
      {},
      ["b.two"],
    ],
    [
      "a file for repositories below a folder",
      { ".gitconfig": '[includeIf "gitdir:~/work/"]\n\tpath = conf\n', conf: says("one") },
      {},
      ["a.one"],
    ],
    [
      "no file for repositories elsewhere",
      { ".gitconfig": '[includeIf "gitdir:~/play/"]\n\tpath = conf\n', conf: says("one") },
      {},
      [],
    ],
    [
      "a file by a pattern, in letters of any case",
      { ".gitconfig": '[includeIf "gitdir/i:WORK/*/.git"]\n\tpath = conf\n', conf: says("one") },
      {},
      ["a.one"],
    ],
    [
      "a file by a place relative to the configuration",
      { ".gitconfig": '[includeIf "gitdir:./work/"]\n\tpath = conf\n', conf: says("one") },
      {},
      ["a.one"],
    ],
    [
      "files that include each other",
      {
        ".gitconfig": "[include]\n\tpath = a\n",
        a: `${says("one")}[include]\n\tpath = b\n`,
        b: says("two"),
      },
      {},
      ["b.two"],
    ],
  ])("is read from %s, as git reads it", async (_, files, variables, ignored) => {
    const { ours, gits } = await bothSay({ ...one, ...files }, variables);
    expect(gits).toEqual(names.filter((name) => !ignored.includes(name)));
    expect(ours).toEqual(gits);
  });

  it("ends where a file includes itself, which git refuses", async () => {
    const home = tempFolder();
    writeTree(home, { ".gitconfig": `[include]\n\tpath = .gitconfig\n\tpath = .gitconfig\n` });
    writeTree(home, {
      "p/.git/HEAD": "ref: refs/heads/main\n",
      "p/.git/objects/": "",
      "p/a.ts": "",
    });
    vi.stubEnv("HOME", home);
    const found: string[] = [];
    for await (const { path } of walkFolder(join(home, "p"), { skips: new SkipLog() }))
      found.push(path);
    expect(found).toEqual(["a.ts"]);
  });
});
