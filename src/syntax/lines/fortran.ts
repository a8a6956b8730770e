import type { DefinitionKind, ParsedFile } from "../../ports/syntax.ts";
import { Collector, type FoundInLines } from "./collect.ts";

interface Open {
  word: string;
  name: string;
  found: FoundInLines | undefined;
}

const prefixes =
  "(?:(?:pure|elemental|impure|recursive|module|non_recursive|integer|real|logical|complex|character|double\\s+precision|type|class)\\b(?:\\s*\\*\\s*\\d+|\\s*\\((?:[^()]|\\([^()]*\\))*\\))?\\s+)*";
const unit = new RegExp(`^(?:${prefixes})(function|subroutine)\\s+(\\w+)`, "i");
const outer =
  /^(program|module|submodule\s*\([^)]*\)|block\s*data)\s+(?!(?:procedure|subroutine|function|pure|elemental|recursive|integer|real|logical|complex|character|double|type)\b)(\w+)/i;
const moduleProcedure = /^module\s+procedure\s+(\w+)\s*$/i;
const derived = /^type\s*(?:,[^:]*)?(?:::)?\s*(?!is\b)(\w+)\s*$/i;
const derivedWithMarks = /^type\s*,[^:]*::\s*(\w+)/i;
const declaration =
  /^(?:integer|real|logical|complex|character|double\s+precision|type\s*\(|class\s*\(|procedure\s*\()[^!]*?::\s*(.*)$/i;
/** Procedures of a type. */
const bound = /^(?:procedure|generic|final)\b(?:\s*\([^)]*\))?(?:\s*,[^:]*)?(?:::)?\s*(.*)$/i;
const ends =
  /^end\s*(program|module|submodule|function|subroutine|type|interface|enum|block\s*data|procedure)?\b/i;

/** Program units, types with what they hold, interfaces, and the constants and variables of modules. */
export function fortranDefinitions(text: string): ParsedFile {
  const found = new Collector(text, "fortran");
  const stack: Open[] = [];
  const container = (): string =>
    stack
      .map(({ name }) => name)
      .filter((name) => name !== "")
      .join(".");
  const open = (
    word: string,
    name: string,
    kind: DefinitionKind,
    row: number,
    signature: string,
  ): void => {
    const one = found.define({ name, kind, container: container(), row, endRow: row, signature });
    stack.push({ word, name, found: one });
  };
  for (const { said, row, endRow } of statementsOf(found.lines)) {
    uses(said, row, found);
    const within = stack.at(-1);
    const at = { container: container(), row, endRow, signature: said };
    if (
      ends.test(said) &&
      !/^end\s*(if|do|select|where|forall|associate|critical|team|file)/i.test(said)
    ) {
      if (!/^end\s*(block)\s*$/i.test(said)) close(stack, endRow);
      continue;
    }
    const [, word = "", name = ""] = outer.exec(said) ?? [];
    if (name !== "") {
      open(
        word.toLowerCase(),
        name,
        word.toLowerCase() === "program" ? "function" : "module",
        row,
        said,
      );
      continue;
    }
    const [, kind = "", unitName = ""] = unit.exec(said) ?? [];
    if (unitName !== "") {
      open(kind.toLowerCase(), unitName, "function", row, said);
      continue;
    }
    const implemented = moduleProcedure.exec(said)?.[1];
    if (implemented !== undefined && within?.word !== "interface") {
      open("procedure", implemented, "function", row, said);
      continue;
    }
    const typeName = derivedWithMarks.exec(said)?.[1] ?? derived.exec(said)?.[1];
    if (typeName !== undefined) {
      open("type", typeName, "struct", row, said);
      const parent = /\bextends\s*\(\s*(\w+)/i.exec(said)?.[1];
      if (parent !== undefined) found.use(parent, "inherit", row);
      continue;
    }
    const contract =
      /^(?:abstract\s+)?interface(?:\s+(operator\s*\([^)]*\)|assignment\s*\([^)]*\)|\w+))?\s*$/i.exec(
        said,
      );
    if (contract !== null) {
      if (contract[1] === undefined) stack.push({ word: "interface", name: "", found: undefined });
      else open("interface", contract[1], "interface", row, said);
      continue;
    }
    if (/^enum\s*,/i.test(said)) stack.push({ word: "enum", name: "", found: undefined });
    else members(said, within, found, at);
  }
  for (const { found: one } of stack) if (one !== undefined) one.endRow = found.lines.length - 1;
  return found.parsed();
}

function close(stack: Open[], row: number): void {
  const one = stack.pop();
  if (one?.found !== undefined) one.found.endRow = row;
}

function members(
  said: string,
  within: Open | undefined,
  found: Collector,
  at: Omit<FoundInLines, "name" | "kind">,
): void {
  const enumerators = /^enumerator\b\s*(?:::)?\s*(.*)$/i.exec(said)?.[1];
  if (enumerators !== undefined) {
    for (const name of namesOf(enumerators)) found.define({ ...at, name, kind: "constant" });
    return;
  }
  if (within?.word === "type") {
    const procedures = bound.exec(said)?.[1];
    const fields = declaration.exec(said)?.[1];
    if (procedures !== undefined && !/^procedure\s*\([^)]*\)\s*,.*\bpointer\b/i.test(said)) {
      for (const name of namesOf(procedures)) found.define({ ...at, name, kind: "method" });
    } else if (fields !== undefined) {
      for (const name of namesOf(fields)) found.define({ ...at, name, kind: "property" });
    }
    return;
  }
  if (
    within?.word !== "module" &&
    !/^submodule/.test(within?.word ?? "") &&
    within?.word !== "program"
  ) {
    // Constants of a function are its own.
    return;
  }
  const declared = declaration.exec(said)?.[1];
  const isConstant = /^[^:]*,\s*parameter\b/i.test(said);
  if (declared !== undefined) {
    for (const name of namesOf(declared))
      found.define({ ...at, name, kind: isConstant ? "constant" : "variable" });
    return;
  }
  const old = /^parameter\s*\((.*)\)\s*$/i.exec(said)?.[1];
  if (old !== undefined)
    for (const name of namesOf(old)) found.define({ ...at, name, kind: "constant" });
  const list = /^(?:namelist|common)\s*\/\s*(\w+)\s*\//i.exec(said)?.[1];
  if (list !== undefined) found.define({ ...at, name: list, kind: "variable" });
}

