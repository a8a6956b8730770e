/* The table beside the five systems: each kept figure says whose it is, where from, and by which bench; verdicts follow. */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { trials } from "../../../bench/brief/trials.ts";
import { tableOf } from "../../../scripts/lib/brief-page.ts";
import { repository } from "../../helpers/model.ts";

interface Kept {
  trial: string;
  what: string;
  of: string;
  theirs: string;
  source: string;
  ours: number;
  target?: { atMost?: number; atLeast?: number };
  isMet?: boolean;
  bench: string;
}
const rows = readFileSync(join(repository, "bench", "results", "brief.jsonl"), "utf8")
  .split("\n")
  .filter(Boolean)
  .map((line) => JSON.parse(line) as Kept);

it("has figures of every system that says some, each with source and bench", () => {
  expect(rows.length).toBeGreaterThan(20);
  for (const { trial, theirs, source, ours, bench } of rows) {
    expect(trials.map(({ name }) => name)).toContain(trial);
    expect(theirs).not.toBe("");
    expect(source).not.toBe("");
    expect(Number.isFinite(ours)).toBe(true);
    expect(existsSync(join(repository, bench.split(" ")[0] as string)), bench).toBe(true);
  }
});

it("calls a figure met only where it is within its target", () => {
  for (const { what, ours, target, isMet } of rows) {
    if (target === undefined) expect(isMet, what).toBe(undefined);
    else {
      const { atMost, atLeast } = target;
      expect(atMost === undefined, what).not.toBe(atLeast === undefined);
      expect(isMet, what).toBe(atMost === undefined ? ours >= (atLeast ?? 0) : ours <= atMost);
    }
  }
});

it("shows each figure once, bad ones too", () => {
  const [, , ...lines] = tableOf();
  expect(lines).toHaveLength(new Set(rows.map(({ what }) => what)).size);
  const last = new Map(rows.map((row) => [row.what, row]));
  for (const { what, isMet } of last.values()) {
    const line = lines.find((one) => one.includes(`| ${what} |`));
    expect(line?.includes("**missed**"), what).toBe(isMet === false);
  }
});
