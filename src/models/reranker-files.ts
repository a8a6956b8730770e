/*
 * A reranker in a folder, as cross-encoders are published: model.onnx (also below onnx/, also
 * quantised), tokenizer.json and config.json. A model.json of ours goes before config.json.
 */
import { existsSync } from "node:fs";
import { basename, join } from "node:path";
import { HaypileError } from "../base/errors.ts";
import { readDescription, readObject } from "./description.ts";
import { type Checksums, openFolder, readChecksums } from "./files.ts";

export interface LocatedReranker {
  name: string;
  /** Most tokens of a pair. */
  maxTokens: number;
  folder: string;
  modelPath: string;
  /** Its file of packed weights; undefined: it has none. */
  weightsPath: string | undefined;
  tokenizerPath: string;
  /** Sums the files must have; undefined when nobody stated any. */
  checksums: Checksums | undefined;
}

/** Taken in this order. */
const modelFiles = [
  "model.onnx",
  "onnx/model.onnx",
  "onnx/model_quantized.onnx",
  "onnx/model_int8.onnx",
];

/** Longest pair where nothing says otherwise: what BERT has positions for. */
const defaultMaxTokens = 512;
/** Shorter is no room for a query and a passage. */
const leastTokens = 16;

/**
 * Finds the files and reads what is said of them. Nothing is loaded.
 *
 * @throws HaypileError HAYPILE_PATH_MISSING and HAYPILE_NOT_A_FOLDER for the folder,
 *   HAYPILE_MODEL_MISSING for a file, HAYPILE_MODEL_INVALID when it is said to be another model
 */
export async function locateReranker(path: string): Promise<LocatedReranker> {
  const folder = await openFolder(path, "a reranker (model.onnx, tokenizer.json, config.json)");
  const described = await readDescription(join(folder, "model.json"));
  const candidates = described?.weights === undefined ? modelFiles : [described.weights];
  const model = candidates.find((name) => existsSync(join(folder, name)));
  const missing = model === undefined ? candidates[0] : "tokenizer.json";
  if (model === undefined || !existsSync(join(folder, "tokenizer.json"))) {
    throw new HaypileError(
      "HAYPILE_MODEL_MISSING",
      `The reranker's folder ${folder} has no ${missing}. Expected tokenizer.json in it and one of ${candidates.join(", ")}.`,
      { data: { folder, file: missing } },
    );
  }
  if (described !== undefined && described.kind !== "reranker") {
    throw wrongModel(folder, `model.json says "${described.kind ?? "embedding"}"`);
  }
  const config = await readConfig(folder);
  const maxTokens = described?.maxTokens ?? config.maxTokens ?? defaultMaxTokens;
  if (maxTokens < leastTokens) {
    throw new HaypileError(
      "HAYPILE_MODEL_INVALID",
      `Expected a reranker that reads ${leastTokens} tokens or more, but ${folder} says ${maxTokens}.`,
      { data: { folder, maxTokens } },
    );
  }
  return {
    name: described?.name ?? basename(folder),
    maxTokens,
    folder,
    modelPath: join(folder, described?.weights === undefined ? model : "model.onnx"),
    weightsPath: described?.weights && join(folder, described.weights),
    tokenizerPath: join(folder, "tokenizer.json"),
    checksums: await readChecksums(join(folder, "checksums.json")),
  };
}

/** What config.json says: that it scores pairs, and how long they may be. */
async function readConfig(folder: string): Promise<{ maxTokens: number | undefined }> {
  const config = await readObject(join(folder, "config.json"));
  const kinds = Array.isArray(config?.architectures) ? config.architectures.map(String) : [];
  if (kinds.length > 0 && !kinds.some((kind) => kind.endsWith("ForSequenceClassification"))) {
    throw wrongModel(folder, `config.json says "${kinds.join(", ")}"`);
  }
  const labels = config?.id2label;
  const count = typeof labels === "object" && labels !== null ? Object.keys(labels).length : 1;
  if (count > 2) throw wrongModel(folder, `config.json names ${count} classes`);
  const positions = config?.max_position_embeddings;
  return { maxTokens: Number.isInteger(positions) ? Math.min(Number(positions), 8192) : undefined };
}

function wrongModel(folder: string, because: string): HaypileError {
  return new HaypileError(
    "HAYPILE_MODEL_INVALID",
    `Expected a reranker in ${folder}, but its ${because}. Name a cross-encoder: ...ForSequenceClassification with one score or two classes.`,
    { data: { folder } },
  );
}
