/// <reference lib="esnext.disposable" preserve="true" />
/** Public door of the embedder alone: texts in, unit vectors out. No database is involved. */
export { HaypileError } from "./base/errors.ts";
export type { ModelOptions } from "./engine/types.ts";
export type { EmbedOptions, EmbedProgress, TextEmbedder } from "./ports/embedder.ts";

import type { LoadedEmbedder } from "./engine/models/loaded-embedder.ts";
import type { ModelOptions } from "./engine/types.ts";

/** Either kind: `report()` says how the model was loaded, and nothing of a static one. */
export type Embedder = LoadedEmbedder;

/**
 * Loads a model. The result gives one Float32Array of texts × dimensions, in order, unit length.
 *
 * @example
 * await using embedder = await loadEmbedder();
 * const vectors = await embedder.embed(["first text", "second text"]);
 *
 * @throws HaypileError HAYPILE_MODEL_UNKNOWN, HAYPILE_MODEL_MISSING, HAYPILE_MODEL_DAMAGED,
 *   HAYPILE_MODEL_INVALID, HAYPILE_NATIVE_MISSING, HAYPILE_USAGE
 */
export async function loadEmbedder(options: ModelOptions = {}): Promise<Embedder> {
  const engine = await import("./engine/models/load-embedder.ts");
  return await engine.loadEmbedder(options);
}
