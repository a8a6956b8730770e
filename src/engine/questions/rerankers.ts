/* What looks at the best hits of a search once more. */
import type { SearchParts } from "../../search/routes/candidates.ts";
import type { EngineParts } from "../engine-parts.ts";

/**
 * The cross-encoder that was named, and the index's own model token by token, where its packed weights run direct.
 * @param isOff memory is short: neither
 */
export function rerankersOf(
  { reranker, embedder, runner, configured }: EngineParts,
  isOff: boolean,
): Pick<SearchParts, "reranker" | "late"> {
  if (isOff) return {};
  const { value } = configured.configuration.settings["search.rerank"];
  const late =
    runner?.engine === "direct" ? { scorer: embedder, isDefault: value === "on" } : undefined;
  return { reranker, late };
}
