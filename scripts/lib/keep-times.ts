/*
 * Writes test/times.json from build/vitest.json, which scripts/test leaves: files of tests that took at least so many
 * seconds, the longest first. Run after many tests have come or gone:
 *   node scripts/lib/keep-times.ts
 */
import { readFileSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";

interface Report {
  testResults: { name: string; startTime: number; endTime: number }[];
}

const leastSeconds = 8;
const root = join(import.meta.dirname, "..", "..");
const { testResults }: Report = JSON.parse(
  readFileSync(join(root, "build", "vitest.json"), "utf8"),
);
const took = testResults
  .map(({ name, startTime, endTime }): [string, number] => [
    relative(root, name),
    Math.round((endTime - startTime) / 1000),
  ])
  .filter(([, seconds]) => seconds >= leastSeconds)
  .sort(([a, x], [b, y]) => y - x || (a < b ? -1 : 1));
writeFileSync(
  join(root, "test", "times.json"),
  `${JSON.stringify(Object.fromEntries(took), undefined, 2)}\n`,
);
