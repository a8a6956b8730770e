/* What of the nearest ten vectors is among the first candidates by one bit a value, about zero and about the mean of all. */

/** More rows say nothing more of bits. */
const mostRows = 20_000;

export function bitsFound(parts: {
  vectors: Float32Array;
  asked: readonly (readonly number[])[];
  dimensions: number;
  wanted: number;
  looks: readonly number[];
}): { way: string; rows: number; meanLength: number; looked: number; recallAt10: number }[] {
  const { vectors, asked, dimensions, wanted, looks } = parts;
  const rows = Math.min(mostRows, vectors.length / dimensions);
  const mean = new Float64Array(dimensions);
  for (let at = 0; at < rows * dimensions; at += 1) {
    const place = at % dimensions;
    mean[place] = (mean[place] as number) + (vectors[at] as number) / rows;
  }
  const meanLength = Number(Math.hypot(...mean).toFixed(3));
  const right = asked.map((vector) => {
    const scores = scored(rows, (row) => {
      let product = 0;
      for (let i = 0; i < dimensions; i += 1) {
        product += (vector[i] as number) * (vectors[row * dimensions + i] as number);
      }
      return -product;
    });
    return firstOf(scores, wanted);
  });
  return (["zero", "the mean"] as const).flatMap((name) => {
    const centre = name === "zero" ? new Float64Array(dimensions) : mean;
    const words = Math.ceil(dimensions / 32);
    const codes = new Uint32Array(rows * words);
    for (let row = 0; row < rows; row += 1) {
      codes.set(
        bitsOf(vectors.subarray(row * dimensions, (row + 1) * dimensions), centre),
        row * words,
      );
    }
    const nearest = asked.map((vector) => {
      const own = bitsOf(vector, centre);
      const scores = scored(rows, (row) => {
        let differing = 0;
        for (let i = 0; i < words; i += 1) {
          differing += ones((codes[row * words + i] as number) ^ (own[i] as number));
        }
        return differing;
      });
      return firstOf(scores, Math.max(...looks));
    });
    return looks.map((looked) => {
      const shares = right.map((ids, at) => {
        const found = new Set((nearest[at] as number[]).slice(0, looked));
        return ids.filter((id) => found.has(id)).length / ids.length;
      });
      const recallAt10 = Number(
        (shares.reduce((sum, one) => sum + one, 0) / shares.length).toFixed(4),
      );
      return { way: `bits about ${name}, without an index`, rows, meanLength, looked, recallAt10 };
    });
  });
}

function scored(rows: number, scoreOf: (row: number) => number): Float64Array {
  const scores = new Float64Array(rows);
  for (let row = 0; row < rows; row += 1) scores[row] = scoreOf(row);
  return scores;
}

/** The rows with the least scores. */
function firstOf(scores: Float64Array, many: number): number[] {
  const order = Uint32Array.from(scores, (_, row) => row);
  order.sort((a, b) => (scores[a] as number) - (scores[b] as number) || a - b);
  return [...order.subarray(0, many)];
}

function bitsOf(vector: ArrayLike<number>, centre: Float64Array): Uint32Array {
  const bits = new Uint32Array(Math.ceil(vector.length / 32));
  for (let i = 0; i < vector.length; i += 1) {
    if ((vector[i] as number) > (centre[i] as number))
      bits[i >> 5] = (bits[i >> 5] as number) | (1 << (i & 31));
  }
  return bits;
}

function ones(word: number): number {
  let left = word - ((word >>> 1) & 0x55555555);
  left = (left & 0x33333333) + ((left >>> 2) & 0x33333333);
  return Math.imul((left + (left >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24;
}
