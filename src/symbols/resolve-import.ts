import type { ImportRow } from "../ports/symbols.ts";

/* Whether an import in one file means another file, by the habits of the language. */

/** Whether an import gives its file this name of another file: itself, by its module, or with all. */
export function importBrings(one: ImportRow, name: string, to: string, language: string): boolean {
  const { module, path } = one;
  const whole = one.name === "" || one.name === "*";
  if ((whole || one.name === name) && importMeans(module, path, to, language)) return true;
  // "from . import util", "use crate::util": what is named may be the module.
  if (whole) return false;
  const inner = module.endsWith(".") ? `${module}${one.name}` : `${module}.${one.name}`;
  return language !== "typescript" && language !== "javascript"
    ? importMeans(inner, path, to, language)
    : false;
}

/** @param module as written; `from` and `to` are paths in the index */
export function importMeans(module: string, from: string, to: string, language: string): boolean {
  switch (language) {
    case "python":
      return pythonMeans(module, from, to);
    case "typescript":
    case "javascript":
      return scriptMeans(module, from, to);
    case "c":
    case "cpp":
      return (
        to === module ||
        to.endsWith(`/${module.replace(/^[<"]|[>"]$/g, "")}`) ||
        sameStem(module, to)
      );
    case "go":
      return (
        folderOf(to) !== "" && (module === folderOf(to) || module.endsWith(`/${folderOf(to)}`))
      );
    default:
      return dottedMeans(module, to);
  }
}

function folderOf(path: string): string {
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
  if (dots > 0) {
    let folder = folderOf(from);
    for (let up = 1; up < dots; up += 1) folder = folderOf(folder);
    const base = [folder, rest].filter((part) => part !== "").join("/");
    return target === base || target.startsWith(base === "" ? "" : `${base}/`);
  }
  if (rest === "") return false;
  return (
    target === rest ||
    target.endsWith(`/${rest}`) ||
    target.startsWith(`${rest}/`) ||
    target.includes(`/${rest}/`)
  );
}

function scriptMeans(module: string, from: string, to: string): boolean {
  if (!module.startsWith(".")) return false;
  const parts = folderOf(from).split("/").filter(Boolean);
  for (const part of module.split("/")) {
    if (part === "..") parts.pop();
    else if (part !== "." && part !== "") parts.push(part);
  }
  const base = parts.join("/");
  const target = withoutExtension(to);
  const named = withoutExtension(base);
  return [base, named].some((one) => target === one || target === `${one}/index` || to === one);
}

function sameStem(module: string, to: string): boolean {
  const stem = (path: string): string =>
    withoutExtension(path.replace(/^[<"]|[>"]$/g, "")).replace(/^.*\//, "");
  return stem(module) === stem(to);
}

/** "a.b.C" or "a::b" ends in the file's own path. */
function dottedMeans(module: string, to: string): boolean {
  const rest = module.replace(/::|\\|\./g, "/").replace(/^(crate|self|super)\//, "");
  const target = withoutExtension(to);
  return target === rest || target.endsWith(`/${rest}`) || folderOf(target).endsWith(rest);
}
