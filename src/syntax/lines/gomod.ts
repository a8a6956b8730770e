import type { ParsedFile } from "../../ports/syntax.ts";
import { lineDefinition } from "./line-definition.ts";

/** The module that a go.mod names: what the paths of its packages begin with. */
export function goModule(text: string): ParsedFile {
  const lines = text.split("\n");
  const row = lines.findIndex((line) => /^\s*module\s+\S/.test(line.slice(0, 500)));
  const name = row < 0 ? undefined : /^\s*module\s+"?([^\s"]+)/.exec(lines[row] as string)?.[1];
  const definitions =
    name === undefined
      ? []
      : [lineDefinition(lines, { name, kind: "module", container: "", row, endRow: row })];
  return { definitions, references: [], imports: [], hasErrors: false };
}
