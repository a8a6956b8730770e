/* Vectors on their way to the server and back: int8 values and a scale, as a file of SQLite has them. */

import { quantize } from "../../sqlite/vectors/quantize.ts";
import type { PgValue } from "../link/link.ts";

/** What the server reads as a vector: "[1,-2,3]". */
export function asText(values: ArrayLike<number>): string {
  return `[${Array.prototype.join.call(values, ",")}]`;
}

/** What the server reads as a list of numbers: "{1,-2,NULL}". One text is less work on its way there than many numbers. */
export function listText(values: readonly (number | null)[]): string {
  return `{${values.map((value) => value ?? "NULL").join()}}`;
}

/**
 * Rows of a matrix as three lists of the same length, for `unnest($1::int8[], $2::real[], $3::text[])`.
 * @throws HaypileError HAYPILE_INTERNAL for NaN and infinite values
 */
export function rowsOf(
  ids: readonly number[],
  vectors: Float32Array,
  dimensions: number,
): [ids: PgValue, scales: PgValue, texts: PgValue] {
  const scales: number[] = [];
  const texts: string[] = [];
  for (const row of ids.keys()) {
    const own = vectors.subarray(row * dimensions, (row + 1) * dimensions);
    const { scale, data } = quantize(own);
    scales.push(scale);
    texts.push(asText(data));
  }
  return [ids, scales, texts];
}

/** Of `v::real[]`, which comes as a list. */
export function codesOf(values: unknown): Int8Array {
  return Int8Array.from(values as number[]);
}

/** Whole numbers by their half floats; made when the first vector comes. */
let wholes: Int8Array | undefined;

function wholeNumbers(): Int8Array {
  const made = new Int8Array(2 ** 16);
  for (let half = 0; half < made.length; half += 1) {
    const exponent = (half >>> 10) & 31;
    const size = exponent === 0 ? 0 : (1 + (half & 1_023) / 1_024) * 2 ** (exponent - 15);
    if (size <= 127) made[half] = half >>> 15 === 1 ? -size : size;
  }
  return made;
}

/** Of halfvec_send(v): whole numbers up to 127, each as a half float of two bytes, after four bytes. */
export function codesSent(bytes: Uint8Array): Int8Array {
  wholes ??= wholeNumbers();
  const codes = new Int8Array(Math.max(0, bytes.byteLength - 4) / 2);
  for (let at = 0; at < codes.length; at += 1) {
    const half = ((bytes[4 + at * 2] as number) << 8) | (bytes[5 + at * 2] as number);
    codes[at] = wholes[half] as number;
  }
  return codes;
}

/** The numbers that int8 values stand for. */
export function scaledCodes(codes: Int8Array, scale: number): Float32Array {
  const values = new Float32Array(codes);
  for (let at = 0; at < values.length; at += 1) values[at] = (values[at] as number) * scale;
  return values;
}
