import type { ImportRow } from "../ports/symbols.ts";
import { isScript } from "./language-habits.ts";

/* Whether an import in one file means another file, by the habits of the language. */

/** Paths that a project gives to modules: "@/a" is "src/a". */
export interface ModuleAlias {
  /** What a module begins with, and with what it ends behind a "*". */
  prefix: string;
  suffix: string;
  isPattern: boolean;
  /** Paths with a "*" for what stands in its place; relative to the indexed folder. */
  targets: readonly string[];
  /** Folder whose files have it; "" for all. */
  folder: string;
}

type Place = Pick<ImportRow, "module" | "path">;

/** @param to path in the index */
export function importMeans(
  { module, path }: Place,
  to: string,
  language: string,
  aliases: readonly ModuleAlias[] = [],
): boolean {
  switch (language) {
    case "python":
      return pythonMeans(module, path, to);
    case "c":
    case "cpp":
      return (
        to === module ||
        to.endsWith(`/${module.replace(/^[<"]|[>"]$/g, "")}`) ||
        sameStem(module, to)
      );
    case "go":
      return goMeans(module, to);
    case "rust":
      return rustMeans(module, path, to);
    case "ruby":
    case "shell":
    case "php":
      return /[/.]/.test(module) && !/^\w+(\.\w+)*$/.test(module)
        ? fileMeans(module, path, to)
        : dottedMeans(module, to) || fileMeans(module, path, to);
    default:
      return isScript(language) ? scriptMeans(module, path, to, aliases) : dottedMeans(module, to);
  }
}

/**
 * Whether an import gives its file this name of another file, as far as the two say: itself, by its module, with all,
 * or through a package around it.
 */
export function importBrings(one: ImportRow, name: string, to: string, language: string): boolean {
  const isWhole = one.name === "" || one.name === "*";
  if ((isWhole || one.name === name) && importReaches(one, to, language)) return true;
  // "from . import util", "use crate::util": what is named may be the module.
  if (isWhole || isScript(language)) return false;
  return importReaches({ ...one, module: innerModule(one) }, to, language);
}

/** A package passes on what its own files define. */
function importReaches(place: Place, to: string, language: string): boolean {
  if (importMeans(place, to, language)) return true;
  if (language !== "python") return false;
  for (let folder = folderOf(to); folder !== ""; folder = folderOf(folder)) {
    if (pythonMeans(place.module, place.path, `${folder}/__init__.py`)) return true;
  }
  return false;
}

/** The module that an import names when what it names is a module: "from . import util", "use crate::util". */
export function innerModule({ module, name }: Pick<ImportRow, "module" | "name">): string {
  if (module === "") return name;
  return module.endsWith(".") ? `${module}${name}` : `${module}.${name}`;
}

export function folderOf(path: string): string {
  const slash = path.lastIndexOf("/");
  return slash < 0 ? "" : path.slice(0, slash);
}

function withoutExtension(path: string): string {
  return path.replace(/(\.d)?\.[^./]+$/, "");
}

/** A module, or a package that passes on what its own files define. */
function pythonMeans(module: string, from: string, to: string): boolean {
  const dots = /^\.+/.exec(module)?.[0].length ?? 0;
  const rest = module.slice(dots).replaceAll(".", "/");
  const target = withoutExtension(to).replace(/\/__init__$/, "");
  const isInit = /(^|\/)__init__\.pyi?$/.test(to);
  if (dots > 0) {
    let folder = folderOf(from);
    for (let up = 1; up < dots; up += 1) folder = folderOf(folder);
    const base = [folder, rest].filter((part) => part !== "").join("/");
    return target === base || (base === "" && isInit && to === "__init__.py");
  }
  if (rest === "") return false;
  return target === rest || target.endsWith(`/${rest}`);
}

