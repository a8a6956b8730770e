/*
 * From a file to what the index has of it: its text, its lines and the hash it is known by. Index runs, searches that
 * compare with the disk, anchors of memories and tools that show a file all go by these, so that what one of them made
 * of a file is never taken for a change by another. A kind of file whose text is not its bytes (a notebook) is read
 * here, for all of them at once.
 */
import { hash } from "node:crypto";
import { type DecodedText, decodeText, splitLines } from "./decode-text.ts";

/**
 * The text of a file; undefined: it is binary.
 * @param _path by whose name a kind of file is known; absolute, or relative to its project
 */
export function textOfFile(_path: string, bytes: Uint8Array): DecodedText | undefined {
  return decodeText(bytes);
}

/** The same as lines, without what ends them. */
export function linesOfFile(path: string, bytes: Uint8Array): string[] | undefined {
  const decoded = textOfFile(path, bytes);
  return decoded && splitLines(decoded.text);
}

/** First 128 bits of SHA-256, hex: long enough that two texts never meet, short enough to store. */
export function hashBytes(bytes: Uint8Array): string {
  return hash("sha256", bytes, "hex").slice(0, 32);
}
