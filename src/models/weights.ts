/*
 * The same model in a smaller number format. A folder with the whole weights as model.onnx may hold the
 * 8-bit ones beside them, as model_quantized.onnx: the name under which they are published.
 */
import { existsSync } from "node:fs";
import { basename, join } from "node:path";
import { findFolder, type LocatedModel, locateModel, locateWhole } from "./files.ts";
import { findModel, isKnownModel } from "./registry.ts";

export const quantisedFile = "model_quantized.onnx";

/** The number format of a model's weights; a model that says nothing has whole ones. */
export function weightsOf({ quantisation }: Pick<LocatedModel, "quantisation">): string {
  return quantisation ?? "fp32";
}

/**
 * The 8-bit weights of a model that is located with whole ones: those in its folder, else those that are
 * installed under its name. Undefined when there are none, or the model has 8-bit weights itself.
 */
export async function smallerWeights(
  model: LocatedModel,
  modelsFolder: string,
): Promise<LocatedModel | undefined> {
  if (model.kind !== "embedding" || weightsOf(model) !== "fp32") return undefined;
  const beside = join(model.folder, quantisedFile);
  if (existsSync(beside)) {
    const vectors = model.saysVectors ? `${model.vectors} int8` : "int8";
    const weights = { modelPath: beside, weightsPath: undefined, quantisation: "int8", vectors };
    return { ...model, ...weights };
  }
  if (!isKnownModel(model.name)) return undefined;
  const record = findModel(model.name);
  if (findFolder(record, modelsFolder) === undefined) return undefined;
  const installed = await locateModel({ model: record.name, modelsFolder });
  const isSame = installed.dimensions === model.dimensions && installed.folder !== model.folder;
  return isSame && weightsOf(installed) === "int8" ? installed : undefined;
}

/**
 * The whole weights of a model that is located with 8-bit ones, where they are installed beside it. Undefined when there
 * are none, or somebody named the model's folder.
 */
export async function wholeWeights(
  model: LocatedModel,
  modelsFolder: string,
): Promise<LocatedModel | undefined> {
  const isOurs = model.kind === "embedding" && model.source !== "folder";
  if (!isOurs || weightsOf(model) !== "int8" || !isKnownModel(model.name)) return undefined;
  const whole = await locateWhole(findModel(model.name), modelsFolder);
  const isSame = whole?.dimensions === model.dimensions && whole.kind === model.kind;
  return isSame && weightsOf(whole) === "fp32" ? whole : undefined;
}

/** The stated sum of the file with a model's weights; undefined when nobody stated one. */
export function weightsSum(model: LocatedModel): string | undefined {
  return model.checksums?.[basename(model.weightsPath ?? model.modelPath)]?.sha256;
}
