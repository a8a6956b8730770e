/*
 * What one recall asks of a server: few questions, since each is a way there and back. The same memories are found as without
 * what goes along.
 */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { MemoryService } from "../../../src/memories/service.ts";
import { scanKernels } from "../../../src/native/vector-scan.ts";
import type { RecallOptions } from "../../../src/ports/memories.ts";
import type { PgLink, PgValue } from "../../../src/storage/postgres/link/link.ts";
import { openLink } from "../../../src/storage/postgres/link/open.ts";
import { openPgMemoryStore } from "../../../src/storage/postgres/memories/store.ts";
import type { OpenedMemoryStore } from "../../../src/storage/sqlite/memories/store.ts";
import { HashEmbedder } from "../../helpers/hash-embedder.ts";
import { addonFolder } from "../../helpers/model.ts";
import { type TestDatabase, testDatabase, whyNoPostgres } from "../../helpers/postgres.ts";

const animals = ["heron", "otter", "badger", "kestrel", "vole", "pike", "adder", "linnet"];
const places = ["lake", "hedge", "quarry", "orchard", "marsh"];
/** Look, tags, texts of the candidates with their cosines, details of the best. */
const mostStatements = 4;

describe.skipIf(whyNoPostgres !== undefined)("a recall over a server", () => {
  let database: TestDatabase;
  const asked: string[] = [];
  const services: MemoryService[] = [];
  let store: OpenedMemoryStore;
  let memories: MemoryService;
  let other: MemoryService;

  function noting(link: PgLink): PgLink {
    return new Proxy(link, {
      get(target, name) {
        const value = Reflect.get(target, name, target) as unknown;
        if (typeof value !== "function") return value;
        if (!["rows", "lists", "run", "later"].includes(String(name))) return value.bind(target);
        return (text: string, values: readonly PgValue[] = [], ...more: unknown[]) => {
          asked.push(text);
          return value.call(target, text, values, ...more);
        };
      },
    });
  }

  function opened(given: OpenedMemoryStore): MemoryService {
    const service = new MemoryService({ store: given, embedder: new HashEmbedder() });
    services.push(service);
    return service;
  }

  beforeAll(async () => {
    database = await testDatabase();
    const link = openLink({ url: database.url });
    store = openPgMemoryStore(noting(link), {
      kernels: scanKernels(addonFolder),
      closed: () => link.close(),
    });
    memories = opened(store);
    const texts = animals.flatMap((animal, at) =>
      places.map((place, number) => ({
        text: `The ${animal} was seen at the ${place} ${at * 7 + number} times.`,
        tags: [place, `seen${number}`],
        kind: number % 2 === 0 ? ("fact" as const) : ("turn" as const),
        namespace: at % 2 === 0 ? "north" : "south",
      })),
    );
    const written = await memories.rememberMany(texts);
    await memories.rememberMany([
      { text: `Of otters. ${"The otter sleeps by day and hunts by night. ".repeat(120)}` },
      { text: "The otter at the lake is called Tom." },
      { text: "The otter at the lake is now called Ben." },
    ]);
    await memories.link(written[0]?.id as string, written[1]?.id as string, "see");
    await memories.update(written[2]?.id as string, {
      anchors: [{ path: "/work/none/src/heron.ts" }],
    });
    await memories.settled();
    const plain = openLink({ url: database.url });
    const own = openPgMemoryStore(plain, { closed: () => plain.close() });
    // Each call asks for itself.
    other = opened(
      new Proxy(own, {
        get: (target, name) => {
          if (name === "forRecall") return undefined;
          const value = Reflect.get(target, name, target) as unknown;
          return typeof value === "function" ? value.bind(target) : value;
        },
      }),
    );
  });
  afterAll(async () => {
    for (const service of services) await service.close();
    await database?.close();
  });

  it(`asks ${mostStatements} things, once its words were read`, async () => {
    const bytes = store.residentBytes;
    await expect
      .poll(async () => {
        await memories.recall("where was the otter seen", { cache: false });
        return store.residentBytes;
      })
      .toBeGreaterThan(bytes + 4_000);
    asked.length = 0;
    await memories.recall("where was the otter seen", { cache: false });
    expect(asked.length, asked.join("\n")).toBeLessThanOrEqual(mostStatements);
  });

  const questions: [query: string, options: RecallOptions][] = [
    ["where was the otter seen", {}],
    ["what is the otter at the lake called", { why: true }],
    ["heron", { neighbours: 2 }],
    ["the vole of the marsh", { namespace: "north" }],
    ["linnet", { tags: { any: ["orchard"] } }],
    ["what did we see yesterday", {}],
    ["", { k: 30 }],
    ["otters hunt by night", { k: 40, why: true }],
    ["nothing that anybody said", { minScore: 0, k: 12 }],
  ];
  it.each(questions)("finds the same for %j %j", async (query, options) => {
    const { timesMs: _, ...found } = await memories.recall(query, { ...options, cache: false });
    const { timesMs: __, ...wanted } = await other.recall(query, { ...options, cache: false });
    expect(compared(found)).toEqual(compared(wanted));
  });

  it("reads cosines anew where it has to search once more", async () => {
    const vector = await new HashEmbedder().embed(["where was the otter seen"]);
    const question = store.forRecall?.();
    if (question === undefined) throw new Error("the store has no view for a recall");
    await question.scope.prepare();
    const allowed = question.scope.allowed({ now: Date.now(), namespaces: ["north"] });
    const hits = await question.vectors.search({ vector, limit: 5, allowed });
    const partIds = hits.map(({ partId }) => partId);
    const cosines = (): number[] => {
      question.rows.parts(hits.map(({ rowId }) => rowId));
      return [...question.vectors.cosines(vector, partIds)];
    };
    const before = cosines();
    expect(before.every((cosine) => cosine > 0)).toBe(true);
    const turn = (at: number): Promise<unknown> =>
      database.ask(`UPDATE haypile.memory_vectors SET scale = scale * ${at}`);
    await turn(0.5);
    expect(cosines()).toEqual(before);
    await question.vectors.search({ vector, limit: 5, allowed });
    const after = cosines();
    await turn(2);
    expect(after.map((cosine) => Number((cosine * 2).toFixed(4)))).toEqual(
      before.map((cosine) => Number(cosine.toFixed(4))),
    );
  });

  it("tells of what another client wrote just before", async () => {
    await other.remember("A wolverine was seen at the weir.", { namespace: "north" });
    const { hits } = await memories.recall("wolverine at the weir", { cache: false });
    expect(hits[0]?.memory.text).toBe("A wolverine was seen at the weir.");
    await other.forget(hits[0]?.memory.id as string);
    const after = await memories.recall("wolverine at the weir", { cache: false });
    expect(after.hits.map(({ memory }) => memory.text)).not.toContain(hits[0]?.memory.text);
  });
});

/** Counts of use are written some time after: they tell nothing here. */
function compared(found: unknown): unknown {
  const told = JSON.stringify(found, (key, value) => {
    if (key === "uses") return undefined;
    return typeof value === "number" ? Number(value.toFixed(5)) : value;
  });
  return JSON.parse(told);
}
