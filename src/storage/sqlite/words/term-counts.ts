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
    const known = this.#known.get(term);
    if (known !== undefined && Math.abs(all - known.of) * 10 <= known.of && known.count > 0) {
      return known.count;
    }
    const count = this.#count.get(quoted(term)) as number;
    this.#known.delete(term);
    this.#known.set(term, { count, of: all });
    if (this.#known.size > mostKept) {
      this.#known.delete(this.#known.keys().next().value as string);
    }
    return count;
  }
}
