/* Memory that cannot be had, at every place of loading and running: a clean error, and the next call works. */
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { addonFolder, repository } from "../helpers/model.ts";
import { writePackedModel } from "../helpers/packed-model.ts";
import { writeTinyModel } from "../helpers/tiny-model.ts";

interface Row {
  every: number;
  at: number;
  loading: string;
  runs: string[];
  after: string;
  left: number;
}

describe("allocations that fail", () => {
  const scratch = mkdtempSync(join(tmpdir(), "haypile-failing-"));
  afterAll(() => rmSync(scratch, { recursive: true, force: true }));

  // The runtime asks for memory a thousand times, a run of packed weights once for each worker.
  test.each([
    ["ONNX Runtime", writeTinyModel(join(scratch, "onnx")), "8", 6],
    ["packed weights", writePackedModel(join(scratch, "packed")), "64", 2],
  ] as const)(
    "of %s end in HAYPILE_OUT_OF_MEMORY; the next call works and nothing is left on the ledger",
    (_who, model, dimensions, least) => {
      const script = join(repository, "test", "helpers", "failing-allocations.ts");
      const args = ["--no-warnings", script, model, dimensions];
      const run = spawnSync(
        process.execPath,
        addonFolder === undefined ? args : [...args, addonFolder],
        {
          encoding: "utf8",
          env: { ...process.env, HAYPILE_FAULTS: "1" },
        },
      );
      expect(run.stderr).toBe("");
      const rows = JSON.parse(run.stdout) as Row[];
      expect(rows.length).toBe(5);
      let failures = 0;
      for (const { loading, runs, after, left } of rows) {
        for (const code of [loading, ...runs]) {
          expect(["", "HAYPILE_OUT_OF_MEMORY"]).toContain(code);
          if (code !== "") failures += 1;
        }
        expect(after).toBe("");
        expect(left).toBe(0);
      }
      expect(failures).toBeGreaterThanOrEqual(least);
    },
    60_000,
  );

  test("the hook is not there in a process that was not started for it", () => {
    const load = join(repository, "src", "native", "load.ts");
    const code = `import(${JSON.stringify(load)}).then(({ loadBinding }) => console.log(typeof loadBinding(${JSON.stringify(addonFolder)}).failAllocations))`;
    const run = spawnSync(process.execPath, ["--no-warnings", "-e", code], { encoding: "utf8" });
    expect(run.stdout.trim()).toBe("undefined");
  });
});
