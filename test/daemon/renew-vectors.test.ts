/*
 * After an upgrade whose model makes another format: a real daemon answers at once, says that the vectors are being
 * renewed, and renews them by itself. A command without a daemon says what to do, and does it when told.
 */
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import Database from "better-sqlite3";
import { afterEach, beforeEach, expect, it } from "vitest";
import { bin, cli, graphs } from "../helpers/cli.ts";
import { repository } from "../helpers/model.ts";
import { until } from "./helpers.ts";

/** The format that the packaged model makes. */
const packaged: string = JSON.parse(
  readFileSync(join(repository, "models", "all-minilm-l6-v2", "model.json"), "utf8"),
).vectors;

let data: string;
let tree: string;

beforeEach(async () => {
  data = mkdtempSync(join(tmpdir(), "haypile-renew-"));
  tree = join(data, "tree");
  mkdirSync(tree);
  for (let i = 0; i < 60; i += 1) {
    const text = `def read_part_${i}(file):\n    return file.read(${i})\n`;
    writeFileSync(join(tree, `part${i}.py`), text);
  }
  const made = await run(["index", tree, "--here"]);
  expect(made.code, made.stderr).toBe(0);
  // As an older version left it.
  withIndex((db) => {
    const claim = { id: "all-minilm-l6-v2", dimensions: 384, vectors: "older" };
    const sql = "UPDATE meta SET value = ? WHERE key = 'store.model'";
    db.prepare(sql).run(JSON.stringify(claim));
  });
}, 60_000);

afterEach(() => {
  spawnSync(process.execPath, [bin, "stop"], { env: variables(), stdio: "ignore" });
  rmSync(data, { recursive: true, force: true });
});

function variables(): NodeJS.ProcessEnv {
  return {
    ...process.env,
    NO_COLOR: "1",
    HAYPILE_DATA_DIR: data,
    HAYPILE_CACHE_DIR: graphs,
    HAYPILE_CONFIG_DIR: join(data, "config"),
    XDG_RUNTIME_DIR: "",
    HAYPILE_NO_EMBEDDING_CACHE: undefined,
  };
}

function run(args: string[]) {
  return cli(args, { data, env: { XDG_RUNTIME_DIR: "" } });
}

function withIndex<T>(work: (db: Database.Database) => T): T {
  const folder = join(data, "indexes");
  const [file = ""] = readdirSync(folder).filter((name) => name.endsWith(".db"));
  const db = new Database(join(folder, file));
  try {
    return work(db);
  } finally {
    db.close();
  }
}

function format(): string {
  const sql = "SELECT value FROM meta WHERE key = 'store.model'";
  return JSON.parse(withIndex((db) => db.prepare(sql).pluck().get() as string)).vectors;
}

it("a daemon renews by itself, and every search is answered meanwhile", async () => {
  expect((await run(["start"])).code).toBe(0);
  const search = async () => {
    const ended = await run(["search", "read the part of a file", "--path", tree, "--json"]);
    expect(ended.code, ended.stderr).toBe(0);
    return JSON.parse(ended.stdout) as { hits: unknown[]; cut: string[]; isStatic: boolean };
  };
  const first = await search();
  expect(first.hits.length).toBeGreaterThan(0);
  expect(first.isStatic).toBe(true);
  expect(first.cut.join()).toMatch(/older format older|being renewed/);
  await until(() => format() === packaged);
  const last = await search();
  expect([last.isStatic, last.cut]).toEqual([false, []]);
}, 120_000);

it("without a daemon a search, status and doctor say it, and migrate-model does it", async () => {
  const place = ["--path", tree, "--here"];
  const found = await run(["search", "read the part of a file", ...place]);
  expect(found.code, found.stderr).toBe(0);
  expect(found.stderr).toContain('"haypile index" or "haypile migrate-model" makes them anew');
  expect(format()).toBe("older");
  expect((await run(["status", ...place])).stdout).toMatch(
    /format older[\s\S]*of the older format/,
  );
  const { stdout } = await run(["doctor"]);
  expect(stdout).toMatch(/vectors of .*in the format older/);
  const told = await run(["migrate-model", ...place, "--json", "--progress"]);
  expect(told.code, told.stderr).toBe(0);
  const lines = told.stdout
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line));
  expect(lines[0]).toMatchObject({ done: 0, servedBy: "words" });
  expect(lines.at(-1)).toMatchObject({ state: "done", to: { vectors: packaged } });
  expect(format()).toBe(packaged);
  expect((await run(["migrate-model", ...place])).stdout).toContain("Nothing to do");
  expect((await run(["migrate-model", ...place, "--cancel"])).stdout).toContain(
    "Nothing was cancelled",
  );
}, 120_000);
