import type { Definition, DefinitionKind, ParsedFile } from "../../ports/syntax.ts";
import { firstAttachedLine, textOfComment } from "../comments.ts";
import { lineDefinition } from "./line-definition.ts";
import { rowFinder } from "./row-finder.ts";

/** One part of a name, quoted as any dialect quotes it. */
const part = String.raw`(?:"[^"\n]+"|${"`"}[^${"`"}\n]+${"`"}|\[[^\]\n]+\]|[\p{L}_$@][\p{L}\p{N}_$@#]*)`;
const fullName = `${part}(?:\\s*\\.\\s*${part}){0,3}`;
/** Words between CREATE and what it makes. */
const modifiers =
  "(?:or\\s+(?:replace|alter)|temp|temporary|unlogged|unique|materialized|global|local|recursive|virtual|external|foreign|transient|constraint|event|dynamic|secure|bitmap|clustered|nonclustered|columnstore|fulltext|spatial|definer\\s*=\\s*\\S+|algorithm\\s*=\\s*\\w+|sql\\s+security\\s+\\w+|editionable|noneditionable|force|public|private|trusted|editioning)";
const kinds: Readonly<Record<string, DefinitionKind>> = {
  table: "struct",
  view: "struct",
  function: "function",
  procedure: "function",
  proc: "function",
  macro: "function",
  trigger: "function",
  aggregate: "function",
  package: "module",
  "package body": "module",
  type: "type",
  "type body": "type",
  domain: "type",
  schema: "namespace",
  database: "namespace",
};
const made = `(${Object.keys(kinds).reverse().join("|")}|index|sequence|role|user|extension|operator|rule|policy|server|synonym|event|publication|subscription|collation|login|stage|stream|task|warehouse|pipe|tablespace|statistics|language|certificate|assembly)`;
const create = new RegExp(
  `(?:^|(?<=;))[ \\t]*create\\s+(?:${modifiers}\\s+)*${made}\\s+(?:concurrently\\s+)?(?:if\\s+not\\s+exists\\s+)?(?:(${fullName})|([-+*/<>=~!@#%^&|]+)(?=\\s*\\())`,
  "gimu",
);
const addColumn = new RegExp(
  `(?:^|(?<=;))[ \\t]*alter\\s+table\\s+(?:if\\s+exists\\s+)?(?:only\\s+)?(${fullName})\\s+add\\s+(?:column\\s+)?(?:if\\s+not\\s+exists\\s+)?(?!(?:constraint|primary|foreign|unique|check|index|key|column|partition|fulltext|period)\\b)(${part})\\s+[a-z]`,
  "gimu",
);
const named = new RegExp(`^(constraint\\s+)?(${part})`, "iu");
const noColumn =
  /^(?:primary|foreign|unique|check|exclude|like|index|key|fulltext|spatial|period|partition|constraint|inherits)\b/i;
const routine = /^[ \t]*(?:member |static |overriding )*(?:function|procedure)\s+(\w+)/gim;
/** Its statements have semicolons of their own. */
const hasBody = /^(?:function|procedure|proc|trigger|package|package body|type body|event|task)$/;
const mostColumns = 2_000;

interface Head {
  name: string;
  container: string;
  kind: DefinitionKind;
  what: string;
  at: number;
  /** Where what follows the name begins. */
  rest: number;
}

/** What CREATE statements make, with the columns of tables; each ends before the next one. */
export function sqlDefinitions(text: string): ParsedFile {
  const lines = text.split("\n");
  const masked = withoutTexts(text);
  const rowOf = rowFinder(text);
  const heads = headsIn(text, masked);
  const definitions: Definition[] = [];
  heads.forEach((head, index) => {
    const row = rowOf(head.at);
    const next = heads[index + 1];
    const nextRow = next === undefined ? lines.length : attached(lines, rowOf(next.at), row);
    const end = hasBody.test(head.what) ? -1 : statementEnd(masked, head.rest);
    const endRow = Math.max(row, Math.min(nextRow - 1, end < 0 ? lines.length : rowOf(end)));
    const first = attached(lines, row, index === 0 ? -1 : rowOf((heads[index - 1] as Head).at));
    const doc = textOfComment(lines.slice(first, row)).slice(0, 600);
    const { name, kind, container } = head;
    const one = lineDefinition(lines, { name, kind, container, row, endRow }, doc);
    definitions.push({ ...one, startLine: first + 1 });
    const path = container === "" ? name : `${container}.${name}`;
    for (const member of membersOf(head, text, masked, next?.at ?? text.length)) {
      const at = rowOf(member.at);
      const place = { name: member.name, kind: member.kind, container: path, row: at, endRow: at };
      definitions.push({ ...lineDefinition(lines, place), signature: member.signature });
    }
  });
  return { definitions, references: [], imports: [], hasErrors: false };
}

