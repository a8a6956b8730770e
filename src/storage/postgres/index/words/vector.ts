/*
 * Words of a text as a tsvector that counts. A lexeme is the number of the project, a slash and the word; its position
 * says how often the word stands there, in halves, since a field may count half. Beyond what one position can say there
 * are two, of which the second says the rest.
 */

/** What a row has of one word, in halves. */
export type Counts = ReadonlyMap<string, number>;

/** A tsvector takes 2^20 bytes of lexemes and positions. */
const mostBytes = 900_000;
/** What PostgreSQL takes as one lexeme is longer; no word of ours is. */
const longestTerm = 1_024;
/** Up to here one position says it. */
const base = 8_192;

/** @param fields terms of each, with what one of them counts, in halves */
export function countTerms(fields: readonly { terms: readonly string[]; halves: number }[]): {
  counts: Map<string, number>;
  /** Terms in all. */
  size: number;
} {
  const counts = new Map<string, number>();
  let size = 0;
  for (const { terms, halves } of fields) {
    size += terms.length;
    for (const term of terms) counts.set(term, (counts.get(term) ?? 0) + halves);
  }
  return { counts, size };
}

/** As text that PostgreSQL reads as a tsvector. Of a text with too many words for one, the first are there. */
export function vectorText(project: number, counts: Counts): string {
  const lexemes: string[] = [];
  let bytes = 0;
  for (const [term, halves] of counts) {
    if (term.length > longestTerm) continue;
    const lexeme = `'${lexemeOf(project, term)}':${positionsOf(halves)}`;
    bytes += Buffer.byteLength(lexeme) + 8;
    if (bytes > mostBytes) break;
    lexemes.push(lexeme);
  }
  return lexemes.join(" ");
}

/** Terms have letters, digits and underscores only: nothing to be quoted. */
export function lexemeOf(project: number, term: string): string {
  return `${project}/${term}`;
}

/** A question for any of these terms. @param isBeginning of a term: whatever begins so */
export function queryText(
  project: number,
  terms: readonly { term: string; isBeginning: boolean }[],
): string {
  return terms
    .filter(({ term }) => term.length <= longestTerm)
    .map(({ term, isBeginning }) => `'${lexemeOf(project, term)}'${isBeginning ? ":*" : ""}`)
    .join(" | ");
}

function positionsOf(halves: number): string {
  if (halves < base) return String(halves);
  const low = halves % base;
  const high = base + Math.min(Math.floor(halves / base), base - 1) - 1;
  return low === 0 ? String(high) : `${low},${high}`;
}

const oneWord = /'\d+\/([^']*)':([\dA-D,]+)/g;

/**
 * Reads rows as words/functions.ts gives them: a line each, its number, its size and a tsvector of few words.
 * @param see is told each word of each row, and what the row has of it, in halves
 */
export function readRows(
  lines: string,
  see: (row: number, size: number, term: string, halves: number) => void,
): void {
  if (lines === "") return;
  for (const line of lines.split("\n")) {
    const afterRow = line.indexOf(" ");
    const afterSize = line.indexOf(" ", afterRow + 1);
    const row = Number(line.slice(0, afterRow));
    const size = Number(line.slice(afterRow + 1, afterSize));
    for (const [, term = "", positions = ""] of line.slice(afterSize).matchAll(oneWord)) {
      see(row, size, term, halvesOf(positions));
    }
  }
}

/** "3A", "12A,8200A" */
function halvesOf(positions: string): number {
  if (!positions.includes(",")) return halvesAt(positions);
  return positions.split(",").reduce((sum, position) => sum + halvesAt(position), 0);
}

function halvesAt(position: string): number {
  const at = Number.parseInt(position, 10);
  return at < base ? at : (at - base + 1) * base;
}
