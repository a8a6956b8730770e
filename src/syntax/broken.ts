/* Where a tree has errors, what is defined there is read off the lines. */
import type { Node } from "web-tree-sitter";
import type { Found } from "./definitions.ts";
import type { SyntaxLanguage } from "./languages/language.ts";
import { endOf, readBroken } from "./lines/broken.ts";

/** Whole files of another language have thousands: their lines are looked at once, whatever the number. */
const mostErrors = 2_000;

/** Adds what the lines say to what the tree found. */
export function addBroken(
  found: Map<number, Found>,
  root: Node,
  language: SyntaxLanguage,
  text: string,
): void {
  const ranges = root
    .descendantsOfType("ERROR")
    .slice(0, mostErrors)
    .map((node) => ({ from: node.startPosition.row, to: node.endPosition.row }))
    .sort((a, b) => a.from - b.from);
  if (ranges.length === 0) return;
  const lines = (language.prepare?.(text) ?? text).split("\n");
  const findings = readBroken(lines, ranges, language.name);
  if (findings.length === 0) return;
  const known = new Set<string>();
  for (const { name, headRow, startRow } of found.values()) {
    known.add(`${headRow} ${name}`).add(`${startRow} ${name}`);
  }
  const starts = lineStarts(lines);
  for (const one of findings) {
    const { name, kind, row, column, endRow } = one;
    if (known.has(`${row} ${name}`)) continue;
    const lineStart = starts[row] as number;
    const nameStart = lineStart + column;
    if (found.has(nameStart) || isText(root, nameStart)) continue;
    const start = lineStart + (lines[row] as string).search(/\S/);
    found.set(nameStart, {
      name,
      kind,
      container: undefined,
      doc: undefined,
      isLifted: false,
      pattern: Number.MAX_SAFE_INTEGER,
      nameStart,
      ownStart: start,
      start,
      headStart: start,
      end: (starts[endRow] as number) + (lines[endRow] as string).length,
      startRow: row,
      headRow: row,
      endRow,
      body: undefined,
      outer: undefined,
      lead: undefined,
    });
  }
}

/** Of what a macro's text defines the tree knows the name alone: the lines say where it begins and ends. */
export function widenInMacros(found: Map<number, Found>, lines: readonly string[]): void {
  let starts: number[] | undefined;
  for (const one of found.values()) {
    if (one.start !== one.nameStart || one.outer !== undefined || one.kind === "constant") continue;
    starts ??= lineStarts(lines);
    const line = lines[one.startRow] as string;
    const lineStart = starts[one.startRow] as number;
    const start = lineStart + line.search(/\S/);
    // What stands behind another thing on its line keeps to its name.
    if (/[{};]/.test(line.slice(0, one.nameStart - lineStart))) continue;
    const endRow = endOf(lines, one.startRow);
    const end = (starts[endRow] as number) + (lines[endRow] as string).length;
    Object.assign(one, { start, headStart: start, ownStart: start, end, endRow });
  }
}

/** What strings and comments hold is no definition. */
function isText(root: Node, at: number): boolean {
  const type = root.descendantForIndex(at)?.type ?? "";
  return /comment|string|text|heredoc|template_chars/.test(type);
}

function lineStarts(lines: readonly string[]): number[] {
  let at = 0;
  return lines.map((line) => {
    const start = at;
    at += line.length + 1;
    return start;
  });
}
