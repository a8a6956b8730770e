/*
 * Groups whose limit of memory the kernel enforces: who is above it for a moment is ended. An index run with vectors of
 * about 400 files in the smallest, and of a quarter of them in those that leave more; a daemon with five searches at once
 * beside it. HAYPILE_KERNEL_LIMIT=all gives each the 400.
 */
import { cpSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, relative } from "node:path";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import "../helpers/as-installed.ts";
import { cli } from "../helpers/cli.ts";
import { countFiles, MemoryGroup, whyNoGroup } from "../helpers/memory-group.ts";
import { repository } from "../helpers/model.ts";

vi.setConfig({ testTimeout: 900_000, hookTimeout: 60_000 });

const why = process.platform === "linux" ? whyNoGroup() : "only Linux has control groups";
const mib = 1024 * 1024;
const mostFiles = 404;
const fewerFiles = process.env.HAYPILE_KERNEL_LIMIT === "all" ? mostFiles : 101;

const scratch = mkdtempSync(join(tmpdir(), "haypile-kernel-limit-"));
const tree = join(scratch, "tree");
/** Every n-th file of it. */
const smaller = join(scratch, "smaller");
const indexed = join(scratch, "data-192");

beforeAll(() => {
  if (why !== undefined) return;
  const sources = join(repository, "src");
  const files = readdirSync(sources, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => join(parentPath, name))
    .sort();
  for (const [i, file] of files.slice(-mostFiles).entries()) {
    for (const root of i % (mostFiles / fewerFiles) === 0 ? [tree, smaller] : [tree]) {
      const to = join(root, relative(sources, file));
      cpSync(file, to, { recursive: true });
      expect(dirname(to).startsWith(root)).toBe(true);
    }
  }
});

afterAll(() => rmSync(scratch, { recursive: true, force: true }));

describe.skipIf(why !== undefined)(
  `under the kernel's limit (${why ?? "there is one here"})`,
  () => {
    it.each([
      [512, smaller, 250],
      [256, smaller, 250],
      [192, tree, 1_000],
    ])("%i MiB: an index run ends well", async (size, folder, pieces) => {
      using group = new MemoryGroup(`haypile-index-${size}`, size * mib);
      const data = join(scratch, `data-${size}`);
      const { code, stdout, stderr } = await cli(["index", folder, "--json"], {
        data,
        before: group.before,
        // Vectors of its own: none come from the cache of another run.
        env: { HAYPILE_CACHE_DIR: join(data, "cache") },
        limitMs: 800_000,
      });
      const peak = `peak ${(group.peakBytes / 1e6).toFixed(0)} MB`;
      process.stderr.write(`kernel-limit: index in ${size} MiB, ${peak}\n`);
      expect(code, `${peak}\n${stderr}`).toBe(0);
      expect(group.kills, peak).toBe(0);
      const report = JSON.parse(stdout);
      expect(report.files.new).toBe(countFiles(folder));
      expect(report.chunks.embedded).toBeGreaterThan(pieces);
    });

    it.each([256, 192])("%i MiB: a daemon and five searches at once beside it", async (size) => {
      using group = new MemoryGroup(`haypile-daemon-${size}`, size * mib);
      const run = (...args: string[]) => cli(args, { data: indexed, before: group.before });
      const started = await run("start");
      expect(started.code, started.stderr).toBe(0);
      const questions = [
        "retry delay",
        "limit of memory",
        "open a database",
        "parse a file",
        "idle",
      ];
      for (let round = 0; round < 3; round += 1) {
        const ended = await Promise.all(questions.map((one) => run("search", one, "--path", tree)));
        expect(ended.map(({ code }) => code)).toEqual(questions.map(() => 0));
      }
      const { stdout } = await run("status", "--daemon", "--json");
      const { rssBytes, pid } = JSON.parse(stdout);
      process.stderr.write(
        `kernel-limit: daemon in ${size} MiB, ${(rssBytes / 1e6).toFixed(0)} MB resident, group's peak ${(group.peakBytes / 1e6).toFixed(0)} MB\n`,
      );
      expect(pid).toBeGreaterThan(0);
      const stopped = await run("stop");
      expect(stopped.code, stopped.stderr).toBe(0);
      expect(group.kills).toBe(0);
    });
  },
);
