/* In how many texts of a word index a term stands. Counts are kept until there are a tenth more or fewer texts. */
import type { Database, Statement } from "../file/driver.ts";
import { quoted } from "./words.ts";

/** Holders are counted up to here: a word that more have is worth little either way. */
const mostCounted = 20_000;
const mostKept = 4_096;

export class TermCounts {
  readonly #count: Statement;
  /** As they were counted when there were so many texts. */
  readonly #known = new Map<string, { count: number; of: number }>();

  /** @param table of FTS5 */
  constructor(db: Database, table: "memory_words" | "chunk_words") {
    this.#count = db
      .prepare(
        `SELECT count(*) FROM (SELECT 1 FROM ${table} WHERE ${table} MATCH ? LIMIT ${mostCounted})`,
      )
      .pluck();
  }

  /** @param all texts there are now */
  of(term: string, all: number): number {
    const known = this.#valid(term, all);
    if (known !== undefined) return known;
    const count = this.#count.get(quoted(term)) as number;
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
