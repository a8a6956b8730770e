/* What is defined: kept match by match, then nested. */
import { hash } from "node:crypto";
import type { Node } from "web-tree-sitter";
import type { Definition, DefinitionKind, Reference } from "../ports/syntax.ts";
import { boundKeys } from "./bound-keys.ts";
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
  container: string | undefined;
  doc: string | undefined;
  /** It belongs to the class around the function that it stands in. */
  isLifted: boolean;
  /** Place of its pattern in the query: of two that meet one name the first holds. */
  pattern: number;
  nameStart: number;
  /** Where its own node begins, before the declaration around it is added. */
  ownStart: number;
  start: number;
  headStart: number;
  end: number;
  startRow: number;
  headRow: number;
  endRow: number;
  body: number | undefined;
  /** The declaration that holds it, where it may hold others beside it. */
  outer: { start: number; headStart: number; startRow: number; headRow: number } | undefined;
  /** What the declaration says of all that it holds: characters from and to. */
  lead: { from: number; to: number } | undefined;
}

/** What a match says beside the kind and the name. */
export interface Said {
  container?: string | undefined;
  doc?: string | undefined;
  outer?: Node | undefined;
  isLifted?: boolean | undefined;
  /** What comes after its own node and belongs to it. */
  end?: Node | undefined;
  pattern: number;
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
  "constant",
  "scope",
]);

/** What is another thing inside of these; a variable in "impl T" or a namespace stays one. */
const asMember: ReadonlyMap<string, DefinitionKind> = new Map([
  ["function", "method"],
  ["variable", "property"],
]);

const functions: ReadonlySet<string> = new Set(["function", "method", "constructor"]);
const leaves: ReadonlySet<string> = new Set([
  "variable",
  "constant",
  "property",
  "declaration",
  "key",
]);

/** What stands in a class or an object, where nothing wraps it; each look for a wrapper walks down the tree. */
const members: ReadonlySet<string> = new Set(["method", "property", "constant", "key"]);

/** Keeps what a match says is defined. */
export function note(
  found: Map<number, Found>,
  kind: Found["kind"],
  node: Node,
  nameNode: Node,
  said: Said,
  language: SyntaxLanguage,
  text: string,
): void {
  const inner = language.innerName?.(nameNode, kind) ?? { node: nameNode, kind };
  const nameStart = inner.node.startIndex;
  const known = found.get(nameStart);
  // Two patterns may meet one thing: the first says what it is, a later one may bring its doc.
  if (known !== undefined && known.pattern <= said.pattern) {
    known.doc ??= said.doc;
    known.container ??= containerOf(said.container, language);
    return;
  }
  const whole = nameText(text.slice(nameStart, inner.node.endIndex));
  const { name, container } = language.nameOf?.(whole, inner.kind, node) ?? { name: whole };
  if (name === "") return;
  const holds = said.outer ?? node;
  const mayBeWrapped = language.wraps === true && !members.has(kind);
  const { outer, head } = mayBeWrapped ? wrapped(holds) : { outer: holds, head: holds };
  const places = {
    start: outer.startIndex,
    headStart: head.startIndex,
    startRow: outer.startPosition.row,
    headRow: head.startPosition.row,
  };
  const own =
    said.outer === undefined
      ? places
      : {
          start: node.startIndex,
          headStart: node.startIndex,
          startRow: node.startPosition.row,
          headRow: node.startPosition.row,
        };
  const last = said.end ?? node;
  const { row, column } = last.endPosition;
  found.set(nameStart, {
    name: name.slice(0, maxName),
    kind: inner.kind,
    container: containerOf(said.container ?? container, language) ?? known?.container,
    doc: said.doc ?? known?.doc,
    isLifted: said.isLifted ?? false,
    pattern: said.pattern,
    nameStart,
    ownStart: node.startIndex,
    ...own,
    end: last.endIndex,
    endRow: column === 0 && row > own.headRow ? row - 1 : row,
    body: leaves.has(kind) ? undefined : node.childForFieldName("body")?.startIndex,
    outer: said.outer === undefined ? undefined : places,
    lead: undefined,
  });
}

