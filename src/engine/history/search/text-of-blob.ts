/* The text of a blob, as an index run has that of a file. */
import { hashBytes, textOfFile } from "../../../base/files/text-of-file.ts";
import type { ReadText } from "../../../indexing/read/read-text.ts";
import type { SkipReason } from "../../../ports/answers/index-run.ts";

/** @param path by which a kind of file is known */
export function textOfBlob(path: string, bytes: Buffer): ReadText | { skip: SkipReason } {
  const decoded = textOfFile(path, bytes);
  if (decoded === undefined) return { skip: "binary" };
  const stamp = { sizeBytes: bytes.length, mtimeMs: 0, readMs: Date.now() };
  return { ...decoded, contentHash: hashBytes(bytes), stamp };
}
