/*
 * Vectors with a loss: each byte stands for two, four or eight values in a row, which a codebook of the
 * index's own vectors turns back into int8. Queries are not packed: their products with every entry of
 * the codebook are a table, and a row's score is the sum of what its bytes point at.
 */

import type { VectorFormat } from "../../../ports/vector-scan.ts";

/** Values that one byte stands for. */
const valuesPerByte: Readonly<Record<VectorFormat, number>> = {
  "4-bit": 2,
  pq4: 4,
  pq8: 8,
};

/** With 16 levels a byte is two codes, each for half of its values; with 256 it is one code. */
export type Levels = 16 | 256;

/** What is stored of a codebook. */
export interface Codebook {
  format: VectorFormat;
  dimensions: number;
  levels: Levels;
  /** An entry's value is its int8 times this. */
  step: number;
  /** Entries one after another, group by group: `levels` entries of the group's values each. */
  entries: Int8Array;
}

/** Bytes of a packed vector. */
export function bytesOfFormat(format: VectorFormat, dimensions: number): number {
  return Math.ceil(dimensions / valuesPerByte[format]);
}

/** Values that one code stands for: a group. The last group may reach behind the last dimension. */
export function groupSize(format: VectorFormat, levels: Levels): number {
  return levels === 16 ? valuesPerByte[format] / 2 : valuesPerByte[format];
}

/** Groups of a vector, whole bytes of them. */
export function groupCount(format: VectorFormat, levels: Levels, dimensions: number): number {
  return bytesOfFormat(format, dimensions) * (levels === 16 ? 2 : 1);
}

/** Packs and unpacks vectors by one codebook. */
export class VectorCoder {
  readonly format: VectorFormat;
  readonly dimensions: number;
  /** Of a packed vector: always fewer than `dimensions`, which is how the two are told apart. */
  readonly bytes: number;
  readonly #codebook: Codebook;
  readonly #width: number;
  /** For each place and each value of its byte, the values it stands for. */
  readonly #values: Int8Array;
  /** The same, to be copied in larger pieces. */
  readonly #pieces: Uint16Array | Uint32Array;
  readonly #entries: Float32Array;
  /** Per group and level: the squared length of the entry, in steps. */
  readonly #squares: Float32Array;

  constructor(codebook: Codebook) {
    const { format, dimensions, levels, entries } = codebook;
    this.format = format;
    this.dimensions = dimensions;
    this.bytes = bytesOfFormat(format, dimensions);
    this.#codebook = codebook;
    this.#width = valuesPerByte[format];
    const size = groupSize(format, levels);
    if (entries.length !== groupCount(format, levels, dimensions) * levels * size) {
      throw new RangeError(`a codebook of ${entries.length} values does not fit ${format}`);
    }
    this.#values = byteValues(entries, this.bytes, levels, size);
    const { buffer } = this.#values;
    this.#pieces = this.#width === 2 ? new Uint16Array(buffer) : new Uint32Array(buffer);
    this.#entries = Float32Array.from(entries);
    this.#squares = squaresOf(this.#entries, size);
  }

  /** The scale makes the unpacked vector as long as the vector is; 0 for one of zeros. */
  pack(vector: Float32Array): { scale: number; data: Uint8Array } {
    const { format, levels, step } = this.#codebook;
    const size = groupSize(format, levels);
    const groups = groupCount(format, levels, this.dimensions);
    const data = new Uint8Array(this.bytes);
    // Behind the last dimension every value is 0.
    const whole = new Float32Array(groups * size);
    let length = 0;
    for (let i = 0; i < this.dimensions; i += 1) {
      const value = (vector[i] as number) / step;
      whole[i] = value;
      length += value * value;
    }
    let packedLength = 0;
    for (let group = 0; group < groups; group += 1) {
      const first = group * levels;
      const code = nearestEntry(
        whole,
        group * size,
        size,
        this.#entries,
        this.#squares,
        first,
        levels,
      );
      packedLength += this.#squares[group * levels + code] as number;
      if (levels === 256) data[group] = code;
      else {
        const byte = group >> 1;
        data[byte] = (data[byte] as number) | (group % 2 === 0 ? code : code << 4);
      }
    }
    const scale = packedLength === 0 ? 0 : step * Math.sqrt(length / packedLength);
    return { scale, data };
  }

