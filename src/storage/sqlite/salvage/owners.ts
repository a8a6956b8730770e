/* Which table a page belongs to, as far as the way from the table's root can be followed. */
import type { PageFile } from "./page-file.ts";
import {
  cellsOf,
  childrenOf,
  headerAt,
  indexInterior,
  rowOf,
  tableInterior,
  tableLeaf,
} from "./records.ts";

/** Deeper trees are damaged ones: the way goes in a circle. */
const deepest = 20;

/** Roots of tables by name, as the schema on the first pages says. */
export function rootsOf(file: PageFile): Map<string, number> {
  const roots = new Map<string, number>();
  for (const page of leavesFrom(file, 1)) {
    const bytes = file.page(page);
    if (bytes[headerAt(page)] !== tableLeaf) continue;
    for (const place of cellsOf(bytes, page, file.usable)) {
      const [type, name, , root] = rowOf(file, bytes, page, place, true)?.values ?? [];
      if (type === "table" && typeof name === "string" && typeof root === "number" && root > 1) {
        roots.set(name, root);
      }
    }
  }
  return roots;
}

/** Pages of a tree that can be reached: leaves, and of an index those above them, which hold rows as well. */
export function leavesFrom(file: PageFile, root: number): number[] {
  const found: number[] = [];
  const seen = new Set<number>();
  const visit = (page: number, depth: number): void => {
    if (page < 1 || page > file.pageCount || seen.has(page) || depth > deepest) return;
    seen.add(page);
    const bytes = file.page(page);
    const type = bytes[headerAt(page)];
    if (type !== tableInterior) found.push(page);
    if (type !== tableInterior && type !== indexInterior) return;
    for (const child of childrenOf(bytes, page, file.usable)) visit(child, depth + 1);
  };
  visit(root, 0);
  return found;
}
