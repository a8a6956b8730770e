/* Statements of languages with braces, as far as their readers need them: what stands before "{", ";" or a line's end. */

export interface Statement {
  /** Its text without comments, white space evened out; strings are left as they are. */
  head: string;
  row: number;
  /** Row of what closes it. */
  endRow: number;
  opens: boolean;
  parent: Statement | undefined;
}

export interface BraceRules {
  /** Signs that begin a comment to the line's end. */
  lineComments: readonly string[];
  /** "/*" comments. */
  hasBlockComments?: boolean | undefined;
  /** A line's end closes a statement unless brackets are open or it goes on. */
  endsAtLines?: boolean | undefined;
  /** A comma closes a statement outside of round and square brackets. */
  endsAtCommas?: boolean | undefined;
  /** Signs that quote over several lines, longest first. */
  longQuotes?: readonly string[] | undefined;
  /** Signs that quote within a line. */
  quotes: string;
}

const mostHead = 1_000;
/** Deeper is no code that somebody wrote. */
const mostDepth = 200;
const goesOn = /[=,+\-*/|&?:.([<]$/;

/** The statements in the order of their beginnings. */
export function bracedStatements(text: string, rules: BraceRules): Statement[] {
  const found: Statement[] = [];
  const stack: Statement[] = [];
  let head = "";
  let headRow = 0;
  let row = 0;
  let round = 0;
  const put = (piece: string): void => {
    if (head === "") headRow = row;
    if (head.length < mostHead) head += piece;
  };
  const close = (opens: boolean): Statement | undefined => {
    const said = head.replace(/\s+/g, " ").trim();
    head = "";
    if (said === "" && !opens) return undefined;
    const parent = stack.at(-1);
    const one = { head: said, row: said === "" ? row : headRow, endRow: row, opens, parent };
    found.push(one);
    return one;
  };
  for (let at = 0; at < text.length; at += 1) {
    const sign = text[at] as string;
    if (sign === "\n") {
      if (
        rules.endsAtLines === true &&
        round === 0 &&
        head.trim() !== "" &&
        !goesOn.test(head.trimEnd())
      ) {
        close(false);
      } else if (head !== "") put(" ");
      row += 1;
      continue;
    }
    if (sign === " " || sign === "\t" || sign === "\r") {
      if (head !== "") put(" ");
      continue;
    }
    const skipped = skipAside(text, at, rules);
    if (skipped > at) {
      const piece = text.slice(at, skipped);
      const isComment =
        !rules.quotes.includes(sign) &&
        !(rules.longQuotes ?? []).some((one) => text.startsWith(one, at));
      if (isComment) put(head === "" ? "" : " ");
      else put(piece.length > 300 ? piece.slice(0, 300) : piece);
      for (const letter of piece) if (letter === "\n") row += 1;
      at = skipped - 1;
      continue;
    }
    if (sign === "(" || sign === "[") round += 1;
    else if (sign === ")" || sign === "]") round = Math.max(0, round - 1);
    if (sign === "{") {
      const one = close(true);
      if (one !== undefined && stack.length < mostDepth) stack.push(one);
      round = 0;
    } else if (sign === "}") {
      close(false);
      const one = stack.pop();
      if (one !== undefined) one.endRow = row;
      round = 0;
    } else if (sign === ";" || (sign === "," && rules.endsAtCommas === true && round === 0))
      close(false);
    else put(sign);
  }
  close(false);
  for (const one of stack) one.endRow = row;
  return found;
}

/** Where a comment or a string that begins here ends; the same place when none does. */
function skipAside(text: string, at: number, rules: BraceRules): number {
  for (const sign of rules.lineComments) {
    if (text.startsWith(sign, at)) {
      const end = text.indexOf("\n", at);
      return end < 0 ? text.length : end;
    }
  }
  if (rules.hasBlockComments === true && text.startsWith("/*", at))
    return after(text, "*/", at + 2);
  for (const quote of rules.longQuotes ?? []) {
    if (text.startsWith(quote, at)) return after(text, quote, at + quote.length);
  }
  const sign = text[at] as string;
  if (!rules.quotes.includes(sign)) return at;
  for (let next = at + 1; next < text.length; next += 1) {
    if (text[next] === "\\") next += 1;
    else if (text[next] === sign) return next + 1;
    else if (text[next] === "\n") return next;
  }
  return text.length;
}

function after(text: string, sign: string, from: number): number {
  const end = text.indexOf(sign, from);
  return end < 0 ? text.length : end + sign.length;
}
