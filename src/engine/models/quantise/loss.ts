/*
 * What vectors lose when a model's weights become smaller: how far each turns, and whether the same texts are
 * near. Searches see ranks alone, so that agreement of ranks is what counts.
 */

export interface Loss {
  texts: number;
  /** Of the vectors of one text by both weights; p5: one in twenty is below. */
  cosine: { mean: number; p5: number; least: number };
  /** Each text asks for those nearest to it among the others, by both weights. Shares from 0 to 1. */
  ranks: {
    /** Questions with the same nearest text. */
    sameFirst: number;
    /** Of the nearest ten, those that are the same. */
    sameOfTen: number;
    /** Kendall's tau over the nearest fifty of the whole weights: 1 is the same order, 0 none. */
    kendall: number;
  };
}

const nearestCount = 10;
const orderedCount = 50;

/**
 * @param whole unit vectors, one behind the other
 * @param small of the same texts
 */
export function lossOf(whole: Float32Array, small: Float32Array, dimensions: number): Loss {
  const texts = whole.length / dimensions;
  const cosines = Array.from({ length: texts }, (_, at) => dot(whole, small, at, at, dimensions));
  const sorted = [...cosines].sort((a, b) => a - b);
  let sameFirst = 0;
  let sameOfTen = 0;
  let kendall = 0;
  for (let at = 0; at < texts; at += 1) {
    const first = nearTo(whole, at, texts, dimensions);
    const second = nearTo(small, at, texts, dimensions);
    const ten = new Set(first.order.slice(0, nearestCount));
    sameOfTen +=
      second.order.slice(0, nearestCount).filter((one) => ten.has(one)).length / ten.size;
    if (first.order[0] === second.order[0]) sameFirst += 1;
    kendall += tau(first.order.slice(0, orderedCount), second.cosines);
  }
  return {
    texts,
    cosine: {
      mean: rounded(cosines.reduce((sum, one) => sum + one, 0) / texts),
      p5: rounded(sorted[Math.floor(texts / 20)] ?? 0),
      least: rounded(sorted[0] ?? 0),
    },
    ranks: {
      sameFirst: rounded(sameFirst / texts),
      sameOfTen: rounded(sameOfTen / texts),
      kendall: rounded(kendall / texts),
    },
  };
}

/** The other texts, the nearest first, and the cosine of each. */
function nearTo(
  vectors: Float32Array,
  of: number,
  texts: number,
  dimensions: number,
): { order: number[]; cosines: Float64Array } {
  const cosines = new Float64Array(texts);
  const order: number[] = [];
  for (let other = 0; other < texts; other += 1) {
    if (other === of) continue;
    cosines[other] = dot(vectors, vectors, of, other, dimensions);
    order.push(other);
  }
  order.sort((a, b) => (cosines[b] as number) - (cosines[a] as number) || a - b);
  return { order, cosines };
}

/** Pairs in the same order less those in the other, as a share of all. */
function tau(order: readonly number[], cosines: Float64Array): number {
  let sum = 0;
  let pairs = 0;
  for (const [at, one] of order.entries()) {
    for (const other of order.slice(at + 1)) {
      sum += Math.sign((cosines[one] as number) - (cosines[other] as number));
      pairs += 1;
    }
  }
  return pairs === 0 ? 1 : sum / pairs;
}

function dot(
  a: Float32Array,
  b: Float32Array,
  rowOfA: number,
  rowOfB: number,
  width: number,
): number {
  let sum = 0;
  for (let at = 0; at < width; at += 1) {
    sum += (a[rowOfA * width + at] as number) * (b[rowOfB * width + at] as number);
  }
  return sum;
}

function rounded(value: number): number {
  return Number(value.toFixed(4));
}
