/* Comments and attributes above a definition, read off the lines: the same in every language. */

/** Languages by what begins a comment to the line's end, where that is not "//". */
const languagesOf: Readonly<Record<string, string>> = {
  "#": "python ruby shell yaml toml perl r julia elixir powershell nix terraform dockerfile makefile cmake graphql",
  "--": "sql lua haskell",
  ";": "clojure",
  "%": "erlang latex",
  "!": "fortran",
};
const signOf: ReadonlyMap<string, string> = new Map(
  Object.entries(languagesOf).flatMap(([sign, languages]) =>
    languages.split(" ").map((language) => [language, sign] as const),
  ),
);
const comment = /^(\/\/|\/\*|\*(?!\w)|\*\/|<!--|\(\*)/;
const attribute = /^(@[\w$]|#\[|\[[A-Z][\w.]*[(\]])/;

/** Where "@" begins more than what is said of the next definition. */
const attributeOf: Readonly<Record<string, RegExp>> = {
  css: /^(?!)/,
  elixir: /^@(doc|typedoc|spec|impl|deprecated|since|tag|dialyzer)\b/,
  "objective-c": /^(?!)/,
};

/** Tags of .NET doc comments. */
const xmlTag =
  /<\/?(summary|remarks|returns|param|typeparam|value|exception|see|seealso|para|c|code|example)\b[^<>]*>/g;
const closingMark = /("""|'''|\*\/|-->|\*\))$/u;

/** Row of the first line that belongs to what begins at `row`: comments and attributes right above. */
export function firstAttachedLine(lines: readonly string[], row: number, language: string): number {
  let first = row;
  while (first > 0) {
    const line = (lines[first - 1] as string).trim();
    const sign = signOf.get(language);
    const isSigned = sign !== undefined && line.startsWith(sign) && !line.startsWith("#!");
    const own = attributeOf[language];
    const isAttribute =
      own === undefined ? attribute.test(line) && isOnlyAttributes(line) : own.test(line);
    if (!isSigned && !comment.test(line) && !isAttribute) break;
    first -= 1;
  }
  return first;
}

/** Nothing but attributes: a member that begins with one on its own line is no attribute of the next. */
function isOnlyAttributes(line: string): boolean {
  let at = 0;
  while (at < line.length) {
    const rest = line.slice(at);
    if (/^\s*($|\/\/|\/\*)/.test(rest)) return true;
    const name = /^\s*(?:@[\w$.:]+\s*(?=\()|@[\w$.:]+|#!?(?=\[)|(?=\[))/.exec(rest);
    if (name === null) return false;
    at += name[0].length;
    if (line[at] === "(" || line[at] === "[") at = closing(line, at);
  }
  return true;
}

/** Behind the bracket that closes the one at `from`; the end of the line where none does. */
function closing(line: string, from: number): number {
  let depth = 0;
  let quote = "";
  for (let at = from; at < line.length; at += 1) {
    const letter = line[at] as string;
    if (quote !== "") {
      if (letter === "\\") at += 1;
      else if (letter === quote) quote = "";
    } else if (letter === '"' || letter === "'" || letter === "`") quote = letter;
    else if ("([{".includes(letter)) depth += 1;
    else if (")]}".includes(letter)) {
      depth -= 1;
      if (depth === 0) return at + 1;
    }
  }
  return line.length;
}

/** The words of a comment or docstring, one line; attributes are left out. */
export function textOfComment(lines: readonly string[]): string {
  return lines
    .map((line) => line.trim())
    .filter((line) => !attribute.test(line))
    .map((line) =>
      line
        .replace(
          /^([rRuUbBfF]{0,2}("""|'''|"|')|\/\*+|\/\/[/!]*|\*\/|\*+|#+|--|<!--|;+|%+|![>!<]?|\(\*+)\s?/u,
          "",
        )
        .replace(closingMark, "")
        .replace(xmlTag, "")
        .trim(),
    )
    .filter((line) => line !== "")
    .join(" ");
}
