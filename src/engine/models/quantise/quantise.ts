/*
 * A user's model with float weights once more with 8-bit ones, beside it or in a folder of its own. Nothing that was
 * there is changed: the new file has another name, is a draft until it was measured, and gets its name
 * where nothing has that name.
 */
import { closeSync, existsSync, readdirSync } from "node:fs";
import { join, resolve } from "node:path";
import { throwIfAborted } from "../../../base/abort.ts";
import { mb } from "../../../base/byte-count.ts";
import { fileError, HaypileError } from "../../../base/errors.ts";
import { removeFile, replaceFile } from "../../../base/files/patient.ts";
import { flushPrivate, makePrivateFolder, openPrivate } from "../../../base/files/private-files.ts";
import { realPathOf } from "../../../base/paths/real-path.ts";
import { type Environment, readEnvironment } from "../../../config/environment/env.ts";
import { smallestLimit } from "../../../governor/prediction.ts";
import { type LocatedModel, locateModel } from "../../../models/files.ts";
import { quantisedFile, weightsOf } from "../../../models/weights.ts";
import { readConfiguration } from "../../configure.ts";
import type { RuntimeOptions } from "../../types.ts";
import { loadLocatedModel, modelFactsOf } from "../model-loading.ts";
import { type Conversion, openConversion } from "./convert.ts";
import { type Loss, lossOf } from "./loss.ts";
import { writeBeside } from "./own-folder.ts";
import { type ComparedTexts, comparedTexts } from "./texts.ts";

export interface QuantiseOptions {
  /** A new or empty folder for the model; undefined: the file lies beside the whole weights. */
  out?: string | undefined;
  /** Texts to compare on, one a line, with a name for messages. */
  texts?: { pieces: AsyncIterable<string>; name: string } | undefined;
  /** Folder whose index has the texts; undefined: the current one, where it has an index. */
  index?: string | undefined;
  /** A result whose mean cosine is below is not kept. Default .95. */
  leastCosine?: number | undefined;
  /** No more memory than that, bytes: whole weights that need more are not measured. */
  maxMemoryBytes?: number | undefined;
  signal?: AbortSignal | undefined;
  onProgress?: ((progress: QuantiseProgress) => void) | undefined;
}

export interface QuantiseProgress {
  phase: "embedding with whole weights" | "writing" | "embedding with 8-bit weights";
  done: number;
  total: number;
  unit: "texts" | "weights";
}

export interface QuantiseResult {
  /** Of the model. */
  name: string;
  /** The file with 8-bit weights. */
  file: string;
  bytes: number;
  wholeBytes: number;
  /** Matrices and tables that became 8 bits. */
  converted: number;
  /** What the vectors lose; null: it could not be measured. */
  loss: Loss | null;
  /** Where the texts came from, or why nothing was measured. */
  comparedOn: string;
}

const defaultLeastCosine = 0.95;

/**
 * @param folder with model.onnx, tokenizer.json and model.json
 * @throws HaypileError HAYPILE_MODEL_INVALID for what is no such model, or lost too much; HAYPILE_MODEL_DAMAGED,
 *   HAYPILE_MODEL_MISSING, HAYPILE_CONFLICT where the result would lie is a file, HAYPILE_PATH_REFUSED for a link
 *   out of the folder, HAYPILE_ABORTED, and what the file system says
 */
export async function quantiseModel(
  folder: string,
  options: QuantiseOptions = {},
): Promise<QuantiseResult> {
  const environment = readEnvironment();
  const { signal, onProgress, leastCosine = defaultLeastCosine } = options;
  const model = await wholeModel(folder, environment);
  const out = options.out === undefined ? undefined : emptyFolder(options.out);
  const file = out === undefined ? join(model.folder, quantisedFile) : join(out, "model.onnx");
  assertFree(file);
  const runtime = runtimeOf(options, environment);
  const conversion = await openConversion(model);
  const made: string[] = [];
  try {
    const why = await tooLargeToMeasure(model, runtime, environment);
    const compared =
      why === undefined
        ? await comparedTexts(options.texts, options.index, environment)
        : undefined;
    const embed = (of: LocatedModel, { texts }: ComparedTexts, phase: QuantiseProgress["phase"]) =>
      vectorsOf(of, texts, runtime, environment, signal, (done) =>
        onProgress?.({ phase, done, total: texts.length, unit: "texts" }),
      );
    const whole = compared && (await embed(model, compared, "embedding with whole weights"));
    assertGoesOn(signal);
    if (out !== undefined) makeFolder(out);
    const draft = `${file}.${process.pid}.part`;
    made.push(draft);
    const bytes = await write(conversion, draft, (done, total) => {
      assertGoesOn(signal);
      onProgress?.({ phase: "writing", done, total, unit: "weights" });
    });
    let loss: Loss | null = null;
    if (compared !== undefined && whole !== undefined) {
      const smaller = { ...model, modelPath: draft, checksums: undefined, quantisation: "int8" };
      const small = await embed(smaller, compared, "embedding with 8-bit weights");
      loss = lossOf(whole, small, model.dimensions);
      assertGood(loss, leastCosine, compared);
    }
    assertGoesOn(signal);
    if (out !== undefined) await writeBeside(model, draft, out, made);
    giveName(draft, file);
    made.length = 0;
    return {
      name: model.name,
      file,
      bytes,
      wholeBytes: conversion.bytes,
      converted: conversion.converted,
      loss,
      comparedOn: compared?.source ?? why ?? "",
    };
  } finally {
    conversion.close();
    for (const path of made) if (existsSync(path)) removeFile(path);
  }
}

