/*
 * A cloned project must not run its own commands. Report of the kind: git was run with the repository's own
 * configuration, so that `index`, `index --since` and the recall of an anchored memory started what it named.
 *
 * Each trap writes a marker when it springs. It is sprung once on purpose by plain git, to show that it would, and
 * then everything of ours that asks about a repository is run over it.
 */
import { type ExecFileSyncOptions, execFileSync } from "node:child_process";
import {
  appendFileSync,
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { Client, InMemoryTransport } from "@modelcontextprotocol/client";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { unchangedSince } from "../../src/engine/git/git.ts";
import { CodeAnchorReader } from "../../src/engine/memories/anchor-reader.ts";
import { open } from "../../src/engine/open.ts";
import { openBackend } from "../../src/mcp/backend/open-backend.ts";
import { createServerFactory } from "../../src/mcp/server.ts";
import { grammarsFolder } from "../../src/syntax/grammars.ts";
import { TreeSitterParser } from "../../src/syntax/parser.ts";
import { memoryBench } from "../helpers/open-memories.ts";

let scratch: string;
let tree: string;
let marker: string;
let trap: string;
/** A trap for what git would talk with: it ends at once. */
let snap: string;
let parser: TreeSitterParser;
const keptVariables = { ...process.env };

const plain = { GIT_CONFIG_NOSYSTEM: "1", GIT_CONFIG_GLOBAL: "/dev/null", PATH: process.env.PATH };

function git(args: string[], options: ExecFileSyncOptions = {}): string {
  return String(
    execFileSync("git", ["-c", "user.name=a", "-c", "user.email=a@example.com", ...args], {
      cwd: tree,
      env: plain,
      stdio: ["ignore", "pipe", "pipe"],
      ...options,
    }),
  ).trim();
}

/** For bait: git may well fail once the trap has sprung. */
function gitOrNot(args: string[], options: ExecFileSyncOptions = {}): void {
  try {
    git(args, options);
  } catch {
    // What counts is the marker.
  }
}

const config = (name: string, value: string): string => git(["config", name, value]);
const write = (name: string, text: string): void => writeFileSync(join(tree, name), text);

beforeAll(() => {
  parser = new TreeSitterParser({ grammars: grammarsFolder() });
});

afterAll(async () => await parser.close());

beforeEach(() => {
  scratch = realpathSync(mkdtempSync(join(tmpdir(), "haypile-trap-")));
  tree = join(scratch, "tree");
  marker = join(scratch, "sprung");
  trap = join(scratch, "trap.sh");
  mkdirSync(join(tree, "src"), { recursive: true });
  // Filters must give a content, monitors an answer: what it is does not matter.
  writeFileSync(trap, `#!/bin/sh\ntouch '${marker}'\ncat\n`);
  chmodSync(trap, 0o755);
  snap = join(scratch, "snap.sh");
  writeFileSync(snap, `#!/bin/sh\ntouch '${marker}'\nexit 1\n`);
  chmodSync(snap, 0o755);
  git(["init", "-q", "-b", "main"]);
  write("src/a.py", "def first():\n    return 1\n");
  write("src/b.py", "def other():\n    return 2\n");
  git(["add", "."]);
  git(["commit", "-qm", "one"]);
  write("src/b.py", "def other():\n    return 3\n");
  git(["commit", "-qam", "two"]);
});

afterEach(() => {
  process.env = { ...keptVariables };
  rmSync(scratch, { recursive: true, force: true });
});

interface Trap {
  /** Lays it. */
  set: () => void;
  /** Springs it with plain git; undefined: it needs a terminal or a network to. */
  bait: (() => void) | undefined;
  /** The folder that is indexed, and the file in it that a memory speaks of. */
  at?: { folder: string; file: string };
}

/** So that git looks at the contents of files. */
const touchAll = (): void => write("src/a.py", "def first():\n    return 9\n");
const status = (): void => gitOrNot(["status"]);

/** A folder that is a whole repository with no .git: its own HEAD, objects, refs and configuration. */
function embedRepository(folder: string, lines: string): void {
  const inner = join(tree, folder);
  mkdirSync(inner);
  for (const name of ["objects", "refs"]) mkdirSync(join(inner, name));
  writeFileSync(join(inner, "HEAD"), "ref: refs/heads/main\n");
  writeFileSync(join(inner, "config"), lines);
  writeFileSync(join(inner, "c.py"), "def inner():\n    return 4\n");
}

function removeObject(id: string): void {
  rmSync(join(tree, ".git", "objects", id.slice(0, 2), id.slice(2)));
}

const traps: Record<string, Trap> = {
  "a file monitor": { set: () => config("core.fsmonitor", trap), bait: status },
  "a clean filter": {
    set: () => {
      config("filter.x.clean", trap);
      write(".gitattributes", "*.py filter=x\n");
    },
    bait: () => {
      touchAll();
      gitOrNot(["diff", "--name-only"]);
    },
  },
  "a filter process": {
    set: () => {
      config("filter.x.process", trap);
      config("filter.x.required", "true");
      write(".gitattributes", "*.py filter=x\n");
    },
    bait: () => {
      touchAll();
      gitOrNot(["diff", "--name-only"]);
    },
  },
  "an external diff": {
    set: () => config("diff.external", trap),
    bait: () => {
      touchAll();
      gitOrNot(["diff"]);
    },
  },
  "a text conversion": {
    set: () => {
      config("diff.x.textconv", trap);
      write(".gitattributes", "*.py diff=x\n");
    },
    bait: () => gitOrNot(["log", "-p", "-1"]),
  },
  "hooks in a folder of its own": {
    set: () => {
      mkdirSync(join(scratch, "hooks"));
      for (const name of ["post-index-change", "reference-transaction", "pre-auto-gc"]) {
        writeFileSync(join(scratch, "hooks", name), `#!/bin/sh\ntouch '${marker}'\n`);
        chmodSync(join(scratch, "hooks", name), 0o755);
      }
      config("core.hooksPath", join(scratch, "hooks"));
    },
    bait: () => gitOrNot(["update-index", "--force-write-index"]),
  },
  "a pager, an editor, an alias and helpers": {
    set: () => {
      for (const name of ["core.pager", "pager.log", "pager.diff", "core.editor"])
        config(name, trap);
      for (const name of ["log", "rev-parse", "diff-index", "ls-files"]) {
        config(`alias.${name}`, `!${trap}`);
      }
      for (const name of [
        "credential.helper",
        "core.askPass",
        "core.gitProxy",
        "core.sshCommand",
      ]) {
        config(name, trap);
      }
      config("core.alternateRefsCommand", trap);
      config("alias.own", `!${trap}`);
    },
    bait: () => gitOrNot(["own"]),
  },
  "a file that is included": {
    set: () => {
      writeFileSync(join(scratch, "more"), `[core]\n\tfsmonitor = ${trap}\n`);
      config("include.path", join(scratch, "more"));
    },
    bait: status,
  },
  "configuration of the worktree": {
    set: () => {
      config("core.repositoryFormatVersion", "1");
      config("extensions.worktreeConfig", "true");
      writeFileSync(join(tree, ".git", "config.worktree"), `[core]\n\tfsmonitor = ${trap}\n`);
    },
    bait: status,
  },
  "a repository that a file .git names inside the tree": {
    set: () => {
      config("core.fsmonitor", trap);
      config("core.worktree", tree);
      execFileSync("mv", [join(tree, ".git"), join(tree, "data")]);
      write(".git", "gitdir: data\n");
    },
    bait: status,
  },
  "a working tree that lies elsewhere": {
    set: () => {
      mkdirSync(join(scratch, "elsewhere"));
      config("core.worktree", join(scratch, "elsewhere"));
      config("core.fsmonitor", trap);
    },
    bait: status,
  },
  "a bare repository inside a plain folder": {
    set: () =>
      embedRepository(
        "lib",
        `[core]\n\trepositoryFormatVersion = 0\n\tfsmonitor = ${trap}\n\tworktree = .\n\tbare = false\n`,
      ),
    bait: () => {
      for (const words of [["add", "c.py"], ["status"]])
        gitOrNot(words, { cwd: join(tree, "lib") });
    },
    at: { folder: "lib", file: "c.py" },
  },
  "a submodule": {
    set: () => {
      mkdirSync(join(tree, "sub"));
      const inner = { cwd: join(tree, "sub") };
      git(["init", "-q", "-b", "main"], inner);
      writeFileSync(join(tree, "sub", "c.py"), "def inner():\n    return 4\n");
      git(["add", "."], inner);
      git(["commit", "-qm", "inner"], inner);
      git(["add", "sub"]);
      git(["commit", "-qm", "three"]);
      git(["config", "core.fsmonitor", trap], inner);
    },
    bait: status,
  },
  "objects that are missing, to be got with a command": {
    set: () => {
      config("core.repositoryFormatVersion", "1");
      config("extensions.partialClone", "far");
      config("remote.far.promisor", "true");
      config("remote.far.url", tree);
      config("remote.far.uploadpack", snap);
      removeObject(git(["rev-parse", "HEAD~1^{tree}"]));
      removeObject(git(["rev-parse", "HEAD:src/b.py"]));
    },
    bait: () => gitOrNot(["log", "-p"]),
  },
  "objects that are missing, by a transport that is a command": {
    set: () => {
      config("core.repositoryFormatVersion", "1");
      config("extensions.partialClone", "far");
      config("remote.far.promisor", "true");
      config("remote.far.url", `ext::${snap}`);
      config("protocol.ext.allow", "always");
      config("protocol.allow", "always");
      removeObject(git(["rev-parse", "HEAD~1^{tree}"]));
    },
    bait: () => gitOrNot(["log", "-p"]),
  },
  "a program that checks signatures": {
    set: () => {
      const commit = git(["cat-file", "commit", "HEAD"]).replace(
        "\n\n",
        "\ngpgsig -----BEGIN PGP SIGNATURE-----\n \n x\n -----END PGP SIGNATURE-----\n\n",
      );
      writeFileSync(join(scratch, "commit"), commit);
      const id = git(["hash-object", "-t", "commit", "-w", join(scratch, "commit")]);
      git(["update-ref", "refs/heads/main", id]);
      config("gpg.program", trap);
      config("log.showSignature", "true");
    },
    bait: () => gitOrNot(["log", "-1"]),
  },
  "variables of our own process": {
    set: () => {
      process.env.GIT_CONFIG_COUNT = "1";
      process.env.GIT_CONFIG_KEY_0 = "core.fsmonitor";
      process.env.GIT_CONFIG_VALUE_0 = trap;
      process.env.GIT_EXTERNAL_DIFF = trap;
      process.env.GIT_SSH_COMMAND = trap;
      process.env.GIT_PAGER = trap;
    },
    bait: () => gitOrNot(["status"], { env: process.env }),
  },
  "a git of its own among the programs": {
    set: () => {
      const bin = join(tree, "node_modules", ".bin");
      mkdirSync(bin, { recursive: true });
      for (const folder of [bin, tree]) {
        writeFileSync(join(folder, "git"), `#!/bin/sh\ntouch '${marker}'\n`);
        chmodSync(join(folder, "git"), 0o755);
      }
      process.env.PATH = [bin, ".", "", process.env.PATH].join(delimiter);
    },
    bait: () => execFileSync("git", ["status"], { cwd: tree, env: process.env }),
  },
};

/** All that asks about a repository: an index, one since a commit, a memory with an anchor and its recall. */
async function askAll(folder: string, file: string): Promise<void> {
  const database = join(scratch, `${Math.random()}.db`);
  const engine = await open({ folder, database, embeddingCache: false });
  try {
    await engine.index({ fillIn: "off" });
    for (const since of ["HEAD", "HEAD~1", "main", "HEAD@{1}"]) {
      await engine.index({ since, fillIn: "off" }).catch((error: { code: string }) => {
        expect(error.code).toBe("HAYPILE_USAGE");
      });
    }
    // More chunks than one batch would ask which files changed of late.
    await engine.index({ fillIn: "background" }).catch(() => undefined);
  } finally {
    await engine.close();
  }
  const bench = memoryBench();
  try {
    const memories = await bench.open({ anchorReader: new CodeAnchorReader(parser) });
    await memories.remember("The file is anchored.", { anchors: [{ path: join(folder, file) }] });
    await memories.recall("anchored file");
    appendFileSync(join(folder, file), "\n# changed\n");
    const { hits } = await memories.recall("anchored file");
    expect(hits[0]?.unverifiedSince?.changes).toHaveLength(1);
  } finally {
    await bench.end();
  }
}

describe.skipIf(process.platform === "win32")("what a repository names is not run", () => {
  it.each(Object.entries(traps))("%s", { timeout: 120_000 }, async (_, { set, bait, at }) => {
    set();
    const folder = join(tree, at?.folder ?? "");
    await askAll(folder, at?.file ?? "src/a.py");
    expect(existsSync(marker)).toBe(false);
    if (bait === undefined) return;
    bait();
    expect(existsSync(marker), "the trap does not spring, so this test shows nothing").toBe(true);
  });
});

it("is not run by an MCP client's remember and recall either", { timeout: 120_000 }, async () => {
  for (const name of ["a file monitor", "a clean filter", "an external diff"]) traps[name]?.set();
  process.env.HAYPILE_DATA_DIR = join(scratch, "data");
  const backend = await openBackend({ model: "static-code-256", embeddingCache: false });
  const [near, far] = InMemoryTransport.createLinkedPair();
  const client = new Client({ name: "test", version: "1" });
  await createServerFactory(backend)({ root: tree })().connect(near);
  await client.connect(far);
  const call = async (name: string, args: Record<string, unknown>): Promise<string> => {
    const { content } = await client.callTool({ name, arguments: args });
    return (content as { text: string }[])[0]?.text ?? "";
  };
  try {
    expect(await call("index_path", { wait_seconds: 30 })).toContain("is done");
    await call("remember", { text: "The number is one.", files: ["src/a.py", "src/b.py"] });
    touchAll();
    expect(await call("recall", { query: "number" })).toContain("UNVERIFIED since");
    expect(await call("status", {})).toContain("Memories: 1");
  } finally {
    await client.close();
    await backend.close();
  }
  expect(existsSync(marker)).toBe(false);
});

it("leaves nothing behind in the folder for temporary files", async () => {
  const rooms = (): string[] =>
    readdirSync(tmpdir()).filter((name) => name.startsWith("haypile-git-"));
  const before = rooms();
  await unchangedSince(tree, "HEAD");
  await unchangedSince(tree, "nothing").catch(() => undefined);
  expect(rooms()).toEqual(before);
});

describe.skipIf(process.getuid?.() !== 0)("a repository of another user", () => {
  it("is refused, and taken when the user has said that it is safe", async () => {
    execFileSync("chown", ["-R", "65534", tree]);
    process.env.HOME = scratch;
    delete process.env.XDG_CONFIG_HOME;
    process.env.GIT_CONFIG_GLOBAL = join(scratch, "ignored");
    await expect(unchangedSince(tree, "HEAD")).rejects.toMatchObject({
      code: "HAYPILE_USAGE",
      message: expect.stringContaining("belongs to another user"),
    });
    writeFileSync(join(scratch, ".gitconfig"), `[safe]\n\tdirectory = ${tree}\n`);
    expect(await unchangedSince(tree, "HEAD")).toEqual(new Set(["src/a.py", "src/b.py"]));
  });

  it("is not taken because the repository says so itself", async () => {
    config("safe.directory", "*");
    execFileSync("chown", ["-R", "65534", tree]);
    process.env.HOME = scratch;
    await expect(unchangedSince(tree, "HEAD")).rejects.toMatchObject({ code: "HAYPILE_USAGE" });
  });
});
