/* Comments and attributes above a definition, read off the lines: the same in every language. */

/** What begins a comment beside the signs that most languages share. */
const signs: Readonly<Record<string, string>> = {
  ...Object.fromEntries(
    (
      "python ruby shell yaml toml perl r julia elixir powershell nix terraform dockerfile makefile cmake graphql starlark"
    )
      .split(" ")
      .map((language) => [language, "#"]),
  ),
  clojure: ";",
  erlang: "%",
  latex: "%",
  fortran: "!",
};
const comment = /^(\/\/|\/\*|\*(?!\w)|\*\/|<!--|--|\(\*)/;
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
    const sign = signs[language];
    const isHash = sign !== undefined && line.startsWith(sign) && !line.startsWith("#!");
    const isAttribute = (attributeOf[language] ?? attribute).test(line);
    if (!isHash && !comment.test(line) && !isAttribute) break;
    first -= 1;
  }
  return first;
}

/** The words of a comment or docstring, one line; attributes are left out. */
export function textOfComment(lines: readonly string[]): string {
  return lines
    .map((line) => line.trim())
    .filter((line) => !attribute.test(line))
    .map((line) =>
      line
        .replace(/^([rRuUbBfF]{0,2}("""|'''|"|')|\/\*+|\/\/[/!]*|\*\/|\*+|#+|--|<!--|;+|%+|!+|\(\*+)\s?/u, "")
        .replace(closingMark, "")
        .replace(xmlTag, "")
        .trim(),
    )
    .filter((line) => line !== "")
    .join(" ");
}
