/*
 * A file or stdin as pieces of text, whatever its encoding: UTF-8 and UTF-16 with or without a mark, and
 * windows-1252 for a file that is no UTF-8.
 */
import { statSync } from "node:fs";
import { addAbortSignal } from "node:stream";
import { throwIfAborted } from "../../base/abort.ts";
import { fileError } from "../../base/errors.ts";
import { openStream } from "../../base/files/read-file.ts";
import { log } from "../../base/log.ts";

/**
 * @param file a path; "-" or "": stdin
 * @param signal ends reading, also while nothing comes
 * @throws HaypileError HAYPILE_PATH_MISSING, HAYPILE_PERMISSION, HAYPILE_IO, HAYPILE_ABORTED
 */
export async function* textPieces(file: string, signal?: AbortSignal): AsyncGenerator<string> {
  const isStdin = file === "-" || file === "";
  const known = isStdin ? undefined : await encodingOfFile(file);
  let decoder = known === undefined ? undefined : new TextDecoder(known);
  let isBroken = false;
  for await (const bytes of bytesOf(file, signal)) {
    decoder ??= new TextDecoder(encodingOf(bytes));
    const piece = decoder.decode(bytes, { stream: true });
    if (!isBroken && known === undefined && piece.includes("\ufffd") && !bytes.includes(broken)) {
      isBroken = true;
      log("warn", "some of what was read is no UTF-8; the signs that could not be read became �.");
    }
    yield piece;
  }
  const rest = decoder?.decode() ?? "";
  if (rest !== "") yield rest;
}

const broken = Buffer.from("\ufffd");

/** @throws HaypileError as textPieces() */
export async function* bytesOf(file: string, signal?: AbortSignal): AsyncGenerator<Buffer> {
  try {
    const input = file === "-" || file === "" ? process.stdin : openStream(file);
    if (signal !== undefined) addAbortSignal(signal, input);
    for await (const chunk of input) yield chunk as Buffer;
  } catch (error) {
    throwIfAborted(signal, "Reading");
    throw fileError(error, `read ${file}`);
  }
}

/** Reads a file once to tell; undefined for what can be read only once. */
async function encodingOfFile(file: string): Promise<string | undefined> {
  if (statSync(file, { throwIfNoEntry: false })?.isFile() !== true) return undefined;
  let encoding: string | undefined;
  const decoder = new TextDecoder("utf-8", { fatal: true });
  try {
    for await (const bytes of bytesOf(file)) {
      encoding ??= encodingOf(bytes);
      if (encoding !== "utf-8") return encoding;
      decoder.decode(bytes, { stream: true });
    }
    decoder.decode();
    return "utf-8";
  } catch (error) {
    if (error instanceof TypeError) return "windows-1252";
    throw error;
  }
}

/** By its mark, or by the zeros that plain letters have in UTF-16. */
function encodingOf(bytes: Buffer): string {
  const [first, second] = bytes;
  if (first === 0xff && second === 0xfe) return "utf-16le";
  if (first === 0xfe && second === 0xff) return "utf-16be";
  const head = bytes.subarray(0, 64);
  const zeros = [0, 0];
  for (const [at, byte] of head.entries()) if (byte === 0) zeros[at % 2] = (zeros[at % 2] ?? 0) + 1;
  const most = head.length / 4;
  if ((zeros[1] ?? 0) > most) return "utf-16le";
  return (zeros[0] ?? 0) > most ? "utf-16be" : "utf-8";
}
