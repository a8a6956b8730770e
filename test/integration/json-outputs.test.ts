/*
 * What every command really prints with --json, against docs/json.schema.json. The reports: lists here and objects
 * there, and fields that no page named.
 */
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import Ajv2020 from "ajv/dist/2020.js";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { gitIn } from "../helpers/artefact-places.ts";
import { bin, cli, type Ended } from "../helpers/cli.ts";
import { repository } from "../helpers/model.ts";
import { testDatabase, whyNoPostgres } from "../helpers/postgres.ts";
import { writeTree } from "../helpers/temp-tree.ts";
import { writeTinyModel } from "../helpers/tiny-model.ts";

// On a machine where other work runs, processes take their time.
vi.setConfig({ testTimeout: 300_000, hookTimeout: 300_000 });

const schema = JSON.parse(readFileSync(join(repository, "docs", "json.schema.json"), "utf8"));
const ajv = new Ajv2020.default({ allErrors: true, strict: false });

/** Not run here, each with its reason. */
const notRun: Readonly<Record<string, string>> = {
  ...Object.fromEntries(
    ["init", "grant", "revoke", "members", "audit", "erase"].map((command) => [
      `team ${command}`,
      "test/integration/team/commands.test.ts checks it, over a server",
    ]),
  ),
  "models add": "it downloads tens of megabytes of a known model, and tests have no network",
};
const seen = new Set<string>();

let scratch: string;
let tree: string;
let env: Record<string, string>;

beforeAll(() => {
  scratch = realpathSync(mkdtempSync(join(tmpdir(), "haypile-json-")));
  tree = join(scratch, "tree");
  writeTree(tree, {
    "src/retry.ts":
      "import { wait } from './wait.ts';\n/** Waits before the next try. */\nexport class Retry implements Policy {\n  delay(attempt: number): number {\n    return wait(2 ** attempt);\n  }\n}\nexport interface Policy {\n  delay(attempt: number): number;\n}\n",
    "src/wait.ts":
      "export function wait(ms: number): number {\n  return ms;\n}\nexport const start = () => wait(1);\n",
    "docs/notes.md": "# Notes\n\nRetries are counted.\n",
    "blob.bin": new Uint8Array(300),
    "haypile.toml": '[search]\nlimit = 5\n[model]\nname = "static"\n',
  });
  mkdirSync(join(scratch, "home", ".cursor"), { recursive: true });
  mkdirSync(join(scratch, "run"), { mode: 0o700 });
  env = {
    HOME: join(scratch, "home"),
    XDG_RUNTIME_DIR: join(scratch, "run"),
    HAYPILE_CACHE_DIR: join(scratch, "cache"),
    HAYPILE_DAEMON_IDLE: "60s",
  };
});

afterAll(async () => {
  await run(["stop"]);
  rmSync(scratch, { recursive: true, force: true });
});

const run = (args: string[], limitMs = 120_000): Promise<Ended> =>
  cli(args, { data: join(scratch, "data"), cwd: tree, env, limitMs });

/** Compares with the schema of a command, and gives the value. */
function check(command: string, value: unknown): Record<string, unknown> {
  seen.add(command);
  expect(Array.isArray(value), `${command} is an object`).toBe(false);
  const validate = ajv.compile({ ...schema.properties[command], $defs: schema.$defs });
  const isValid = validate(value);
  expect(validate.errors ?? [], `${command}: ${JSON.stringify(value).slice(0, 400)}`).toEqual([]);
  expect(isValid).toBe(true);
  return value as Record<string, unknown>;
}

async function json(command: string, args: string[], code = 0): Promise<Record<string, unknown>> {
  const ended = await run([...args, "--json"]);
  expect(ended.code, `${args.join(" ")}: ${ended.stderr}`).toBe(code);
  return check(command, JSON.parse(ended.stdout));
}

/** Lines of a command that goes on, until there are so many. */
async function lines(args: string[], count: number, meanwhile?: () => void): Promise<unknown[]> {
  const child: ChildProcess = spawn(process.execPath, [bin, ...args], {
    cwd: tree,
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...process.env, ...env, HAYPILE_DATA_DIR: join(scratch, "data") },
  });
  let said = "";
  let errors = "";
  child.stdout?.on("data", (text) => {
    said += text;
  });
  child.stderr?.on("data", (text) => {
    errors += text;
  });
  const found = (): string[] => said.split("\n").slice(0, -1);
  try {
    let isAsked = false;
    const end = performance.now() + 200_000;
    while (found().length < count) {
      if (child.exitCode !== null || performance.now() > end) throw new Error(`${args}: ${errors}`);
      if (!isAsked && said.includes('"ready"')) {
        isAsked = true;
        meanwhile?.();
      }
      await wait(20);
    }
  } finally {
    child.kill("SIGINT");
  }
  return found().map((line) => JSON.parse(line));
}

