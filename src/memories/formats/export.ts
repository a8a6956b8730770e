/* Writes memories as lines, a few at a time: a memory may be a megabyte. */
import { yieldToEventLoop } from "../../base/yield.ts";
import type { MemoryFilter } from "../../ports/memories.ts";
import type { MemoryStore, WholeMemory } from "../../ports/memory-rows.ts";
import { checkFilter } from "../checks/options.ts";
import { whenThere } from "../writing/when-free.ts";
import { exportLine } from "./own-format.ts";

const perStep = 32;

/** @param assertOpen asked before each step */
export async function* exportLines(
  store: Pick<MemoryStore, "rows" | "relations" | "scope">,
  filter: MemoryFilter,
  assertOpen: () => void,
): AsyncGenerator<string> {
  assertOpen();
  const said = { ...checkFilter(filter, Date.now()), evenEnded: true };
  const allowed = await whenThere(async () => {
    await store.scope.prepare();
    return store.scope.allowed(said);
  });
  for (let after = 0; ; ) {
    assertOpen();
    // A page is told whole or not at all: where a server was away in the middle of it, it is asked again.
    const from = after;
    const { rowIds, lines } = await whenThere(async () => {
      const rowIds = allowed.oldest(perStep, from);
      return { rowIds, lines: [...wholeMemories(store, rowIds)].map(exportLine) };
    });
    if (rowIds.length === 0) return;
    yield* lines;
    after = rowIds.at(-1) as number;
    await yieldToEventLoop();
  }
}

/** All that belongs to memories. @param rowIds of their newest texts */
function* wholeMemories(
  store: Pick<MemoryStore, "rows" | "relations">,
  rowIds: readonly number[],
): Generator<WholeMemory> {
  const rows = store.rows.get(rowIds);
  const keys = rows.map(({ key }) => key);
  const links = store.relations.links(keys);
  const anchors = store.relations.anchors(keys);
  for (const row of rows) {
    const { key } = row;
    yield {
      // One text since its making has no other.
      rows: row.since === row.created ? [row] : store.rows.versions(key),
      notes: store.relations.notes(key),
      links: links
        .filter(({ from }) => from === key)
        .map(({ to, relation, at }) => ({ to, relation, at })),
      anchors: anchors.filter((anchor) => anchor.key === key),
    };
  }
}
