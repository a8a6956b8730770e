import { describe, expect, it } from "vitest";
import type { Store } from "../../src/ports/store.ts";
import { file, hello, prose, unit } from "../helpers/store-files.ts";
import { idOf, type StoreContractOptions, storesIn } from "./store-place.ts";

/** What any PendingChunks must do. */
export function describePendingChunks(name: string, options: StoreContractOptions): void {
  describe(`${name} keeps the contract of PendingChunks`, () => {
    const { openClaimed, reopen } = storesIn(options);

    it("hands out chunks without a vector page by page, lowest id first", () => {
      const opened = openClaimed();
      const texts = Array.from({ length: 7 }, (_, i) => `text number ${i}`);
      opened.files.put([file("a.txt", texts)]);
      const seen: string[] = [];
      let after = 0;
      for (;;) {
        const rows = opened.pending.page(after, 3);
        if (rows.length === 0) break;
        expect(rows.every((row) => row.id > after)).toBe(true);
        after = rows.at(-1)?.id ?? after;
        seen.push(...rows.map((row) => row.text));
      }
      expect(seen.sort()).toEqual(texts);
      opened.vectors.put([opened.pending.page(0, 1)[0]?.id ?? 0], unit(1, 0, 0, 0));
      expect(opened.pending.count()).toBe(6);
      expect(opened.facts.stats()).toMatchObject({ chunks: 7, vectors: 1 });
    });

    it("says which of some chunks wait, in the order given, with their context", () => {
      const opened = openClaimed();
      const chunk = { startLine: 1, endLine: 9, tokens: 7 };
      opened.files.put([
        {
          ...file("a.ts", []),
          chunks: [
            { ...chunk, text: hello, context: "class Greeter" },
            { ...chunk, text: prose },
          ],
        },
      ]);
      const ids = opened.texts.search("hello marmot", 5).map(({ chunkId }) => chunkId);
      expect(ids).toHaveLength(2);
      opened.vectors.put([idOf(opened, prose)], unit(1, 0, 0, 0));
      const waiting = opened.pending.of([...ids, 99_999]);
      expect(waiting.map(({ text }) => text).sort()).toEqual([`class Greeter\n${hello}`]);
      expect(waiting.map(({ id }) => id)).toEqual(
        ids.filter((id) => waiting.some((w) => w.id === id)),
      );
      expect(opened.pending.count()).toBe(1);
    });

    it("puts what was asked for first, and does not forget it", () => {
      const opened = openClaimed();
      opened.files.put([file("a.txt", ["one", "two", "three"])]);
      const id = idOf(opened, "three");
      opened.pending.ask([id, 99_999]);
      expect(opened.pending.next(2, [])[0]).toMatchObject({ id, text: "three" });
      expect(opened.pending.next(3, [id]).map(({ text }) => text)).toEqual(["one", "two"]);
      expect(rankAll(opened)).toBe(3);
      expect(reopen().pending.next(1, [])).toMatchObject([{ id }]);
    });

    it("ranks source before tests and vendored code, and what changed lately first", () => {
      const opened = openClaimed();
      const paths = ["vendor/a.ts", "src/a.test.ts", "src/old.ts", "src/new.ts"];
      opened.files.put(paths.map((path) => file(path, [`text of ${path}`])));
      rankAll(opened, ["src/new.ts"]);
      const order = opened.pending.next(4, []).map(({ text }) => text.slice("text of ".length));
      expect(order).toEqual(["src/new.ts", "src/old.ts", "src/a.test.ts", "vendor/a.ts"]);
    });
  });
}

/** @returns how many were looked at, two in a step */
function rankAll({ pending }: Pick<Store, "pending">, recent?: readonly string[]): number {
  const lasts: number[] = [];
  for (let last = pending.rank(0, 2, recent); last !== undefined; ) {
    lasts.push(last);
    last = pending.rank(last, 2, recent);
  }
  return pending.page(0, 1_000).filter(({ id }) => id <= (lasts.at(-1) ?? 0)).length;
}
