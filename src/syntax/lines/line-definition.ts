import { createHash } from "node:crypto";
import type { Definition, DefinitionKind } from "../../ports/syntax.ts";

/** A definition that is a range of lines. Rows are 0-based; `endRow` is its last. */
export function lineDefinition(
  lines: readonly string[],
  one: { name: string; kind: DefinitionKind; container: string; row: number; endRow: number },
  doc = "",
): Definition {
  let last = one.endRow;
  while (last > one.row && (lines[last] as string).trim() === "") last -= 1;
  const text = lines.slice(one.row, last + 1).join("\n");
  return {
    name: one.name.slice(0, 200),
    kind: one.kind,
    container: one.container,
    signature: (lines[one.row] as string).trim().slice(0, 300),
    doc,
    startLine: one.row + 1,
    headLine: one.row + 1,
    endLine: last + 1,
    visibility: "public",
    bodyHash: createHash("sha256").update(text.replace(/\s+/g, " ")).digest("hex").slice(0, 16),
  };
}
