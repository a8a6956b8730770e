/*
 * Groups whose limit of memory the kernel enforces: who is above it for a moment is ended. An index run of about 400
 * files with vectors, and a daemon with five searches at once beside it.
 */
import { cpSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, relative } from "node:path";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { cli } from "../helpers/cli.ts";
import { countFiles, MemoryGroup, whyNoGroup } from "../helpers/memory-group.ts";
import { repository } from "../helpers/model.ts";

vi.setConfig({ testTimeout: 900_000, hookTimeout: 60_000 });

const why = process.platform === "linux" ? whyNoGroup() : "only Linux has control groups";
const mib = 1024 * 1024;
const mostFiles = 404;

const scratch = mkdtempSync(join(tmpdir(), "haypile-kernel-limit-"));
const tree = join(scratch, "tree");
const indexed = join(scratch, "data-192");

beforeAll(() => {
  if (why !== undefined) return;
  const sources = join(repository, "src");
  const files = readdirSync(sources, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => join(parentPath, name))
    .sort();
  for (const file of files.slice(-mostFiles)) {
    const to = join(tree, relative(sources, file));
    cpSync(file, to, { recursive: true });
    expect(dirname(to).startsWith(tree)).toBe(true);
  }
});

afterAll(() => rmSync(scratch, { recursive: true, force: true }));

describe.skipIf(why !== undefined)(
  `under the kernel's limit (${why ?? "there is one here"})`,
  () => {
    it.each([512, 256, 192])("%i MiB: an index run ends well", async (size) => {
      using group = new MemoryGroup(`haypile-index-${size}`, size * mib);
      const data = join(scratch, `data-${size}`);
      const { code, stdout, stderr } = await cli(["index", tree, "--json"], {
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
      expect(report.files.new).toBe(countFiles(tree));
      expect(report.chunks.embedded).toBeGreaterThan(1_000);
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
