/* Copies of the packaged model under another name or format: real models that give real vectors. */
import { createHash } from "node:crypto";
import { cpSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { repository } from "./model.ts";
import { writeTinyModel } from "./tiny-model.ts";

/**
 * Copies the packaged model with other words in model.json, and sums that fit them.
 * @returns the folder
 */
export function copyModel(folder: string, said: Record<string, unknown>): string {
  cpSync(join(repository, "models", "all-minilm-l6-v2"), folder, { recursive: true });
  const path = join(folder, "model.json");
  const text = JSON.stringify({ ...JSON.parse(readFileSync(path, "utf8")), ...said });
  writeFileSync(path, text);
  const sums = join(folder, "checksums.json");
  const sum = {
    bytes: Buffer.byteLength(text),
    sha256: createHash("sha256").update(text).digest("hex"),
  };
  const known = JSON.parse(readFileSync(sums, "utf8"));
  writeFileSync(sums, JSON.stringify({ ...known, "model.json": sum }));
  return folder;
}

/** A tiny model of eight dimensions that says it reads English: without that its vectors are zeros. */
export function readingTinyModel(folder: string): string {
  writeTinyModel(folder, {});
  const path = join(folder, "model.json");
  const text = readFileSync(path, "utf8");
  writeFileSync(path, JSON.stringify({ ...JSON.parse(text), scripts: ["Latin"] }));
  return folder;
}
