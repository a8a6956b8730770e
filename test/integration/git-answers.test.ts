/*
 * Git is asked in a room of its own, without the repository's configuration (engine/git/room.ts). What it answers
 * there is compared with what plain git says in the repository.
 */
import { execFileSync } from "node:child_process";
import {
  appendFileSync,
  chmodSync,
  existsSync,
  mkdirSync,
  renameSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { repositoryOf } from "../../src/base/files/repository.ts";
import { changedLately, lastCommitOf, unchangedSince } from "../../src/engine/git/git.ts";
import { isSaidSafe } from "../../src/engine/git/owner.ts";
import { withGit } from "../../src/engine/git/room.ts";
import { seededRandom, tempFolder, writeTree } from "../helpers/temp-tree.ts";

function gitIn(folder: string): (...args: string[]) => string {
  return (...args) =>
    execFileSync(
      "git",
      ["-c", "user.name=a", "-c", "user.email=a@example.com", "-C", folder, ...args],
      { encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] },
    ).trimEnd();
}

function namesIn(text: string): string[] {
  return text.split("\0").filter((name) => name !== "");
}

/** What plain git says: tracked files that are there and do not differ from the commit. */
function sameByGit(root: string, commit: string): string[] {
  const git = gitIn(root);
  const changed = new Set(
    namesIn(git("diff", "--name-only", "-z", "--no-renames", "--relative", commit, "--")),
  );
  return [...new Set(namesIn(git("ls-files", "-z")))]
    .filter((name) => !changed.has(name) && existsSync(join(root, name)))
    .sort();
}

const idOf = (root: string, name: string): Promise<string> => {
  const repository = repositoryOf(root);
  if (repository === undefined) throw new Error("expected a repository");
  return withGit(repository, {}, (git) => git.commit(name));
};

it("knows the same files for unchanged as git, whatever was done to them", async () => {
  const root = tempFolder();
  const git = gitIn(root);
  const random = seededRandom(11);
  const some = (count: number): number => Math.floor(random() * count);
  git("init", "-q", "-b", "main");
  const names = ["a.py", "b c.py", "sub/d.py", "sub/deep/é.py", "sub/line\nend.py", "x.txt", "y"];
  const commits: string[] = [];
  for (let round = 0; round < 25; round += 1) {
    for (let step = 0; step < 4; step += 1) {
      const path = join(root, names[some(names.length)] as string);
      switch (some(8)) {
        case 0:
          rmSync(path, { force: true });
          break;
        case 1:
          rmSync(`${path}.moved`, { force: true });
          try {
            renameSync(path, `${path}.moved`);
          } catch {
            // It is not there.
          }
          break;
        case 2:
          try {
            utimesSync(path, new Date(), new Date(Date.now() - some(1e9)));
          } catch {
            // It is not there.
          }
          break;
        default:
          mkdirSync(join(root, "sub", "deep"), { recursive: true });
          // Often of the same size: then time or content must tell.
          writeFileSync(path, `${some(3)}\n`);
      }
      if (random() < 0.5) git("add", "-A", ...(random() < 0.5 ? ["--", "sub"] : []));
    }
    if (round === 0 || random() < 0.5) {
      git("commit", "-q", "--allow-empty", "-m", String(round));
      commits.push(git("rev-parse", "HEAD"));
    }
    const commit = commits[some(commits.length)] as string;
    expect([...(await unchangedSince(root, commit))].sort(), `round ${round}`).toEqual(
      sameByGit(root, commit),
    );
  }
}, 120_000);

it("speaks of the part of a repository that was asked for", async () => {
  const root = tempFolder();
  const git = gitIn(root);
  writeTree(root, { "top.py": "1", "sub/a.py": "1", "sub/b.py": "1", "subway/c.py": "1" });
  git("init", "-q");
  git("add", ".");
  git("commit", "-qm", "one");
  appendFileSync(join(root, "sub", "b.py"), "2");
  expect(await unchangedSince(join(root, "sub"), "HEAD")).toEqual(new Set(["a.py"]));
});

it("goes by content where every time is new, also when git keeps other line ends", async () => {
  const root = tempFolder();
  const git = gitIn(root);
  git("init", "-q");
  git("config", "core.autocrlf", "true");
  writeTree(root, { "crlf.py": "a = 1\r\nb = 2\r\n", "other.py": "a\r\n", "lf.py": "a\n" });
  git("add", ".");
  git("commit", "-qm", "one");
  appendFileSync(join(root, "other.py"), "c\r\n");
  for (const name of ["crlf.py", "other.py", "lf.py"]) {
    utimesSync(join(root, name), new Date(), new Date(2_000_000_000_000));
  }
  expect(await unchangedSince(root, "HEAD")).toEqual(new Set(["crlf.py", "lf.py"]));
});

