import type { ParsedFile } from "../../ports/syntax.ts";
import { bracedStatements, type Statement } from "./braces.ts";
import { Collector } from "./collect.ts";

const annotations = "(?:@[\\w.]+(?:\\((?:[^()]|\\([^()]*\\))*\\))?\\s*)*";
const modifiers =
  "(?:(?:public|private|protected|static|final|abstract|synchronized|native|transient|volatile|default|strictfp|sealed|non-sealed)\\s+)*";
const generic = "(?:<[^()]*?>\\s*)?";
const type = "[A-Za-z_][\\w.]*(?:\\s*<[^()=]*>)?(?:\\s*\\[\\s*\\])*";
const typeHead = new RegExp(
  `^${annotations}${modifiers}(class|interface|trait|enum|@interface|record)\\s+([A-Za-z_]\\w*)(.*)$`,
);
const method = new RegExp(
  `^${annotations}((?:${modifiers})(?:def\\s+)?${generic}(?:${type}\\s+)?)("[^"]*"|'[^']*'|[A-Za-z_$][\\w$]*)\\s*\\((.*)\\)\\s*(?:throws\\s+[\\w.,\\s]+)?$`,
);
const field = new RegExp(
  `^${annotations}((?:${modifiers})(?:def\\s+|${type}\\s+)?)([A-Za-z_$][\\w$]*)\\s*(?:=(?!=)\\s*(.*))?$`,
  "s",
);
const keywords =
  /^(if|else|for|while|switch|case|catch|try|finally|return|throw|new|assert|do|import|package|break|continue|synchronized|in|as|instanceof|super|this)\b/;

/** Types with their members, functions of scripts, and the named blocks of Gradle and Jenkins. */
export function groovyDefinitions(text: string): ParsedFile {
  const found = new Collector(text, "groovy");
  const inside = new Map<Statement, { path: string; word: string; name: string }>();
  for (const one of bracedStatements(text, {
    lineComments: ["//", "#!"],
    hasBlockComments: true,
    endsAtLines: true,
    longQuotes: ['"""', "'''"],
    quotes: "\"'",
  })) {
    const { head, row, endRow, parent } = one;
    const holder = parent === undefined ? { path: "", word: "", name: "" } : inside.get(parent);
    uses(head, row, found);
    const module = /^import\s+(?:static\s+)?([\w.]+)(?:\.\*)?/.exec(head)?.[1];
    if (module !== undefined) found.import(module, row);
    if (holder === undefined || module !== undefined) continue;
    const at = {
      container: holder.path,
      row,
      endRow,
      signature: head,
      isPrivate: /(^|\s)private\s/.test(head),
    };
    const open = (name: string, word: string): void => {
      inside.set(one, { path: holder.path === "" ? name : `${holder.path}.${name}`, word, name });
    };
    const [, word, name = "", rest = ""] = (one.opens ? typeHead.exec(head) : null) ?? [];
    if (word !== undefined) {
      const kind = word === "interface" || word === "trait" || word === "enum" ? word : "class";
      found.define({ ...at, name, kind });
      for (const [part] of rest.matchAll(/[A-Z]\w*/g)) found.use(part, "inherit", row);
      open(name, word);
      continue;
    }
    if (/^package\b/.test(head) || keywords.test(head)) continue;
    const block = one.opens ? named(head) : undefined;
    if (block !== undefined) {
      found.define({ ...at, name: block.name, kind: block.kind });
      if (holder.word === "" || holder.word === "block")
        inside.set(one, { path: holder.path, word: "block", name: "" });
      continue;
    }
    if (holder.word === "enum" && values(head, at, found)) continue;
    const [, before = "", called = ""] = method.exec(head) ?? [];
    const isMember = holder.word !== "" && holder.word !== "block";
    const isContract =
      holder.word === "interface" || holder.word === "trait" || /\babstract\b/.test(before);
    if (
      called !== "" &&
      (one.opens || isContract) &&
      (before.trim() !== "" || called === holder.name)
    ) {
      const plain = called.replace(/["']/g, "");
      const isConstructor =
        called === holder.name && before.replace(/public|private|protected/g, "").trim() === "";
      found.define({
        ...at,
        name: plain,
        kind: isConstructor ? "constructor" : isMember ? "method" : "function",
      });
      continue;
    }
    if (called !== "") continue;
    variable(one, head, at, isMember, found);
    // Blocks of a script ("android { … }") hold blocks.
    if (!isMember && one.opens && /^[\w.]+$/.test(head))
      inside.set(one, { path: "", word: "block", name: "" });
  }
  return found.parsed();
}

type Place = Omit<Parameters<Collector["define"]>[0], "name" | "kind">;

function variable(
  one: Statement,
  head: string,
  at: Place,
  isMember: boolean,
  found: Collector,
): void {
  const [, before = "", name = "", value] = field.exec(head) ?? [];
  if (name === "" || keywords.test(name)) return;
  const isDeclared = before.trim() !== "";
  if (!isDeclared && (value === undefined || at.container !== "" || one.parent !== undefined))
    return;
  // "from 'src'" is a call, "String name" and "def name" are not.
  if (
    isDeclared &&
    value === undefined &&
    !isMember &&
    !/^(def|[A-Z]|int|long|boolean|float|double|char|byte|short|final|static|@)/.test(head)
  )
    return;
  const isClosure = one.opens && (value ?? "") === "";
  const kind = isClosure
    ? "function"
    : /\bstatic\b.*\bfinal\b|\bfinal\b.*\bstatic\b/.test(before)
      ? "constant"
      : isMember
        ? "property"
        : "variable";
  found.define({ ...at, name, kind: isClosure && isMember ? "method" : kind });
}

/** Constants of an enum, where the statement is a list of them. */
function values(head: string, at: Place, found: Collector): boolean {
  const list = head.replace(/\((?:[^()]|\([^()]*\))*\)/g, "").trim();
  if (!/^[A-Z]\w*(\s*,\s*[A-Z]\w*)*\s*,?$/.test(list)) return false;
  for (const [name] of list.matchAll(/[A-Z]\w*/g))
    found.define({ ...at, name, kind: "constant", signature: name });
  return true;
}

/** "task build(type: Copy) {", "tasks.register('x') {", "stage('Test') {", "configurations { … }" are not all named. */
function named(head: string): { name: string; kind: "function" | "section" } | undefined {
  const task =
    /^(?:tasks\.)?(?:task|register|create)\s*\(?\s*["']?([\w-]+)["']?/.exec(head)?.[1] ??
    /^tasks\.(?:register|create|named)\s*\(\s*["']([\w-]+)["']/.exec(head)?.[1] ??
    /^task\s+([\w-]+)/.exec(head)?.[1];
  if (task !== undefined) return { name: task, kind: "function" };
  const stage = /^(?:stage|describe|def)\s*\(?\s*["']([^"']+)["']\s*\)?$/.exec(head)?.[1];
  return stage === undefined ? undefined : { name: stage, kind: "section" };
}

function uses(head: string, row: number, found: Collector): void {
  for (const [, name = ""] of head.matchAll(/\b([A-Za-z_]\w*)\s*\(/g))
    if (!keywords.test(name)) found.use(name, "call", row);
  for (const [, name = ""] of head.matchAll(/\bnew\s+(?:[\w]+\.)*([A-Z]\w*)/g))
    found.use(name, "call", row);
}
