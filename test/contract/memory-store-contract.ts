import { describe, expect, it } from "vitest";
import { MemoryService } from "../../src/memories/service.ts";
import type { AllowedRows, MemoryStore } from "../../src/ports/memory-rows.ts";
import { HashEmbedder } from "../helpers/hash-embedder.ts";
import { addMemories, memoryRow } from "../helpers/memory-rows.ts";
import { codeOf } from "../helpers/store-files.ts";
import { describeMemoryOrders } from "./memory-order-contract.ts";
import { describeMemoryRelations } from "./memory-relations-contract.ts";
import { describeMemoryRemoval } from "./memory-removal-contract.ts";
import { describeMemoryScope } from "./memory-scope-contract.ts";
import { describeMemoryTable } from "./memory-table-contract.ts";
import { describeMemoryVectorIndex } from "./memory-vectors-contract.ts";
import { describeMemoryWordIndex } from "./memory-words-contract.ts";
import { type ContractOptions, openedIn } from "./opened-in.ts";

/** What any MemoryStore must do: each role its part, and all of them together. */
export function describeMemoryStore(name: string, options: ContractOptions<MemoryStore>): void {
  describeMemoryTable(name, options);
  describeMemoryScope(name, options);
  describeMemoryOrders(name, options);
  describeMemoryWordIndex(name, options);
  describeMemoryVectorIndex(name, options);
  describeMemoryRelations(name, options);
  describeMemoryRemoval(name, options);

  describe(`${name} keeps the contract of MemoryStore`, () => {
    const { open, reopen } = openedIn(options);

    it("writes all of a transaction, or nothing", () => {
      const opened = open();
      const half = (): void => {
        opened.rows.insert(memoryRow("half"));
        opened.relations.addNote("half", 1, "half a note");
        throw new Error("the rest fails");
      };
      expect(() => opened.write("fail", half)).toThrow(/the rest fails/);
      expect(() => opened.writeLightly("fail", half)).toThrow(/the rest fails/);
      const again = reopen();
      expect(again.rows.versions("half")).toEqual([]);
      expect(again.relations.notes("half")).toEqual([]);
      expect(again.write("succeed", () => "done")).toBe("done");
    });

    it("counts what there is, and keeps a secret of its own", async () => {
      const opened = open();
      addMemories(
        opened,
        memoryRow("one"),
        memoryRow("two", { namespace: "work" }),
        memoryRow("gone"),
      );
      opened.write("forget", () => opened.removal.mark(["gone"], 1, "forgotten"));
      await opened.tidy();
      expect(opened.facts.counts()).toMatchObject({
        memories: 2,
        deleted: 1,
        pendingParts: 3,
        namespaces: [
          { namespace: "default", memories: 1, bytes: 3 },
          { namespace: "work", memories: 1, bytes: 3 },
        ],
      });
      const secret = opened.facts.secret();
      expect(secret.length).toBeGreaterThan(10);
      expect(reopen().facts.secret()).toBe(secret);
    });

    it("finds again after it has freed what it held", async () => {
      const opened = open();
      addMemories(opened, memoryRow("a marmot"));
      await opened.scope.prepare();
      expect(opened.residentBytes).toBeGreaterThanOrEqual(0);
      opened.dropResident();
      await opened.scope.prepare();
      const all = opened.scope.allowed({ now: 5_000 });
      expect(opened.words.search("marmot", 9, all)).toHaveLength(1);
    });

    it("refuses calls after close, and closes twice", async () => {
      const opened = open();
      opened.close();
      opened.close();
      const allowed: AllowedRows = {
        count: 0,
        has: () => false,
        newest: () => [],
        toldBetween: () => [],
        oldest: () => [],
        kindOf: () => undefined,
        around: () => ({ before: [], after: [] }),
      };
      const calls: (() => unknown)[] = [
        () => opened.rows.get([1]),
        () => opened.rows.current("a"),
        () => opened.scope.allowed({ now: 1 }),
        () => opened.words.search("a", 1, allowed),
        () => opened.vectors.claimModel({ id: "four", dimensions: 4 }),
        () => opened.vectors.put([1], new Float32Array(4)),
        () => opened.relations.links(["a"]),
        () => opened.removal.removed(1),
        () => opened.removal.truncateLog(),
        () => opened.facts.counts(),
        () => opened.facts.secret(),
        () => opened.write("write", () => undefined),
        () => opened.writeLightly("write", () => undefined),
      ];
      expect(calls.map(codeOf)).toEqual(calls.map(() => "HAYPILE_CLOSED"));
      const later = [
        opened.scope.prepare(),
        opened.scope.assertWhole(),
        opened.vectors.search({ vector: new Float32Array(4), limit: 1, allowed }),
      ];
      for (const one of later) await expect(one).rejects.toMatchObject({ code: "HAYPILE_CLOSED" });
    });

    it("is enough for the service: remember, recall, update, forget, bring back", async () => {
      const memories = new MemoryService({ store: open(), embedder: new HashEmbedder() });
      const { id } = await memories.remember("the marmot gathers hay", { tags: ["alps"] });
      await memories.remember("the heron waits for frogs");
      await memories.settled();
      const { hits, withoutVector } = await memories.recall("gathering marmots");
      expect(withoutVector).toBe(0);
      expect(hits[0]?.memory).toMatchObject({ id, tags: ["alps"] });
      await memories.update(id, { text: "the marmot sleeps" });
      expect(await memories.history(id)).toHaveLength(2);
      await memories.forget(id);
      expect((await memories.list()).total).toBe(1);
      expect(await memories.undelete(id)).toMatchObject({ text: "the marmot sleeps" });
      expect(await memories.stats()).toMatchObject({ memories: 2, deleted: 0 });
      await memories.close();
    });
  });
}
