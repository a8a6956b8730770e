/*
 * Chunks by their words and by those of their paths. The lists come from the server, one question for all words; scores
 * are summed here, as SQLite's word index and the core sum them: word by word, then what the path adds.
 */
import type { ScoredChunk, WordMarks } from "../../../../ports/store.ts";
import { KeptCounts, mostCounted } from "../../../sqlite/words/term-counts.ts";
import { rarityOf, TextMarker } from "../../../sqlite/words/word-marks.ts";
import { mostQueryTerms, queryTerms, type WordsOf } from "../../../sqlite/words/words.ts";
import type { Project } from "../project.ts";
import { type Holder, RowScores } from "./scores.ts";
import type { IndexTerms } from "./terms.ts";
import { lexemeOf, queryText, readRows } from "./vector.ts";

/** As texts/full-text.ts has them. */
const pathWeight = 0.5;
const mostPathFiles = 32;
const mostChunksPerPath = 64;
const commonFromChunks = 1_000;

/** A term of a query as the index has it. */
interface Asked {
  /** As the query has it. */
  term: string;
  /** "": nothing in the index can be it. */
  stem: string;
  isBeginning: boolean;
}

interface Totals {
  chunks: number;
  chunkWords: number;
  files: number;
  pathWords: number;
}

type Lists = (asked: Asked) => readonly Holder[];

export class WordSearch {
  readonly #project: Project;
  readonly #terms: IndexTerms;
  readonly #wordsOf: WordsOf;
  readonly #counts: KeptCounts;

  constructor(project: Project, terms: IndexTerms, wordsOf: WordsOf) {
    this.#project = project;
    this.#terms = terms;
    this.#wordsOf = wordsOf;
    this.#counts = new KeptCounts((term) => {
      const [count = 0] = this.#countsOf([this.#asked(term)], mostCounted);
      return count;
    });
  }

  search(query: string, limit: number, allowed?: Uint32Array): ScoredChunk[] {
    const asked = this.#rarest(queryTerms(query).map((term) => this.#asked(term)));
    if (asked.length === 0 || limit < 1) return [];
    const totals = this.#totals();
    const extras = this.#byPath(asked, totals);
    const lists = this.#lists("code_word_rows", asked);
    const scores = new RowScores(totals.chunks, totals.chunkWords);
    for (const one of asked) {
      const holders = lists(one);
      scores.addTerm(holders);
      this.#counts.take(one.term, holders.length, totals.chunks);
    }
    for (const { chunkId, score } of extras) scores.add(chunkId, score);
    return scores.best(limit, allowed);
  }

  /** See FullText.marks(). @param texts of chunks, "" where there is none */
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

  #asked(term: string): Asked {
    const isBeginning = term.endsWith("*");
    return { term, isBeginning, stem: this.#terms.ofWord(isBeginning ? term.slice(0, -1) : term) };
  }

  #totals(): Totals {
    const { link, id } = this.#project;
    const [row] = link.rows<Totals>(
      `SELECT chunks, chunk_words AS "chunkWords", files, path_words AS "pathWords"
       FROM code_projects WHERE id = $1`,
      [id],
      { name: "code-totals" },
    );
    return row ?? { chunks: 0, chunkWords: 0, files: 0, pathWords: 0 };
  }

  /** What chunks of the best files by path get for that. */
  #byPath(asked: readonly Asked[], { files, pathWords }: Totals): ScoredChunk[] {
    const lists = this.#lists("code_path_rows", asked);
    const scores = new RowScores(files, pathWords);
    for (const one of asked) scores.addTerm(lists(one));
    const best = scores.best(mostPathFiles);
    if (best.length === 0) return [];
    const ofFile = new Map(best.map(({ chunkId, score }) => [chunkId, score * pathWeight]));
    const { link, id } = this.#project;
    const places = link.lists(
      `SELECT file_id, chunk_id FROM code_places
       WHERE project = $1 AND file_id = ANY($2::int4[]) AND ordinal < ${mostChunksPerPath}`,
      [id, [...ofFile.keys()]],
      { name: "code-of-paths" },
    ) as [number, number][];
    const ofChunk = new Map<number, number>();
    for (const [file, chunk] of places) {
      const score = ofFile.get(file) ?? 0;
      if (score > (ofChunk.get(chunk) ?? 0)) ofChunk.set(chunk, score);
    }
    return [...ofChunk].map(([chunkId, score]) => ({ chunkId, score }));
  }

  /** The rows of each term, read at once. */
  #lists(table: "code_word_rows" | "code_path_rows", asked: readonly Asked[]): Lists {
    const lists = new Map<string, Holder[]>();
    const whole = asked.filter(({ stem, isBeginning }) => stem !== "" && !isBeginning);
    if (whole.length > 0)
      this.#readWhole(table, [...new Set(whole.map(({ stem }) => stem))], lists);
    for (const one of asked) {
      if (one.isBeginning && one.stem !== "") this.#readBeginning(table, one, lists);
    }
    return (one) => lists.get(keyOf(one)) ?? [];
  }

  #readWhole(table: string, stems: readonly string[], lists: Map<string, Holder[]>): void {
    const { link, id } = this.#project;
    const query = queryText(
      id,
      stems.map((term) => ({ term, isBeginning: false })),
    );
    for (const stem of stems) lists.set(stem, []);
    const [answer] = link.lists(
      `SELECT ${table}($1, $2::tsquery, $3)`,
      [id, query, stems.map((stem) => lexemeOf(id, stem))],
      { name: table },
    ) as [string | null][];
    readRows(answer?.[0] ?? "", (row, size, term, halves) => {
      lists.get(term)?.push({ row, size, frequency: halves / 2 });
    });
  }

  #readBeginning(table: string, asked: Asked, lists: Map<string, Holder[]>): void {
    const { link, id } = this.#project;
    const query = queryText(id, [{ term: asked.stem, isBeginning: true }]);
    const rows = link.lists(
      `SELECT row_id, row_size, halves FROM ${table}_beginning($1, $2::tsquery, $3)`,
      [id, query, lexemeOf(id, asked.stem)],
      { name: `${table}-beginning` },
    ) as [number, number, number][];
    lists.set(
      keyOf(asked),
      rows.map(([row, size, halves]) => ({ row, size, frequency: halves / 2 })),
    );
  }

  /** See FullText: those in fewest chunks; only a long query needs the look. */
  #rarest(asked: Asked[]): Asked[] {
    if (asked.length <= mostQueryTerms) return asked;
    const counts = this.#countsOf(asked, commonFromChunks);
    return asked
      .map((one, at) => ({ one, chunks: counts[at] as number }))
      .filter(({ chunks }) => chunks > 0)
      .sort((a, b) => a.chunks - b.chunks)
      .slice(0, mostQueryTerms)
      .map(({ one }) => one);
  }

  /** In how many chunks each is, up to `most`. */
  #countsOf(asked: readonly Asked[], most: number): number[] {
    const { link, id } = this.#project;
    const queries = asked.map(({ stem, isBeginning }) =>
      stem === "" ? "" : queryText(id, [{ term: stem, isBeginning }]),
    );
    const [row] = link.lists("SELECT code_word_counts($1, $2, $3)", [id, queries, most], {
      name: "code-word-counts",
    });
    return (row?.[0] as number[] | undefined) ?? [];
  }
}

function keyOf({ stem, isBeginning }: Asked): string {
  return isBeginning ? `${stem}*` : stem;
}
