import type { ImportRow } from "../ports/symbols.ts";
import { isScript } from "./language-habits.ts";
import { importMeans, innerModule, type ModuleAlias } from "./resolve-import.ts";

/** Whether an import gives its file this name of another file: itself, by its module, or with all. */
export function importBrings(
  one: ImportRow,
  name: string,
  to: string,
  language: string,
  aliases: readonly ModuleAlias[] = [],
): boolean {
  const isWhole = one.name === "" || one.name === "*";
  const isNamed = isWhole || one.name === name || one.name === "default";
  if (isNamed && importMeans(one, to, language, aliases)) return true;
  // What is named may be the module: "from . import util", "use crate::util".
  if (isWhole || isScript(language)) return false;
  return importMeans({ path: one.path, module: innerModule(one) }, to, language, aliases);
}
