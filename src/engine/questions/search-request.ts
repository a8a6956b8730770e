/* From what a caller of search() says, and what is said for all calls, to the request of the service. */
import { passGateForFilter } from "../../base/paths/path-gate.ts";
import type { SearchFilter } from "../../search/question/filter.ts";
import type { SearchRequest } from "../../search/request.ts";
import type { SearchCallOptions } from "../call-options.ts";
import { filterWords } from "./filter-words.ts";

/** Candidates of one query that may be embedded for it: with so many it is as good as with all. */
const mostFilledIn = 160;

/**
 * @param root the folder the index is of
 * @param askedAt when it was asked, as performance.now() tells time
 * @throws HaypileError HAYPILE_PATH_REFUSED
 */
export function searchRequest(
  query: string,
  root: string,
  options: SearchCallOptions,
  askedAt: number,
): SearchRequest {
  const { k, signal, snippetLines, filter, deadlineMs, maxTokens, minScore, rerank } = options;
  return {
    query,
    root,
    filterWords: filterWords(root),
    fillIn: options.fillIn === "off" ? 0 : mostFilledIn,
    k,
    signal,
    snippet: snippetLines === undefined ? undefined : { maxLines: snippetLines },
    filter: filter === undefined ? undefined : throughGate(filter, root),
    ...(deadlineMs !== undefined && { deadlineMs, askedAt }),
    maxTokens,
    minScore,
    rerank,
  };
}

function throughGate({ paths, notPaths, ...rest }: SearchFilter, root: string): SearchFilter {
  const pass = (path: string): string => passGateForFilter(root, path);
  return {
    ...rest,
    paths: paths === undefined ? undefined : paths.map(pass),
    notPaths: notPaths === undefined ? undefined : notPaths.map(pass),
  };
}
