/*
 * Two functions of sqlite-vec in JavaScript, for systems that it has no build for (musl, Windows on arm64): those that
 * this storage asks for, by the same names. A call for every row: several times slower.
 */
import type { Database } from "../file/driver.ts";

/** Only where the connection has not loaded sqlite-vec: it would lose its own. */
export function addOwnVectorFunctions(db: Database): void {
  db.function("vec_int8", { deterministic: true }, (bytes: unknown) => bytes);
  db.function("vec_distance_cosine", { deterministic: true }, (a: unknown, b: unknown) =>
    cosineDistance(numbersOf(a), numbersOf(b)),
  );
}

function numbersOf(bytes: unknown): Int8Array {
  if (!(bytes instanceof Uint8Array)) throw new TypeError("Expected bytes.");
  return new Int8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** 0 for the same direction, 2 for the opposite one; not a number without a direction. */
function cosineDistance(a: Int8Array, b: Int8Array): number {
  let product = 0;
  let squaresOfA = 0;
  let squaresOfB = 0;
  for (const [i, first] of a.entries()) {
    const second = b[i] ?? 0;
    product += first * second;
    squaresOfA += first * first;
    squaresOfB += second * second;
  }
  return 1 - product / Math.sqrt(squaresOfA * squaresOfB);
}
