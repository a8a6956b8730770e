/*
 * Which model the memories have. It may be another one than the code's: what is best among functions is not what is best
 * among turns of a conversation (docs/decisions/0122). Both are loaded when they are needed, share one limit of memory and make
 * room for each other.
 */
import { existsSync } from "node:fs";
import { isAbsolute } from "node:path";
import { log } from "../../base/log.ts";
import type { Environment } from "../../config/environment/env.ts";
import { modelsFolder } from "../../config/places/paths.ts";
import { type LocatedModel, locateModel } from "../../models/files.ts";
import { isKnownModel } from "../../models/registry.ts";
import { chooseModel, type ModelsOfFiles } from "../models/model-loading.ts";
import type { ModelOptions } from "../types.ts";

export interface MemoriesModelQuery {
  /** What "memories.model" says: a name, or a folder. */
  said: string | undefined;
  options: ModelOptions & ModelsOfFiles;
  /** The model of the vectors that are there; undefined: there are none. */
  own: { id: string; dimensions: number } | undefined;
}

/**
 * What was said for memories, else the model that the caller named, else that of the vectors which are there, else the
 * default. Undefined where that one is not on this machine: words alone then, and what vectors there are stay.
 */
export async function chooseMemoriesModel(
  query: MemoriesModelQuery,
  environment: Environment,
): Promise<LocatedModel | undefined> {
  try {
    const located = await locate(query, environment);
    const { kind, name } = located;
    if (kind !== "embedding" && kind !== "static") throw new Error(`${name} is a ${kind} model`);
    return located;
  } catch (error) {
    log("warn", `memories are found by words alone: ${String(error)}`);
    return undefined;
  }
}

async function locate(
  { said, options, own }: MemoriesModelQuery,
  environment: Environment,
): Promise<LocatedModel> {
  const folder = modelsFolder(environment.dataFolder);
  if (said !== undefined) {
    // A known name goes before a folder of the same name in the current one.
    const isFolder = !isKnownModel(said) && (isAbsolute(said) || existsSync(said));
    const named = isFolder ? { modelFolder: said } : { model: said };
    return await locateModel({ ...named, modelsFolder: folder });
  }
  return await chooseModel(options, own && { model: () => own }, environment);
}
