/* The native embedder with the real model, and with small real models where a property is general. */
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Embedder } from "../../src/embedder.ts";
import { readTokenizer } from "../../src/models/tokenizer-json.ts";
import { binding, loadEmbedder, manyTexts, sanitized } from "../helpers/model.ts";
import { writeTinyModel } from "../helpers/tiny-model.ts";

const scratch = mkdtempSync(join(tmpdir(), "haypile-embedder-"));
const tiny = writeTinyModel(join(scratch, "tiny"));
let embedder: Embedder;

beforeAll(async () => {
  embedder = await loadEmbedder({ graphCache: false });
});

afterAll(async () => {
  await embedder.close();
  rmSync(scratch, { recursive: true, force: true });
});

function rows(vectors: Float32Array, width: number): Float32Array[] {
  return Array.from({ length: vectors.length / width }, (_, i) =>
    vectors.subarray(i * width, (i + 1) * width),
  );
}

function cosine(a: Float32Array, b: Float32Array): number {
  return a.reduce((sum, value, i) => sum + value * (b[i] ?? Number.NaN), 0);
}

describe("the real model", () => {
  it("gives unit vectors that know what a text means", async () => {
    const [load, config, bread] = rows(
      await embedder.embed(["load settings from a file", "def read_config(path):", "bake bread"]),
      384,
    ) as [Float32Array, Float32Array, Float32Array];
    expect(cosine(load, load)).toBeCloseTo(1, 4);
    expect(cosine(load, config)).toBeGreaterThan(cosine(load, bread) + 0.1);
  });

  it("gives the vectors of onnxruntime-node on the same file", async () => {
    const { InferenceSession, Tensor } = await import("onnxruntime-node");
    const session = await InferenceSession.create(join(tiny, "model.onnx"), {
      intraOpNumThreads: 1,
    });
    const read = await readTokenizer(join(tiny, "tokenizer.json"));
    if (read.kind !== "wordpiece") throw new Error("the tiny model has another tokenizer");
    const tokenizer = new (binding().Tokenizer)(read.spec);
    const texts = [...manyTexts(sanitized ? 10 : 60), "é".repeat(50), "中文 text", "x"];
    const plain = await loadEmbedder({ modelFolder: tiny, graphCache: false });
    const ours = rows(await plain.embed(texts), 8);
    await plain.close();
    for (const [i, text] of texts.entries()) {
      const ids = tokenizer.encode(text, 64);
      const feed = (values: Iterable<number>) =>
        new Tensor("int64", BigInt64Array.from(values, BigInt), [1, ids.length]);
      const result = await session.run({
        input_ids: feed(ids),
        attention_mask: feed(Array.from(ids, () => 1)),
      });
      const theirs = result.sentence_embedding?.data as Float32Array;
      expect(cosine(ours[i] as Float32Array, theirs), text.slice(0, 40)).toBeGreaterThan(0.9999);
    }
    tokenizer.close();
    await session.release();
  });

  it("keeps the order whatever the lengths", async () => {
    const texts = manyTexts(sanitized ? 20 : 120);
    const together = rows(await embedder.embed(texts), 384);
    for (const i of [0, 1, 7, 13, texts.length - 1]) {
      const alone = await embedder.embed([texts[i] as string]);
      expect(cosine(together[i] as Float32Array, alone)).toBeGreaterThan(0.9999);
    }
  });

  it("takes no text, empty texts and very long ones", async () => {
    expect(await embedder.embed([])).toHaveLength(0);
    const texts = ["", " ", "word ".repeat(20_000), "x".repeat(100_000), "\u0000", "\ud800"];
    const vectors = rows(await embedder.embed(texts), 384);
    expect(vectors).toHaveLength(texts.length);
    for (const vector of vectors) expect(cosine(vector, vector)).toBeCloseTo(1, 3);
  });

  it("reports progress up to the end", async () => {
    const seen: number[] = [];
    const texts = manyTexts(sanitized ? 20 : 100);
    await embedder.embed(texts, { onProgress: ({ textsDone }) => seen.push(textsDone) });
    expect(seen.length).toBeGreaterThan(2);
    expect(seen.at(-1)).toBe(texts.length);
    expect(seen).toEqual([...seen].sort((a, b) => a - b));
  });

  it("passes on an error of the caller's own onProgress", async () => {
    const failing = embedder.embed(manyTexts(50), {
      onProgress: () => {
        throw new RangeError("from the caller");
      },
    });
    await expect(failing).rejects.toThrow("from the caller");
    expect(await embedder.embed(["still works"])).toHaveLength(384);
  });

  it("stops at an abort, at once or under way, and works on", async () => {
    const before = embedder.embed(["a"], { signal: AbortSignal.abort() });
    await expect(before).rejects.toMatchObject({ code: "HAYPILE_ABORTED" });
    const stop = new AbortController();
    let done = 0;
    const running = embedder.embed(manyTexts(5000), {
      signal: stop.signal,
      onProgress: ({ textsDone }) => {
        done = textsDone;
        stop.abort();
      },
    });
    await expect(running).rejects.toMatchObject({ code: "HAYPILE_ABORTED" });
    // What ran when it was stopped ends; the rest is not begun.
    expect(done).toBeGreaterThan(0);
    expect(done).toBeLessThan(2500);
    expect(await embedder.embed(["still works"])).toHaveLength(384);
  });

  it("serves a query before the rest of a large job", async () => {
    const large = embedder.embed(manyTexts(sanitized ? 60 : 600));
    let largeDone = false;
    void large.then(() => {
      largeDone = true;
    });
    await embedder.embed(["a query"]);
    expect(largeDone).toBe(false);
    await large;
  });

  // Issue 11, searching while indexing: only jobs of four texts or fewer passed a large one.
  it("serves what somebody waits for first, whatever its size", async () => {
    const total = sanitized ? 120 : 600;
    let done = 0;
    let begun = (): void => undefined;
    const atWork = new Promise<void>((resolve) => {
      begun = resolve;
    });
    const background = embedder.embed(manyTexts(total), {
      onProgress: ({ textsDone }) => {
        done = textsDone;
        begun();
      },
    });
    await atWork;
    await embedder.embed(manyTexts(24), { urgency: "interactive" });
    expect(done).toBeLessThan(total / 2);
    // What nobody waits for keeps its place behind, also when it is smaller.
    let before: number | undefined;
    const later = embedder.embed(manyTexts(24), {
      onProgress: () => {
        before ??= done;
      },
    });
    await Promise.all([background, later]);
    // The other worker may still be at one of the last runs.
    expect(before).toBeGreaterThan(total * 0.75);
  });

  it("counts tokens without a limit", async () => {
    const counts = await embedder.countTokens(["", "hello world", "word ".repeat(1000)]);
    expect(Array.from(counts)).toEqual([0, 2, 1000]);
  });

  it("leaves the event loop free", { timeout: 60_000, skip: sanitized }, async () => {
    const gaps: number[] = [];
    const start = performance.now();
    let last = start;
    const timer = setInterval(() => {
      const now = performance.now();
      gaps.push(now - last);
      last = now;
    }, 1);
    await embedder.embed(manyTexts(400));
    clearInterval(timer);
    expect(gaps.length).toBeGreaterThan(100);
    // A busy machine pauses now and then: the median says what we do.
    gaps.sort((a, b) => a - b);
    expect(gaps[Math.floor(gaps.length / 2)]).toBeLessThan((last - start) / 20);
  });
});

