export function lengthOf(vector: Float32Array): number {
  return Math.sqrt(dot(vector, vector));
}

/** NaN where one is of zeros, or they have another length. */
export function cosine(a: Float32Array, b: Float32Array): number {
  return a.length === b.length ? dot(a, b) / (lengthOf(a) * lengthOf(b)) : Number.NaN;
}

function dot(a: Float32Array, b: Float32Array): number {
  return a.reduce((sum, value, at) => sum + value * (b[at] as number), 0);
}
