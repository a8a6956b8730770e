/*
 * A small real ONNX model with the interface of a cross-encoder: the score of a pair is how many of the
 * query's tokens stand in the passage, each by its weight. What it must give can be said beforehand.
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
  scalar,
  value,
} from "./onnx.ts";
import { wordTokenizer } from "./tiny-model.ts";

export interface TinyRerankerOptions {
  /** Words it knows, each with its weight. All others are one unknown token of no weight. */
  words?: Readonly<Record<string, number>>;
  /** Numbers a pair; "free": one, and the model does not say so beforehand. Default 1. */
  classes?: 1 | 2 | 3 | "free";
  /** Without token_type_ids: the score is then the weight of all tokens of the pair. */
  noTypes?: boolean;
  outputName?: string;
  /** A factor of every score, e.g. NaN. */
  factor?: number;
  /** Fields of config.json. */
  config?: Record<string, unknown>;
  maxTokens?: number;
}

const defaultWords = { read: 1, write: 2, file: 3, index: 4, search: 5 };

export function tinyReranker(options: TinyRerankerOptions = {}): Buffer {
  const { words = defaultWords, classes = 1, factor = 1 } = options;
  const { outputName = "logits", noTypes = false } = options;
  const weights = [0, 0, 0, 0, 0, ...Object.values(words)];
  const size = weights.length;
  let at = 0;
  const identity = (): number => (at++ % (size + 1) === 0 ? 1 : 0);
  let next = 0;
  const weight = (): number => weights[next++] ?? 0;
  const nodes = [
    node("Gather", ["eye", "input_ids"], "rows"),
    node("Cast", ["attention_mask"], "mask", [{ name: "to", int: float }]),
  ];
  if (noTypes) {
    nodes.push(
      node("Unsqueeze", ["mask", "axis1"], "all"),
      node("MatMul", ["all", "rows"], "counted"),
    );
  } else {
    nodes.push(
      node("Cast", ["token_type_ids"], "types", [{ name: "to", int: float }]),
      node("Mul", ["types", "mask"], "passageMask"),
      node("Sub", ["mask", "passageMask"], "queryMask"),
      node("Unsqueeze", ["passageMask", "axis1"], "passageRow"),
      node("Unsqueeze", ["queryMask", "axis1"], "queryRow"),
      node("MatMul", ["passageRow", "rows"], "passageCounts"),
      node("Min", ["passageCounts", "one"], "present"),
      node("MatMul", ["queryRow", "rows"], "queryCounts"),
      node("Mul", ["queryCounts", "present"], "counted"),
    );
  }
  nodes.push(
    node("MatMul", ["counted", "weights"], "score3"),
    node("Squeeze", ["score3", "axis1"], "sum"),
    node("Mul", ["sum", "factor"], "score"),
  );
  if (classes === 1 || classes === "free") {
    nodes.push(node("Identity", ["score"], outputName));
  } else {
    nodes.push(
      node("Mul", ["score", "minusHalf"], "no"),
      node("Mul", ["score", "half"], "yes"),
      node("Concat", classes === 2 ? ["no", "yes"] : ["no", "yes", "no"], outputName, [
        { name: "axis", int: 1 },
      ]),
    );
  }
  const tensors = [
    floats("eye", [size, size], identity),
    floats("weights", [size, 1], weight),
    ints("axis1", [1]),
    scalar("one", 1),
    scalar("half", 0.5),
    scalar("minusHalf", -0.5),
    scalar("factor", factor),
  ];
  const inputs = ["input_ids", "attention_mask", ...(noTypes ? [] : ["token_type_ids"])];
  return model(nodes, tensors, [
    ...inputs.map((name) => value(asInput, name, int64, ["pairs", "tokens"])),
    value(asOutput, outputName, float, ["pairs", classes === "free" ? "classes" : classes]),
  ]);
}

/** Writes model.onnx, tokenizer.json and config.json into a folder. */
export function writeTinyReranker(folder: string, options: TinyRerankerOptions = {}): string {
  const { words = defaultWords, maxTokens = 64, config = {} } = options;
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "model.onnx"), tinyReranker(options));
  writeFileSync(join(folder, "tokenizer.json"), JSON.stringify(wordTokenizer(Object.keys(words))));
  writeFileSync(
    join(folder, "config.json"),
    JSON.stringify({
      architectures: ["BertForSequenceClassification"],
      max_position_embeddings: maxTokens,
      ...config,
    }),
  );
  return folder;
}
