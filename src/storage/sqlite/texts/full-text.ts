import type { ChunkInput, ScoredChunk, WordMarks } from "../../../ports/store.ts";
import type { Database, Statement } from "../file/driver.ts";
import { BestRows } from "../words/best-rows.ts";
import { TermCounts } from "../words/term-counts.ts";
import { rarityOf, TextMarker } from "../words/word-marks.ts";
import { indexedWords, mostQueryTerms, queryTerms, quoted, type WordsOf } from "../words/words.ts";

/** Weights of name, signature, doc and body (bench/quality). */
const fieldWeights = [1, 0.5, 0.5, 1];

/** A match of the path counts this much of what the same match in the text would. */
const pathWeight = 0.5;
/** Only the best files by path, and the first chunks of each, get that part. */
const mostPathFiles = 32;
const mostChunksPerPath = 64;

/** Terms in this many chunks are all the same common; counting stops there. */
const commonFromChunks = 1_000;

/** Pages an index merge may write at the end of a small run, and in one step: some milliseconds. */
const mergePages = 500;
const pagesPerStep = 32;

/**
 * BM25 over two contentless FTS5 indexes: words of chunks (rowid = chunk id) and of paths (rowid =
 * file id). FTS5 counts a better match lower; here higher is better. A query becomes a list of
 * quoted terms joined by OR, so that no text of a user is ever read as query syntax.
 */
export class FullText {
  readonly #db: Database;
  readonly #wordsOf: WordsOf;
  readonly #addChunk: Statement;
  readonly #removeChunk: Statement;
  readonly #addPath: Statement;
  readonly #removePath: Statement;
  readonly #search: Statement;
  readonly #byPath: Statement;
  readonly #best: BestRows;
  readonly #countTerm: Statement;
  readonly #counts: TermCounts;
  /** Whether some words are by the rules before these. */
  haveOlder: () => boolean = () => false;

