import type { ParsedFile } from "../../ports/syntax.ts";
import { lineDefinition } from "./line-definition.ts";

const heading = /^ {0,3}(#{1,6})[ \t]/;
const underline = /^ {0,3}(=+|-{2,})[ \t]*$/;
/** Names of containers are cut: each stands in all that is below it. */
const mostNameChars = 200;
/** Longer ones are no front matter. */
const mostFrontRows = 500;
const fence = /^ {0,3}(```+|~~~+)/;

/** Sections by their headings, each holding those of lower rank that follow it. */
export function markdownSections(text: string): ParsedFile {
  const lines = text.split("\n").map((line) => line.replace(/\r$/, ""));
  const heads: { name: string; level: number; row: number }[] = [];
  let open: string | undefined;
  let isComment = false;
  const first = afterFrontMatter(lines);
  lines.forEach((line, row) => {
    if (row < first) return;
    const mark = fence.exec(line)?.[1];
    if (mark !== undefined) {
      if (open === undefined) open = mark[0];
      else if (mark.startsWith(open)) open = undefined;
      return;
    }
    if (open !== undefined) return;
    // A comment of HTML that ends below.
    if (isComment || /^ {0,3}<!--/.test(line)) {
      isComment = !line.includes("-->");
      return;
    }
    const hashes = heading.exec(line);
    const name = hashes === null ? "" : headingName(line.slice(hashes[0].length));
    if (name !== "") {
      heads.push({ name, level: (hashes?.[1] ?? "").length, row });
      return;
    }
    const under = underline.exec(line)?.[1];
    const above = row === first ? "" : (lines[row - 1] ?? "").trim();
    if (under === undefined || above === "" || /^([-*+>|#]|\d+[.)])/.test(above)) return;
    heads.push({ name: above, level: under.startsWith("=") ? 1 : 2, row: row - 1 });
  });
  const ends = endRows(heads, lines.length);
  const path: { name: string; level: number }[] = [];
  const definitions = heads.map(({ name, level, row }, index) => {
    while ((path.at(-1)?.level ?? 0) >= level) path.pop();
    const container = path.map((one) => one.name).join(".");
    path.push({ name: name.slice(0, mostNameChars), level });
    const endRow = ends[index] as number;
    return lineDefinition(lines, { name, kind: "section", container, row, endRow });
  });
  return { definitions, references: [], imports: [], hasErrors: false };
}

/** Behind the keys of YAML or TOML that a file may begin with. */
function afterFrontMatter(lines: readonly string[]): number {
  const mark = /^(---|\+\+\+)\s*$/.exec(lines[0] ?? "")?.[1];
  if (mark === undefined) return 0;
  const end = lines.slice(1, mostFrontRows).findIndex((line) => line.trimEnd() === mark);
  const isKeys = end > 0 && /^[\w"'-]+\s*[:=]|^#/.test(lines[1] ?? "");
  return isKeys ? end + 2 : 0;
}

/** Without the spaces around it, and the signs that close it. */
function headingName(text: string): string {
  let to = text.length;
  while (to > 0 && text[to - 1] === "#") to -= 1;
  return text.slice(0, to).trim();
}

/** The last row of each section: before the next heading that is not below it. From the end, each is looked at once. */
function endRows(heads: readonly { level: number; row: number }[], rows: number): number[] {
  const ends: number[] = [];
  /** Row of the next heading of each level, 1 to 6. */
  const next = new Array<number>(7).fill(rows);
  for (let index = heads.length - 1; index >= 0; index -= 1) {
    const { level, row } = heads[index] as { level: number; row: number };
    ends[index] = Math.min(...next.slice(1, level + 1)) - 1;
    next[level] = row;
  }
  return ends;
}
