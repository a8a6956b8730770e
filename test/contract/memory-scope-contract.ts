import { describe, expect, it } from "vitest";
import type { MemoryStore, RowFilter } from "../../src/ports/memory-rows.ts";
import { addMemories, memoryRow } from "../helpers/memory-rows.ts";
import { type ContractOptions, openedIn } from "./opened-in.ts";

/** What any MemoryScope must do. */
export function describeMemoryScope(name: string, options: ContractOptions<MemoryStore>): void {
  describe(`${name} keeps the contract of MemoryScope`, () => {
    const { open } = openedIn(options);
    const now = 10_000;
    const textsOf = async (
      { scope, rows }: MemoryStore,
      filter: Partial<RowFilter> = {},
    ): Promise<string[]> => {
      await scope.prepare();
      const allowed = scope.allowed({ now, ...filter });
      return rows.get(allowed.oldest(99, 0)).map(({ text }) => text);
    };

    it("lets through what a filter says, all of it", async () => {
      const opened = open();
      addMemories(
        opened,
        memoryRow("a", { tags: ["Red", "big"], kind: "fact" }),
        memoryRow("b", { tags: ["red"], source: "agent", created: 2_000 }),
        memoryRow("c", { tags: ["blue"], namespace: "work", created: 3_000 }),
      );
      expect(await textsOf(opened)).toEqual(["a", "b", "c"]);
      expect(await textsOf(opened, { namespaces: ["work", "nowhere"] })).toEqual(["c"]);
      expect(await textsOf(opened, { kinds: ["fact"] })).toEqual(["a"]);
      expect(await textsOf(opened, { source: "agent" })).toEqual(["b"]);
      expect(await textsOf(opened, { tagsAny: ["RED", "blue"] })).toEqual(["a", "b", "c"]);
      expect(await textsOf(opened, { tagsAll: ["red", "big"] })).toEqual(["a"]);
      expect(await textsOf(opened, { tagsNot: ["red"] })).toEqual(["c"]);
      expect(await textsOf(opened, { createdFrom: 2_000 })).toEqual(["b", "c"]);
      expect(await textsOf(opened, { createdBefore: 2_000 })).toEqual(["a"]);
      expect(await textsOf(opened, { tagsAny: ["red"], source: "user" })).toEqual(["a"]);
    });

    it("leaves out what does not hold now, and knows what held then", async () => {
      const opened = open();
      const [, replaced = 0, old = 0] = addMemories(
        opened,
        memoryRow("holds"),
        memoryRow("replaced"),
        memoryRow("old text", { key: "k" }),
        memoryRow("new text", { key: "k", since: 4_000 }),
        memoryRow("expired", { expires: 5_000 }),
        memoryRow("not yet", { validFrom: 20_000 }),
        memoryRow("gone"),
      );
      opened.write("end", () => {
        opened.rows.end(replaced, 4_000, "superseded");
        opened.rows.end(old, 4_000, "newer-text");
        opened.removal.mark(["gone"], 4_000, "forgotten");
      });
      expect(await textsOf(opened)).toEqual(["holds", "new text"]);
      const then = ["holds", "replaced", "old text", "expired"];
      expect(await textsOf(opened, { asOf: 3_000 })).toEqual(then);
      const evenEnded = ["holds", "replaced", "new text", "expired", "not yet"];
      expect(await textsOf(opened, { evenEnded: true })).toEqual(evenEnded);
      expect(await textsOf(opened, { now: 30_000 })).toEqual(["holds", "new text", "not yet"]);
      expect(await textsOf(opened, { asOf: 500 })).toEqual([]);
    });

    it("walks through rows from either end, and says which stand beside one", async () => {
      const opened = open();
      const [a = 0, b = 0, c = 0, d = 0] = addMemories(
        opened,
        memoryRow("a", { kind: "turn" }),
        memoryRow("b", { namespace: "work" }),
        memoryRow("c"),
        memoryRow("d"),
      );
      await opened.scope.prepare();
      const all = opened.scope.allowed({ now });
      expect(all.count).toBe(4);
      expect(all.newest(2)).toEqual([d, c]);
      expect(all.newest(9, c)).toEqual([b, a]);
      expect(all.oldest(2, a)).toEqual([b, c]);
      expect(all.around(c, 2)).toEqual({ before: [a], after: [d] });
      expect(all.around(b, 2)).toEqual({ before: [], after: [] });
      expect([all.has(a), all.has(99_999)]).toEqual([true, false]);
      expect([all.kindOf(a), all.kindOf(99_999)]).toEqual(["turn", undefined]);
      const work = opened.scope.allowed({ now, namespaces: ["work"] });
      expect([work.has(a), work.has(b)]).toEqual([false, true]);
    });

    it("stays as it was when it was asked, and the next one knows what is new", async () => {
      const opened = open();
      addMemories(opened, memoryRow("a"));
      await opened.scope.prepare();
      const before = opened.scope.allowed({ now });
      addMemories(opened, memoryRow("b"));
      expect(before.count).toBe(1);
      expect(opened.scope.allowed({ now }).count).toBe(2);
      opened.write("erase", () => opened.removal.erase(["a"], now, "forgotten", () => []));
      expect(await textsOf(opened)).toEqual(["b"]);
      await expect(opened.scope.assertWhole()).resolves.toBeUndefined();
    });
  });
}