function headsIn(text: string, masked: string): Head[] {
  const heads: Head[] = [];
  for (const found of masked.matchAll(create)) {
    const what = (found[1] as string).toLowerCase().replace(/\s+/g, " ");
    const { index } = found;
    const at = index + (found[0].length - found[0].trimStart().length);
    const rest = index + found[0].length;
    const written = text.slice(rest - (found[2] ?? found[3] ?? "").length, rest);
    const parts = found[2] === undefined ? [written] : partsOf(written);
    const name = parts.pop() ?? "";
    if (name === "" || name.startsWith("#") || (what === "index" && /^on$/i.test(name))) continue;
    heads.push({
      name,
      container: parts.join("."),
      kind: kinds[what] ?? "variable",
      what,
      at,
      rest,
    });
  }
  for (const found of masked.matchAll(addColumn)) {
    const at = found.index + (found[0].length - found[0].trimStart().length);
    const rest = found.index + found[0].length;
    heads.push({
      name: partsOf(found[2] as string).join(""),
      container: partsOf(found[1] as string).join("."),
      kind: "property",
      what: "column",
      at,
      rest,
    });
  }
  return heads.sort((a, b) => a.at - b.at);
}

interface Member {
  name: string;
  kind: DefinitionKind;
  at: number;
  signature: string;
}

function membersOf(head: Head, text: string, masked: string, before: number): Member[] {
  if (head.what === "package" || head.what === "package body") {
    return [...masked.slice(head.rest, before).matchAll(routine)].map((found) => {
      const at = head.rest + found.index + found[0].search(/\S/);
      return { name: found[1] as string, kind: "function", at, signature: lineAt(text, at) };
    });
  }
  if (head.what !== "table" && head.what !== "type") return [];
  const open = masked.slice(head.rest, before).search(/\S/) + head.rest;
  const opened = /^(?:as\s+)?(enum\s*|object\s*|table\s*)?\(/i.exec(masked.slice(open, open + 40));
  if (opened === null) return [];
  const items = itemsOf(masked, open + opened[0].length, before);
  if (/enum/i.test(opened[1] ?? "")) {
    return items.map(([from, to]) => {
      const label = text.slice(from, to).trim();
      return { name: label.replace(/^'|'$/g, ""), kind: "constant", at: from, signature: label };
    });
  }
  return items.slice(0, mostColumns).flatMap(([from, to]): Member[] => {
    const found = named.exec(masked.slice(from, to));
    if (found === null || (found[1] === undefined && noColumn.test(found[0]))) return [];
    const name = partsOf(found[2] as string).join("");
    const signature = text.slice(from, to).replace(/\s+/g, " ").trim().slice(0, 300);
    return [{ name, kind: "property", at: from, signature }];
  });
}

/** From and to of what stands between commas, up to the bracket that closes. */
function itemsOf(masked: string, from: number, before: number): [number, number][] {
  const items: [number, number][] = [];
  let depth = 0;
  let start = from;
  const push = (to: number): void => {
    const blanks = masked.slice(start, to).search(/\S/);
    if (blanks >= 0) items.push([start + blanks, to]);
  };
  for (let at = from; at < before; at += 1) {
    const letter = masked[at];
    if (letter === "(") depth += 1;
    else if (letter === ")") {
      depth -= 1;
      if (depth < 0) {
        push(at);
        return items;
      }
    } else if (letter === "," && depth === 0) {
      push(at);
      start = at + 1;
    }
  }
  return items;
}

/** Row of its first comment, never before the one above it. */
function attached(lines: readonly string[], row: number, after: number): number {
  return Math.min(row, Math.max(after + 1, firstAttachedLine(lines, row, "sql")));
}

function statementEnd(masked: string, from: number): number {
  return masked.indexOf(";", from);
}

function partsOf(name: string): string[] {
  return [...name.matchAll(new RegExp(part, "giu"))].map(([one]) =>
    one.replace(/^(["`[])(.*)(["`\]])$/s, "$2"),
  );
}

function lineAt(text: string, at: number): string {
  const end = text.indexOf("\n", at);
  return text.slice(at, end < 0 ? text.length : end).trim();
}

/** Comments, strings and bodies in dollar signs as blanks of the same length; names in quotes stay. */
function withoutTexts(text: string): string {
  return text.replace(
    /--[^\n]*|\/\*[\s\S]*?(?:\*\/|$)|'(?:[^']|'')*(?:'|$)|(\$\w*\$)[\s\S]*?(?:\1|$)/g,
    (all) =>
      all.startsWith("'") && !all.includes("\n")
        ? `'${" ".repeat(Math.max(0, all.length - 2))}'`
        : all.replace(/[^\n]/g, " "),
  );
}
