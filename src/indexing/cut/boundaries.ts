import { isProse } from "../../base/text/prose.ts";
import { beginsDefinition } from "./definitions.ts";

/**
 * How good a place each line is to begin a chunk, seen from the line and its near neighbours
 * only, so that an edit moves no boundary far from it. Lower is better:
 *
 *   0 … 81    begins a block: after a blank line (even), or at a step back in indentation, a
 *             comment or a definition (odd); twice the indentation; in prose twice the heading level, then paragraphs
 *   100 … 140 the next statement of a block
 *   150       a paragraph inside a comment or a string
 *   180       the first line of a body: parts a header from what it heads
 *   200       belongs to the line above: after a comment or decorator, inside a string
 *   255       a closing bracket, "else", or a blank line
 */
export interface Boundaries {
  /** One level per line. */
  levels: Uint8Array;
  /** 1 for comments, decorators and docstrings: they belong to what follows. */
  attached: Uint8Array;
  /** Highest level that begins a top-level block in this language. */
  topLevel: number;
}

export const neverBegins = 255;
const belongsAbove = 200;
const firstOfBody = 180;
const paragraphInside = 150;
const nextStatement = 100;
const maxColumn = 40;
/** Level of a paragraph in prose; headings are below it. */
const proseParagraph = 20;

export function findBoundaries(lines: readonly string[], language: string): Boundaries {
  return isProse(language) ? proseBoundaries(lines, language) : codeBoundaries(lines, language);
}

const hashComments: ReadonlySet<string> = new Set(
  "python ruby shell yaml toml perl r elixir julia makefile dockerfile ini nix gettext".split(" "),
);
const preprocessed: ReadonlySet<string> = new Set(["c", "cpp", "csharp", "cuda", "glsl"]);

const attaches =
  /^(@[\w$]|#\[|\/\/|#(?!\[)|--|;|\/\*|<!--|%|\(\*|template\s*<|\[[A-Z][\w.]*[(\]])/u;
const continues =
  /^([)\]}]|\{\s*$|(else|elif|elsif|elseif|except|rescue|finally|ensure|catch|end|then|do|fi|done|esac|until|of)\b|<\/|-->|\*\/)/u;
const closes = /^([)\]}]|(end|fi|done|esac)\b|<\/)/u;
const accessLabel = /^(public|private|protected|signals|slots)\b[^;]*:\s*$/u;
const directive = /^#\s*[a-z]/u;

function codeBoundaries(lines: readonly string[], language: string): Boundaries {
  const levels = new Uint8Array(lines.length).fill(neverBegins);
  const attached = new Uint8Array(lines.length);
  const slashComments = !hashComments.has(language);
  const isPreprocessed = preprocessed.has(language);
  let previousColumn = 0;
  let previousAttached = false;
  let previousCloses = false;
  let sawBlank = false;
  // Inside a comment or string over several lines: the text that ends it.
  let terminator: string | undefined;

  for (let index = 0; index < lines.length; index += 1) {
    const line = lines[index] as string;
    const text = line.trimStart();
    if (text === "") {
      sawBlank = true;
      continue;
    }
    if (terminator !== undefined) {
      const empty = sawBlank || (lines[index - 1] as string).trim() === "*";
      levels[index] = empty ? paragraphInside : belongsAbove;
      attached[index] = 1;
      sawBlank = false;
      if (text.includes(terminator)) terminator = undefined;
      continue;
    }
    let column = columnOf(line);
    if (accessLabel.test(text)) column += 2;
    const isDirective = isPreprocessed && directive.test(text);
    if (isDirective) {
      // Directives stand at the left wherever they are: they say nothing about the block.
      levels[index] = sawBlank ? (previousColumn === 0 ? 0 : nextStatement) : belongsAbove;
      sawBlank = false;
      continue;
    }
    const isContinued = continues.test(text);
    const isAttached = !isContinued && attaches.test(text);
    levels[index] = isContinued
      ? neverBegins
      : sawBlank
        ? column * 2
        : previousAttached && column >= previousColumn
          ? belongsAbove
          : column < previousColumn ||
              (column === previousColumn &&
                (previousCloses || isAttached || beginsDefinition(text)))
            ? column * 2 + 1
            : column > previousColumn
              ? firstOfBody
              : nextStatement + column;
    if (isAttached) attached[index] = 1;
    terminator = openedText(text, language, slashComments);
    if (terminator !== undefined && !text.includes("=")) attached[index] = 1;
    previousColumn = column;
    previousAttached = attached[index] === 1 && !isString(text);
    previousCloses = closes.test(text);
    sawBlank = false;
  }
  return { levels, attached, topLevel: 1 };
}

