/*
 * Issue 11: on a damaged index a search failed, close() came, and the rejection of the query's vector, which nobody
 * waited for any more, ended the caller's process. The kind: a promise without an owner. One call after the other
 * fails, of SQLite, of the model and of the file system, while something is done; see test/helpers/inject-faults.ts.
 * HAYPILE_EVERY_FAULT=1 lets each single call fail.
 */
import { spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { repository } from "../helpers/model.ts";
import { writeTinyModel } from "../helpers/tiny-model.ts";

const amount = process.env.HAYPILE_EVERY_FAULT === "1" ? "all" : "some";
let scratch: string;
let model: string;

beforeAll(() => {
  scratch = mkdtempSync(join(tmpdir(), "haypile-faults-"));
  mkdirSync(join(scratch, "tree"));
  for (let i = 0; i < 12; i += 1) {
    writeFileSync(
      join(scratch, "tree", `m${i}.py`),
      `import os\n\ndef read_${i}(path):\n    return open(path).read()\n\n\ndef write_${i}(path):\n    return read_${i}(path)\n`,
    );
  }
  writeFileSync(join(scratch, "tree", "README.md"), "# Read\n\nWrite the file, read the index.\n");
  model = writeTinyModel(join(scratch, "model"));
});

afterAll(() => rmSync(scratch, { recursive: true, force: true }));

const scenarios = [
  "index",
  "search",
  "fill-in",
  "deadline",
  "symbols",
  "left",
  "remember",
  "recall",
  "daemon",
];
const kinds = ["statements", "model", "files"];

describe("a call that fails", () => {
  it.each(scenarios.flatMap((scenario) => kinds.map((kind) => [scenario, kind] as const)))(
    "in %s, of %s, is told by its code; nothing is left to nobody, and close() works",
    async (scenario, kind) => {
      const { tried, wrong } = await run(scenario, kind);
      expect(wrong).toEqual([]);
      if (kind === "statements") expect(tried).toBeGreaterThan(20);
    },
    1_800_000,
  );
});

function run(scenario: string, kind: string): Promise<{ tried: number; wrong: string[] }> {
  const script = join(repository, "test", "helpers", "inject-faults.ts");
  const child = spawn(
    process.execPath,
    ["--no-warnings", script, scenario, kind, scratch, model, amount],
    {
      stdio: ["ignore", "pipe", "pipe"],
      env: {
        ...process.env,
        HAYPILE_DATA_DIR: join(scratch, "data"),
        HAYPILE_CACHE_DIR: join(scratch, "cache"),
        HAYPILE_CONFIG_DIR: join(scratch, "config"),
      },
    },
  );
  let stdout = "";
  let stderr = "";
  child.stdout.on("data", (data) => {
    stdout += data;
  });
  child.stderr.on("data", (data) => {
    stderr += data;
  });
  return new Promise((resolve, reject) => {
    child.on("close", (code, signal) => {
      const line = stdout.split("\n").find((one) => one.startsWith("{"));
      if (code === 0 && line !== undefined) resolve(JSON.parse(line));
      else reject(new Error(`ended with ${signal ?? code}: ${stderr.slice(-4000)}`));
    });
  });
}
