import { describe, expect, it } from "vitest";
import type { MemoryStore } from "../../src/ports/memory-rows.ts";
import { addMemories, memoryRow } from "../helpers/memory-rows.ts";
import { type ContractOptions, openedIn } from "./opened-in.ts";

/** What any MemoryRemoval must do. */
export function describeMemoryRemoval(name: string, options: ContractOptions<MemoryStore>): void {
  describe(`${name} keeps the contract of MemoryRemoval`, () => {
    const { open, reopen } = openedIn(options);

    it("hides memories and brings them back, and logs what is hidden", () => {
      const opened = open();
      addMemories(opened, memoryRow("a"), memoryRow("b", { namespace: "work" }));
      opened.write("forget", () => opened.removal.mark(["a", "b", "none"], 5_000, "forgotten"));
      opened.write("forget", () => opened.removal.mark(["a"], 6_000, "again"));
      expect(opened.rows.current("a")?.deleted).toBe(5_000);
      const of = { at: 5_000, why: "forgotten" };
      expect(reopen().removal.removed(9)).toEqual([
        { key: "b", namespace: "work", ...of },
        { key: "a", namespace: "default", ...of },
      ]);
      const again = reopen();
      again.write("bring back", () => again.removal.unmark("a"));
      expect(again.rows.current("a")?.deleted).toBeUndefined();
      expect(again.removal.removed(9).map(({ key }) => key)).toEqual(["b"]);
      expect(again.removal.removed(0)).toEqual([]);
    });

    it("erases every trace but the line in the log", () => {
      const opened = open();
      addMemories(opened, memoryRow("a", { sketch: [1, 2] }), memoryRow("b", { sketch: [1] }));
      opened.write("relate", () => {
        opened.relations.link("a", "b", "see", 1);
        opened.relations.link("b", "a", "see", 1);
        opened.relations.addNote("a", 1, "a note");
        opened.relations.countUse(["a"], 1);
      });
      const sketchOf = () => [1, 2];
      opened.write("erase", () =>
        opened.removal.erase(["a", "none"], 7_000, "forgotten", sketchOf),
      );
      expect(opened.rows.versions("a")).toEqual([]);
      expect(opened.rows.alike([1, 2]).length).toBe(1);
      expect(opened.relations.links(["a", "b"])).toEqual([]);
      expect(opened.relations.notes("a")).toEqual([]);
      expect(opened.relations.uses(["a"]).size).toBe(0);
      expect(opened.removal.removed(9)).toEqual([
        { key: "a", namespace: "default", at: 7_000, why: "forgotten" },
      ]);
      expect(opened.removal.truncateLog()).toBe(true);
      expect(() => opened.removal.dropCopies(true)).not.toThrow();
    });

    it("says what may be collected; pinned memories only when they were deleted", () => {
      const opened = open();
      const [, , replaced = 0, kept = 0] = addMemories(
        opened,
        memoryRow("deleted", { pinned: true }),
        memoryRow("expired", { expires: 4_000 }),
        memoryRow("replaced"),
        memoryRow("pinned", { pinned: true, expires: 4_000 }),
        memoryRow("holds", { expires: 9_000 }),
      );
      opened.write("end", () => {
        opened.removal.mark(["deleted"], 3_000, "forgotten");
        opened.rows.end(replaced, 4_000, "superseded");
        opened.rows.end(kept, 4_000, "superseded");
      });
      const at = (before: number) =>
        opened.removal.collectable({
          deletedBefore: before,
          expiredBefore: before,
          supersededBefore: before,
        });
      expect(at(5_000)).toEqual({
        deleted: ["deleted"],
        expired: ["expired"],
        superseded: ["replaced"],
      });
      expect(at(2_000)).toEqual({ deleted: [], expired: [], superseded: [] });
    });

    it("knows what was deleted at one moment, while it is there", () => {
      const opened = open();
      addMemories(opened, memoryRow("a"), memoryRow("b"), memoryRow("c"), memoryRow("d"));
      opened.write("forget", () => {
        opened.removal.mark(["a", "b"], 4_000, "forgotten");
        opened.removal.mark(["c"], 4_001, "forgotten");
      });
      expect(opened.removal.markedAt(4_000).sort()).toEqual(["a", "b"]);
      opened.write("undelete", () => opened.removal.unmark("a"));
      expect(opened.removal.markedAt(4_000)).toEqual(["b"]);
      expect(opened.removal.markedAt(9)).toEqual([]);
    });

    it("says how much a namespace holds, and what in it is worth least", () => {
      const opened = open();
      addMemories(
        opened,
        memoryRow("used", { importance: 0.2 }),
        memoryRow("höhle", { importance: 0.2 }),
        memoryRow("important", { importance: 0.9 }),
        memoryRow("pinned", { importance: 0, pinned: true }),
        memoryRow("elsewhere", { namespace: "work" }),
      );
      opened.writeLightly("count", () => opened.relations.countUse(["used"], 1));
      const bytes = Buffer.byteLength("usedhöhleimportantpinned");
      expect(opened.removal.size("default")).toEqual({ memories: 4, bytes });
      expect(opened.removal.size("nowhere")).toEqual({ memories: 0, bytes: 0 });
      expect(opened.removal.leastWorth("default", 2)).toEqual([
        { key: "höhle", bytes: 6 },
        { key: "used", bytes: 4 },
      ]);
    });
  });
}
