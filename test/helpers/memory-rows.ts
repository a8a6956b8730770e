import { splitText } from "../../src/memories/text/split.ts";
import type { MemoryStore, NewMemoryRow } from "../../src/ports/memory-rows.ts";

/** A memory whose key is its text, made at 1,000. */
export function memoryRow(text: string, given: Partial<NewMemoryRow> = {}): NewMemoryRow {
  const created = given.created ?? 1_000;
  return {
    key: text,
    namespace: "default",
    kind: "note",
    source: "user",
    importance: 0.5,
    pinned: false,
    tags: [],
    text,
    created,
    since: created,
    validFrom: created,
    expires: undefined,
    hash: text.length,
    sketch: [],
    parts: splitText(text),
    ...given,
  };
}

/** Writes memories in one transaction. @returns their rows */
export function addMemories(
  store: Pick<MemoryStore, "rows" | "write">,
  ...rows: NewMemoryRow[]
): number[] {
  return store.write("remember", () => rows.map((row) => store.rows.insert(row)));
}
