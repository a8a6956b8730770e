/* The log of what was removed, as far as it is somebody's own: lines of others stand between. */
import type { RemovedMemory } from "../../ports/answers/memory-reports.ts";

/** Lines of the log that a store keeps at most. */
const mostKept = 10_000;
const usual = 100;

/**
 * So many more lines are looked at until there are enough, or no more.
 * @param ask the newest lines; it refuses what is no limit
 */
export async function removedOfOwn(
  ask: (limit: number) => Promise<RemovedMemory[]>,
  isOwn: (line: RemovedMemory) => boolean,
  limit: number = usual,
): Promise<RemovedMemory[]> {
  for (let looked = limit; ; looked = Math.min(mostKept, looked * 10)) {
    const all = await ask(looked);
    const own = all.filter(isOwn);
    if (own.length >= limit || all.length < looked || looked >= mostKept) {
      return own.slice(0, limit);
    }
  }
}
