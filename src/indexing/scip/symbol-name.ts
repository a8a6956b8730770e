/*
 * The text by which SCIP knows a symbol: who made it, the package, its version, and descriptors from the outside in, of
 * which the sign behind each says what it is. A part with other signs stands in backticks, doubled inside.
 */
import { createHash } from "node:crypto";

export type SymbolSort =
  | "namespace"
  | "type"
  | "term"
  | "method"
  | "meta"
  | "macro"
  | "parameter"
  | "type-parameter";

export interface SymbolName {
  /** The last name in it. */
  name: string;
  sort: SymbolSort;
  /** Of a constructor ("<constructor>", "<init>") the key of its class, which is what is named where it is called. */
  ownerKey: number | undefined;
  /** 48 bits of a hash of it without the version: a package's symbols are the same after it got another one. */
  key: number;
}

/** Longer ones are left out, bytes. */
export const mostSymbolBytes = 4_096;

const sorts: Readonly<Record<string, SymbolSort>> = {
  "/": "namespace",
  "#": "type",
  ".": "term",
  ":": "meta",
  "!": "macro",
};

const localPrefix = "local ";

/** Undefined for what is local to a document, and for a text of another form. */
export function readSymbol(text: string): SymbolName | undefined {
  if (text.startsWith(localPrefix)) return undefined;
  let at = 0;
  let versionAt = 0;
  for (let part = 0; part < 4; part += 1) {
    if (part === 3) versionAt = at;
    at = endOfPart(text, at);
    if (at < 0) return undefined;
  }
  const last = lastDescriptor(text, at);
  if (last === undefined) return undefined;
  const { sort, name, begin } = last;
  const versionless = (end: number): number =>
    keyOf(`${text.slice(0, versionAt)}${text.slice(at, end)}`);
  const ownerKey = isConstructor.test(name) && begin > at ? versionless(begin) : undefined;
  // "<get>size": a getter is called by its name.
  const bare = name.replace(/^<[^<>]*>(?=.)/u, "");
  return { name: bare, sort, ownerKey, key: versionless(text.length) };
}

const isConstructor = /^<[^<>]*>$/u;

/** Two spaces stand for one in a part. */
function endOfPart(text: string, from: number): number {
  for (let at = from; ; at += 2) {
    at = text.indexOf(" ", at);
    if (at < 0) return -1;
    if (text[at + 1] !== " ") return at + 1;
  }
}

function lastDescriptor(
  text: string,
  from: number,
): { name: string; sort: SymbolSort; begin: number } | undefined {
  let found: { name: string; sort: SymbolSort; begin: number } | undefined;
  for (let at = from; at < text.length; ) {
    const open = text[at];
    const isInside = open === "(" || open === "[";
    const name = nameAt(text, isInside ? at + 1 : at);
    if (name === undefined) return undefined;
    const sign = text[name.end];
    if (isInside) {
      if (sign !== (open === "(" ? ")" : "]")) return undefined;
      found = { name: name.name, sort: open === "(" ? "parameter" : "type-parameter", begin: at };
      at = name.end + 1;
    } else if (sign === "(") {
      const close = text.indexOf(").", name.end);
      if (close < 0) return undefined;
      found = { name: name.name, sort: "method", begin: at };
      at = close + 2;
    } else {
      const sort = sign === undefined ? undefined : sorts[sign];
      if (sort === undefined) return undefined;
      found = { name: name.name, sort, begin: at };
      at = name.end + 1;
    }
  }
  return found;
}

const simple = /[\p{L}\p{N}_+\-$]*/uy;

function nameAt(text: string, from: number): { name: string; end: number } | undefined {
  if (text[from] !== "`") {
    simple.lastIndex = from;
    const name = simple.exec(text)?.[0] ?? "";
    return name === "" ? undefined : { name, end: from + name.length };
  }
  for (let at = from + 1; ; at += 2) {
    at = text.indexOf("`", at);
    if (at < 0) return undefined;
    if (text[at + 1] === "`") continue;
    return { name: text.slice(from + 1, at).replaceAll("``", "`"), end: at + 1 };
  }
}

function keyOf(text: string): number {
  return createHash("sha256").update(text).digest().readUIntBE(0, 6);
}
