/* Time of a search: until when, and what it went into. */
import type { SearchRequest, SearchTimes } from "../ports/answers/search.ts";

/** When the answer must be there, as performance.now() tells time; Infinity: no limit. */
export function endOf({ askedAt, deadlineMs }: SearchRequest): number {
  return (askedAt ?? performance.now()) + (deadlineMs ?? Number.POSITIVE_INFINITY);
}

/** No time spent yet. */
export function noTimes(): SearchTimes {
  return { embed: 0, words: 0, meaning: 0, fuse: 0, rerank: 0, show: 0, total: 0 };
}
