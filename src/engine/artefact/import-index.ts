/*
 * Takes the vectors of an exported index into that of a folder: by an index run that finds them there in place of making
 * them. Whatever the file says, texts, words and definitions come from the files on the disk; all that it can lie about is
 * a vector, and that only somebody whose key is trusted.
 */
import { resolve } from "node:path";
import { checkTextArgument } from "../../base/check-options.ts";
import { HaypileError } from "../../base/errors.ts";
import { areSameVectors, type ModelName, modelInWords } from "../../base/model-name.ts";
import type { Environment } from "../../config/environment/env.ts";
import { weightsSum } from "../../models/weights.ts";
import type {
  ArtefactFacts,
  ImportedIndex,
  ImportIndexOptions,
} from "../../ports/answers/artefact.ts";
import type { IndexResult } from "../../ports/answers/index-run.ts";
import type { KnownVectors } from "../../ports/embedder.ts";
import type { EngineParts } from "../engine-parts.ts";
import { isTrustedKey } from "./keys.ts";
import { compareRepository } from "./provenance.ts";
import { ArtefactVectors, type OpenArtefact, openArtefact } from "./read-file.ts";

export interface ImportParts extends Pick<EngineParts, "root" | "model" | "located" | "source"> {
  /** The model of the vectors that the index has; undefined: it has none, or there is no index. */
  indexModel(): ModelName | undefined;
  /** An index run that takes vectors from there before it makes any. */
  run(known: KnownVectors): Promise<IndexResult>;
}

/** @throws HaypileError as importIndex() of ports/haypile.ts */
export async function importIndex(
  parts: ImportParts,
  options: ImportIndexOptions,
): Promise<ImportedIndex> {
  const { root, source } = parts;
  const { signal } = options;
  checkTextArgument("importIndex()", "file", options.file);
  const artefact = await openArtefact(resolve(root, options.file));
  let vectors: ArtefactVectors | undefined;
  try {
    assertTrusted(artefact, source.environment);
    assertModel(artefact, parts);
    const repository = await compareRepository(root, artefact.manifest, { signal });
    if (repository === "other") throw ofAnother(artefact, root);
    vectors = await ArtefactVectors.open(artefact, source.environment.cacheFolder, signal);
    const report = await parts.run(vectors);
    return { ...report, artefact: artefact.facts, taken: vectors.found, repository };
  } finally {
    vectors?.close();
    artefact.close();
  }
}

/** What a file says of itself, if its signature is good; nobody needs to trust it for that. */
export async function artefactFacts(file: string): Promise<ArtefactFacts> {
  const artefact = await openArtefact(file);
  artefact.close();
  return artefact.facts;
}

/** @throws HaypileError HAYPILE_UNTRUSTED */
function assertTrusted({ path, facts }: OpenArtefact, environment: Environment): void {
  const { key, maker, commit } = facts;
  if (isTrustedKey(environment, key)) return;
  // Anybody can say to be anybody: it stands in quotes, and with what it is worth.
  const said =
    maker === undefined
      ? "It does not say who made it"
      : `It says to be made by ${JSON.stringify(maker)}, which anybody can say`;
  throw new HaypileError(
    "HAYPILE_UNTRUSTED",
    `Expected an exported index signed by a key that you trust, but ${path} is signed by ${key}. ${said}. The index was not changed. If whoever gives you this file names this fingerprint, run "haypile index trust ${key}" and import it again.`,
    { data: { file: path, key, maker, commit } },
  );
}

/** @throws HaypileError HAYPILE_VECTORS_DIFFER, HAYPILE_DIMENSIONS_DIFFER */
function assertModel({ path, manifest }: OpenArtefact, parts: ImportParts): void {
  const { model } = manifest;
  const { located } = parts;
  const own = located === undefined ? undefined : weightsSum(located);
  const areOtherWeights = model.weights !== undefined && own !== undefined && model.weights !== own;
  const here = [parts.indexModel(), parts.model].find(
    (one) => one !== undefined && !areSameVectors(one, model),
  );
  if (here === undefined && !areOtherWeights) return;
  const isOtherModel =
    here !== undefined && (here.id !== model.id || here.dimensions !== model.dimensions);
  const there =
    here === undefined ? `${modelInWords(parts.model)} with other weights` : modelInWords(here);
  throw new HaypileError(
    isOtherModel ? "HAYPILE_DIMENSIONS_DIFFER" : "HAYPILE_VECTORS_DIFFER",
    `Expected vectors of ${there}, as this index has them, but those in ${path} are of ${modelInWords(model)}. They are not mixed, and nothing was changed. Use the same model here ("haypile migrate-model", or --model for a new index), or export an index of this one.`,
    { data: { file: path, index: here ?? parts.model, artefact: model } },
  );
}

function ofAnother({ path, manifest }: OpenArtefact, root: string): HaypileError {
  return new HaypileError(
    "HAYPILE_USAGE",
    `Expected an exported index of the repository of ${root}, but ${path} is of a commit of another one (${manifest.commit}): the two begin with different commits. The index was not changed.`,
    { data: { file: path, root, commit: manifest.commit } },
  );
}
