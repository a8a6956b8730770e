/* Two models share one limit of memory: the old one for queries, the new one for vectors. */
import { mb } from "../../base/byte-count.ts";
import { smallestForTwo } from "../ceiling/guard.ts";
import type { EngineParts } from "../engine-parts.ts";
import type { MigrationTarget } from "./target.ts";

/** @returns why the old model does not serve meanwhile; undefined: it does, or is not needed */
export async function roomForTwo(
  parts: EngineParts,
  target: MigrationTarget,
): Promise<string | undefined> {
  const { ceiling, located, embedder, source } = parts;
  const limitBytes = ceiling.governor?.limitBytes;
  if (limitBytes === undefined || located === undefined || located === target.located) {
    return undefined;
  }
  // What it takes while loaded would be counted twice.
  await Promise.all([embedder.unload(), target.unload()]);
  const models = [located, target.located] as const;
  const smallest = await smallestForTwo(
    ceiling,
    models,
    ceiling.runtime(source.options),
    source.environment,
  );
  if (smallest === undefined) return undefined;
  return `the memory limit of ${mb(limitBytes)} MB holds one model at a time: found by words, names and the simpler model until the vectors are renewed; with --max-memory ${Math.ceil(smallest / 1e6)}MB the old vectors serve on`;
}
