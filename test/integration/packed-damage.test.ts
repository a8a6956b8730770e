/* Files of packed weights that are not what they should be: no vectors come of them, and no crash. */

import { createHash } from "node:crypto";
import {
  chmodSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, describe, expect, it } from "vitest";
import type { Embedder } from "../../src/embedder.ts";
import { openReranker } from "../../src/engine/open.ts";
import { loadEmbedder } from "../helpers/model.ts";
import { packedGraph, packedWeights, sealed, writePackedModel } from "../helpers/packed-model.ts";

const scratch = mkdtempSync(join(tmpdir(), "haypile-packed-damage-"));
const sound = writePackedModel(join(scratch, "sound"));
const engines = ["direct", "onnx"] as const;
const ownCache = process.env.HAYPILE_CACHE_DIR;
let copies = 0;

afterEach(() => {
  if (ownCache === undefined) delete process.env.HAYPILE_CACHE_DIR;
  else process.env.HAYPILE_CACHE_DIR = ownCache;
});
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

/** A copy of the sound model whose weights were changed. */
function changed(change: (weights: Buffer, folder: string) => Buffer): string {
  copies += 1;
  const folder = join(scratch, `changed${copies}`);
  cpSync(sound, folder, { recursive: true });
  const path = join(folder, "weights.bin");
  writeFileSync(path, change(readFileSync(path), folder));
  return folder;
}

async function refusal(modelFolder: string, engine: "direct" | "onnx"): Promise<unknown> {
  try {
    const embedder = await loadEmbedder({ modelFolder, engine });
    await embedder.close();
    return "loaded";
  } catch (error) {
    const { code, message } = error as { code: string; message: string };
    return { code, message };
  }
}

/** Of the last table of words, whose bytes nothing but the digest knows. */
const wordRow = 128 + 128 + 40;

describe("a weights file", () => {
  it.each([
    ["cut short", (all: Buffer) => all.subarray(0, all.length - 64), /has \d+ bytes, expected \d+/],
    ["cut to its header", (all: Buffer) => all.subarray(0, 128), /has 128 bytes, expected/],
    ["cut to nothing", () => Buffer.alloc(0), /empty|has 0 bytes/],
    [
      "too long",
      (all: Buffer) => Buffer.concat([all, Buffer.alloc(64)]),
      /has \d+ bytes, expected|were changed/,
    ],
    ["of something else", () => Buffer.alloc(4_096, 7), /does not begin as packed weights do/],
    ["changed in one word", (all: Buffer) => flipped(all, wordRow), /were changed: .*digest/],
    [
      "changed in its last byte",
      (all: Buffer) => flipped(all, all.length - 1),
      /were changed: .*digest/,
    ],
    [
      "of a newer version",
      (all: Buffer) => edited(all, (copy) => copy.writeUInt32LE(2, 8)),
      /has version 2 of packed weights, expected 1/,
    ],
    [
      "of a shape that is none",
      (all: Buffer) => edited(all, (copy) => copy.writeUInt32LE(7, 32 + 8)),
      /describes a model that this encoder does not run/,
    ],
    [
      "with NaN",
      (all: Buffer) => edited(all, (copy) => copy.writeFloatLE(Number.NaN, 128)),
      /no finite number/,
    ],
    [
      "with an infinity at its end",
      (all: Buffer) =>
        edited(all, (copy) => copy.writeFloatLE(Number.POSITIVE_INFINITY, all.length - 64)),
      /no finite number/,
    ],
  ] as const)("that is %s is refused, and named", async (_what, change, words) => {
    const folder = changed(change);
    for (const engine of engines) {
      expect(await refusal(folder, engine), engine).toEqual({
        code: "HAYPILE_MODEL_DAMAGED",
        message: expect.stringMatching(words),
      });
      expect(await refusal(folder, engine)).toMatchObject({
        message: expect.stringContaining(folder),
      });
    }
  });

  it("that is another one than the checksums say is refused, also when it is sound", async () => {
    const folder = changed(() => packedWeights({ seed: 2 }));
    const original = readFileSync(join(sound, "weights.bin"));
    const sha256 = createHash("sha256").update(original).digest("hex");
    const sums = JSON.stringify({ "weights.bin": { bytes: original.length, sha256 } });
    writeFileSync(join(folder, "checksums.json"), sums);
    for (const engine of engines) {
      for (const graphCache of [true, false]) {
        const loading = loadEmbedder({ modelFolder: folder, engine, graphCache });
        await expect(loading).rejects.toMatchObject({ code: "HAYPILE_MODEL_DAMAGED" });
      }
      // The right one is compared once, and known from then on.
      writeFileSync(join(folder, "weights.bin"), original);
      for (let i = 0; i < 2; i += 1) expect(await refusal(folder, engine)).toBe("loaded");
      writeFileSync(join(folder, "weights.bin"), packedWeights({ seed: 2 }));
    }
  });

  it("that is changed or cut while it is in use changes nothing", async () => {
    for (const engine of engines) {
      const folder = changed((all) => all);
      const embedder = await loadEmbedder({ modelFolder: folder, engine });
      const before = await embedder.embed(["read the file", "search"]);
      truncateSync(join(folder, "weights.bin"), 1_000);
      writeFileSync(join(folder, "weights.bin"), Buffer.alloc(1_000_000, 3));
      release(embedder);
      expect(await embedder.embed(["read the file", "search"])).toEqual(before);
      await embedder.close();
    }
  });

  it("that is missing is named", async () => {
    const folder = changed((all) => all);
    rmSync(join(folder, "weights.bin"));
    for (const engine of engines) {
      expect(await refusal(folder, engine)).toEqual({
        code: "HAYPILE_MODEL_MISSING",
        message: expect.stringContaining("weights.bin"),
      });
    }
  });

  it("is read into memory where no copy of it can be made", async () => {
    const blocked = join(scratch, "blocked");
    writeFileSync(blocked, "a file where the folder would be");
    process.env.HAYPILE_CACHE_DIR = blocked;
    const embedder = await loadEmbedder({ modelFolder: sound, engine: "direct" });
    expect(embedder.report()).toMatchObject({ openedPath: join(sound, "weights.bin") });
    expect(embedder.report()?.sessionBytes).toBeGreaterThan(0);
    const inMemory = await embedder.embed(["read the file"]);
    release(embedder);
    expect(await embedder.embed(["read the file"])).toEqual(inMemory);
    await embedder.close();
    const bad = changed((all) => flipped(all, wordRow));
    for (const engine of engines) {
      expect(await refusal(bad, engine)).toMatchObject({ code: "HAYPILE_MODEL_DAMAGED" });
    }
  });
});

