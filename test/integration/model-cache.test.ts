/* The per-machine cache of optimised graphs: built once, used, rebuilt when damaged, never in the way. */
import { spawn } from "node:child_process";
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { readTokenizer } from "../../src/models/tokenizer-json.ts";
import { OnnxEmbedder } from "../../src/native/embedder.ts";
import type { SessionReport } from "../../src/ports/answers/index-facts.ts";
import { addonFolder } from "../helpers/model.ts";
import { writeTinyModel } from "../helpers/tiny-model.ts";

let scratch: string;
let cache: string;
let model: string;

beforeEach(() => {
  scratch = mkdtempSync(join(tmpdir(), "haypile-cache-"));
  cache = join(scratch, "cache");
  model = writeTinyModel(join(scratch, "model"), { weightsMegabytes: 3 });
});

afterEach(() => {
  chmodSync(scratch, 0o700);
  rmSync(scratch, { recursive: true, force: true });
});

async function request(folder = model, cacheFolder = cache) {
  return {
    modelId: "tiny",
    modelPath: join(folder, "model.onnx"),
    tokenizer: await readTokenizer(join(folder, "tokenizer.json")),
    dimensions: 8,
    maxTokens: 64,
    workers: 1,
    cacheFolder,
    ...(addonFolder !== undefined && { addonFolder }),
  };
}

async function load(
  folder = model,
  cacheFolder = cache,
): Promise<{ report: SessionReport; vector: number[] }> {
  const embedder = await OnnxEmbedder.load(await request(folder, cacheFolder));
  const vector = Array.from(await embedder.embed(["read the file"]));
  const report = embedder.report();
  await embedder.close();
  return { report, vector };
}

function entries(): string[] {
  return readdirSync(cache).filter((name) => !name.endsWith(".lock"));
}

function dataFile(): string {
  return join(cache, entries()[0] as string, "model.data");
}

describe("the graph cache", () => {
  it("is built at the first load and used at the second, with the same vectors", async () => {
    const first = await load();
    expect(first.report).toMatchObject({ loadedFrom: "built-cache", cacheNote: "" });
    const second = await load();
    expect(second.report).toMatchObject({ loadedFrom: "cache", cacheNote: "" });
    const plain = await load(model, "");
    expect(plain.report).toMatchObject({ loadedFrom: "plain", cacheNote: "turned off" });
    for (const [i, value] of plain.vector.entries()) {
      expect(first.vector[i]).toBeCloseTo(value, 5);
      expect(second.vector[i]).toBeCloseTo(value, 5);
    }
    expect(entries()).toHaveLength(1);
  });

  it("serves only what it has when asked for nothing else", async () => {
    expect(await OnnxEmbedder.loadCached(await request())).toBeUndefined();
    await load();
    const cached = await OnnxEmbedder.loadCached(await request());
    expect(cached?.report().loadedFrom).toBe("cache");
    await cached?.close();
  });

  it.each([
    ["cut short", (path: string) => truncateSync(path, 100_000)],
    [
      "changed in one byte",
      (path: string) => {
        const bytes = readFileSync(path);
        bytes[bytes.length >> 1] = (bytes[bytes.length >> 1] ?? 0) ^ 1;
        writeFileSync(path, bytes);
      },
    ],
    ["removed", (path: string) => rmSync(path)],
  ])("is rebuilt when its data is %s", async (_, damage) => {
    const { vector } = await load();
    damage(dataFile());
    const rebuilt = await load();
    expect(rebuilt.report.loadedFrom).toBe("built-cache");
    expect(rebuilt.report.cacheNote).toContain("damaged");
    expect(rebuilt.vector).toEqual(vector);
    expect((await load()).report.loadedFrom).toBe("cache");
  });

  it("has another entry for another model", async () => {
    await load();
    const other = writeTinyModel(join(scratch, "other"), { weightsMegabytes: 3, seed: 2 });
    expect((await load(other)).report.loadedFrom).toBe("built-cache");
    expect(entries()).toHaveLength(2);
    expect((await load()).report.loadedFrom).toBe("cache");
  });

  it("drops what is stale: other runtime versions after a day, half-built ones after an hour", async () => {
    mkdirSync(cache);
    const ages: [string, number][] = [
      ["0123456789abcdef-1.0.0-01234567", 2 * 24 * 3600],
      ["0123456789abcdef-1.0.1-01234567", 3600],
      ["building-1-2", 2 * 3600],
      ["building-3-4", 60],
      ["somebody-elses", 90 * 24 * 3600],
    ];
    for (const [name, age] of ages) {
      mkdirSync(join(cache, name));
      const then = Date.now() / 1000 - age;
      utimesSync(join(cache, name), then, then);
    }
    await load();
    const left = entries();
    expect(left).not.toContain("0123456789abcdef-1.0.0-01234567");
    expect(left).not.toContain("building-1-2");
    for (const kept of ["0123456789abcdef-1.0.1-01234567", "building-3-4", "somebody-elses"]) {
      expect(left).toContain(kept);
    }
  });

  it("falls back to the plain file, with a reason, when its folder cannot be made", async () => {
    writeFileSync(join(scratch, "a-file"), "");
    const { report, vector } = await load(model, join(scratch, "a-file", "cache"));
    expect(report.loadedFrom).toBe("plain");
    expect(report.cacheNote).toMatch(/cannot/);
    expect(vector).toHaveLength(8);
  });

  it("is built once by processes that start together", { timeout: 60_000 }, async () => {
    const child = join(import.meta.dirname, "..", "helpers", "load-tiny.ts");
    const results = await Promise.all(
      Array.from({ length: 4 }, () => runChild(child, [model, cache, addonFolder ?? ""])),
    );
    expect(results.map(({ code, stderr }) => ({ code, stderr }))).toEqual(
      results.map(() => ({ code: 0, stderr: "" })),
    );
    const how = results.map(({ stdout }) => stdout.trim());
    expect(how.filter((one) => one === "built-cache")).toHaveLength(1);
    expect(how.filter((one) => one === "cache")).toHaveLength(3);
  });

  it("refuses a model that is cut short, and says so", async () => {
    truncateSync(join(model, "model.onnx"), 5000);
    await expect(load()).rejects.toMatchObject({ code: "HAYPILE_MODEL_DAMAGED" });
    expect(readdirSync(cache).filter((name) => name.startsWith("building"))).toEqual([]);
  });
});

function runChild(script: string, args: string[]) {
  return new Promise<{ code: number | null; stdout: string; stderr: string }>((resolve) => {
    const child = spawn(process.execPath, [script, ...args], {
      env: { ...process.env, NODE_NO_WARNINGS: "1" },
    });
    let stdout = "";
    let stderr = "";
    child.stdout.on("data", (data) => {
      stdout += data;
    });
    child.stderr.on("data", (data) => {
      stderr += data;
    });
    child.on("close", (code) => resolve({ code, stdout, stderr }));
  });
}
