import type { ParsedFile } from "../../ports/syntax.ts";
import { Collector, type FoundInLines } from "./collect.ts";

/** Functions with their clauses, records with their fields, macros and types: a form ends with a full stop. */
export function erlangDefinitions(text: string): ParsedFile {
  const found = new Collector(text, "erlang");
  const exported = new Set(
    [...text.matchAll(/^-export\(\[([^\]]{0,5000})\]/gm)].flatMap(([, list = ""]) =>
      [...list.matchAll(/('[^'\n]*'|[a-z][\w@]*)\s*\/\s*\d+/g)].map(([, name = ""]) => name),
    ),
  );
  const exportsAll = /^-compile\([^)]{0,500}export_all/m.test(text);
  let spec: { name: string; row: number } | undefined;
  for (const form of formsOf(found.lines)) {
    const { row, endRow } = form;
    const at = { container: "", row, endRow };
    const said = spec;
    spec = undefined;
    for (const [line, shown] of form.lines.entries()) uses(shown, row + line, found);
    const attribute = /^-\s*([a-z_]+)\s*\(?\s*('[^'\n]*'|\??[A-Za-z_][\w@.]*)?/.exec(form.text);
    if (attribute !== null) {
      const [, word = "", name = ""] = attribute;
      if (word === "spec") spec = { name, row };
      else if (word === "module") found.define({ ...at, name, kind: "module" });
      else if (word === "record") record(form, name, found);
      else if (word === "define") found.define({ ...at, name, kind: "macro" });
      else if (word === "type" || word === "opaque" || word === "nominal")
        found.define({ ...at, name, kind: "type" });
      else if (word === "callback") found.define({ ...at, name, kind: "declaration" });
      else if (word === "include" || word === "include_lib") {
        found.import(/"([^"]+)"/.exec(form.text)?.[1] ?? "", row);
      } else if (word === "behaviour" || word === "behavior") found.use(name, "inherit", row);
      else if (word === "import") found.import(name, row);
      continue;
    }
    const name = /^('[^'\n]*'|[a-z][\w@]*)\s*\(/.exec(form.text)?.[1];
    if (name === undefined) continue;
    found.define({
      ...at,
      name: name.replace(/'/g, ""),
      kind: "function",
      topRow: said?.name === name ? said.row : undefined,
      isPrivate: !exportsAll && !exported.has(name),
    });
  }
  return found.parsed();
}

interface Form {
  row: number;
  endRow: number;
  text: string;
  lines: string[];
}

/** Forms begin at the first column and end with "." at a line's end. */
function formsOf(lines: readonly string[]): Form[] {
  const forms: Form[] = [];
  let open: Form | undefined;
  lines.forEach((line, row) => {
    const shown = withoutAside(line);
    if (open === undefined) {
      if (!/^(-|'|[a-z])/.test(shown)) return;
      open = { row, endRow: row, text: "", lines: [] };
      forms.push(open);
    }
    open.lines.push(shown);
    if (open.text.length < 20_000) open.text += `${shown}\n`;
    open.endRow = row;
    if (/\.\s*$/.test(shown)) open = undefined;
  });
  return forms;
}

/** Without comments; strings keep their first words for includes. */
function withoutAside(line: string): string {
  return line.length > 5_000
    ? ""
    : line.replace(
        /("(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|\$.)|%.*$/g,
        (_, kept?: string) => kept ?? "",
      );
}

function record(form: Form, name: string, found: Collector): void {
  found.define({ name, kind: "struct", container: "", row: form.row, endRow: form.endRow });
  const open = form.text.indexOf("{");
  if (open < 0) return;
  let depth = 0;
  let row = form.row + form.text.slice(0, open).split("\n").length - 1;
  let isNext = true;
  for (let at = open; at < form.text.length; at += 1) {
    const sign = form.text[at] as string;
    if (sign === "\n") row += 1;
    else if ("{[(".includes(sign)) depth += 1;
    else if ("}])".includes(sign)) depth -= 1;
    else if (sign === "," && depth === 1) isNext = true;
    else if (isNext && depth === 1 && /[a-z']/.test(sign)) {
      const word = /^('[^'\n]*'|[a-z][\w@]*)/.exec(form.text.slice(at, at + 200))?.[0] ?? "";
      const one: FoundInLines = {
        name: word.replace(/'/g, ""),
        kind: "property",
        container: name,
        row,
        endRow: row,
      };
      found.define(one);
      isNext = false;
      at += Math.max(0, word.length - 1);
    }
  }
}

function uses(line: string, row: number, found: Collector): void {
  for (const [, mark = "", module, name = ""] of line.matchAll(
    /([#?]?)(?:\b([a-z][\w@]*):)?('[^'\n]*'|\b[A-Za-z_][\w@]*)(?=\s*[({])/g,
  )) {
    if (mark === "#") found.use(name, "type", row);
    else if (mark === "?" || /^[a-z']/.test(name)) found.use(name.replace(/'/g, ""), "call", row);
    if (module !== undefined) found.use(module, "type", row);
  }
  for (const [, name = ""] of line.matchAll(/\?([A-Za-z_]\w*)/g)) found.use(name, "call", row);
  for (const [, name = ""] of line.matchAll(/\bfun\s+(?:[a-z]\w*:)?([a-z]\w*)\s*\/\s*\d/g))
    found.use(name, "call", row);
}
