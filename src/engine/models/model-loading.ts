/* Which model an engine uses, and how its files become a loaded embedder. */

import { existsSync } from "node:fs";
import { readdir, stat } from "node:fs/promises";
import { availableParallelism } from "node:os";
import type { Unsaid } from "../../base/defined.ts";
import { HaypileError } from "../../base/errors.ts";
import { makePrivateFolder } from "../../base/files/private-files.ts";
import { logWork } from "../../base/log.ts";
import type { ModelName } from "../../base/model-name.ts";
import type { Environment } from "../../config/environment/env.ts";
import { graphCacheFolder, modelsFolder } from "../../config/places/paths.ts";
import type { ModelFacts } from "../../governor/prediction.ts";
import { type Checksums, type LocatedModel, locateModel } from "../../models/files.ts";
import { worthOfWords } from "../../models/late-worth.ts";
import { readsOf } from "../../models/readable.ts";
import { isKnownModel } from "../../models/registry.ts";
import type { LocatedReranker } from "../../models/reranker-files.ts";
import { readTokenizer } from "../../models/tokenizer-json.ts";
import { verifyFiles } from "../../models/verify.ts";
import { OnnxEmbedder, type OnnxEmbedderOptions } from "../../native/embedder.ts";
import { defaultTokensPerRun, type OnnxModelOptions } from "../../native/onnx-options.ts";
import { OnnxReranker } from "../../native/reranker.ts";
import { StaticEmbedder } from "../../native/static-embedder.ts";
import { TokenCounter } from "../../native/token-counter.ts";
import type {
  ModelEngine,
  SessionOptions,
  SessionReport,
} from "../../ports/answers/index-facts.ts";
import type { PieceReader } from "../../ports/tokenizer.ts";
import type { ModelOptions, RuntimeOptions } from "../types.ts";
import { LazyEmbedder } from "./lazy-embedder.ts";
import type { LoadedEmbedder } from "./loaded-embedder.ts";
import { checkLoaded } from "./provider.ts";
import { engineOf, runnerOf } from "./runner.ts";

/** The model used when neither the caller nor the index names one. */
const defaultModel = "all-minilm-l6-v2";

/** How a model is loaded. */
export type LoadOptions = RuntimeOptions & {
  /** Workers of a model whose runs are one thread each. Default: as many as of any other. */
  directWorkers?: number | undefined;
};

/** What files name as the model: they speak of many indexes, and those that have one keep it. */
export interface ModelsOfFiles {
  newIndexModel?: string | undefined;
  newIndexModelFolder?: string | undefined;
}

/** What a file says of the model of its vectors. */
export interface ModelOfFile {
  model(): ModelName | undefined;
  /** Folder of its model, where it came to it by one. */
  folder?(): string | undefined;
}

/**
 * Finds the files of the model that the caller named, else of the index's own, else of the default.
 *
 * @param index whose model it may be; undefined: it is for none
 * @throws HaypileError HAYPILE_MODEL_UNKNOWN, HAYPILE_MODEL_MISSING, HAYPILE_MODEL_INVALID, and
 *   those of the database
 */
export async function chooseModel(
  options: ModelOptions & ModelsOfFiles,
  index: ModelOfFile | undefined,
  environment: Environment,
): Promise<LocatedModel> {
  let { modelFolder } = options;
  const own = modelFolder === undefined ? index?.model()?.id : undefined;
  const isForFolder = options.model === undefined && (own === undefined || !isKnownModel(own));
  const noted = options.model === undefined && own !== undefined ? index?.folder?.() : undefined;
  if (noted !== undefined && existsSync(noted)) modelFolder ??= noted;
  if (isForFolder) modelFolder ??= options.newIndexModelFolder;
  const named = options.model ?? own;
  if (isForFolder && own !== undefined && modelFolder === undefined) {
    throw new HaypileError(
      "HAYPILE_MODEL_MISSING",
      `The index was made with the model "${own}" from a folder. Name that folder with --model-dir.`,
      { data: { model: own } },
    );
  }
  const located = await locateModel({
    modelFolder,
    ...(options.model !== undefined || modelFolder === undefined
      ? { model: named ?? options.newIndexModel ?? defaultModel }
      : {}),
    modelsFolder: modelsFolder(environment.dataFolder),
  });
  const isOurTable = located.kind === "static" && located.modelPath.endsWith("table.bin");
  if (located.kind !== "embedding" && !isOurTable) {
    throw new HaypileError(
      "HAYPILE_MODEL_INVALID",
      `Expected an embedding model that Haypile can run, but ${located.name} is a ${located.kind} model. See "haypile models list".`,
      { data: { model: located.name, kind: located.kind } },
    );
  }
  return located;
}

