import { isProse } from "../../base/text/prose.ts";

/** Lines at the top of a file in which a mark of a generator is looked for. */
const markLines = 8;

const shoutedMark = /\bDO NOT (EDIT|MODIFY)\b/u;
const quietMark =
  /(^|[^\w@-])@generated\b|\b(auto-?generated|generated (by|from|file|code))\b.*\bdo not (edit|modify|change)\b/iu;

/** Mean length of lines above which code was not written by a person, characters. */
const longCodeLine = 300;
/** The same for prose, where a line may be a paragraph. */
const longProseLine = 5000;
/** Short texts are taken whatever their lines are. */
const smallTextChars = 8192;

/**
 * Tells texts that a tool wrote: by a mark in a comment of the first lines, or by the mean length
 * of its lines.
 */
export function judgeGenerated(
  lines: readonly string[],
  language: string,
): "generated" | "long-lines" | undefined {
  if (!isProse(language)) {
    for (let index = 0; index < Math.min(markLines, lines.length); index += 1) {
      const line = (lines[index] as string).slice(0, 400);
      if (isComment(line) && (shoutedMark.test(line) || quietMark.test(line))) return "generated";
    }
  }
  let chars = 0;
  let filled = 0;
  for (const line of lines) {
    if (line.length === 0) continue;
    chars += line.length;
    filled += 1;
  }
  if (chars <= smallTextChars) return undefined;
  return chars / filled > (isProse(language) ? longProseLine : longCodeLine)
    ? "long-lines"
    : undefined;
}

/** Good enough for the head of a file: it starts as comments of most languages do. */
function isComment(line: string): boolean {
  return /^\s*(\/\/|\/?\*|#|--|;|%|<!--|\(\*|"""|'|\{-|REM\b|dnl\b)/iu.test(line);
}
