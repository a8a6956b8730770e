/*
 * The words of parts in PostgreSQL: stems of our splitter's words, as lexemes of a tsvector with an index. It only says
 * which parts have a word; what a word is worth is counted and scored by our own code, as over SQLite.
 */
import type { WantedParts, WordSource } from "../../../shared/words/source.ts";
import { stemOf } from "../../../sqlite/words/word-marks.ts";
import type { PgLink } from "../../link/link.ts";
import { stored } from "../../stored-text.ts";

/** Holders are counted up to here: a word that more have is worth little either way. */
const mostCounted = 20_000;
const mostKept = 4_096;
/** A word of the index, as AskedWord.match has it. */
const matched = /"([^"]*)"(\*?)/gu;

export class PgWords implements WordSource {
  readonly #link: PgLink;
  readonly #wordsOf: (text: string) => string;
  readonly #counts = new Map<string, { count: number; of: number }>();
  /** There is no older Haypile that wrote into a server. */
  readonly haveOlder = false;

  constructor(link: PgLink, wordsOf: (text: string) => string) {
    this.#link = link;
    this.#wordsOf = wordsOf;
  }

  /** What of a text goes into the index, as a tsvector is written. */
  vectorOf(text: string): string {
    const words = this.#wordsOf(text);
    const stems = new Set(words.split(" ").map(stemOf));
    return [...stems].filter(isLexeme).map(quotedLexeme).join(" ");
  }

  partsWith(wanted: readonly WantedParts[], until: number): ArrayLike<number>[] {
    const asked = wanted.map(({ word }) => queryOf(word.match));
    const found = this.#link.lists(
      "SELECT * FROM memory_parts_with($1::text[], $2::int8[], $3)",
      [asked, wanted.map(({ after }) => after), until],
      { name: "memory-parts-with" },
    );
    return found.map(([bytes]) => idsOf(bytes as Uint8Array));
  }

  /** Counts are kept until there are a tenth more or fewer parts. */
  countOf(term: string, all: number): number {
    const known = this.#counts.get(term);
    if (known !== undefined && Math.abs(all - known.of) * 10 <= known.of && known.count > 0) {
      return known.count;
    }
    const asked = term.endsWith("*") ? lexeme(term.slice(0, -1), true) : lexeme(term, false);
    const [row] = this.#link.lists("SELECT memory_count_with($1, $2)", [asked, mostCounted], {
      name: "memory-count-with",
    });
    const count = row?.[0] as number;
    this.#counts.delete(term);
    this.#counts.set(term, { count, of: all });
    if (this.#counts.size > mostKept) {
      this.#counts.delete(this.#counts.keys().next().value as string);
    }
    return count;
  }

  rowsWithTags(tags: readonly string[], limit: number): number[][] {
    const lists = tags.map((): number[] => []);
    if (tags.length === 0) return lists;
    const found = this.#link.lists(
      `SELECT asked.at::int4, tagged.row_id FROM unnest($1::text[]) WITH ORDINALITY AS asked(tag, at)
         CROSS JOIN LATERAL (SELECT row_id FROM memory_tags WHERE tag = asked.tag
           ORDER BY row_id DESC LIMIT $2) AS tagged
       ORDER BY 1, 2 DESC`,
      [tags.map(stored), limit],
      { name: "memory-tagged-by" },
    ) as [number, number][];
    for (const [at, rowId] of found) lists[at - 1]?.push(rowId);
    return lists;
  }
}

/** No lexeme may be longer, and none empty. */
function isLexeme(stem: string): boolean {
  return stem !== "" && Buffer.byteLength(stem) < 2_000;
}

/** What FTS5 is asked for, as PostgreSQL is: stems, of which some may go on. */
function queryOf(match: string): string {
  const parts = [...match.matchAll(matched)].map(([, word = "", begins]) =>
    lexeme(word, begins === "*"),
  );
  return parts.filter((part) => part !== "").join(" | ");
}

function lexeme(word: string, isBegin: boolean): string {
  const stem = stemOf(word);
  if (!isLexeme(stem)) return "";
  return `${quotedLexeme(stem)}${isBegin ? ":*" : ""}`;
}

function quotedLexeme(stem: string): string {
  return `'${stem.replace(/[\\']/gu, "$&$&")}'`;
}

/** In order, of four bytes each that come in the order of the server's pages. */
function idsOf(bytes: Uint8Array): Uint32Array {
  const ids = new Uint32Array(bytes.byteLength / 4);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let isSorted = true;
  for (let at = 0; at < ids.length; at += 1) {
    ids[at] = view.getUint32(at * 4);
    if (at > 0 && (ids[at] as number) < (ids[at - 1] as number)) isSorted = false;
  }
  return isSorted ? ids : ids.sort();
}
