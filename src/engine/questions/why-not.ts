import { whyLeftOut } from "../../indexing/why-left-out.ts";
import type { WhyResult } from "../../ports/answers/search.ts";

/** Says of a file that is not in the index what leaves it out: the disk is asked, as an index run asks it. */
export async function withReason(found: WhyResult, root: string): Promise<WhyResult> {
  if (found.isIndexed) return found;
  const verdict = await whyLeftOut(root, found.path).catch(() => found.verdict);
  const late = `${found.path} is not in the index: nothing leaves it out, so it came after the last run. "haypile index" takes it in.`;
  return { ...found, verdict: verdict ?? late };
}