  /**
   * @param wordsOf gives what indexedWords() gives
   * @param library with the functions that the core has for SQLite; without it SQL alone ranks, to the same answer
   */
  constructor(db: Database, wordsOf: WordsOf = indexedWords, library?: () => string | undefined) {
    this.#db = db;
    this.#wordsOf = wordsOf;
    this.#addChunk = db.prepare(
      "INSERT INTO chunk_words(rowid, name, signature, doc, body) VALUES (?, ?, ?, ?, ?)",
    );
    this.#removeChunk = db.prepare("DELETE FROM chunk_words WHERE rowid = ?");
    this.#addPath = db.prepare("INSERT INTO path_words(rowid, path) VALUES (?, ?)");
    this.#removePath = db.prepare("DELETE FROM path_words WHERE rowid = ?");
    this.#countTerm = db
      .prepare(
        `SELECT count(*) FROM
         (SELECT 1 FROM chunk_words WHERE chunk_words MATCH ? LIMIT ${commonFromChunks})`,
      )
      .pluck();
    this.#counts = new TermCounts(db, "chunk_words");
    this.#best = new BestRows({ db, table: "chunk_words", weights: fieldWeights, library });
    const pathScores = `
      path_hits(file_id, score) AS MATERIALIZED (
        SELECT rowid, -rank * ${pathWeight} FROM path_words
        WHERE path_words MATCH $match ORDER BY rank LIMIT ${mostPathFiles}
      ),
      path_scores(chunk_id, score) AS MATERIALIZED (
        SELECT chunk_id, max(score) FROM path_hits JOIN file_chunks USING (file_id)
        WHERE ordinal < ${mostChunksPerPath} GROUP BY chunk_id
      )`;
    this.#byPath = db.prepare(`WITH ${pathScores} SELECT chunk_id, score FROM path_scores`).raw();
    this.#search = db.prepare(`
      WITH ${pathScores}
      SELECT chunk_id AS chunkId, sum(score) AS score FROM (
        SELECT rowid AS chunk_id, -bm25(chunk_words, ${fieldWeights.join(", ")}) AS score FROM chunk_words
        WHERE chunk_words MATCH $match
        UNION ALL
        SELECT chunk_id, score FROM path_scores
      )
      WHERE $allowed IS NULL OR chunk_id IN (SELECT value FROM json_each($allowed))
      GROUP BY chunk_id ORDER BY score DESC, chunk_id LIMIT $limit`);
  }

  addChunk(id: number, chunk: Omit<ChunkInput, "tokens" | "startLine" | "endLine">): void {
    this.#addChunk.run(
      id,
      this.#wordsOf(chunk.names ?? ""),
      this.#wordsOf(`${chunk.context ?? ""} ${chunk.signatures ?? ""}`),
      this.#wordsOf(chunk.docs ?? ""),
      this.#wordsOf(chunk.text),
    );
  }

  removeChunk(id: number): void {
    this.#removeChunk.run(id);
  }

  addPath(fileId: number, path: string): void {
    this.#addPath.run(fileId, this.#wordsOf(path));
  }

  removePath(fileId: number): void {
    this.#removePath.run(fileId);
  }

  search(query: string, limit: number, allowed?: Uint32Array): ScoredChunk[] {
    const terms = this.#rarest(queryTerms(query, this.haveOlder()));
    if (terms.length === 0 || limit < 1) return [];
    const match = terms.map(quoted).join(" OR ");
    const extras = Float64Array.from((this.#byPath.all({ match }) as number[][]).flat());
    const best = this.#best.of(match, limit, allowed, extras);
    if (best !== undefined) {
      for (const [at, term] of terms.entries()) {
        this.#counts.take(term, best.counts[at] as number, best.all);
      }
      return best.rows;
    }
    const ids = allowed === undefined ? null : JSON.stringify(Array.from(allowed));
    return this.#search.all({ match, limit, allowed: ids }) as ScoredChunk[];
  }

  /** Bytes that are kept between two searches. */
  get keptBytes(): number {
    return this.#best.bytes;
  }

  /**
   * Which words of a query texts have, and what these are worth among all chunks.
   * @param all chunks there are
   */
  marks(query: string, texts: readonly string[], all: number): WordMarks {
    const terms = queryTerms(query).slice(0, mostQueryTerms);
    const marker = new TextMarker(
      terms.map((term) => ({ term, weight: rarityOf(this.#counts.of(term, all), all) })),
    );
    return {
      marks: texts.map((text) => marker.of(this.#wordsOf(text, marker.beginnings))),
      weights: marker.weights,
      texts: all,
    };
  }

  /**
   * Merges index segments, step by step: all of them after a big change, else a bounded number of pages. What is
   * found is the same between two steps.
   */
  *merge(all: boolean): Generator<void> {
    const changes = this.#db.prepare("SELECT total_changes()").pluck();
    for (const table of ["chunk_words", "path_words", "name_words", "ref_names"]) {
      const merge = this.#db.prepare(`INSERT INTO ${table}(${table}, rank) VALUES ('merge', ?)`);
      const most = all ? Number.POSITIVE_INFINITY : mergePages;
      for (let pages = 0; pages < most; pages += pagesPerStep) {
        const before = changes.get() as number;
        // Below zero at first: segments of every level are to become one.
        merge.run(all && pages === 0 ? -pagesPerStep : pagesPerStep);
        yield;
        // By FTS5's documentation: fewer than two changes, and nothing is left to be merged.
        if ((changes.get() as number) - before < 2) break;
      }
    }
  }

  /** The terms found in fewest chunks, at most `mostQueryTerms`; only a long query needs the look. */
  #rarest(terms: string[]): string[] {
    if (terms.length <= mostQueryTerms) return terms;
    return terms
      .map((term) => ({ term, chunks: this.#countTerm.get(quoted(term)) as number }))
      .filter((entry) => entry.chunks > 0)
      .sort((a, b) => a.chunks - b.chunks)
      .slice(0, mostQueryTerms)
      .map((entry) => entry.term);
  }
}