/** Indentation in columns, a tab going to the next multiple of four, at most 40. */
function columnOf(line: string): number {
  let column = 0;
  for (let index = 0; index < line.length && column < maxColumn; index += 1) {
    const unit = line.charCodeAt(index);
    if (unit === 32) column += 1;
    else if (unit === 9) column += 4 - (column % 4);
    else break;
  }
  return Math.min(column, maxColumn);
}

function isString(text: string): boolean {
  return text.startsWith('"""') || text.startsWith("'''");
}

/** What ends the comment or string that this line leaves open, if it does. */
function openedText(text: string, language: string, slashComments: boolean): string | undefined {
  if (language === "python") {
    for (const quotes of ['"""', "'''"]) {
      if ((text.split(quotes).length - 1) % 2 === 1) return quotes;
    }
    return undefined;
  }
  if (slashComments && text.startsWith("/*") && !text.includes("*/", 2)) return "*/";
  if (text.startsWith("<!--") && !text.includes("-->")) return "-->";
  return undefined;
}

const heading = /^(#{1,6}|={1,6}|\*{1,6})\s+\S/u;
const underline = /^([=\-~^"'`#*+])\1{2,}\s*$/u;
const fence = /^\s*(```|~~~)/u;
const latexHeading = /^\\(part|chapter|section|subsection|subsubsection|paragraph)\b/u;
const latexOrder = ["part", "chapter", "section", "subsection", "subsubsection", "paragraph"];

function proseBoundaries(lines: readonly string[], language: string): Boundaries {
  const levels = new Uint8Array(lines.length).fill(neverBegins);
  const attached = new Uint8Array(lines.length);
  let sawBlank = true;
  let insideFence = false;
  for (let index = 0; index < lines.length; index += 1) {
    const line = lines[index] as string;
    if (line.trim() === "") {
      sawBlank = true;
      continue;
    }
    const atFence = fence.test(line);
    if (insideFence) {
      levels[index] = sawBlank && !atFence ? nextStatement + 10 : belongsAbove;
    } else {
      const depth = headingDepth(lines, index, language, sawBlank);
      levels[index] = depth !== undefined ? depth * 2 : sawBlank ? proseParagraph : nextStatement;
      if (depth !== undefined) attached[index] = 1;
      // The underline of a heading stays with it.
      else if (index > 0 && !sawBlank && underline.test(line)) levels[index] = belongsAbove;
    }
    if (atFence) insideFence = !insideFence;
    sawBlank = false;
  }
  return { levels, attached, topLevel: 11 };
}

/** 0 to 5 when a heading begins at this line. */
function headingDepth(
  lines: readonly string[],
  index: number,
  language: string,
  sawBlank: boolean,
): number | undefined {
  const line = lines[index] as string;
  if (language === "latex") {
    const name = latexHeading.exec(line)?.[1];
    return name === undefined ? undefined : latexOrder.indexOf(name);
  }
  const mark = heading.exec(line)?.[1];
  if (mark !== undefined) {
    const wanted = language === "org" ? "*" : language === "asciidoc" ? "=" : "#";
    if (language !== "text" && mark.startsWith(wanted)) return mark.length - 1;
  }
  const below = lines[index + 1];
  if (sawBlank && below !== undefined && !underline.test(line)) {
    const character = underline.exec(below)?.[1];
    if (character !== undefined && below.trim().length >= line.trim().length / 2) {
      return character === "=" ? 0 : 1;
    }
  }
  return undefined;
}
