/*
 * The receipt of memory in real states, each in a process of its own, so that what the test runner
 * holds is not in it: nothing loaded, the model loaded, after indexing.
 */
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { FootprintReport } from "../../src/index.ts";
import { repository } from "../helpers/model.ts";
import { writePackedModel } from "../helpers/packed-model.ts";
import { writeTree } from "../helpers/temp-tree.ts";

const scratch = mkdtempSync(join(tmpdir(), "haypile-receipt-"));

const stepOf = (i: number): string =>
  `/** Step ${i} of a plan. */\nexport function step${i}(input: number): number {\n  return input * ${i};\n}\n`;
const isLinux = process.platform === "linux";

beforeAll(() => {
  const files: Record<string, string> = {};
  for (let i = 0; i < 30; i += 1) files[`code/step${i}.ts`] = stepOf(i);
  writeTree(join(scratch, "tree"), files);
  for (let i = 30; i < 700; i += 1) files[`code/step${i}.ts`] = stepOf(i);
  writeTree(join(scratch, "large"), files);
});

afterAll(() => rmSync(scratch, { recursive: true, force: true }));

/** Runs a state and reads its receipts, one a line. */
async function receipts(
  state: string,
  tree = "tree",
  variables: Record<string, string> = {},
): Promise<FootprintReport[]> {
  const child = spawn(
    process.execPath,
    [
      join(repository, "test", "helpers", "footprint-states.ts"),
      state,
      join(scratch, tree),
      join(scratch, `${state}.db`),
    ],
    { stdio: ["ignore", "pipe", "pipe"], env: { ...process.env, ...variables } },
  );
  let out = "";
  let errors = "";
  child.stdout.on("data", (data) => {
    out += data;
  });
  child.stderr.on("data", (data) => {
    errors += data;
  });
  const code = await new Promise((done) => child.on("close", done));
  expect([code, errors]).toEqual([0, ""]);
  return out
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as FootprintReport);
}

function check(memory: FootprintReport): void {
  const sum = memory.owners.reduce((total, { bytes }) => total + bytes, 0);
  expect(sum).toBe(memory.totalBytes);
  // Two readings of a living process: the mappings, then the kernel's counter.
  expect(Math.abs(memory.totalBytes - memory.process.rssBytes)).toBeLessThan(
    0.1 * memory.process.rssBytes,
  );
  expect(memory.unaccountedBytes).toBeLessThan(0.1 * memory.process.rssBytes);
  expect(memory.efficiency.score).toBeGreaterThan(30);
  expect(memory.efficiency.score).toBeLessThanOrEqual(100);
  expect(memory.peak.bytes).toBeGreaterThanOrEqual(0.9 * memory.process.rssBytes);
}

const bytesOf = (memory: FootprintReport, name: string): number =>
  memory.owners.find(({ owner }) => owner === name)?.bytes ?? 0;

describe.runIf(isLinux)("the receipt of memory", () => {
  it("explains a process with nothing loaded", async () => {
    const [cold] = await receipts("cold");
    check(cold as FootprintReport);
    expect(bytesOf(cold as FootprintReport, "JavaScript heap")).toBeGreaterThan(3e6);
    expect(bytesOf(cold as FootprintReport, "Node")).toBeGreaterThan(10e6);
    expect(cold?.owners.some(({ owner }) => owner.startsWith("model "))).toBe(false);
    expect(cold?.events).toEqual([]);
    // Nothing is indexed, no memory was asked for, and nobody else shares the process.
    expect(cold).not.toHaveProperty("perFile");
    expect(cold).not.toHaveProperty("perMemory");
    expect(cold).not.toHaveProperty("perClient");
    expect(cold?.virtualBytes).toBeGreaterThan(cold?.totalBytes ?? Number.NaN);
  });

  it("explains a loaded model, and what the model takes", async () => {
    const [before, loaded, closed] = await receipts("model", "tree", {
      HAYPILE_MODEL_ENGINE: "onnx",
    });
    for (const memory of [before, loaded]) check(memory as FootprintReport);
    const model = "model all-minilm-l6-v2";
    expect(bytesOf(loaded as FootprintReport, model)).toBeGreaterThan(0);
    expect(bytesOf(loaded as FootprintReport, `weights of ${model}`)).toBeGreaterThan(5e6);
    expect(bytesOf(loaded as FootprintReport, "ONNX Runtime")).toBeGreaterThan(5e6);
    expect(loaded?.events).toMatchObject([
      { owner: model, what: "loaded", why: "it was asked for by name" },
    ]);
    expect(loaded?.peak.bytes).toBeGreaterThan(before?.peak.bytes ?? Number.NaN);
    expect(loaded?.advice.map(({ option }) => option)).toContain("--model static (in a new index)");
    expect(closed?.owners.some(({ owner }) => owner === model)).toBe(false);
    expect(closed?.events).toMatchObject([{ owner: model, what: "freed", why: "it was closed" }]);
  });

  it("explains packed weights: pages of their file and working memory, no runtime", async () => {
    const folder = writePackedModel(join(scratch, "packed"), { layers: 6, heads: 6, inner: 768 });
    const [before, loaded, closed] = await receipts("model", "tree", { HAYPILE_MODEL_DIR: folder });
    for (const memory of [before, loaded]) check(memory as FootprintReport);
    const weights = "weights of model tiny-packed";
    expect(bytesOf(loaded as FootprintReport, weights)).toBeGreaterThan(1e6);
    expect(bytesOf(loaded as FootprintReport, "ONNX Runtime")).toBe(0);
    expect(bytesOf(loaded as FootprintReport, "ONNX Runtime's tables")).toBe(0);
    expect(loaded?.process.runtimePeakBytes).toBeGreaterThan(50_000);
    expect(closed?.process.runtimeBytes).toBe(0);
    expect(bytesOf(closed as FootprintReport, weights)).toBe(0);
  });

  it("explains a process that indexes and searches", async () => {
    const [during, after] = await receipts("index");
    for (const memory of [during, after]) check(memory as FootprintReport);
    // While it indexes, the parse process stands beside it with a size of its own.
    expect(during?.children).toMatchObject([{ owner: "parse process" }]);
    expect(during?.children[0]?.rssBytes).toBeGreaterThan(20e6);
    expect(after?.children).toEqual([]);
    const last = new Map(after?.events.map((event) => [event.owner, event.what]));
    expect(last.get("parse process")).toBe("freed");
    expect(last.get("database")).toBe("loaded");
    expect(bytesOf(after as FootprintReport, "SQLite")).toBeGreaterThan(0);
    const { perFile, systemShare, systemBytes, process: usage } = after as FootprintReport;
    const held = ["database cache", "vector bits", "lengths of chunks", "caches"];
    const heldBytes = held.reduce((sum, name) => sum + bytesOf(after as FootprintReport, name), 0);
    expect(perFile).toEqual({ count: 30, bytes: heldBytes, eachBytes: Math.round(heldBytes / 30) });
    expect(systemShare).toBeCloseTo(usage.rssBytes / systemBytes, 9);
    expect(after).not.toHaveProperty("perMemory");
  });

  it("explains the bits of a larger index, without ONNX Runtime", async () => {
    const [memory] = await receipts("static", "large");
    check(memory as FootprintReport);
    expect(bytesOf(memory as FootprintReport, "vector bits")).toBeGreaterThan(0);
    expect(bytesOf(memory as FootprintReport, "ONNX Runtime")).toBe(0);
    const last = memory?.events.find(({ owner }) => owner === "vector bits");
    expect(last).toMatchObject({ what: "loaded", why: "a search of 700 vectors" });
  });
});
