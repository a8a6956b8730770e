/*
 * What of a text decides its vector: the key of the embedding cache is made of it, so that a function has
 * one vector however it is laid out and wherever it stands.
 */

/**
 * Signs, and runs of anything else that is not white space. This is how a BERT tokeniser cuts a text before
 * it looks into its vocabulary, so texts with the same lexemes have the same vector, to the bit. A syntax
 * tree's leaves, cut in the same way, give the same list (test/unit/syntax/normal-form.test.ts); this one
 * needs no tree, and no line range that fits one.
 */
const lexeme = /[[\p{P}!-~]--[A-Za-z0-9_]]|[^[[\p{P}!-~]--[A-Za-z0-9_]][\t\n\r\p{Z}]]+/gv;

/** Formatters put one at the end of a list when they break its line. No syntax tree has it. */
const trailingComma = /,\n(?=[)\]}])/g;

/** For models with a WordPiece tokeniser: the lexemes, one a line, without trailing commas. */
export function lexemes(text: string): string {
  return (text.match(lexeme)?.join("\n") ?? "").replace(trailingComma, "");
}

/** For all other models, whose tokens may hold white space: the lines without what is at their ends. */
export function trimmedLines(text: string): string {
  return text.split("\n").map(withoutEnd).join("\n").trimEnd();
}

/** Without spaces, tabs and carriage returns at its end. */
function withoutEnd(line: string): string {
  let to = line.length;
  while (to > 0 && " \t\r".includes(line[to - 1] as string)) to -= 1;
  return line.slice(0, to);
}