it("counts no link, no submodule and no file in a conflict for unchanged", async () => {
  const root = tempFolder();
  const git = gitIn(root);
  git("init", "-q", "-b", "main");
  writeTree(root, { "a.py": "1\n", "b.py": "1\n" });
  symlinkSync("a.py", join(root, "link"));
  git("add", ".");
  git("commit", "-qm", "one");
  git("checkout", "-q", "-b", "side");
  writeFileSync(join(root, "a.py"), "2\n");
  git("commit", "-qam", "two");
  git("checkout", "-q", "main");
  writeFileSync(join(root, "a.py"), "3\n");
  git("commit", "-qam", "three");
  expect(() => git("merge", "-q", "side")).toThrow();
  expect(await unchangedSince(root, "HEAD")).toEqual(new Set(["b.py"]));
});

describe("names of commits", () => {
  it("mean what they mean to git", async () => {
    const root = tempFolder();
    const git = gitIn(root);
    git("init", "-q", "-b", "main");
    for (const text of ["1", "2", "3"]) {
      writeFileSync(join(root, "a"), text);
      git("add", ".");
      git("commit", "-qm", `say ${text}`);
    }
    git("tag", "light", "HEAD~1");
    git("tag", "-a", "heavy", "-m", "tagged", "HEAD~2");
    git("branch", "feature/x", "HEAD~1");
    git("branch", "packed", "HEAD~2");
    git("pack-refs", "--all");
    git("branch", "loose", "HEAD~1");
    git("update-ref", "refs/remotes/origin/main", "HEAD~1");
    git("symbolic-ref", "refs/remotes/origin/HEAD", "refs/remotes/origin/main");
    git("update-ref", "ORIG_HEAD", "HEAD~2");
    const short = git("rev-parse", "--short=7", "HEAD~1");
    const names = [
      ...["HEAD", "@", "main", "heads/main", "refs/heads/main", "feature/x", "packed", "loose"],
      ...["light", "heavy", "heavy^{}", "tags/heavy", "origin", "origin/main", "ORIG_HEAD"],
      ...["HEAD~2", "HEAD^", "HEAD^^", "@~1", "main~1^0", "heavy~0", "HEAD^{/say 2}"],
      ...["HEAD@{1}", "main@{1}", "@{1}", "main@{1}~1", "HEAD@{now}", "main@{1 second ago}"],
      ...[short, `${short}~1`, git("rev-parse", "HEAD"), `${git("rev-parse", "HEAD")}~1`],
      git("describe", "--long", "--tags", "HEAD"),
    ];
    for (const name of names) {
      expect(await idOf(root, name), name).toBe(git("rev-parse", `${name}^{commit}`));
    }
  });

  it("are refused when they are none, or lead out of the repository", async () => {
    const root = tempFolder();
    const git = gitIn(root);
    git("init", "-q", "-b", "main");
    writeTree(root, { a: "1" });
    git("add", ".");
    git("commit", "-qm", "one");
    const id = git("rev-parse", "HEAD");
    writeFileSync(join(root, "id"), `${id}\n`);
    writeFileSync(join(root, ".git", "secret"), `${id}\n`);
    for (const name of [
      ...["", "none", "HEAD~1", "--all", "-n", "HEAD:a", ":/one", "main@{upstream}", "@{-1}", "@{"],
      ...[
        "../id",
        "refs/../../id",
        "refs/heads/../../secret",
        "secret",
        "HEAD\0",
        "a b",
        "HEAD..main",
      ],
      ...["main lock", "^HEAD", "deadbeef", "f".repeat(40), `${id}^{tree}`, "HEAD^{blob}", "@{5}"],
    ]) {
      await expect(unchangedSince(root, name), JSON.stringify(name)).rejects.toMatchObject({
        code: "HAYPILE_USAGE",
      });
    }
  });

  it("are known in linked worktrees, shallow clones and repositories with SHA-256", async () => {
    const top = tempFolder();
    const main = join(top, "main");
    mkdirSync(main);
    const git = gitIn(main);
    git("init", "-q", "-b", "main");
    for (const text of ["1", "2", "3"]) {
      writeFileSync(join(main, "a"), text);
      git("add", ".");
      git("commit", "-qm", text);
    }
    git("worktree", "add", "-q", join(top, "tree"), "-b", "other", "HEAD~1");
    expect(await idOf(join(top, "tree"), "HEAD")).toBe(git("rev-parse", "HEAD~1"));
    expect(await unchangedSince(join(top, "tree"), "other")).toEqual(new Set(["a"]));
    execFileSync("git", ["clone", "-q", "--depth=2", `file://${main}`, join(top, "shallow")]);
    expect(await idOf(join(top, "shallow"), "HEAD~1")).toBe(git("rev-parse", "HEAD~1"));
    expect(await changedLately(join(top, "shallow"), 14, ["a"])).toBeUndefined();
    const long = join(top, "long");
    mkdirSync(long);
    const git256 = gitIn(long);
    git256("init", "-q", "--object-format=sha256");
    writeTree(long, { a: "1", b: "1" });
    git256("add", ".");
    git256("commit", "-qm", "one");
    writeFileSync(join(long, "b"), "2");
    expect(await unchangedSince(long, "HEAD")).toEqual(new Set(["a"]));
  });
});

