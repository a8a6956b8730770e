import { createHash } from "node:crypto";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { readDescription } from "../../../src/models/description.ts";
import { locateModel } from "../../../src/models/files.ts";
import { findModel, isKnownModel, models } from "../../../src/models/registry.ts";
import { fileSha256, verifyFiles } from "../../../src/models/verify.ts";

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "haypile-models-"));
});

afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

function write(files: Record<string, string>, into = folder): string {
  mkdirSync(into, { recursive: true });
  for (const [name, text] of Object.entries(files)) writeFileSync(join(into, name), text);
  return into;
}

const parts = { "model.onnx": "graph", "tokenizer.json": "{}" };

describe("the table of models", () => {
  it("has one model per name and alias, each to be had from somewhere", () => {
    const names = models.flatMap(({ name, aliases }) => [name, ...aliases]);
    const lower = names.map((name) => name.toLowerCase());
    // An alias may be its own model's name in other letters, never another model's.
    for (const name of names) {
      const owners = models.filter((one) =>
        [one.name, ...one.aliases].some((known) => known.toLowerCase() === name.toLowerCase()),
      );
      expect(owners, name).toHaveLength(1);
    }
    expect(lower.length).toBeGreaterThan(models.length);
    for (const one of models) expect(one.package ?? one.hub, one.name).toBeDefined();
  });

  it("finds by name or alias in any case, and suggests", () => {
    expect(findModel("MiniLM").name).toBe("all-minilm-l6-v2");
    expect(isKnownModel("baai/bge-small-en-V1.5")).toBe(true);
    expect(isKnownModel("gpt")).toBe(false);
    expect(() => findModel("bge-smal")).toThrow(/Did you mean "bge-small"/);
  });
});

describe("locateModel", () => {
  const locate = (query: Partial<Parameters<typeof locateModel>[0]>) =>
    locateModel({ modelsFolder: folder, ...query });

  it("finds the packaged model with its sums", async () => {
    const found = await locate({ model: "minilm" });
    expect(found).toMatchObject({ name: "all-minilm-l6-v2", source: "package", dimensions: 384 });
    await verifyFiles(found.folder, found.checksums ?? {});
  });

  it("finds a downloaded model only when it is complete", async () => {
    const into = join(folder, "multilingual-e5-small");
    write(parts, into);
    await expect(locate({ model: "multilingual-e5-small" })).rejects.toMatchObject({
      code: "HAYPILE_MODEL_MISSING",
    });
    write({ "checksums.json": "{}" }, into);
    expect(await locate({ model: "multilingual-e5-small" })).toMatchObject({
      source: "downloaded",
      folder: into,
    });
  });

  it("takes a folder with a description, or with the name of a known model", async () => {
    write(parts);
    await expect(locate({ modelFolder: folder })).rejects.toThrow(/model\.json with "dimensions"/);
    expect(await locate({ modelFolder: folder, model: "bge-small" })).toMatchObject({
      name: "bge-small-en-v1.5",
      dimensions: 384,
    });
    write({ "model.json": '{"dimensions": 12, "pooling": "cls", "maxTokens": 77}' });
    expect(await locate({ modelFolder: folder })).toMatchObject({
      dimensions: 12,
      pooling: "cls",
      maxTokens: 77,
      kind: "embedding",
      checksums: undefined,
    });
  });

  it.each(["model.onnx", "tokenizer.json"])("names the missing %s", async (name) => {
    write({ ...parts, "model.json": '{"dimensions": 12}' });
    rmSync(join(folder, name));
    await expect(locate({ modelFolder: folder })).rejects.toMatchObject({
      code: "HAYPILE_MODEL_MISSING",
      data: { folder, file: name },
    });
  });

  it("refuses a file in a folder's place, and sums it cannot read", async () => {
    write({ ...parts, "model.json": '{"dimensions": 12}', "checksums.json": '{"model.onnx": 1}' });
    await expect(locate({ modelFolder: folder })).rejects.toMatchObject({
      code: "HAYPILE_MODEL_DAMAGED",
    });
    await expect(locate({ modelFolder: join(folder, "model.onnx") })).rejects.toMatchObject({
      code: "HAYPILE_NOT_A_FOLDER",
    });
    await expect(locate({ modelFolder: join(folder, "none") })).rejects.toMatchObject({
      code: "HAYPILE_PATH_MISSING",
    });
  });
});

describe("readDescription", () => {
  const read = (text: string) => readDescription(join(write({ "model.json": text }), "model.json"));

  it("is undefined without a file and ignores fields it does not know", async () => {
    expect(await readDescription(join(folder, "model.json"))).toBeUndefined();
    expect(await read('{"dimensions": 3, "colour": "red"}')).toMatchObject({ dimensions: 3 });
  });

  it.each([
    ['{"dimensions": 0}', /"dimensions".+received 0/],
    ['{"dimensions": "384"}', /whole number.+received "384"/],
    ['{"pooling": "max"}', /one of graph, mean, cls/],
    ['{"prefixes": {"query": 1}}', /"prefixes"/],
    ['{"maxTokens": 1}', /"maxTokens"/],
    ["[", /cannot be read/],
    ["null", /Expected an object/],
  ])("refuses %s", async (text, message) => {
    const error = await read(text).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: "HAYPILE_MODEL_INVALID" });
    expect(String(error)).toMatch(message);
  });
});

describe("verifyFiles", () => {
  const text = "some weights";
  const sum = createHash("sha256").update(text).digest("hex");

  it("hashes as SHA-256 does", async () => {
    write({ a: text });
    expect(await fileSha256(join(folder, "a"))).toBe(sum);
  });

  it.each([
    ["a changed byte", { bytes: 12, sha256: "0".repeat(64) }, "HAYPILE_MODEL_DAMAGED"],
    ["another size", { bytes: 13, sha256: sum }, "HAYPILE_MODEL_DAMAGED"],
  ])("refuses %s", async (_, expected, code) => {
    write({ a: text });
    await verifyFiles(folder, { a: { bytes: 12, sha256: sum } });
    await expect(verifyFiles(folder, { a: expected })).rejects.toMatchObject({ code });
  });

  it("names a missing file", async () => {
    await expect(verifyFiles(folder, { gone: { bytes: 1, sha256: sum } })).rejects.toMatchObject({
      code: "HAYPILE_MODEL_MISSING",
    });
  });
});
