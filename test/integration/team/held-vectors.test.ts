/*
 * Vectors that a client holds: what is found with them is what the server finds that compares all, also right after others wrote,
 * erased, or gave rights; and where they do not fit the server is asked.
 */
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { MemoryService } from "../../../src/memories/service.ts";
import { scanKernels } from "../../../src/native/vector-scan.ts";
import type { AllowedRows, PartHit } from "../../../src/ports/memory-rows.ts";
import type { PgLink } from "../../../src/storage/postgres/link/link.ts";
import { openLink } from "../../../src/storage/postgres/link/open.ts";
import { openPgMemoryStore } from "../../../src/storage/postgres/memories/store.ts";
import type { HeldBytes } from "../../../src/storage/postgres/memories/vectors/held-vectors.ts";
import type { OpenedMemoryStore } from "../../../src/storage/sqlite/memories/store.ts";
import { HashEmbedder } from "../../helpers/hash-embedder.ts";
import { addonFolder } from "../../helpers/model.ts";
import { type TestDatabase, testDatabase, whyNoPostgres } from "../../helpers/postgres.ts";
import { type TeamStore, teamStore } from "../../helpers/team/team-store.ts";

/** Of all clients: what is said of a memory changes with time. */
const now = Date.now();
const things = ["heron", "otter", "badger", "kestrel", "vole", "pike", "adder", "linnet", "newt"];
const doings = ["waits", "hunts", "sleeps", "swims", "sings", "digs", "hides"];
const places = ["lake", "hedge", "quarry", "orchard", "marsh", "barn", "weir"];

/** 441 of them. */
const texts = things.flatMap((thing, at) =>
  doings.flatMap((doing, more) =>
    places.map((place, last) => ({
      text: `The ${thing} ${doing} by the ${place} ${at * 49 + more * 7 + last} times a year.`,
      tags: [place],
      namespace: at % 3 === 0 ? "south" : "north",
    })),
  ),
);

interface Client {
  store: OpenedMemoryStore;
  memories: MemoryService;
  /** Searches that the server did. */
  asked: string[];
  /** Reads of vectors to be held. */
  read: string[];
}

