/* The native reranker with small real models, whose scores can be said beforehand. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openReranker } from "../../src/engine/open.ts";
import { binding, sanitized } from "../helpers/model.ts";
import { writeTinyModel } from "../helpers/tiny-model.ts";
import { type TinyRerankerOptions, writeTinyReranker } from "../helpers/tiny-reranker.ts";

const scratch = mkdtempSync(join(tmpdir(), "haypile-reranker-"));
let folders = 0;
let reranker: Awaited<ReturnType<typeof openReranker>>;

function tiny(options: TinyRerankerOptions = {}): string {
  folders += 1;
  return writeTinyReranker(join(scratch, `tiny${folders}`), options);
}

async function openTiny(options: TinyRerankerOptions = {}): ReturnType<typeof openReranker> {
  return await openReranker(tiny(options), { graphCache: false });
}

/** Opens a model, scores three passages, closes it. */
async function scoresOf(options: TinyRerankerOptions): Promise<number[]> {
  const one = await openTiny(options);
  try {
    return Array.from(await one.score("read file", ["file", "read file", "index"]));
  } finally {
    await one.close();
  }
}

beforeAll(async () => {
  reranker = await openTiny();
});

afterAll(async () => {
  await reranker.close();
  rmSync(scratch, { recursive: true, force: true });
});

describe("scores", () => {
  it("come in the order of the passages", async () => {
    const passages = ["nothing", "write the file", "search", "read file read", "READ, file!"];
    const scores = await reranker.score("read file search", passages);
    expect(Array.from(scores)).toEqual([0, 3, 5, 4, 4]);
    expect(reranker.loaded?.report()).toMatchObject({ provider: "cpu", tokensPerRun: 320 });
  });

  it("are the same in a batch and alone, whatever the lengths", async () => {
    const words = ["read", "write", "file", "index", "search", "other"];
    const passages = Array.from({ length: 200 }, (_, i) =>
      Array.from({ length: (i * 7) % 50 }, (_, j) => words[(i + j * j) % 6]).join(" "),
    );
    const together = await reranker.score("read index", passages);
    for (const i of [0, 1, 13, 77, 199]) {
      expect((await reranker.score("read index", [passages[i] as string]))[0]).toBe(together[i]);
    }
    const expected = passages.map(
      (text) => (text.includes("read") ? 1 : 0) + (text.includes("index") ? 4 : 0),
    );
    expect(Array.from(together)).toEqual(expected);
  });

  it("see the beginning of long texts", async () => {
    const filler = "other ".repeat(70);
    const scores = await reranker.score("read file", [
      `read ${filler}`,
      `${filler} read`,
      `file ${"x".repeat(100_000)} read`,
    ]);
    expect(Array.from(scores)).toEqual([1, 0, 4]);
    // Half of the room is the query's when both are too long.
    const long = await reranker.score(`read ${filler} file`, [`read file ${filler}`]);
    expect(Array.from(long)).toEqual([1]);
  });

  it("take no passage, empty ones, and odd ones", async () => {
    expect(await reranker.score("read", [])).toHaveLength(0);
    expect(Array.from(await reranker.score("read", ["", " ", "\0", "\ud800", "read"]))).toEqual([
      0, 0, 0, 0, 1,
    ]);
    expect(Array.from(await reranker.score("", ["read", ""]))).toEqual([0, 0]);
  });

  it("are those of onnxruntime-node on the pairs of the tokenizers library", async () => {
    const folder = tiny({ maxTokens: 512 });
    const one = await openReranker(folder, { graphCache: false });
    const { InferenceSession, Tensor } = await import("onnxruntime-node");
    const { Tokenizer } = await import("@huggingface/tokenizers");
    const session = await InferenceSession.create(join(folder, "model.onnx"));
    const json = JSON.parse(readFileSync(join(folder, "tokenizer.json"), "utf8"));
    const processor = {
      type: "BertProcessing",
      sep: ["[SEP]", 3],
      cls: ["[CLS]", 2],
    };
    const tokenizer = new Tokenizer({ ...json, post_processor: processor, decoder: null }, {});
    const query = "Read: which file, index?";
    const passages = ["the file", "read; WRITE-file", "", "index ".repeat(30)];
    const ours = await one.score(query, passages);
    for (const [i, passage] of passages.entries()) {
      const { ids, token_type_ids: types } = tokenizer.encode(query, {
        text_pair: passage,
        return_token_type_ids: true,
      });
      const feed = (values: number[]) =>
        new Tensor("int64", BigInt64Array.from(values, BigInt), [1, ids.length]);
      const result = await session.run({
        input_ids: feed(ids),
        attention_mask: feed(ids.map(() => 1)),
        token_type_ids: feed(types ?? []),
      });
      expect(ours[i], passage).toBe((result.logits as { data: Float32Array }).data[0]);
    }
    await session.release();
    await one.close();
  });

  it("come from models of every published form", async () => {
    const usual = [3, 4, 0];
    expect(await scoresOf({ classes: 1 })).toEqual(usual);
    expect(await scoresOf({ classes: 2 })).toEqual(usual);
    expect(await scoresOf({ classes: "free" })).toEqual(usual);
    expect(await scoresOf({ outputName: "scores" })).toEqual(usual);
    // Without token types such a model cannot tell query and passage apart: all is counted.
    expect(await scoresOf({ noTypes: true })).toEqual([7, 8, 8]);
  });
});

