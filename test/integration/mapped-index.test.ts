/*
 * storage.mmap: a process that is asked to maps the file, and the daemon never does, since a mapped file that another
 * program cuts short ends the process by SIGBUS (decision 0208). Which files are mapped is asked of the system.
 */
import {
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  statSync,
  truncateSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it, vi } from "vitest";
import { openDatabase } from "../../src/storage/sqlite/file/open.ts";
import { type CliOptions, cli, type Ended } from "../helpers/cli.ts";
import { writeTree } from "../helpers/temp-tree.ts";

// On a machine where other work runs, processes take their time.
vi.setConfig({ testTimeout: 300_000, hookTimeout: 300_000 });

const hasMaps = existsSync("/proc/self/maps");
const scratch = realpathSync(mkdtempSync(join(tmpdir(), "haypile-mapped-")));
const tree = join(scratch, "tree");
const data = join(scratch, "data");
const options: CliOptions = {
  data,
  env: { HAYPILE_MMAP: "64MB", HAYPILE_WATCH: "off", HAYPILE_PAGE_PORT: "0" },
};
const run = async (...args: string[]): Promise<Ended> => await cli(args, options);
const daemonPid = async (): Promise<number> => {
  const { code, stdout, stderr } = await run("status", "--daemon", "--json");
  expect(code, stderr).toBe(0);
  return (JSON.parse(stdout) as { pid: number }).pid;
};
/** Databases that a process has mapped; the index of the log is one of SQLite's own, beside it. */
const mappedBy = (pid: number | "self"): string[] => [
  ...new Set(readFileSync(`/proc/${pid}/maps`, "utf8").match(/\S+\.db$/gm)),
];
/** The largest database below the data folder: that of the index. */
const database = (): string =>
  readdirSync(data, { recursive: true, encoding: "utf8" })
    .filter((one) => one.endsWith(".db"))
    .map((one) => join(data, one))
    .sort((a, b) => statSync(b).size - statSync(a).size)[0] as string;

beforeAll(() => {
  const functions = Array.from({ length: 400 }, (_, at) => `export function made${at}() {}\n`);
  writeTree(
    tree,
    Object.fromEntries(
      Array.from({ length: 20 }, (_, at) => [
        `src/file${at}.ts`,
        functions.slice(20 * at, 20 * at + 20).join("\n"),
      ]),
    ),
  );
});

afterAll(async () => {
  await run("stop", "--force");
  rmSync(scratch, { recursive: true, force: true });
});

it("maps the file where a process of its own is asked to", () => {
  const path = join(scratch, "own.db");
  const { db } = openDatabase({ path, cacheBytes: 1e6, readonly: false, mmapBytes: 64e6 });
  db.pragma("wal_checkpoint(TRUNCATE)");
  db.prepare("SELECT count(*) FROM sqlite_schema").get();
  if (hasMaps) expect(mappedBy("self")).toContain(path);
  expect(db.pragma("mmap_size", { simple: true })).toBe(64_000_000);
  db.close();
});

it("is not used in the daemon, which says so and lives on when the file is cut short", async () => {
  const started = await run("start");
  expect(started.code, started.stderr).toBe(0);
  const pid = await daemonPid();
  const indexed = await run("index", tree, "--fill-in", "off");
  expect(indexed.code, indexed.stderr).toBe(0);
  const found = await run("symbol", "made7", "--path", tree);
  expect(found.stdout).toContain("made7");
  // The daemon has the index open, and has not mapped it.
  if (hasMaps) {
    expect(readFileSync(`/proc/${pid}/maps`, "utf8")).toContain(`${database()}-shm`);
    expect(mappedBy(pid)).toEqual([]);
  }
  expect((await run("logs")).stdout).toContain("storage.mmap is not used in the daemon");

  truncateSync(database(), Math.floor(statSync(database()).size / 3));
  for (const name of ["made1", "made130", "made270", "made399"]) {
    const asked = await run("symbol", name, "--path", tree, "--json");
    expect(asked.signal).toBe(null);
  }
  expect(await daemonPid()).toBe(pid);
});
