/*
 * What a machine of 512 MB is asked to do, all under a limit of 192 MB: index, search, remember, recall, and the
 * daemon. HAYPILE_TEST_NODE names another Node, as one for arm64 that this machine runs by qemu.
 */
import { cpSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it, vi } from "vitest";
import "../helpers/as-installed.ts";
import { type CliOptions, cli, type Ended } from "../helpers/cli.ts";
import { countFiles } from "../helpers/memory-group.ts";
import { repository } from "../helpers/model.ts";

vi.setConfig({ testTimeout: 1_800_000 });

const limit = "192MB";
const limitBytes = 192_000_000;
const scratch = mkdtempSync(join(tmpdir(), "haypile-small-"));
const tree = join(scratch, "tree");
const options: CliOptions = {
  data: join(scratch, "data"),
  env: {
    HAYPILE_CACHE_DIR: join(scratch, "cache"),
    HAYPILE_MAX_MEMORY: limit,
    HAYPILE_TIER: "light",
    HAYPILE_DISK: "sd",
  },
  limitMs: 1_700_000,
  ...(process.env.HAYPILE_TEST_NODE && { node: process.env.HAYPILE_TEST_NODE }),
};

beforeAll(() => cpSync(join(repository, "src", "storage"), tree, { recursive: true }));

afterAll(() => rmSync(scratch, { recursive: true, force: true }));

async function run(...args: string[]): Promise<Ended> {
  const ended = await cli(args, options);
  expect(ended.code, `${args.join(" ")}\n${ended.stderr}`).toBe(0);
  return ended;
}

it("indexes and searches, and stays below the limit", async () => {
  const { stdout } = await run("index", tree, "--json");
  const report = JSON.parse(stdout);
  expect(report.files.new).toBe(countFiles(tree));
  expect(report.chunks.embedded).toBeGreaterThan(100);
  expect(report.memory.peakRssBytes).toBeLessThan(limitBytes);
  const found = await run("search", "put vectors into the database", "--path", tree, "--json");
  expect(JSON.parse(found.stdout).hits.length).toBeGreaterThan(0);
});

it("remembers and recalls", async () => {
  await run("remember", "The garage door opens at seven, by the relay on pin 17.");
  const { stdout } = await run("recall", "when does the door open");
  expect(stdout).toContain("relay on pin 17");
});

it("serves from a daemon, and stays below the limit", async () => {
  await run("start");
  await run("search", "put vectors into the database", "--path", tree);
  const { stdout } = await run("status", "--daemon", "--json");
  const { rssBytes } = JSON.parse(stdout);
  process.stderr.write(`small-machine: daemon ${(rssBytes / 1e6).toFixed(0)} MB resident\n`);
  expect(rssBytes).toBeLessThan(limitBytes);
  await run("stop");
});
