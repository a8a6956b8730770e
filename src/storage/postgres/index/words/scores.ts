/* Scores of rows by BM25, as bm25() of SQLite's word index and the core (row_scores.cc) have them. */
import type { ScoredChunk } from "../../../../ports/store.ts";

const saturation = 1.2;
const byLength = 0.75;
const leastRarity = 1e-6;

/** The rows that hold one term. */
export interface Holder {
  row: number;
  /** Terms of the row in all. */
  size: number;
  /** How often it has the term, each place by the weight of its field. */
  frequency: number;
}

export class RowScores {
  readonly #rows: number;
  readonly #averageSize: number;
  readonly #scores = new Map<number, number>();

  /** @param terms of all rows */
  constructor(rows: number, terms: number) {
    this.#rows = rows;
    this.#averageSize = terms / rows;
  }

  /** All rows that hold a term; one that more hold is worth less. */
  addTerm(holders: readonly Holder[]): void {
    const count = holders.length;
    const logarithm = Math.log((this.#rows - count + 0.5) / (count + 0.5));
    const rarity = logarithm > 0 ? logarithm : leastRarity;
    for (const { row, size, frequency } of holders) {
      const length = saturation * (1 - byLength + (byLength * size) / this.#averageSize);
      this.add(row, rarity * ((frequency * (saturation + 1)) / (frequency + length)));
    }
  }

  add(row: number, score: number): void {
    this.#scores.set(row, (this.#scores.get(row) ?? 0) + score);
  }

  /** Best first, ties by number. @param allowed sorted; only these */
  best(limit: number, allowed?: Uint32Array): ScoredChunk[] {
    const rows: ScoredChunk[] = [];
    const may = allowed === undefined ? undefined : new Set(allowed);
    for (const [chunkId, score] of this.#scores) {
      if (score > 0 && may?.has(chunkId) !== false) rows.push({ chunkId, score });
    }
    rows.sort((a, b) => b.score - a.score || a.chunkId - b.chunkId);
    return rows.slice(0, limit);
  }
}
