import type { DefinitionKind, ParsedFile } from "../../ports/syntax.ts";
import { Collector, type FoundInLines } from "./collect.ts";
import { rowFinder } from "./row-finder.ts";

const kinds: Readonly<Record<string, DefinitionKind>> = {
  project: "module",
  function: "function",
  macro: "macro",
  option: "variable",
  set: "variable",
  cmake_dependent_option: "variable",
  list: "variable",
  find_program: "variable",
  find_library: "variable",
  find_path: "variable",
  find_file: "variable",
  add_library: "rule",
  add_executable: "rule",
  add_custom_target: "rule",
  add_test: "rule",
  qt_add_executable: "rule",
  qt_add_library: "rule",
  qt6_add_executable: "rule",
  pybind11_add_module: "rule",
  python_add_library: "rule",
  cuda_add_library: "rule",
  cuda_add_executable: "rule",
  externalproject_add: "rule",
  fetchcontent_declare: "rule",
  define_property: "property",
};
/** Words of set() that make it no variable of this project's own, or none at all. */
const setsNothing = /^(PARENT_SCOPE|ENV\{)/;

/** Functions, macros, targets, options and variables: what commands define, by their first words. */
export function cmakeDefinitions(text: string): ParsedFile {
  const found = new Collector(text, "cmake");
  const code = blanked(text);
  const rows = rowFinder(code);
  const open: FoundInLines[] = [];
  const seen = new Set<string>();
  /** Variables with one plain value, by which targets are often named. */
  const values = new Map<string, string>();
  for (const match of code.matchAll(/(^|[\n;])[ \t]*([A-Za-z_]\w*)[ \t]*\(/g)) {
    const begin = match.index + (match[1] as string).length;
    const row = rows(begin + ((match[0] as string).length - (match[1] as string).length - 1));
    const from = match.index + match[0].length;
    const end = closing(code, from);
    const endRow = rows(end);
    const command = (match[2] as string).toLowerCase();
    const words = text
      .slice(from, end)
      .replace(/#[^\n]*/g, "")
      .trim()
      .split(/\s+/)
      .map((word) => word.replace(/^"|"$/g, ""));
    const container = open.at(-1)?.name ?? "";
    if (command === "endfunction" || command === "endmacro") {
      const one = open.pop();
      if (one !== undefined) one.endRow = row;
      continue;
    }
    if (command === "include" || command === "add_subdirectory" || command === "find_package") {
      found.import(words[0] ?? "", row);
      continue;
    }
    const name = nameIn(command, words)?.replace(
      /\$\{(\w+)\}/g,
      (written, variable: string) => values.get(variable) ?? written,
    );
    if (command === "project") values.set("PROJECT_NAME", name ?? "");
    if (command === "set" && words.length === 2) values.set(words[0] ?? "", words[1] ?? "");
    const kind = Object.hasOwn(kinds, command) ? kinds[command] : undefined;
    // A name that arguments make up is nobody's to ask for.
    if (kind === undefined || name === undefined || name.includes("${")) {
      found.use(match[2] as string, "call", row);
      if (/^(target_|set_target|add_dependencies|install|set_property)/.test(command)) {
        for (const word of words)
          if (/^[a-z][\w.:-]*$/i.test(word) && !/^[A-Z_]+$/.test(word))
            found.use(word, "call", row);
      }
      continue;
    }
    const signature = `${match[2]}(${words.join(" ")})`;
    const isInside = kind === "variable" && container !== "";
    const key = `${kind} ${name}`;
    // A variable that is set again is the same one.
    if (isInside || (kind === "variable" && seen.has(key))) continue;
    seen.add(key);
    const one = found.define({
      name,
      kind,
      container: kind === "variable" ? "" : container,
      row,
      endRow,
      signature,
    });
    if (command === "function" || command === "macro") open.push(one);
  }
  for (const one of open) one.endRow = found.lines.length - 1;
  return found.parsed();
}

function nameIn(command: string, words: readonly string[]): string | undefined {
  const [first = "", second = "", third = ""] = words;
  if (command === "add_test") return first === "NAME" ? second : first;
  if (command === "list") return undefined;
  if (command === "define_property") return second === "PROPERTY" ? third : undefined;
  if (first === "" || setsNothing.test(first)) return undefined;
  return first;
}

const aside = /#?\[(=*)\[|#[^\n]*|"(?:[^"\\]|\\[\s\S])*"/g;

/** The text with comments and strings as spaces, each sign in its place. */
function blanked(text: string): string {
  let shown = "";
  let from = 0;
  aside.lastIndex = 0;
  for (let found = aside.exec(text); found !== null; found = aside.exec(text)) {
    const equals = found[1];
    let end = aside.lastIndex;
    if (equals !== undefined) {
      const sign = `]${equals}]`;
      const close = text.indexOf(sign, end);
      // What is not closed goes on to the end.
      end = close < 0 ? text.length : close + sign.length;
    }
    shown += text.slice(from, found.index) + text.slice(found.index, end).replace(/[^\n]/g, " ");
    from = end;
    aside.lastIndex = end;
  }
  return shown + text.slice(from);
}

function closing(code: string, from: number): number {
  let depth = 1;
  for (let at = from; at < code.length; at += 1) {
    if (code[at] === "(") depth += 1;
    else if (code[at] === ")") depth -= 1;
    if (depth === 0) return at;
  }
  return code.length;
}
