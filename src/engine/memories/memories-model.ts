/*
 * Which model the memories have. It may be another one than the code's: what is best among functions is not what is best
 * among turns of a conversation, and a sum of two is better than either (docs/decisions/0122). Models are loaded when
 * they are needed, share one limit of memory and make room for each other; where there is no room for two, a new file has one.
 */
import { existsSync } from "node:fs";
import { isAbsolute } from "node:path";
import { mb } from "../../base/byte-count.ts";
import { HaypileError } from "../../base/errors.ts";
import { log } from "../../base/log.ts";
import type { Environment } from "../../config/environment/env.ts";
import { modelsFolder } from "../../config/places/paths.ts";
import { heldBytes } from "../../governor/prediction.ts";
import { type LocatedModel, locateModel } from "../../models/files.ts";
import { isKnownModel } from "../../models/registry.ts";
import { findSum, type ModelSum } from "../../models/sums.ts";
import type { TextEmbedder } from "../../ports/embedder.ts";
import { chooseModel, type ModelsOfFiles, modelFactsOf } from "../models/model-loading.ts";
import { SumEmbedder } from "../models/sum-embedder.ts";
import type { SharedParts } from "../shared-parts.ts";
import type { ModelOptions } from "../types.ts";

export interface MemoriesModelQuery {
  /** What "memories.model" says: a name, that of a sum, or a folder. */
  said: string | undefined;
  options: ModelOptions & ModelsOfFiles;
  /** The model of the vectors that are there; undefined: there are none. */
  own: { id: string; dimensions: number } | undefined;
}

/**
 * The model that was said for memories, else the one the caller named, else that of the vectors which are there, else the
 * default. Undefined where that one is not on this machine: words alone then, and what vectors there are stay.
 */
export async function memoriesEmbedder(
  query: MemoriesModelQuery,
  shared: SharedParts,
  environment: Environment,
): Promise<TextEmbedder | undefined> {
  try {
    const sum = sumOf(query);
    if (sum === undefined) return embedderOf(await locate(query, environment), shared);
    return await sumEmbedder(sum, query, shared, environment);
  } catch (error) {
    log("warn", `memories are found by words alone: ${String(error)}`);
    return undefined;
  }
}

/** Vectors of memories are in no shared cache: what is forgotten must be gone. */
function embedderOf(located: LocatedModel, shared: SharedParts): TextEmbedder {
  return shared.model(located, { isOn: false, maxBytes: undefined }).embedder;
}

function isNamed({ options }: MemoriesModelQuery): boolean {
  return options.model !== undefined || options.modelFolder !== undefined;
}

function sumOf(query: MemoriesModelQuery): ModelSum | undefined {
  const { said, own } = query;
  if (said !== undefined) return findSum(said);
  return own === undefined || isNamed(query) ? undefined : findSum(own.id);
}

async function locate(query: MemoriesModelQuery, environment: Environment): Promise<LocatedModel> {
  const { said, options, own } = query;
  if (said !== undefined) {
    // A known name goes before a folder of the same name in the current one.
    const isFolder = !isKnownModel(said) && (isAbsolute(said) || existsSync(said));
    const named = isFolder ? { modelFolder: said } : { model: said };
    const located = await locateModel({
      ...named,
      modelsFolder: modelsFolder(environment.dataFolder),
    });
    if (located.kind !== "reranker") return located;
    throw new HaypileError(
      "HAYPILE_MODEL_INVALID",
      `Expected an embedding model for memories, but ${located.name} is a reranker. See "haypile models list".`,
      { data: { model: located.name, kind: located.kind } },
    );
  }
  const isOfFolder = own !== undefined && !isKnownModel(own.id);
  if (isOfFolder && !isNamed(query) && options.newIndexModelFolder === undefined) {
    throw new HaypileError(
      "HAYPILE_MODEL_MISSING",
      `The vectors of the memories are by "${own.id}", a model from a folder. Name that folder with memories.model (HAYPILE_MEMORIES_MODEL), or a model of Haypile's, which makes them anew.`,
      { data: { model: own.id } },
    );
  }
  return await chooseModel(options, own && { model: () => own }, environment);
}

async function sumEmbedder(
  sum: ModelSum,
  { own }: MemoriesModelQuery,
  shared: SharedParts,
  environment: Environment,
): Promise<TextEmbedder> {
  const folder = modelsFolder(environment.dataFolder);
  const located: LocatedModel[] = [];
  for (const { model } of sum.parts) {
    located.push(await locateModel({ model, modelsFolder: folder }));
  }
  const [first] = located as [LocatedModel, ...LocatedModel[]];
  const isMade = own?.id === sum.name;
  if (!isMade && !(await fitTogether(located, shared, environment)))
    return embedderOf(first, shared);
  const parts = located.map((one, at) => {
    return { embedder: embedderOf(one, shared), weight: sum.parts[at]?.weight ?? 0 };
  });
  return new SumEmbedder(sum.name, parts as [(typeof parts)[0], ...typeof parts]);
}

/** Whether the models may be loaded side by side. Vectors that are of both are searched all the same, one after the other. */
async function fitTogether(
  models: readonly LocatedModel[],
  { ceiling, runtime }: SharedParts,
  environment: Environment,
): Promise<boolean> {
  const { governor } = ceiling;
  if (governor === undefined) return true;
  let bytes = governor.state().usedBytes;
  for (const model of models) {
    bytes += heldBytes(await modelFactsOf(model, ceiling.runtime(runtime), environment));
  }
  if (bytes <= governor.limitBytes) return true;
  const names = models.map(({ name }) => name).join(" and ");
  log(
    "warn",
    `memories: ${names} need about ${mb(bytes)} MB together, the limit is ${mb(governor.limitBytes)} MB; the first alone is used`,
  );
  return false;
}
