/*
 * Issue 11: on a damaged index a process ended by an unhandled rejection, and a damaged cache was believed. In each
 * trial one or two files of an installation (index, its log, caches, state) are damaged at random, and the real command
 * line is asked: it works, or ends with an error that has a code and says what to do. Then an index is made again.
 * HAYPILE_TRIALS=1400 does as many; HAYPILE_SEED begins elsewhere.
 */
import { spawn } from "node:child_process";
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { cpus, tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { isErrorCode } from "../../src/base/errors.ts";
import { loadDriver } from "../../src/storage/sqlite/file/driver.ts";
import { cli, type Ended } from "../helpers/cli.ts";
import { damage, pick, randomOf } from "../helpers/damage-any-file.ts";
import { repository } from "../helpers/model.ts";
import { writeTinyModel } from "../helpers/tiny-model.ts";

const trials = Number(process.env.HAYPILE_TRIALS ?? "12");
const firstSeed = Number(process.env.HAYPILE_SEED ?? "1");
const atOnce = Math.max(2, Math.min(16, cpus().length));

let scratch: string;
let whole: string;
let tree: string;
let model: string;

const env = (home: string): NodeJS.ProcessEnv => ({
  HAYPILE_CACHE_DIR: join(home, "cache"),
  XDG_RUNTIME_DIR: join(home, "run"),
});

function run(home: string, args: readonly string[]): Promise<Ended> {
  const withModel = ["index", "search", "why", "status"].includes(args[0] ?? "");
  return cli([...args, ...(withModel ? ["--model-dir", model] : [])], {
    data: join(home, "data"),
    cwd: tree,
    env: env(home),
    limitMs: 240_000,
  });
}

beforeAll(async () => {
  scratch = mkdtempSync(join(tmpdir(), "haypile-damage-"));
  whole = join(scratch, "whole");
  tree = join(scratch, "tree");
  mkdirSync(tree);
  mkdirSync(join(whole, "data"), { recursive: true });
  for (let i = 0; i < 150; i += 1) {
    writeFileSync(
      join(tree, `m${i}.py`),
      `import m${i + 1}\n\n\ndef read_file_${i}(path, mode):\n    """Reads file ${i} of the index."""\n    return open(path, mode).read()\n\n\nclass Writer${i}:\n    def write(self, path):\n        return read_file_${i}(path, "w")\n`,
    );
  }
  model = writeTinyModel(join(scratch, "model"), { weightsMegabytes: 2 });
  // Bits too, which small indexes have not.
  process.env.HAYPILE_BITS_FROM = "10";
  expect((await run(whole, ["index"])).code).toBe(0);
  expect((await run(whole, ["search", "read a file"])).code).toBe(0);
  leaveLog(join(whole, "data"));
}, 240_000);

afterAll(() => {
  delete process.env.HAYPILE_BITS_FROM;
  rmSync(scratch, { recursive: true, force: true });
});

/** A log that was not moved into the database, as a kill leaves it. */
function leaveLog(data: string): void {
  const folder = join(data, "indexes");
  const name = readdirSync(folder).find((one) => one.endsWith(".db")) as string;
  const driver = loadDriver();
  const db = new driver(join(folder, name));
  db.pragma("wal_autocheckpoint = 0");
  for (let i = 0; i < 50; i += 1) {
    db.prepare("REPLACE INTO meta(key, value) VALUES (?, ?)").run(`note ${i}`, "x".repeat(2000));
  }
  cpSync(folder, `${folder}-copy`, { recursive: true });
  db.close();
  rmSync(folder, { recursive: true });
  cpSync(`${folder}-copy`, folder, { recursive: true });
  rmSync(`${folder}-copy`, { recursive: true });
}

/** Files of the installation, by what they are; the index's own come as often as all others. */
function filesOf(home: string): { index: string[]; others: string[] } {
  const all = (folder: string): string[] =>
    existsSync(folder)
      ? readdirSync(folder, { recursive: true, encoding: "utf8" })
          .map((name) => join(folder, name))
          .filter((path) => statSync(path).isFile())
      : [];
  const data = all(join(home, "data"));
  const index = data.filter((path) => path.includes("/indexes/"));
  return {
    index,
    others: [...data.filter((path) => !index.includes(path)), ...all(join(home, "cache"))].sort(),
  };
}

const commands: readonly (readonly string[])[] = [
  ["search", "read the file", "--json"],
  ["search", "write", "--json"],
  ["index", "--json"],
  ["status", "--index", "--json"],
  ["symbol", "read_file_3", "--json"],
  ["outline", "m3.py", "--json"],
  ["references", "read_file_3", "--json"],
  ["callees", "Writer3.write", "--json"],
  ["why", "read the file", "m3.py", "--json"],
  ["compact", "--dry-run", "--json"],
  ["analyze", "--json"],
  ["config", "list", "--json"],
];

/** What a message says that tells what to do: a command to give, or one of these. */
const says = /"haypile [a-z]+|delete|reset|index again|run it again|--db|name another|check|see /i;

function faultOf(ended: Ended): string | undefined {
  if (ended.signal !== null) return `ended by ${ended.signal}`;
  if (/unhandled|UnhandledPromise|at .*\.(ts|js):\d+/i.test(ended.stderr)) return "a bare stack";
  if (ended.code === 0) return undefined;
  const line = ended.stderr.split("\n").findLast((one) => one.startsWith('{"error"'));
  if (line === undefined) return `exit ${ended.code} without an error as JSON`;
  const { error } = JSON.parse(line) as { error: { code: string; message: string } };
  if (!isErrorCode(error.code) || error.code === "HAYPILE_INTERNAL") return `code ${error.code}`;
  return says.test(error.message) ? undefined : "its message says nothing to do";
}

/** Damages files of an index that a process has open. */
async function liveTrial(seed: number): Promise<string[]> {
  const random = randomOf(seed);
  const home = join(scratch, `live${seed}`);
  cpSync(whole, home, { recursive: true });
  const database = filesOf(home).index.find((path) => path.endsWith(".db")) as string;
  const script = join(repository, "test", "helpers", "live-damage.ts");
  const child = spawn(process.execPath, ["--no-warnings", script, tree, database, model], {
    stdio: ["pipe", "pipe", "pipe"],
    env: { ...process.env, ...env(home), HAYPILE_DATA_DIR: join(home, "data") },
  });
  let stdout = "";
  let stderr = "";
  child.stderr.on("data", (data) => {
    stderr += data;
  });
  const ended = new Promise<{ code: number | null; signal: string | null }>((done) =>
    child.on("close", (code, signal) => done({ code, signal })),
  );
  await new Promise<void>((ready) => {
    child.stdout.on("data", (data) => {
      stdout += data;
      if (stdout.includes("ready")) ready();
    });
    child.on("close", () => ready());
  });
  // SQLite maps the index of its log, and no other file is mapped that others can reach (docs/decisions/0060).
  const { index, others } = filesOf(home);
  const files = [...index, ...others].filter((path) => !path.endsWith("-shm"));
  const path = pick(random, random() < 0.6 ? files.filter((one) => index.includes(one)) : files);
  const done = `${path.slice(home.length + 1)}: ${damage(path, random)}`;
  child.stdin.write("go\n");
  const { code, signal } = await ended;
  const about = `live, seed ${seed}, ${done}`;
  if (signal !== null || code !== 0) return [`${about}: ended by ${signal ?? code}: ${stderr}`];
  const { ends, unowned } = JSON.parse(stdout.split("\n").at(-2) ?? "{}") as {
    ends: { call: string; code: string; message: string }[];
    unowned: string[];
  };
  const faults = unowned.map((text) => `${about}: ${text}`);
  for (const one of ends) {
    const isTold = one.code === "" || (isErrorCode(one.code) && one.code !== "HAYPILE_INTERNAL");
    if (!isTold || (one.call === "close" && one.code !== ""))
      faults.push(`${about}; ${one.call}: ${one.message}`);
  }
  rmSync(home, { recursive: true, force: true });
  return faults;
}

async function trial(seed: number): Promise<string[]> {
  const random = randomOf(seed);
  const home = join(scratch, `home${seed}`);
  cpSync(whole, home, { recursive: true });
  const found = filesOf(home);
  const done: string[] = [];
  for (let i = 0; i < (random() < 0.25 ? 2 : 1); i += 1) {
    const list = random() < 0.5 ? found.index : found.others;
    const path = pick(random, list);
    if (!existsSync(path)) continue;
    done.push(`${path.slice(home.length + 1)}: ${damage(path, random)}`);
  }
  const faults: string[] = [];
  const about = (args: readonly string[], ended: Ended, fault: string): void => {
    faults.push(
      `seed ${seed}, ${done.join("; ")}; ${args.join(" ")}: ${fault}\n${ended.stderr.slice(-600)}`,
    );
  };
  for (let i = 0; i < 2; i += 1) {
    const args = pick(random, commands);
    const ended = await run(home, args);
    const fault = faultOf(ended);
    if (fault !== undefined) about(args, ended, fault);
  }
  // The way out that messages name.
  rmSync(join(home, "data", "indexes"), { recursive: true, force: true });
  for (const args of [
    ["index", "--json"],
    ["search", "read the file", "--json"],
  ]) {
    const ended = await run(home, args);
    if (ended.code !== 0) about(args, ended, `exit ${ended.code} after the index was deleted`);
    else if (args[0] === "search" && JSON.parse(ended.stdout).hits.length === 0)
      about(args, ended, "nothing is found");
  }
  rmSync(home, { recursive: true, force: true });
  return faults;
}

async function all(seeds: number[], one: (seed: number) => Promise<string[]>): Promise<string[]> {
  const faults: string[] = [];
  const work = async (): Promise<void> => {
    for (let seed = seeds.shift(); seed !== undefined; seed = seeds.shift()) {
      faults.push(...(await one(seed)));
    }
  };
  await Promise.all(Array.from({ length: atOnce }, work));
  return faults;
}

describe("damaged files", () => {
  it(
    `end no process by a rejection or a signal, and each error has a code: ${trials} trials`,
    async () => {
      const seeds = Array.from({ length: trials }, (_, i) => firstSeed + i);
      expect(await all(seeds, trial)).toEqual([]);
    },
    240_000 + trials * 240_000,
  );

  const live = Math.ceil(trials / 3);
  it(
    `do not end a process that has them open: ${live} trials`,
    async () => {
      const seeds = Array.from({ length: live }, (_, i) => firstSeed + i);
      expect(await all(seeds, liveTrial)).toEqual([]);
    },
    240_000 + live * 240_000,
  );
});
