/*
 * Definitions of the parts of a file that are no valid syntax, read off their lines: by the keywords that most languages
 * share, and by a few habits of one family each. What the tree found holds; this adds what it lost there.
 */
import type { DefinitionKind } from "../../ports/syntax.ts";

export interface LineFinding {
  name: string;
  kind: DefinitionKind | "scope";
  row: number;
  /** Where the name begins in its line. */
  column: number;
  endRow: number;
}

const mostLineChars = 300;
/** Lines looked through for the end of one definition. */
const mostBodyRows = 2_000;

const modifiers =
  '(?:(?:export|default|declare|async|pub(?:\\([^)]*\\))?|public|private|protected|internal|static|abstract|final|override|inline|virtual|unsafe|extern(?:\\s+"C")?|sealed|partial|open|data|readonly|fileprivate|case|implicit|lazy|suspend|tailrec|operator|infix|inner|companion|native|synchronized|const|local|indirect|mutating|decl|fun(?=\\s+interface))\\s+)*';
const keywords: Readonly<Record<string, DefinitionKind | "scope">> = {
  def: "function",
  function: "function",
  func: "function",
  fun: "function",
  fn: "function",
  sub: "function",
  class: "class",
  object: "class",
  actor: "class",
  record: "class",
  interface: "interface",
  protocol: "interface",
  struct: "struct",
  union: "struct",
  trait: "trait",
  enum: "enum",
  typealias: "type",
  type: "type",
  module: "module",
  mod: "module",
  namespace: "namespace",
  macro: "macro",
  "macro_rules!": "macro",
  extension: "scope",
  impl: "scope",
};
const byKeyword = new RegExp(
  `^\\s*${modifiers}(${Object.keys(keywords)
    .sort((a, b) => b.length - a.length)
    .join(
      "|",
    )})(?:\\s+class)?(?:<[^>]*>)?\\s*\\*?\\s+\\*?(?:self\\.)?([\\p{L}_$][\\p{L}\\p{N}_$]*[?!=]?)`,
  "u",
);
const byTag = /^\s*#\s*define\s+()([A-Za-z_]\w*)/;
const byValue = new RegExp(
  `^${modifiers}(?:const|let|var|val)\\s+()([\\p{L}_$][\\p{L}\\p{N}_$]*)\\s*(?::[^=]+)?=`,
  "u",
);
const byArrow =
  /^\s*(?:export\s+)?(?:const|let|var)\s+()([\w$]+)\s*(?::[^=]+)?=\s*(?:async\s*)?(?:function\b|\(|\w+\s*=>)/;
const byShape = /^[\w:<>,[\]?.~@*&# \t]*?()([\w~$#:]+)\s*\([^;]*$/;
const byKey = /^\s*(?:-\s+)?()("[^"\n]+"|[\w$./@-]+)\s*:(?:\s|$)/;
const byAssignment = /^\s*(?:export\s+)?()([A-Za-z_]\w*)=/;
const byParentheses = /^\s*()([\w:.-]+)\s*\(\)\s*\{?/;

const byMessage = /^[-+]\s*\([^()\n]*(?:\([^()\n]*\)[^()\n]*)*\)\s*()(\w+)/;
const byAt = /^@(?:interface|implementation|protocol)\s+()(\w+)/;

const control =
  /^\s*(?:[})\]].*|(?:if|for|foreach|while|switch|catch|else|return|do|try|with|match|await|throw|raise|assert|yield|new|delete|not|print|echo|case|when|elif|in|and|or|go|defer|using|super|this|self|typeof|sizeof)\b.*)$/;
const typed: ReadonlySet<string> = new Set(["c", "cpp", "java", "csharp"]);
const scripted: ReadonlySet<string> = new Set(["javascript", "typescript", "tsx"]);
const keyed: ReadonlySet<string> = new Set(["yaml", "json"]);
const quiet: ReadonlySet<string> = new Set(["html", "css", "toml"]);

/** Rows are 0-based; from and to, both inclusive. */
export function readBroken(
  lines: readonly string[],
  ranges: readonly { from: number; to: number }[],
  language: string,
): LineFinding[] {
  if (quiet.has(language)) return [];
  const findings: LineFinding[] = [];
  let next = 0;
  for (const { from, to } of ranges) {
    for (let row = Math.max(next, from); row <= Math.min(to, lines.length - 1); row += 1) {
      const line = (lines[row] as string).slice(0, mostLineChars);
      const found = inLine(line, lines, row, language);
      if (found !== undefined) findings.push({ ...found, row, endRow: endOf(lines, row) });
    }
    next = Math.max(next, to + 1);
  }
  return findings;
}

function inLine(
  line: string,
  lines: readonly string[],
  row: number,
  language: string,
): Pick<LineFinding, "name" | "kind" | "column"> | undefined {
  const as = (
    pattern: RegExp,
    kind: LineFinding["kind"],
  ): Pick<LineFinding, "name" | "kind" | "column"> | undefined => {
    const found = pattern.exec(line);
    const written = found?.[2];
    if (found === null || written === undefined) return undefined;
    const name = written.replace(/^"|"$/g, "").split("::").pop() as string;
    const column = found[0].lastIndexOf(written);
    return name === "" ? undefined : { name, kind: keywords[found[1] as string] ?? kind, column };
  };
  if (keyed.has(language)) return as(byKey, "key");
  if (language === "shell") return as(byParentheses, "function") ?? as(byAssignment, "variable");
  if (control.test(line)) return undefined;
  const found = as(byKeyword, "function");
  if (found !== undefined) return found;
  if (language === "c" || language === "cpp") {
    const macro = as(byTag, "macro");
    if (macro !== undefined) return macro;
  }
  if (language === "objective-c") {
    return as(byMessage, "method") ?? (/;/.test(line) ? undefined : as(byAt, "class"));
  }
  if (scripted.has(language)) {
    return as(byArrow, "function") ?? as(byValue, "variable") ?? methodIn(line, as);
  }
  if (typed.has(language) && opensBody(lines, row)) {
    const shaped = as(byShape, "function");
    const head = line.slice(0, shaped?.column ?? 0);
    return shaped === undefined || head.trim() === "" || head.includes("=") ? undefined : shaped;
  }
  return language === "kotlin" || language === "swift" || language === "scala" || language === "go"
    ? as(byValue, "variable")
    : undefined;
}

/** "render(props: Props): void {" inside a class. */
function methodIn<T>(line: string, as: (pattern: RegExp, kind: "method") => T): T | undefined {
  return /^\s+[^=;]*\)\s*(?::[^={]+)?\{\s*(?:\}|return\b.*)?$/.test(line)
    ? as(byShape, "method")
    : undefined;
}

function opensBody(lines: readonly string[], row: number): boolean {
  if (/\{/.test(lines[row] as string)) return true;
  return (lines[row + 1] ?? "").trimStart().startsWith("{");
}

/** The last row that is indented below it, or closes it. */
export function endOf(lines: readonly string[], row: number): number {
  const own = indentOf(lines[row] as string);
  let last = row;
  for (let at = row + 1; at < Math.min(lines.length, row + mostBodyRows); at += 1) {
    const line = lines[at] as string;
    if (line.trim() === "") continue;
    const indent = indentOf(line);
    if (indent < own) break;
    if (indent === own) {
      if (/^\s*\{/.test(line) && at === row + 1) {
        last = at;
        continue;
      }
      return /^\s*(?:[}\])]|end\b)/.test(line) ? at : last;
    }
    last = at;
  }
  return last;
}

function indentOf(line: string): number {
  return line.length - line.trimStart().length;
}