/** "a(3), b = 1, c => d": a, b, c. */
function namesOf(list: string): string[] {
  const names: string[] = [];
  let depth = 0;
  let isNext = true;
  for (let at = 0; at < list.length; at += 1) {
    const sign = list[at] as string;
    if ("([".includes(sign)) depth += 1;
    else if (")]".includes(sign)) depth -= 1;
    else if (sign === "," && depth === 0) isNext = true;
    else if (isNext && depth === 0 && /[A-Za-z]/.test(sign)) {
      const name =
        /^(?:operator\s*\([^)]*\)|assignment\s*\(=\)|\w+)/i.exec(list.slice(at, at + 200))?.[0] ??
        "";
      names.push(name);
      isNext = false;
      at += Math.max(0, name.length - 1);
    }
  }
  return names;
}

/** Statements with their continuations joined, without comments. */
function statementsOf(lines: readonly string[]): { said: string; row: number; endRow: number }[] {
  const statements: { said: string; row: number; endRow: number }[] = [];
  const isFixed =
    lines.some((line) => /^[cC*][ \t*!-]/.test(line)) &&
    !lines.some((line) => /&\s*(!.*)?$/.test(line));
  let isOpen = false;
  lines.forEach((line, row) => {
    if (line.length > 2_000 || /^\s*#/.test(line) || (isFixed && /^[cC*!]/.test(line))) return;
    const isContinued = isFixed && /^ {5}[^ 0]/.test(line);
    const shown = withoutComment(isContinued ? line.slice(6) : line)
      .trim()
      .replace(/^\d+\s+/, "");
    if (shown === "") return;
    const last = statements.at(-1);
    if ((isOpen || isContinued) && last !== undefined && last.said.length < 4_000) {
      last.said = `${last.said} ${shown.replace(/^&\s*/, "")}`;
      last.endRow = row;
    } else
      for (const part of shown.split(";"))
        if (part.trim() !== "") statements.push({ said: part.trim(), row, endRow: row });
    isOpen = /&$/.test(shown);
    const open = statements.at(-1);
    if (isOpen && open !== undefined) open.said = open.said.replace(/&$/, "").trim();
  });
  return statements;
}

function withoutComment(line: string): string {
  return line.replace(/("[^"]*"|'[^']*')|!.*$/g, (_, kept?: string) => kept ?? "");
}

function uses(said: string, row: number, found: Collector): void {
  const module =
    /^use\b(?:\s*,\s*(?:non_)?intrinsic)?(?:\s*::)?\s*(\w+)(?:\s*,\s*only\s*:\s*(.*))?/i.exec(said);
  if (module !== null) {
    const names = namesOf(module[2] ?? "");
    if (names.length === 0) found.import(module[1] as string, row);
    for (const name of names) found.import(module[1] as string, row, name);
    return;
  }
  for (const [, name = ""] of said.matchAll(/\bcall\s+(?:\w+\s*%\s*)*(\w+)/gi))
    found.use(name, "call", row);
  for (const [, name = ""] of said.matchAll(/\b(?:type|class)\s*\(\s*(\w+)\s*\)/gi))
    found.use(name, "type", row);
  if (/^(?:(?:pure|elemental|recursive|end)\s+)*(function|subroutine)\b/i.test(said)) return;
  for (const [, name = ""] of said.matchAll(/\b([a-z]\w*)\s*\(/gi)) found.use(name, "call", row);
}
