/* The log of what was removed, as far as it is somebody's own: lines of others stand between. */
import type { RemovedMemory } from "../../ports/answers/memory-reports.ts";
import { checkCount } from "../checks/options.ts";

/** Lines of the log that a store keeps at most. */
const mostKept = 10_000;
const usual = 100;
/** Fewer lines take no less time: where most are others', each look is one more question. */
const fewestLooked = 1_000;

/**
 * More lines are looked at until there are enough, or no more: two looks, of which the second is at all.
 * @param ask the newest lines
 * @throws HaypileError HAYPILE_USAGE where the limit is none
 */
export async function removedOfOwn(
  ask: (limit: number) => Promise<RemovedMemory[]>,
  isOwn: (line: RemovedMemory) => boolean,
  limit: number = usual,
): Promise<RemovedMemory[]> {
  const least = Math.max(checkCount("limit", limit, 1, mostKept), fewestLooked);
  for (let looked = least; ; looked = mostKept) {
    const all = await ask(looked);
    const own = all.filter(isOwn);
    if (own.length >= limit || all.length < looked || looked >= mostKept) {
      return own.slice(0, limit);
    }
  }
}
