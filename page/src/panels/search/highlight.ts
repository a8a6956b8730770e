/*
 * Code as pieces of lines, each with the kind of thing it is. Prism splits the text (its patterns look back and forth, so what it is
 * given is bounded); what comes out is text and classes of a fixed set, never markup.
 */
import { grammarOf } from "./languages.ts";
import { Prism } from "./prism.ts";

export interface Piece {
  text: string;
  /** A class of search.css, without its "t-"; undefined: plain. */
  kind: string | undefined;
}

/** Characters that are coloured of one text; what is after them, and lines that are longer than that, stay plain. */
const mostText = 2500;
const mostLine = 400;
/** A text that took longer, milliseconds: after so many of a language, that language stays plain on this page. */
const slowMs = 40;
const mostSlow = 3;
const slow = new Map<string, number>();

const kinds: Readonly<Record<string, string>> = {
  comment: "comment",
  prolog: "comment",
  doctype: "comment",
  string: "string",
  char: "string",
  "attr-value": "string",
  "template-string": "string",
  regex: "string",
  url: "string",
  keyword: "keyword",
  boolean: "keyword",
  atrule: "keyword",
  important: "keyword",
  rule: "keyword",
  number: "number",
  constant: "number",
  function: "name",
  "function-variable": "name",
  "function-definition": "name",
  "class-name": "type",
  builtin: "type",
  tag: "type",
  selector: "type",
  "attr-name": "type",
  property: "type",
  key: "type",
  table: "type",
  decorator: "type",
  annotation: "type",
  macro: "type",
};

/**
 * @param before lines that stand before them, for what begins there; too long, they are not looked at
 * @returns the pieces of each line; joined they are the lines as given
 */
export function highlight(
  lines: readonly string[],
  language: string,
  before: readonly string[] = [],
): Piece[][] {
  const all = [...before, ...lines];
  const isShort =
    all.every((line) => line.length <= mostLine) &&
    all.reduce((sum, line) => sum + line.length + 1, 0) <= mostText;
  if (before.length > 0 && isShort) return highlight(all, language).slice(before.length);
  const plain = (line: string): Piece[] => [{ text: line, kind: undefined }];
  const grammar = grammarOf(language);
  let taken = 0;
  let length = 0;
  for (const line of lines) {
    length += line.length + 1;
    if (length > mostText || line.length > mostLine) break;
    taken += 1;
  }
  const isSlow = (slow.get(language) ?? 0) >= mostSlow;
  if (grammar === undefined || taken === 0 || isSlow) return lines.map(plain);
  const start = performance.now();
  const coloured: Piece[][] = [[]];
  flatten(Prism.tokenize(lines.slice(0, taken).join("\n"), grammar), undefined, coloured);
  if (performance.now() - start > slowMs) slow.set(language, (slow.get(language) ?? 0) + 1);
  return [...coloured, ...lines.slice(taken).map(plain)];
}

type Token = string | { type: string; content: Token | Token[] };

function flatten(tokens: Token | Token[], kind: string | undefined, lines: Piece[][]): void {
  for (const token of Array.isArray(tokens) ? tokens : [tokens]) {
    if (typeof token !== "string") {
      flatten(token.content, kinds[token.type] ?? kind, lines);
      continue;
    }
    for (const [at, text] of token.split("\n").entries()) {
      if (at > 0) lines.push([]);
      if (text !== "") lines.at(-1)?.push({ text, kind });
    }
  }
}

/** The same pieces, cut where marks begin and end. */
export function marked(
  pieces: readonly Piece[],
  marks: readonly [from: number, to: number][],
): (Piece & { isMarked: boolean })[] {
  const cut: (Piece & { isMarked: boolean })[] = [];
  let at = 0;
  let mark = 0;
  for (const { text, kind } of pieces) {
    const end = at + text.length;
    let from = at;
    while (from < end) {
      while ((marks[mark]?.[1] ?? Number.POSITIVE_INFINITY) <= from) mark += 1;
      const [begins, ends] = marks[mark] ?? [end, end];
      const isMarked = begins <= from;
      const to = Math.min(end, isMarked ? ends : Math.max(begins, from));
      cut.push({ text: text.slice(from - at, to - at), kind, isMarked });
      from = to;
    }
    at = end;
  }
  return cut;
}
