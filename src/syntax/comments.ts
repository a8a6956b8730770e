/* Comments and attributes above a definition, read off the lines: the same in every language. */

const hashLanguages: ReadonlySet<string> = new Set(["python", "ruby", "shell", "yaml", "toml"]);
const comment = /^(\/\/|\/\*|\*(?!\w)|\*\/|<!--|--)/;
const attribute = /^(@[\w$]|#\[|\[[A-Z][\w.]*[(\]])/;

/** Tags of .NET doc comments. */
const xmlTag =
  /<\/?(summary|remarks|returns|param|typeparam|value|exception|see|seealso|para|c|code|example)\b[^<>]*>/g;
const closingMark = /("""|'''|\*\/|-->)$/u;

/** Row of the first line that belongs to what begins at `row`: comments and attributes right above. */
export function firstAttachedLine(lines: readonly string[], row: number, language: string): number {
  let first = row;
  while (first > 0) {
    const line = (lines[first - 1] as string).trim();
    const isHash = hashLanguages.has(language) && line.startsWith("#") && !line.startsWith("#!");
    const isAttribute = language !== "css" && attribute.test(line);
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
        .replace(/^([rRuUbBfF]{0,2}("""|'''|"|')|\/\*+|\/\/[/!]*|\*\/|\*+|#+|--|<!--)\s?/u, "")
        .replace(closingMark, "")
        .replace(xmlTag, "")
        .trim(),
    )
    .filter((line) => line !== "")
    .join(" ");
}
