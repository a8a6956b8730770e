/*
 * Which model vectors are of: its name, their length, and their format. Two formats of one model give other bits for
 * the same text (other weights, another way of rounding), so vectors of both must not stand in one table, nor be
 * compared without a word.
 */

export interface ModelName {
  id: string;
  dimensions: number;
  /** The format of its vectors ("int8"); undefined in files and embedders that do not say. */
  vectors?: string | undefined;
}

/** Both are of one model, whatever the formats. */
export function isSameModel(a: ModelName, b: ModelName): boolean {
  return a.id === b.id && a.dimensions === b.dimensions;
}

/** Their vectors may stand together. What says no format is taken to be of the other's. */
export function areSameVectors(a: ModelName, b: ModelName): boolean {
  const isSaid = a.vectors !== undefined && b.vectors !== undefined;
  return isSameModel(a, b) && (!isSaid || a.vectors === b.vectors);
}

/** "all-minilm-l6-v2 with 384 dimensions in the format int8" */
export function modelInWords({ id, dimensions, vectors }: ModelName): string {
  const format = vectors === undefined ? "" : ` in the format ${vectors}`;
  return `${id} with ${dimensions} dimensions${format}`;
}

/** The name of what an embedder gives. */
export function nameOfEmbedder(embedder: {
  modelId: string;
  dimensions: number;
  vectors?: string | undefined;
}): ModelName {
  const { modelId: id, dimensions, vectors } = embedder;
  return { id, dimensions, vectors };
}

/** Models that know words alone, each with one vector that no context changes. */
const staticModels: ReadonlySet<string> = new Set(["static-code-256"]);

/** Whether vectors of this model are ranked by numbers of their own, as they are where they stand in for another's. */
export function isStaticModel(modelId: string | undefined): boolean {
  return modelId !== undefined && staticModels.has(modelId);
}