describe("stopping and closing", () => {
  const many = Array.from({ length: sanitized ? 2000 : 30_000 }, (_, i) => `read file ${i}`);

  it("stops at an abort, at once or under way, and works on", async () => {
    const before = reranker.score("read", ["x"], { signal: AbortSignal.abort() });
    await expect(before).rejects.toMatchObject({ code: "HAYPILE_ABORTED" });
    const stop = new AbortController();
    const running = reranker.score("read", many, { signal: stop.signal });
    // The first batch is on its way by now, and not the last.
    setImmediate(() => stop.abort());
    await expect(running).rejects.toMatchObject({ code: "HAYPILE_ABORTED" });
    expect(Array.from(await reranker.score("read", ["read"]))).toEqual([1]);
  });

  it("waits for work in flight, may be closed twice, and refuses later calls", async () => {
    const one = await openTiny();
    await one.prepare();
    const loaded = one.loaded;
    if (loaded === undefined) throw new Error("expected it to be loaded");
    const running = loaded.score("read", many.slice(0, 500));
    const closing = loaded.close();
    expect(loaded.close()).toBe(closing);
    await expect(loaded.score("read", ["x"])).rejects.toMatchObject({ code: "HAYPILE_CLOSED" });
    await closing;
    expect(await running).toEqual(new Float32Array(500).fill(1));
    await one.close();
    await expect(one.score("read", ["x"])).rejects.toMatchObject({ code: "HAYPILE_CLOSED" });
  });

  it("comes with Symbol.asyncDispose, and gives its memory back", async () => {
    const before = binding().memoryUsage().runtimeBytes;
    const one = await openTiny();
    await one.prepare();
    expect(one.loaded?.report().sessionBytes).toBeGreaterThan(0);
    expect(binding().memoryUsage().runtimeBytes).toBeGreaterThan(before);
    await one.loaded?.[Symbol.asyncDispose]();
    expect(binding().memoryUsage().runtimeBytes).toBe(before);
  });
});

describe("bad models", () => {
  const failing = async (folder: string): Promise<unknown> => {
    const one = await openReranker(folder, { graphCache: false });
    return await one.score("read", ["read"]).finally(() => one.close());
  };

  it("an embedding model is refused, by what it says and by what it is", async () => {
    const folder = writeTinyModel(join(scratch, "embedding"));
    await expect(failing(folder)).rejects.toMatchObject({
      code: "HAYPILE_MODEL_INVALID",
      message: expect.stringMatching(/model\.json says "embedding".*cross-encoder/),
    });
    rmSync(join(folder, "model.json"));
    await expect(failing(folder)).rejects.toMatchObject({
      code: "HAYPILE_MODEL_INVALID",
      message: expect.stringMatching(/gives sentence_embedding \[\?, 8\].*not an embedding model/),
    });
  });

  it.each([
    ["three classes", { classes: 3 }, /logits \[\?, 3\]/],
    ["a score that is no number", { factor: Number.NaN }, /no number/],
    ["an endless score", { factor: Number.POSITIVE_INFINITY }, /no number/],
  ] as const)("with %s are refused", async (_, options, message) => {
    await expect(failing(tiny(options))).rejects.toMatchObject({
      code: "HAYPILE_MODEL_INVALID",
      message: expect.stringMatching(message),
    });
  });

  it("a damaged file and a tokenizer of another family are refused", async () => {
    const damaged = tiny();
    writeFileSync(join(damaged, "model.onnx"), "not a model");
    await expect(failing(damaged)).rejects.toMatchObject({ code: "HAYPILE_MODEL_DAMAGED" });
    const other = tiny();
    const unigram = {
      model: {
        type: "Unigram",
        unk_id: 0,
        vocab: [
          ["<unk>", 0],
          ["read", -1],
        ],
      },
      added_tokens: [],
      normalizer: null,
      pre_tokenizer: null,
      post_processor: null,
      decoder: null,
    };
    writeFileSync(join(other, "tokenizer.json"), JSON.stringify(unigram));
    await expect(failing(other)).rejects.toMatchObject({ code: "HAYPILE_MODEL_INVALID" });
  });
});
