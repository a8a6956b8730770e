/** The model of memories: apart from that of code, kept by the file, and never swapped behind its back. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { type Home, openHome } from "../../../src/engine/home.ts";
import type { HomeOptions } from "../../../src/engine/types.ts";
import { openMemoryStore } from "../../../src/storage/sqlite/memories/store.ts";
import { writeTinyModel } from "../../helpers/tiny-model.ts";

// On a machine where other work runs, a model takes its time.
vi.setConfig({ testTimeout: 180_000 });

let folder: string;
const before = { ...process.env };

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "haypile-memories-model-"));
  process.env.HAYPILE_DATA_DIR = join(folder, "data");
  process.env.HAYPILE_CACHE_DIR = join(folder, "cache");
});

afterEach(() => {
  process.env = { ...before };
  rmSync(folder, { recursive: true, force: true });
});

const database = (): string => join(folder, "data", "memories.db");

async function withHome<T>(options: HomeOptions, run: (home: Home) => Promise<T>): Promise<T> {
  const home = await openHome({ embeddingCache: false, ...options });
  try {
    return await run(home);
  } finally {
    await home.close();
  }
}

/** Remembers a text, waits for its vector, and says how near the text itself is to it. */
async function rememberIn(options: HomeOptions, text: string): Promise<number | undefined> {
  return await withHome(options, async ({ memories }) => {
    await memories.remember(text);
    for (let waited = 0; waited < 2_000; waited += 1) {
      const { hits, withoutVector } = await memories.recall(text, { minScore: 0, why: true });
      if (withoutVector === 0) return hits[0]?.why?.meaning;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    return undefined;
  });
}

function modelOfFile(path = database()): string | undefined {
  const store = openMemoryStore({ path });
  try {
    return store.vectors.model()?.id;
  } finally {
    store.close();
  }
}

describe("the model of memories", () => {
  it("is its own where that is said, stays when nothing is said, and leaves the code's alone", async () => {
    const code = join(folder, "code");
    mkdirSync(code);
    writeFileSync(join(code, "a.md"), "# Lighthouses\n\nNotes about lighthouses.\n");
    await withHome({ memoriesModel: "static" }, async (home) => {
      const engine = await home.engine(code);
      await engine.index();
      await home.memories.remember("The lighthouse keeper likes tea");
      await home.memories.recall("who likes tea");
      expect(engine.modelReport()?.modelId).toBe("all-minilm-l6-v2");
      // Both are in one pool, and make room for each other under one limit.
      expect(home.shared.ceiling.pool.size).toBe(2);
    });
    expect(await rememberIn({}, "The ferry leaves at six")).toBeGreaterThan(0.9);
    expect(modelOfFile()).toBe("static-code-256");
  });

  it("may lie in a folder, whose vectors stay when the folder is not named any more", async () => {
    const own = join(folder, "own-model");
    writeTinyModel(own);
    process.env.HAYPILE_MEMORIES_MODEL = own;
    await rememberIn({}, "The ferry leaves at six");
    expect(modelOfFile()).toBe("tiny");
    delete process.env.HAYPILE_MEMORIES_MODEL;
    await withHome({}, async ({ memories }) => {
      const { hits } = await memories.recall("ferry", { why: true });
      expect(hits.map(({ memory }) => memory.text)).toEqual(["The ferry leaves at six"]);
      expect(hits[0]?.why?.meaning).toBeUndefined();
    });
    expect(modelOfFile()).toBe("tiny");
  });

  it("that is not here leaves words", async () => {
    await withHome({ memoriesModel: "multilingual-e5-small" }, async ({ memories }) => {
      await memories.remember("The ferry leaves at six");
      const { hits } = await memories.recall("ferry");
      expect(hits).toHaveLength(1);
    });
    expect(modelOfFile()).toBeUndefined();
  });

  it("may be the sum of two, which the file keeps", async () => {
    expect(
      await rememberIn({ memoriesModel: "MiniLM + E5" }, "The ferry leaves at six"),
    ).toBeDefined();
    expect(modelOfFile()).toBe("all-minilm-l6-v2+e5-small-v2");
    await rememberIn({}, "Tea is at four");
    expect(modelOfFile()).toBe("all-minilm-l6-v2+e5-small-v2");
  });
});
