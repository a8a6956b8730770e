/*
 * A small real ONNX model with the interface of an embedding model, and a tokenizer for it.
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import {
  asInput,
  asOutput,
  float,
  floats,
  int64,
  ints,
  model,
  node,
  outerFloats,
  randomNumbers,
  scalar,
  value,
} from "./onnx.ts";

export interface TinyModelOptions {
  dimensions?: number;
  vocabulary?: number;
  seed?: number;
  /** Extra weights, a chain of square products of distinct random numbers. */
  weightsMegabytes?: number;
  /** Its rows of tokens lie in this file beside the model. */
  outerFile?: string;
  /** Weights that were damaged. */
  isDamaged?: boolean;
  idsName?: string;
  outputName?: string;
  /** What model.json says, when not the truth. */
  statedDimensions?: number;
}

/** The bytes of the model: unit-length sum of the rows of the tokens that the mask keeps. */
export function tinyModel(options: TinyModelOptions = {}): Buffer {
  const { dimensions = 8, vocabulary = 32, seed = 1, idsName = "input_ids" } = options;
  const { outputName = "sentence_embedding" } = options;
  const next = randomNumbers(seed);
  const wide = 512;
  const links = Math.ceil(((options.weightsMegabytes ?? 0) * 1e6) / (wide * wide * 4));
  const nodes = [
    node("Gather", ["table", idsName], "rows"),
    node("Cast", ["attention_mask"], "mask", [{ name: "to", int: float }]),
    node("Unsqueeze", ["mask", "axis1"], "maskRow"),
    node("MatMul", ["maskRow", "rows"], "sum3"),
    node("Squeeze", ["sum3", "axis1"], "sum"),
  ];
  const { outerFile } = options;
  const row = options.isDamaged === true ? () => Number.NaN : next;
  const shape = [vocabulary, dimensions];
  const tensors = [
    outerFile === undefined ? floats("table", shape, row) : outerFloats("table", shape, outerFile),
    ints("axis1", [1]),
    scalar("tiny", 1e-12),
  ];
  let last = "sum";
  if (links > 0) {
    tensors.push(floats("in", [dimensions, wide], next), floats("out", [wide, dimensions], next));
    nodes.push(node("MatMul", ["sum", "in"], "link0"));
    for (let i = 0; i < links; i += 1) {
      tensors.push(floats(`weights${i}`, [wide, wide], next));
      nodes.push(node("MatMul", [`link${i}`, `weights${i}`], `product${i}`));
      nodes.push(node("Tanh", [`product${i}`], `link${i + 1}`));
    }
    nodes.push(node("MatMul", [`link${links}`, "out"], "last"));
    last = "last";
  }
  nodes.push(
    node("ReduceL2", [last], "length", [
      { name: "axes", ints: [1] },
      { name: "keepdims", int: 1 },
    ]),
    node("Max", ["length", "tiny"], "divisor"),
    node("Div", [last, "divisor"], outputName),
  );
  return model(nodes, tensors, [
    value(asInput, idsName, int64, ["texts", "tokens"]),
    value(asInput, "attention_mask", int64, ["texts", "tokens"]),
    value(asOutput, outputName, float, ["texts", dimensions]),
  ]);
}

const words = "the a of to and in is it for on with as file path read write index search".split(
  " ",
);

const special = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"];

/** A WordPiece tokenizer over a few words. */
export function tinyTokenizer(vocabulary = 32): unknown {
  return wordTokenizer([...words, ..."abcdefghijklmnopqrstuvwxyz"].slice(0, vocabulary - 5));
}

/** A WordPiece tokenizer over these words; their ids begin at 5. */
export function wordTokenizer(known: readonly string[]): unknown {
  const tokens = [...special, ...known];
  return {
    added_tokens: special.map((content, id) => ({ id, content, special: true, normalized: false })),
    normalizer: {
      type: "BertNormalizer",
      clean_text: true,
      handle_chinese_chars: true,
      strip_accents: null,
      lowercase: true,
    },
    pre_tokenizer: { type: "BertPreTokenizer" },
    model: {
      type: "WordPiece",
      unk_token: "[UNK]",
      continuing_subword_prefix: "##",
      max_input_chars_per_word: 100,
      vocab: Object.fromEntries(tokens.map((token, id) => [token, id])),
    },
  };
}

/** Writes model.onnx, tokenizer.json and model.json into a folder. */
export function writeTinyModel(folder: string, options: TinyModelOptions = {}): string {
  mkdirSync(folder, { recursive: true });
  const { dimensions = 8, statedDimensions = dimensions } = options;
  writeFileSync(join(folder, "model.onnx"), tinyModel(options));
  if (options.outerFile !== undefined) {
    const rows = Float32Array.from(
      { length: (options.vocabulary ?? 32) * dimensions },
      randomNumbers(7),
    );
    writeFileSync(join(folder, options.outerFile), new Uint8Array(rows.buffer));
  }
  writeFileSync(join(folder, "tokenizer.json"), JSON.stringify(tinyTokenizer(options.vocabulary)));
  writeFileSync(
    join(folder, "model.json"),
    JSON.stringify({ name: "tiny", dimensions: statedDimensions, maxTokens: 64, pooling: "graph" }),
  );
  return folder;
}