it("works with objects that another repository lends, packed ones, and an index in parts", async () => {
  const top = tempFolder();
  const lender = join(top, "lender");
  mkdirSync(lender);
  const git = gitIn(lender);
  git("init", "-q", "-b", "main");
  writeTree(lender, { a: "1", b: "1", c: "1" });
  git("add", ".");
  git("commit", "-qm", "one");
  git("repack", "-adq");
  const clone = join(top, "clone");
  execFileSync("git", ["clone", "-q", "--shared", lender, clone]);
  const own = gitIn(clone);
  own("update-index", "--split-index");
  writeFileSync(join(clone, "b"), "2");
  own("add", "b");
  expect(await unchangedSince(clone, "HEAD")).toEqual(new Set(["a", "c"]));
});

it("names the last commit of a file while it is as that left it", async () => {
  const root = tempFolder();
  const git = gitIn(root);
  git("init", "-q", "-b", "main");
  writeTree(root, { "sub/[a].py": "1", "b.py": "1" });
  git("add", ".");
  git("commit", "-qm", "one");
  const first = git("log", "-1", "--format=%h");
  appendFileSync(join(root, "b.py"), "2");
  git("commit", "-qam", "two");
  const odd = join(root, "sub", "[a].py");
  expect((await lastCommitOf(odd))?.commit).toBe(first);
  symlinkSync(root, join(root, "..", `${root.split("/").at(-1)}-link`));
  const linked = `${root}-link`;
  expect((await lastCommitOf(join(linked, "b.py")))?.commit).toBe(git("log", "-1", "--format=%h"));
  rmSync(linked);
  appendFileSync(odd, "2");
  expect(await lastCommitOf(odd)).toBeUndefined();
  writeFileSync(join(root, "new.py"), "1");
  expect(await lastCommitOf(join(root, "new.py"))).toBeUndefined();
  expect(await lastCommitOf(join(root, "none.py"))).toBeUndefined();
});

