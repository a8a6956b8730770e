/*
 * What is kept of the text of an anchor, so that recall can say how it changed. Of a definition its text, which is
 * short. Of a whole file a salted hash a line: enough to tell which lines are new, and nothing to read.
 */
import { createHash, randomBytes } from "node:crypto";
import { deflateRawSync, inflateRawSync } from "node:zlib";
import { describeChange, describeLines, mostLines } from "./line-changes.ts";

/** Longer definitions are known as files are. */
const mostKeptCharacters = 8_000;
/** No deflated text begins with this byte: it would be a block of a kind that does not exist. */
const linesMark = 0x07;
const saltBytes = 8;
const hashBytes = 6;
const headBytes = 1 + saltBytes + 4;

/** @param isPart of a file; else it is all of it */
export function keepSeen(text: string, isPart: boolean): Uint8Array {
  if (isPart && text.length <= mostKeptCharacters) return deflateRawSync(Buffer.from(text));
  const salt = randomBytes(saltBytes);
  const lines = text.split("\n");
  const count = Buffer.alloc(4);
  count.writeUInt32LE(lines.length);
  const hashes = lines.length > mostLines ? [] : lines.map((line) => lineHash(line, salt));
  return Buffer.concat([Buffer.of(linesMark), salt, count, ...hashes]);
}

interface Anchor {
  symbol: string | undefined;
  seen: Uint8Array | undefined;
}

/** Versions before 0.2 kept the text of a whole file. */
export function keepsFileText({ symbol, seen }: Anchor): boolean {
  return symbol === undefined && seen !== undefined && seen[0] !== linesMark;
}

/** The anchor with hashes in the place of that text. */
export function withoutFileText<One extends Anchor>(anchor: One): One {
  const { seen } = anchor;
  if (seen === undefined || !keepsFileText(anchor)) return anchor;
  return { ...anchor, seen: keepSeen(inflateRawSync(seen).toString(), false) };
}

/** How the text changed since, in a line. @throws Error when what was kept is damaged */
export function changeSince(seen: Uint8Array, now: string): string {
  const bytes = Buffer.from(seen.buffer, seen.byteOffset, seen.byteLength);
  // What versions before 0.2 kept is the text itself, however long.
  if (bytes[0] !== linesMark) return describeChange(inflateRawSync(bytes).toString(), now);
  const salt = bytes.subarray(1, 1 + saltBytes);
  const before = Array.from(
    { length: Math.floor((bytes.length - headBytes) / hashBytes) },
    (_, at) => {
      const start = headBytes + at * hashBytes;
      return bytes.toString("base64", start, start + hashBytes);
    },
  );
  const count = bytes.readUInt32LE(1 + saltBytes);
  return describeLines(
    { count, keys: before.length === count ? before : undefined },
    now.split("\n"),
    (line) => lineHash(line, salt).toString("base64"),
  );
}

function lineHash(line: string, salt: Uint8Array): Buffer {
  return createHash("sha256").update(salt).update(line).digest().subarray(0, hashBytes);
}
