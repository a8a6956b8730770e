/*
 * Issue 11 (security): a graph cache that was cut short while a daemon had it mapped killed it by SIGBUS. The kind:
 * a mapped file that others can reach. Each case is a process of its own, since a failure would end it.
 */
import { spawn } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { readTokenizer } from "../../src/models/tokenizer-json.ts";
import { OnnxEmbedder } from "../../src/native/embedder.ts";
import { addonFolder, repository } from "../helpers/model.ts";
import { writeTinyModel } from "../helpers/tiny-model.ts";

let scratch: string;
let cache: string;
let model: string;

beforeEach(() => {
  scratch = mkdtempSync(join(tmpdir(), "haypile-mapped-"));
  cache = join(scratch, "cache");
  model = join(scratch, "model");
});

afterEach(() => {
  rmSync(scratch, { recursive: true, force: true });
});

describe("files that are mapped", () => {
  it.each(["cut", "zeros", "removed"])(
    "a graph of the cache is %s while it is in use",
    async (how) => {
      writeTinyModel(model, { weightsMegabytes: 6 });
      await sameVectorAfter("onnx", cache, how);
    },
  );

  it.each(["cut", "zeros"])("weights in a second file are %s, without the cache", async (how) => {
    writeTinyModel(model, { outerFile: "model.onnx_data", vocabulary: 20_000 });
    await sameVectorAfter("onnx", "", how);
  });

  it.each(["cut", "zeros"])("the table of a static model is %s", async (how) => {
    mkdirSync(cache);
    cpSync(join(repository, "models", "static-code-256"), model, { recursive: true });
    await sameVectorAfter("static", cache, how);
    // Without a place for a copy the table is read into memory.
    rmSync(model, { recursive: true });
    cpSync(join(repository, "models", "static-code-256"), model, { recursive: true });
    await sameVectorAfter("static", "", how);
  });

  it("leaves no copy behind", async () => {
    writeTinyModel(model, { weightsMegabytes: 6 });
    await run("onnx", cache, "none");
    expect(readdirSync(cache).filter((name) => name.startsWith("live-"))).toEqual([]);
  });
});

describe("weights that give no numbers", () => {
  it("are an error of the model, and no vector", async () => {
    writeTinyModel(model, { isDamaged: true });
    const embedder = await OnnxEmbedder.load({
      modelId: "damaged",
      modelPath: join(model, "model.onnx"),
      tokenizer: await readTokenizer(join(model, "tokenizer.json")),
      dimensions: 8,
      maxTokens: 64,
      ...(addonFolder !== undefined && { addonFolder }),
    });
    await expect(embedder.embed(["read the file", "write"])).rejects.toMatchObject({
      code: "HAYPILE_MODEL_INVALID",
      message: expect.stringContaining("no number"),
    });
    await embedder.close();
  });
});

async function sameVectorAfter(kind: string, cacheFolder: string, how: string): Promise<void> {
  const whole = await run(kind, cacheFolder, "none");
  const after = await run(kind, cacheFolder, how);
  expect(after.damaged).toBeGreaterThan(1);
  expect(after.vector).toEqual(whole.vector);
  expect(after.vector.some((value) => value !== 0)).toBe(true);
}

function run(
  kind: string,
  cacheFolder: string,
  how: string,
): Promise<{ damaged: number; vector: number[] }> {
  const script = join(repository, "test", "helpers", "damage-mapped.ts");
  const args = ["--no-warnings", script, kind, model, cacheFolder, how, addonFolder ?? ""];
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "pipe"] });
    let stdout = "";
    let stderr = "";
    child.stdout.on("data", (data) => {
      stdout += data;
    });
    child.stderr.on("data", (data) => {
      stderr += data;
    });
    child.on("close", (code, signal) => {
      if (code === 0) resolve(JSON.parse(stdout));
      else reject(new Error(`ended with ${signal ?? code}: ${stderr}`));
    });
  });
}
