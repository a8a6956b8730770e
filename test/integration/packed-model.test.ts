/* Models of packed weights, with and without ONNX Runtime: the same bits from both, whatever runs together. */
import { spawnSync } from "node:child_process";
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { Worker } from "node:worker_threads";
import { afterAll, describe, expect, it } from "vitest";
import { openReranker } from "../../src/engine/open.ts";
import { addonIn } from "../../src/native/addon/addon-file.ts";
import { readFootprint } from "../../src/native/footprint.ts";
import { addonFolder, binding, loadEmbedder, manyTexts, repository } from "../helpers/model.ts";
import { type PackedOptions, writePackedModel } from "../helpers/packed-model.ts";
import { writeTinyModel } from "../helpers/tiny-model.ts";

const scratch = mkdtempSync(join(tmpdir(), "haypile-packed-"));
const engines = ["direct", "onnx"] as const;
let folders = 0;

afterAll(() => rmSync(scratch, { recursive: true, force: true }));

function packed(options: PackedOptions = {}): string {
  folders += 1;
  return writePackedModel(join(scratch, `packed${folders}`), options);
}

const folder = packed();
const width = 64;
type Options = NonNullable<Parameters<typeof loadEmbedder>[0]>;

async function vectorsOf(texts: string[], options: Options = {}): Promise<Float32Array> {
  const embedder = await loadEmbedder({ modelFolder: folder, ...options });
  try {
    return await embedder.embed(texts);
  } finally {
    await embedder.close();
  }
}

describe("vectors", () => {
  // Of every length up to the longest, with words the tokenizer knows.
  const words = ["file", "read", "write", "index", "search", "path", "the", "a"];
  const texts = [0, 1, 2, 14, 15, 16, 46, 47, 48, 127, 254, 510, 511, 600].map((count) =>
    Array.from({ length: count }, (_, i) => words[(i * i + count) % words.length]).join(" "),
  );

  it("are the same bits from both engines and with all instructions of this CPU", async () => {
    const expected = await vectorsOf(texts);
    for (const engine of engines) {
      for (const isa of ["auto", ...binding().encoderPaths()] as const) {
        expect(await vectorsOf(texts, { engine, isa }), `${engine} ${isa}`).toEqual(expected);
      }
    }
    for (let i = 0; i < texts.length; i += 1) {
      const row = expected.subarray(i * width, (i + 1) * width);
      expect(Math.hypot(...row)).toBeCloseTo(1, 5);
    }
    // Those of 511 words and of 600 are cut to the same tokens, or to others.
    expect(new Set(Array.from({ length: 12 }, (_, i) => expected[i * width])).size).toBe(12);
  });

  it("are the same whatever runs together, in whichever order and on how many threads", async () => {
    const expected = await vectorsOf(texts, { workers: 1, tokensPerRun: 1 });
    for (const engine of engines) {
      for (const [workers, tokensPerRun] of [
        [1, 320],
        [3, 64],
        [2, 100_000],
      ] as const) {
        const options = { engine, workers, tokensPerRun };
        expect(await vectorsOf(texts, options)).toEqual(expected);
        const backwards = await vectorsOf(texts.toReversed(), options);
        for (let i = 0; i < texts.length; i += 1) {
          const at = texts.length - 1 - i;
          expect(backwards.slice(at * width, (at + 1) * width)).toEqual(
            expected.slice(i * width, (i + 1) * width),
          );
        }
      }
    }
  });

  it("come for 10,000 texts of nothing, in order", async () => {
    const [one] = [await vectorsOf([""])];
    for (const engine of engines) {
      const embedder = await loadEmbedder({ modelFolder: folder, engine });
      const seen: number[] = [];
      const all = await embedder.embed(new Array<string>(10_000).fill(""), {
        onProgress: ({ textsDone }) => seen.push(textsDone),
      });
      await embedder.close();
      expect(seen.at(-1)).toBe(10_000);
      expect(seen).toEqual([...seen].sort((a, b) => a - b));
      for (const i of [0, 1, 4_999, 9_999]) {
        expect(all.slice(i * width, (i + 1) * width)).toEqual(one);
      }
    }
  });

  it("come for models of other shapes", async () => {
    for (const options of [
      { heads: 1, headWidth: 64, layers: 1 },
      { heads: 3, headWidth: 32, inner: 160, pooled: "cls" },
      { types: 2, positions: 16 },
    ] as const) {
      const other = packed(options);
      const [direct, onnx] = [
        await vectorsOf(texts, { modelFolder: other, engine: "direct" }),
        await vectorsOf(texts, { modelFolder: other, engine: "onnx" }),
      ];
      expect(direct).toEqual(onnx);
      expect(direct.every(Number.isFinite)).toBe(true);
      const scalar = await vectorsOf(texts, { modelFolder: other, isa: "scalar" });
      expect(scalar).toEqual(direct);
    }
  });
});

