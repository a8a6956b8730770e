/* A user's model with float weights made smaller: MiniLM with the packaged weights as floats, and small ones that are wrong. */
import {
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { loadEmbedder } from "../../src/engine/models/load-embedder.ts";
import { quantiseModel } from "../../src/engine/models/quantise/quantise.ts";
import { cli } from "../helpers/cli.ts";
import { sanitized } from "../helpers/model.ts";
import { asInput, asOutput, float, int64, model, node, tensor, value } from "../helpers/onnx.ts";
import { writeTinyModel } from "../helpers/tiny-model.ts";
import { writeWholeMiniLm } from "../helpers/whole-minilm.ts";

let scratch: string;
let whole: string;

beforeAll(() => {
  scratch = mkdtempSync(join(tmpdir(), "haypile-quantise-"));
  whole = writeWholeMiniLm(join(scratch, "minilm"));
});

afterAll(() => rmSync(scratch, { recursive: true, force: true }));

const questions = Array.from(
  { length: 24 },
  (_, at) => `Where is the ${["retry", "cache", "index", "token"][at % 4]} number ${at} kept?`,
);

async function* pieces(lines: readonly string[]): AsyncGenerator<string> {
  yield lines.join("\n");
}

async function vectorsOf(options: Parameters<typeof loadEmbedder>[0], texts: readonly string[]) {
  const embedder = await loadEmbedder({ ...options, workers: 1, graphCache: false });
  try {
    return await embedder.embed(texts);
  } finally {
    await embedder.close();
  }
}

const cosines = (a: Float32Array, b: Float32Array): number[] =>
  Array.from({ length: a.length / 384 }, (_, row) => {
    let sum = 0;
    for (let at = row * 384; at < (row + 1) * 384; at += 1) sum += (a[at] ?? 0) * (b[at] ?? 0);
    return sum;
  });

describe("MiniLM with float weights", () => {
  test("is the packaged model, to which the quarter that is written beside it stays near", async () => {
    const texts = [...questions, "x"];
    const floats = await vectorsOf({ modelFolder: whole }, texts);
    const packed = await vectorsOf({ model: "all-minilm-l6-v2" }, texts);
    expect(Math.min(...cosines(floats, packed))).toBeGreaterThan(0.98);
    const before = readFileSync(join(whole, "model.onnx"));

    const result = await quantiseModel(whole, { texts: { pieces: pieces(questions), name: "q" } });
    expect(result.file).toBe(join(whole, "model_quantized.onnx"));
    expect(result.bytes).toBe(statSync(result.file).size);
    expect(result.bytes / result.wholeBytes).toBeLessThan(0.3);
    expect(result.converted).toBe(6 * 4 + 1);
    expect(result.loss?.texts).toBe(questions.length);
    expect(result.loss?.cosine.mean).toBeGreaterThan(0.98);
    expect(result.loss?.cosine.least).toBeLessThan(1);
    expect(result.loss?.ranks.sameOfTen).toBeGreaterThan(0.8);
    expect(result.loss?.ranks.kendall).toBeGreaterThan(0.8);
    expect(readFileSync(join(whole, "model.onnx")).equals(before)).toBe(true);

    // What was measured is what a person gets, in whichever company a text is.
    const own = join(scratch, "own");
    mkdirSync(own);
    copyFileSync(result.file, join(own, "model.onnx"));
    for (const name of ["tokenizer.json", "model.json"])
      copyFileSync(join(whole, name), join(own, name));
    const small = await vectorsOf({ modelFolder: own }, texts);
    const nears = cosines(floats, small).slice(0, questions.length);
    const mean = nears.reduce((sum, one) => sum + one, 0) / nears.length;
    expect(result.loss?.cosine.mean).toBeCloseTo(mean, 3);
    const alone = await vectorsOf({ modelFolder: own }, ["x"]);
    expect(cosines(alone, small.slice(-384))[0]).toBeGreaterThan(0.9999);
  });

  test.skipIf(sanitized || process.platform !== "linux")(
    "is taken by itself in 8 bits where the whole does not fit, and that is said",
    async () => {
      const tree = join(scratch, "tree");
      mkdirSync(tree);
      writeFileSync(join(tree, "a.py"), "def retry_delay(attempt):\n    return 2 ** attempt\n");
      const place = ["--db", join(scratch, "i.db"), "--model-dir", whole, "--max-memory", "200MB"];
      const run = await cli(["index", tree, ...place], { data: scratch });
      expect(run.code, run.stderr).toBe(0);
      expect(run.stderr).toMatch(/fp32 weights need a limit of \d+ MB; its int8 weights are used/);
    },
  );

  test("goes into a folder of its own with --out, by either spelling, with what it lost as JSON", async () => {
    const file = join(scratch, "questions.txt");
    writeFileSync(file, `${questions.join("\n")}\n`);
    const out = join(scratch, "out");
    const words = ["model", "quantize", whole, "--out", out, "--texts", file, "--json"];
    const made = await cli(words, { data: scratch });
    expect(made.code, made.stderr).toBe(0);
    const { loss, comparedOn, file: weights } = JSON.parse(made.stdout);
    expect(weights).toBe(join(out, "model.onnx"));
    expect(comparedOn).toBe("lines of questions.txt");
    expect(Object.keys(loss)).toEqual(["texts", "cosine", "ranks"]);
    expect(readdirSync(out).sort()).toEqual([
      "checksums.json",
      "model.json",
      "model.onnx",
      "tokenizer.json",
    ]);
    // It is a model like any other: named, described, with sums that are compared.
    const [cosine = 0] = cosines(
      await vectorsOf({ modelFolder: out }, ["a question"]),
      await vectorsOf({ modelFolder: whole }, ["a question"]),
    );
    expect(cosine).toBeGreaterThan(0.98);
    const again = await quantiseModel(out).catch((error: unknown) => error);
    expect(again).toMatchObject({
      code: "HAYPILE_MODEL_INVALID",
      message: /int8 ones by its model.json/,
    });
  });

  test("is written without being measured where the limit has no room for the whole", async () => {
    const out = join(scratch, "unmeasured");
    const { loss, comparedOn } = await quantiseModel(whole, { out, maxMemoryBytes: 150e6 });
    expect(loss).toBeNull();
    expect(comparedOn).toMatch(
      /^not measured: the whole weights need [\d.]+ MB, and 150.0 are allowed/,
    );
    expect(readdirSync(out)).toContain("model.onnx");
  });
});

/** A folder with a model of this graph, and nothing else but what every model has. */
function folderWith(name: string, graph: Buffer): string {
  const folder = writeTinyModel(join(scratch, name));
  writeFileSync(join(folder, "model.onnx"), graph);
  return folder;
}

function graphOf(kind: string, type: number, numbers: Buffer, domain = ""): Buffer {
  return model(
    [
      node("Cast", ["input_ids"], "numbers", [{ name: "to", int: float }]),
      node(kind, ["numbers", "weights"], "sentence_embedding", [], domain),
    ],
    [tensor("weights", [128, 64], type, numbers)],
    [
      value(asInput, "input_ids", int64, ["texts", 128]),
      value(asOutput, "sentence_embedding", float, ["texts", 64]),
    ],
  );
}

const half = 10;
const good = Buffer.alloc(128 * 64 * 4);
const nan = Buffer.from(good);
nan.writeFloatLE(Number.NaN, 4096);

describe("what cannot be made smaller is refused, and nothing is left", () => {
  const folders: Record<string, [() => string, string, RegExp]> = {
    "a file that is no ONNX": [
      () => folderWith("text", Buffer.from("These are no weights at all.")),
      "HAYPILE_MODEL_DAMAGED",
      /Expected a whole ONNX file/,
    ],
    "an empty file": [
      () => folderWith("empty", Buffer.alloc(0)),
      "HAYPILE_MODEL_DAMAGED",
      /no graph/,
    ],
    "a file that was cut": [
      () => {
        const folder = writeTinyModel(join(scratch, "cut"), { weightsMegabytes: 4 });
        const file = join(folder, "model.onnx");
        truncateSync(file, statSync(file).size - 1_000_000);
        return folder;
      },
      "HAYPILE_MODEL_DAMAGED",
      /ends/,
    ],
    "weights in a second file": [
      () => writeTinyModel(join(scratch, "outer"), { outerFile: "model.onnx.data" }),
      "HAYPILE_MODEL_INVALID",
      /external data/,
    ],
    "weights of 8 bits": [
      () => folderWith("eight", graphOf("MatMulInteger", 3, Buffer.alloc(128 * 64))),
      "HAYPILE_MODEL_INVALID",
      /no floats any more: it has MatMulInteger/,
    ],
    "weights of 16 bits": [
      () => folderWith("half", graphOf("MatMul", half, Buffer.alloc(128 * 64 * 2))),
      "HAYPILE_MODEL_INVALID",
      /16 bits/,
    ],
    "weights that are no numbers": [
      () => folderWith("nan", graphOf("MatMul", float, nan)),
      "HAYPILE_MODEL_INVALID",
      /./,
    ],
    "an operator nobody knows": [
      () => folderWith("unknown", graphOf("Frobnicate", float, good, "somebody.else")),
      "HAYPILE_MODEL_INVALID",
      /no product with a constant float matrix/,
    ],
    "a model without large weights": [
      () => writeTinyModel(join(scratch, "little")),
      "HAYPILE_MODEL_INVALID",
      /no product with a constant float matrix/,
    ],
    "a link out of the folder": [
      () => {
        const folder = writeTinyModel(join(scratch, "link"));
        rmSync(join(folder, "model.onnx"));
        symlinkSync(join(whole, "model.onnx"), join(folder, "model.onnx"));
        return folder;
      },
      "HAYPILE_PATH_REFUSED",
      /is a link to elsewhere/,
    ],
    "no folder": [() => join(scratch, "nowhere"), "HAYPILE_PATH_MISSING", /nowhere/],
  };

  test.each(Object.entries(folders))("%s", async (_name, [folderOf, code, says]) => {
    const folder = folderOf();
    const before = code === "HAYPILE_PATH_MISSING" ? [] : readdirSync(folder).sort();
    await expect(quantiseModel(folder)).rejects.toMatchObject({ code, message: says });
    if (before.length > 0) expect(readdirSync(folder).sort()).toEqual(before);
  });

  test("what lies where the result would go, and a folder that is not empty", async () => {
    const folder = writeTinyModel(join(scratch, "taken"), { weightsMegabytes: 2 });
    writeFileSync(join(folder, "model_quantized.onnx"), "mine");
    await expect(quantiseModel(folder)).rejects.toMatchObject({
      code: "HAYPILE_CONFLICT",
      message: /model_quantized.onnx.*it stays/,
    });
    await expect(quantiseModel(folder, { out: folder })).rejects.toMatchObject({
      code: "HAYPILE_CONFLICT",
      message: /new or empty folder/,
    });
    expect(readFileSync(join(folder, "model_quantized.onnx"), "utf8")).toBe("mine");
  });

  test("a folder for the result that cannot be made", async () => {
    const folder = writeTinyModel(join(scratch, "unmade"), { weightsMegabytes: 2 });
    const under = join(folder, "model.onnx", "below", "a", "file");
    await expect(quantiseModel(folder, { out: under })).rejects.toMatchObject({
      code: "HAYPILE_NOT_A_FOLDER",
      message: `Could not make the folder ${under}: a part of the path is not a folder.`,
    });
    if (process.platform === "win32") return;
    const nowhere = join(scratch, "nowhere-link");
    symlinkSync(join(scratch, "not", "there"), nowhere);
    await expect(quantiseModel(folder, { out: nowhere })).rejects.toMatchObject({
      code: "HAYPILE_PATH_MISSING",
      message: /Could not make the folder .*nowhere-link/,
    });
  });

  test("a result that lost too much, too few texts, and work that is stopped", async () => {
    const folder = writeTinyModel(join(scratch, "lossy"), { weightsMegabytes: 2 });
    const before = readdirSync(folder).sort();
    const texts = () => ({ pieces: pieces(questions), name: "q" });
    const lossy = quantiseModel(folder, { texts: texts(), leastCosine: 1 });
    await expect(lossy).rejects.toMatchObject({
      code: "HAYPILE_MODEL_INVALID",
      message: /Expected a mean cosine of at least 1 .*--least-cosine 0/,
    });
    const few = { pieces: pieces(["one", "two"]), name: "few.txt" };
    await expect(quantiseModel(folder, { texts: few })).rejects.toMatchObject({
      code: "HAYPILE_USAGE",
      message: /at least 20 texts.*few.txt has 2/,
    });
    const stopped = AbortSignal.abort();
    await expect(quantiseModel(folder, { texts: texts(), signal: stopped })).rejects.toMatchObject({
      code: "HAYPILE_ABORTED",
    });
    expect(readdirSync(folder).sort()).toEqual(before);
  });
});
