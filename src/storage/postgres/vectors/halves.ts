/* Vectors on their way to the server and back: int8 values and a scale, as a file of SQLite has them. */

import { quantize } from "../../sqlite/vectors/quantize.ts";
import type { PgValue } from "../link/link.ts";

/** What the server reads as a vector: "[1,-2,3]". */
export function asText(values: ArrayLike<number>): string {
  return `[${Array.prototype.join.call(values, ",")}]`;
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

/** Of halfvec_send(v): whole numbers up to 127, each as a half float of two bytes, after four bytes. */
export function codesSent(bytes: Uint8Array): Int8Array {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const codes = new Int8Array(Math.max(0, bytes.byteLength - 4) / 2);
  for (let at = 0; at < codes.length; at += 1) {
    const half = view.getUint16(4 + at * 2);
    const exponent = (half >>> 10) & 31;
    const size = exponent === 0 ? 0 : (1 + (half & 1_023) / 1_024) * 2 ** (exponent - 15);
    codes[at] = half >>> 15 === 1 ? -size : size;
  }
  return codes;
}
