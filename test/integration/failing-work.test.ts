/* Whatever is thrown on a native thread refuses the call it worked on, and nothing else. */
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { addonFolder, repository } from "../helpers/model.ts";
import { writePackedModel } from "../helpers/packed-model.ts";
import { writeTinyModel } from "../helpers/tiny-model.ts";

interface Row {
  what: "load" | "embed" | "count";
  kind: number;
  at: number;
  outcome: string;
  after: string;
}

const folder = mkdtempSync(join(tmpdir(), "haypile-failing-work-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test.each([
  ["ONNX Runtime", () => writeTinyModel(join(folder, "tiny")), "8"],
  ["packed weights", () => writePackedModel(join(folder, "packed")), "64"],
] as const)(
  "an exception on a worker of %s ends its job with a code, and the next job gives what it always gave",
  (_who, write, dimensions) => {
    const script = join(repository, "test", "helpers", "failing-work.ts");
    const args = ["--no-warnings", script, write(), dimensions];
    const run = spawnSync(
      process.execPath,
      addonFolder === undefined ? args : [...args, addonFolder],
      { encoding: "utf8", env: { ...process.env, HAYPILE_FAULTS: "1" } },
    );
    expect(run.stderr).toBe("");
    expect(run.signal).toBe(null);
    const rows = JSON.parse(run.stdout) as Row[];
    expect(rows).toHaveLength(3 * (5 + 8 + 1));
    for (const { kind, outcome, after } of rows) {
      expect(["", kind === 3 ? "HAYPILE_OUT_OF_MEMORY" : "HAYPILE_INTERNAL"]).toContain(outcome);
      expect(after).toBe("");
    }
    const failed = (what: Row["what"]) =>
      rows.filter((row) => row.what === what && row.outcome !== "").length;
    // The load and its three workers; three slices, their plan and its runs, with those of the other job; the count.
    expect(failed("load")).toBe(3 * 4);
    expect(failed("embed")).toBe(3 * 8);
    expect(failed("count")).toBe(3);
  },
  120_000,
);
