import { describe, expect, it } from "vitest";
import type { MemoryStore, StoredAnchor } from "../../src/ports/memory-rows.ts";
import { type ContractOptions, openedIn } from "./opened-in.ts";

/** What any MemoryRelations must do. */
export function describeMemoryRelations(name: string, options: ContractOptions<MemoryStore>): void {
  describe(`${name} keeps the contract of MemoryRelations`, () => {
    const { open, reopen } = openedIn(options);

    it("keeps links by where they begin, each once, and who took the place of whom", () => {
      const opened = open();
      opened.write("link", () => {
        opened.relations.link("b", "a", "supersedes", 1);
        opened.relations.link("b", "a", "supersedes", 2);
        opened.relations.link("c", "a", "supersedes", 3);
        opened.relations.link("a", "c", "see", 4);
      });
      const { relations } = reopen();
      expect(relations.links(["b", "a", "z"])).toEqual([
        { from: "a", to: "c", relation: "see", at: 4 },
        { from: "b", to: "a", relation: "supersedes", at: 1 },
      ]);
      expect(relations.successor("a")).toBe("c");
      expect(relations.successor("c")).toBeUndefined();
    });

    it("finds links by their ends and their relation, a few at a time, and takes one away", () => {
      const opened = open();
      opened.write("link", () => {
        opened.relations.link("a", "b", "duplicate", 1);
        opened.relations.link("a", "c", "next", 1);
        opened.relations.link("a", "c", "duplicate", 2);
        opened.relations.link("b", "c", "duplicate", 3);
        opened.relations.link("d", "c", "merged", 4);
      });
      const { relations } = opened;
      expect(relations.linksTo(["c"]).map(({ from, relation }) => [from, relation])).toEqual([
        ["a", "duplicate"],
        ["a", "next"],
        ["b", "duplicate"],
        ["d", "merged"],
      ]);
      const [first, second] = relations.linksOf("duplicate", undefined, 2);
      expect([first, second]).toEqual([
        { from: "a", to: "b" },
        { from: "a", to: "c" },
      ]);
      expect(relations.linksOf("duplicate", second, 9)).toEqual([{ from: "b", to: "c" }]);
      expect(relations.successor("c")).toBe("d");
      opened.write("unlink", () => {
        relations.unlink("a", "c", "duplicate");
        relations.unlink("d", "c", "none of these");
      });
      expect(relations.links(["a"])).toHaveLength(2);
      expect(relations.linksTo(["c"])).toHaveLength(3);
    });

    it("names memories with anchors in order, a few at a time", () => {
      const opened = open();
      const { relations } = opened;
      const anchor = { path: "a.ts", symbol: undefined, hash: undefined, seen: undefined };
      const one: StoredAnchor = { ...anchor, commit: undefined, verified: 1 };
      opened.write("anchor", () => {
        for (const key of ["c", "a", "b"]) relations.setAnchors(key, [one, { ...one, path: "b" }]);
        relations.setAnchors("b", []);
      });
      expect(relations.anchored("", 9)).toEqual(["a", "c"]);
      expect(relations.anchored("", 1)).toEqual(["a"]);
      expect(relations.anchored("a", 9)).toEqual(["c"]);
    });

    it("keeps notes in the order of their writing", () => {
      const opened = open();
      opened.write("note", () => {
        opened.relations.addNote("a", 9, "first");
        opened.relations.addNote("b", 1, "of another");
        opened.relations.addNote("a", 3, "second");
      });
      expect(reopen().relations.notes("a")).toEqual([
        { at: 9, what: "first" },
        { at: 3, what: "second" },
      ]);
    });

    it("replaces the anchors of a memory, and keeps all that was seen", () => {
      const opened = open();
      const bare = { symbol: undefined, hash: undefined, seen: undefined, commit: undefined };
      const one: StoredAnchor = { ...bare, path: "a.ts", verified: 1 };
      const seen = new Uint8Array([1, 0, 255]);
      const two: StoredAnchor = {
        path: "b.ts",
        symbol: "f",
        hash: "00",
        seen,
        commit: "ab",
        verified: 2,
      };
      opened.write("anchor", () => opened.relations.setAnchors("a", [one]));
      opened.write("anchor", () => {
        opened.relations.setAnchors("a", [two, one]);
        opened.relations.setAnchors("b", [one]);
      });
      const found = reopen().relations.anchors(["a"]);
      expect(found.map((anchor) => ({ ...anchor, seen: anchor.seen && [...anchor.seen] }))).toEqual(
        [
          { key: "a", ...two, seen: [1, 0, 255] },
          { key: "a", ...one },
        ],
      );
    });

    it("counts how often memories were used, and when last", () => {
      const opened = open();
      opened.writeLightly("count", () => {
        opened.relations.countUse(["a", "b"], 5);
        opened.relations.countUse(["a"], 3);
      });
      expect(reopen().relations.uses(["a", "b", "c"])).toEqual(
        new Map([
          ["a", { count: 2, at: 5 }],
          ["b", { count: 1, at: 5 }],
        ]),
      );
    });
  });
}
