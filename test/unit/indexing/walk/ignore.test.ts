import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { SkipLog } from "../../../../src/indexing/walk/skip-log.ts";
import { walkFolder } from "../../../../src/indexing/walk/walk.ts";
import { seededRandom, tempFolder, writeTree } from "../../../helpers/temp-tree.ts";

async function paths(root: string, skips = new SkipLog()): Promise<string[]> {
  const found: string[] = [];
  for await (const file of walkFolder(root, { skips })) found.push(file.path);
  return found.filter((path) => !/(^|\/)\.(gitignore|haypileignore)$/u.test(path));
}

function git(root: string, ...args: string[]): string {
  const identity = ["-c", "core.excludesFile=/dev/null", "-c", "core.quotePath=false"];
  return execFileSync("git", [...identity, ...args], { cwd: root, encoding: "utf8" });
}

/** What git itself takes for files that are not ignored. */
function gitPaths(root: string): string[] {
  return git(root, "ls-files", "-z", "--others", "--exclude-standard")
    .split("\0")
    .filter((path) => path !== "" && !path.endsWith(".gitignore"));
}

describe("ignore rules", () => {
  it("lets the rules of a parent apply below, and those below decide first", async () => {
    const root = tempFolder();
    writeTree(root, {
      ".git/": "",
      ".gitignore": "*.gen.ts\n/top.ts\nlogs/\n",
      "a.gen.ts": "",
      "top.ts": "",
      "sub/top.ts": "",
      "sub/.gitignore": "!keep.gen.ts\nlocal.ts\n",
      "sub/keep.gen.ts": "",
      "sub/other.gen.ts": "",
      "sub/local.ts": "",
      "sub/deep/local.ts": "",
      "sub/logs/x.ts": "",
      "local.ts": "",
    });
    const skips = new SkipLog();
    expect(await paths(root, skips)).toEqual(["local.ts", "sub/keep.gen.ts", "sub/top.ts"]);
    expect(skips.report().byReason["ignored-by-git"]?.examples).toEqual([
      "a.gen.ts",
      "sub/deep/local.ts",
      "sub/local.ts",
      "sub/logs/",
      "sub/other.gen.ts",
      "top.ts",
    ]);
  });

  it("reads info/exclude, also through the pointer of a linked worktree", async () => {
    const root = tempFolder();
    const main = join(root, "main");
    writeTree(main, { "a.ts": "" });
    git(main, "init", "-q");
    git(main, "add", ".");
    const who = ["-c", "user.name=t", "-c", "user.email=t@example.invalid"];
    git(main, ...who, "commit", "-q", "-m", "Begin");
    git(main, "worktree", "add", "-q", "../linked");
    writeTree(root, {
      "main/.git/info/exclude": "secret.ts\n",
      "main/secret.ts": "",
      "linked/secret.ts": "",
    });
    expect(await paths(main)).toEqual(["a.ts"]);
    expect(await paths(join(root, "linked"))).toEqual(["a.ts"]);
  });

  it("counts the rules above a folder inside a repository", async () => {
    const root = tempFolder();
    writeTree(root, {
      ".git/": "",
      ".gitignore": "*.log\n/packages/a/skip.ts\n",
      "packages/.gitignore": "tmp.ts\n",
      "packages/a/skip.ts": "",
      "packages/a/x.log": "",
      "packages/a/tmp.ts": "",
      "packages/a/keep.ts": "",
    });
    expect(await paths(join(root, "packages", "a"))).toEqual(["keep.ts"]);
  });

  it("drops the rules above when they ignore the very folder that was asked for", async () => {
    const root = tempFolder();
    writeTree(root, {
      ".git/": "",
      ".gitignore": "generated/\n*.x\n",
      "generated/a.ts": "",
      "generated/b.x": "",
    });
    expect(await paths(join(root, "generated"))).toEqual(["a.ts", "b.x"]);
    expect(await paths(root)).toEqual([]);
  });

  it("gives a repository inside a repository its own rules only", async () => {
    const root = tempFolder();
    writeTree(root, {
      ".git/": "",
      ".gitignore": "*.tmp.ts\n",
      "inner/.git/info/exclude": "own.ts\n",
      "inner/a.tmp.ts": "",
      "inner/own.ts": "",
      "b.tmp.ts": "",
    });
    expect(await paths(root)).toEqual(["inner/a.tmp.ts"]);
  });

  it("lets .haypileignore ignore more and bring back what others left out", async () => {
    const root = tempFolder();
    writeTree(root, {
      ".git/": "",
      ".gitignore": "built/\n*.data.json\n",
      ".haypileignore":
        "!built/\n!vendor/\n!package-lock.json\n!.hidden/\ndocs/\n!keep.data.json\n",
      "built/a.ts": "",
      "built/sub/b.data.json": "",
      "vendor/c.go": "",
      "package-lock.json": "",
      ".hidden/d.ts": "",
      "docs/e.md": "",
      "keep.data.json": "",
      "lose.data.json": "",
    });
    const skips = new SkipLog();
    expect(await paths(root, skips)).toEqual([
      ".hidden/d.ts",
      "built/a.ts",
      "built/sub/b.data.json",
      "keep.data.json",
      "package-lock.json",
      "vendor/c.go",
    ]);
    expect(skips.report().byReason["ignored-by-haypile"]?.examples).toEqual(["docs/"]);
    expect(skips.report().byReason["ignored-by-git"]?.examples).toEqual(["lose.data.json"]);
  });

  it("survives rules that are no rules", async () => {
    const root = tempFolder();
    writeTree(root, {
      ".gitignore": "[\n\\\n!\n***\\/[z-a]\n(?<\n\uFEFFx\n   \nreal.ts\r\n/\n[[:nope:]]\n",
      "real.ts": "",
      "kept.ts": "",
      "sub/.gitignore/": "",
      "sub/.gitignore/x.ts": "",
    });
    const found = await paths(root);
    expect(found).toContain("kept.ts");
    expect(found).not.toContain("real.ts");
  });

  it("agrees with git on random trees and rules", async () => {
    const names = ["a", "b", "src", "lib", "x.ts", "y.js", "foo.log", "bar", "a b", "doc.md"];
    const rules = ["*.log", "/a", "b/", "src/*", "!src/x.ts", "**/lib", "lib/**", "!bar", "a/**/b"];
    rules.push("*.j?", "[xy].*", "!/a/b", "doc.md", "*", "!*/", "!*.ts", "a\\ b", "src/**/y.js");
    let compared = 0;
    for (let seed = 1; seed <= 25; seed += 1) {
      const random = seededRandom(seed);
      const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)] as T;
      const root = tempFolder();
      git(root, "init", "-q");
      const folders = [""];
      const taken = new Set<string>();
      for (let count = 0; count < 40; count += 1) {
        const path = pick(folders) + pick(names);
        if (taken.has(path)) continue;
        taken.add(path);
        if (random() < 0.4 && path.split("/").length < 5) folders.push(`${path}/`);
        else writeTree(root, { [path]: "text" });
      }
      const files = [...folders].filter(() => random() < 0.4);
      if (!files.includes("")) files.push("");
      for (const folder of files) {
        const text = Array.from({ length: 1 + Math.floor(random() * 4) }, () => pick(rules)).join(
          "\n",
        );
        writeTree(root, { [`${folder}.gitignore`]: text });
      }
      const expected = gitPaths(root).sort();
      expect((await paths(root)).sort(), `seed ${seed}`).toEqual(expected);
      compared += expected.length;
    }
    expect(compared).toBeGreaterThan(100);
  });

  it("tests thousands of paths against one rule file", async () => {
    const root = tempFolder();
    const files: Record<string, string> = { ".gitignore": "*7.ts\n" };
    for (let index = 0; index < 9000; index += 1) files[`d${index % 10}/${index}.ts`] = "";
    writeTree(root, files);
    expect(await paths(root)).toHaveLength(8100);
  });
});
