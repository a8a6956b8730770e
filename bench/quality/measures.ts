/* Retrieval measures over rankings of document names, with bootstrap intervals. */

export interface Scores {
  /** 1 / rank of the first right document among the best 100. */
  mrr: number;
  /** Whether one of the right documents is among the best 10. */
  hit10: number;
  /** Share of the right documents among the best 10. */
  recall10: number;
  /** Normalised discounted cumulative gain over the best 10. */
  ndcg10: number;
}

export function score(ranking: readonly string[], gold: ReadonlySet<string>): Scores {
  const first = ranking.slice(0, 100).findIndex((name) => gold.has(name));
  const top = ranking.slice(0, 10);
  const found = top.filter((name) => gold.has(name)).length;
  const gain = top.reduce((sum, name, at) => sum + (gold.has(name) ? 1 / Math.log2(at + 2) : 0), 0);
  let ideal = 0;
  for (let at = 0; at < Math.min(10, gold.size); at += 1) ideal += 1 / Math.log2(at + 2);
  return {
    mrr: first < 0 ? 0 : 1 / (first + 1),
    hit10: found > 0 ? 1 : 0,
    recall10: found / gold.size,
    ndcg10: ideal === 0 ? 0 : gain / ideal,
  };
}

export function mean(values: readonly number[]): number {
  return values.length === 0 ? 0 : values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** 95 % interval of the mean: 1,000 samples with replacement, seeded. */
export function interval(values: readonly number[], seed = 1): [number, number] {
  let state = seed;
  const next = (): number => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
  const means = Array.from({ length: 1000 }, () =>
    mean(Array.from(values, () => values[Math.floor(next() * values.length)] as number)),
  ).sort((a, b) => a - b);
  return [means[25] ?? 0, means[974] ?? 0];
}
