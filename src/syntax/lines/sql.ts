import type { DefinitionKind, ParsedFile } from "../../ports/syntax.ts";
import { lineDefinition } from "./line-definition.ts";

const create =
  /^\s*create\s+(?:or\s+replace\s+)?(?:(?:temp|temporary|unlogged|unique|materialized|global|local|recursive|virtual)\s+)*(table|view|function|procedure|trigger|index|type|schema|sequence)\s+(?:if\s+not\s+exists\s+)?((?:["`[]?[\w$]+["`\]]?\.)?["`[]?[\w$]+)/i;

const kinds: Readonly<Record<string, DefinitionKind>> = {
  table: "struct",
  view: "struct",
  function: "function",
  procedure: "function",
  trigger: "function",
  type: "type",
  schema: "namespace",
};

/** What CREATE statements make; each ends before the next one. */
export function sqlDefinitions(text: string): ParsedFile {
  const lines = text.split("\n");
  const heads: { name: string; kind: DefinitionKind; row: number }[] = [];
  lines.forEach((line, row) => {
    const found = create.exec(line.length > 2000 ? line.slice(0, 2000) : line);
    if (found === null) return;
    const name = (found[2] as string).replace(/["`[\]]/g, "");
    heads.push({ name, kind: kinds[(found[1] as string).toLowerCase()] ?? "variable", row });
  });
  const definitions = heads.map(({ name, kind, row }, index) => {
    const endRow = (heads[index + 1]?.row ?? lines.length) - 1;
    return lineDefinition(lines, { name, kind, container: "", row, endRow });
  });
  return { definitions, references: [], imports: [], hasErrors: false };
}
