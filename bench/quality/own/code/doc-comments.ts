/*
 * Functions with a comment that says what they do: the comment is taken off, and its first sentence asks for the
 * function. Read line by line, without a parser: what is in doubt is left alone.
 */
import type { Language } from "./sources.ts";

export interface Documented {
  name: string;
  /** First sentence of the comment. */
  sentence: string;
  /** Lines of the comment, from 0, the end not in it. */
  comment: { from: number; to: number };
  /** Lines of the function without the comment. */
  body: { from: number; to: number };
}

const leastLines = 3;
const fewestWords = 4;
const mostWords = 24;

const cFunction = /^[A-Za-z_][\w\s*&:<>,]*?[\s*&](~?[A-Za-z_]\w*)\s*\([^;]*$/;
const modifiers =
  "(?:public|protected|private|internal|static|final|abstract|async|override|virtual)";

/** How a function begins, with its name. */
const declarations: Readonly<Record<Language, readonly RegExp[]>> = {
  Python: [/^\s*(?:async )?def (\w+)/],
  JavaScript: [
    /^\s*(?:export )?(?:default )?(?:async )?function\*? ?(\w+)/,
    /^\s*(?:export )?(?:var|let|const) (\w+) = .*(?:=>|function|_curry|\()/,
    /^\s+(?:static |async |get )*(?!if|for|while|switch|return|catch)(\w+) ?\([^;]*\) ?\{/,
  ],
  TypeScript: [
    /^\s*(?:export )?(?:default )?(?:async )?function\*? (\w+)/,
    /^\s*(?:export )?const (\w+).* = .*(?:=>|function)/,
    /^\s+(?:public |protected |private |static |async |get |override )*(?!if|for|while|switch|return|catch)(\w+)(?:<.*>)?\([^;]*\{$/,
  ],
  Go: [/^func (?:\([^)]*\) )?(\w+)/],
  Rust: [/^\s*(?:pub(?:\([^)]*\))? )?(?:const |async |unsafe )*fn (\w+)/],
  Java: [new RegExp(`^\\s+${modifiers}[^=;]*?\\b(\\w+)\\s*\\([^;=]*$`)],
  "C#": [new RegExp(`^\\s+${modifiers}[^=;]*?\\b(\\w+)\\s*\\([^;=]*$`)],
  PHP: [/^\s*(?:(?:public|protected|private|static|final|abstract) )*function &?(\w+)/],
  Ruby: [/^\s*def (?:self\.)?(\w+[?!]?)/],
  C: [cFunction, /^([a-z_]\w*[a-z]\w*)\s*\([^;]*$/],
  "C++": [cFunction, /^\s{2,4}[A-Za-z_][\w\s*&:<>,]*?[\s*&](~?[A-Za-z_]\w*)\s*\([^;]*\{\s*$/],
};

/** Lines that may stand between a comment and its function. */
const between =
  /^\s*(?:@\w+|#\[|\[\w+|template ?<|(?:static|inline|LIBXML_\w+|extern|void|int|char|err_t|u\d+_t)\s*$|[a-z][\w \t*]*\/\* O - .*\*\/$)/;

/** All of a text, in order; none of them within another's comment. */
export function documentedIn(text: string, language: Language): Documented[] {
  const lines = text.split("\n");
  const found: Documented[] = [];
  for (let at = 0; at < lines.length; at += 1) {
    const line = lines[at] as string;
    const name = declarations[language].map((form) => form.exec(line)?.[1]).find(Boolean);
    if (name === undefined) continue;
    const end = endOf(lines, at, language);
    if (end - at < leastLines) continue;
    const comment = language === "Python" ? docstring(lines, at, end) : above(lines, at, language);
    if (comment === undefined) continue;
    const sentence = sentenceOf(lines.slice(comment.from, comment.to), name);
    if (sentence === undefined) continue;
    // What stays when the comment is gone.
    const body = comment.from >= at ? end - (comment.to - comment.from) - at : end - at;
    if (body < leastLines) continue;
    found.push({ name, sentence, comment, body: { from: at, to: end } });
  }
  return found;
}

/** The line after the function. */
function endOf(lines: readonly string[], from: number, language: Language): number {
  const indent = (line: string): number => /^\s*/.exec(line)?.[0].length ?? 0;
  const own = indent(lines[from] as string);
  if (language === "Python" || language === "Ruby") {
    let at = from + 1;
    // A list of arguments over many lines is closed at the same depth.
    while (at < lines.length) {
      const line = lines[at] as string;
      if (line.trim() !== "" && indent(line) <= own && !/^\s*[)\]]/.test(line)) break;
      at += 1;
    }
    if (language === "Ruby") return Math.min(at + 1, lines.length);
    while (lines[at - 1]?.trim() === "") at -= 1;
    return at;
  }
  let depth = 0;
  let isOpen = false;
  for (let at = from; at < Math.min(lines.length, from + 400); at += 1) {
    const code = (lines[at] as string).replaceAll(
      /"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])'|\/\/.*$/g,
      "",
    );
    for (const character of code) {
      if (character === "{") {
        depth += 1;
        isOpen = true;
      } else if (character === "}") depth -= 1;
    }
    if (isOpen && depth <= 0) return at + 1;
    if (!isOpen && (/;\s*$/.test(code) || at - from > 12)) return at + 1;
  }
  return from;
}

function docstring(
  lines: readonly string[],
  from: number,
  end: number,
): Documented["comment"] | undefined {
  let at = from;
  while (at < end && !/:\s*(?:#.*)?$/.test(lines[at] as string)) at += 1;
  at += 1;
  const [, quote] = /^\s*[rRbBuU]?("""|''')/.exec(lines[at] ?? "") ?? [];
  if (quote === undefined) return undefined;
  const first = (lines[at] as string).slice((lines[at] as string).indexOf(quote) + 3);
  if (first.includes(quote)) return { from: at, to: at + 1 };
  for (let to = at + 1; to < end; to += 1) {
    if ((lines[to] as string).includes(quote)) return { from: at, to: to + 1 };
  }
  return undefined;
}

function above(
  lines: readonly string[],
  declaration: number,
  language: Language,
): Documented["comment"] | undefined {
  let to = declaration;
  while (to > 0 && between.test(lines[to - 1] as string)) to -= 1;
  if (language === "C" && lines[to - 1]?.trim() === "") to -= 1;
  const isHash = language === "Ruby";
  const lineMark = isHash ? /^\s*#(?!!)/ : /^\s*\/\//;
  let from = to;
  while (from > 0 && lineMark.test(lines[from - 1] as string)) from -= 1;
  if (from < to) return { from, to };
  if (isHash || !/\*\/\s*$/.test(lines[to - 1] ?? "")) return undefined;
  from = to - 1;
  while (from > 0 && !(lines[from] as string).includes("/*")) from -= 1;
  return /^\s*\/\*/.test(lines[from] as string) ? { from, to } : undefined;
}

/** The first sentence in plain words; undefined where it says nothing, or more than a question would. */
export function sentenceOf(comment: readonly string[], name: string): string | undefined {
  const plain = comment.map((line) =>
    line
      .replace(/^\s*(?:\/\*\*?!?|\*\/|\*|\/\/[/!]?|#+|[rRbBuU]?"""|''')?/, "")
      .replace(/\*\/\s*$|"""\s*$|'''\s*$/, "")
      .replaceAll(/<\/?[a-zA-Z][^>]*>/g, " ")
      .replaceAll(/\{@\w+ ([^}]*)\}/g, "$1")
      .replaceAll(/:[\w:]+:`([^`]*)`/g, "$1")
      .replaceAll(/[`*~]/g, "")
      .trim(),
  );
  const start = plain.findIndex((line) => line !== "" && !/^[-=*~_]+$/.test(line));
  if (start === -1) return undefined;
  // "name:", then "@argument: …" lines, then what it does.
  const isHeaded =
    /^@?\w+:$/.test(plain[start] as string) && (plain[start] as string).includes(name);
  const next = plain.findIndex((line, at) => at > start && line !== "" && !/^@/.test(line));
  const rest = plain.slice(isHeaded && next !== -1 ? next : start);
  const stop = rest.findIndex((line, at) => at > 0 && (line === "" || /^[@\\:]\w/.test(line)));
  const words = rest
    .slice(0, stop === -1 ? rest.length : stop)
    .join(" ")
    .replaceAll(/\s+/g, " ");
  const [first = ""] = /^.*?(?:[.!?](?= [A-Z])|[.!?]$|$)/.exec(words) ?? [];
  // "'name()' - Does it", "name: does it", "Name does it", "@brief does it"
  const escaped = name.replaceAll(/[^\w]/g, "\\$&");
  const said = first
    .replace(/^[@\\](?:brief|internal|private)\s*/, "")
    .replace(
      new RegExp(
        `^(?:The (?:function|method) )?['"]?${escaped}\\b(?:\\(.*?\\))?['"]?\\s*(?:[-:–]+\\s*)?`,
        "i",
      ),
      "",
    )
    .replace(/[.!?:]+$/, "")
    .trim();
  const count = said.split(" ").length;
  const isPlain = /^[\w\s.,;:'"()/%+<>=&-]+$/.test(said) && !/https?:|::|==|->|---/.test(said);
  const isNothing =
    /^(?:todo|fixme|deprecated|see |copyright|licen[cs]e|inheritdoc|example|internal|note|xxx|this (?:file|class)|returns?$)/i;
  if (count < fewestWords || count > mostWords || !isPlain || isNothing.test(said))
    return undefined;
  return said;
}

export interface Cut {
  text: string;
  /** Where each function is in it, lines from 0, the end not in it. */
  places: { from: number; to: number }[];
}

/** A text without the comments of some of its functions. */
export function withoutComments(text: string, documented: readonly Documented[]): Cut {
  const lines = text.split("\n");
  const gone = new Set<number>();
  for (const { comment } of documented) {
    for (let at = comment.from; at < comment.to; at += 1) gone.add(at);
  }
  const newLine: number[] = [];
  let next = 0;
  for (const at of lines.keys()) {
    newLine.push(next);
    if (!gone.has(at)) next += 1;
  }
  newLine.push(next);
  return {
    text: lines.filter((_, at) => !gone.has(at)).join("\n"),
    places: documented.map(({ body }) => ({
      from: newLine[body.from] as number,
      to: newLine[body.to] as number,
    })),
  };
}
