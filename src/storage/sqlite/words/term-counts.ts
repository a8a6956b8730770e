/* In how many texts of a word index a term stands. Counts are kept until there are a tenth more or fewer texts. */
import type { Database } from "../file/driver.ts";
import { quoted } from "./words.ts";

/** Holders are counted up to here: a word that more have is worth little either way. */
export const mostCounted = 20_000;
const mostKept = 4_096;

export class KeptCounts {
  readonly #count: (term: string) => number;
  /** As they were counted when there were so many texts. */
  readonly #known = new Map<string, { count: number; of: number }>();

  /** @param count how many texts have a term, up to `mostCounted` */
  constructor(count: (term: string) => number) {
    this.#count = count;
  }

  /** @param all texts there are now */
  of(term: string, all: number): number {
    const known = this.#valid(term, all);
    if (known !== undefined) return known;
    const count = this.#count(term);
    this.#keep(term, count, all);
    return count;
  }

  /**
   * Takes a count that somebody made on the way.
   * @param count in so many texts the term is, of `all` there are now
   */
  take(term: string, count: number, all: number): void {
    if (this.#valid(term, all) === undefined) {
      this.#keep(term, Math.min(count, mostCounted), all);
    }
  }

  #valid(term: string, all: number): number | undefined {
    const known = this.#known.get(term);
    const isValid =
      known !== undefined && Math.abs(all - known.of) * 10 <= known.of && known.count > 0;
    return isValid ? known.count : undefined;
  }

  #keep(term: string, count: number, all: number): void {
    this.#known.delete(term);
    this.#known.set(term, { count, of: all });
    if (this.#known.size > mostKept) {
      this.#known.delete(this.#known.keys().next().value as string);
    }
  }
}

/** Of a word index in SQLite. */
export class TermCounts extends KeptCounts {
  /** @param table of FTS5 */
  constructor(db: Database, table: "memory_words" | "chunk_words") {
    const count = db
      .prepare(
        `SELECT count(*) FROM (SELECT 1 FROM ${table} WHERE ${table} MATCH ? LIMIT ${mostCounted})`,
      )
      .pluck();
    super((term) => count.get(quoted(term)) as number);
  }
}