describe("--json", () => {
  it("of indexing and searching", async () => {
    expect(await json("index", ["index"])).toMatchObject({ files: { new: 4 } });
    const found = await json("search", ["search", "wait before the next try"]);
    expect((found.hits as unknown[]).length).toBeGreaterThan(0);
    await json("search", ["search", "retry kind:class path:nowhere"]);
    await json("why", ["why", "retry", "src/retry.ts"]);
    await json("why", ["why", "retry", "nowhere.ts"]);
    expect(await json("symbol", ["symbol", "wait"])).toMatchObject({ hits: [{ name: "wait" }] });
    expect(await json("symbol", ["symbol", "nothing_is_called_so"])).toMatchObject({ hits: [] });
    await json("outline", ["outline"]);
    expect(await json("read", ["read", "src/retry.ts", "-k", "2"])).toMatchObject({ first: 1 });
    await json("references", ["references", "wait"]);
    await json("callers", ["callers", "wait"]);
    await json("callees", ["callees", "Retry.delay"]);
    await json("implementations", ["implementations", "Policy"]);
    for (const [question, name] of [
      ["callers", "wait"],
      ["callees", "Retry.delay"],
      ["implementations", "Policy"],
    ] as const) {
      const deep = await json(`${question} --depth`, [question, name, "--depth", "3"]);
      expect((deep.steps as unknown[]).length, question).toBeGreaterThan(0);
    }
    expect(await json("hierarchy", ["hierarchy", "Policy"])).toMatchObject({
      subtypes: { steps: [{ name: "Retry" }] },
    });
    expect(await json("impact", ["impact", "--of", "wait"])).toMatchObject({
      changed: [{ name: "wait" }],
    });
    await json("unused", ["unused", "--sure", "low"]);
    await json("entry-points", ["entry-points"]);
    expect(await json("map", ["map", "retry"])).toMatchObject({ unmet: [] });
  });

  it("of questions about commits", async () => {
    const git = (...args: string[]) =>
      spawnSync("git", ["-c", "user.name=a", "-c", "user.email=a@b", ...args], { cwd: tree });
    git("init", "-q");
    git("add", "src");
    git("commit", "-qm", "one");
    expect(await json("history", ["history", "wait", "--here"])).toMatchObject({
      of: { path: "src/wait.ts", name: "wait" },
      entries: [{ change: "added", subject: "one" }],
    });
    writeTree(tree, { "src/other.ts": "export const other = () => 1;\n" });
    const diff = await json("diff", ["diff", "HEAD", "src", "--symbols", "--here"]);
    expect(diff).toMatchObject({ symbols: [{ change: "added", name: "other" }] });
    rmSync(join(tree, "src", "other.ts"));
    rmSync(join(tree, ".git"), { recursive: true });
  });

  it("of looking after an index", async () => {
    await json("status", ["status"]);
    await json("status", ["status", "--index", "--memory"]);
    await json("status", ["status", "--memory", "--max-memory", "600MB"]);
    await json("analyze", ["analyze"]);
    await json("plan", ["plan", "--files", "10", "--memories", "10"]);
    // Who opens memories makes their words anew where that is due; nothing else is written for a look.
    const { writes } = (await json("stats", ["stats", "--here"])) as unknown as {
      writes: { kind: string }[];
    };
    expect(writes.filter(({ kind }) => kind !== "memory-words")).toEqual([]);
    await json("compact", ["compact", "--yes"]);
    await json("compact --undo", ["compact", "--undo"]);
    await json("migrate", ["migrate"]);
    await json("migrate --down", ["migrate", "--down", "--path", tree, "--dry-run"]);
    const migrated = await run(["migrate-model", "--model", "static", "--json", "--progress"]);
    const steps = migrated.stdout
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line));
    check("migrate-model", steps.pop());
    for (const step of steps) check("migrate-model --progress", step);
    await json("migrate-model", ["migrate-model", "--model", "minilm"]);
    await json("collections add", ["collections", "add", "all", tree, "--context", "a sample"]);
    await json("collections describe", ["collections", "describe", tree, "a tree of files"]);
    expect(await json("collections list", ["collections"])).toMatchObject({
      collections: [{ name: "all", folders: [{ context: "a tree of files" }] }],
    });
    const across = await json("search --in-all", ["search", "retry", "--across", "all,/nowhere"]);
    expect((across.hits as { name: string }[]).map(({ name }) => name)).toContain("tree");
    await json("collections remove", ["collections", "remove", "all"]);
    await json("indexes list", ["indexes"]);
    await json("indexes prune", ["indexes", "prune", "--dry-run"]);
    await json("left-out", ["left-out"]);
    await json("left-out <file>", ["left-out", "src", "none.ts"]);
    for (const args of [
      ["init", "-q"],
      ["add", "-A"],
      ["commit", "-qm", "all"],
    ]) {
      gitIn(tree, ...args);
    }
    const file = join(scratch, "tree.haypile-index");
    const exported = await json("index export", ["index", "export", file]);
    await json("index import", ["index", "import", file]);
    expect(await json("index key", ["index", "key"])).toMatchObject({ key: exported.key });
    await json("index trust", ["index", "trust", file]);
    await json("index trust (list)", ["index", "trust"]);
    const other = join(scratch, "other");
    writeTree(other, { "a.txt": "a\n" });
    await run(["index", other, "-q", "--fill-in", "off"]);
    await json("reset", ["reset", "--path", other]);
  });

  it("of commands that go on", async () => {
    const [first, second] = await lines(["status", "--memory", "--watch", "0.1", "--json"], 2);
    check("status", first);
    check("status --watch", second);
    const events = await lines(["watch", "--json"], 2, () =>
      writeFileSync(join(tree, "src", "new.ts"), "export const later = 1;\n"),
    );
    for (const event of events) check("watch", event);
    expect(events).toMatchObject([{ event: "ready", root: tree }, { event: "run" }]);
    const given = await json("tokens add", [
      "tokens",
      "add",
      "ci",
      "--read",
      "team",
      "--days",
      "1",
    ]);
    expect(given.token).toMatch(/^hpt_/);
    const listed = await json("tokens list", ["tokens", "list"]);
    expect(listed).toMatchObject({ clients: [{ name: "ci", by: "token", read: ["team"] }] });
    const [served] = await lines(
      ["serve", "--listen", "127.0.0.1:0", "--drain-delay", "0", "--json"],
      1,
    );
    expect(check("serve", served)).toMatchObject({ clients: 1 });
    await json("tokens revoke", ["tokens", "revoke", "ci"]);
  });

  it("of memories", async () => {
    const kept = await json("remember", ["remember", "deploys go out on Tuesdays", "--tag", "ops"]);
    const id = String(kept.id);
    await json("remember", ["remember", "Deploys go out on tuesdays."]);
    await json("remember --lines", ["remember", "one thing\nanother thing", "--lines"]);
    await json("recall", ["recall", "when do deploys go out", "--why"]);
    await json("recall", ["recall", "deploys", "--neighbours", "1", "--max-tokens", "20"]);
    await json("ask", ["ask", "when do deploys go out"]);
    await json("ask", ["ask", "deploys", "--as-of", "2020-01-01"]);
    await json("memories list", ["memories", "list", "-k", "1"]);
    await json("memories stats", ["memories", "stats"]);
    expect(await json("memories history", ["memories", "history", id])).toMatchObject({ id });
    await json("forget (preview)", ["forget", "--tag", "ops"]);
    await json("forget", ["forget", id]);
    expect(await json("memories removed", ["memories", "removed"])).toMatchObject({
      removed: [{ id }],
    });
    await json("memories undelete", ["memories", "undelete", id]);
    const gone = await json("forget", ["forget", id]);
    const at = String(gone.at);
    expect(await json("memories undelete (at)", ["memories", "undelete", "--at", at])).toEqual({
      restored: 1,
    });
    const other = String((await json("remember", ["remember", "releases are on Tuesdays"])).id);
    await json("memories duplicates", ["memories", "duplicates"]);
    await json("memories dismiss", ["memories", "dismiss", id, other]);
    const merged = await json("memories merge", ["memories", "merge", id, other]);
    await json("memories unmerge", ["memories", "unmerge", String(merged.id)]);
    await json("memories unverified", ["memories", "unverified"]);
    await json("memories verify", ["memories", "verify", id]);
    await json("memories adopt", ["memories", "adopt", "default"]);
    const made = await json("memories snapshot", ["memories", "snapshot", "--note", "json"]);
    expect(await json("memories snapshots", ["memories", "snapshots"])).toMatchObject({
      snapshots: [made],
    });
    const ofOne = ["memories", "snapshots", "--bring-back", String(made.id)];
    expect(await json("memories snapshots (bring back)", ofOne)).toMatchObject({ brought: 0 });
    const toRemove = ["memories", "snapshots", "--remove", String(made.id)];
    expect(await json("memories snapshots (remove)", toRemove)).toEqual({ removed: made.id });
    const again = String((await json("snapshot create", ["snapshot", "create"])).id);
    expect(await json("snapshot list", ["snapshot", "list"])).toMatchObject({ keep: "7d 4w" });
    expect(await json("snapshot verify", ["snapshot", "verify"])).toMatchObject({
      verified: [{ id: again, isSound: true }],
    });
    const put = await json("snapshot restore", ["snapshot", "restore", again]);
    const { kept: replaced } = put as unknown as { kept: { id: string } };
    expect(await json("snapshot prune", ["snapshot", "prune"])).toMatchObject({ stay: 2 });
    const ids = ["snapshot", "prune", again, replaced.id];
    expect(await json("snapshot prune (ids)", ids)).toEqual({ removed: [again, replaced.id] });
    const ofIndex = await json("snapshot create (index)", ["snapshot", "create", "--index", tree]);
    expect(ofIndex).toMatchObject({ indexOf: tree });
    await json("snapshot list (index)", ["snapshot", "list", "--index", tree]);
    expect(
      await json("snapshot verify (index)", ["snapshot", "verify", "--index", tree]),
    ).toMatchObject({ verified: [{ id: ofIndex.id, isSound: true }] });
    const back = ["snapshot", "restore", String(ofIndex.id), "--index", tree];
    expect(await json("snapshot restore (index)", back)).toMatchObject({
      kept: { reason: "restore" },
    });
    expect(await json("memories sync", ["memories", "sync", scratch])).toMatchObject({
      problems: [],
      received: { added: 0 },
    });
    await json("memories collect", ["memories", "collect"]);
    const file = join(scratch, "lines.jsonl");
    writeFileSync(file, `${JSON.stringify({ text: "from elsewhere" })}\n{"text": 5}\n`);
    await json("memories import", ["memories", "import", file], 3);
    expect(await json("memories rescue", ["memories", "rescue"])).toMatchObject({
      wasDamaged: false,
    });
    if (whyNoPostgres !== undefined) return void seen.add("move");
    const { url, close } = await testDatabase();
    try {
      expect(await json("move", ["move", "--to", url])).toMatchObject({ besides: 0 });
      const stores = [{ store: url, isUp: true }];
      expect(await json("memories stats", ["memories", "stats"])).toMatchObject({ stores });
      expect(await json("move", ["move", "--to", "sqlite"])).toMatchObject({ copied: 0 });
    } finally {
      await close();
    }
  });

  it("of models, options and clients", async () => {
    await json("models list", ["models", "list"]);
    await json("models verify", ["models", "verify"]);
    const own = writeTinyModel(join(scratch, "tiny"), { weightsMegabytes: 1 });
    await json("models quantise", ["models", "quantise", own, "--least-cosine", "0"]);
    await json("config list", ["config", "list"]);
    await json("config from", ["config", "from", "memento"]);
    await json("config get", ["config", "get", "memory.max"]);
    await json("config path", ["config", "path"]);
    await json("config set", ["config", "set", "search.limit", "7"]);
    await json("config trust", ["config", "trust"]);
    await json("config trust", ["config", "trust", "--remove"]);
    await json("config init", ["config", "init", "--project", "--path", join(scratch, "home")]);
    await json("install", ["install", "--client", "cursor"]);
    await json("uninstall", ["uninstall", "--client", "cursor"]);
    await json("doctor", ["doctor"]);
  });

  it("of the daemon", async () => {
    await json("start", ["start"]);
    await json("start", ["start", "--http", "0"]);
    await json("status --daemon", ["status", "--daemon"]);
    await json("config list --daemon", ["config", "list", "--daemon"]);
    await json("config get --daemon", ["config", "get", "memory.max", "--daemon"]);
    await json("config set", ["config", "set", "memory.target", "70%"]);
    await json("stop", ["stop"]);
    // At the usual port, or the next: other tests may have that.
    env.HAYPILE_PAGE_PORT = "";
    await json("open", ["open"]);
    await json("status --daemon", ["status", "--daemon"]);
    await json("stop", ["stop"]);
    expect(await json("stop", ["stop"])).toEqual({ stopped: null, byForce: false });
  });

  it("of measuring the machine", async () => {
    await json("doctor --bench", ["doctor", "--bench"]);
  });

  it("of a failure: nothing on stdout, one line with the code on stderr", async () => {
    const ended = await run(["search", "x", "--path", scratch, "--json"]);
    expect(ended.code).toBe(3);
    expect(ended.stdout).toBe("");
    expect(JSON.parse(ended.stderr.trimEnd().split("\n").at(-1) ?? "")).toMatchObject({
      error: { code: "HAYPILE_NOT_INDEXED", data: { root: scratch } },
    });
  });

  it("was looked at for every command", () => {
    const all = Object.keys(schema.properties);
    expect(all.length).toBeGreaterThan(40);
    expect(all.filter((command) => !seen.has(command))).toEqual(Object.keys(notRun));
    // The check is able to fail.
    const validate = ajv.compile({ ...schema.properties.stop, $defs: schema.$defs });
    expect(validate({ stopped: null, byForce: false, more: 1 })).toBe(false);
  });
});
