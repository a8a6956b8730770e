/* Which declarations in dist/ whoever imports the package can come to, from its entries on. */
import { existsSync, readFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";

/** Of imports, exports and import() types. */
const named = /(?:\bfrom\s*|\bimport\s*\(?\s*)["'](\.[^"']+)["']/g;

/** Absolute paths. @param entries of package.json's exports, relative to `root` */
export function reachedDeclarations(root: string, entries: readonly string[]): Set<string> {
  const reached = new Set<string>();
  const next = entries.map((entry) => join(root, entry));
  for (let file = next.pop(); file !== undefined; file = next.pop()) {
    if (reached.has(file)) continue;
    reached.add(file);
    for (const [, path = ""] of readFileSync(file, "utf8").matchAll(named)) {
      const other = resolve(dirname(file), path.replace(/\.[jt]s$/, ".d.ts"));
      if (existsSync(other)) next.push(other);
    }
  }
  return reached;
}