describe("options of the session", () => {
  it("take effect and are reported back", async () => {
    const options = { intraOpThreads: 2, spinning: true, cpuArena: true, memoryPattern: false };
    const other = await loadEmbedder({
      ...options,
      modelFolder: tiny,
      graphCache: false,
      workers: 3,
      tokensPerRun: 64,
    });
    expect(other.report()).toMatchObject({
      ...options,
      workers: 3,
      tokensPerRun: 64,
      provider: "cpu",
    });
    expect(await other.embed(["the file", "read"])).toHaveLength(16);
    await other.close();
  });

  it("gives the same vectors with every setting", async () => {
    const texts = ["the file path", "read and write", "search", "a"];
    const settings = [
      {},
      { workers: 1 },
      { tokensPerRun: 1 },
      { cpuArena: true },
      { memoryPattern: false },
      { intraOpThreads: 2 },
    ];
    const results: Float32Array[] = [];
    for (const setting of settings) {
      const one = await loadEmbedder({ modelFolder: tiny, graphCache: false, ...setting });
      results.push(await one.embed(texts));
      await one.close();
    }
    for (const result of results) {
      for (const [i, value] of result.entries()) expect(value).toBeCloseTo(results[0]?.[i] ?? 9, 5);
    }
  });

  it.each(["cuda", "coreml"] as const)("falls back from %s and says why", async (provider) => {
    const other = await loadEmbedder({ modelFolder: tiny, provider, graphCache: false });
    const report = other.report();
    if (report === undefined) throw new Error("expected a report");
    expect(report.providerRequested).toBe(provider);
    if (report.provider === "cpu") {
      expect(report.fallbackReason).toMatch(
        provider === "cuda" ? /libonnxruntime_providers_|CUDA/ : /CoreML/,
      );
    }
    expect(await other.embed(["the file"])).toHaveLength(8);
    await other.close();
  });

  it("refuses bad values with a reason", async () => {
    const bad = loadEmbedder({ modelFolder: tiny, workers: 0 });
    await expect(bad).rejects.toMatchObject({
      code: "HAYPILE_USAGE",
      message: expect.stringContaining("workers"),
    });
  });
});

