import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, describe, expect, it, vi } from "vitest";
import { repositoryAt } from "../../../../src/base/files/repository.ts";
import { parseIndex, trackedPaths } from "../../../../src/indexing/walk/git-index.ts";
import { SkipLog } from "../../../../src/indexing/walk/skip-log.ts";
import { walkFolder } from "../../../../src/indexing/walk/walk.ts";
import { seededRandom, tempFolder, writeTree } from "../../../helpers/temp-tree.ts";

function git(root: string, ...args: string[]): string {
  const identity = ["-c", "user.name=a", "-c", "user.email=a@b", "-c", "commit.gpgSign=false"];
  return execFileSync("git", [...identity, ...args], { cwd: root, encoding: "utf8" });
}

async function paths(root: string, skips = new SkipLog()): Promise<string[]> {
  const found: string[] = [];
  for await (const file of walkFolder(root, { skips })) found.push(file.path);
  return found;
}

function repository(...options: string[]): string {
  const root = tempFolder();
  git(root, "init", "-q", ...options);
  writeTree(root, {
    ".gitignore": "config/\n*.log\n",
    "config/base.ts": "",
    "config/local.ts": "",
    "config/deep/.gitignore": "!*\n",
    "config/deep/other.ts": "",
    "fixtures/sample.log": "",
    "fixtures/noise.log": "",
    "x.ts": "",
  });
  git(root, "add", "-f", "config/base.ts", "fixtures/sample.log");
  return root;
}

/** The same with a checksum that fits: what is wrong is found by its contents alone. */
function signed(bytes: Buffer): Buffer {
  const body = bytes.subarray(0, bytes.length - 20);
  return Buffer.concat([body, createHash("sha1").update(body).digest()]);
}

afterEach(() => vi.restoreAllMocks());

describe("the index of a repository", () => {
  it("brings files in that are tracked and ignored, and of their folder no others", async () => {
    const root = repository();
    const skips = new SkipLog();
    expect(await paths(root, skips)).toEqual([
      ".gitignore",
      "config/base.ts",
      "fixtures/sample.log",
      "x.ts",
    ]);
    expect(skips.report().byReason["ignored-by-git"]?.examples).toEqual([
      "config/deep/",
      "config/local.ts",
      "fixtures/noise.log",
    ]);
    expect(await paths(join(root, "config"))).toContain("local.ts");
    expect(await paths(join(root, "fixtures"))).toEqual(["sample.log"]);
  });

  it("is that of the worktree, and that of the submodule", async () => {
    const root = repository();
    git(root, "commit", "-qm", "one");
    const side = join(tempFolder(), "side");
    git(root, "worktree", "add", "-q", side);
    writeTree(side, {
      "config/new.ts": "",
      "a.log": "",
      "b.log": "",
      ".gitignore": "config/\n*.log\n",
    });
    git(side, "add", "-f", "a.log");
    expect(await paths(side)).toEqual([
      ".gitignore",
      "a.log",
      "config/base.ts",
      "fixtures/sample.log",
    ]);

    const outer = tempFolder();
    git(outer, "init", "-q");
    writeTree(outer, { ".gitignore": "libs/\n", "libs/junk.ts": "" });
    git(
      outer,
      "-c",
      "protocol.file.allow=always",
      "submodule",
      "--quiet",
      "add",
      "-f",
      root,
      "libs/sub",
    );
    expect(await paths(outer)).toEqual([
      ".gitignore",
      ".gitmodules",
      "libs/sub/config/base.ts",
      "libs/sub/fixtures/sample.log",
    ]);
  });

  it("has hashes of either length", async () => {
    const root = repository("--object-format=sha256");
    expect(await paths(root)).toContain("config/base.ts");
  });

  it("finds folders by what is in them and nothing by a beginning of its name", async () => {
    const root = repository();
    const tracked = await trackedPaths(repositoryAt(root) as never);
    expect(tracked?.count).toBe(2);
    const asked = ["config/", "config", "conf/", "config/base.ts", "config/base.ts/", "", "zz/"];
    expect(asked.filter((path) => tracked?.has(path))).toEqual([
      "config/",
      "config/base.ts",
      "config/base.ts/",
    ]);
  });

  it("counts as none when it is damaged, which is said once a walk", async () => {
    const root = repository();
    const file = join(root, ".git", "index");
    const whole = readFileSync(file);
    const said: string[] = [];
    vi.spyOn(process.stderr, "write").mockImplementation((text) => said.push(String(text)) > 0);
    writeFileSync(file, whole.subarray(0, whole.length - 5));
    expect(await paths(root)).toEqual([".gitignore", "x.ts"]);
    expect(said.join("")).toMatch(/index cannot be read \(its checksum is wrong\)/u);
    expect(said).toHaveLength(1);
  });

  it("never ends a walk, whatever bytes it has", () => {
    const root = repository();
    const file = join(root, ".git", "index");
    const forms = [
      () => git(root, "update-index", "--index-version", "4"),
      () => git(root, "update-index", "--index-version", "2"),
      () => git(root, "update-index", "--split-index"),
    ];
    const random = seededRandom(7);
    let refused = 0;
    let read = 0;
    for (const form of forms) {
      form();
      const whole = readFileSync(file);
      for (let trial = 0; trial < 1500; trial += 1) {
        const length = random() < 0.5 ? whole.length : Math.floor(random() * whole.length);
        const bytes = Buffer.from(whole.subarray(0, length));
        for (let change = 0; change < 3 && length > 0; change += 1) {
          bytes[Math.floor(random() * length)] = Math.floor(random() * 256);
        }
        try {
          parseIndex(length > 20 ? signed(bytes) : bytes);
          read += 1;
        } catch (error) {
          expect((error as Error).constructor.name, (error as Error).stack).toBe("Damaged");
          refused += 1;
        }
      }
    }
    expect(refused).toBeGreaterThan(1000);
    expect(read).toBeGreaterThan(100);
  });
});
