/* The model that the vectors of a MapStore are of. */
import { HaypileError } from "../../src/base/errors.ts";
import { areSameVectors, isSameModel, type ModelName } from "../../src/base/model-name.ts";

interface Tied {
  model: ModelName | undefined;
}

/** @throws HaypileError HAYPILE_DIMENSIONS_DIFFER, HAYPILE_VECTORS_DIFFER */
export function check(data: Tied, model: ModelName): void {
  const own = data.model;
  if (own === undefined || areSameVectors(own, model)) return;
  if (!isSameModel(own, model)) {
    throw differ(data, `${model.id} with ${model.dimensions} dimensions was asked for`);
  }
  throw new HaypileError("HAYPILE_VECTORS_DIFFER", `${own.vectors} is not ${model.vectors}.`);
}

export function differ({ model }: Tied, what: string): HaypileError {
  return new HaypileError(
    "HAYPILE_DIMENSIONS_DIFFER",
    `The index was made with ${model?.id} with ${model?.dimensions} dimensions, but ${what}. Name another file with --db.`,
  );
}
