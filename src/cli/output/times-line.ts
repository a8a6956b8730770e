/* Where the time of a search or recall went, in one line. */
import type { SearchTimes } from "../../ports/answers/search.ts";

/** Stages that took so little are not named, milliseconds. */
const leastMs = 0.05;

/** "queue 12.0 ms, embed 4.1 ms, words 0.8 ms", in the order of a call. */
export function timesInWords({ total: _, ...stages }: SearchTimes): string {
  const order = Object.entries(stages).filter(([, ms]) => ms >= leastMs);
  if (order.length === 0) return "no stage took any time";
  return order.map(([stage, ms]) => `${stage} ${ms.toFixed(1)} ms`).join(", ");
}
