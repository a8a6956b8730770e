/* The packaged static model against the vectors its recipe computed. */
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Embedder } from "../../src/embedder.ts";
import { open } from "../../src/engine/open.ts";
import { loadEmbedder, repository } from "../helpers/model.ts";

const package_ = join(repository, "models", "static-code-256");
const reference = JSON.parse(readFileSync(join(package_, "reference.json"), "utf8")) as {
  text: string;
  ids: number[];
  vector: number[];
}[];
let embedder: Embedder;
let scratch: string;

beforeAll(async () => {
  embedder = await loadEmbedder({ model: "static" });
  scratch = mkdtempSync(join(tmpdir(), "haypile-static-"));
});

afterAll(async () => {
  await embedder.close();
  rmSync(scratch, { recursive: true, force: true });
});

describe("the static model", () => {
  it("gives the vectors of its recipe", async () => {
    expect(reference.length).toBeGreaterThanOrEqual(20);
    const vectors = await embedder.embed(reference.map(({ text }) => text));
    for (const [row, { text, vector }] of reference.entries()) {
      for (const [i, value] of vector.entries()) {
        expect(vectors[row * 256 + i], `${text} [${i}]`).toBeCloseTo(value, 4);
      }
    }
  });

  it("gives unit vectors, zeros for nothing, and the same for any company", async () => {
    const texts = [
      "read a file",
      "",
      "\u0000",
      "日本語",
      "x".repeat(100_000),
      "parseHTTPResponse2",
    ];
    const vectors = await embedder.embed(texts);
    for (const [row, text] of texts.entries()) {
      const own = vectors.slice(row * 256, (row + 1) * 256);
      const length = Math.hypot(...own);
      if (text === "") expect(length).toBe(0);
      else expect(length === 0 || Math.abs(length - 1) < 1e-4, text.slice(0, 20)).toBe(true);
      expect(await embedder.embed([text])).toEqual(own);
    }
    expect(await embedder.embed([])).toHaveLength(0);
  });

  it("is near for one meaning and far for two", async () => {
    const v = await embedder.embed([
      "open a file and read its lines",
      "def read_lines(path): ...",
      "bake a cake",
    ]);
    const dot = (a: number, b: number): number =>
      v
        .subarray(a * 256, a * 256 + 256)
        .reduce((sum, value, i) => sum + value * (v[b * 256 + i] as number), 0);
    expect(dot(0, 1)).toBeGreaterThan(dot(0, 2) + 0.1);
  });

  it("takes thousands of texts, stops when asked, and closes", async () => {
    const other = await loadEmbedder({ model: "static-code-256" });
    const texts = Array.from(
      { length: 5000 },
      (_, i) => `function number ${i} reads file ${i % 7}`,
    );
    const all = await other.embed(texts);
    expect(all.slice(4999 * 256)).toEqual(await other.embed([texts[4999] as string]));
    const stop = new AbortController();
    stop.abort();
    await expect(other.embed(texts, { signal: stop.signal })).rejects.toMatchObject({
      code: "HAYPILE_ABORTED",
    });
    const last = other.embed(texts);
    await other.close();
    await other.close();
    await Promise.allSettled([last]);
    await expect(other.embed(["a"])).rejects.toMatchObject({ code: "HAYPILE_CLOSED" });
  });

  it.each([
    ["cut off", (bytes: Buffer) => bytes.subarray(0, 1000)],
    ["empty", () => Buffer.alloc(0)],
    ["of another kind", (bytes: Buffer) => Buffer.concat([Buffer.from("XXXX"), bytes.subarray(4)])],
    [
      "of another version",
      (bytes: Buffer) => {
        const copy = Buffer.from(bytes);
        copy[8] = 9;
        return copy;
      },
    ],
    [
      "with a wrong count",
      (bytes: Buffer) => {
        const copy = Buffer.from(bytes);
        copy.writeUInt32LE(0xffffffff, 12);
        return copy;
      },
    ],
  ])("refuses a table that is %s", async (_, damage) => {
    const folder = mkdtempSync(join(scratch, "damaged-"));
    for (const name of ["tokenizer.json", "model.json"])
      cpSync(join(package_, name), join(folder, name));
    writeFileSync(join(folder, "table.bin"), damage(readFileSync(join(package_, "table.bin"))));
    await expect(loadEmbedder({ modelFolder: folder })).rejects.toMatchObject({
      code: "HAYPILE_MODEL_DAMAGED",
    });
  });

  it("refuses other dimensions than its description says, and a changed file", async () => {
    const folder = mkdtempSync(join(scratch, "other-"));
    for (const name of ["tokenizer.json", "table.bin", "model.json", "checksums.json"]) {
      cpSync(join(package_, name), join(folder, name));
    }
    const bytes = readFileSync(join(folder, "table.bin"));
    bytes[5000] = (bytes[5000] as number) ^ 1;
    writeFileSync(join(folder, "table.bin"), bytes);
    await expect(loadEmbedder({ modelFolder: folder })).rejects.toMatchObject({
      code: "HAYPILE_MODEL_DAMAGED",
    });
    rmSync(join(folder, "checksums.json"));
    writeFileSync(join(folder, "model.json"), '{"kind": "static", "dimensions": 128}');
    await expect(loadEmbedder({ modelFolder: folder })).rejects.toMatchObject({
      code: "HAYPILE_MODEL_INVALID",
    });
  });

  it("is a model for an index of its own", async () => {
    const tree = mkdtempSync(join(scratch, "tree-"));
    writeFileSync(
      join(tree, "a.py"),
      "def read_lines(path):\n    with open(path) as file:\n        return file.readlines()\n",
    );
    writeFileSync(
      join(tree, "b.py"),
      "def bake_cake(oven):\n    oven.heat(180)\n    return oven.bake('cake')\n",
    );
    const engine = await open({
      folder: tree,
      database: join(scratch, "static.db"),
      model: "static",
      embeddingCache: false,
    });
    await engine.index();
    expect(engine.status().model).toEqual({
      id: "static-code-256",
      dimensions: 256,
      vectors: "int8",
    });
    const { hits } = await engine.search("load a text file line by line");
    expect(hits[0]?.path).toBe("a.py");
    expect(hits[0]?.parts.meaning).toBeGreaterThan(0.2);
    await engine.close();
    const clash = await open({
      folder: tree,
      database: join(scratch, "static.db"),
      model: "minilm",
    });
    await expect(clash.index()).rejects.toMatchObject({ code: "HAYPILE_DIMENSIONS_DIFFER" });
    await clash.close();
  });
});
