/* Compares a model's files with the sums they must have, a piece at a time. */
import { createHash } from "node:crypto";
import { stat } from "node:fs/promises";
import { join } from "node:path";
import { HaypileError } from "../base/errors.ts";
import { readPieces } from "../base/files/read-file.ts";
import type { Checksums } from "./files.ts";

/** One turn of the event loop hashes this much: below a millisecond on slow machines. */
const pieceBytes = 128 * 1024;
/** No file of a model that runs on one machine is larger. */
const mostModelBytes = 2 ** 40;

/** SHA-256 of a file, lower-case hexadecimal. */
export async function fileSha256(path: string): Promise<string> {
  const hash = createHash("sha256");
  const rules = { mostBytes: mostModelBytes, links: "follow", pieceBytes } as const;
  for await (const piece of readPieces(path, rules)) hash.update(piece);
  return hash.digest("hex");
}

/**
 * Checks size and SHA-256 of every file in `checksums`.
 * @throws HaypileError HAYPILE_MODEL_DAMAGED, HAYPILE_MODEL_MISSING
 */
export async function verifyFiles(folder: string, checksums: Checksums): Promise<void> {
  for (const [name, expected] of Object.entries(checksums)) {
    const path = join(folder, name);
    const { size } = await stat(path).catch((error: unknown) => {
      throw new HaypileError(
        "HAYPILE_MODEL_MISSING",
        `The model file ${path} is not there or cannot be read. Get the model's files again.`,
        { cause: error, data: { path } },
      );
    });
    if (size !== expected.bytes) {
      throw damaged(path, `${expected.bytes} bytes`, `${size} bytes`);
    }
    const sha256 = await fileSha256(path);
    if (sha256 !== expected.sha256) {
      throw damaged(path, `SHA-256 ${expected.sha256}`, sha256);
    }
  }
}

function damaged(path: string, expected: string, found: string): HaypileError {
  return new HaypileError(
    "HAYPILE_MODEL_DAMAGED",
    `The model file ${path} is damaged or was changed: expected ${expected}, found ${found}. Get the model's files again (npm install, or "haypile models add").`,
    { data: { path, expected, found } },
  );
}
