/*
 * Vectors of the last few queries of a model, for all engines that share it: one question to many folders is read by the
 * model once. It takes some kilobytes, and goes with the model.
 */
import type { TextEmbedder } from "../../ports/embedder.ts";

const mostKept = 8;

const byModel = new WeakMap<TextEmbedder, Map<string, Promise<Float32Array>>>();

/** @param key says the model as it is now, and the text */
export async function latelyAsked(
  model: TextEmbedder,
  key: string,
  embed: () => Promise<Float32Array>,
): Promise<Float32Array> {
  let kept = byModel.get(model);
  if (kept === undefined) {
    kept = new Map();
    byModel.set(model, kept);
  }
  const known = kept.get(key);
  // One that failed, was stopped by its caller say, is no answer to others.
  const vector = await known?.catch(() => undefined);
  if (vector !== undefined) return vector;
  const asked = embed();
  kept.delete(key);
  kept.set(key, asked);
  asked.catch(() => kept.delete(key));
  for (const oldest of kept.keys()) {
    if (kept.size <= mostKept) break;
    kept.delete(oldest);
  }
  return await asked;
}