/**
 * The embedder of an index whose own model is not here, and that nobody named: all that needs no model
 * works, and what does fails with `error` when it comes to it.
 *
 * @throws `error`, for any other reason of it
 */
export function withoutModel(
  error: unknown,
  options: ModelOptions,
  index: Pick<ModelOfFile, "model">,
): LazyEmbedder<LoadedEmbedder> {
  const isNamed = options.model !== undefined || options.modelFolder !== undefined;
  const isMissing = HaypileError.isInstance(error) && error.code === "HAYPILE_MODEL_MISSING";
  const own = isNamed || !isMissing ? undefined : index.model();
  if (own === undefined) throw error;
  return new LazyEmbedder({ ...own, maxTokens: 256 }, () => Promise.reject(error));
}

/**
 * Loads an embedding or a static model.
 * @param forSearch texts that it cannot read get a vector of zeros
 */
export async function loadLocatedModel(
  model: LocatedModel,
  options: LoadOptions,
  environment: Environment,
  forSearch = true,
): Promise<LoadedEmbedder> {
  const reads = forSearch
    ? { reads: (pieces: PieceReader) => readsOf(model.scripts, pieces) }
    : undefined;
  if (model.kind === "static") return await loadStatic(model, environment, reads);
  const common = await onnxOptions(model, options, environment);
  const request: OnnxEmbedderOptions = {
    ...common,
    dimensions: model.dimensions,
    pooling: model.pooling,
    prefixes: model.prefixes,
    worth: common.engine === "direct" ? worthOfWords(common.tokenizer) : undefined,
    ...reads,
  };
  const loaded = await onProvider(await loadChecked(OnnxEmbedder, request, model), options);
  noteThreads(loaded.report());
  return loaded;
}

let isNoted = false;

/** Said once: what operators ask who wonder which threads are theirs. */
function noteThreads({ engine, workers, intraOpThreads }: SessionReport): void {
  if (isNoted) return;
  isNoted = true;
  const ofRuntime = engine === "onnx";
  const intra = ofRuntime ? intraOpThreads : 0;
  const how = ofRuntime
    ? `${workers} workers`
    : `the runtime is not used: packed weights run on ${workers} workers of one thread`;
  logWork(
    `ort: global thread pool capped — intra_op=${intra}, inter_op=${ofRuntime ? 1 : 0} (${how})`,
  );
}

/** Loads a reranker: by the same rules. */
export async function loadLocatedReranker(
  model: LocatedReranker,
  options: LoadOptions,
  environment: Environment,
): Promise<OnnxReranker> {
  const request = await onnxOptions(model, options, environment);
  return await onProvider(await loadChecked(OnnxReranker, request, model), options);
}

/** The model, unless it fell back to the CPU where that will not do. @throws HaypileError HAYPILE_PROVIDER */
async function onProvider<Loaded extends OnnxEmbedder | OnnxReranker>(
  loaded: Loaded,
  options: RuntimeOptions,
): Promise<Loaded> {
  try {
    checkLoaded(loaded.report(), options);
    return loaded;
  } catch (error) {
    await loaded.close();
    throw error;
  }
}

async function onnxOptions(
  model: LocatedModel | LocatedReranker,
  options: LoadOptions,
  environment: Environment,
): Promise<OnnxModelOptions> {
  runnerOf(model, options, environment.addonFolder);
  const engine = engineOf(model, options);
  return {
    modelId: model.name,
    engine,
    modelPath: model.modelPath,
    weightsPath: model.weightsPath,
    isa: options.isa,
    scratchFolder: scratchFolder(environment),
    tokenizer: await readTokenizer(model.tokenizerPath),
    maxTokens: model.maxTokens,
    workers: workersOf(engine, options),
    tokensPerRun: options.tokensPerRun,
    pin: options.pin,
    numaNode: options.numaNode,
    cacheFolder:
      options.graphCache !== false ? graphCacheFolder(environment.cacheFolder) : undefined,
    session: sessionOptions(options),
    addonFolder: environment.addonFolder,
  };
}

