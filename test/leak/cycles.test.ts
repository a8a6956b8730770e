/*
 * Opening and closing must not grow the process: 1,000 cycles of a small model, in a child so that
 * the test runner's own memory is out of it. The bound is on the growth after the first 200 cycles.
 */
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import "../helpers/as-installed.ts";
import { writeTinyModel } from "../helpers/tiny-model.ts";

const child = join(import.meta.dirname, "..", "helpers", "cycle-tiny.ts");
const cycles = 1000;
const boundMegabytes = 6;
let scratch: string;

beforeAll(() => {
  scratch = mkdtempSync(join(tmpdir(), "haypile-leak-"));
});

afterAll(() => {
  rmSync(scratch, { recursive: true, force: true });
});

describe("1,000 open and close cycles", () => {
  it.each([
    ["from the model file", ""],
    ["from the graph cache", "cache"],
  ])("%s keep resident memory within a bound", { timeout: 300_000 }, (_, cache) => {
    const model = writeTinyModel(join(scratch, "model"), { weightsMegabytes: 2 });
    const run = spawnSync(
      process.execPath,
      ["--expose-gc", child, model, cache === "" ? "" : join(scratch, cache), String(cycles)],
      { encoding: "utf8", env: { ...process.env, NODE_NO_WARNINGS: "1" } },
    );
    expect(run.status, run.stderr).toBe(0);
    const { rss, ledger } = JSON.parse(run.stdout) as { rss: number[]; ledger: number[] };
    expect(rss.length).toBe(10);
    const settled = rss[1] as number;
    const last = rss.at(-1) as number;
    expect(
      (last - settled) / 1e6,
      `RSS in MB: ${rss.map((one) => Math.round(one / 1e6))}`,
    ).toBeLessThan(boundMegabytes);
    // What the runtime's allocator hands out comes back to the byte.
    expect(new Set(ledger).size, `${ledger}`).toBe(1);
  });
});
