/*
 * Words as SQLite's word index has them: by their stems, and beyond ASCII by its table of letters without accents. ASCII
 * words are done here; others, which are few, are asked of a word index of SQLite in memory, so that both stores have
 * the same term for each.
 */
import { stemmer } from "stemmer";
import { type Database, databaseInMemory, type Statement } from "../../../sqlite/file/driver.ts";

/** Longer words keep their endings there. */
const longestStemmed = 64;
/** The tokeniser of the word indexes in SQLite. */
const tokeniser = "porter unicode61 remove_diacritics 2 tokenchars '_'";
const mostKept = 8_192;
const beyondAscii = /[\u0080-\uffff]/;

export class IndexTerms {
  #asked: AskedTerms | undefined;
  /** "": it is no word there. */
  readonly #known = new Map<string, string>();

  /** @param words with a space between them, as WordsOf gives them */
  of(words: string): string[] {
    const terms: string[] = [];
    for (const word of words.split(" ")) {
      const term = this.ofWord(word);
      if (term !== "") terms.push(term);
    }
    return terms;
  }

  /** "": it is no word of the index. */
  ofWord(word: string): string {
    const known = this.#known.get(word);
    if (known !== undefined) return known;
    const term = beyondAscii.test(word) ? this.#ask(word) : asciiTerm(word);
    // All at once: a list in order of use would cost more than the stems.
    if (this.#known.size >= mostKept) this.#known.clear();
    this.#known.set(word, term);
    return term;
  }

  close(): void {
    this.#asked?.close();
    this.#asked = undefined;
  }

  #ask(word: string): string {
    this.#asked ??= new AskedTerms();
    return this.#asked.of(word);
  }
}

function asciiTerm(word: string): string {
  return word.length > longestStemmed ? word : stemmer(word);
}

/** A word index in memory that holds one word at a time. */
class AskedTerms {
  readonly #db: Database;
  readonly #put: Statement;
  readonly #term: Statement;
  readonly #clear: Statement;

  constructor() {
    this.#db = databaseInMemory();
    this.#db.exec(`
      CREATE VIRTUAL TABLE words USING fts5(word, content='', contentless_delete=1, tokenize="${tokeniser}");
      CREATE VIRTUAL TABLE terms USING fts5vocab(words, 'row');`);
    this.#put = this.#db.prepare("INSERT INTO words(rowid, word) VALUES (1, ?)");
    this.#term = this.#db.prepare("SELECT term FROM terms LIMIT 1").pluck();
    this.#clear = this.#db.prepare("INSERT INTO words(words) VALUES ('delete-all')");
  }

  of(word: string): string {
    this.#put.run(word);
    const term = this.#term.get() as string | undefined;
    this.#clear.run();
    return term ?? "";
  }

  close(): void {
    this.#db.close();
  }
}
