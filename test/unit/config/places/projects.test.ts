/*
 * A project is not its path. Reports of the kind: a linked worktree, a symbolic link given as root, and a renamed
 * folder each hid a project's memories and said nothing.
 */
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import {
  cpSync,
  mkdirSync,
  readdirSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { basename, join } from "node:path";
import { beforeEach, describe, expect, it } from "vitest";
import {
  adoptNamespace,
  alikeProjects,
  noteProject,
  type Project,
  projectOf,
} from "../../../../src/config/places/projects.ts";
import { tempFolder, writeTree } from "../../../helpers/temp-tree.ts";

let top: string;
let app: string;
const places = () => ({ dataFolder: join(top, "data"), variables: { HOME: "/nowhere" } });
const of = (folder: string): Project => projectOf(folder, places());
const note = (folder: string): void => noteProject(folder, places());
const alike = (folder: string) => alikeProjects(folder, places());

function git(folder: string, ...args: string[]): void {
  execFileSync("git", ["-c", "user.name=a", "-c", "user.email=a@example.com", ...args], {
    cwd: folder,
    stdio: ["ignore", "ignore", "pipe"],
  });
}

function repository(name: string): string {
  const folder = join(top, name);
  mkdirSync(folder);
  git(folder, "init", "-q", "-b", "main");
  git(folder, "commit", "-q", "--allow-empty", "-m", `begin ${name}`);
  return folder;
}

/** As 0.1 made it. */
function olderName(folder: string): string {
  return `${basename(folder)}-${createHash("sha256").update(folder).digest("hex").slice(0, 6)}`;
}

beforeEach(() => {
  top = tempFolder();
  app = repository("app");
});

describe("one project", () => {
  it("has the name it had in 0.1, in all of its folders", () => {
    writeTree(app, { "src/deep/a.ts": "" });
    expect(of(app)).toEqual({
      namespace: olderName(app),
      namespaces: [olderName(app)],
      folder: app,
      movedFrom: undefined,
    });
    expect(of(join(app, "src", "deep")).namespace).toBe(olderName(app));
    writeTree(top, { "plain/x.ts": "", "lib.git/x.ts": "" });
    expect(of(join(top, "plain")).namespace).toBe(olderName(join(top, "plain")));
    expect(of(join(top, "lib.git")).namespace).toBe(olderName(join(top, "lib.git")));
    expect(of(join(top, "not", "there")).namespace).toBe(olderName(join(top, "not", "there")));
  });

  it("is all worktrees of a repository, and knows what 0.1 kept for each", () => {
    git(app, "worktree", "add", "-q", "../one", "-b", "one");
    git(app, "worktree", "add", "-q", "trees/two", "-b", "two");
    const [one, two] = [join(top, "one"), join(app, "trees", "two")];
    for (const folder of [app, one, two]) {
      expect(of(folder)).toMatchObject({ namespace: olderName(app), folder: app });
      expect([...of(folder).namespaces].sort()).toEqual([app, one, two].map(olderName).sort());
    }
  });

  it("is what a link leads to", () => {
    const link = join(top, "link");
    symlinkSync(app, link);
    writeTree(app, { "src/a.ts": "" });
    for (const folder of [link, join(link, "src")]) {
      expect(of(folder)).toMatchObject({ namespace: olderName(app), folder: app });
      // Kept by 0.1 for the path of the link.
      expect(of(folder).namespaces).toContain(olderName(link));
    }
  });

  it("is worktrees of a bare repository, and of a submodule", () => {
    const bare = join(top, "proj", ".bare");
    git(top, "clone", "-q", "--bare", app, bare);
    git(bare, "worktree", "add", "-q", join(top, "proj", "main"), "main");
    git(bare, "worktree", "add", "-q", join(top, "proj", "fix"), "-b", "fix");
    const main = of(join(top, "proj", "main"));
    expect(main.namespace).toMatch(/^proj-[0-9a-f]{6}$/);
    expect(of(join(top, "proj", "fix")).namespace).toBe(main.namespace);

    const outer = repository("outer");
    git(outer, "-c", "protocol.file.allow=always", "submodule", "--quiet", "add", app, "libs/app");
    const inner = join(outer, "libs", "app");
    git(inner, "worktree", "add", "-q", join(top, "inner-tree"), "-b", "x");
    expect(of(inner).namespace).toBe(olderName(inner));
    expect(of(join(top, "inner-tree")).namespace).toBe(olderName(inner));
    expect(of(outer).namespace).toBe(olderName(outer));
  });

  it("is not what only says to be a worktree of it", () => {
    const fake = join(top, "fake");
    mkdirSync(join(app, ".git", "worktrees", "fake"), { recursive: true });
    writeFileSync(join(app, ".git", "worktrees", "fake", "commondir"), "../..\n");
    writeTree(fake, { ".git": `gitdir: ${join(app, ".git", "worktrees", "fake")}\n` });
    expect(of(fake).namespace).toBe(olderName(fake));
    writeTree(top, { "other/.git": `gitdir: ${join(app, ".git")}\n` });
    expect(of(join(top, "other")).namespace).toBe(olderName(join(top, "other")));
  });

  it("is not the home folder, even when that is a repository", () => {
    const variables = { HOME: top };
    git(top, "init", "-q");
    writeTree(top, { "work/a.ts": "" });
    const found = projectOf(join(top, "work"), { ...places(), variables });
    expect(found.folder).toBe(join(top, "work"));
  });
});

describe("a project that was moved", () => {
  it("keeps its name when it is a repository, also after a second move", () => {
    note(app);
    const name = olderName(app);
    const second = join(top, "second");
    renameSync(app, second);
    expect(of(second)).toMatchObject({ namespace: name, folder: second, movedFrom: app });
    note(second);
    expect(of(second)).toMatchObject({ namespace: name, movedFrom: app });
    const third = join(top, "deep", "third");
    mkdirSync(join(top, "deep"));
    renameSync(second, third);
    expect(of(third).namespace).toBe(name);
    expect(of(third).namespaces).toContain(olderName(third));
    expect(alike(third)).toEqual([]);
    // And back again.
    renameSync(third, app);
    expect(of(app)).toMatchObject({ namespace: name, movedFrom: undefined });
  });

  it("is known after it was copied to another place and removed here", () => {
    note(app);
    cpSync(app, join(top, "copied"), { recursive: true });
    expect(alike(join(top, "copied"))).toEqual([
      { namespace: olderName(app), folder: app, why: "copy" },
    ]);
    expect(of(join(top, "copied")).namespace).toBe(olderName(join(top, "copied")));
    rmSync(app, { recursive: true });
    expect(of(join(top, "copied")).namespace).toBe(olderName(app));
  });

  it("is known when git has pruned its log", () => {
    note(app);
    writeFileSync(join(app, ".git", "logs", "HEAD"), "");
    renameSync(app, join(top, "moved"));
    expect(of(join(top, "moved")).namespace).toBe(olderName(app));
  });

  it("is offered and not taken when it is no repository", () => {
    const plain = join(top, "plain");
    writeTree(plain, { "a.md": "" });
    note(plain);
    const moved = join(top, "renamed");
    renameSync(plain, moved);
    expect(of(moved).namespace).toBe(olderName(moved));
    expect(alike(moved)).toEqual([{ namespace: olderName(plain), folder: plain, why: "moved" }]);
    expect(adoptNamespace(moved, olderName(plain), places())).toMatchObject({
      namespace: olderName(plain),
      namespaces: [olderName(plain), olderName(moved)],
    });
    expect(alike(moved)).toEqual([]);
    expect(of(moved).namespace).toBe(olderName(plain));
  });

  it("leaves its name alone for what comes to its old place", () => {
    note(app);
    renameSync(app, join(top, "moved"));
    note(join(top, "moved"));
    const next = repository("app");
    git(next, "commit", "-q", "--allow-empty", "-m", "another");
    writeFileSync(join(next, ".git", "logs", "HEAD"), "another beginning\n");
    const name = of(next).namespace;
    expect(name).toMatch(/^app-[0-9a-f]{6}$/);
    expect(name).not.toBe(olderName(app));
    note(next);
    expect(of(next).namespace).toBe(name);
    expect(of(join(top, "moved")).namespace).toBe(olderName(app));
  });
});

it("offers another clone of the same origin, and no stranger", () => {
  git(top, "clone", "-q", app, "first");
  note(join(top, "first"));
  note(repository("stranger"));
  git(top, "clone", "-q", `${app}/`, "later");
  rmSync(join(top, "later", ".git", "logs"), { recursive: true });
  expect(alike(join(top, "later"))).toEqual([
    { namespace: olderName(join(top, "first")), folder: join(top, "first"), why: "same origin" },
  ]);
  expect(of(join(top, "later")).namespace).toBe(olderName(join(top, "later")));
});

it("writes a record once, and minds none that is damaged", () => {
  note(app);
  const folder = join(top, "data", "projects");
  const [name = ""] = readdirSync(folder);
  for (const text of ["", "{", "null", "[]", '{"format":1}', '{"format":2,"also":[]}']) {
    writeFileSync(join(folder, name), text);
    expect(of(app).namespace).toBe(olderName(app));
    expect(alike(app)).toEqual([]);
  }
  rmSync(join(folder, name));
  execFileSync("mkfifo", [join(folder, name)]);
  expect(of(app).namespace).toBe(olderName(app));
  rmSync(folder, { recursive: true });
  writeFileSync(folder, "no folder");
  expect(() => note(app)).not.toThrow();
  expect(of(app).namespace).toBe(olderName(app));
});
