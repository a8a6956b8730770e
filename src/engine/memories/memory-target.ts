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
import { modelsFolder } from "../../config/places/paths.ts";
import { heldBytes } from "../../governor/prediction.ts";
import { locateModel } from "../../models/files.ts";
import { isKnownModel } from "../../models/registry.ts";
import { findSum, type ModelSum } from "../../models/sums.ts";
import { modelFactsOf } from "../models/model-loading.ts";
import { findTarget, type ModelSource, type Target } from "../models/model-parts.ts";

export type MemorySource = Omit<ModelSource, "database">;

/** What "memories.model" says (a name, that of a sum, or a folder) in place of the model that was named for all. */
export function sourceOfMemories(source: MemorySource, said: string | undefined): MemorySource {
  // Vectors of memories are in no shared cache: what is forgotten must be gone.
  const options = { ...source.options, embeddingCache: false };
  if (said === undefined) return { ...source, options, takesSums: true };
  // A known name goes before a folder of the same name in the current one.
  const isName = isKnownModel(said) || findSum(said) !== undefined;
  const isFolder = !isName && (isAbsolute(said) || existsSync(said));
  const named = isFolder
    ? { model: undefined, modelFolder: said }
    : { model: said, modelFolder: undefined };
  return { ...source, options: { ...options, ...named }, takesSums: true };
}

/** What the memories have vectors of. */
export interface OwnModel {
  model?: string | undefined;
  modelFolder?: string | undefined;
}

/** The model that was named, else the memories' own, else the default; undefined: it is not here, and words serve. */
export async function findMemoryTarget(
  source: MemorySource,
  own: OwnModel,
): Promise<Target | undefined> {
  const { model, modelFolder } = source.options;
  const isNamed = model !== undefined || modelFolder !== undefined;
  try {
    const wanted = isNamed ? {} : own;
    const sum = findSum(model ?? wanted.model ?? "");
    // Vectors that are of both are searched all the same, one model after the other.
    const needsRoom = sum !== undefined && own.model !== sum.name;
    if (needsRoom && !(await fitTogether(source, sum))) {
      return await findTarget(source, { model: sum.parts[0]?.model });
    }
    const target = await findTarget(source, wanted);
    if (target.located.kind !== "reranker") return target;
    const { name, kind } = target.located;
    throw new HaypileError(
      "HAYPILE_MODEL_INVALID",
      `Expected an embedding model for memories, but ${name} is a reranker. See "haypile models list".`,
      { data: { model: name, kind } },
    );
  } catch (error) {
    log("warn", `memories are found by words alone: ${String(error)}`);
    return undefined;
  }
}

/** Whether the models may be loaded side by side. */
async function fitTogether(
  { common: { ceiling, runtime }, environment }: MemorySource,
  sum: ModelSum,
): Promise<boolean> {
  const { governor } = ceiling;
  if (governor === undefined) return true;
  let bytes = governor.state().usedBytes;
  for (const { model } of sum.parts) {
    const located = await locateModel({
      model,
      modelsFolder: modelsFolder(environment.dataFolder),
    });
    bytes += heldBytes(await modelFactsOf(located, ceiling.runtime(runtime), environment));
  }
  if (bytes <= governor.limitBytes) return true;
  const names = sum.parts.map(({ model }) => model).join(" and ");
  log(
    "warn",
    `memories: ${names} need about ${mb(bytes)} MB together, the limit is ${mb(governor.limitBytes)} MB; the first alone is used`,
  );
  return false;
}
