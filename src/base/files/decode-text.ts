/*
 * From the bytes of a file to its text and lines. One way for all who read a project's files: what the index
 * holds, what a search compares with the disk and what a client is shown are the same characters.
 *
 * UTF-8 comes first. UTF-16 is known by its mark, or by a NUL at every second byte. Bytes that are no UTF-8 are
 * windows-1252, of which Latin-1 is a part, when they stand alone among plain letters, as accents and dashes of
 * western languages do; runs of them are letters of another script, whose encoding cannot be told.
 */
import { isUtf8 } from "node:buffer";

export interface DecodedText {
  text: string;
  /** True when bytes had to be replaced by U+FFFD to make the text valid. */
  brokenEncoding: boolean;
}

/** Bytes looked at to tell text from binary. */
export const headBytes = 8192;

const utf8 = new TextDecoder("utf-8");

/**
 * Decodes what is text. Undefined for what is not: a NUL in the first 8 KiB that is none of UTF-16. A later NUL
 * becomes U+FFFD.
 */
export function decodeText(bytes: Uint8Array): DecodedText | undefined {
  if (isBinary(bytes.subarray(0, headBytes))) return undefined;
  const wide = wideEncoding(bytes);
  if (wide !== undefined) {
    const text = new TextDecoder(wide).decode(bytes);
    return text.includes("\0") ? undefined : { text, brokenEncoding: text.includes("\uFFFD") };
  }
  if (isUtf8(bytes)) return withoutNul(utf8.decode(bytes), false);
  return isWestern(bytes)
    ? withoutNul(decodeWestern(bytes), false)
    : withoutNul(utf8.decode(bytes), true);
}

/** True when what begins like this is no text. @param head the first bytes; an even number but at the end of a file */
export function isBinary(head: Uint8Array): boolean {
  const wide = wideEncoding(head);
  if (wide !== undefined) return new TextDecoder(wide).decode(head).includes("\0");
  return head.includes(0);
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

function withoutNul(text: string, brokenEncoding: boolean): DecodedText {
  if (!text.includes("\0")) return { text, brokenEncoding };
  return { text: text.replaceAll("\0", "\uFFFD"), brokenEncoding: true };
}

function wideEncoding(bytes: Uint8Array): "utf-16le" | "utf-16be" | undefined {
  if (bytes.length >= 2) {
    const mark = ((bytes[0] as number) << 8) | (bytes[1] as number);
    if (mark === 0xfffe) return "utf-16le";
    if (mark === 0xfeff) return "utf-16be";
  }
  return wideWithoutMark(bytes.subarray(0, headBytes & ~1));
}

/** Of 100 pairs so many must have their NUL, as all have that hold ASCII. */
const leastNulShare = 0.6;
/** Shorter ones are as likely a number. */
const leastWideBytes = 16;

/** UTF-16 without a mark: NULs at odd places only, or at even ones, and nothing but letters and blanks. */
function wideWithoutMark(head: Uint8Array): "utf-16le" | "utf-16be" | undefined {
  if (head.length < leastWideBytes || !head.includes(0)) return undefined;
  const nuls = [0, 0];
  const length = head.length & ~1;
  for (let at = 0; at < length; at += 1) {
    if (head[at] === 0) nuls[at & 1] = (nuls[at & 1] as number) + 1;
  }
  const [even = 0, odd = 0] = nuls;
  if ((even > 0 && odd > 0) || even + odd < (length / 2) * leastNulShare) return undefined;
  const encoding = odd > 0 ? "utf-16le" : "utf-16be";
  const text = new TextDecoder(encoding).decode(head.subarray(0, length));
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they tell binaries from text
  return /[\0-\x08\x0e-\x1f\uFFFD]/u.test(text.slice(0, -1)) ? undefined : encoding;
}

/** Bytes 0x80 to 0x9f of windows-1252; U+FFFD where it has none. */
const westernSigns =
  "\u20AC\uFFFD\u201A\u0192\u201E\u2026\u2020\u2021\u02C6\u2030\u0160\u2039\u0152\uFFFD\u017D\uFFFD\uFFFD\u2018\u2019\u201C\u201D\u2022\u2013\u2014\u02DC\u2122\u0161\u203A\u0153\uFFFD\u017E\u0178";

/** A run of so many different bytes above ASCII is a word of another script. */
const foreignRun = 3;

/**
 * Whether bytes that are no UTF-8 are windows-1252. Not when most of them are UTF-8 (a few are broken), when a
 * byte stands for nothing there, or when most stand in words of another script.
 */
function isWestern(bytes: Uint8Array): boolean {
  let high = 0;
  let foreign = 0;
  let sequences = 0;
  let broken = 0;
  let run = 0;
  let isOneByte = true;
  let left = 0;
  const endRun = (): void => {
    if (run >= foreignRun && !isOneByte) foreign += run;
    run = 0;
    isOneByte = true;
  };
  for (let at = 0; at < bytes.length; at += 1) {
    const byte = bytes[at] as number;
    if (byte < 0x80) {
      endRun();
      continue;
    }
    if (byte < 0xa0 && westernSigns[byte - 0x80] === "\uFFFD") return false;
    high += 1;
    if (run > 0 && byte !== bytes[at - 1]) isOneByte = false;
    run += 1;
    if (left > 0) {
      left -= 1;
      continue;
    }
    const length = sequenceLength(bytes, at);
    if (length > 0) {
      sequences += 1;
      left = length - 1;
    } else {
      broken += 1;
    }
  }
  endRun();
  return sequences < broken && foreign * 2 <= high;
}

/** Bytes of the UTF-8 sequence above ASCII that begins there; 0: none does. */
function sequenceLength(bytes: Uint8Array, at: number): number {
  const byte = bytes[at] as number;
  const length = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : byte >= 0xc2 ? 2 : 0;
  return length > 0 && isUtf8(bytes.subarray(at, at + length)) ? length : 0;
}

/** By a table: the decoders of some versions of Node take windows-1252 for Latin-1. */
function decodeWestern(bytes: Uint8Array): string {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("latin1");
  return text.replace(/[\x80-\x9f]/gu, (sign) => westernSigns[sign.charCodeAt(0) - 0x80] as string);
}
