/*
 * Small models of packed weights, random but sound: a weights file by native/core/encoder/weights.h, the graph of
 * one node around it, a tokenizer, and model.json.
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import {
  asInput,
  asOutput,
  float,
  int64,
  model,
  node,
  outer,
  randomNumbers,
  uint8,
  value,
} from "./onnx.ts";
import { tinyTokenizer } from "./tiny-model.ts";
import { xxh64 } from "./xxh64.ts";

export interface PackedOptions {
  layers?: number;
  heads?: number;
  headWidth?: 32 | 64;
  inner?: number;
  words?: number;
  positions?: number;
  types?: 1 | 2;
  pooled?: "mean" | "cls";
  /** Of a cross-encoder. */
  head?: "vector" | "classifier" | "pooler";
  labels?: 1 | 2;
  seed?: number;
  /** What model.json says, when not the truth. */
  stated?: { dimensions?: number; maxTokens?: number };
}

const kinds = { vector: 0, classifier: 1, pooler: 2 };
const headerBytes = 128;

function shapeOf(options: PackedOptions) {
  const { layers = 2, heads = 2, headWidth = 32, inner = 96, words = 32 } = options;
  const { positions = 512, types = 1, pooled = "mean", head = "vector" } = options;
  const labels = head === "vector" ? 0 : (options.labels ?? 1);
  const width = heads * headWidth;
  return { layers, heads, headWidth, width, inner, words, positions, types, pooled, head, labels };
}

/** The bytes of a weights file. */
export function packedWeights(options: PackedOptions = {}): Buffer {
  const shape = shapeOf(options);
  const { layers, heads, width, inner, words, positions, types, head, labels } = shape;
  const next = randomNumbers(options.seed ?? 1);
  const parts: Buffer[] = [];
  const section = (bytes: ArrayBufferLike): void => {
    const filled = Buffer.alloc(Math.ceil(bytes.byteLength / 64) * 64);
    Buffer.from(bytes).copy(filled);
    parts.push(filled);
  };
  const floats = (count: number, one: () => number): void =>
    section(Float32Array.from({ length: count }, one).buffer);
  // So small that sums of two groups of four products fit into 16 bits.
  const small = (count: number): void =>
    section(Int8Array.from({ length: count }, () => Math.round(next() * 15)).buffer);
  const norm = (): void => {
    floats(width, () => 1 + next() / 4);
    floats(width, () => next() / 4);
    floats(width, () => 30);
    floats(1, () => 128);
  };
  const linear = (inputs: number, outputs: number, scale: number): void => {
    const columns = Math.ceil(outputs / 48) * 48;
    small(inputs * columns);
    floats(columns, () => scale);
    floats(columns, () => next() / 10);
  };
  floats(words, () => 0.05);
  small(words * width);
  floats(positions * width, () => next() / 4);
  if (types === 2) floats(2 * width, () => next());
  norm();
  for (let layer = 0; layer < layers; layer += 1) {
    linear(width, 3 * width, 0.02);
    linear(width, width, 0.002);
    linear(width, inner, 0.001);
    linear(inner, width, 0.001);
    norm();
    norm();
    floats(inner, () => 40);
    floats(heads, () => 1e-6);
    floats(heads, () => 0.3);
    floats(2, () => 100);
  }
  if (head === "pooler") {
    floats(width * width, () => next() / 8);
    floats(width, () => next() / 8);
  }
  if (head !== "vector") {
    floats(labels * width, () => next());
    floats(labels, () => next());
  }
  return sealed(Buffer.concat([header(shape), ...parts]));
}

function header(shape: ReturnType<typeof shapeOf>): Buffer {
  const bytes = Buffer.alloc(headerBytes);
  bytes.write("HAYPACK1", 0, "latin1");
  bytes.writeUInt32LE(1, 8);
  bytes.writeUInt32LE(headerBytes, 12);
  const { layers, heads, headWidth, width, inner, words, positions, types } = shape;
  const numbers = [layers, heads, headWidth, width, inner, words, positions, types];
  numbers.push(shape.pooled === "mean" ? 0 : 1, 0, kinds[shape.head], shape.labels, 1);
  for (const [i, one] of numbers.entries()) bytes.writeUInt32LE(one, 32 + i * 4);
  bytes.writeFloatLE(1e-12, 32 + numbers.length * 4);
  return bytes;
}

/** The same bytes with the size and the digest that they have. */
export function sealed(bytes: Buffer): Buffer {
  const copy = Buffer.from(bytes);
  copy.writeBigUInt64LE(BigInt(copy.length), 16);
  copy.writeBigUInt64LE(xxh64(copy.subarray(headerBytes)), 24);
  return copy;
}

/** A graph of one node over a weights file of so many bytes. */
export function packedGraph(bytes: number, options: PackedOptions = {}): Buffer {
  const { width, types, labels } = shapeOf(options);
  const names = ["input_ids", "attention_mask", ...(types === 2 ? ["token_type_ids"] : [])];
  const [output, numbers] = labels === 0 ? ["sentence_embedding", width] : ["logits", labels];
  const inputs = ["input_ids", "attention_mask", "weights", ...names.slice(2)];
  return model(
    [node("TextEncoder", inputs, output as string, [], "haypile")],
    [outer("weights", [bytes], uint8, "weights.bin")],
    [
      ...names.map((name) => value(asInput, name, int64, ["texts", "tokens"])),
      value(asOutput, output as string, float, ["texts", numbers as number]),
    ],
  );
}

/** Writes weights.bin, model.onnx, tokenizer.json and model.json into a folder. */
export function writePackedModel(folder: string, options: PackedOptions = {}): string {
  const { width, positions, words, head } = shapeOf(options);
  const weights = packedWeights(options);
  const isScore = head !== "vector";
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "weights.bin"), weights);
  writeFileSync(join(folder, "model.onnx"), packedGraph(weights.length, options));
  writeFileSync(join(folder, "tokenizer.json"), JSON.stringify(tinyTokenizer(words)));
  writeFileSync(
    join(folder, "model.json"),
    JSON.stringify({
      name: "tiny-packed",
      kind: isScore ? "reranker" : "embedding",
      dimensions: isScore ? 1 : width,
      maxTokens: positions,
      pooling: "graph",
      quantisation: "int8",
      weights: "weights.bin",
      ...options.stated,
    }),
  );
  return folder;
}
