/* What an engine leaves behind in what it shares with others, and what opening it costs. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Database } from "better-sqlite3";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { readEnvironment } from "../../src/config/environment/env.ts";
import { configure } from "../../src/engine/configure.ts";
import { openUserMemories } from "../../src/engine/memories/user-memories.ts";
import { open } from "../../src/engine/open.ts";
import { type SharedParts, shareParts } from "../../src/engine/shared-parts.ts";
import type { OpenOptions } from "../../src/engine/types.ts";
import { openSqliteStore } from "../../src/storage/sqlite/store.ts";
import { writeTinyReranker } from "../helpers/tiny-reranker.ts";

let folder: string;
let shared: SharedParts;
const before = { ...process.env };

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "haypile-open-close-"));
  mkdirSync(join(folder, "tree"));
  writeFileSync(join(folder, "tree", "text.md"), "# Lamps\n\nNotes about lighthouses.\n");
  process.env.HAYPILE_DATA_DIR = join(folder, "data");
  process.env.HAYPILE_CACHE_DIR = join(folder, "cache");
  shared = shareParts(
    configure<OpenOptions>({ maxMemoryBytes: 1e9 }, undefined, readEnvironment()),
    readEnvironment(),
  );
});

afterEach(async () => {
  await shared.close();
  process.env = { ...before };
  rmSync(folder, { recursive: true, force: true });
});

describe("what was closed", () => {
  it("leaves the ladder and the pool: engines, however many there were", async () => {
    const { governor, pool } = shared.ceiling;
    const reranker = join(folder, "reranker");
    writeTinyReranker(reranker);
    const given = { folder: join(folder, "tree"), reranker, embeddingCache: false };
    const first = await open(given, shared);
    await first.index({ fillIn: "off" });
    await first.close();
    const steps = governor?.registered;
    const models = pool.size;
    expect(steps).toBeGreaterThan(0);
    for (let i = 0; i < 20; i += 1) {
      const engine = await open(given, shared);
      expect(engine.status().index.files).toBe(1);
      expect(governor?.registered).toBe((steps ?? 0) + 1);
      expect(pool.size).toBe(models + 1);
      await engine.close();
    }
    expect(governor?.registered).toBe(steps);
    expect(pool.size).toBe(models);
  });

  it("leaves the ladder: memories, and with the shared parts their models", async () => {
    const { governor, pool } = shared.ceiling;
    const first = await openUserMemories({}, shared);
    await first.close();
    const steps = governor?.registered;
    for (let i = 0; i < 5; i += 1) {
      const memories = await openUserMemories({}, shared);
      expect(governor?.registered).toBe((steps ?? 0) + 1);
      await memories.close();
      await memories.close();
    }
    expect(governor?.registered).toBe(steps);
    await shared.close();
    expect(governor?.registered).toBe(0);
    expect(pool.size).toBe(0);
  });
});

describe("open()", () => {
  /** The connections on which statements were prepared meanwhile, each with their number. */
  async function connectionsOf(run: () => Promise<unknown>): Promise<number[]> {
    const Driver = createRequire(import.meta.url)("better-sqlite3") as new (
      path: string,
    ) => Database;
    const probe = new Driver(":memory:");
    const proto = Object.getPrototypeOf(probe) as Pick<Database, "prepare">;
    probe.close();
    const prepare = proto.prepare;
    const counts = new Map<unknown, number>();
    proto.prepare = function (this: Database, ...args: [string]) {
      counts.set(this, (counts.get(this) ?? 0) + 1);
      return prepare.apply(this, args);
    } as typeof prepare;
    try {
      await run();
    } finally {
      proto.prepare = prepare;
    }
    return [...counts.values()];
  }

  it("reads the name of the model by one connection and few statements, also where it is not here", async () => {
    const given = { folder: join(folder, "tree"), embeddingCache: false };
    const first = await open(given, shared);
    await first.index({ fillIn: "off" });
    const { database } = first.status();
    await first.close();
    // What open() loads once is loaded by now.
    for (const model of [undefined, { id: "gone-model", dimensions: 8 }]) {
      if (model !== undefined) {
        const store = openSqliteStore({ path: database });
        store.facts.set("store.model", JSON.stringify(model));
        store.close();
      }
      const counted = await connectionsOf(async () => {
        const engine = await open(given, shared);
        expect(engine.modelName).toBe(model?.id ?? first.modelName);
        await engine.close();
      });
      expect(counted).toHaveLength(1);
      expect(counted[0]).toBeLessThan(10);
    }
  });
});