/** @throws HaypileError as locateModel(), and HAYPILE_MODEL_INVALID for what has no float weights */
async function wholeModel(folder: string, environment: Environment): Promise<LocatedModel> {
  const real = existsSync(folder) ? await realPathOf(resolve(folder)) : folder;
  const model = await locateModel({ modelFolder: real, modelsFolder: environment.dataFolder });
  if (model.kind !== "embedding") {
    throw new HaypileError(
      "HAYPILE_MODEL_INVALID",
      `Expected an embedding model with an ONNX graph, but the one in ${folder} is a ${model.kind} model. Only vectors are compared, so that no other is made smaller.`,
      { data: { folder, kind: model.kind } },
    );
  }
  if (model.weightsPath === undefined && weightsOf(model) === "fp32") return model;
  throw new HaypileError(
    "HAYPILE_MODEL_INVALID",
    `Expected a model with float32 weights, but the one in ${folder} has ${weightsOf(model)} ones by its model.json. There is nothing to make smaller.`,
    { data: { folder, quantisation: weightsOf(model) } },
  );
}

function runtimeOf(
  { maxMemoryBytes }: QuantiseOptions,
  environment: Environment,
): RuntimeOptions & { maxMemoryBytes?: number | undefined } {
  const { settings } = readConfiguration(".", {}, environment);
  return {
    workers: settings["embed.workers"].value,
    intraOpThreads: settings["embed.intra-op-threads"].value,
    tokensPerRun: settings["embed.tokens-per-run"].value,
    // The graph is used once.
    graphCache: false,
    maxMemoryBytes,
  };
}

/** Why whole weights cannot be run here; undefined: they can. */
async function tooLargeToMeasure(
  model: LocatedModel,
  { maxMemoryBytes, ...runtime }: RuntimeOptions & { maxMemoryBytes?: number | undefined },
  environment: Environment,
): Promise<string | undefined> {
  if (maxMemoryBytes === undefined) return undefined;
  const needed = smallestLimit(
    await modelFactsOf(model, runtime, environment),
    process.memoryUsage.rss(),
  );
  if (needed <= maxMemoryBytes) return undefined;
  return `not measured: the whole weights need ${mb(needed)} MB, and ${mb(maxMemoryBytes)} are allowed`;
}

async function vectorsOf(
  model: LocatedModel,
  texts: readonly string[],
  runtime: RuntimeOptions,
  environment: Environment,
  signal: AbortSignal | undefined,
  onDone: (texts: number) => void,
): Promise<Float32Array> {
  const loaded = await loadLocatedModel(model, runtime, environment, false);
  try {
    return await loaded.embed(texts, { signal, onProgress: ({ textsDone }) => onDone(textsDone) });
  } finally {
    await loaded.close();
  }
}

async function write(
  conversion: Conversion,
  draft: string,
  turn: (done: number, total: number) => void,
): Promise<number> {
  try {
    const output = openPrivate(draft, "wx");
    try {
      return await conversion.write(output, turn);
    } finally {
      closeSync(output);
    }
  } catch (error) {
    throw fileError(error, `write ${draft}`);
  }
}

function assertGood({ cosine, ranks }: Loss, least: number, { source }: ComparedTexts): void {
  if (cosine.mean >= least) return;
  throw new HaypileError(
    "HAYPILE_MODEL_INVALID",
    `Expected a mean cosine of at least ${least} between the vectors of both weights, but got ${cosine.mean} on ${source} (least ${cosine.least}; ${(100 * ranks.sameOfTen).toFixed(0)} % of the nearest ten are the same). The 8-bit weights were not kept; with --least-cosine 0 they are.`,
    { data: { cosine, ranks } },
  );
}

/** @throws HaypileError HAYPILE_CONFLICT */
function assertFree(file: string): void {
  if (!existsSync(file)) return;
  throw new HaypileError(
    "HAYPILE_CONFLICT",
    `Expected no file at ${file}, where the 8-bit weights go, but there is one, and it stays. Name a new folder with --out, or move that file away.`,
    { data: { file } },
  );
}

/** @throws HaypileError HAYPILE_CONFLICT, HAYPILE_NOT_A_FOLDER */
function emptyFolder(path: string): string {
  const folder = resolve(path);
  if (!existsSync(folder)) return folder;
  let names: string[];
  try {
    names = readdirSync(folder);
  } catch (error) {
    throw fileError(error, `use the folder ${folder}`);
  }
  if (names.length === 0) return folder;
  throw new HaypileError(
    "HAYPILE_CONFLICT",
    `Expected a new or empty folder for --out, but ${folder} has ${names.length} files, which stay as they are. Name another.`,
    { data: { folder } },
  );
}

/** @throws HaypileError HAYPILE_ABORTED */
function assertGoesOn(signal: AbortSignal | undefined): void {
  throwIfAborted(signal, "Making 8-bit weights", "Nothing is left of it; run it again.");
}

function makeFolder(folder: string): void {
  try {
    makePrivateFolder(folder);
  } catch (error) {
    throw fileError(error, `make the folder ${folder}`);
  }
}

/** Whoever made a file of that name meanwhile keeps it. */
function giveName(draft: string, file: string): void {
  try {
    flushPrivate(draft);
    closeSync(openPrivate(file, "wx"));
    replaceFile(draft, file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") assertFree(file);
    throw fileError(error, `write ${file}`);
  }
}
