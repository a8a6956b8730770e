/* Writes memories as lines, a few at a time: a memory may be a megabyte. */
import { yieldToEventLoop } from "../base/yield.ts";
import type { MemoryFilter } from "../ports/memories.ts";
import type { MemoryStore } from "../ports/memory-store.ts";
import { checkFilter } from "./options.ts";
import { exportLine } from "./own-format.ts";
import { wholeMemories } from "./whole.ts";

const perStep = 32;

/** @param assertOpen asked before each step */
export async function* exportLines(
  store: Pick<MemoryStore, "rows" | "relations" | "scope">,
  filter: MemoryFilter,
  assertOpen: () => void,
): AsyncGenerator<string> {
  assertOpen();
  await store.scope.prepare();
  const allowed = store.scope.allowed({ ...checkFilter(filter, Date.now()), evenEnded: true });
  for (let after = 0; ; ) {
    assertOpen();
    const rowIds = allowed.oldest(perStep, after);
    if (rowIds.length === 0) return;
    for (const whole of wholeMemories(store, rowIds)) yield exportLine(whole);
    after = rowIds.at(-1) as number;
    await yieldToEventLoop();
  }
}