/** With the wrappers around it. Decorators stand before the head; "export" is part of it. */
function wrapped(node: Node): { outer: Node; head: Node } {
  let outer = node;
  let head = node;
  for (let up = node.parent; up !== null && wrappers.has(up.type); up = up.parent) {
    outer = up;
    if (up.type !== "decorated_definition") head = up;
  }
  return { outer, head };
}

/** "a::b<T>" and "a\\b" are "a.b" here. */
function containerOf(text: string | undefined, language: SyntaxLanguage): string | undefined {
  if (text === undefined) return undefined;
  let plain = language.containerOf?.(text) ?? text;
  for (let before = ""; before !== plain; ) {
    before = plain;
    plain = plain.replace(/<[^<>]*>/g, "");
  }
  plain = plain
    .replace(/::|\\|\s+/g, ".")
    .replace(/\.{2,}/g, ".")
    .replace(/^\.|\.$/g, "");
  return plain === "" ? undefined : plain;
}

/** A name on one line, without quotes around it. */
function nameText(text: string): string {
  return text
    .replace(/^(["'`])(.*)\1$/su, "$2")
    .replace(/\s+/g, " ")
    .trim();
}

/** The first that a declaration holds begins with it, the others where they stand. */
function shareDeclarations(found: Found[], text: string): void {
  const first = new Map<number, Found["lead"]>();
  for (const one of found.sort((a, b) => a.nameStart - b.nameStart)) {
    if (one.outer === undefined) continue;
    const { start, headStart, startRow, headRow } = one.outer;
    const known = first.get(start);
    if (known === undefined) {
      const before = text.slice(headStart, one.ownStart);
      // Of a group in brackets the keyword holds for all; a body before a name is a thing of its own.
      const group = /^\w+\s*(?=\()/.exec(before)?.[0].length;
      const isBody = /\}[\s*&]*$/.test(before);
      const lead = {
        from: headStart,
        to: isBody ? headStart : headStart + (group ?? before.length),
      };
      first.set(start, lead);
      if (group === undefined && !isBody)
        Object.assign(one, { start, headStart, startRow, headRow });
      else one.lead = lead;
    } else one.lead = known;
  }
}

/** Which definition holds which, and which reference stands in which. */
export function nest(
  found: Found[],
  language: SyntaxLanguage,
  lines: readonly string[],
  text: string,
  references: PlacedReference[],
): Definition[] {
  shareDeclarations(found, text);
  boundKeys(found);
  found.sort((a, b) => a.start - b.start || b.end - a.end || a.nameStart - b.nameStart);
  references.sort((a, b) => a.at - b.at);
  const definitions: Definition[] = [];
  const stack: Open[] = [];
  const known = new Set<string>();
  const file = { lastRow: -1 };
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
    // A member that a constructor declares belongs to the class.
    const top = stack.at(-1);
    // "a, b = 1, 2": two names of one thing stand side by side.
    const isTwin = top !== undefined && isSame(top.found, one);
    const parent = one.isLifted ? stack.findLast(isHolder) : isTwin ? stack.at(-2) : top;
    if (one.isLifted && (parent === undefined || !isLiftedHere(stack, language))) continue;
    const container = [parent?.path, one.container]
      .filter((part) => part !== undefined && part !== "")
      .join(".");
    const path = container === "" ? one.name : `${container}.${one.name}`;
    const isLeaf = leaves.has(one.kind);
    // What a function keeps to itself is looked up by nobody.
    const isLocal = isLeaf && functions.has(parent?.found.kind ?? "");
    // Where assigning defines, the first one does.
    const isAgain = isLeaf && (language.definesOnce === true || one.isLifted) && known.has(path);
    if (isLeaf) known.add(path);
    const isKept = one.kind !== "scope" && !isLocal && !isAgain;
    const index = isKept ? definitions.length : -1;
    const beside = (isTwin ? stack.at(-2) : top) ?? file;
    if (one.kind !== "scope" && isKept) {
      const kindAround = parent?.found.kind;
      // "void A::f()" is of A, also in a namespace; in a module of Julia "Base.show" is a function yet.
      const inside = one.container === undefined || kindAround === "module" ? kindAround : "class";
      const attached = firstAttachedLine(lines, one.startRow, language.name);
      const firstRow = Math.min(one.startRow, Math.max(beside.lastRow + 1, attached));
      definitions.push(define(one, one.kind, inside, container, language, lines, text, firstRow));
    }
    beside.lastRow = Math.max(beside.lastRow, one.endRow);
    if (!isTwin) stack.push({ found: one, index, path, lastRow: one.headRow });
  }
  place(Number.POSITIVE_INFINITY);
  return definitions;
}

interface Open {
  found: Found;
  /** In the list of definitions; -1 for what is none. */
  index: number;
  path: string;
  /** Last row that what it holds has taken so far: comments above it belong to nothing below. */
  lastRow: number;
}

function isSame(a: Found, b: Found): boolean {
  return a.ownStart === b.ownStart && a.end === b.end && a.nameStart !== b.nameStart;
}

function isLiftedHere(stack: readonly Open[], { liftsFrom }: SyntaxLanguage): boolean {
  const from = stack.findLast(({ found: { kind } }) => functions.has(kind));
  return liftsFrom === undefined || (from !== undefined && liftsFrom.has(from.found.name));
}

function isHolder({ found: { kind } }: Open): boolean {
  return holdsMethods.has(kind) || kind === "module";
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
  firstRow: number,
): Definition {
  const isMember = inside !== undefined && holdsMethods.has(inside);
  const signature = signatureOf(text, one);
  const isElsewhere =
    kind === "variable" && signature.startsWith("extern ") && !signature.includes("=");
  const doc = one.doc ?? textOfComment(lines.slice(firstRow, one.startRow));
  return {
    name: one.name,
    kind: isElsewhere ? "declaration" : isMember ? (asMember.get(kind) ?? kind) : kind,
    container,
    signature,
    doc: textOfComment(doc.split("\n")).slice(0, maxDoc),
    startLine: firstRow + 1,
    headLine: one.headRow + rowsOfAnnotations(text, one) + 1,
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
  const lead = one.lead === undefined ? "" : text.slice(one.lead.from, one.lead.to);
  const own = text.slice(one.headStart, Math.min(end, one.headStart + 4 * maxSignature));
  const head = lead.slice(0, 4 * maxSignature) + own;
  // Annotations and attributes may be part of the node; they are not of the signature.
  const signature = cleaned(head);
  const cut = signature.replace(/\s*(\{\s.*)?[{:=]?$/u, "").trim();
  // What takes a value apart names it in braces.
  return (cut.includes(one.name) ? cut : signature).slice(0, maxSignature);
}

const annotations = /^(?:\s*@[\w.:]+(?:\([^\n]*\))?[ \t]*\n|\s*\[[A-Z][^\]\n]*\][ \t]*\n)+/u;

/** Lines above the head of what begins with annotations: those are a part of it in some grammars. */
function rowsOfAnnotations(text: string, one: Found): number {
  const letter = text[one.headStart];
  if (letter !== "@" && letter !== "[") return 0;
  const head = text.slice(one.headStart, Math.min(one.end, one.headStart + 4 * maxSignature));
  return (annotations.exec(head)?.[0].split("\n").length ?? 1) - 1;
}

function cleaned(head: string): string {
  return head
    .replace(annotations, "")
    .replace(/(^|\s)(#|\/\/) [^\n]*/gu, "")
    .replace(/\s+/g, " ")
    .trim();
}

function hashOf(text: string): string {
  return hash("sha256", text.replace(/\s+/g, " "), "hex").slice(0, 16);
}

/** A module as an import names it. */
export function unquoted(text: string): string {
  return text.replace(/^import\s+/, "").replace(/^(?:(["'`])(.*)\1|<([^<>=].*)>)$/su, "$2$3");
}
