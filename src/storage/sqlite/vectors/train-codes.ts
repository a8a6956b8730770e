/*
 * Makes a codebook of an index's own vectors: k-means in each group of values by itself. The same vectors
 * give the same codebook on every machine: the start comes from a seeded generator.
 */

import type { VectorFormat } from "../../../ports/vector-scan.ts";
import {
  type Codebook,
  groupCount,
  groupSize,
  type Levels,
  nearestEntry,
  squaresOf,
} from "./vector-codes.ts";

/** From so many vectors on the larger codebook (98 kB at 384 dimensions) is worth its bytes. */
const manyVectors = 4_096;
/** Vectors that are looked at; more change little. */
export const mostTrained = 2_048;
const rounds = 6;
const seed = 0x6861_7970;

/** 4-bit gains nothing by them: two values together are packed little better than each by itself. */
export function levelsFor(format: VectorFormat, vectors: number): Levels {
  return format !== "4-bit" && vectors >= manyVectors ? 256 : 16;
}

/** Bytes of the codebook. */
export function codebookBytes(format: VectorFormat, levels: Levels, dimensions: number): number {
  return groupCount(format, levels, dimensions) * levels * groupSize(format, levels);
}

/**
 * @param vectors at least one, of unit length
 * @param pause called between groups: it may let the event loop run
 */
export async function trainCodes(
  vectors: readonly Float32Array[],
  format: VectorFormat,
  levels: Levels,
  pause: () => Promise<void>,
): Promise<Codebook> {
  const dimensions = vectors[0]?.length ?? 0;
  const size = groupSize(format, levels);
  const groups = groupCount(format, levels, dimensions);
  const random = generator(seed);
  const centres = new Float32Array(groups * levels * size);
  const points = new Float32Array(vectors.length * size);
  for (let group = 0; group < groups; group += 1) {
    vectors.forEach((vector, row) => {
      for (let i = 0; i < size; i += 1) points[row * size + i] = vector[group * size + i] ?? 0;
    });
    centres.set(means(points, size, levels, random), group * levels * size);
    await pause();
  }
  const greatest = centres.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  const step = greatest === 0 ? 1 : greatest / 127;
  const entries = Int8Array.from(centres, (value) => Math.round(value / step));
  return { format, dimensions, levels, step, entries };
}

/** Centres of `levels` clusters of points of `size` values. */
function means(
  points: Float32Array,
  size: number,
  levels: number,
  random: () => number,
): Float32Array {
  const count = points.length / size;
  const pointAt = (row: number): Float32Array => points.subarray(row * size, (row + 1) * size);
  const anyPoint = (): Float32Array => pointAt(Math.floor(random() * count));
  const centres = new Float32Array(levels * size);
  if (size === 1) spread(points, centres);
  else for (let level = 0; level < levels; level += 1) centres.set(anyPoint(), level * size);
  for (let round = 0; round < rounds; round += 1) {
    const squares = squaresOf(centres, size);
    const sums = new Float64Array(levels * size);
    const members = new Uint32Array(levels);
    for (let row = 0; row < count; row += 1) {
      const level = nearestEntry(points, row * size, size, centres, squares, 0, levels);
      members[level] = (members[level] as number) + 1;
      for (let i = 0; i < size; i += 1) {
        sums[level * size + i] =
          (sums[level * size + i] as number) + (points[row * size + i] as number);
      }
    }
    for (let level = 0; level < levels; level += 1) {
      const of = members[level] as number;
      // A centre that no point is near to begins anew at some point.
      if (of === 0) centres.set(anyPoint(), level * size);
      else {
        for (let i = 0; i < size; i += 1) {
          centres[level * size + i] = (sums[level * size + i] as number) / of;
        }
      }
    }
  }
  return centres;
}

/** Single values: centres begin at equal shares of the sorted ones. */
function spread(points: Float32Array, centres: Float32Array): void {
  const sorted = Float32Array.from(points).sort();
  for (let level = 0; level < centres.length; level += 1) {
    const at = Math.floor(((level + 0.5) * sorted.length) / centres.length);
    centres[level] = sorted[at] as number;
  }
}

/** Numbers from 0 to below 1 (xorshift32). */
function generator(start: number): () => number {
  let state = start;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 0x1_0000_0000;
  };
}
