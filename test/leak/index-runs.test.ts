/*
 * A process that indexes again and again does not grow: a short form of bench/governor/slope.ts, in a child so that
 * the test runner's own memory is out of it. The bound is far above the measured slope, so that only a leak breaks it.
 */
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import "../helpers/as-installed.ts";
import { slopeOf } from "../../bench/governor/slope-of.ts";

const child = join(import.meta.dirname, "..", "helpers", "index-many.ts");
const entry = join(import.meta.dirname, "..", "..", "src", "index.ts");
const files = 24;
const runs = 10;
const boundMegabytes = 1.5;
let scratch: string;
let folder: string;

beforeEach(() => {
  scratch = mkdtempSync(join(tmpdir(), "haypile-slope-"));
  folder = join(scratch, "tree");
  mkdirSync(folder);
  for (let i = 0; i < files; i += 1) {
    const text =
      i % 2 === 0
        ? `def count_${i}(orders):\n    return len([one for one in orders if one.size < ${i}])\n`
        : `export function keep${i}(pages: number[]): number[] {\n  return pages.slice(0, ${i});\n}\n`;
    writeFileSync(join(folder, `file${i}.${i % 2 === 0 ? "py" : "ts"}`), text);
  }
});

afterEach(() => {
  rmSync(scratch, { recursive: true, force: true });
});

describe(`${runs} index runs in one process`, () => {
  it.each([
    ["anew", "0"],
    ["changed", "0"],
    ["changed", "256000000"],
  ])(
    "%s, under a limit of %s bytes, keep resident memory level",
    { timeout: 300_000 },
    (kind, limit) => {
      const run = spawnSync(
        process.execPath,
        [
          "--expose-gc",
          child,
          entry,
          folder,
          join(scratch, "data", "i.db"),
          kind,
          `${runs}`,
          limit,
        ],
        { encoding: "utf8", env: { ...process.env, NODE_NO_WARNINGS: "1" } },
      );
      expect(run.status, run.stderr).toBe(0);
      const result = JSON.parse(run.stdout) as { rss: number[]; files: number; chunks: number };
      expect(result.rss.length).toBe(runs);
      // Each run did its work: every file was read and given its vectors again.
      expect(result.files).toBe(files * runs);
      expect(result.chunks).toBeGreaterThanOrEqual(files * runs);
      const slope = slopeOf(result.rss.slice(2)) / 1e6;
      expect(
        slope,
        `RSS in MB: ${result.rss.map((one) => Math.round(one / 1e5) / 10)}`,
      ).toBeLessThan(boundMegabytes);
    },
  );
});
