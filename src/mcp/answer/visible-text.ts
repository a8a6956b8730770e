/*
 * Text of others, made safe to show. What a terminal or a reader would not see, but a model would, is taken
 * out of memories and written out in code. Nothing here changes what is stored.
 */
import { tokensOf } from "../../base/text/tokens.ts";

export { tokensOf };

const esc = String.fromCharCode(27);
const bell = String.fromCharCode(7);
/** What a terminal takes as a command: colours, cursor moves, titles, links. */
const ansi = new RegExp(
  `${esc}(?:\\[[0-?]*[ -/]*[@-~]|\\][^${bell}${esc}]*(?:${bell}|${esc}\\\\)|[@-Z\\\\^_])`,
  "gu",
);
/**
 * Control characters but tab and line end; what Unicode calls ignorable: zero-width, bidi, fillers, tag
 * characters (a copy of ASCII that nobody sees), variation selectors but the two of emoji; line separators;
 * annotations.
 */
const hidden =
  /[^\P{Cc}\n\t]|(?![\ufe0e\ufe0f])\p{Default_Ignorable_Code_Point}|[\u2028\u2029\ufff9-\ufffb]/gu;

/** For prose: what cannot be seen goes. Line ends become \n. */
export function plainText(text: string): string {
  return text.replace(/\r\n?/gu, "\n").replace(ansi, "").replace(hidden, "").toWellFormed();
}

/** For code: what cannot be seen is written as <U+202E>, so that a line reads as it is. */
export function shownCode(text: string): string {
  const spelled = (char: string): string =>
    `<U+${(char.codePointAt(0) as number).toString(16).toUpperCase().padStart(4, "0")}>`;
  return text.replace(/\r\n?/gu, "\n").replace(hidden, spelled).toWellFormed();
}

/** One line of prose: for names, tags and paths inside a line of ours. */
export function oneLine(text: string, mostChars = 300): string {
  const line = plainText(text).replace(/\s+/gu, " ").trim();
  return line.length <= mostChars ? line : `${line.slice(0, mostChars - 1).toWellFormed()}…`;
}

/** The beginning of a text that costs no more than so many tokens, ended at a line where there is one. */
export function cutToTokens(text: string, mostTokens: number): string {
  if (tokensOf(text) <= mostTokens) return text;
  let low = 0;
  let high = text.length;
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if (tokensOf(text.slice(0, middle)) <= mostTokens) low = middle;
    else high = middle - 1;
  }
  const cut = text.slice(0, low).toWellFormed();
  const line = cut.lastIndexOf("\n");
  return line > low / 2 ? cut.slice(0, line) : cut;
}
