import type { ParsedFile } from "../../ports/syntax.ts";
import { lineDefinition } from "./line-definition.ts";

const heading = /^ {0,3}(#{1,6})[ \t]+(.+?)[ \t]*#*$/;
const underline = /^ {0,3}(=+|-{2,})[ \t]*$/;
const fence = /^ {0,3}(```+|~~~+)/;

/** Sections by their headings, each holding those of lower rank that follow it. */
export function markdownSections(text: string): ParsedFile {
  const lines = text.split("\n").map((line) => line.replace(/\r$/, ""));
  const heads: { name: string; level: number; row: number }[] = [];
  let open: string | undefined;
  lines.forEach((line, row) => {
    const mark = fence.exec(line)?.[1];
    if (mark !== undefined) {
      if (open === undefined) open = mark[0];
      else if (mark.startsWith(open)) open = undefined;
      return;
    }
    if (open !== undefined) return;
    const hashes = heading.exec(line);
    if (hashes !== null) {
      heads.push({ name: hashes[2] as string, level: (hashes[1] as string).length, row });
      return;
    }
    const under = underline.exec(line)?.[1];
    const above = (lines[row - 1] ?? "").trim();
    if (under === undefined || above === "" || /^([-*+>|#]|\d+[.)])/.test(above)) return;
    heads.push({ name: above, level: under.startsWith("=") ? 1 : 2, row: row - 1 });
  });
  const path: { name: string; level: number }[] = [];
  const definitions = heads.map(({ name, level, row }, index) => {
    while ((path.at(-1)?.level ?? 0) >= level) path.pop();
    const container = path.map((one) => one.name).join(".");
    path.push({ name, level });
    const next = heads.slice(index + 1).find((one) => one.level <= level);
    const endRow = (next?.row ?? lines.length) - 1;
    return lineDefinition(lines, { name, kind: "section", container, row, endRow });
  });
  return { definitions, references: [], imports: [], hasErrors: false };
}
