/* Bad input to the command line: a clear line with a code, the right exit code, and nothing lost. */
import { spawnSync } from "node:child_process";
import {
  chmodSync,
  chownSync,
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type CliOptions, type Ended, cli as run } from "../helpers/cli.ts";
import { repository } from "../helpers/model.ts";
import { writeTinyModel } from "../helpers/tiny-model.ts";

const model = join(repository, "models", "all-minilm-l6-v2");
const asRoot = process.getuid?.() === 0;
let scratch: string;
let tree: string;
let tiny: string;

beforeAll(() => {
  scratch = mkdtempSync(join(tmpdir(), "haypile-bad-"));
  chmodSync(scratch, 0o755);
  tree = join(scratch, "tree");
  mkdirSync(tree);
  for (let i = 0; i < 5; i += 1) writeFileSync(join(tree, `${i}.txt`), `the file ${i} to read\n`);
  tiny = writeTinyModel(join(scratch, "tiny"));
});

afterAll(() => {
  rmSync(scratch, { recursive: true, force: true });
});

function cli(args: string[], options: Partial<CliOptions> = {}): Promise<Ended> {
  return run(args, { data: join(scratch, "data"), ...options });
}

/** One clear message with its code: no stack trace, no warning of Node. */
function expectRefusal(ended: Ended, exit: number, code: string, says: RegExp): void {
  expect(ended.code, ended.stderr).toBe(exit);
  expect(ended.stderr).toContain(`[${code}]`);
  expect(ended.stderr).toMatch(says);
  expect(ended.stderr).not.toMatch(/\n\s+at |Warning:|undefined|\[object/);
}

describe("folders", () => {
  it.each(["index", "search x --path", "status --path"])("%s: a missing one", async (command) => {
    const ended = await cli([...command.split(" "), join(scratch, "nowhere")]);
    expectRefusal(ended, 3, "HAYPILE_PATH_MISSING", /nowhere.*does not exist/);
  });

  it("a file in a folder's place", async () => {
    const ended = await cli(["index", join(tree, "1.txt")]);
    expectRefusal(ended, 3, "HAYPILE_NOT_A_FOLDER", /Expected a folder/);
  });

  it("one without an index", async () => {
    const other = join(scratch, "other");
    mkdirSync(other);
    expectRefusal(
      await cli(["search", "x", "--path", other]),
      3,
      "HAYPILE_NOT_INDEXED",
      /haypile index/,
    );
    expectRefusal(
      await cli(["status", "--path", other]),
      3,
      "HAYPILE_NOT_INDEXED",
      /haypile index/,
    );
  });

  it.skipIf(!asRoot)("one that may not be read", async () => {
    const closed = join(scratch, "closed");
    mkdirSync(closed, { mode: 0o700 });
    const data = join(scratch, "nobody-data");
    mkdirSync(data, { mode: 0o700 });
    chownSync(data, 65534, 65534);
    const before = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"];
    const env = { HAYPILE_CACHE_DIR: join(data, "cache"), HOME: data };
    // Node itself must be readable by that user for this to say anything.
    const node = join(scratch, "node");
    copyFileSync(process.execPath, node);
    chmodSync(node, 0o755);
    if (
      spawnSync(before[0] as string, [
        ...before.slice(1),
        node,
        "-e",
        `require("fs").readFileSync("${repository}/package.json")`,
      ]).status !== 0
    )
      return;
    const ended = await run(["index", closed], { data, before, env, node });
    expectRefusal(ended, 3, "HAYPILE_PERMISSION", /access was refused/);
  });
});

describe("databases", () => {
  it("one that is none", async () => {
    const file = join(scratch, "text.db");
    writeFileSync(file, "this is no database at all, but a text of some length\n".repeat(100));
    const before = readFileSync(file);
    expectRefusal(
      await cli(["index", tree, "--db", file, "--model-dir", tiny]),
      4,
      "HAYPILE_DB_NOT_A_DATABASE",
      /text\.db/,
    );
    expect(readFileSync(file).equals(before)).toBe(true);
  });

  it("one that was cut short", async () => {
    const file = join(scratch, "short.db");
    expect((await cli(["index", tree, "--db", file, "--model-dir", tiny])).code).toBe(0);
    truncateSync(file, Math.floor(statSync(file).size / 2 / 4096) * 4096 + 100);
    const ended = await cli(["search", "file", "--path", tree, "--db", file, "--model-dir", tiny]);
    expectRefusal(ended, 4, "HAYPILE_DB_CORRUPT", /short\.db/);
  });

  it("one of a newer version", async () => {
    const file = join(scratch, "newer.db");
    expect((await cli(["index", tree, "--db", file, "--model-dir", tiny])).code).toBe(0);
    const { default: Database } = await import("better-sqlite3");
    const db = new Database(file);
    db.pragma("user_version = 999");
    db.close();
    expectRefusal(
      await cli(["index", tree, "--db", file, "--model-dir", tiny]),
      4,
      "HAYPILE_DB_NEWER",
      /999/,
    );
  });

  it("one of a model with other dimensions: both numbers, nothing touched", async () => {
    const file = join(scratch, "dims.db");
    expect((await cli(["index", tree, "--db", file, "--model-dir", tiny])).code).toBe(0);
    const wide = writeTinyModel(join(scratch, "wide"), { dimensions: 16 });
    writeFileSync(join(tree, "new.txt"), "write to the path\n");
    const ended = await cli(["index", tree, "--db", file, "--model-dir", wide]);
    expectRefusal(ended, 4, "HAYPILE_DIMENSIONS_DIFFER", /8.*16|16.*8/s);
    const status = await cli([
      "status",
      "--path",
      tree,
      "--db",
      file,
      "--json",
      "--model-dir",
      tiny,
    ]);
    expect(JSON.parse(status.stdout)).toMatchObject({
      model: { dimensions: 8 },
      index: { files: 5 },
    });
    rmSync(join(tree, "new.txt"));
  });

  it("one that somebody else is indexing into", async () => {
    const file = join(scratch, "busy.db");
    const big = join(scratch, "big");
    cpSync(join(repository, "src"), big, { recursive: true });
    let second: Promise<Ended> | undefined;
    const first = await run(["index", big, "--db", file, "--workers", "1"], {
      data: join(scratch, "data"),
      limitMs: 120_000,
      onStart: (child) => {
        const look = setInterval(() => {
          if (!existsSync(file) || second !== undefined) return;
          clearInterval(look);
          setTimeout(() => {
            second = cli(["index", big, "--db", file]).finally(() => child.kill("SIGINT"));
          }, 700);
        }, 20);
      },
    });
    expectRefusal((await second) as Ended, 4, "HAYPILE_DB_BUSY", /process \d+|pid \d+/i);
    expect(first.code).toBe(130);
    expectRefusal(first, 130, "HAYPILE_ABORTED", /stop/i);
  }, 150_000);

  it.skipIf(!asRoot)("a full disk", async () => {
    const disk = join(scratch, "disk");
    mkdirSync(disk);
    const args = [
      "index",
      join(repository, "native"),
      "--db",
      join(disk, "i.db"),
      "--model-dir",
      tiny,
      "--quiet",
    ];
    const command = [process.execPath, join(repository, "bin", "haypile.cjs"), ...args]
      .map((one) => `'${one}'`)
      .join(" ");
    const ended = spawnSync(
      "unshare",
      ["-m", "sh", "-c", `mount -t tmpfs -o size=400k none '${disk}' || exit 99; ${command}`],
      {
        encoding: "utf8",
        env: { ...process.env, HAYPILE_DATA_DIR: join(scratch, "data") },
      },
    );
    if (ended.status === 99 || /unshare/.test(ended.stderr)) return; // mounts are not allowed here
    expectRefusal({ ...ended, code: ended.status }, 7, "HAYPILE_DISK_FULL", /full/);
  });
});

describe("models", () => {
  const broken = (name: string, change: (folder: string) => void): string => {
    const folder = join(scratch, name);
    cpSync(model, folder, { recursive: true });
    change(folder);
    return folder;
  };

  it("cut short", async () => {
    const folder = broken("cut", (at) => truncateSync(join(at, "weights.bin"), 9_000_000));
    expectRefusal(
      await cli(["index", tree, "--model-dir", folder]),
      5,
      "HAYPILE_MODEL_DAMAGED",
      /has 9000000 bytes, expected 23\d+/,
    );
  });

  it("with one byte changed", async () => {
    const folder = broken("flipped", (at) => {
      const path = join(at, "weights.bin");
      const bytes = readFileSync(path);
      bytes[15_000_000] = (bytes[15_000_000] ?? 0) ^ 1;
      writeFileSync(path, bytes);
    });
    for (let i = 0; i < 2; i += 1) {
      const ended = await cli(["index", tree, "--model-dir", folder]);
      expectRefusal(ended, 5, "HAYPILE_MODEL_DAMAGED", /were changed: expected the digest/);
    }
  });

  it("with an input nobody knows, and with wrong dimensions", async () => {
    const odd = writeTinyModel(join(scratch, "odd"), { idsName: "pixels" });
    expectRefusal(
      await cli(["index", tree, "--model-dir", odd]),
      5,
      "HAYPILE_MODEL_INVALID",
      /input "pixels"/,
    );
    const wrong = writeTinyModel(join(scratch, "wrong"), { statedDimensions: 99 });
    expectRefusal(
      await cli(["index", tree, "--model-dir", wrong]),
      5,
      "HAYPILE_MODEL_INVALID",
      /8 dimensions where 99/,
    );
  });

  it("without a tokenizer, or with a broken one", async () => {
    const none = broken("no-tokenizer", (at) => rmSync(join(at, "tokenizer.json")));
    expectRefusal(
      await cli(["index", tree, "--model-dir", none]),
      5,
      "HAYPILE_MODEL_MISSING",
      /tokenizer\.json/,
    );
    const half = broken("half-tokenizer", (at) =>
      truncateSync(join(at, "tokenizer.json"), 100_000),
    );
    expectRefusal(
      await cli(["index", tree, "--model-dir", half]),
      5,
      "HAYPILE_MODEL_DAMAGED",
      /tokenizer\.json/,
    );
  });

  it("that only the index knows: what needs no model works, the rest says what to do", async () => {
    const file = join(scratch, "folder-model.db");
    expect((await cli(["index", tree, "--db", file, "--model-dir", tiny])).code).toBe(0);
    const of = ["--path", tree, "--db", file];
    const status = await cli(["status", ...of, "--json"]);
    expect(status.code, status.stderr).toBe(0);
    expect(JSON.parse(status.stdout)).toMatchObject({ model: { id: "tiny" }, index: { files: 5 } });
    expect((await cli(["outline", ...of])).code).toBe(0);
    for (const args of [
      ["search", "file", ...of],
      ["index", tree, "--db", file],
    ]) {
      writeFileSync(join(tree, "0.txt"), `the file 0, read by ${args[0]}\n`);
      expectRefusal(await cli(args), 5, "HAYPILE_MODEL_MISSING", /--model-dir/);
    }
    expect((await cli(["reset", ...of])).code).toBe(0);
  });

  it("of an unknown name: the likely one is named; known, but not here: how to get it", async () => {
    expectRefusal(
      await cli(["index", tree, "--model", "all-minlm-l6-v2"]),
      5,
      "HAYPILE_MODEL_UNKNOWN",
      /Did you mean "all-minilm-l6-v2"/i,
    );
    expectRefusal(
      await cli(["index", tree, "--model", "multilingual-e5-small"]),
      5,
      "HAYPILE_MODEL_MISSING",
      /haypile models add/,
    );
    expectRefusal(
      await cli(["index", tree, "--model", "bge-reranker-base"]),
      5,
      "HAYPILE_MODEL_MISSING",
      /models add/,
    );
  });
});

describe("flags", () => {
  it.each([
    [["config", "set", "memory.warning", "-5%"], /unknown option '-5%'. Put "--" before a value/],
    [["search", "x", "--limt", "3"], /unknown option '--limt'[\s\S]*Did you mean --limit/],
    [["serch", "x"], /unknown command 'serch'[\s\S]*Did you mean search/],
    [["search", "x", "-k", "zero"], /Expected a whole number from 1 to 1000/],
    [["index", "--max-file-size", "huge"], /Expected a size from/],
    [["index", "--provider", "tpu"], /Allowed choices are cpu, cuda, coreml/],
    [["search"], /missing required argument 'query'/],
  ])("%j", async (args, says) => {
    const ended = await cli(args);
    expect(ended.code).toBe(2);
    expect(ended.stderr).toMatch(says);
    expect(ended.stdout).toBe("");
  });

  it("an empty query", async () => {
    expect((await cli(["index", tree, "--model-dir", tiny])).code).toBe(0);
    expectRefusal(
      await cli(["search", " ", "--path", tree, "--model-dir", tiny]),
      2,
      "HAYPILE_USAGE",
      /empty/,
    );
  });

  it("errors as JSON with --json", async () => {
    const ended = await cli(["index", join(scratch, "nowhere"), "--json"]);
    expect(JSON.parse(ended.stderr)).toMatchObject({ error: { code: "HAYPILE_PATH_MISSING" } });
    expect(ended.stdout).toBe("");
  });
});

const oldNode =
  spawnSync("/usr/bin/node", ["-p", "parseInt(process.versions.node) < 22"], {
    encoding: "utf8",
  }).stdout?.trim() === "true";

describe("an old Node", () => {
  it.skipIf(!oldNode)("gets one clear line and exit code 1", async () => {
    const ended = await cli(["doctor"], { node: "/usr/bin/node" });
    expect(ended.code).toBe(1);
    expect(ended.stderr).toMatch(
      /^haypile: Haypile needs Node 22 or newer, this is Node \d+\.\d+\.\d+\..*\n$/,
    );
    expect(ended.stdout).toBe("");
  });
});
