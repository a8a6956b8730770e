/* The files of a model with 8-bit weights that has a folder of its own, beside those weights. */
import { createHash } from "node:crypto";
import { basename, join } from "node:path";
import { fileError } from "../../../base/errors.ts";
import { writePrivate } from "../../../base/files/private-files.ts";
import { readBounded, readPieces } from "../../../base/files/read-file.ts";
import { readObject } from "../../../models/description.ts";
import type { Checksums, LocatedModel } from "../../../models/files.ts";

/** As for the tokeniser when it is read. */
const mostTokenizerBytes = 256_000_000;

/**
 * Writes tokenizer.json, model.json and checksums.json.
 * @param weights the file that is to be model.onnx
 * @param made takes the paths that were written, to be removed where something fails later
 */
export async function writeBeside(
  model: LocatedModel,
  weights: string,
  folder: string,
  made: string[],
): Promise<void> {
  const rules = { mostBytes: mostTokenizerBytes, links: "follow" as const };
  const tokenizer = (await readBounded(model.tokenizerPath, rules)).toString("utf8");
  const described = (await readObject(join(model.folder, "model.json"))) ?? {};
  const description = `${JSON.stringify(
    {
      ...described,
      // What the folder was called is what an index knows it by.
      name: model.name,
      dimensions: model.dimensions,
      maxTokens: model.maxTokens,
      pooling: model.pooling,
      quantisation: "int8",
      ...(model.saysVectors && { vectors: `${model.vectors} int8` }),
    },
    undefined,
    2,
  )}\n`;
  const files = { "tokenizer.json": tokenizer, "model.json": description };
  const sums: Checksums = { "model.onnx": await sumOfFile(weights) };
  for (const [name, text] of Object.entries(files)) {
    sums[name] = {
      bytes: Buffer.byteLength(text),
      sha256: createHash("sha256").update(text).digest("hex"),
    };
  }
  const all = { ...files, "checksums.json": `${JSON.stringify(sums, undefined, 2)}\n` };
  for (const [name, text] of Object.entries(all)) {
    const path = join(folder, name);
    try {
      writePrivate(path, text, "wx");
    } catch (error) {
      throw fileError(error, `write ${basename(path)} in ${folder}`);
    }
    made.push(path);
  }
}

async function sumOfFile(path: string): Promise<{ bytes: number; sha256: string }> {
  const hash = createHash("sha256");
  let bytes = 0;
  const rules = {
    mostBytes: Number.POSITIVE_INFINITY,
    links: "refuse" as const,
    pieceBytes: 1_048_576,
  };
  for await (const piece of readPieces(path, rules)) {
    hash.update(piece);
    bytes += piece.length;
  }
  return { bytes, sha256: hash.digest("hex") };
}
