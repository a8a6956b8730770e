import type { TextEmbedder } from "../../ports/embedder.ts";
import type { Facts } from "../../ports/store.ts";
import type { IndexCallOptions } from "../call-options.ts";
import type { EngineParts } from "../engine-parts.ts";

/**
 * The embedder of an index run. It counts with the tokeniser alone while files are read, so that parse
 * processes and the model are not there at once. Before anything goes into an empty index the model is
 * loaded once and freed again: one that cannot be used must leave nothing under its name.
 */
export async function indexingEmbedder(
  parts: Pick<EngineParts, "embedder" | "cached">,
  fillIn: IndexCallOptions["fillIn"],
  facts: Facts,
): Promise<TextEmbedder> {
  const { embedder } = parts;
  const light = embedder.light();
  if (fillIn === "off") return light;
  if (!embedder.isStarted && facts.stats().chunks === 0) {
    await embedder.ready("an empty index is only begun with a model that works");
    await embedder.unload();
  }
  const whole = parts.cached ?? embedder;
  return { ...light, embed: (texts, options) => whole.embed(texts, options) };
}
