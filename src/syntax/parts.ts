/*
 * Files that hold parts in other languages: components, pages, notebooks. Each language's parts are parsed together, as
 * a text as long as the file with all else blank, so that every place is one of the file. What they define and use is
 * said as of one file.
 */
import { createHash } from "node:crypto";
import type { Definition, ParsedFile, ParseOutcome, Reference } from "../ports/syntax.ts";

export interface Part {
  language: string;
  /** A name by which the grammar is chosen where a language has two. */
  path: string;
  text: string;
  /** Only its uses count: expressions of a template define nothing. */
  usesOnly?: boolean | undefined;
}

/** Languages that are nothing but their parts. */
export const hasParts: ReadonlySet<string> = new Set(["astro", "jupyter", "svelte", "vue"]);

interface SourceFile {
  path: string;
  language: string;
  text: string;
}

/** The parts of a file; undefined: it is one whole. */
export function partsOf(file: SourceFile): Part[] | undefined {
  const { language, path, text } = file;
  switch (language) {
    case "vue":
    case "svelte":
      return [...taggedParts(text, "javascript"), ...templatePart(text, language)];
    case "astro": {
      const front = /^\s*---[^\S\n]*\r?\n([\s\S]*?)\n---[^\S\n]*(?:\r?\n|$)/.exec(text);
      const rest = front === null ? text : blank(text, 0, front[0].length);
      const begin = front === null ? 0 : front[0].indexOf("---") + 3;
      const parts = taggedParts(rest, "typescript");
      if (front !== null) {
        // The frontmatter's own part comes first, and is joined with scripts of its language.
        const own = keep(text, [[begin, begin + 1 + (front[1] as string).length + 1]]);
        parts.unshift({ language: "typescript", path: "front.ts", text: own });
      }
      return [...parts, ...templatePart(rest, language)];
    }
    case "html": {
      const parts = taggedParts(text, "javascript");
      return parts.length === 0 ? undefined : [{ language, path, text }, ...parts];
    }
    case "ruby":
      return /\.(erb|rhtml)$/i.test(path)
        ? [{ language, path: "view.rb", text: codeOfErb(text) }]
        : undefined;
    case "jupyter":
      return notebookParts(text);
    default:
      return undefined;
  }
}

/** Replaced by spaces, line ends kept. */
function blank(text: string, from: number, to: number): string {
  return text.slice(0, from) + spaces(text.slice(from, to)) + text.slice(to);
}

function spaces(text: string): string {
  return text.replace(/[^\n]/g, " ");
}

/** The text with only these ranges, which are in their order. */
function keep(text: string, ranges: readonly (readonly [number, number])[]): string {
  let kept = "";
  let at = 0;
  for (const [from, to] of ranges) {
    kept += spaces(text.slice(at, from)) + text.slice(from, to);
    at = to;
  }
  return kept + spaces(text.slice(at));
}

