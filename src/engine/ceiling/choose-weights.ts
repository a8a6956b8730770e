/*
 * Which weights of a model an index uses. Vectors of whole and of 8-bit weights do not compare well, so
 * the weights an index was made with stay its weights. An index without vectors takes the whole ones
 * where they fit the limit, else the 8-bit ones, and says so.
 */
import { footprintEvents } from "../../base/events.ts";
import { log } from "../../base/log.ts";
import type { Environment } from "../../config/environment/env.ts";
import { modelsFolder } from "../../config/places/paths.ts";
import type { LocatedModel } from "../../models/files.ts";
import { smallerWeights, weightsOf, wholeWeights } from "../../models/weights.ts";
import type { Facts } from "../../ports/store.ts";
import type { IndexModel } from "../../storage/sqlite/file/index-model.ts";
import type { RuntimeOptions } from "../types.ts";
import { assertWorkable, type CeilingGuard, smallestFor } from "./guard.ts";

const weightsKey = "model-weights";

/** What an index says of its model. */
type ModelOfIndex = Pick<IndexModel, "model" | "hasVectors">;

/** Notes in an index without vectors which format its vectors will be of. */
export function noteWeights(facts: Facts, vectors: string | undefined): void {
  if (vectors === undefined || facts.get(weightsKey) === vectors) return;
  if (facts.stats().vectors === 0) facts.set(weightsKey, vectors);
}

/**
 * The model with the weights to use under this limit.
 * @throws HaypileError HAYPILE_MEMORY_LIMIT, with the smallest limit that works; and those of the database
 */
export async function chooseWeights(
  guard: CeilingGuard,
  found: LocatedModel,
  options: RuntimeOptions,
  index: ModelOfIndex,
  environment: Environment,
): Promise<LocatedModel> {
  const model = await wantedWeights(found, options, index, environment);
  const smaller = await smallerWeights(model, modelsFolder(environment.dataFolder));
  if (smaller === undefined) {
    await assertWorkable(guard, model, options, environment);
    return model;
  }
  const bound = formatOfVectors(index);
  if (bound === smaller.vectors) {
    say(model, `the vectors of the index are of its ${weightsOf(smaller)} weights`, "info");
    await assertWorkable(guard, smaller, options, environment);
    return smaller;
  }
  const smallest = await smallestFor(guard, model, options, environment);
  if (smallest === undefined) return model;
  if (bound !== undefined) {
    const advice = `The index has vectors of the ${weightsOf(model)} weights, which do not compare with those of the ${weightsOf(smaller)} weights: to use these, index into another file with --db, or delete the index and index again.`;
    await assertWorkable(guard, model, options, environment, advice);
  }
  await assertWorkable(guard, smaller, options, environment);
  const needs = (smallest / 1e6).toFixed(0);
  say(
    model,
    `its ${weightsOf(model)} weights need a limit of ${needs} MB; its ${weightsOf(smaller)} weights are used`,
    "warn",
  );
  return smaller;
}

/**
 * Where a model is installed with both weights: those of the index's vectors, and for an index without any those that
 * were wanted.
 */
async function wantedWeights(
  found: LocatedModel,
  { quantisation }: RuntimeOptions,
  index: ModelOfIndex,
  { dataFolder }: Environment,
): Promise<LocatedModel> {
  const whole = await wholeWeights(found, modelsFolder(dataFolder));
  if (whole === undefined) return found;
  const bound = index.hasVectors() ? (index.model()?.vectors ?? found.vectors) : undefined;
  const isWanted = bound === undefined ? quantisation === "fp32" : bound === whole.vectors;
  return isWanted ? whole : found;
}

function say(model: LocatedModel, why: string, level: "info" | "warn"): void {
  footprintEvents.note(`weights of ${model.name}`, "limited", why);
  log(level, `model ${model.name}: ${why}`);
}

/** The format of the vectors in an index; undefined without vectors. An index that does not say has whole weights. */
function formatOfVectors(index: ModelOfIndex): string | undefined {
  return index.hasVectors() ? (index.model()?.vectors ?? "fp32") : undefined;
}
