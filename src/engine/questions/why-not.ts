import { whyLeftOut } from "../../indexing/why-left-out.ts";
import type { WhyResult } from "../../ports/answers/search.ts";

/**
 * Says of a file that is not in the index what leaves it out: the disk is asked, as an index run asks it.
 * @param maxFileBytes of index runs. Default 1 MiB
 */
export async function withReason(
  found: WhyResult,
  root: string,
  maxFileBytes?: number,
): Promise<WhyResult> {
  if (found.isIndexed) return found;
  const verdict = await whyLeftOut(root, found.path, maxFileBytes).catch(() => found.verdict);
  return { ...found, verdict: verdict ?? cameLate(found.path) };
}

export function cameLate(path: string): string {
  return `${path} is not in the index: nothing leaves it out, so it came after the last run. "haypile index" takes it in.`;
}
