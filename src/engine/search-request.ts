/* From what a caller of search() says, and what is said for all calls, to the request of the service. */
import type { SearchRequest } from "../search/request.ts";
import type { SearchCallOptions } from "./call-options.ts";

/** Candidates of one query that may be embedded for it: with so many it is as good as with all. */
const mostFilledIn = 160;

/**
 * @param root the folder the index is of
 * @param takenMs of the time to the deadline
 */
export function searchRequest(
  query: string,
  root: string,
  options: SearchCallOptions,
  takenMs = 0,
): SearchRequest {
  const { k, signal, snippetLines, filter, deadlineMs, maxTokens, rerank } = options;
  return {
    query,
    root,
    fillIn: options.fillIn === "off" ? 0 : mostFilledIn,
    ...(k !== undefined && { k }),
    ...(signal !== undefined && { signal }),
    ...(snippetLines !== undefined && { snippet: { maxLines: snippetLines } }),
    ...(filter !== undefined && { filter }),
    ...(deadlineMs !== undefined && { deadlineMs: Math.max(1, deadlineMs - takenMs) }),
    ...(maxTokens !== undefined && { maxTokens }),
    ...(rerank !== undefined && { rerank }),
  };
}