describe("the engine", () => {
  it("is said in the report, with the instructions", async () => {
    const best = binding().encoderPaths().at(-1);
    for (const [engine, expected] of [
      ["auto", { engine: "direct", isa: best, runtimeVersion: "", loadedFrom: "packed" }],
      ["onnx", { engine: "onnx", isa: best, loadedFrom: "packed", cacheNote: "" }],
    ] as const) {
      const embedder = await loadEmbedder({ modelFolder: folder, engine });
      expect(embedder.report()).toMatchObject(expected);
      await embedder.close();
    }
    const plain = await loadEmbedder({ modelFolder: writeTinyModel(join(scratch, "plain")) });
    expect(plain.report()).toMatchObject({ engine: "onnx", isa: "" });
    await plain.close();
  });

  it("needs packed weights to be direct, and says so before any work", async () => {
    const modelFolder = writeTinyModel(join(scratch, "graph-only"));
    await expect(loadEmbedder({ modelFolder, engine: "direct" })).rejects.toMatchObject({
      code: "HAYPILE_USAGE",
      message: expect.stringMatching(/packed weights .*"direct".*"auto" or "onnx"/),
    });
    await expect(loadEmbedder({ modelFolder, engine: "other" as "onnx" })).rejects.toMatchObject({
      code: "HAYPILE_USAGE",
    });
  });

  it("runs with what this CPU has only, and names that", async () => {
    const supported = binding().encoderPaths();
    expect(supported[0]).toBe("scalar");
    const lacking = (["neon-i8mm", "avx512-vnni"] as const).find((one) => !supported.includes(one));
    for (const isa of [lacking, "sse9" as "avx2"] as const) {
      await expect(loadEmbedder({ modelFolder: folder, isa })).rejects.toMatchObject({
        code: "HAYPILE_USAGE",
        message: expect.stringContaining("scalar"),
      });
    }
    const run = spawnSync(process.execPath, [join(repository, "bin", "haypile.cjs"), "status"], {
      encoding: "utf8",
      cwd: scratch,
      env: { ...process.env, HAYPILE_ISA: "mmx" },
    });
    expect(run.status).toBe(2);
    expect(run.stderr).toMatch(/HAYPILE_ISA.*"mmx"/s);
  });

  it("is on the CPU whatever provider is asked for, and says what to do", async () => {
    for (const engine of engines) {
      const embedder = await loadEmbedder({ modelFolder: folder, engine, provider: "cuda" });
      expect(embedder.report()).toMatchObject({
        provider: "cpu",
        providerRequested: "cuda",
        fallbackReason: expect.stringContaining("ONNX graph of its own"),
      });
      await embedder.close();
      const strict = { modelFolder: folder, engine, provider: "cuda", strict: true } as const;
      await expect(loadEmbedder(strict)).rejects.toMatchObject({ code: "HAYPILE_PROVIDER" });
    }
  });

  it("does without ONNX Runtime where its library is not there", () => {
    const bare = join(scratch, "bare-addon");
    mkdirSync(bare);
    const built = join(repository, "prebuilds", `${process.platform}-${process.arch}`);
    const addon = addonIn(addonFolder ?? built) ?? "none";
    copyFileSync(addon, join(bare, basename(addon)));
    const script = join(scratch, "bare.ts");
    writeFileSync(
      script,
      `import { readFileSync } from "node:fs";
       import { loadEmbedder } from ${JSON.stringify(join(repository, "src", "embedder.ts"))};
       const direct = await loadEmbedder({ modelFolder: ${JSON.stringify(folder)} });
       const vectors = await direct.embed(["read the file"]);
       const onnx = await loadEmbedder({ modelFolder: ${JSON.stringify(folder)}, engine: "onnx" }).catch((e) => e);
       const maps = process.platform === "linux" ? readFileSync("/proc/self/maps", "utf8") : "";
       console.log(JSON.stringify({ width: vectors.length, code: onnx.code, message: onnx.message, isMapped: maps.includes("libonnxruntime") }));`,
    );
    const run = spawnSync(process.execPath, ["--no-warnings", script], {
      encoding: "utf8",
      env: { ...process.env, HAYPILE_ADDON_DIR: bare },
    });
    expect(run.stderr).toBe("");
    expect(JSON.parse(run.stdout)).toEqual({
      width,
      code: "HAYPILE_NATIVE_MISSING",
      message: expect.stringMatching(/@haypile\/onnxruntime-.*--omit=optional.*packed weights/s),
      isMapped: false,
    });
  });
});