describe("close", () => {
  it("waits for work in flight, may be called twice, and refuses later calls", async () => {
    const one = await loadEmbedder({ modelFolder: tiny, graphCache: false });
    const running = one.embed(manyTexts(500));
    const closing = one.close();
    expect(one.close()).toBe(closing);
    await expect(one.embed(["x"])).rejects.toMatchObject({ code: "HAYPILE_CLOSED" });
    await expect(one.countTokens(["x"])).rejects.toMatchObject({ code: "HAYPILE_CLOSED" });
    await closing;
    await expect(running).resolves.toHaveLength(500 * 8);
  });

  it("comes with Symbol.asyncDispose", async () => {
    const one = await loadEmbedder({ modelFolder: tiny, graphCache: false });
    await one[Symbol.asyncDispose]();
    await expect(one.embed(["x"])).rejects.toMatchObject({ code: "HAYPILE_CLOSED" });
  });
});

describe("bad models", () => {
  const write = (name: string, options: object): string =>
    writeTinyModel(join(scratch, name), options);

  it.each([
    ["another input", { idsName: "tokens" }, "HAYPILE_MODEL_INVALID", /input "tokens"/],
    [
      "other dimensions",
      { statedDimensions: 16 },
      "HAYPILE_MODEL_INVALID",
      /8 dimensions where 16/,
    ],
  ])("with %s are refused", async (name, options, code, message) => {
    const folder = write(name.replace(" ", "-"), options);
    const failing = loadEmbedder({ modelFolder: folder, graphCache: false });
    await expect(failing).rejects.toMatchObject({ code, message: expect.stringMatching(message) });
  });

  it("with another pooling than stated are refused", async () => {
    const folder = write("pooling", {});
    const { writeFileSync } = await import("node:fs");
    writeFileSync(join(folder, "model.json"), JSON.stringify({ dimensions: 8, pooling: "mean" }));
    const failing = loadEmbedder({ modelFolder: folder, graphCache: false });
    await expect(failing).rejects.toMatchObject({ code: "HAYPILE_MODEL_INVALID" });
    expect(existsSync(folder)).toBe(true);
  });
});
