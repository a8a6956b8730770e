/* haypile config, and options that take effect, from outside: files, environment and flags of real runs. */
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type Ended, cli as run } from "../helpers/cli.ts";

let scratch: string;
let project: string;

beforeEach(() => {
  scratch = realpathSync(mkdtempSync(join(tmpdir(), "haypile-config-")));
  project = join(scratch, "project");
  mkdirSync(join(project, "inner"), { recursive: true });
  writeFileSync(join(project, "inner", "a.py"), "def parse_config():\n    return 1\n");
});

afterEach(() => rmSync(scratch, { recursive: true, force: true }));

const userFile = (): string => join(scratch, "config", "haypile.toml");

function cli(args: string[], env: NodeJS.ProcessEnv = {}): Promise<Ended> {
  return run(args, {
    data: join(scratch, "data"),
    cwd: project,
    env: { HAYPILE_CONFIG_DIR: join(scratch, "config"), ...env },
  });
}

async function json<T>(args: string[], env = {}): Promise<T> {
  const ended = await cli([...args, "--json"], env);
  expect(ended.code, ended.stderr).toBe(0);
  return JSON.parse(ended.stdout) as T;
}

interface Setting {
  value: unknown;
  unit?: string;
  origin: string;
  from: string;
}
interface Listed {
  tier: string;
  score: { total: number };
  host: { cores: number };
  options: Record<string, Setting>;
  ignored: string[];
}

