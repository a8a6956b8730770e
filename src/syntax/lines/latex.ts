import type { ParsedFile } from "../../ports/syntax.ts";
import { Collector, type FoundInLines } from "./collect.ts";

const levels = [
  "part",
  "chapter",
  "section",
  "subsection",
  "subsubsection",
  "paragraph",
  "subparagraph",
];
const heading = /\\(part|chapter|(?:sub){0,2}section|(?:sub)?paragraph)\*?\s*(?:\[[^\]]*\])?\s*\{/g;
const command =
  /\\(?:re|provide)?(?:newcommand|command)\*?\s*\{?\s*(\\[A-Za-z@]+|\\.)|\\(?:DeclareRobustCommand|DeclareMathOperator|DeclarePairedDelimiter|(?:New|Renew|Provide|Declare)(?:Expandable)?DocumentCommand|newcounter|newlength|newif|newtoks|newdimen|newsavebox|newtoggle)\*?\s*\{?\s*(\\?[A-Za-z@]+)|\\(?:long\\|global\\|outer\\)*[egx]?def\s*(\\[A-Za-z@]+)|\\let\s*(\\[A-Za-z@]+)/g;
const environment =
  /\\(?:re|provide)?newenvironment\*?\s*\{([^{}]+)\}|\\(?:New|Renew|Provide|Declare)DocumentEnvironment\s*\{([^{}]+)\}|\\(?:newtheorem|newtcolorbox|declaretheorem|newmdenv|newfloat|lstnewenvironment|newtcbtheorem)\*?\s*(?:\[[^\]]*\])?\s*\{([^{}]+)\}/g;
const key =
  /\\(?:label|bibitem(?:\[[^\]]*\])?|newacronym(?:\[[^\]]*\])?|newglossaryentry|newlabel|hypertarget|tikzset|definecolor|pgfdeclarelayer)\s*\{([^{}]+)\}/g;
const used =
  /\\(?:(?:auto|page|eq|name|c|C|v|lc)?ref\*?|(?:text|paren|foot|auto|full|no|c)?cite[tpa]?\w*\*?(?:\[[^\]]*\])*|gls\w*|Gls\w*|ac[slfp]?)\s*\{([^{}]+)\}/g;
const loaded =
  /\\(?:usepackage|RequirePackage|input|include|subfile|documentclass|bibliography|addbibresource|import\s*\{[^{}]*\})\s*(?:\[[^\]]*\])?\s*\{([^{}]+)\}/g;
const entry = /^\s*@(\w+)\s*[{(]\s*([^,\s"]+)\s*,/;

/** Sections nested by rank, labels, and what is defined: commands, environments, entries of bibliographies. */
export function latexDefinitions(text: string): ParsedFile {
  const found = new Collector(text, "latex");
  const { lines } = found;
  const open: { level: number; found: FoundInLines }[] = [];
  const container = (): string => open.map((one) => one.found.name).join(".");
  const ends = new Map<number, number>();
  const endOf = (row: number): number => {
    const end = ends.get(row) ?? bracesEnd(lines, row);
    ends.set(row, end);
    return end;
  };
  let isVerbatim = false;
  lines.forEach((written, row) => {
    const line = written.slice(0, 4_000).replace(/(^|[^\\])%.*$/, "$1");
    if (/\\begin\{(verbatim|lstlisting|minted)\*?\}/.test(line)) isVerbatim = true;
    if (/\\end\{(verbatim|lstlisting|minted)\*?\}/.test(line)) isVerbatim = false;
    if (isVerbatim) return;
    for (const match of line.matchAll(heading)) {
      const level = levels.indexOf(match[1] as string);
      const name = titleAt(lines, row, match.index + match[0].length);
      while ((open.at(-1)?.level ?? -1) >= level) closeAt(open, row - 1);
      const one = found.define({
        name,
        kind: "section",
        container: container(),
        row,
        endRow: lines.length - 1,
      });
      open.push({ level, found: one });
    }
    const at = { container: container(), row, endRow: row };
    for (const [, a, b, c, d] of line.matchAll(command)) {
      const name = a ?? b ?? c ?? d ?? "";
      found.define({ ...at, container: "", name, kind: "macro", endRow: endOf(row) });
    }
    for (const [, a, b, c] of line.matchAll(environment)) {
      found.define({
        ...at,
        container: "",
        name: a ?? b ?? c ?? "",
        kind: "macro",
        endRow: endOf(row),
      });
    }
    for (const [, name = ""] of line.matchAll(key)) found.define({ ...at, name, kind: "key" });
    const [, type = "", cited = ""] = entry.exec(line) ?? [];
    if (cited !== "" && !/^(comment|preamble|string)$/i.test(type)) {
      found.define({ ...at, name: cited, kind: "key", endRow: endOf(row) });
    }
    for (const [, names = ""] of line.matchAll(used))
      for (const name of names.split(",")) found.use(name.trim(), "call", row);
    for (const [name] of line.matchAll(/\\[A-Za-z@]{2,}/g)) found.use(name, "call", row);
    for (const [, names = ""] of line.matchAll(loaded))
      for (const name of names.split(",")) found.import(name.trim(), row);
  });
  return found.parsed();
}

function closeAt(open: { found: FoundInLines }[], row: number): void {
  const one = open.pop();
  if (one !== undefined) one.found.endRow = Math.max(one.found.row, row);
}

const mostTitle = 300;

/** A title may hold commands and take several lines. */
function titleAt(lines: readonly string[], row: number, column: number): string {
  let title = "";
  let depth = 1;
  for (let at = row; at < Math.min(row + 4, lines.length); at += 1) {
    const line = lines[at] as string;
    for (let next = at === row ? column : 0; next < line.length; next += 1) {
      if (line[next] === "{") depth += 1;
      else if (line[next] === "}") depth -= 1;
      if (depth === 0) return plain(title);
      title += line[next];
      if (title.length > mostTitle) return plain(title);
    }
    title += " ";
  }
  return plain(title);
}

/** Without the commands around its words. */
function plain(title: string): string {
  return title
    .replace(/\\label\{[^{}]*\}/g, "")
    .replace(/\\[A-Za-z]+\*?\s*(?:\[[^\]]*\])?|[{}~]/g, " ")
    .replace(/\s+/g, " ")
    .trim();
}

const mostBodyRows = 200;

/** The row in which as many braces are closed as were opened from here on. */
function bracesEnd(lines: readonly string[], row: number): number {
  let depth = 0;
  let last = row;
  for (let at = row; at < Math.min(row + mostBodyRows, lines.length); at += 1) {
    const line = (lines[at] as string).slice(0, 4_000).replace(/\\[{}%\\]|(^|[^\\])%.*$/g, "");
    for (const sign of line) depth += sign === "{" ? 1 : sign === "}" ? -1 : 0;
    last = at;
    if (depth <= 0 && !/[\]}]\s*%?$|^\s*\\\w+\*?\{\\\w+\}$/.test(line.trim())) return at;
    if (depth <= 0 && !/^\s*[{[]/.test(lines[at + 1] ?? "")) return at;
  }
  return depth > 0 ? row : last;
}
