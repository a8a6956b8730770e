/*
 * Texts of chunks, compressed one by one with a dictionary: a chunk is too short to hold its own
 * repetitions, but chunks of one index repeat each other. The dictionary is stored beside them, behind
 * a letter for the codec, and goes to the function that unpacks as an argument: SQLite lets no
 * function read a table while a statement runs.
 */
import {
  constants,
  deflateRawSync,
  inflateRawSync,
  zstdCompressSync,
  zstdDecompressSync,
} from "node:zlib";
import type { Database, Statement } from "./driver.ts";

export type TextCodec = "deflate" | "zstd";

/** Of both: what is packed once is read often. Higher ones of zstd make nothing smaller (decision 0204). */
const level = 9;
/** What deflate can look back on. */
const dictionaryBytes = 32_768;
/** No text is longer than a file that is read whole; damage must not ask for more. */
const mostTextBytes = 64 * 1_024 * 1_024;
const letters: Readonly<Record<TextCodec, number>> = { deflate: 0x64, zstd: 0x7a };

/** The text of a row of `chunks`, packed or not, in a statement. */
export const textSql = `CASE WHEN packed IS NULL THEN text
  ELSE unpacked(packed, (SELECT data FROM dictionaries WHERE id = packed_by)) END`;

/** Call it for every connection, before statements with textSql are prepared. */
export function defineUnpacked(db: Database): void {
  db.function("unpacked", { deterministic: true, directOnly: true }, (packed, dictionary) => {
    try {
      return unpack(packed as Uint8Array, dictionary as Uint8Array);
    } catch (error) {
      const damaged = new Error(`a packed text cannot be read (${String(error)})`, {
        cause: error,
      });
      throw Object.assign(damaged, { code: "SQLITE_CORRUPT" });
    }
  });
}

/** `dictionary` as makeDictionary() gives it. */
export function pack(text: string, dictionary: Uint8Array): Uint8Array {
  const bytes = Buffer.from(text);
  const options = { dictionary: dictionary.subarray(1) };
  return isZstd(dictionary)
    ? zstdCompressSync(bytes, {
        ...options,
        params: { [constants.ZSTD_c_compressionLevel]: level },
      })
    : deflateRawSync(bytes, { ...options, level });
}

/** @throws an error of zlib for damaged bytes and for another dictionary's */
export function unpack(packed: Uint8Array, dictionary: Uint8Array): string {
  const options = { dictionary: dictionary.subarray(1), maxOutputLength: mostTextBytes };
  if (!isZstd(dictionary)) return inflateRawSync(packed, options).toString();
  const bytes = zstdDecompressSync(packed, options);
  // Node 22 gives what there is of a text that was cut short, without a word.
  if (bytes.length !== zstdContentSize(packed)) throw new Error("its end is missing");
  return bytes.toString();
}

/** Bytes of the content of a frame as its header says (RFC 8878, 3.1.1.1); undefined when it does not. */
function zstdContentSize(frame: Uint8Array): number | undefined {
  const view = new DataView(frame.buffer, frame.byteOffset, frame.byteLength);
  const descriptor = view.getUint8(4);
  const isSingleSegment = (descriptor & 0x20) !== 0;
  const dictionaryIdBytes = [0, 1, 2, 4][descriptor & 3] ?? 0;
  const at = 5 + (isSingleSegment ? 0 : 1) + dictionaryIdBytes;
  switch (descriptor >> 6) {
    case 0:
      return isSingleSegment ? view.getUint8(at) : undefined;
    case 1:
      return view.getUint16(at, true) + 256;
    case 2:
      return view.getUint32(at, true);
    default:
      return Number(view.getBigUint64(at, true));
  }
}

function isZstd(dictionary: Uint8Array): boolean {
  return dictionary[0] === letters.zstd;
}

/** Whether this Node has it: zstd came with 22.15. */
export function hasCodec(codec: TextCodec): boolean {
  return codec === "deflate" || typeof zstdCompressSync === "function";
}

/** Packs texts with the newest dictionary of the database. */
export class TextPacker {
  readonly #newest: Statement;
  readonly #read: Statement;
  #id: number | undefined;
  #dictionary: Uint8Array | undefined;

