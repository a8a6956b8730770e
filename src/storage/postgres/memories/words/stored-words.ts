/*
 * The words of parts in PostgreSQL: stems of our splitter's words, as lexemes of a tsvector with an index, and packed in
 * lists where there are many. It only says which parts have a word; what a word is worth is counted and scored by our own
 * code, as over SQLite.
 */
import type { WantedParts, WordSource } from "../../../shared/words/source.ts";
import { stemOf } from "../../../sqlite/words/word-marks.ts";
import type { PgLink } from "../../link/link.ts";
import { stored } from "../../stored-text.ts";
import { type PackedList, unpacked } from "./packed-lists.ts";
import { Sealing, type SealingOptions } from "./sealing.ts";

/** Holders are counted up to here: a word that more have is worth little either way. */
const mostCounted = 20_000;
const mostKept = 4_096;
/** A word of the index, as AskedWord.match has it. */
const matched = /"([^"]*)"(\*?)/gu;

/** Ids of rows and parts are below it. */
const mostId = 0xffff_ffff;

/** The rows of a tag as one list of four bytes each, where `place` is below 0. */
const partsAndTags = `SELECT * FROM memory_parts_with($1::text[], $2::text[], $3::int4[], $4::bool[], $5::int8[], $6)
  UNION ALL
  SELECT -asked.at::int4, 0, 4, tagged.ids FROM unnest($7::text[]) WITH ORDINALITY AS asked(tag, at)
    CROSS JOIN LATERAL (SELECT string_agg(substring(int8send(newest.row_id) FROM 5), ''::bytea) AS ids
      FROM (SELECT row_id FROM memory_tags WHERE tag = asked.tag ORDER BY row_id DESC LIMIT $8) AS newest) AS tagged
    WHERE tagged.ids IS NOT NULL`;

export class PgWords implements WordSource {
  readonly #link: PgLink;
  readonly #wordsOf: (text: string) => string;
  readonly #counts = new Map<string, { count: number; of: number }>();
  /** There is no older Haypile that wrote into a server. */
  readonly haveOlder = false;

  readonly sealing: Sealing;
  /** Tags that are asked for next, and their rows where they were read with something else. */
  #expected: { tags: readonly string[]; limit: number; rows: number[][] | undefined } | undefined;

  constructor(link: PgLink, wordsOf: (text: string) => string, sealing?: SealingOptions) {
    this.#link = link;
    this.#wordsOf = wordsOf;
    this.sealing = new Sealing(link, sealing);
  }

  /** What of a text that is written goes into the index, as a tsvector is written. */
  vectorOf(text: string): string {
    this.sealing.note();
    const words = this.#wordsOf(text);
    const stems = new Set(words.split(" ").map(stemOf));
    return [...stems].filter(isLexeme).map(quotedLexeme).join(" ");
  }

  partsWith(wanted: readonly WantedParts[], until: number): ArrayLike<number>[] {
    const asked = wanted.map(({ word }) => lexemesOf(word.match));
    const all = asked.flatMap((lexemes, at) => lexemes.map((one) => ({ ...one, place: at + 1 })));
    const expected = this.#expected;
    const found = this.#link.lists(
      partsAndTags,
      [
        asked.map((lexemes) => lexemes.map(written).join(" | ")),
        all.map(({ stem }) => stem),
        all.map(({ place }) => place),
        all.map(({ begins }) => begins),
        wanted.map(({ after }) => after),
        until,
        (expected?.tags ?? []).map(stored),
        expected?.limit ?? 0,
      ],
      { name: "memory-parts-with" },
    ) as [number, number, number, Uint8Array][];
    const lists = wanted.map((): PackedList[] => []);
    const tagged = (expected?.tags ?? []).map((): number[] => []);
    for (const [place, first, width, ids] of found) {
      if (place > 0) lists[place - 1]?.push({ first, width, ids });
      else tagged[-place - 1] = Array.from(unpacked([{ first, width, ids }], 0, mostId)).reverse();
    }
    if (expected !== undefined) this.#expected = { ...expected, rows: tagged };
    return wanted.map(({ after }, at) => unpacked(lists[at] as PackedList[], after, until));
  }

  /** Counts are kept until there are a tenth more or fewer parts. */
  countOf(term: string, all: number): number {
    const known = this.#counts.get(term);
    if (known !== undefined && Math.abs(all - known.of) * 10 <= known.of && known.count > 0) {
      return known.count;
    }
    const begins = term.endsWith("*");
    const one = { stem: stemOf(begins ? term.slice(0, -1) : term), begins };
    if (!isLexeme(one.stem)) return 0;
    const [row] = this.#link.lists(
      "SELECT memory_count_with($1, $2, $3, $4)",
      [written(one), one.stem, begins, mostCounted],
      { name: "memory-count-with" },
    );
    const count = row?.[0] as number;
    this.#counts.delete(term);
    this.#counts.set(term, { count, of: all });
    if (this.#counts.size > mostKept) {
      this.#counts.delete(this.#counts.keys().next().value as string);
    }
    return count;
  }

  expectTags(tags: readonly string[], limit: number): void {
    this.#expected = { tags, limit, rows: undefined };
  }

  rowsWithTags(tags: readonly string[], limit: number): number[][] {
    const expected = this.#expected;
    this.#expected = undefined;
    const isExpected = expected?.limit === limit && expected.tags.join("\n") === tags.join("\n");
    if (isExpected && expected.rows !== undefined) return expected.rows;
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

/** A stem, or all that begin so. */
interface Lexeme {
  stem: string;
  begins: boolean;
}

/** What FTS5 is asked for, as the index here has it. */
function lexemesOf(match: string): Lexeme[] {
  return [...match.matchAll(matched)]
    .map(([, word = "", begins]) => ({ stem: stemOf(word), begins: begins === "*" }))
    .filter(({ stem }) => isLexeme(stem));
}

/** As in a tsquery. */
function written({ stem, begins }: Lexeme): string {
  return `${quotedLexeme(stem)}${begins ? ":*" : ""}`;
}

function quotedLexeme(stem: string): string {
  return `'${stem.replace(/[\\']/gu, "$&$&")}'`;
}