describe("a repository that is made to hold git up", () => {
  it("has pipes and links where small files belong: they are not waited for", async () => {
    const root = tempFolder();
    const git = gitIn(root);
    git("init", "-q", "-b", "main");
    writeTree(root, { a: "1" });
    git("add", ".");
    git("commit", "-qm", "one");
    const id = git("rev-parse", "HEAD");
    for (const name of ["index", "shallow", "packed-refs", "config"]) {
      rmSync(join(root, ".git", name), { force: true });
      execFileSync("mkfifo", [join(root, ".git", name)]);
    }
    execFileSync("mkfifo", [join(root, ".git", "refs", "heads", "pipe")]);
    symlinkSync("/dev/zero", join(root, ".git", "refs", "heads", "endless"));
    expect(await unchangedSince(root, "main")).toEqual(new Set());
    expect(await unchangedSince(root, id)).toEqual(new Set());
    for (const name of ["pipe", "endless"]) {
      await expect(unchangedSince(root, name)).rejects.toMatchObject({ code: "HAYPILE_USAGE" });
    }
  });

  // Report of the kind: a pipe in the place of a pack, a graph or a list of alternates held git up for a minute.
  it("has pipes, devices and links among its objects: git is not asked", async () => {
    const root = tempFolder();
    const git = gitIn(root);
    git("init", "-q", "-b", "main");
    writeTree(root, { a: "1", "other/info/packs": "", "more/info/packs": "" });
    git("add", ".");
    git("commit", "-qm", "one");
    const objects = join(root, ".git", "objects");
    const alternates = join(objects, "info", "alternates");
    const pipe = (path: string): void => void execFileSync("mkfifo", [path]);
    const device = (path: string): void => symlinkSync("/dev/zero", path);
    mkdirSync(join(objects, "info", "commit-graphs"));
    mkdirSync(join(objects, "ab"), { recursive: true });
    mkdirSync(join(root, "more", "pack"));
    const names = [
      "info/alternates",
      "info/commit-graph",
      "info/commit-graphs/commit-graph-chain",
      `pack/pack-${"a".repeat(40)}.idx`,
      "pack/multi-pack-index",
      `ab/${"c".repeat(38)}`,
    ];
    const refused = {
      code: "HAYPILE_USAGE",
      message: expect.stringContaining("is no regular file"),
    };
    const attempt = (): Promise<unknown> => unchangedSince(root, "main");
    for (const name of names) {
      for (const make of [pipe, device]) {
        make(join(objects, name));
        await expect(attempt(), name).rejects.toMatchObject(refused);
        expect(await lastCommitOf(join(root, "a"))).toBeUndefined();
        rmSync(join(objects, name));
      }
    }
    // In a folder that another one names.
    writeFileSync(alternates, `# shared\n${join(root, "other")}\n`);
    writeFileSync(join(root, "other", "info", "alternates"), `${join(root, "more")}\n`);
    expect(await attempt()).toEqual(new Set(["a", "more/info/packs", "other/info/packs"]));
    pipe(join(root, "more", "pack", "pack-1.idx"));
    await expect(attempt()).rejects.toMatchObject(refused);
    rmSync(alternates);
    expect(await attempt()).toContain("a");
  });

  it("is answered by a git without end: that is ended after its time", async () => {
    const root = tempFolder();
    gitIn(root)("init", "-q", "-b", "main");
    const folder = tempFolder();
    writeFileSync(join(folder, "git"), "#!/bin/sh\nexec /bin/sleep 600\n", { mode: 0o755 });
    const kept = process.env.PATH;
    process.env.PATH = folder;
    try {
      await expect(unchangedSince(root, "f".repeat(40), { limitMs: 500 })).rejects.toMatchObject({
        message: expect.stringContaining("git was ended after 500 ms"),
      });
    } finally {
      process.env.PATH = kept;
    }
  });

  it("stops when it is asked to", async () => {
    const root = tempFolder();
    gitIn(root)("init", "-q");
    const signal = AbortSignal.abort();
    await expect(unchangedSince(root, "f".repeat(40), { signal })).rejects.toMatchObject({
      code: "HAYPILE_ABORTED",
    });
  });
});

it("says so where there is no repository, and where there is no git", async () => {
  const root = tempFolder();
  await expect(unchangedSince(root, "HEAD")).rejects.toMatchObject({
    message: expect.stringContaining("no git repository"),
  });
  gitIn(root)("init", "-q");
  const kept = process.env.PATH;
  process.env.PATH = root;
  try {
    await expect(unchangedSince(root, "HEAD")).rejects.toMatchObject({
      message: expect.stringContaining("no git on this machine"),
    });
    expect(await changedLately(root, 14, [])).toBeUndefined();
  } finally {
    process.env.PATH = kept;
  }
});

it("reads safe.directory as git does", () => {
  const root = tempFolder();
  expect(isSaidSafe(root, [])).toBe(false);
  expect(isSaidSafe(root, [root])).toBe(true);
  expect(isSaidSafe(root, ["*"])).toBe(true);
  expect(isSaidSafe(root, ["*", ""])).toBe(false);
  expect(isSaidSafe(root, ["", root])).toBe(true);
  expect(isSaidSafe(root, [`${root}/sub`, "/"])).toBe(false);
  expect(isSaidSafe(join(root, "sub"), [`${root}/*`])).toBe(true);
});

it("does not mind that a file may not be read", async () => {
  const root = tempFolder();
  const git = gitIn(root);
  git("init", "-q");
  writeTree(root, { a: "1", b: "1" });
  git("add", ".");
  git("commit", "-qm", "one");
  utimesSync(join(root, "a"), new Date(), new Date(1e12));
  chmodSync(join(root, "a"), 0);
  expect((await unchangedSince(root, "HEAD")).has("b")).toBe(true);
});
