/* What an exported index says of itself before its vectors begin. Whoever reads it was not asked: every value is checked. */
import { HaypileError } from "../../base/errors.ts";
import type { ModelName } from "../../base/model-name.ts";

/** Counts up when the bytes mean something else. */
export const artefactFormat = 1;
/** Behind the manifest. */
export const signatureBytes = 64;

export interface Manifest {
  /** Version of Haypile that wrote it. */
  haypile: string;
  /** Of the vectors, with the SHA-256 of the weights where somebody stated one. */
  model: ModelName & { weights?: string | undefined };
  commit: string;
  /** Seconds since 1970, of the commit. */
  committed: number;
  /** Id of the tree of the folder. */
  tree: string;
  /** The folder in the repository, with "/"; "" is its top. */
  folder: string;
  /** First commits of the history, sorted; left out where it is not whole here, as in a shallow clone. */
  roots?: readonly string[] | undefined;
  files: number;
  vectors: number;
  /** SHA-256 of what comes behind the signature, hex. */
  body: string;
  /** Public key, 32 bytes as base64url. */
  key: string;
  maker?: string | undefined;
}

export const mostManifestBytes = 64 * 1024;
export const mostMakerChars = 100;
/** First commits of one history. */
export const mostRoots = 64;
/** A file of these has more than a terabyte. */
const mostVectors = 2 ** 31;
const mostDimensions = 65_536;

/** The manifest, of which only the shape is known to be right. @throws HaypileError HAYPILE_SNAPSHOT_INVALID */
export function parseManifest(bytes: Uint8Array, file: string): Manifest {
  let said: unknown;
  try {
    said = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch {
    throw invalid(file, "what it says of itself is no JSON");
  }
  const of = recordIn(said, file, "manifest");
  const model = recordIn(of.model, file, "model");
  const roots = of.roots;
  if (roots !== undefined && !(Array.isArray(roots) && roots.length <= mostRoots)) {
    throw invalid(file, "its roots are no list");
  }
  return {
    haypile: text(of.haypile, /^[\w.+-]{1,40}$/u, "haypile"),
    model: {
      id: text(model.id, /^[^\p{Cc}]{1,200}$/u, "model"),
      dimensions: count(model.dimensions, 1, mostDimensions, "dimensions"),
      vectors: optional(model.vectors, /^[^\p{Cc}]{1,100}$/u, "vectors of the model"),
      weights: optional(model.weights, /^[0-9a-f]{64}$/u, "weights"),
    },
    commit: text(of.commit, idShape, "commit"),
    committed: count(of.committed, 0, 2 ** 40, "committed"),
    tree: text(of.tree, idShape, "tree"),
    folder: text(of.folder, /^.{0,4096}$/su, "folder"),
    roots: roots?.map((root: unknown) => text(root, idShape, "roots")),
    files: count(of.files, 0, 2 ** 31, "files"),
    vectors: count(of.vectors, 1, mostVectors, "vectors"),
    body: text(of.body, /^[0-9a-f]{64}$/u, "body"),
    key: text(of.key, /^[\w-]{43}$/u, "key"),
    maker: optional(of.maker, /^.{1,100}$/su, "maker"),
  };

  function text(value: unknown, shape: RegExp, name: string): string {
    if (typeof value === "string" && shape.test(value)) return value;
    throw invalid(file, `its ${name} is not what it must be`);
  }

  function optional(value: unknown, shape: RegExp, name: string): string | undefined {
    return value === undefined ? undefined : text(value, shape, name);
  }

  function count(value: unknown, least: number, most: number, name: string): number {
    if (Number.isInteger(value) && Number(value) >= least && Number(value) <= most) {
      return Number(value);
    }
    throw invalid(file, `its ${name} is no number that can be`);
  }
}

const idShape = /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/u;

function recordIn(value: unknown, file: string, name: string): Record<string, unknown> {
  if (typeof value === "object" && value !== null && !Array.isArray(value)) {
    return value as Record<string, unknown>;
  }
  throw invalid(file, `its ${name} is no record`);
}

/** @param why as it stands after a colon */
export function invalid(
  file: string,
  why: string,
  data: Record<string, unknown> = {},
): HaypileError {
  return new HaypileError(
    "HAYPILE_SNAPSHOT_INVALID",
    `Expected an exported index of Haypile, but ${file} is damaged, cut short or none: ${why}. The index was not changed. Get the file again, or make it anew with "haypile index export".`,
    { data: { file, why, ...data } },
  );
}
