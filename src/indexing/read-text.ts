import { isUtf8 } from "node:buffer";
import { hash } from "node:crypto";
import { closeSync, constants, fstatSync, open, read } from "node:fs";
import type { FileStamp } from "../ports/store.ts";
import type { SkipReason } from "./skip-log.ts";

/** A file's text with what is needed to know it again. */
export interface ReadText {
  text: string;
  /** First 128 bits of the SHA-256 of the bytes, hex. */
  contentHash: string;
  stamp: FileStamp;
  /** True when bytes had to be replaced to make the text valid. */
  brokenEncoding: boolean;
}

/** Bytes looked at to tell text from binary before the rest is read. */
const headBytes = 8192;

/** Smaller files are read in one go. */
const headFromBytes = 65_536;

const utf8 = new TextDecoder("utf-8");

/**
 * Reads a file once, bounded, and decodes it. The stamp is taken before the bytes: a file that is
 * written meanwhile has another stamp at the next run and is read again. Pipes and devices that
 * took the file's place since the walk are neither waited for nor read.
 *
 * @param maxBytes a file that is, or grows, larger is skipped
 * @returns the text, or why there is none. Never throws for what the disk does.
 */
export async function readText(
  absolutePath: string,
  maxBytes: number,
): Promise<ReadText | { skip: SkipReason }> {
  // Callbacks and descriptors: with promises and handles a file costs several times as much of the JS thread.
  let file: number | undefined;
  try {
    const flags = constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0);
    file = await openFile(absolutePath, flags);
    const facts = fstatSync(file);
    const stamp = { sizeBytes: facts.size, mtimeMs: facts.mtimeMs, readMs: Date.now() };
    if (!facts.isFile()) return { skip: "special" };
    if (facts.size > maxBytes) return { skip: "too-large" };
    const bytes = await readAll(file, facts.size, maxBytes);
    if (typeof bytes === "string") return { skip: bytes };
    const decoded = decodeText(bytes);
    if (decoded === undefined) return { skip: "binary" };
    return { ...decoded, contentHash: hashBytes(bytes), stamp };
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    return {
      skip: code === "ENOENT" ? "vanished" : code === "ELOOP" ? "link-to-file" : "unreadable",
    };
  } finally {
    if (file !== undefined) closeQuietly(file);
  }
}

/** First 128 bits of SHA-256, hex: long enough that two texts never meet, short enough to store. */
export function hashBytes(bytes: Uint8Array): string {
  return hash("sha256", bytes, "hex").slice(0, 32);
}

/**
 * Decodes UTF-8, and UTF-16 that begins with its mark. Undefined for what is not text: a NUL in
 * the first 8 KiB. A later NUL and bytes that are no UTF-8 become U+FFFD.
 */
export function decodeText(
  bytes: Uint8Array,
): { text: string; brokenEncoding: boolean } | undefined {
  if (bytes.length >= 2) {
    const mark = ((bytes[0] as number) << 8) | (bytes[1] as number);
    if (mark === 0xfffe || mark === 0xfeff) {
      const text = new TextDecoder(mark === 0xfffe ? "utf-16le" : "utf-16be").decode(bytes);
      if (text.includes("\0")) return undefined;
      return { text, brokenEncoding: text.includes("\uFFFD") };
    }
  }
  if (hasNul(bytes.subarray(0, headBytes))) return undefined;
  const text = utf8.decode(bytes);
  if (text.includes("\0")) return { text: text.replaceAll("\0", "\uFFFD"), brokenEncoding: true };
  return { text, brokenEncoding: !isUtf8(bytes) };
}

/**
 * Splits into lines at \n, \r\n, and \r where a file has no \n at all. The lines carry no line
 * ends, so that the same text has the same chunks under any of them. Line i is line i + 1 of an
 * editor; an end of line at the end of the file begins no further line.
 */
export function splitLines(text: string): string[] {
  if (text === "") return [];
  const lines = text.includes("\n") ? text.split("\n") : text.split("\r");
  for (let index = 0; index < lines.length; index += 1) {
    const line = lines[index] as string;
    if (line.endsWith("\r")) lines[index] = line.slice(0, -1);
  }
  if (lines.at(-1) === "") lines.pop();
  return lines;
}

function hasNul(bytes: Uint8Array): boolean {
  return bytes.includes(0);
}

/** Reads to the end or to `maxBytes`; looks at the head first, so that binaries cost one read. */
async function readAll(
  file: number,
  expectedBytes: number,
  maxBytes: number,
): Promise<Uint8Array | "binary" | "too-large"> {
  // One byte more than expected, so that the end is seen without a further read.
  let buffer = Buffer.allocUnsafe(Math.min(expectedBytes, maxBytes) + 1);
  let filled = 0;
  let wanted = buffer.length < headFromBytes ? buffer.length : headBytes;
  let headSeen = false;
  for (;;) {
    const bytesRead = await readSome(file, buffer, filled, wanted - filled);
    filled += bytesRead;
    const isWhole = filled === expectedBytes && filled < wanted;
    if (bytesRead === 0 || isWhole) return buffer.subarray(0, filled);
    if (filled > maxBytes) return "too-large";
    if (!headSeen && filled >= wanted) {
      headSeen = true;
      if (decodeText(buffer.subarray(0, filled & ~1)) === undefined) return "binary";
      wanted = buffer.length;
    }
    if (filled === buffer.length) {
      // The file grew while it was read: go on, up to the limit.
      const larger = Buffer.allocUnsafe(Math.min(buffer.length * 2, maxBytes + 1));
      buffer.copy(larger, 0, 0, filled);
      buffer = larger;
      wanted = buffer.length;
    }
  }
}

function openFile(path: string, flags: number): Promise<number> {
  return new Promise((resolve, reject) => {
    open(path, flags, (error, file) => (error === null ? resolve(file) : reject(error)));
  });
}

function readSome(file: number, into: Uint8Array, at: number, length: number): Promise<number> {
  return new Promise((resolve, reject) => {
    read(file, into, at, length, at, (error, bytesRead) =>
      error === null ? resolve(bytesRead) : reject(error),
    );
  });
}

function closeQuietly(file: number): void {
  try {
    closeSync(file);
  } catch {
    // Nothing was written: there is nothing to lose.
  }
}
