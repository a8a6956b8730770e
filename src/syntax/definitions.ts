/* What is defined: kept match by match, then nested. */
import { hash } from "node:crypto";
import type { Node } from "web-tree-sitter";
import type { Definition, DefinitionKind, Reference } from "../ports/syntax.ts";
import { firstAttachedLine, textOfComment } from "./comments.ts";
import type { SyntaxLanguage } from "./languages/language.ts";

const maxSignature = 300;
const maxDoc = 600;
/** Longer names are cut. */
export const maxName = 200;

/** A reference, and where it stands in the text. */
export type PlacedReference = Reference & { at: number };

export interface Found {
  name: string;
  kind: DefinitionKind | "scope";
  /** Place of its pattern in the query. */
  pattern: number;
  container: string | undefined;
  doc: string | undefined;
  start: number;
  headStart: number;
  end: number;
  startRow: number;
  headRow: number;
  endRow: number;
  body: number | undefined;
}

/** Wrappers that belong to the definition they hold. */
const wrappers: ReadonlySet<string> = new Set([
  "decorated_definition",
  "export_statement",
  "template_declaration",
  "ambient_declaration",
]);
/** Kinds of a thing whose functions are methods. */
const holdsMethods: ReadonlySet<string> = new Set([
  "class",
  "interface",
  "struct",
  "trait",
  "enum",
  "scope",
]);

const functions: ReadonlySet<string> = new Set(["function", "method", "constructor"]);
const leaves: ReadonlySet<string> = new Set([
  "variable",
  "constant",
  "property",
  "declaration",
  "key",
]);

/** Keeps what a match says is defined. */
export function note(
  found: Map<number, Found>,
  kind: Found["kind"],
  node: Node,
  nameNode: Node,
  container: string | undefined,
  doc: string | undefined,
  { end = node, pattern }: { end?: Node | undefined; pattern: number },
): void {
  const known = found.get(nameNode.startIndex);
  // Two patterns may meet one thing: the first of the query says what it is, a later one may bring its doc.
  if (known !== undefined && known.pattern <= pattern) {
    known.doc ??= doc;
    known.container ??= container;
    return;
  }
  const name = unquoted(nameNode.text).replace(/\s+/g, " ").slice(0, maxName);
  if (name === "") return;
  const outer = node.parent !== null && wrappers.has(node.parent.type) ? node.parent : node;
  // Decorators stand before the head; "export" is part of it.
  const head = outer.type === "decorated_definition" ? node : outer;
  const { row, column } = end.endPosition;
  const headRow = head.startPosition.row;
  found.set(nameNode.startIndex, {
    name,
    kind,
    pattern,
    container: container ?? known?.container,
    doc: doc ?? known?.doc,
    start: outer.startIndex,
    headStart: head.startIndex,
    end: end.endIndex,
    startRow: outer.startPosition.row,
    headRow,
    endRow: column === 0 && row > headRow ? row - 1 : row,
    body: node.childForFieldName("body")?.startIndex,
  });
}

/** Which definition holds which, and which reference stands in which. */
export function nest(
  found: Found[],
  language: SyntaxLanguage,
  lines: readonly string[],
  text: string,
  references: PlacedReference[],
): Definition[] {
  found.sort((a, b) => a.start - b.start || b.end - a.end);
  references.sort((a, b) => a.at - b.at);
  const definitions: Definition[] = [];
  const stack: { found: Found; index: number; path: string }[] = [];
  let nextReference = 0;
  const place = (until: number): void => {
    for (; nextReference < references.length; nextReference += 1) {
      const reference = references[nextReference] as PlacedReference;
      if (reference.at >= until) return;
      popUntil(stack, reference.at);
      const holder = stack.findLast(({ index }) => index >= 0)?.index;
      const scope = stack.findLast(({ found: { kind } }) => kind === "scope")?.found.name;
      // "impl Shape for Square" stands in no definition, and says something of one.
      reference.within =
        holder ?? (scope === undefined ? -1 : definitions.findIndex(({ name }) => name === scope));
    }
  };
  for (const one of found) {
    place(one.start);
    popUntil(stack, one.start);
    const parent = stack.at(-1);
    const container = [parent?.path, one.container]
      .filter((part) => part !== undefined && part !== "")
      .join(".");
    const path = container === "" ? one.name : `${container}.${one.name}`;
    // What a function keeps to itself is looked up by nobody.
    const isLocal = leaves.has(one.kind) && functions.has(parent?.found.kind ?? "");
    const index = one.kind === "scope" || isLocal ? -1 : definitions.length;
    if (one.kind !== "scope" && !isLocal) {
      const inside = parent?.found.kind ?? (one.container === undefined ? undefined : "class");
      definitions.push(define(one, one.kind, inside, container, language, lines, text));
    }
    stack.push({ found: one, index, path });
  }
  place(Number.POSITIVE_INFINITY);
  return definitions;
}

function popUntil(stack: { found: Found }[], position: number): void {
  while (stack.length > 0 && (stack.at(-1)?.found.end ?? 0) <= position) stack.pop();
}

function define(
  one: Found,
  kind: DefinitionKind,
  inside: string | undefined,
  container: string,
  language: SyntaxLanguage,
  lines: readonly string[],
  text: string,
): Definition {
  const isMethod = kind === "function" && inside !== undefined && holdsMethods.has(inside);
  const firstRow = firstAttachedLine(lines, one.startRow, language.name);
  const signature = signatureOf(text, one);
  const doc = one.doc ?? textOfComment(lines.slice(firstRow, one.startRow));
  return {
    name: one.name,
    kind: isMethod ? "method" : kind,
    container,
    signature,
    doc: textOfComment(doc.split("\n")).slice(0, maxDoc),
    startLine: firstRow + 1,
    headLine: one.headRow + 1,
    endLine: one.endRow + 1,
    visibility: language.visibility({
      name: one.name,
      signature,
      container: container === "" ? undefined : container,
    }),
    bodyHash: hashOf(text.slice(one.start, one.end)),
  };
}

function signatureOf(text: string, one: Found): string {
  const lineEnd = text.indexOf("\n", one.headStart);
  const firstLine = lineEnd < 0 ? one.end : Math.min(lineEnd, one.end);
  const end = one.body === undefined || one.body <= one.headStart ? firstLine : one.body;
  const head = text.slice(one.headStart, Math.min(end, one.headStart + 4 * maxSignature));
  // Annotations and attributes may be part of the node; they are not of the signature.
  return head
    .replace(/^(\s*@[\w.]+(\([^\n]*\))?\s*\n|\s*\[[A-Z][^\]\n]*\]\s*\n)+/u, "")
    .replace(/(^|\s)(#|\/\/) [^\n]*/gu, "")
    .replace(/\s+/g, " ")
    .replace(/\s*(\{\s.*)?[{:=]?\s*$/u, "")
    .trim()
    .slice(0, maxSignature);
}

function hashOf(text: string): string {
  return hash("sha256", text.replace(/\s+/g, " "), "hex").slice(0, 16);
}

export function unquoted(text: string): string {
  // "<=>" is an operator, "<stdio.h>" a name in brackets.
  if (/^<\W*>$/.test(text)) return text;
  return text.replace(/^import\s+/, "").replace(/^(["'<`])(.*)["'>`]$/su, "$2");
}