describe.skipIf(whyNoPostgres !== undefined)("vectors that a client holds", () => {
  const services: MemoryService[] = [];
  afterEach(async () => {
    for (const service of services.splice(0)) await service.close();
  });

  function noting(link: PgLink, asked: string[], read: string[]): PgLink {
    return new Proxy(link, {
      get(target, name) {
        const value = Reflect.get(target, name, target) as unknown;
        if (typeof value !== "function") return value;
        if (name !== "later") return value.bind(target);
        return (text: string, ...more: unknown[]) => {
          if (text.includes("memory_nearest")) asked.push(text);
          if (text.includes("halfvec_send")) read.push(text);
          return value.call(target, text, ...more);
        };
      },
    });
  }

  function client(link: PgLink, heldBytes?: HeldBytes, isHolding = true): Client {
    const asked: string[] = [];
    const read: string[] = [];
    const store = openPgMemoryStore(noting(link, asked, read), {
      kernels: isHolding ? scanKernels(addonFolder) : undefined,
      heldBytes,
      closed: () => link.close(),
    });
    const clock = (): number => now;
    const memories = new MemoryService({ store, embedder: new HashEmbedder(), clock });
    services.push(memories);
    return { store, memories, asked, read };
  }

  const vectorOf = (text: string): Promise<Float32Array> => new HashEmbedder().embed([text]);

  async function searched(
    { store }: Client,
    text: string,
    filter: { namespaces?: string[]; tagsAny?: string[] } = {},
    limit = 10,
  ): Promise<PartHit[]> {
    await store.scope.prepare();
    const allowed: AllowedRows = store.scope.allowed({ now, ...filter });
    return await store.vectors.search({ vector: await vectorOf(text), limit, allowed });
  }

  /** Asks until the server is not asked to search. */
  async function untilHeld(one: Client): Promise<void> {
    await expect
      .poll(
        async () => {
          one.asked.length = 0;
          await searched(one, "the heron of the lake");
          return one.asked.length;
        },
        { timeout: 60_000, interval: 50 },
      )
      .toBe(0);
  }

  const told = (hits: readonly PartHit[]) =>
    hits.map(({ partId, score }) => [partId, Number(score.toFixed(5))]);
  /** What two find is the same, but for those that are equally near. */
  function expectSame(found: readonly PartHit[], wanted: readonly PartHit[]): void {
    expect(told(found).map(([, score]) => score)).toEqual(told(wanted).map(([, score]) => score));
    const last = told(wanted).at(-1)?.[1] ?? 0;
    const above = (hits: readonly PartHit[]) =>
      told(hits).filter(([, score]) => (score as number) > last);
    expect(new Set(above(found).map(([id]) => id))).toEqual(
      new Set(above(wanted).map(([id]) => id)),
    );
  }

  describe("of one user", () => {
    let database: TestDatabase;
    const link = (): PgLink => openLink({ url: database.url });

    beforeAll(async () => {
      database = await testDatabase();
      const { memories } = client(link());
      await memories.rememberMany(texts.map((one) => ({ ...one, onDuplicate: "keep" as const })));
      await memories.settled();
    });
    afterAll(() => database?.close());

    const questions = ["the otter of the weir", "who sings", "a newt by the barn", "badger badger"];
    const filters = [{}, { namespaces: ["south"] }, { tagsAny: ["weir", "barn"] }];

    it("are held from the second search on, and find what comparing all finds", async () => {
      const holding = client(link());
      const comparing = client(link(), undefined, false);
      const before = holding.store.residentBytes;
      await searched(holding, "the heron of the lake");
      const once = holding.store.residentBytes;
      expect(holding.asked).toHaveLength(1);
      await untilHeld(holding);
      expect(once).toBeGreaterThan(before);
      expect(holding.store.residentBytes - once).toBeGreaterThan(texts.length * 32);
      for (const question of questions) {
        for (const filter of filters) {
          for (const limit of [1, 10, 60]) {
            expectSame(
              await searched(holding, question, filter, limit),
              await searched(comparing, question, filter, limit),
            );
          }
        }
      }
      expect(holding.asked).toEqual([]);
      holding.store.dropResident();
      expect(holding.store.residentBytes).toBeLessThan(once);
    });

    it("leave answers of a recall as they are", async () => {
      const holding = client(link());
      const comparing = client(link(), undefined, false);
      await untilHeld(holding);
      for (const question of questions) {
        for (const options of [{}, { namespace: "south" }, { tags: { any: ["weir"] } }]) {
          const asked = { ...options, cache: false, k: 20, why: true };
          const { timesMs: _, ...found } = await holding.memories.recall(question, asked);
          const { timesMs: __, ...wanted } = await comparing.memories.recall(question, asked);
          const lines = (all: typeof found.hits) =>
            all.map(({ memory, score, why }) =>
              [memory.text, score.toFixed(4), why?.meaning?.toFixed(4), why?.words].join(" | "),
            );
          expect(lines(found.hits)).toEqual(lines(wanted.hits));
          expect(found.searched).toBe(wanted.searched);
        }
      }
      expect(holding.asked).toEqual([]);
    });

    it("are followed: what another client writes is found at once, and what it erases is not", async () => {
      const holding = client(link());
      const writing = client(link());
      await untilHeld(holding);
      const { id } = await writing.memories.remember("A stoat went over the wall of the mill.");
      await writing.memories.settled();
      const question = "a stoat on the wall of the mill";
      const isFound = async (): Promise<boolean> => {
        const hits = await searched(holding, question, {}, 3);
        const rows = holding.store.rows.get(hits.map(({ rowId }) => rowId));
        return rows.some(({ key }) => key === id);
      };
      expect(await isFound()).toBe(true);
      const recalled = await holding.memories.recall(question, { cache: false });
      expect(recalled.hits[0]?.memory.id).toBe(id);
      // It is held by now as well.
      await expect.poll(isFound).toBe(true);
      expect(holding.asked).toEqual([]);
      await writing.memories.forget(id, { hard: true });
      expect(await isFound()).toBe(false);
    });

    it("are of the model that is there: of another one nothing is found", async () => {
      const holding = client(link());
      await untilHeld(holding);
      const note = await database.ask<{ value: string }>(
        "SELECT value FROM haypile.memory_meta WHERE name = 'model'",
      );
      const set = (value: string): Promise<unknown> =>
        database.ask(`UPDATE haypile.memory_meta SET value = '${value}' WHERE name = 'model'`);
      await set("another 64");
      expect(await searched(holding, "the heron of the lake")).toEqual([]);
      await set(note[0]?.value ?? "");
      await untilHeld(holding);
      expect(await searched(holding, "the heron of the lake")).toHaveLength(10);
    });

    it("are not read by who asks once", async () => {
      const holding = client(link());
      await holding.memories.recall("who sings", { cache: false });
      await new Promise((resolve) => setTimeout(resolve, 50));
      expect(holding.read).toEqual([]);
      await holding.memories.recall("who digs", { cache: false });
      await expect.poll(() => holding.read.length).toBeGreaterThan(0);
    });

    it("leave a recall its rows, where what is held is dropped in the middle of it", async () => {
      const holding = client(link());
      await untilHeld(holding);
      const question = holding.store.forRecall?.();
      if (question === undefined) throw new Error("the store has no view for a recall");
      question.vectors.model();
      await question.scope.prepare();
      const allowed = question.scope.allowed({ now });
      const hits = question.words.search("the otter of the weir", 20, allowed);
      holding.store.dropResident();
      const rows = question.rows.get(hits.map(({ rowId }) => rowId));
      expect(rows).toHaveLength(20);
      expect(rows.every(({ text }) => text.includes("otter") || text.includes("weir"))).toBe(true);
    });

    it("find a part of a text of very many", async () => {
      const long = Array.from(
        { length: 3_600 },
        (_, at) => `Line ${at} of the long tale of whales.`,
      );
      const writing = client(link());
      const text = `${long.join(" ")} ${"The kraken rose beneath the schooner at noon. ".repeat(40)}`;
      const { id } = await writing.memories.remember(text.repeat(3));
      await writing.memories.settled();
      const holding = client(link());
      await untilHeld(holding);
      const [row] = holding.store.rows.versions(id);
      const rowId = row?.rowId as number;
      expect(holding.store.rows.parts([rowId]).length).toBeGreaterThan(254);
      const question = holding.store.forRecall?.();
      if (question === undefined) throw new Error("the store has no view for a recall");
      question.vectors.model();
      await question.scope.prepare();
      const vector = await vectorOf("The kraken rose beneath the schooner at noon.");
      const allowed = question.scope.allowed({ now });
      const hits = await question.vectors.search({ vector, limit: 5, allowed });
      expect(hits.map((hit) => hit.rowId)).toContain(rowId);
      expect(holding.asked).toEqual([]);
      await writing.memories.forget(id, { hard: true });
    });

    it("are held again when many that waited for a vector have got it", async () => {
      const holding = client(link());
      await untilHeld(holding);
      const waiting = openPgMemoryStore(link());
      const writing = new MemoryService({ store: waiting, clock: () => now });
      const many = Array.from({ length: 700 }, (_, at) => ({
        text: `Parcel ${at} waits at the ${places[at % 7]} for ${things[at % 9]} number ${at * 3}.`,
        onDuplicate: "keep" as const,
      }));
      await writing.rememberMany(many);
      const found = async (): Promise<PartHit[]> => await searched(holding, many[650]?.text ?? "");
      for (let round = 0; round < 3; round += 1) await found();
      expect(holding.asked.length).toBeGreaterThan(0);
      const embedding = client(link());
      await embedding.memories.recall("parcel", { cache: false });
      await embedding.memories.settled();
      await expect
        .poll(() => embedding.store.vectors.count(), { timeout: 60_000 })
        .toBeGreaterThan(texts.length + 690);
      await untilHeld(holding);
      const rows = holding.store.rows.get((await found()).map(({ rowId }) => rowId));
      expect(rows[0]?.text).toBe(many[650]?.text);
      expect(holding.asked).toEqual([]);
      await writing.close();
    });

    it("are not held where they do not fit", async () => {
      const holding = client(link(), { exact: 0, most: texts.length * 40 });
      for (let round = 0; round < 5; round += 1) await searched(holding, "who sings");
      expect(holding.asked).toHaveLength(5);
    });
  });

  it("of members are those of the namespaces that they see, as rights come and go", async () => {
    const team: TeamStore = await teamStore();
    try {
      const owner = client(team.link);
      const role = await team.person("holder");
      const grant = (name: string): void =>
        team.team.grant(role, [{ scope: "namespace", name, can: "read" }]);
      await owner.memories.rememberMany(
        texts.map((one) => ({ ...one, onDuplicate: "keep" as const })),
      );
      await owner.memories.settled();
      grant("north");
      const member = client(team.linkAs(role));
      await untilHeld(member);
      const namespacesOf = async (): Promise<Set<string>> => {
        const hits = await searched(member, "the heron and the kestrel hunt", {}, 60);
        const rows = member.store.rows.get(hits.map(({ rowId }) => rowId));
        expect(rows.length).toBeGreaterThan(0);
        return new Set(rows.map(({ namespace }) => namespace));
      };
      expect(await namespacesOf()).toEqual(new Set(["north"]));
      grant("south");
      await untilHeld(member);
      expect(await namespacesOf()).toEqual(new Set(["north", "south"]));
      team.team.revoke(role, [{ scope: "namespace", name: "north" }]);
      expect(await namespacesOf()).toEqual(new Set(["south"]));
      await untilHeld(member);
      expect(await namespacesOf()).toEqual(new Set(["south"]));
    } finally {
      for (const service of services.splice(0)) await service.close();
      await team.close();
    }
  });
});
