/* Lists of memories: as they were written, or in an order, from any place. */
import type { Memory, MemoryListOptions } from "../../ports/memories.ts";
import type { MemoryStore } from "../../ports/memory-rows.ts";
import { cursorOfPlace, cursorOfRow, placeOfCursor, rowOfCursor } from "../checks/cursors.ts";
import { checkCount, checkFilter, checkOrder, longestText } from "../checks/options.ts";
import { showRows } from "../recall/show.ts";

const mostInList = 1_000;
const mostSkipped = 100_000_000;

export interface MemoryPage {
  memories: Memory[];
  total: number;
  nextCursor: string | undefined;
}

/** @throws HaypileError HAYPILE_USAGE, HAYPILE_DB_* */
export async function listMemories(
  store: Pick<MemoryStore, "scope" | "rows" | "relations">,
  options: MemoryListOptions,
): Promise<MemoryPage> {
  const limit = checkCount("limit", options.limit ?? 100, 1, mostInList);
  const skip = checkCount("skip", options.skip ?? 0, 0, mostSkipped);
  const filter = checkFilter(options, Date.now());
  const textLimit = checkCount("textLimit", options.textLimit ?? longestText, 1, longestText);
  const show = (rowIds: readonly number[]): Memory[] => {
    const memories = showRows(store.relations, store.rows.get(rowIds));
    return memories.map((memory) => ({ ...memory, text: beginOf(memory.text, textLimit) }));
  };
  const order = options.order === undefined ? undefined : checkOrder(options.order);
  await store.scope.prepare();
  const allowed = store.scope.allowed(filter);
  if (order === undefined) {
    const rowIds = allowed.newest(skip + limit + 1, rowOfCursor(options.cursor));
    const page = rowIds.slice(skip, skip + limit);
    const last = rowIds.length > skip + limit ? page.at(-1) : undefined;
    return {
      memories: show(page),
      total: allowed.count,
      nextCursor: last === undefined ? undefined : cursorOfRow(last),
    };
  }
  const after = placeOfCursor(order, options.cursor);
  const places = await store.scope.page(allowed, { order, limit: limit + 1, after, skip });
  const page = places.slice(0, limit);
  const last = places.length > limit ? page.at(-1) : undefined;
  return {
    memories: show(page.map(({ rowId }) => rowId)),
    total: allowed.count,
    nextCursor: last === undefined ? undefined : cursorOfPlace(order, last),
  };
}

/** Never half of a character. */
function beginOf(text: string, limit: number): string {
  if (text.length <= limit) return text;
  const begin = text.slice(0, limit);
  return begin.isWellFormed() ? begin : begin.slice(0, -1);
}
