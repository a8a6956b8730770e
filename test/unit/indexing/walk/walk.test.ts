import { execFileSync } from "node:child_process";
import { mkdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { SkipLog } from "../../../../src/indexing/walk/skip-log.ts";
import { resolveRoot, type WalkOptions, walkFolder } from "../../../../src/indexing/walk/walk.ts";
import type { SkipReason } from "../../../../src/ports/answers/index-run.ts";
import { tempFolder, writeTree } from "../../../helpers/temp-tree.ts";

async function walk(
  root: string,
  options: Partial<WalkOptions> = {},
): Promise<{
  paths: string[];
  skips: SkipLog;
  skipped: (reason: SkipReason) => readonly string[];
}> {
  const skips = options.skips instanceof SkipLog ? options.skips : new SkipLog();
  const paths: string[] = [];
  for await (const file of walkFolder(await resolveRoot(root), { ...options, skips })) {
    paths.push(file.path);
  }
  const { byReason } = skips.report();
  return { paths, skips, skipped: (reason) => byReason[reason]?.examples ?? [] };
}

describe("walkFolder", () => {
  it("gives files in the byte order of their whole paths", async () => {
    const root = tempFolder();
    writeTree(root, {
      "b.ts": "",
      "a/z.ts": "",
      "a-b.ts": "",
      "a.ts": "",
      "B.ts": "",
      "\u{1F600}.ts": "",
      "\uFFF0.ts": "",
      "a/é.ts": "",
    });
    const { paths } = await walk(root);
    const sorted = [...paths].sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
    expect(paths).toHaveLength(8);
    expect(paths).toEqual(sorted);
  });

  it("gives size and modification time of each file", async () => {
    const root = tempFolder();
    writeTree(root, { "a.ts": "12345" });
    const files = [];
    for await (const file of walkFolder(root, { skips: new SkipLog() })) files.push(file);
    expect(files).toHaveLength(1);
    expect(files[0]).toMatchObject({
      path: "a.ts",
      absolutePath: join(root, "a.ts"),
      sizeBytes: 5,
    });
    expect(Math.abs((files[0]?.mtimeMs ?? 0) - Date.now())).toBeLessThan(60_000);
  });

  it("skips hidden folders, keeps hidden files and the folders of workflows", async () => {
    const root = tempFolder();
    writeTree(root, {
      ".cache/x.ts": "",
      ".git/config": "",
      ".github/workflows/ci.yml": "",
      ".eslintrc.json": "",
    });
    const { paths, skipped } = await walk(root);
    expect(paths).toEqual([".eslintrc.json", ".github/workflows/ci.yml"]);
    expect(skipped("hidden")).toEqual([".cache/", ".git/"]);
  });

  it("skips vendored folders by name and by what stands in them", async () => {
    const root = tempFolder();
    writeTree(root, {
      "node_modules/a/index.js": "",
      "src/third_party/b.c": "",
      "my-python/pyvenv.cfg": "",
      "my-python/lib/x.py": "",
      "target/CACHEDIR.TAG": "",
      "target/x.rs": "",
      "out/CMakeCache.txt": "",
      "out/x.c": "",
      "src/a.ts": "",
    });
    const { paths, skipped } = await walk(root);
    expect(paths).toEqual(["src/a.ts"]);
    expect(skipped("vendored")).toEqual(["my-python/", "node_modules/", "src/third_party/"]);
    expect(skipped("build-output")).toEqual(["out/", "target/"]);
  });

  it("keeps dist, build and target that hold source", async () => {
    const root = tempFolder();
    writeTree(root, {
      "build/rules.ts": "",
      "dist/lib.ts": "",
      "target/main.rs": "",
      "sub/dist/a.js.map": "",
      "sub/dist/a.js": "",
    });
    const { paths, skipped } = await walk(root);
    expect(paths).toEqual(["build/rules.ts", "dist/lib.ts", "target/main.rs"]);
    expect(skipped("build-output")).toEqual(["sub/dist/"]);
  });

  it("skips secrets, generated names, translations, binaries and large files", async () => {
    const root = tempFolder();
    writeTree(root, {
      ".env": "",
      ".env.local": "",
      ".env.example": "",
      "server.pem": "",
      "package-lock.json": "",
      "lib.min.js": "",
      "lib.js.map": "",
      "x_pb2.pyi": "",
      "locale/de/LC_MESSAGES/app.po": "",
      "logo.PNG": "",
      "big.txt": "x".repeat(101),
      "fits.txt": "x".repeat(100),
    });
    const { paths, skipped } = await walk(root, { maxFileBytes: 100 });
    expect(paths).toEqual([".env.example", "fits.txt"]);
    expect(skipped("secret")).toEqual([".env", ".env.local", "server.pem"]);
    expect(skipped("generated")).toEqual([
      "lib.js.map",
      "lib.min.js",
      "package-lock.json",
      "x_pb2.pyi",
    ]);
    expect(skipped("translation")).toEqual(["locale/de/LC_MESSAGES/app.po"]);
    expect(skipped("binary")).toEqual(["logo.PNG"]);
    expect(skipped("too-large")).toEqual(["big.txt"]);
  });

  it("follows no link, and says where each leads", async () => {
    const root = tempFolder();
    const outside = tempFolder();
    writeTree(root, { "a/real.ts": "" });
    writeTree(outside, { "x.ts": "" });
    symlinkSync("..", join(root, "a", "up"));
    symlinkSync("real.ts", join(root, "a", "twin.ts"));
    symlinkSync(outside, join(root, "out"));
    symlinkSync(join(outside, "x.ts"), join(root, "x.ts"));
    symlinkSync("nowhere", join(root, "broken"));
    symlinkSync("loop", join(root, "loop"));
    const { paths, skipped } = await walk(root);
    expect(paths).toEqual(["a/real.ts"]);
    expect(skipped("link-to-folder")).toEqual(["a/up"]);
    expect(skipped("link-to-file")).toEqual(["a/twin.ts"]);
    expect(skipped("link-to-outside")).toEqual(["out", "x.ts"]);
    expect(skipped("link-broken")).toEqual(["broken", "loop"]);
  });

  it("takes a linked root by its real path", async () => {
    const root = tempFolder();
    const link = join(tempFolder(), "link");
    writeTree(root, { "a.ts": "" });
    symlinkSync(root, link);
    expect(await resolveRoot(link)).toBe(root);
    expect((await walk(link)).paths).toEqual(["a.ts"]);
  });

  it("opens no pipe and no socket", async () => {
    const root = tempFolder();
    execFileSync("mkfifo", [join(root, "pipe")]);
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(join(root, "socket"), resolve));
    onTestFinished(() => new Promise<void>((resolve) => server.close(() => resolve())));
    const { paths, skipped } = await walk(root);
    expect(paths).toEqual([]);
    expect(skipped("special")).toEqual(["pipe", "socket"]);
  });

  it("takes names with line ends, emoji and quotes as they are", async () => {
    const root = tempFolder();
    const names = ["\u{1F98A}.py", "a\nb.py", 'it\'s "x".py', "tab\t.py", "back\\slash.py"];
    writeTree(root, Object.fromEntries(names.map((name) => [name, "x = 1"])));
    expect((await walk(root)).paths.toSorted()).toEqual(names.toSorted());
  });

  it("counts a name that is not UTF-8", async () => {
    const root = tempFolder();
    const name = Buffer.concat([Buffer.from(`${root}/a`), Buffer.from([0xff]), Buffer.from(".py")]);
    writeFileSync(name, "");
    const { paths, skipped } = await walk(root);
    expect(paths).toEqual([]);
    expect(skipped("name-not-utf8")).toEqual(["a\uFFFD.py"]);
  });

  it("goes on when a folder vanishes between its listing and its turn", async () => {
    const root = tempFolder();
    const folders = Array.from({ length: 30 }, (_, index) => `d${String(index).padStart(2, "0")}`);
    writeTree(root, Object.fromEntries(folders.map((name) => [`${name}/x.ts`, ""])));
    const skips = new SkipLog();
    const paths: string[] = [];
    for await (const file of walkFolder(root, { skips })) {
      paths.push(file.path);
      if (paths.length === 1) rmSync(join(root, "d29"), { recursive: true });
    }
    expect(paths).toHaveLength(29);
    expect(skips.count("vanished")).toBe(1);
  });

  it.skipIf(process.getuid?.() !== 0 || process.seteuid === undefined)(
    "counts folders that may not be read, and tells the caller",
    async () => {
      const root = tempFolder();
      execFileSync("chmod", ["755", root]);
      writeTree(root, { "a.ts": "", "shut/b.ts": "", "z.ts": "" });
      execFileSync("chmod", ["700", join(root, "shut")]);
      const unreadable: string[] = [];
      process.seteuid?.(65534);
      try {
        const { paths, skipped } = await walk(root, {
          onUnreadable: (path) => unreadable.push(path),
        });
        expect(paths).toEqual(["a.ts", "z.ts"]);
        expect(skipped("unreadable")).toEqual(["shut/"]);
        expect(unreadable).toEqual(["shut/"]);
        await expect(resolveRoot(join(root, "shut"))).rejects.toMatchObject({
          code: "HAYPILE_PERMISSION",
        });
      } finally {
        process.seteuid?.(0);
      }
    },
  );

  it("says what is wrong with the root", async () => {
    const root = tempFolder();
    writeTree(root, { "a.ts": "" });
    await expect(resolveRoot(join(root, "none"))).rejects.toMatchObject({
      code: "HAYPILE_PATH_MISSING",
    });
    await expect(resolveRoot(join(root, "a.ts"))).rejects.toMatchObject({
      code: "HAYPILE_NOT_A_FOLDER",
    });
  });

  it("stops when asked", async () => {
    const root = tempFolder();
    writeTree(root, { "a.ts": "" });
    await expect(walk(root, { signal: AbortSignal.abort() })).rejects.toMatchObject({
      code: "HAYPILE_ABORTED",
    });
  });

  it("walks deep and wide trees", async () => {
    const root = tempFolder();
    const deep = Array.from({ length: 100 }, () => "d").join("/");
    mkdirSync(join(root, deep), { recursive: true });
    writeFileSync(join(root, deep, "x.ts"), "");
    mkdirSync(join(root, "wide"));
    for (let index = 0; index < 2000; index += 1) {
      writeFileSync(join(root, "wide", `${index}.ts`), "");
    }
    const { paths } = await walk(root);
    expect(paths).toHaveLength(2001);
    expect(paths[0]).toBe(`${deep}/x.ts`);
  });
});

