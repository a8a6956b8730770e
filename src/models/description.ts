/* Reads model.json, which says of a model what its other files do not. */
import { HaypileError } from "../base/errors.ts";
import { readBounded } from "../base/files/read-file.ts";
import type { ModelKind, PoolingKind } from "./registry.ts";

export interface ModelDescription {
  name?: string | undefined;
  kind?: ModelKind | undefined;
  dimensions?: number | undefined;
  maxTokens?: number | undefined;
  pooling?: PoolingKind | undefined;
  prefixes?: { query: string; passage: string } | undefined;
  quantisation?: string | undefined;
  /** Name of the file of packed weights in the model's folder; the file is of native/core/encoder/weights.h. */
  weights?: string | undefined;
  /** The format of its vectors: a name that changes when the same text gets other bits. Default: the quantisation. */
  vectors?: string | undefined;
  /** Older formats whose vectors a query of this one may be compared with, as measured when it was made. */
  comparable?: string[] | undefined;
  /** Scripts it reads, by the names of Unicode ("Latin", "Cyrillic"). Default: what its tokeniser has words of. */
  scripts?: string[] | undefined;
}

/** A few lines, written by hand or by a tool. */
const mostBytes = 1_000_000;

type Check = { expected: string; test: (value: unknown) => boolean };

const text: Check = { expected: "a text", test: (value) => typeof value === "string" };
const oneOf = (...names: string[]): Check => ({
  expected: `one of ${names.join(", ")}`,
  test: (value) => typeof value === "string" && names.includes(value),
});
const count = (low: number, high: number): Check => ({
  expected: `a whole number from ${low} to ${high}`,
  test: (value) => Number.isInteger(value) && Number(value) >= low && Number(value) <= high,
});

const checks: Record<keyof ModelDescription, Check> = {
  name: text,
  kind: oneOf("embedding", "static", "reranker"),
  dimensions: count(1, 65_536),
  maxTokens: count(2, 1_048_576),
  pooling: oneOf("graph", "mean", "cls"),
  prefixes: {
    expected: 'two texts {"query": …, "passage": …}',
    test: (value) => {
      const prefixes = value as { query?: unknown; passage?: unknown } | null;
      return typeof prefixes?.query === "string" && typeof prefixes.passage === "string";
    },
  },
  quantisation: text,
  weights: {
    expected: "the name of a file in the model's folder",
    test: (value) => typeof value === "string" && /^[^/\\\0]+$/.test(value) && !/^\.+$/.test(value),
  },
  vectors: text,
  comparable: {
    expected: 'names of formats ["int8", …]',
    test: (value) => Array.isArray(value) && value.every((one) => typeof one === "string"),
  },
  scripts: {
    expected: 'names of scripts ["Latin", …]',
    test: (value) => Array.isArray(value) && value.every((one) => typeof one === "string"),
  },
};

/**
 * The description, or undefined when there is no such file. Fields that are not listed are ignored.
 * @throws HaypileError HAYPILE_MODEL_INVALID, naming the field
 */
export async function readDescription(path: string): Promise<ModelDescription | undefined> {
  const value = await readObject(path);
  if (value === undefined) return undefined;
  for (const [name, { expected, test }] of Object.entries(checks)) {
    const field = value[name];
    if (field === undefined || test(field)) continue;
    throw new HaypileError(
      "HAYPILE_MODEL_INVALID",
      `Expected ${expected} for "${name}" in ${path}, received ${JSON.stringify(field)}.`,
      { data: { path, field: name } },
    );
  }
  return value as ModelDescription;
}

/**
 * The object a JSON file holds, or undefined when there is no such file.
 * @throws HaypileError HAYPILE_MODEL_INVALID
 */
export async function readObject(path: string): Promise<Record<string, unknown> | undefined> {
  let value: unknown;
  try {
    const bytes = await readBounded(path, { mostBytes, links: "follow" });
    value = JSON.parse(bytes.toString("utf8"));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw new HaypileError(
      "HAYPILE_MODEL_INVALID",
      `The model's description ${path} cannot be read: ${(error as Error).message}`,
      { cause: error },
    );
  }
  if (typeof value === "object" && value !== null) return value as Record<string, unknown>;
  throw new HaypileError("HAYPILE_MODEL_INVALID", `Expected an object in ${path}.`);
}