const opening = /<!--|<(script|style)\b((?:[^>"']|"[^"]{0,500}"|'[^']{0,500}'){0,400})>/gi;

interface Tagged {
  from: number;
  to: number;
  tag: string;
  attributes: string;
  body: [number, number];
}

/** Scripts, styles and comments, in their order. What is not closed is none, and is looked for once. */
function taggedIn(text: string): Tagged[] {
  const folded = text.toLowerCase();
  const unclosed = new Set<string>();
  const found: Tagged[] = [];
  opening.lastIndex = 0;
  for (let match = opening.exec(text); match !== null; match = opening.exec(text)) {
    const tag = match[1]?.toLowerCase() ?? "";
    const close = tag === "" ? "-->" : `</${tag}`;
    const end = unclosed.has(close) ? -1 : folded.indexOf(close, opening.lastIndex);
    if (end < 0) {
      unclosed.add(close);
      continue;
    }
    const behind = tag === "" ? end + close.length : folded.indexOf(">", end) + 1 || text.length;
    const body: [number, number] = [opening.lastIndex, end];
    found.push({ from: match.index, to: behind, tag, attributes: match[2] ?? "", body });
    opening.lastIndex = behind;
  }
  return found;
}

/** The text with scripts, styles and comments blanked out. */
function markupOf(text: string): string {
  let shown = "";
  let at = 0;
  for (const { from, to } of taggedIn(text)) {
    shown += text.slice(at, from) + spaces(text.slice(from, to));
    at = to;
  }
  return shown + text.slice(at);
}

/** Scripts and styles by their languages. */
function taggedParts(text: string, plainScript: string): Part[] {
  const ranges = new Map<string, [number, number][]>();
  for (const { tag, attributes, body } of taggedIn(text)) {
    if (tag === "" || text.slice(...body).trim() === "") continue;
    const language = languageOfTag(tag, attributes, plainScript);
    if (language === undefined) continue;
    const known = ranges.get(language);
    if (known === undefined) ranges.set(language, [body]);
    else known.push(body);
  }
  return [...ranges].map(([name, kept]) => {
    const [language = "", ending = ""] = name.split(".");
    return { language, path: `part.${ending}`, text: keep(text, kept) };
  });
}

/** "typescript.tsx": a language and the ending that its files have; undefined for data and what has no grammar. */
function languageOfTag(tag: string, attributes: string, plainScript: string): string | undefined {
  const lang = /\blang\s*=\s*["']?([\w-]+)/i.exec(attributes)?.[1]?.toLowerCase();
  if (tag === "style")
    return lang === undefined || lang === "css" || lang === "postcss" ? "css.css" : undefined;
  const type = /\btype\s*=\s*["']?([\w/+.-]+)/i.exec(attributes)?.[1]?.toLowerCase() ?? "";
  if (lang === "ts" || lang === "typescript" || /typescript/.test(type)) return "typescript.ts";
  if (lang === "tsx") return "typescript.tsx";
  if (lang !== undefined && lang !== "js" && lang !== "jsx" && lang !== "javascript")
    return undefined;
  const isScript = type === "" || type === "module" || /(java|ecma)script|babel|jsx/.test(type);
  if (!isScript) return undefined;
  return plainScript === "typescript" ? "typescript.ts" : "javascript.js";
}

/** What a template's expressions use: handlers, bound values and text between braces, each a statement of its own. */
function templatePart(text: string, language: string): Part[] {
  const markup = markupOf(text);
  const signs = spaces(markup).split("");
  let found = false;
  const put = (from: number, code: string): void => {
    for (let at = 0; at < code.length; at += 1) {
      if (markup[from + at] !== "\n") signs[from + at] = code[at] as string;
    }
    found = true;
  };
  const expression =
    language === "vue"
      ? /(?:\s(?:[@:#]|v-[a-z]+)[\w.:\-[\]]*\s*=\s*)"([^"]{0,400})"|\{\{([\s\S]{0,400}?)\}\}/g
      : /\{([^{}]*(?:\{[^{}]*\}[^{}]*)*)\}/g;
  for (const match of markup.matchAll(expression)) {
    const code = match[1] ?? match[2] ?? "";
    const from = match.index + match[0].lastIndexOf(code);
    // "{#if x}", "{@html y}" and "{:else if z}" are words of Svelte before an expression.
    const plain = code
      .replace(/^\s*[#@:/](?:else\s+if|\w+)/, spaces)
      .replace(/\bas\s+[\w,\s()[\]{}.]+$/, spaces);
    if (plain.trim() === "" || /^\s*(?:\/[*/]|\.\.\.)/.test(plain)) continue;
    put(from - 1, `;${plain};`);
  }
  if (!found) return [];
  return [{ language: "typescript", path: "template.ts", text: signs.join(""), usesOnly: true }];
}

/** What stands between "<%" and "%>". */
function codeOfErb(text: string): string {
  const ranges: [number, number][] = [];
  const ends: number[] = [];
  for (const match of text.matchAll(/<%(?![%#])[-=]*([\s\S]{0,800}?)-?%>/g)) {
    const code = match[1] as string;
    const from = match.index + match[0].indexOf(code, 2);
    ranges.push([from, from + code.length]);
    ends.push(from + code.length);
  }
  const signs = keep(text, ranges).split("");
  for (const end of ends) if (signs[end] !== "\n") signs[end] = ";";
  return signs.join("");
}

const cellMark = /^# %%(?: \[([^\]]*)\])?$/;
/** Magics whose cell is still code of the kernel. */
const codeMagic = /^\s*%%(time|timeit|capture|prun|debug)\b/;

/** Cells by their languages; lines that are told to the notebook and not to the language are left out. */
function notebookParts(text: string): Part[] {
  const lines = text.split("\n");
  const texts = new Map<string, string[]>();
  let language = "";
  let isFirst = false;
  let isOther = false;
  lines.forEach((line, row) => {
    const mark = cellMark.exec(line);
    if (mark !== null) {
      language = mark[1] ?? "python";
      isFirst = true;
      isOther = false;
      return;
    }
    if (language === "" || language === "raw" || line === "") return;
    if (isFirst && line.startsWith("%%")) isOther = !codeMagic.test(line);
    isFirst = false;
    if (isOther) return;
    const isTold = language !== "markdown" && /^\s*[%!?]|^[\w.]+\?{1,2}\s*$/.test(line);
    let kept = texts.get(language);
    if (kept === undefined) {
      kept = new Array<string>(lines.length).fill("");
      texts.set(language, kept);
    }
    kept[row] = isTold ? "" : line;
  });
  const prose = texts.get("markdown");
  if (prose !== undefined) {
    // A section goes on over the cells of code below it.
    lines.forEach((line, row) => {
      if (line !== "" && prose[row] === "" && !cellMark.test(line)) prose[row] = ".";
    });
  }
  return [...texts].map(([name, kept]) => ({
    language: kernelLanguages[name] ?? name,
    path: `cells.${name}`,
    text: kept.join("\n"),
  }));
}

const kernelLanguages: Readonly<Record<string, string>> = {
  bash: "shell",
  "c#": "csharp",
  "c++": "cpp",
  "c++11": "cpp",
  "c++14": "cpp",
  "c++17": "cpp",
  "f#": "fsharp",
  ir: "r",
  python3: "python",
  sagemath: "python",
};

/** One file's parse out of those of its parts. Those that failed are missing, unless all did. */
export function mergeParts(
  file: SourceFile,
  parts: readonly Part[],
  outcomes: readonly ParseOutcome[],
): ParseOutcome {
  const parsed = outcomes.flatMap((one, at) =>
    "parsed" in one ? [{ of: parts[at] as Part, ...one.parsed }] : [],
  );
  const failure = outcomes.find((one) => "failed" in one && one.failed !== "no-grammar");
  if (parsed.length === 0 && failure !== undefined) return failure;
  const component = componentOf(file);
  const definitions: { one: Definition; part: number; index: number }[] = [];
  for (const [part, { of, definitions: own }] of parsed.entries()) {
    if (of.usesOnly === true) continue;
    for (const [index, one] of own.entries()) definitions.push({ one, part, index });
  }
  definitions.sort(
    (a, b) =>
      a.one.startLine - b.one.startLine ||
      b.one.endLine - a.one.endLine ||
      a.part - b.part ||
      a.index - b.index,
  );
  const offset = component === undefined ? 0 : 1;
  const places = new Map(
    definitions.map(({ part, index }, at) => [`${part} ${index}`, at + offset]),
  );
  const outside = component === undefined ? -1 : 0;
  const references = parsed.flatMap((one, part) =>
    one.references.map((use) => ({
      ...use,
      within:
        (one.of.usesOnly === true ? undefined : places.get(`${part} ${use.within}`)) ?? outside,
    })),
  );
  const merged: ParsedFile = {
    definitions: [
      ...(component === undefined ? [] : [component]),
      ...definitions.map(({ one }) => one),
    ],
    references: [...references, ...componentUses(file, outside)].sort((a, b) => a.line - b.line),
    imports: parsed.flatMap(({ imports }) => imports),
    hasErrors:
      failure !== undefined ||
      parsed.some(({ of, hasErrors }) => of.usesOnly !== true && hasErrors),
  };
  return { parsed: merged };
}

/** A component is named by its file, where that is a name people give to components: "SaveButton.vue", "save-button.vue". */
function componentOf({ path, language, text }: SourceFile): Definition | undefined {
  if (!/^(vue|svelte|astro)$/.test(language)) return undefined;
  const stem = path.slice(path.lastIndexOf("/") + 1).replace(/\.\w+$/, "");
  if (!/^([A-Z][\w]*|[a-z][\w]*(-[\w]+)+)$/.test(stem)) return undefined;
  const lines = text.split("\n");
  return {
    name: stem,
    kind: "class",
    container: "",
    signature: `component ${stem}`,
    doc: "",
    startLine: 1,
    headLine: 1,
    endLine: Math.max(1, lines.length - (lines.at(-1) === "" ? 1 : 0)),
    visibility: "public",
    bodyHash: createHash("sha256").update(text.replace(/\s+/g, " ")).digest("hex").slice(0, 16),
  };
}

const mostUses = 5_000;

/** Components that a template names: "<SaveButton", and "<save-button" of Vue, which is the same. */
function componentUses({ language, text }: SourceFile, within: number): Reference[] {
  if (!/^(vue|svelte|astro)$/.test(language)) return [];
  const markup = markupOf(text);
  const uses: Reference[] = [];
  let line = 1;
  let at = 0;
  for (const match of markup.matchAll(/<([A-Z][\w.]*|[a-z]\w*(?:-\w+)+)(?=[\s/>])/g)) {
    for (; at < match.index; at += 1) if (markup[at] === "\n") line += 1;
    const written = match[1] as string;
    const name = /^[a-z]/.test(written)
      ? written.replace(/(?:^|-)(\w)/g, (_, letter: string) => letter.toUpperCase())
      : written.slice(written.lastIndexOf(".") + 1);
    if (uses.length < mostUses) uses.push({ name, kind: "call", line, within });
  }
  return uses;
}
