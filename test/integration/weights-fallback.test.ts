/* The same model with whole and with 8-bit weights, under limits: which are used, and what an index is bound to. */
import { copyFileSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { cli } from "../helpers/cli.ts";
import { sanitized } from "../helpers/model.ts";
import { writeTinyModel } from "../helpers/tiny-model.ts";

let scratch: string;
let tree: string;
let model: string;
const between = "200MB";

beforeAll(() => {
  scratch = mkdtempSync(join(tmpdir(), "haypile-weights-"));
  tree = mkdtempSync(join(scratch, "tree-"));
  for (let i = 0; i < 4; i += 1) {
    writeFileSync(join(tree, `part${i}.py`), `def read_${i}(file):\n    return file.read(${i})\n`);
  }
  model = writeTinyModel(join(scratch, "tiny"), { weightsMegabytes: 110 });
  const small = writeTinyModel(join(scratch, "small"), { seed: 2 });
  copyFileSync(join(small, "model.onnx"), join(model, "model_quantized.onnx"));
});

afterAll(() => rmSync(scratch, { recursive: true, force: true }));

function run(command: string[], name: string, limit?: string) {
  const [verb = "", ...rest] = command;
  const place = ["--db", join(scratch, `${name}.db`), "--model-dir", model, "--json"];
  const bound = limit === undefined ? [] : ["--max-memory", limit];
  const where = verb === "index" ? [tree] : [...rest, "--path", tree];
  const env = { HAYPILE_LOG: "info" };
  return cli([verb, ...where, ...place, ...bound], { data: scratch, env });
}

describe.skipIf(sanitized || process.platform !== "linux")("weights", () => {
  test("whole ones that do not fit: the 8-bit ones are used, it is said, and the index keeps them", async () => {
    const index = await run(["index"], "small", between);
    expect(index.code, index.stderr).toBe(0);
    expect(JSON.parse(index.stdout).chunks.embedded).toBeGreaterThan(0);
    const said = index.stderr.match(/fp32 weights need a limit of \d+ MB; its int8 weights/g);
    expect(said).toHaveLength(1);
    const search = await run(["search", "read a file"], "small");
    expect(search.code, search.stderr).toBe(0);
    expect(search.stderr).toContain("the vectors of the index are of its int8 weights");
    expect(JSON.parse(search.stdout).hits.length).toBeGreaterThan(0);
  });

  test("an index of the whole ones is not searched with the others: refused with what to do", async () => {
    const index = await run(["index"], "whole");
    expect(index.code, index.stderr).toBe(0);
    expect(index.stderr).not.toContain("int8");
    const search = await run(["search", "read a file"], "whole", between);
    expect(search.code, search.stderr).toBe(7);
    const { error } = JSON.parse(search.stderr.trim().split("\n").at(-1) as string);
    expect(error.code).toBe("HAYPILE_MEMORY_LIMIT");
    expect(error.message).toContain("index into another file with --db");
    const enough = /--max-memory (\d+MB)/.exec(error.message)?.[1];
    const again = await run(["search", "read a file"], "whole", enough);
    expect(again.code, again.stderr).toBe(0);
    expect(again.stderr).not.toContain("int8");
  });

  test("a limit too low for both names the smallest for the 8-bit ones", async () => {
    const index = await run(["index"], "none", "60MB");
    expect(index.code).toBe(7);
    const smallest = Number(/--max-memory (\d+)MB/.exec(index.stderr)?.[1]);
    expect(smallest).toBeLessThan(Number.parseInt(between, 10));
  });
});
