/*
 * From a file to what the index has of it: its text, its lines and the hash it is known by. Index runs, searches that
 * compare with the disk, anchors of memories and tools that show a file all go by these, so that what one of them made
 * of a file is never taken for a change by another. A kind of file whose text is not its bytes (a notebook) is read
 * here, for all of them at once.
 */
import { hash } from "node:crypto";
import { type DecodedText, decodeText, splitLines } from "./decode-text.ts";
import { notebookText } from "./notebook.ts";

/** A notebook is mostly what its cells put out, which is left out of its text. */
const notebookShare = 8;

/** The size up to which a file of this name is read, where others are up to `maxBytes`. */
export function mostBytesOf(path: string, maxBytes: number): number {
  return isNotebook(path) ? maxBytes * notebookShare : maxBytes;
}

/**
 * The text of a file, of a notebook that of its cells; undefined: it is binary.
 * @param path by whose name a kind of file is known; absolute, or relative to its project
 */
export function textOfFile(path: string, bytes: Uint8Array): DecodedText | undefined {
  const decoded = decodeText(bytes);
  if (decoded === undefined || !isNotebook(path)) return decoded;
  const text = notebookText(decoded.text);
  return text === undefined ? decoded : { ...decoded, text };
}

function isNotebook(path: string): boolean {
  return /\.ipynb$/i.test(path);
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
