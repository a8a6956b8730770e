/* The model an engine runs with, and others that it may be told to change to. */
import { byteCount } from "../../base/byte-count.ts";
import type { ModelName } from "../../base/model-name.ts";
import type { Environment } from "../../config/environment/env.ts";
import { type LocatedModel, nameOf } from "../../models/files.ts";
import { findSum, type ModelSum } from "../../models/sums.ts";
import type { ModelRunner, ProviderUse } from "../../ports/answers/index-facts.ts";
import type { TextEmbedder } from "../../ports/embedder.ts";
import { IndexModel } from "../../storage/sqlite/file/index-model.ts";
import type { CachedEmbedder } from "../caches/cached-embedder.ts";
import { chooseWeights } from "../ceiling/choose-weights.ts";
import type { SharedModel, SharedParts } from "../shared-parts.ts";
import type { IndexServer } from "../store/index-server.ts";
import type { OpenOptions } from "../types.ts";
import { LazyEmbedder } from "./lazy-embedder.ts";
import type { LoadedEmbedder } from "./loaded-embedder.ts";
import { chooseModel, type ModelsOfFiles, withoutModel } from "./model-loading.ts";
import { providerOf } from "./provider.ts";
import { runnerOf } from "./runner.ts";
import { SumEmbedder, type SumPart } from "./sum-embedder.ts";

export interface ModelParts {
  /** What makes vectors here. */
  model: ModelName;
  /** model.json names the format of its vectors: they are of no index that names none. */
  saysVectors: boolean;
  /** Older formats that a query of this one may be compared with. */
  comparable: readonly string[];
  /** Where it lies; undefined: it is not here. */
  located: LocatedModel | undefined;
  /** The index's own model is not on this machine: what needs it fails. */
  isMissing: boolean;
  /** Words for people: "all-minilm-l6-v2 int8". */
  modelName: string;
  /** The provider that was asked for in place of the CPU. */
  provider?: ProviderUse | undefined;
  /** What runs the model; undefined for a static one, and for one that is not here. */
  runner?: ModelRunner | undefined;
  /** The format of the vectors, noted in an index without any; undefined: nothing to note. */
  weights?: string | undefined;
  embedder: LazyEmbedder<LoadedEmbedder>;
  /** The embedder with the shared cache before it; undefined: no cache. */
  cached: CachedEmbedder | undefined;
  /** For searches by meaning before the model is done; undefined: without. */
  staticEmbedder: LazyEmbedder<LoadedEmbedder> | undefined;
}

export interface ModelSource {
  options: OpenOptions & ModelsOfFiles;
  database: string;
  /** Undefined: the index is a file. */
  server?: Pick<IndexServer, "model"> | undefined;
  environment: Environment;
  common: SharedParts;
  /** Several models may stand for one (models/sums.ts). Default: they may not. */
  takesSums?: boolean | undefined;
}

/** Another model, for vectors that an index or memories shall have. */
export interface Target extends Pick<SharedModel, "cached"> {
  located: LocatedModel;
  embedder: TextEmbedder & { unload(): Promise<boolean> };
}

/**
 * The model that was asked for, else the index's own, else the default, with the weights that fit. Where the index's
 * own is not here, what embeds fails when it is asked.
 * @throws HaypileError as chooseModel() and chooseWeights()
 */
export async function findModelParts(source: ModelSource): Promise<ModelParts> {
  const { options, environment, common } = source;
  const { runtime } = common;
  const model = await findModel(source);
  if (model instanceof LazyEmbedder) {
    const { modelId: id, dimensions, vectors } = model;
    return {
      model: { id, dimensions, vectors },
      saysVectors: false,
      comparable: [],
      located: undefined,
      isMissing: true,
      modelName: id,
      provider: undefined,
      weights: undefined,
      embedder: model,
      cached: undefined,
      staticEmbedder: await common.staticModel(),
    };
  }
  const isStatic = model.kind === "static";
  return {
    model: nameOf(model),
    saysVectors: model.saysVectors,
    comparable: model.comparable,
    located: model,
    isMissing: false,
    modelName:
      model.quantisation === undefined ? model.name : `${model.name} ${model.quantisation}`,
    provider: providerOf(runtime, model, environment.addonFolder),
    runner: runnerOf(model, runtime, environment.addonFolder),
    weights: isStatic ? undefined : model.vectors,
    ...common.model(model, cacheOf(options)),
    staticEmbedder: isStatic ? undefined : await common.staticModel(),
  };
}

/**
 * The model that vectors shall be of, with the weights that fit.
 * @throws HaypileError as chooseModel() and chooseWeights()
 */
export async function findTarget(
  source: Omit<ModelSource, "database">,
  wanted: { model?: string | undefined; modelFolder?: string | undefined },
): Promise<Target> {
  const { options, environment, common, takesSums = false } = source;
  // Whose vectors they are now does not matter.
  const none = new IndexModel("");
  const own = wanted.model === undefined && wanted.modelFolder === undefined;
  const asked = {
    ...options,
    ...(own ? {} : { model: undefined, modelFolder: undefined }),
    ...wanted,
  };
  const sum = takesSums ? findSum(asked.model ?? "") : undefined;
  if (sum !== undefined) return await targetOfSum(source, sum);
  const chosen = await chooseModel(asked, undefined, environment);
  // Memories stay with the packed weights: they are embedded one by one, while somebody waits.
  const runtime = takesSums ? { ...common.runtime, quantisation: undefined } : common.runtime;
  const located = await chooseWeights(common.ceiling, chosen, runtime, none, environment);
  return { located, ...common.model(located, cacheOf(options)) };
}

async function targetOfSum(source: Omit<ModelSource, "database">, sum: ModelSum): Promise<Target> {
  const parts: (SumPart & { located: LocatedModel })[] = [];
  for (const { model, weight } of sum.parts) {
    const { located, embedder } = await findTarget(source, { model, modelFolder: undefined });
    parts.push({ located, embedder, weight });
  }
  const [first] = parts as [(typeof parts)[0], ...typeof parts];
  const embedder = new SumEmbedder(sum.name, [first, ...parts.slice(1)]);
  const { dimensions, maxTokens } = embedder;
  const vectors = parts.map(({ located }) => located.vectors).join(" + ");
  const own = { name: sum.name, dimensions, maxTokens, vectors, comparable: [] };
  return { located: { ...first.located, ...own, saysVectors: true }, embedder, cached: undefined };
}

function cacheOf({ embeddingCache, embeddingCacheBytes }: OpenOptions): {
  isOn: boolean;
  maxBytes: number | undefined;
} {
  const maxBytes =
    embeddingCacheBytes === undefined
      ? undefined
      : byteCount("embeddingCacheBytes", embeddingCacheBytes);
  return { isOn: embeddingCache !== false, maxBytes };
}

async function findModel({
  options,
  database,
  server,
  environment,
  common: { ceiling, runtime },
}: ModelSource): Promise<LocatedModel | LazyEmbedder<LoadedEmbedder>> {
  const index = server?.model() ?? new IndexModel(database);
  try {
    const chosen = await chooseModel(options, index, environment);
    return await chooseWeights(ceiling, chosen, runtime, index, environment);
  } catch (error) {
    return withoutModel(error, options, index);
  } finally {
    index.close();
  }
}
