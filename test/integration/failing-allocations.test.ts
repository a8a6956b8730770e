/* Memory that cannot be had, at every place of loading and running: a clean error, and the next call works. */
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { addonFolder, repository } from "../helpers/model.ts";

interface Row {
  every: number;
  at: number;
  loading: string;
  runs: string[];
  after: string;
  left: number;
}

describe("allocations that fail", () => {
  test("end in HAYPILE_OUT_OF_MEMORY; the next call works and nothing is left on the ledger", () => {
    const script = join(repository, "test", "helpers", "failing-allocations.ts");
    const model = join(repository, "models", "all-minilm-l6-v2");
    const args = ["--no-warnings", script, model, "384"];
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
    expect(failures).toBeGreaterThan(rows.length);
  }, 60_000);

  test("the hook is not there in a process that was not started for it", () => {
    const load = join(repository, "src", "native", "load.ts");
    const code = `import(${JSON.stringify(load)}).then(({ loadBinding }) => console.log(typeof loadBinding(${JSON.stringify(addonFolder)}).failAllocations))`;
    const run = spawnSync(process.execPath, ["--no-warnings", "-e", code], { encoding: "utf8" });
    expect(run.stdout.trim()).toBe("undefined");
  });
});
