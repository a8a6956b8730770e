/* Which model an index is on its way to. */
import { isSameModel, type ModelName } from "../../base/model-name.ts";
import { type LocatedModel, nameOf } from "../../models/files.ts";
import type { MigrateCallOptions } from "../../ports/answers/migration.ts";
import type { TextEmbedder } from "../../ports/embedder.ts";
import type { NextVectors } from "../../ports/store.ts";
import {
  findTarget,
  type ModelParts,
  type ModelSource,
  type Target,
} from "../models/model-parts.ts";

export interface MigrationTarget {
  to: ModelName;
  located: LocatedModel;
  found: Target;
  /** With the cache of vectors before it, where that is on. */
  embedder: TextEmbedder;
  /** Frees the model while nothing uses it. */
  unload: () => Promise<boolean>;
  /** Of a model that a folder was named for. */
  folder: string | undefined;
}

/** Vectors of this index are of the model that runs here. */
export function isOf(
  { model, saysVectors }: Pick<ModelParts, "model" | "saysVectors">,
  index: ModelName,
): boolean {
  if (!isSameModel(model, index)) return false;
  return index.vectors === undefined ? !saysVectors : index.vectors === model.vectors;
}

/** What a target is chosen for. */
export interface Chooser {
  source: Omit<ModelSource, "database">;
  /** The model that runs here; undefined: none does. */
  here: Target | undefined;
  /** Of the vectors; undefined: there are none. */
  of: ModelName | undefined;
  next: Pick<NextVectors, "state"> & { drop(): void | Promise<void> };
}

/**
 * The model that was named, else the one noted, else the one that runs here.
 * @returns undefined: the vectors are of it, and nothing else is on its way
 * @throws HaypileError HAYPILE_MODEL_*, HAYPILE_MEMORY_LIMIT
 */
export async function chooseTarget(
  { source, here, of, next }: Chooser,
  { model, modelFolder }: MigrateCallOptions,
): Promise<MigrationTarget | undefined> {
  const noted = next.state();
  const isNamed = model !== undefined || modelFolder !== undefined;
  const named = isNamed
    ? { model, modelFolder }
    : noted &&
      (noted.folder === undefined ? { model: noted.to.id } : { modelFolder: noted.folder });
  const found =
    named === undefined && here !== undefined ? here : await findTarget(source, named ?? {});
  const { located } = found;
  const to = nameOf(located);
  if (of === undefined || isOf({ model: to, saysVectors: located.saysVectors }, of)) {
    // Back to what is there: the way to another model is given up.
    if (noted !== undefined) await next.drop();
    return undefined;
  }
  const folder = located.source === "folder" ? located.folder : undefined;
  const unload = (): Promise<boolean> => found.embedder.unload();
  return { to, located, found, folder, unload, embedder: found.cached ?? found.embedder };
}
