/* Deletion by filter: shown first, then gone through with. */
import type { ForgetResult } from "../../ports/answers/memory-reports.ts";
import type { ForgetPreview, MemoryFilter } from "../../ports/memories.ts";
import type { MemoryStore } from "../../ports/memory-rows.ts";
import { checkFilter } from "../checks/options.ts";
import { showRows } from "../recall/show.ts";
import type { Forgetting } from "./forget.ts";

const previewSample = 10;

/** @throws HaypileError HAYPILE_CONFIRM, HAYPILE_USAGE */
export async function forgetWhere(
  store: Pick<MemoryStore, "rows" | "relations">,
  forgetting: Forgetting,
  filter: MemoryFilter,
  options: { confirm: string; hard?: boolean | undefined } | undefined,
): Promise<ForgetPreview | ForgetResult> {
  const keys = await forgetting.matching(checkFilter(filter, Date.now()));
  if (options !== undefined) {
    const { confirm, hard = false } = options;
    return await forgetting.forgetConfirmed(keys, confirm, hard);
  }
  const newest = keys.slice(-previewSample).reverse();
  const rows = newest.flatMap((key) => store.rows.current(key) ?? []);
  return {
    matched: keys.length,
    sample: showRows(store.relations, rows),
    confirm: await forgetting.tokenFor(keys),
  };
}
