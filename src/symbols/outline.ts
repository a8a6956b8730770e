import { HaypileError } from "../base/errors.ts";
import type { FileOutline, OutlineEntry, OutlineOptions } from "../ports/answers/definitions.ts";
import type { SymbolRow, SymbolTable } from "../ports/symbols.ts";

/**
 * The definitions of a file, or of every file of a folder, in the order of their lines.
 *
 * @param path relative to the indexed folder; "" for all of it
 * @throws HaypileError HAYPILE_PATH_MISSING when nothing below it is indexed
 */
export function outline(
  store: SymbolTable,
  path: string,
  options: OutlineOptions = {},
): { files: FileOutline[]; filesLeftOut: number } {
  const clean = path.replace(/^(\.\/)+/, "").replace(/\/+$/, "");
  const folder = clean === "." ? "" : clean;
  const { maxFiles = 200 } = options;
  const paths = store.pathsBelow(folder, 1_000_000);
  if (paths.length === 0) {
    throw new HaypileError(
      "HAYPILE_PATH_MISSING",
      `Expected an indexed file or folder, but the index holds nothing at ${path || "."}. Check the path, or run "haypile index".`,
      { data: { path } },
    );
  }
  const isFile = paths.length === 1 && paths[0] === folder;
  const depth = options.depth ?? (isFile ? Number.POSITIVE_INFINITY : 0);
  const shown = paths.slice(0, maxFiles);
  const files = shown.map((one) => ({
    path: one,
    definitions: withDepth(store.definitionsIn(one) ?? []).filter((entry) => entry.depth <= depth),
  }));
  return { files, filesLeftOut: paths.length - shown.length };
}

function withDepth(definitions: readonly SymbolRow[]): OutlineEntry[] {
  const open: SymbolRow[] = [];
  return definitions.map((one) => {
    while (open.length > 0 && (open.at(-1) as SymbolRow).endLine < one.startLine) open.pop();
    // Two things that share a line are side by side.
    while (open.length > 0 && (open.at(-1) as SymbolRow).endLine < one.endLine) open.pop();
    const depth = open.length;
    open.push(one);
    return { ...one, depth };
  });
}