  constructor(db: Database) {
    this.#newest = db.prepare("SELECT max(id) FROM dictionaries").pluck();
    this.#read = db.prepare("SELECT data FROM dictionaries WHERE id = ?").pluck();
  }

  /** Undefined where texts are not packed, or this one does not get smaller. */
  pack(text: string): { packed: Uint8Array; by: number } | undefined {
    const id = (this.#newest.get() as number | null) ?? undefined;
    if (id !== this.#id) {
      this.#dictionary = id === undefined ? undefined : (this.#read.get(id) as Uint8Array);
      this.#id = id;
    }
    if (id === undefined || this.#dictionary === undefined) return undefined;
    const packed = pack(text, this.#dictionary);
    return packed.byteLength < Buffer.byteLength(text) ? { packed, by: id } : undefined;
  }
}

const gramBytes = 8;
const segmentBytes = 64;
const slotBits = 18;

/**
 * The pieces of the samples that most of them share: eight bytes in a row count once for each sample they
 * occur in, and of each part of the samples the stretch with the highest sum of counts is taken, what
 * was taken before not counting again (the idea of Liao, Petri, Moffat, Wirth: "Effective construction of
 * relative Lempel-Ziv dictionaries", 2016). The best stand last, where distances are short.
 */
export function makeDictionary(samples: readonly string[], codec: TextCodec): Uint8Array {
  const parts = samples.map((sample) => Buffer.from(sample));
  const all = Buffer.concat(parts);
  const stretches = all.length <= dictionaryBytes ? [all] : bestStretches(all, parts);
  const content = Buffer.concat(stretches);
  return Buffer.concat([Buffer.from([letters[codec]]), content.subarray(-dictionaryBytes)]);
}

function bestStretches(all: Buffer, parts: readonly Buffer[]): Buffer[] {
  const slots = slotsOf(all);
  const counts = new Uint16Array(1 << slotBits);
  const lastIn = new Uint32Array(1 << slotBits);
  let at = 0;
  for (const [number, part] of parts.entries()) {
    for (const end = at + part.length; at < end; at += 1) {
      const slot = slots[at] as number;
      if (lastIn[slot] === number + 1) continue;
      lastIn[slot] = number + 1;
      counts[slot] = Math.min(0xffff, (counts[slot] as number) + 1);
    }
  }
  // What one sample alone holds helps no other.
  for (const [slot, count] of counts.entries()) if (count === 1) counts[slot] = 0;
  const step = Math.floor(all.length / (dictionaryBytes / segmentBytes));
  const found: { sum: number; bytes: Buffer }[] = [];
  for (let from = 0; from + step <= all.length; from += step) {
    const best = bestIn(slots, counts, from, from + step - segmentBytes);
    if (best.sum === 0) continue;
    found.push({ sum: best.sum, bytes: all.subarray(best.at, best.at + segmentBytes) });
    for (let i = 0; i <= segmentBytes - gramBytes; i += 1) counts[slots[best.at + i] as number] = 0;
  }
  return found.sort((a, b) => a.sum - b.sum).map(({ bytes }) => bytes);
}

function bestIn(
  slots: Uint32Array,
  counts: Uint16Array,
  from: number,
  last: number,
): { at: number; sum: number } {
  const grams = segmentBytes - gramBytes + 1;
  const count = (at: number): number => counts[slots[at] as number] as number;
  let sum = 0;
  for (let i = 0; i < grams; i += 1) sum += count(from + i);
  let best = { at: from, sum };
  for (let at = from + 1; at <= last; at += 1) {
    sum += count(at + grams - 1) - count(at - 1);
    if (sum > best.sum) best = { at, sum };
  }
  return best;
}

/** A slot for the eight bytes that begin at each place. */
function slotsOf(all: Buffer): Uint32Array {
  const slots = new Uint32Array(all.length);
  for (let at = 0; at + gramBytes <= all.length; at += 1) {
    const mixed =
      Math.imul(all.readUInt32LE(at), 0x9e3779b1) ^ Math.imul(all.readUInt32LE(at + 4), 0x85ebca77);
    slots[at] = Math.imul(mixed ^ (mixed >>> 15), 0x2c1b3c6d) >>> (32 - slotBits);
  }
  return slots;
}
