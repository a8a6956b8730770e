import type { Definition } from "../../ports/syntax.ts";
import { type Boundaries, neverBegins } from "./boundaries.ts";

/** Definitions of these kinds are units a chunk can be made of; the others stay with their neighbours. */
const units: ReadonlySet<string> = new Set([
  "function",
  "method",
  "constructor",
  "class",
  "interface",
  "struct",
  "trait",
  "enum",
  "module",
  "namespace",
  "macro",
  "section",
  "rule",
]);

/** A belonging line: comments, decorators, and what is inside a signature or a string. */
const belongsAbove = 200;
const mostColumns = 40;

/**
 * Corrects boundaries that were read off the lines by what the syntax tree knows: a chunk begins
 * with a definition's comment, never between that and its head, and what follows a definition may
 * begin one. Inside a definition's body the lines still decide.
 */
export function refineBoundaries(
  boundaries: Boundaries,
  definitions: readonly Definition[],
  lines: readonly string[],
): { boundaries: Boundaries; unitLines: ReadonlySet<number> } {
  const levels = boundaries.levels.slice();
  const attached = boundaries.attached.slice();
  const unitLines = new Set<number>();
  for (const { kind, startLine, headLine, endLine, signature } of definitions) {
    if (!units.has(kind) || startLine > lines.length) continue;
    // A heading of HTML is its own line alone: what follows belongs to it.
    if (kind === "section" && /^<(h[1-6]|title)\b/i.test(signature)) continue;
    const start = startLine - 1;
    const column = columnOf(lines[start] as string);
    // Even: as after a blank line.
    levels[start] = Math.min(levels[start] as number, column * 2);
    for (let line = start; line < headLine - 1; line += 1) {
      attached[line] = 1;
      if (line > start) levels[line] = Math.max(levels[line] as number, belongsAbove);
    }
    if (headLine > startLine) levels[headLine - 1] = belongsAbove;
    unitLines.add(start);
    const after = nextFilled(lines, endLine);
    if (after === undefined) continue;
    const level = levels[after] as number;
    if (level !== neverBegins)
      levels[after] = Math.min(level, columnOf(lines[after] as string) * 2 + 1);
  }
  return { boundaries: { ...boundaries, levels, attached }, unitLines };
}

function nextFilled(lines: readonly string[], from: number): number | undefined {
  for (let line = from; line < lines.length; line += 1) {
    if ((lines[line] as string).trim() !== "") return line;
  }
  return undefined;
}

function columnOf(line: string): number {
  let column = 0;
  for (const letter of line) {
    if (letter === " ") column += 1;
    else if (letter === "\t") column += 4 - (column % 4);
    else break;
  }
  return Math.min(column, mostColumns);
}