/** A run of the core's own encoder is one thread: where workers were not said, it gets those of a run too. */
function workersOf(engine: ModelEngine, { workers, directWorkers }: LoadOptions): number {
  return (engine === "direct" ? (directWorkers ?? workers) : workers) ?? availableParallelism();
}

/**
 * Loads a model. Its checksums are compared unless the machine knows it: the cache is keyed by the
 * content of the model file or of the packed weights, and was filled after such a comparison, so a hit proves
 * that these very bytes were checked before.
 */
async function loadChecked<Options extends OnnxModelOptions, Loaded>(
  loader: {
    load(options: Options): Promise<Loaded>;
    loadCached(options: Options): Promise<Loaded | undefined>;
  },
  request: Options,
  { folder, checksums }: { folder: string; checksums: Checksums | undefined },
): Promise<Loaded> {
  const cached = request.cacheFolder === undefined ? undefined : await loader.loadCached(request);
  if (cached !== undefined) return cached;
  if (checksums !== undefined) await verifyFiles(folder, checksums);
  return await loader.load(request);
}

/** What is known of an embedding model or a reranker before it is loaded. */
export type ModelFiles = Pick<LocatedModel, "name" | "modelPath" | "weightsPath" | "maxTokens"> & {
  kind?: LocatedModel["kind"] | undefined;
  /** Unknown of a reranker, whose output is one number. */
  dimensions?: number | undefined;
};

/** Width of the small models of the BERT family. */
const usualDimensions = 384;

/** What a prediction needs to know. */
export async function modelFactsOf(
  model: ModelFiles,
  options: LoadOptions,
  environment: Environment,
): Promise<ModelFacts> {
  const cache = graphCacheFolder(environment.cacheFolder);
  const isStatic = model.kind === "static";
  const engine = isStatic ? "onnx" : engineOf(model, options);
  const cached = options.graphCache === false ? [] : await readdir(cache).catch(() => []);
  return {
    fileBytes: (await stat(model.weightsPath ?? model.modelPath).catch(() => undefined))?.size ?? 0,
    dimensions: model.dimensions ?? usualDimensions,
    workers: workersOf(engine, options),
    tokensPerRun: options.tokensPerRun ?? defaultTokensPerRun,
    maxTokens: model.maxTokens,
    isTable: isStatic,
    packed: model.weightsPath === undefined ? undefined : engine,
    isFirstLoad: !cached.some((name) => /^[0-9a-f]{16}-[^-]+-[0-9a-f]{8}$/.test(name)),
  };
}

/** The tokeniser of a model, without the model. */
export async function tokenCounter(
  model: LocatedModel,
  environment: Environment,
): Promise<TokenCounter> {
  return new TokenCounter(await readTokenizer(model.tokenizerPath), environment.addonFolder);
}

async function loadStatic(
  model: LocatedModel,
  environment: Environment,
  reads: Pick<OnnxEmbedderOptions, "reads"> | undefined,
): Promise<StaticEmbedder> {
  if (model.checksums !== undefined) await verifyFiles(model.folder, model.checksums);
  return new StaticEmbedder({
    modelId: model.name,
    modelPath: model.modelPath,
    tokenizer: await readTokenizer(model.tokenizerPath),
    dimensions: model.dimensions,
    maxTokens: model.maxTokens,
    scratchFolder: scratchFolder(environment),
    addonFolder: environment.addonFolder,
    ...reads,
  });
}

/** Where copies of what is mapped lie; "" when it cannot be made. */
function scratchFolder({ cacheFolder }: Environment): string {
  const folder = graphCacheFolder(cacheFolder);
  try {
    makePrivateFolder(folder);
    return folder;
  } catch {
    return "";
  }
}

function sessionOptions(options: RuntimeOptions): Unsaid<SessionOptions> {
  const { intraOpThreads, spinning, cpuArena, memoryPattern, provider } = options;
  const { gpuMemoryBytes, gpuArena } = options;
  return {
    intraOpThreads,
    spinning,
    cpuArena,
    memoryPattern,
    provider,
    gpuMemoryBytes,
    gpuArena,
  };
}
