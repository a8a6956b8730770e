import { describe, expect, it } from "vitest";
import { memoryOrders } from "../../src/ports/memories.ts";
import type {
  AllowedRows,
  MemoryRow,
  MemoryStore,
  PageRequest,
  RowFilter,
  RowPlace,
} from "../../src/ports/memory-rows.ts";
import { addMemories, memoryRow } from "../helpers/memory-rows.ts";
import { seededRandom } from "../helpers/random.ts";
import { type ContractOptions, openedIn } from "./opened-in.ts";

const now = 10_000;

/** What any MemoryScope must do when rows are asked for in an order, by words, by pin and by end. */
export function describeMemoryOrders(name: string, options: ContractOptions<MemoryStore>): void {
  describe(`${name} gives rows in any order`, () => {
    const { open } = openedIn(options);
    const textsIn = async (
      { scope, rows }: MemoryStore,
      request: Partial<PageRequest> & Pick<PageRequest, "order">,
      filter: Partial<RowFilter> = {},
    ): Promise<string[]> => {
      await scope.prepare();
      const places = await scope.page(scope.allowed({ now, ...filter }), { limit: 99, ...request });
      return rows.get(places.map(({ rowId }) => rowId)).map(({ text }) => text);
    };

    it("by each of them, with a place to begin at and so many passed over", async () => {
      const opened = open();
      addMemories(
        opened,
        memoryRow("first and the longest of all", { created: 1_000 }),
        memoryRow("second", { created: 3_000, expires: 50_000 }),
        memoryRow("third", { created: 2_000, expires: 20_000 }),
        memoryRow("fourth, edited", { created: 500, since: 9_000, pinned: true }),
      );
      opened.write("use", () => {
        opened.relations.countUse(["third", "third"], now);
        opened.relations.countUse(["second"], now);
      });
      const firsts = async (order: PageRequest["order"], more = {}): Promise<string[]> =>
        (await textsIn(opened, { order, ...more })).map((text) => text.split(/\W/u)[0] ?? "");
      expect(await firsts("newest")).toEqual(["second", "third", "first", "fourth"]);
      expect(await firsts("oldest")).toEqual(["fourth", "first", "third", "second"]);
      expect(await firsts("updated")).toEqual(["fourth", "second", "third", "first"]);
      expect(await firsts("expires")).toEqual(["third", "second", "fourth", "first"]);
      expect(await firsts("most used")).toEqual(["third", "second", "fourth", "first"]);
      expect(await firsts("largest")).toEqual(["first", "fourth", "second", "third"]);
      expect(await firsts("newest", { skip: 1, limit: 2 })).toEqual(["third", "first"]);
      expect(await firsts("newest", { skip: 9 })).toEqual([]);
      const [, second] = await opened.scope.page(opened.scope.allowed({ now }), {
        order: "newest",
        limit: 2,
      });
      expect(await firsts("newest", { after: second })).toEqual(["first", "fourth"]);
      opened.write("use", () => opened.relations.countUse(["first and the longest of all"], now));
      expect((await firsts("most used")).slice(1, 3)).toEqual(["second", "first"]);
    });

    it("lets through what is pinned, ends soon, or has words that somebody types", async () => {
      const opened = open();
      const [a = 0] = addMemories(
        opened,
        memoryRow("deploy on tuesdays", { pinned: true }),
        memoryRow("deploy the lamp", { expires: 20_000, tags: ["Lighthouse"] }),
        memoryRow("never on a friday", { expires: 40_000 }),
        memoryRow("schlafen gehen", { created: 2_000 }),
      );
      const found = (filter: Partial<RowFilter>) => textsIn(opened, { order: "oldest" }, filter);
      expect(await found({ pinned: true })).toEqual(["deploy on tuesdays"]);
      expect(await found({ pinned: false })).toHaveLength(3);
      expect(await found({ expiresBefore: 40_000 })).toEqual(["deploy the lamp"]);
      expect(await found({ words: "dep" })).toHaveLength(2);
      expect(await found({ words: "deploy on" })).toEqual(["deploy on tuesdays"]);
      expect(await found({ words: "deploy la" })).toEqual(["deploy the lamp"]);
      expect(await found({ words: "lighthouse" })).toEqual(["deploy the lamp"]);
      expect(await found({ words: "LAMP deploy " })).toEqual(["deploy the lamp"]);
      expect(await found({ words: "dep", pinned: true })).toEqual(["deploy on tuesdays"]);
      expect(await found({ words: "nowhere" })).toEqual([]);
      expect(await found({ words: ", " })).toHaveLength(4);
      opened.write("unpin", () => opened.rows.change(a, { pinned: false }));
      expect(await found({ pinned: true })).toEqual([]);
      opened.write("end", () => opened.rows.end(a, 5_000, "superseded"));
      expect(await found({ words: "tuesdays" })).toEqual([]);
      opened.write("reopen", () => opened.rows.reopen(a));
      expect(await found({ words: "tuesdays" })).toEqual(["deploy on tuesdays"]);
      expect(opened.rows.get([a])[0]).toMatchObject({ ended: "open", until: undefined });
    });

    it("page by page as a plain sort does, while rows come and go between pages", async () => {
      const opened = open();
      const random = seededRandom(17);
      const whole = (below: number): number => Math.floor(random() * below);
      let count = 0;
      const make = (): string[] => {
        const rows = Array.from({ length: 1 + whole(9) }, () => {
          const created = 1_000 + whole(12) * 100;
          return memoryRow(`memory ${count++} ${"x".repeat(whole(40))}`, {
            created,
            since: created + whole(3) * 50,
            expires: random() < 0.3 ? 20_000 + whole(9) * 1_000 : undefined,
            pinned: random() < 0.3,
          });
        });
        addMemories(opened, ...rows);
        return rows.map(({ key }) => key);
      };
      const keys = Array.from({ length: 12 }, make).flat();
      for (const order of memoryOrders) {
        let after: RowPlace | undefined;
        for (let page = 0; page < 8; page += 1) {
          await opened.scope.prepare();
          const filter = page % 2 === 0 ? { now } : { now, pinned: true };
          const allowed = opened.scope.allowed(filter);
          const [limit, skip] = [1 + whole(7), whole(3)];
          const found = await opened.scope.page(allowed, { order, limit, after, skip });
          expect(found).toEqual(plainPage(opened, allowed, { order, limit, after, skip }));
          after = found.at(-1) ?? after;
          keys.push(...make());
          const gone = keys.splice(whole(keys.length), 2);
          opened.write("change", () => {
            opened.removal.mark(gone, now, "forgotten");
            opened.relations.countUse([keys[whole(keys.length)] as string], now);
          });
        }
      }
    });
  });
}