describe("linked worktrees", () => {
  const git = (folder: string, ...args: string[]): void => {
    execFileSync("git", ["-c", "user.name=a", "-c", "user.email=a@example.com", ...args], {
      cwd: folder,
    });
  };

  /** A repository with a submodule, two worktrees inside, and one of another repository. */
  function repositories(): { root: string; outside: string } {
    const top = tempFolder();
    const root = join(top, "root");
    const lib = join(top, "lib");
    for (const [folder, name] of [
      [root, "own.ts"],
      [lib, "lib.ts"],
    ] as const) {
      writeTree(folder, { [name]: "" });
      git(folder, "init", "-q", "-b", "main");
      git(folder, "add", ".");
      git(folder, "commit", "-qm", "one");
    }
    git(root, "-c", "protocol.file.allow=always", "submodule", "--quiet", "add", lib, "libs/lib");
    git(root, "commit", "-qm", "two");
    git(root, "worktree", "add", "-q", "trees/feature", "-b", "feature");
    git(lib, "worktree", "add", "-q", join(root, "other"), "-b", "other");
    return { root, outside: join(top, "beside") };
  }

  it("are not indexed twice, and submodules and worktrees of other repositories stay", async () => {
    const { root } = repositories();
    const { paths, skipped } = await walk(root);
    expect(paths).toEqual([".gitmodules", "libs/lib/lib.ts", "other/lib.ts", "own.ts"]);
    expect(skipped("worktree")).toEqual(["trees/feature/"]);
  });

  it("are walked when they are the root, without the others in them", async () => {
    const { root, outside } = repositories();
    git(root, "worktree", "add", "-q", outside, "-b", "beside");
    git(root, "worktree", "add", "-q", join(outside, "inner"), "-b", "inner");
    const { paths, skipped } = await walk(outside);
    expect(paths).toEqual([".gitmodules", "own.ts"]);
    expect(skipped("worktree")).toEqual(["inner/"]);
    expect((await walk(join(root, "trees"))).skipped("worktree")).toEqual(["feature/"]);
    expect((await walk(join(root, "trees", "feature"))).paths).toContain("own.ts");
  });

  it("come back by a rule of .haypileignore, and are left out below a folder of several projects", async () => {
    const { root } = repositories();
    expect((await walk(join(root, ".."))).skipped("worktree")).toEqual([
      "root/other/",
      "root/trees/feature/",
    ]);
    writeTree(root, { ".haypileignore": "!trees/feature/\n" });
    expect((await walk(root)).paths).toContain("trees/feature/own.ts");
  });

  it("are known without their .git when every file of them is one of the root", async () => {
    const root = tempFolder();
    const files = { "src/a.ts": "1", "src/b.ts": "2", "README.md": "3" };
    for (const at of ["", "worktrees/same/", "worktrees/other/", "packages/same/"]) {
      writeTree(
        root,
        Object.fromEntries(Object.entries(files).map(([name, text]) => [at + name, text])),
      );
    }
    writeTree(root, { "worktrees/other/src/c.ts": "4", "worktrees/list.ts": "5" });
    const { paths, skipped } = await walk(root);
    expect(skipped("worktree")).toEqual(["worktrees/same/"]);
    expect(paths).toContain("worktrees/other/src/a.ts");
    expect(paths).toContain("worktrees/list.ts");
    expect(paths).toContain("packages/same/src/a.ts");
  });
});
