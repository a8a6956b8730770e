import type { ModelReport } from "../../ports/answers/index-facts.ts";
import type { EngineParts } from "../engine-parts.ts";
import type { LoadedEmbedder } from "./loaded-embedder.ts";

/** Loads the model and the reranker, if they are not yet loaded, and says how the model was. */
export async function loadModels({
  embedder,
  reranker,
}: Pick<EngineParts, "embedder" | "reranker">): Promise<ModelReport | undefined> {
  const report = await embedder.use(async (loaded) => {
    await loaded.embed(["Where the memory goes."]);
    return reportOf(loaded);
  });
  await reranker?.score("memory", ["Where the memory goes."]);
  return report;
}

/** A static model runs without a session. */
export function reportOf(loaded: LoadedEmbedder): ModelReport | undefined {
  const report = loaded.report();
  return report && { ...report, modelId: loaded.modelId, dimensions: loaded.dimensions };
}
