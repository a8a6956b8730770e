/* The names under which files hand a definition on: its own, and those of re-exports. */
import type { ImportRow, SymbolRow, SymbolTable } from "../ports/symbols.ts";
import { canUse, isScript } from "./language-habits.ts";
import { importMeans, type ModuleAlias } from "./resolve-import.ts";

/** "run" of a file, or "Job.run" where it is inside of something. */
export interface Exposure {
  path: string;
  name: string;
}

const mostExposures = 200;
const mostRows = 5_000;

export function exposuresOf(
  store: SymbolTable,
  homes: readonly SymbolRow[],
  aliases: readonly ModuleAlias[],
): Exposure[] {
  const [symbol] = homes;
  if (symbol === undefined) return [];
  const found: Exposure[] = [];
  const seen = new Set<string>();
  const add = (path: string, name: string): void => {
    const key = `${path}\n${name}`;
    if (seen.has(key) || found.length >= mostExposures) return;
    seen.add(key);
    found.push({ path, name });
  };
  for (const { path, name, container } of homes) {
    add(path, name);
    if (container !== "") add(path, `${container}.${name}`);
  }
  // The list grows while it is gone through.
  for (let at = 0; at < found.length; at += 1) {
    const { path, name } = found[at] as Exposure;
    const [first = "", ...rest] = name.split(".");
    const end = rest.map((part) => `.${part}`).join("");
    for (const row of store.importsNamed([first, "*", ...(end === "" ? [""] : [])], mostRows)) {
      if (!canUse(row.language, symbol.language) || !handsOn(row)) continue;
      const isHere =
        row.module === "" ? row.path === path : importMeans(row, path, symbol.language, aliases);
      if (!isHere) continue;
      if (row.name === first) add(row.path, `${row.alias === "" ? first : row.alias}${end}`);
      else if (row.name === "*" && first !== "default") add(row.path, name);
    }
    if (isScript(symbol.language)) {
      addNamespaces(store, { path, name }, symbol.language, aliases, add);
    }
  }
  return found;
}

/** "export * as ns from". */
function addNamespaces(
  store: SymbolTable,
  { path, name }: Exposure,
  language: string,
  aliases: readonly ModuleAlias[],
  add: (path: string, name: string) => void,
): void {
  for (const row of store.importsNamed([""], mostRows)) {
    if (!row.isExport || row.alias === "" || !importMeans(row, path, language, aliases)) continue;
    add(row.path, `${row.alias}.${name}`);
  }
}

/** Whether who imports the file has what it imports. */
function handsOn(row: ImportRow): boolean {
  if (row.isExport) return true;
  return row.language === "python";
}