  /** Int8 values of a packed vector; its scale goes with them as with any other. */
  unpack(data: Uint8Array): Uint8Array {
    const pieces = this.#pieces;
    const buffer = new ArrayBuffer(this.bytes * this.#width);
    const whole = this.#width === 2 ? new Uint16Array(buffer) : new Uint32Array(buffer);
    for (let at = 0; at < this.bytes; at += 1) {
      const row = at * 256 + (data[at] as number);
      if (this.#width < 8) whole[at] = pieces[row] as number;
      else {
        whole[at * 2] = pieces[row * 2] as number;
        whole[at * 2 + 1] = pieces[row * 2 + 1] as number;
      }
    }
    return new Uint8Array(buffer, 0, this.dimensions);
  }

  /** What each byte of a packed vector adds to its product with the query: byte b of place p at p * 256 + b. */
  table(query: Float32Array): Float32Array {
    const width = this.#width;
    const values = this.#values;
    const whole = new Float32Array(this.bytes * width);
    whole.set(query);
    const table = new Float32Array(this.bytes * 256);
    for (let row = 0; row < table.length; row += 1) {
      const first = (row >> 8) * width;
      let sum = 0;
      for (let i = 0; i < width; i += 1) {
        sum += (whole[first + i] as number) * (values[row * width + i] as number);
      }
      table[row] = sum;
    }
    return table;
  }
}

/** Product of a query with a packed vector, without its scale. */
export function productBy(table: Float32Array, data: Uint8Array): number {
  let sum = 0;
  for (let at = 0; at < data.length; at += 1) {
    sum += table[at * 256 + (data[at] as number)] as number;
  }
  return sum;
}

/**
 * The level whose entry is nearest to the `size` values at `at`; the first of equals. Packing spends its time
 * here: small groups have a loop of their own.
 *
 * @param entries all entries, @param squares their squared lengths, @param first the group's first entry
 */
export function nearestEntry(
  values: Float32Array,
  at: number,
  size: number,
  entries: Float32Array,
  squares: Float32Array,
  first: number,
  levels: number,
): number {
  let best = 0;
  let least = Number.POSITIVE_INFINITY;
  if (size === 4 || size === 8) {
    for (let level = 0, e = first * size; level < levels; level += 1) {
      let product = 0;
      for (const end = e + size, i = at - e; e < end; e += 4) {
        product +=
          (values[i + e] as number) * (entries[e] as number) +
          (values[i + e + 1] as number) * (entries[e + 1] as number) +
          (values[i + e + 2] as number) * (entries[e + 2] as number) +
          (values[i + e + 3] as number) * (entries[e + 3] as number);
      }
      const distance = (squares[first + level] as number) - 2 * product;
      if (distance < least) {
        least = distance;
        best = level;
      }
    }
    return best;
  }
  for (let level = 0, e = first * size; level < levels; level += 1) {
    let product = 0;
    for (let i = 0; i < size; i += 1, e += 1) {
      product += (values[at + i] as number) * (entries[e] as number);
    }
    const distance = (squares[first + level] as number) - 2 * product;
    if (distance < least) {
      least = distance;
      best = level;
    }
  }
  return best;
}

/** Squared lengths of entries of `size` values each. */
export function squaresOf(entries: Float32Array, size: number): Float32Array {
  const squares = new Float32Array(entries.length / size);
  for (let at = 0; at < entries.length; at += 1) {
    const entry = Math.floor(at / size);
    squares[entry] = (squares[entry] as number) + (entries[at] as number) ** 2;
  }
  return squares;
}

function byteValues(entries: Int8Array, bytes: number, levels: Levels, size: number): Int8Array {
  if (levels === 256) return entries;
  const values = new Int8Array(bytes * 256 * size * 2);
  for (let row = 0; row < bytes * 256; row += 1) {
    const group = (row >> 8) * 2;
    const low = (group * 16 + (row & 15)) * size;
    const high = ((group + 1) * 16 + ((row >> 4) & 15)) * size;
    values.set(entries.subarray(low, low + size), row * size * 2);
    values.set(entries.subarray(high, high + size), row * size * 2 + size);
  }
  return values;
}