describe("what model.json says", () => {
  it.each([
    [{ dimensions: 32 }, /64 dimensions where 32 were expected/],
    [{ maxTokens: 1_024 }, /take 512 tokens a text where 1024 were expected/],
  ])("must fit the weights: %o", async (stated, words) => {
    const folder = writePackedModel(join(scratch, `stated${Object.keys(stated)}`), { stated });
    for (const engine of engines) {
      expect(await refusal(folder, engine)).toEqual({
        code: "HAYPILE_MODEL_INVALID",
        message: expect.stringMatching(words),
      });
    }
  });

  it("must be of their kind", async () => {
    const reranker = writePackedModel(join(scratch, "scores"), { head: "classifier" });
    const folder = join(scratch, "scores-as-vectors");
    cpSync(reranker, folder, { recursive: true });
    cpSync(join(sound, "model.json"), join(folder, "model.json"));
    for (const engine of engines) {
      expect(await refusal(folder, engine)).toMatchObject({ code: "HAYPILE_MODEL_INVALID" });
    }
    const vectors = join(scratch, "vectors-as-scores");
    cpSync(sound, vectors, { recursive: true });
    cpSync(join(reranker, "model.json"), join(vectors, "model.json"));
    for (const engine of engines) {
      const opened = await openReranker(vectors, { engine });
      await expect(opened.score("a", ["b"])).rejects.toMatchObject({
        code: "HAYPILE_MODEL_INVALID",
      });
      await opened.close();
    }
  });

  it("names a file of the folder, and no other place", async () => {
    for (const weights of ["../weights.bin", "/etc/passwd", "", ".."]) {
      const folder = changed((all) => all);
      const path = join(folder, "model.json");
      writeFileSync(path, JSON.stringify({ ...JSON.parse(readFileSync(path, "utf8")), weights }));
      expect(await refusal(folder, "direct")).toMatchObject({ code: "HAYPILE_MODEL_INVALID" });
    }
  });
});

describe("a tokenizer of another model", () => {
  it("gives ids that the weights have no words for: an error, no vectors", async () => {
    const folder = writePackedModel(join(scratch, "few-words"), { words: 16 });
    cpSync(join(sound, "tokenizer.json"), join(folder, "tokenizer.json"));
    for (const engine of engines) {
      const embedder = await loadEmbedder({ modelFolder: folder, engine });
      await expect(embedder.embed(["index search"])).rejects.toMatchObject({
        code: "HAYPILE_MODEL_INVALID",
        message: expect.stringMatching(/tokenizer\.json does not fit/),
      });
      // Texts that it has words for still get vectors.
      expect(await embedder.embed([""])).toHaveLength(64);
      await embedder.close();
    }
  });
});

describe("the graph around packed weights", () => {
  it("that is missing is needed by ONNX Runtime alone", async () => {
    const folder = changed((all) => all);
    rmSync(join(folder, "model.onnx"));
    expect(await refusal(folder, "direct")).toBe("loaded");
    expect(await refusal(folder, "onnx")).toMatchObject({ code: "HAYPILE_MODEL_MISSING" });
  });

  it("that is another one is refused", async () => {
    const folder = changed((all, at) => {
      writeFileSync(join(at, "model.onnx"), packedGraph(all.length - 64));
      return all;
    });
    expect(await refusal(folder, "onnx")).toMatchObject({ code: "HAYPILE_MODEL_DAMAGED" });
    writeFileSync(join(folder, "model.onnx"), "no graph");
    expect(await refusal(folder, "onnx")).toMatchObject({ code: "HAYPILE_MODEL_DAMAGED" });
    expect(await refusal(folder, "direct")).toBe("loaded");
  });
});

describe("a folder that nobody may write to", () => {
  it("serves the model, and is compared again each time", async () => {
    const cache = join(scratch, "read-only");
    mkdirSync(cache, { mode: 0o500 });
    process.env.HAYPILE_CACHE_DIR = cache;
    for (const engine of engines) expect(await refusal(sound, engine)).toBe("loaded");
    chmodSync(cache, 0o700);
  });
});

/** What idle models are asked for: mapped pages go, and come back. */
function release(embedder: Embedder): void {
  if ("releaseMemory" in embedder) (embedder.releaseMemory as () => void)();
}

function flipped(all: Buffer, at: number): Buffer {
  const copy = Buffer.from(all);
  copy[at] = (copy[at] as number) ^ 1;
  return copy;
}

/** Changed, with a digest that fits: whoever made it did it so. */
function edited(all: Buffer, edit: (copy: Buffer) => void): Buffer {
  const copy = Buffer.from(all);
  edit(copy);
  return sealed(copy);
}