function scriptMeans(
  module: string,
  from: string,
  to: string,
  aliases: readonly ModuleAlias[],
): boolean {
  const target = withoutExtension(to);
  const isAt = (base: string): boolean => {
    const named = base.replace(/\.[mc]?[jt]sx?$/, "");
    return [base, named].some(
      (one) => target === one || target === (one === "" ? "index" : `${one}/index`) || to === one,
    );
  };
  if (/^\.\.?(\/|$)/.test(module)) return isAt(joined(folderOf(from), module));
  const own = aliases.filter(
    ({ folder }) => folder === "" || from === folder || from.startsWith(`${folder}/`),
  );
  for (const { prefix, suffix, isPattern, targets } of own) {
    if (isPattern ? !module.startsWith(prefix) || !module.endsWith(suffix) : module !== prefix) {
      continue;
    }
    const middle = module.slice(prefix.length, module.length - suffix.length);
    if (targets.some((one) => isAt(one.replace("*", middle)))) return true;
  }
  // Habits where no file says it: "@/a" and "~/a" are below a folder of sources.
  const [, rest] = /^(?:@|~|#)\/(.+)$/.exec(module) ?? [];
  if (rest !== undefined && own.every(({ prefix }) => !module.startsWith(prefix))) {
    const named = rest.replace(/\.[mc]?[jt]sx?$/, "");
    return [named, `${named}/index`].some((one) => target === one || target.endsWith(`/${one}`));
  }
  return false;
}

export function joined(folder: string, relative: string): string {
  const parts = folder.split("/").filter(Boolean);
  for (const part of relative.split("/")) {
    if (part === "..") parts.pop();
    else if (part !== "." && part !== "") parts.push(part);
  }
  return parts.join("/");
}

/** A package is a folder; of one at the top only the last part of the module's path can be known. */
function goMeans(module: string, to: string): boolean {
  const folder = folderOf(to);
  return folder !== "" && (module === folder || module.endsWith(`/${folder}`));
}

/** "crate::a::b" is a/b.rs or a/b/mod.rs below a folder of sources, or an item inside a.rs. */
function rustMeans(module: string, from: string, to: string): boolean {
  const target = withoutExtension(to).replace(/\/mod$/, "");
  const parts = module.split(/::|\./).filter((part) => part !== "");
  const here = withoutExtension(from).replace(/\/(mod|lib|main)$/, "");
  let base: string | undefined;
  let [first] = parts;
  if (first === "self") {
    base = here;
    parts.shift();
  } else if (first === "super") {
    base = here;
    while (first === "super") {
      base = folderOf(base);
      parts.shift();
      [first] = parts;
    }
  } else if (first === "crate") {
    parts.shift();
    if (parts.length === 0) return /(^|\/)(lib|main)$/.test(target);
  }
  const rest = parts.join("/");
  if (base !== undefined) {
    const whole = [base, rest].filter((part) => part !== "").join("/");
    return (
      target === whole ||
      (rest === "" && folderOf(target) === whole && /\/(lib|main)$/.test(target))
    );
  }
  if (rest === "") return false;
  if (target === rest || target.endsWith(`/${rest}`)) return true;
  // "mod d;" beside it, and the crate's own name in front.
  const inner = parts.slice(1).join("/");
  return inner !== "" && first !== "crate" && target.endsWith(`/${inner}`);
}

function sameStem(module: string, to: string): boolean {
  const stem = (path: string): string =>
    withoutExtension(path.replace(/^[<"]|[>"]$/g, "")).replace(/^.*\//, "");
  return stem(module) === stem(to);
}

/** A header and its source: the same name, in one folder or in two of one. */
export function sameUnit(one: string, other: string): boolean {
  const top = (path: string): string =>
    folderOf(path).replace(/(^|\/)(include|inc|src|source|lib)(?=\/|$)/g, "");
  return sameStem(one, other) && (folderOf(one) === folderOf(other) || top(one) === top(other));
}

/** A path as it is written, from the file's own folder or from the top. */
function fileMeans(module: string, from: string, to: string): boolean {
  const target = withoutExtension(to);
  const named = withoutExtension(module).replace(/^\$\w+\//, "");
  const near = withoutExtension(joined(folderOf(from), module));
  const clean = named.replace(/^(\.\.?\/)+/, "").replace(/^\//, "");
  return (
    target === near ||
    to === module ||
    (clean !== "" && (target === clean || target.endsWith(`/${clean}`)))
  );
}

/** "a.b.C" or "a::b" ends in the file's own path, or in its folder. */
function dottedMeans(module: string, to: string): boolean {
  const rest = module.replace(/::|\\|\./g, "/").replace(/^\/+/, "");
  if (rest === "") return false;
  const target = withoutExtension(to);
  const folder = folderOf(target);
  return (
    target === rest ||
    target.endsWith(`/${rest}`) ||
    folder === rest ||
    folder.endsWith(`/${rest}`) ||
    // PSR-4 and its like: the first part is the name of the whole, and is no folder.
    (folder !== "" &&
      rest
        .toLowerCase()
        .endsWith(`/${folder.replace(/^.*?(src|lib|app)\//i, "").toLowerCase()}`)) ||
    rest.toLowerCase() === folder.toLowerCase()
  );
}