/** By looking at all of them. */
function plainPage(
  { rows, relations }: MemoryStore,
  allowed: AllowedRows,
  { order, limit, after, skip = 0 }: PageRequest,
): RowPlace[] {
  const all = rows.get(allowed.oldest(10_000, 0));
  const uses = relations.uses(all.map(({ key }) => key));
  const rankOf = (row: MemoryRow): number =>
    ({
      newest: -row.created,
      oldest: row.created,
      updated: -row.since,
      expires: row.expires ?? Number.POSITIVE_INFINITY,
      "most used": 0 - (uses.get(row.key)?.count ?? 0),
      largest: 0 - row.text.length,
    })[order];
  const sorted = all
    .map((row) => ({ rank: rankOf(row), rowId: row.rowId }))
    .sort((a, b) => {
      if (a.rank !== b.rank) return a.rank < b.rank ? -1 : 1;
      return order === "oldest" ? a.rowId - b.rowId : b.rowId - a.rowId;
    });
  const isAfter = (place: RowPlace): boolean => {
    if (after === undefined) return true;
    if (place.rank !== after.rank) return place.rank > after.rank;
    return order === "oldest" ? place.rowId > after.rowId : place.rowId < after.rowId;
  };
  return sorted.filter(isAfter).slice(skip, skip + limit);
}