describe("a run", () => {
  // Long enough that the rest of it would be seen: 64 texts of the longest.
  const big = packed({ layers: 6, heads: 6, inner: 768 });
  const long = Array.from({ length: 64 }, (_, i) => `${"file read ".repeat(300)} ${i}`);

  it.each(engines)("of the engine %s ends early inside when it is cancelled", async (engine) => {
    const embedder = await loadEmbedder({
      modelFolder: big,
      engine,
      workers: 2,
      tokensPerRun: 64 * 512,
    });
    const stop = new AbortController();
    let isEnded = false;
    const ended = embedder.embed(long, { signal: stop.signal }).then(
      () => "done",
      (error: { code?: string }) => error.code,
    );
    void ended.then(() => {
      isEnded = true;
    });
    // The other worker counts the time: one run of it is a 64th of the one that is cancelled.
    const tick = (): Promise<unknown> =>
      embedder.embed(long.slice(0, 1), { urgency: "interactive" });
    for (let i = 0; i < 8; i += 1) await tick();
    expect(isEnded).toBe(false);
    stop.abort();
    let ticks = 0;
    for (; !isEnded && ticks < 64; ticks += 1) await tick();
    expect(await ended).toBe("HAYPILE_ABORTED");
    expect(ticks).toBeLessThan(16);
    // What was stopped has left nothing behind.
    expect(await embedder.embed(["file"])).toEqual(await vectorsOf(["file"], { modelFolder: big }));
    await embedder.close();
  });

  it.each(engines)("of the engine %s ends with its thread", async (engine) => {
    const script = join(repository, "test", "helpers", "embed-in-thread.ts");
    for (let round = 0; round < 3; round += 1) {
      const worker = new Worker(script, { workerData: { folder: big, engine } });
      await new Promise((resolve, reject) => {
        worker.once("message", resolve);
        worker.once("error", reject);
      });
      await worker.terminate();
    }
    expect(await vectorsOf(["file"], { modelFolder: big, engine })).toHaveLength(192);
  });

  it("gives its working memory back, and takes no more for more texts", async () => {
    const embedder = await loadEmbedder({ modelFolder: big, workers: 1 });
    await embedder.embed(manyTexts(50));
    const { runtimePeakBytes } = readFootprint(addonFolder);
    await embedder.embed(manyTexts(1_000));
    expect(readFootprint(addonFolder).runtimePeakBytes).toBe(runtimePeakBytes);
    await embedder.close();
    expect(readFootprint(addonFolder).runtimeBytes).toBe(0);
  });
});

describe("a packed reranker", () => {
  const passages = ["file", "read the file", "", "index ".repeat(300), "the"];

  it.each([
    { head: "classifier", labels: 1 },
    { head: "pooler", labels: 1, types: 2 },
    { head: "pooler", labels: 2, types: 2 },
  ] as const)("gives the same scores from both engines: %o", async (options) => {
    const at = packed({ ...options, pooled: "cls" });
    const all: Float32Array[] = [];
    for (const engine of engines) {
      const reranker = await openReranker(at, { engine });
      all.push(await reranker.score("read file", passages));
      expect(reranker.loaded?.report()).toMatchObject({ engine });
      await reranker.close();
    }
    const [direct, onnx] = all as [Float32Array, Float32Array];
    expect(direct).toEqual(onnx);
    expect(new Set(direct).size).toBe(passages.length);
  });
});
