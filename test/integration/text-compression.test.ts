/* Texts packed from the first index run on, as the option says. */
import { cpSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Engine, open } from "../../src/index.ts";
import { openDatabase } from "../../src/storage/sqlite/file/open.ts";
import { hasCodec } from "../../src/storage/sqlite/file/packed-text.ts";
import { openSqliteStore } from "../../src/storage/sqlite/store.ts";
import { repository } from "../helpers/model.ts";
import { findFaults } from "../helpers/sqlite-files.ts";

const scratch = mkdtempSync(join(tmpdir(), "haypile-compression-"));
const tree = join(scratch, "tree");
const plain = join(scratch, "plain.db");

beforeAll(async () => {
  cpSync(join(repository, "src", "storage"), tree, { recursive: true });
  await (await indexed(plain, "off")).close();
});

afterAll(() => rmSync(scratch, { recursive: true, force: true }));

async function indexed(
  database: string,
  textCompression: "off" | "deflate" | "zstd",
): Promise<Engine> {
  const engine = await open({ folder: tree, database, model: "static", textCompression });
  await engine.index();
  return engine;
}

/** By file and place: ids differ from index to index. */
function textsOf(path: string): string[] {
  const store = openSqliteStore({ path });
  try {
    return store.texts
      .places(Array.from(store.texts.where(() => true)))
      .map((place) => `${place.path}:${place.startLine} ${place.text}`)
      .sort();
  } finally {
    store.close();
  }
}

function numberOf(path: string, sql: string): number {
  const { db } = openDatabase({ path, cacheBytes: 1e6, readonly: true });
  try {
    return db.prepare(sql).pluck().get() as number;
  } finally {
    db.close();
  }
}

const packedShare = "SELECT avg(packed IS NOT NULL) FROM chunks";

describe("storage.compression", () => {
  it("is off without a word, and then nothing is packed", () => {
    expect(numberOf(plain, packedShare)).toBe(0);
    expect(numberOf(plain, "SELECT count(*) FROM dictionaries")).toBe(0);
  });

  it.each(["deflate", ...(hasCodec("zstd") ? (["zstd"] as const) : [])] as const)(
    "%s packs the texts of a new index, and what comes later",
    async (codec) => {
      const path = join(scratch, `${codec}.db`);
      const engine = await indexed(path, codec);
      expect(textsOf(path)).toEqual(textsOf(plain));
      expect(numberOf(path, packedShare)).toBeGreaterThan(0.8);
      expect(numberOf(path, "SELECT count(*) FROM dictionaries")).toBe(1);
      expect(findFaults(path)).toEqual([]);
      const { hits } = await engine.search("acquire the lock", { k: 3 });
      expect(hits.map((hit) => hit.path)).toContain("sqlite/file/lock.ts");

      const added = join(tree, "added.ts");
      const text = "export function hose(flowers: string[]): string[] {\n  return flowers;\n}\n";
      writeFileSync(added, text);
      try {
        await engine.index();
      } finally {
        rmSync(added);
      }
      expect(numberOf(path, "SELECT packed IS NOT NULL FROM chunks ORDER BY id DESC LIMIT 1")).toBe(
        1,
      );

      // compact goes on with the same codec.
      const plan = await engine.compaction.prepare();
      await plan.apply();
      const letter = numberOf(path, "SELECT hex(substr(data, 1, 1)) FROM dictionaries");
      expect(letter).toBe(codec === "zstd" ? "7A" : "64");
      await engine.close();
    },
  );

  it("waits until there are texts enough for a dictionary", async () => {
    const store = openSqliteStore({ path: join(scratch, "few.db"), textCompression: "deflate" });
    const put = (from: number, count: number): void =>
      store.files.put([
        {
          path: `${from}.txt`,
          stamp: { sizeBytes: 1, mtimeMs: 1, readMs: 2 },
          contentHash: `${from}`,
          language: "text",
          chunks: Array.from({ length: count }, (_, i) => ({
            text: `the text of number ${from + i}, which is like the text of any other number`,
            startLine: i + 1,
            endLine: i + 1,
            tokens: 9,
          })),
        },
      ]);
    put(0, 40);
    store.optimize();
    expect(numberOf(store.path, packedShare)).toBe(0);
    put(40, 40);
    expect(numberOf(store.path, packedShare)).toBe(0);
    store.optimize();
    expect(numberOf(store.path, packedShare)).toBe(1);
    store.close();
  });

  it("of an index that is packed goes on where the option is off", async () => {
    const path = join(scratch, "goes-on.db");
    await (await indexed(path, "deflate")).close();
    const store = openSqliteStore({ path });
    const text = "export const one = 1;\nexport const two = 2;\n".repeat(4);
    store.files.put([
      {
        path: "more.ts",
        stamp: { sizeBytes: 1, mtimeMs: 1, readMs: 2 },
        contentHash: "more",
        language: "typescript",
        chunks: [{ text, startLine: 1, endLine: 8, tokens: 40 }],
      },
    ]);
    store.close();
    expect(numberOf(path, "SELECT packed IS NOT NULL FROM chunks ORDER BY id DESC LIMIT 1")).toBe(
      1,
    );
  });
});
