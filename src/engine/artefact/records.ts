/*
 * Vectors in an exported index: records of one length behind each other, by the hash of the text each is of, in
 * ascending order. Sixteen bytes of hash as the index has it, the scale as a little-endian double, then the values as int8.
 * They are not compressed: the values are noise to every codec (docs/decisions/0196).
 */
import { hash } from "node:crypto";

const hashBytes = 16;
const scaleBytes = 8;
const headBytes = hashBytes + scaleBytes;

/** A rounded unit vector is this long. */
const shortest = 0.9;
const longest = 1.1;

export interface VectorRecord {
  textHash: Uint8Array;
  scale: number;
  data: Uint8Array;
}

export function recordBytes(dimensions: number): number {
  return headBytes + dimensions;
}

/** The hash that the store knows a chunk by. */
export function hashOfText(text: string): Buffer {
  return hash("sha256", text, "buffer").subarray(0, hashBytes);
}

export function encodeRecord(
  { textHash, scale, data }: VectorRecord,
  into: Buffer,
  at: number,
): void {
  into.set(textHash, at);
  into.writeDoubleLE(scale, at + hashBytes);
  into.set(data, at + headBytes);
}

export function compareHash(record: Buffer, at: number, textHash: Uint8Array): number {
  return record.compare(textHash, 0, hashBytes, at, at + hashBytes);
}

/** The vector of the record at `at`. */
export function vectorAt(record: Buffer, at: number, dimensions: number): Float32Array {
  const scale = record.readDoubleLE(at + hashBytes);
  const vector = new Float32Array(dimensions);
  for (let i = 0; i < dimensions; i++) vector[i] = record.readInt8(at + headBytes + i) * scale;
  return vector;
}

/** What is wrong with the record at `at`, in words; undefined: it is of unit length, or zeros. */
export function wrongIn(record: Buffer, at: number, dimensions: number): string | undefined {
  const scale = record.readDoubleLE(at + hashBytes);
  // NaN fails this comparison as an infinite scale does.
  if (!(scale >= 0 && scale < 1)) return "a vector has no scale that can be";
  let squares = 0;
  const from = at + headBytes;
  for (let i = from; i < from + dimensions; i++) {
    const value = record.readInt8(i);
    squares += value * value;
  }
  if (squares === 0) return undefined;
  const length = Math.sqrt(squares) * scale;
  return length > shortest && length < longest ? undefined : "a vector is not of unit length";
}
