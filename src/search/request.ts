/* Time of a search: until when. */
import type { SearchRequest } from "../ports/answers/search.ts";

/** When the answer must be there, as performance.now() tells time; Infinity: no limit. */
export function endOf({ askedAt, deadlineMs }: SearchRequest): number {
  return (askedAt ?? performance.now()) + (deadlineMs ?? Number.POSITIVE_INFINITY);
}
