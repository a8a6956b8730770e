/* Imports that are written as a path, or as a tree of paths: "use a::{b, c as d}", "import a.b.*". */
import type { Import } from "../ports/syntax.ts";

type PathImport = Omit<Import, "line">;

/** Deeper ones are no code. */
const deepest = 20;
const mostImports = 500;

/** What a statement imports. `language` says how its words are meant. */
export function importsOfStatement(statement: string, language: string): PathImport[] {
  const text = statement
    .replace(/\/\/[^\n]*|\/\*[\s\S]*?\*\//g, " ")
    .replace(/\s+/g, " ")
    .trim();
  const isExport = /^pub\b/.test(text);
  const body = text
    .replace(/^(pub(\s*\([^)]*\))?\s+)?(global\s+)?(use|import|using)\s+/, "")
    .replace(/^(static|function|const|type)\s+/, "")
    .replace(/;\s*$/, "")
    .trim();
  if (language === "csharp") return ofUsing(body, /^\S*\s*using\s+static\b/.test(text));
  const found: PathImport[] = [];
  read(body, [], found, 0);
  return found.map((one) => ({ ...one, ...(isExport && { isExport }) }));
}

/** "using A.B", "using X = A.B.C". */
function ofUsing(body: string, isStatic: boolean): PathImport[] {
  const [, alias, path] = /^(\w+)\s*=\s*(.+)$/.exec(body) ?? [];
  if (alias === undefined || path === undefined) {
    return [{ module: body, name: isStatic ? "*" : "", alias: "" }];
  }
  const parts = path.replace(/<.*$/, "").split(".");
  const name = parts.pop() ?? "";
  return [{ module: parts.join("."), name, alias }];
}

function read(body: string, before: readonly string[], found: PathImport[], depth: number): void {
  if (depth > deepest) return;
  for (const one of splitList(body)) {
    if (found.length >= mostImports) return;
    const open = one.indexOf("{");
    if (open >= 0 && one.endsWith("}")) {
      const path = [...before, ...partsOf(one.slice(0, open))];
      read(one.slice(open + 1, -1), path, found, depth + 1);
      continue;
    }
    const [path = "", alias = ""] = one.split(/\s+as\s+|\s*=>\s*/);
    const parts = [...before, ...partsOf(path)];
    let name = parts.pop() ?? "";
    if (name === "_" || name === "*" || name === "given") name = "*";
    // "a::{self}" is a itself.
    if (name === "self" && before.length > 0) name = parts.pop() ?? "";
    if (name === "" || alias === "_") continue;
    found.push({ module: parts.join("."), name, alias: alias === name ? "" : alias.trim() });
  }
}

function partsOf(path: string): string[] {
  return path
    .trim()
    .split(/::|[.\\]/)
    .map((part) => part.trim().replace(/^(function|const)\s+/, ""))
    .filter((part) => part !== "");
}

/** At the commas that stand in no brackets. */
function splitList(text: string): string[] {
  const parts: string[] = [];
  let depth = 0;
  let start = 0;
  for (let at = 0; at <= text.length; at += 1) {
    const sign = text[at];
    if (sign === "{") depth += 1;
    else if (sign === "}") depth -= 1;
    else if (sign === undefined || (sign === "," && depth === 0)) {
      const part = text.slice(start, at).trim();
      if (part !== "") parts.push(part);
      start = at + 1;
    }
  }
  return parts;
}
