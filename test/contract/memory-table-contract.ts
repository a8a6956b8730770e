import { describe, expect, it } from "vitest";
import type { MemoryStore } from "../../src/ports/memory-rows.ts";
import { addMemories, memoryRow } from "../helpers/memory-rows.ts";
import { type ContractOptions, openedIn } from "./opened-in.ts";

/** What any MemoryTable must do. */
export function describeMemoryTable(name: string, options: ContractOptions<MemoryStore>): void {
  describe(`${name} keeps the contract of MemoryTable`, () => {
    const { open, reopen } = openedIn(options);

    it("gives a memory back as it was said, also after opening again", () => {
      const given = memoryRow("the marmot sleeps", {
        namespace: "work",
        kind: "decision",
        source: "agent",
        importance: 0.75,
        pinned: true,
        tags: ["Alps", "fauna"],
        validFrom: 500,
        expires: 9_000,
      });
      const [rowId = 0] = addMemories(open(), given);
      const { hash: _, sketch: __, parts: ___, ...said } = given;
      const row = { ...said, rowId, until: undefined, ended: "open", deleted: undefined };
      const { rows } = reopen();
      expect(rows.current(given.key)).toEqual(row);
      expect(rows.versions(given.key)).toEqual([row]);
      expect(rows.current("another")).toBeUndefined();
      expect(() => rows.lookAgain("another")).not.toThrow();
    });

    it("gives rows in the order asked for, without those that are not there", () => {
      const opened = open();
      const [a = 0, b = 0] = addMemories(opened, memoryRow("one"), memoryRow("two"));
      const found = opened.rows.get([b, 99_999, a]).map(({ text }) => text);
      expect(found).toEqual(["two", "one"]);
      expect(opened.rows.get([])).toEqual([]);
    });

    it("keeps older texts of a memory, oldest first", () => {
      const opened = open();
      const [first = 0] = addMemories(opened, memoryRow("before", { key: "k" }));
      opened.write("update", () => {
        opened.rows.end(first, 2_000, "newer-text");
        opened.rows.insert(memoryRow("after", { key: "k", since: 2_000 }));
      });
      const versions = opened.rows.versions("k");
      expect(versions.map(({ text, until, ended }) => [text, until, ended])).toEqual([
        ["before", 2_000, "newer-text"],
        ["after", undefined, "open"],
      ]);
      expect(opened.rows.current("k")?.text).toBe("after");
    });

    it("changes what is said of a memory, and nothing else", () => {
      const opened = open();
      const [rowId = 0] = addMemories(opened, memoryRow("one", { tags: ["a", "b"], expires: 9 }));
      const before = opened.rows.current("one");
      const change = { tags: ["b", "c"], importance: 1, pinned: true, expires: undefined };
      opened.write("change", () => opened.rows.change(rowId, change));
      expect(opened.rows.current("one")).toEqual({ ...before, ...change });
    });

    it("finds equal texts among current memories of a namespace", () => {
      const opened = open();
      const [a = 0, b = 0, c = 0] = addMemories(
        opened,
        memoryRow("one", { hash: 7 }),
        memoryRow("two", { hash: 7 }),
        memoryRow("three", { hash: 7 }),
        memoryRow("four", { hash: 7, namespace: "work" }),
        memoryRow("five", { hash: 8 }),
      );
      opened.write("hide", () => {
        opened.rows.end(b, 2_000, "superseded");
        opened.removal.mark(["three"], 2_000, "forgotten");
      });
      expect(c).toBeGreaterThan(b);
      expect(opened.rows.equal("default", 7)).toEqual([a]);
      expect(opened.rows.equal("nowhere", 7)).toEqual([]);
    });

    it("finds texts alike by what their sketches share, most first", () => {
      const opened = open();
      const [a = 0, b = 0] = addMemories(
        opened,
        memoryRow("one", { sketch: [1, 2, 3] }),
        memoryRow("two", { sketch: [3, 4, 5] }),
        memoryRow("three", { sketch: [9] }),
      );
      expect(opened.rows.alike([1, 3, 5, 2])).toEqual([a, b]);
      expect(opened.rows.alike([77])).toEqual([]);
    });

    it("says the same of equal texts and texts alike where both are asked of in one write", () => {
      const opened = open();
      const { rows } = opened;
      const given = { hash: 7, sketch: [1, 2, 3] };
      const ids = addMemories(
        opened,
        memoryRow("one", given),
        memoryRow("two", { hash: 8, sketch: [3, 4] }),
        memoryRow("three", { ...given, namespace: "work" }),
      );
      const [one = 0, two = 0, three = 0] = ids;
      let four = 0;
      const textsOf = (found: readonly number[]): string[] => rows.get(found).map(({ key }) => key);
      opened.write("look", () => {
        expect(rows.equal("default", 7, given.sketch)).toEqual([one]);
        expect(rows.alike(given.sketch)).toEqual([three, one, two]);
        expect(textsOf([two, one, 99, three])).toEqual(["two", "one", "three"]);
        expect(rows.alike([4])).toEqual([two]);
        // What this write does itself shows.
        four = rows.insert(memoryRow("four", given));
        expect(rows.equal("default", 7, given.sketch)).toEqual([one, four]);
        expect(rows.alike(given.sketch)).toEqual([four, three, one, two]);
        opened.removal.mark(["one"], 2_000, "forgotten");
        expect(rows.get([one])[0]?.deleted).toBe(2_000);
        expect(rows.equal("nowhere", 7, given.sketch)).toEqual([]);
        rows.insert(memoryRow("five", { ...given, namespace: "new" }));
      });
      expect(rows.current("five")?.namespace).toBe("new");
      expect(rows.equal("default", 7, given.sketch)).toEqual([four]);
    });

    it("gives the parts of texts in order", () => {
      const opened = open();
      const long = memoryRow("ab", {
        parts: [
          { start: 0, end: 1 },
          { start: 1, end: 2 },
        ],
      });
      const [a = 0, b = 0] = addMemories(opened, long, memoryRow("c"));
      const parts = opened.rows.parts([b, a]);
      expect(parts.map(({ rowId, start, end }) => [rowId, start, end])).toEqual([
        [a, 0, 1],
        [a, 1, 2],
        [b, 0, 1],
      ]);
    });
  });
}