describe("set, get, list, path, init", () => {
  it("go round: what is set is got, listed with its origin, and found by path", async () => {
    expect((await cli(["config", "set", "memory.max", "512MB"])).stdout).toContain(userFile());
    expect((await cli(["config", "get", "memory.max"])).stdout).toBe("512MB\n");
    expect(await json<Setting>(["config", "get", "memory.max"])).toMatchObject({
      value: 512e6,
      unit: "bytes",
      origin: "user file",
      from: userFile(),
    });
    const listed = await json<Listed>(["config", "list"]);
    expect(listed.options["memory.max"]).toMatchObject({ value: 512e6, origin: "user file" });
    expect(listed.options["search.lines"]).toMatchObject({ value: 5, origin: "default" });
    expect(listed.options["embed.workers"]?.origin).toBe("tier");
    const plain = await cli(["config", "list"]);
    expect(plain.stdout).toMatch(/^score \d+ of 11, tier \w+$/m);
    expect(plain.stdout).toMatch(/^ {2}memory\.max +512MB +user file .*haypile\.toml$/m);
    expect((await cli(["config", "path"])).stdout).toContain(userFile());
    expect(readdirSync(join(scratch, "config"))).toEqual(["haypile.toml"]);
  });

  it("order: user file, project file, environment, flag", async () => {
    await cli(["config", "set", "memory.max", "500MB"]);
    const origin = async (args: string[] = [], env = {}): Promise<Setting | undefined> =>
      (await json<Listed>(["config", "list", ...args], env)).options["memory.max"];
    expect(await origin()).toMatchObject({ value: 500e6, origin: "user file" });
    await cli(["config", "set", "memory.max", "400MB", "--project"]);
    expect(await origin()).toMatchObject({ value: 400e6, origin: "project file" });
    const env = { HAYPILE_MAX_MEMORY: "600MB" };
    expect(await origin([], env)).toMatchObject({
      value: 600e6,
      origin: "environment",
      from: "HAYPILE_MAX_MEMORY",
    });
    expect(await origin(["--max-memory", "700MB"], env)).toMatchObject({
      value: 700e6,
      origin: "flag",
      from: "--max-memory",
    });
    // From inside the project as well.
    expect(await origin(["--path", "inner"])).toMatchObject({ value: 400e6 });
  });

  it("init writes every option as a comment, and will not write over a file", async () => {
    expect((await cli(["config", "init"])).code).toBe(0);
    const text = readFileSync(userFile(), "utf8");
    expect(text).toContain("[memory]\n# most memory of all our processes together");
    expect((await json<Listed>(["config", "list"])).options["memory.max"]?.origin).toBe("tier");
    const again = await cli(["config", "init"]);
    expect(again.code).toBe(2);
    expect(again.stderr).toContain("there is one");
    // Without the marks of comments it is a file that says the same.
    writeFileSync(userFile(), text.replace(/^# (\S+ = \S)/gm, "$1"));
    const listed = await json<Listed>(["config", "list"]);
    expect(listed.options["memory.max"]?.origin).toBe("user file");
  });

  it("init --project and set --project are the user's own words, and trusted", async () => {
    expect((await cli(["config", "init", "--project"])).code).toBe(0);
    await cli(["config", "set", "memory.max", "900GB", "--project"]);
    const listed = await json<Listed>(["config", "list"]);
    expect(listed.options["memory.max"]).toMatchObject({ value: 900e9, origin: "project file" });
  });
});

describe("what is wrong", () => {
  it.each([
    [["config", "set", "memory.maks", "1GB"], 2, "Did you mean memory.max?"],
    [["config", "set", "memory.max", "lots"], 2, 'such as "256MB"'],
    [["config", "set", "storage.wal-dir", "/x"], 2, "must lie beside the database"],
    [["config", "set", "storage.compression", "lz4"], 2, "deflate"],
    [["config", "get", "nothing.like-it"], 2, "no option nothing.like-it"],
    [["config", "trust"], 3, "no haypile.toml"],
    [["config", "list", "--path", "missing"], 3, "does not exist"],
    [["config", "list", "--tier", "huge"], 2, "light, standard, heavy, auto"],
    [["index", "--workers", "0"], 2, "a whole number from 1 to 1024"],
    [["index", "--max-memory", "1kB"], 2, "a size from 1MB"],
  ])("%j ends with %d", async (args, code, message) => {
    const ended = await cli(args);
    expect(ended.stderr).toContain(message);
    expect(ended.code).toBe(code);
    expect(existsSync(userFile())).toBe(false);
  });

  it("a file with an unknown key or a line that is no TOML stops every command that reads it", async () => {
    mkdirSync(join(scratch, "config"));
    writeFileSync(userFile(), "[embed]\nworker = 2\n");
    for (const args of [["config", "list"], ["index"], ["search", "x"], ["status"]]) {
      const ended = await cli(args);
      expect(ended.code).toBe(2);
      expect(ended.stderr).toContain("Did you mean embed.workers?");
      expect(ended.stderr).toContain("HAYPILE_CONFIG_INVALID");
    }
    writeFileSync(userFile(), "[embed]\nworkers = 2\n\nmax = = 3\n");
    expect((await cli(["index"])).stderr).toContain(`${userFile()}:4:`);
  });

  it("a bad variable is named", async () => {
    const ended = await cli(["config", "list"], { HAYPILE_WORKERS: "some" });
    expect(ended.code).toBe(2);
    expect(ended.stderr).toContain("for embed.workers in HAYPILE_WORKERS");
  });
});

describe("a project file that came with a clone", () => {
  const text = '[memory]\nmax = "64GB"\n[embed]\nworkers = 1\n[model]\nfolder = "/elsewhere"\n';

  it("may only narrow until it is trusted, and again when it is changed", async () => {
    writeFileSync(join(project, "haypile.toml"), text);
    const note = /not trusted, so memory\.max, model\.folder of it were left out.*config trust/;
    const indexed = await cli(["index"]);
    expect(indexed.code, indexed.stderr).toBe(0);
    expect(indexed.stderr.match(/not trusted/g)).toHaveLength(1);
    expect(indexed.stderr).toMatch(note);
    const before = await json<Listed>(["config", "list"]);
    expect(before.ignored).toEqual(["memory.max", "model.folder"]);
    expect(before.options["embed.workers"]).toMatchObject({ value: 1, origin: "project file" });
    expect(before.options["memory.max"]?.origin).toBe("tier");

    expect((await cli(["config", "trust", "inner"])).code).toBe(0);
    const after = await json<Listed>(["config", "list"]);
    expect(after.ignored).toEqual([]);
    expect(after.options["memory.max"]).toMatchObject({ value: 64e9, origin: "project file" });

    writeFileSync(join(project, "haypile.toml"), `${text}# one more line\n`);
    expect((await json<Listed>(["config", "list"])).ignored).toHaveLength(2);
    await cli(["config", "trust"]);
    await cli(["config", "trust", "--remove"]);
    expect((await json<Listed>(["config", "list"])).ignored).toHaveLength(2);
  });

  it("is not trusted by setting a line of it", async () => {
    writeFileSync(join(project, "haypile.toml"), text);
    await cli(["config", "set", "search.limit", "20", "--project"]);
    const listed = await json<Listed>(["config", "list"]);
    expect(listed.ignored).toEqual(["memory.max", "model.folder"]);
    expect(listed.options["search.limit"]).toMatchObject({ value: 20, origin: "project file" });
  });

  it("may switch downloads off", async () => {
    writeFileSync(join(project, "haypile.toml"), "[model]\nnetwork = false\n");
    const ended = await cli(["models", "add", "bge-small-en-v1.5", "--endpoint", "http://[::1]:9"]);
    expect(ended.code).toBe(5);
    expect(ended.stderr).toContain("model.network");
  });
});

describe("values take effect", () => {
  interface Indexed {
    model?: { workers: number; intraOpThreads: number; tokensPerRun: number };
  }
  const noCache = { HAYPILE_EMBEDDING_CACHE: "off" };

  it("workers, threads and tokens of the model, by tier, file and flag", async () => {
    const { host } = await json<Listed>(["config", "list"]);
    const report = async (...args: string[]) =>
      (await json<Indexed>(["index", ...args], noCache)).model;
    expect(await report("--tier", "light")).toMatchObject({
      workers: host.cores,
      intraOpThreads: 1,
      tokensPerRun: 320,
    });
    writeFileSync(join(project, "b.py"), "def other():\n    return 2\n");
    const threads = Math.min(4, Math.max(1, Math.floor(host.cores / 2)));
    expect(await report("--tier", "heavy")).toMatchObject({
      workers: Math.max(1, Math.floor(host.cores / threads)),
      intraOpThreads: threads,
      tokensPerRun: 320,
    });
    writeFileSync(join(project, "c.py"), "def third():\n    return 3\n");
    await cli(["config", "set", "embed.tokens-per-run", "200"]);
    expect(await report("--workers", "1", "--intra-op-threads", "1")).toMatchObject({
      workers: 1,
      intraOpThreads: 1,
      tokensPerRun: 200,
    });
  });

  it("limits of index and search", async () => {
    writeFileSync(join(project, "long.txt"), `${"needle word ".repeat(200)}\n`);
    await cli(["config", "set", "index.max-file-size", "1kB"]);
    const report = await json<{ skipped: { byReason: Record<string, { count: number }> } }>([
      "index",
    ]);
    expect(report.skipped.byReason["too-large"]?.count).toBe(1);
    writeFileSync(join(project, "d.py"), "def parse_other_config():\n    return 4\n");
    await cli(["index"]);
    const hits = async (...args: string[]) =>
      (await json<{ hits: unknown[] }>(["search", "parse config", ...args])).hits.length;
    expect(await hits()).toBeGreaterThan(1);
    await cli(["config", "set", "search.limit", "1"]);
    expect(await hits()).toBe(1);
    expect(await hits("-k", "5")).toBeGreaterThan(1);
  });

  it("the model a file names is that of new indexes; others keep theirs", async () => {
    await cli(["index"]);
    await cli(["config", "set", "model.name", "static"]);
    expect((await cli(["index"])).code).toBe(0);
    const other = join(scratch, "other");
    mkdirSync(other);
    writeFileSync(join(other, "a.py"), "def parse_config():\n    return 1\n");
    await cli(["index", other]);
    const model = async (path: string) =>
      (await json<{ model: { id: string } }>(["status", "--path", path])).model.id;
    expect(await model(project)).toBe("all-minilm-l6-v2");
    expect(await model(other)).toBe("static-code-256");
  });

  it("status and banner name the tier and where values come from", async () => {
    const { stderr } = await cli(["index", "--tier", "light"]);
    expect(stderr).toMatch(/CPUs? .*score \d+ of 11, tier light \(by flag\).*int8/);
    const { stdout } = await cli(["status"], { HAYPILE_WORKERS: "3" });
    expect(stdout).toMatch(/^Machine: .*tier/m);
    expect(stdout).toMatch(/^ {2}embed\.workers +3 +environment HAYPILE_WORKERS$/m);
    const status = await json<{ configuration: Listed }>(["status"]);
    expect(status.configuration.options["storage.page-cache"]?.unit).toBe("bytes");
  });
});
