import { mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { locateReranker } from "../../../src/models/reranker-files.ts";
import { writeTinyReranker } from "../../helpers/tiny-reranker.ts";

let folder: string;

beforeEach(() => {
  folder = writeTinyReranker(mkdtempSync(join(tmpdir(), "haypile-reranker-files-")));
});

afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

const write = (name: string, value: unknown): void =>
  writeFileSync(join(folder, name), JSON.stringify(value));

const refused = async (code: string, says: RegExp, path = folder): Promise<void> => {
  await expect(locateReranker(path)).rejects.toMatchObject({
    code,
    message: expect.stringMatching(says),
  });
};

describe("a reranker's folder", () => {
  it.each(["model.onnx", "onnx/model.onnx", "onnx/model_quantized.onnx", "onnx/model_int8.onnx"])(
    "may have its model at %s",
    async (name) => {
      mkdirSync(join(folder, "onnx"));
      renameSync(join(folder, "model.onnx"), join(folder, name));
      expect(await locateReranker(folder)).toMatchObject({
        modelPath: join(folder, name),
        tokenizerPath: join(folder, "tokenizer.json"),
        maxTokens: 64,
        checksums: undefined,
      });
    },
  );

  it("may say more in a model.json, or nothing at all", async () => {
    write("model.json", { kind: "reranker", name: "mine", maxTokens: 48 });
    expect(await locateReranker(folder)).toMatchObject({ name: "mine", maxTokens: 48 });
    rmSync(join(folder, "model.json"));
    rmSync(join(folder, "config.json"));
    expect(await locateReranker(folder)).toMatchObject({ maxTokens: 512 });
  });

  it("must be there, and have its files", async () => {
    await refused("HAYPILE_PATH_MISSING", /nowhere/, join(folder, "nowhere"));
    await refused("HAYPILE_NOT_A_FOLDER", /is a file/, join(folder, "config.json"));
    rmSync(join(folder, "tokenizer.json"));
    await refused("HAYPILE_MODEL_MISSING", /has no tokenizer\.json/);
    rmSync(join(folder, "model.onnx"));
    await refused("HAYPILE_MODEL_MISSING", /has no model\.onnx.*onnx\/model_quantized\.onnx/);
  });

  it("must not say that it is another model", async () => {
    write("config.json", { architectures: ["BertModel"] });
    await refused("HAYPILE_MODEL_INVALID", /config\.json says "BertModel".*cross-encoder/);
    write("config.json", {
      architectures: ["BertForSequenceClassification"],
      id2label: { 0: "no", 1: "perhaps", 2: "yes" },
    });
    await refused("HAYPILE_MODEL_INVALID", /names 3 classes/);
    write("config.json", {
      architectures: ["BertForSequenceClassification"],
      max_position_embeddings: 4,
    });
    await refused("HAYPILE_MODEL_INVALID", /16 tokens or more.*says 4/);
    write("model.json", { dimensions: 384 });
    await refused("HAYPILE_MODEL_INVALID", /model\.json says "embedding"/);
    writeFileSync(join(folder, "model.json"), "{");
    await refused("HAYPILE_MODEL_INVALID", /cannot be read/);
  });
});
