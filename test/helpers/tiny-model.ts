/*
 * Writes a small real ONNX model with the interface of an embedding model, and a tokenizer for it,
 * by hand: ONNX is protobuf, and of that only tags, varints and lengths are needed here.
 * Field numbers are those of onnx.proto (ModelProto, GraphProto, NodeProto, TensorProto …).
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

export interface TinyModelOptions {
  dimensions?: number;
  vocabulary?: number;
  seed?: number;
  /** Extra weights, a chain of square products of distinct random numbers. */
  weightsMegabytes?: number;
  idsName?: string;
  outputName?: string;
  /** What model.json says, when not the truth. */
  statedDimensions?: number;
}

const float = 1;
const int64 = 7;

function varint(value: number): number[] {
  const bytes: number[] = [];
  let left = BigInt.asUintN(64, BigInt(value));
  do {
    const low = Number(left & 0x7fn);
    left >>= 7n;
    bytes.push(left > 0n ? low | 0x80 : low);
  } while (left > 0n);
  return bytes;
}

function number(field: number, value: number): Buffer {
  return Buffer.from([...varint(field << 3), ...varint(value)]);
}

function bytes(field: number, value: Buffer | string): Buffer {
  const data = Buffer.from(value as string);
  return Buffer.concat([Buffer.from([...varint((field << 3) | 2), ...varint(data.length)]), data]);
}

function message(field: number, ...parts: Buffer[]): Buffer {
  return bytes(field, Buffer.concat(parts));
}

function tensor(name: string, dims: number[], type: number, raw: Buffer): Buffer {
  return message(
    5,
    ...dims.map((dim) => number(1, dim)),
    number(2, type),
    bytes(8, name),
    bytes(9, raw),
  );
}

function floats(name: string, dims: number[], next: () => number): Buffer {
  const values = Float32Array.from({ length: dims.reduce((a, b) => a * b, 1) }, next);
  return tensor(name, dims, float, Buffer.from(values.buffer));
}

function ints(name: string, values: number[]): Buffer {
  return tensor(
    name,
    [values.length],
    int64,
    Buffer.from(BigInt64Array.from(values, BigInt).buffer),
  );
}

type Attribute = { name: string; ints?: number[]; int?: number };

function node(op: string, inputs: string[], output: string, attributes: Attribute[] = []): Buffer {
  return message(
    1,
    ...inputs.map((name) => bytes(1, name)),
    bytes(2, output),
    bytes(3, output),
    bytes(4, op),
    ...attributes.map(({ name, ints: list, int }) =>
      message(
        5,
        bytes(1, name),
        ...(list ?? []).map((value) => number(8, value)),
        ...(int === undefined ? [] : [number(3, int)]),
        number(20, list === undefined ? 2 : 7),
      ),
    ),
  );
}

function value(field: number, name: string, type: number, dims: (number | string)[]): Buffer {
  const shape = dims.map((dim) =>
    message(1, typeof dim === "string" ? bytes(2, dim) : number(1, dim)),
  );
  return message(
    field,
    bytes(1, name),
    message(2, message(1, number(1, type), message(2, ...shape))),
  );
}

/** A generator of numbers from -1 to 1, the same for a seed. */
function randomNumbers(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 31 - 1;
  };
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
  const tensors = [
    floats("table", [vocabulary, dimensions], next),
    ints("axis1", [1]),
    tensor("tiny", [], float, Buffer.from(Float32Array.of(1e-12).buffer)),
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
  const graph = message(
    7,
    ...nodes,
    bytes(2, "tiny"),
    ...tensors,
    value(11, idsName, int64, ["texts", "tokens"]),
    value(11, "attention_mask", int64, ["texts", "tokens"]),
    value(12, outputName, float, ["texts", dimensions]),
  );
  return Buffer.concat([
    number(1, 8),
    bytes(2, "test"),
    graph,
    message(8, bytes(1, ""), number(2, 17)),
  ]);
}

const words = "the a of to and in is it for on with as file path read write index search".split(
  " ",
);

/** A WordPiece tokenizer over a few words. */
export function tinyTokenizer(vocabulary = 32): unknown {
  const special = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"];
  const tokens = [...special, ...words, ..."abcdefghijklmnopqrstuvwxyz"].slice(0, vocabulary);
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
  writeFileSync(join(folder, "tokenizer.json"), JSON.stringify(tinyTokenizer(options.vocabulary)));
  writeFileSync(
    join(folder, "model.json"),
    JSON.stringify({ name: "tiny", dimensions: statedDimensions, maxTokens: 64, pooling: "graph" }),
  );
  return folder;
}
