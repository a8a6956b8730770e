import { describe, expect, it } from "vitest";
import type { AllowedRows, MemoryStore } from "../../src/ports/memory-rows.ts";
import { addMemories, memoryRow } from "../helpers/memory-rows.ts";
import { type ContractOptions, openedIn } from "./opened-in.ts";

/** What any MemoryWordIndex must do. */
export function describeMemoryWordIndex(name: string, options: ContractOptions<MemoryStore>): void {
  describe(`${name} keeps the contract of MemoryWordIndex`, () => {
    const { open } = openedIn(options);
    const texts = ["the marmots gather hay", "a marmot sleeps", "the heron waits"];
    const filled = async (): Promise<{ opened: MemoryStore; all: AllowedRows; ids: number[] }> => {
      const opened = open();
      const ids = addMemories(opened, ...texts.map((text) => memoryRow(text)));
      await opened.scope.prepare();
      return { opened, all: opened.scope.allowed({ now: 5_000 }), ids };
    };

    it("finds parts by words in any form, the better match first", async () => {
      const { opened, all, ids } = await filled();
      const found = opened.words.search("marmots that sleep", 9, all);
      expect(found.map(({ rowId }) => rowId)).toEqual([ids[1], ids[0]]);
      expect(found[0]?.score).toBeGreaterThan(found[1]?.score ?? 0);
      expect(opened.words.search("marmots that sleep", 1, all)).toEqual(found.slice(0, 1));
      expect(opened.words.search("quokka", 9, all)).toEqual([]);
      expect(opened.words.search('" OR (*', 9, all)).toEqual([]);
    });

    it("finds only what is allowed, and the part of a long text that has the word", async () => {
      const { opened, ids } = await filled();
      const half = "x ".repeat(20);
      const parts = [
        { start: 0, end: half.length },
        { start: half.length, end: half.length + 6 },
      ];
      const [long = 0] = addMemories(
        opened,
        memoryRow(`${half}marmot`, { namespace: "work", parts }),
      );
      await opened.scope.prepare();
      const work = opened.scope.allowed({ now: 5_000, namespaces: ["work"] });
      const [hit, ...others] = opened.words.search("marmot", 9, work);
      expect(others).toEqual([]);
      expect(hit).toMatchObject({ rowId: long, partId: opened.rows.parts([long])[1]?.partId });
      expect(ids).not.toContain(hit?.rowId);
    });

    it("says which words parts have, and that rare ones are worth more", async () => {
      const { opened, all, ids } = await filled();
      const partIds = opened.rows.parts(ids).map(({ partId }) => partId);
      const { marks, weights } = opened.words.marks("marmot heron", [...partIds, 99_999], all);
      expect(marks.map((one) => [...one])).toEqual([
        [1, 0],
        [1, 0],
        [0, 1],
        [0, 0],
      ]);
      expect(weights[1]).toBeGreaterThan(weights[0] ?? 0);
    });

    it("forgets the words of what was erased", async () => {
      const { opened } = await filled();
      const [, second = ""] = texts;
      opened.write("erase", () => opened.removal.erase([second], 5_000, "forgotten", () => []));
      await opened.scope.prepare();
      const all = opened.scope.allowed({ now: 5_000 });
      expect(opened.words.search("sleeps", 9, all)).toEqual([]);
    });
  });
}
