/*
 * What searches of an index go by: its own vectors, or what there is until they are renewed. Vectors of two formats are
 * compared only where the model says that this was measured, and never without a word.
 */
import { isSameModel, type ModelName } from "../../base/model-name.ts";
import { type MigrationStatus, percentOf, type ServedBy } from "../../ports/answers/migration.ts";
import type { ModelParts } from "../models/model-parts.ts";

export interface Serving {
  by: ServedBy;
  /** The vectors are of an older format than the model makes here: they are to be renewed. */
  isOutdated: boolean;
}

const own: Serving = { by: "old-vectors", isOutdated: false };

/**
 * @param index the model of the vectors; undefined before there are any
 * @param isMigrating a migration is noted: what serves meanwhile need not be the index's own model
 */
export function servingOf(
  parts: Pick<ModelParts, "model" | "saysVectors" | "comparable" | "isMissing">,
  index: ModelName | undefined,
  isMigrating: boolean,
): Serving {
  if (index === undefined) return own;
  // Without a migration the failure says what to do.
  if (parts.isMissing) return isMigrating ? { by: "words", isOutdated: false } : own;
  // Somebody named another model: the search says so.
  if (!isSameModel(parts.model, index)) return own;
  const isSame =
    index.vectors === undefined ? !parts.saysVectors : index.vectors === parts.model.vectors;
  if (isSame) return own;
  const isComparable = index.vectors !== undefined && parts.comparable.includes(index.vectors);
  return { by: isComparable ? "comparable-vectors" : "words", isOutdated: true };
}

/** Why searches do not go by the index's own vectors, and until when; undefined where they do. */
export function servingInWords(
  { by, isOutdated }: Serving,
  model: ModelName,
  index: ModelName | undefined,
  migration: MigrationStatus | undefined,
): string | undefined {
  if (by === "old-vectors") return undefined;
  const found =
    by === "words"
      ? "found by words, names and the simpler model until then"
      : "the older ones, which may be compared, serve until then";
  const older = `of the older format ${index?.vectors ?? "of earlier versions"}`;
  const what = isOutdated
    ? `the vectors are ${older}, and ${model.id} makes ${model.vectors} here`
    : `the model of the vectors, ${index?.id}, is not on this machine`;
  if (migration === undefined) {
    return `${what}: ${found}. "haypile index" or "haypile migrate-model" makes them anew`;
  }
  const percent = `${percentOf(migration)} %`;
  const before = isOutdated ? "" : `${what}; `;
  if (migration.at !== undefined) {
    return `${before}the vectors are being renewed, ${percent}: ${found}`;
  }
  return `${before}the vectors are renewed by ${percent}, and nobody is at it: ${found}. "haypile migrate-model" goes on`;
}
