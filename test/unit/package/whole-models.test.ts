/* The package of whole weights, laid out from what scripts/models/whole.py makes. */
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { stageWholeModels } from "../../../scripts/lib/whole-models.ts";
import { findModel } from "../../../src/models/registry.ts";

const source = { name: "haypile", version: "1.2.3" };
let root: string;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "haypile-whole-"));
});

afterEach(() => rmSync(root, { recursive: true, force: true }));

const stage = () => stageWholeModels(root, join(root, "staging"), source);

it("is packed where it was made, under the name that is looked for", () => {
  expect(stage()).toEqual([]);
  const built = join(root, "build", "models", "all-minilm-l6-v2-fp32");
  mkdirSync(built, { recursive: true });
  const files = ["LICENSE", "checksums.json", "model.json", "model.onnx", "tokenizer.json"];
  for (const file of files) writeFileSync(join(built, file), file);
  const [folder = ""] = stage();
  expect(readdirSync(folder).sort()).toEqual([...files, "README.md", "package.json"].sort());
  const manifest = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
  expect(manifest.name).toBe(findModel("all-minilm-l6-v2").wholePackage);
  expect(manifest.version).toBe("1.2.3");
  expect([...manifest.files].sort()).toEqual([...files, "README.md"].sort());
  expect(manifest.scripts).toBeUndefined();
});

it("is not packed by halves", () => {
  mkdirSync(join(root, "build", "models", "all-minilm-l6-v2-fp32"), { recursive: true });
  expect(stage).toThrow(/needs .*model.onnx/);
});
