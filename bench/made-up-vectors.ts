/*
 * Vectors made up like embeddings are: in clusters of clusters, off centre, with a spectrum that falls.
 */
export const dimensions = 384;

function generator(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 31 - 1;
  };
}

const spectrum = Float32Array.from({ length: dimensions }, (_, i) => 1 / Math.sqrt(1 + i / 24));
const centre = Float32Array.from({ length: dimensions }, generator(9));

function direction(seed: number, into: Float32Array, weight: number): void {
  const next = generator(seed * 2654435761 + 17);
  for (let i = 0; i < 8; i += 1) next();
  for (let i = 0; i < dimensions; i += 1) {
    into[i] = (into[i] as number) + weight * (spectrum[i] as number) * (next() + next());
  }
}

/** A unit vector; equal seeds give equal vectors. */
export function vectorOf(seed: number): Float32Array {
  const vector = centre.map((value, i) => 0.25 * value * (spectrum[i] as number));
  direction(seed % 400, vector, 0.6);
  direction(1_000 + (seed % 16_000), vector, 0.5);
  direction(1_000_000 + seed, vector, 0.6);
  const length = Math.hypot(...vector);
  return vector.map((value) => value / length);
}
