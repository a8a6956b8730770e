/*
 * What a syntax tree says of a file, as bytes: definitions, imports and facts in one part, references in another, which
 * is taken apart only for the names that somebody asks about. JSON of lists without keys, deflated: a quarter of a
 * file's own size in each part.
 */
import { deflateRawSync, inflateRawSync } from "node:zlib";
import {
  type Definition,
  definitionKinds,
  type Fact,
  type Import,
  type ParsedFile,
  type Reference,
  referenceKinds,
} from "../../../ports/syntax.ts";

/** All but the references. */
export type ParsedHead = Omit<ParsedFile, "references">;

export interface CodedParse {
  head: Uint8Array;
  references: Uint8Array;
}

/** More than any file that is parsed has. */
const mostBytes = 256 * 1024 * 1024;

type References = Record<string, (number | string)[]>;

export function encodeParse(parsed: ParsedFile): CodedParse {
  const head = [
    parsed.hasErrors ? 1 : 0,
    parsed.definitions.map((one) => [
      one.name,
      definitionKinds.indexOf(one.kind),
      one.container,
      one.signature,
      one.doc,
      one.startLine,
      one.headLine,
      one.endLine,
      one.visibility === "public" ? 1 : 0,
      one.bodyHash,
    ]),
    parsed.imports.map((one) => [
      one.module,
      one.name,
      one.alias,
      one.line,
      one.isExport === true ? 1 : 0,
    ]),
    (parsed.facts ?? []).map(({ name, is, line, within }) => [name, is, line, within]),
  ];
  const references: References = Object.create(null) as References;
  for (const { name, kind, line, within, on = "" } of parsed.references) {
    references[name] ??= [];
    references[name].push(referenceKinds.indexOf(kind), line, within, on);
  }
  return { head: packed(head), references: packed(Object.entries(references)) };
}

/** @throws Error for what encodeParse() did not make */
export function decodeHead(head: Uint8Array): ParsedHead {
  const [hasErrors, definitions, imports, facts] = unpacked(head) as [
    number,
    CodedDefinition[],
    CodedImport[],
    CodedFact[],
  ];
  return {
    hasErrors: hasErrors === 1,
    definitions: definitions.map(asDefinition),
    imports: imports.map(asImport),
    facts: facts.map(([name, is, line, within]): Fact => ({ name, is, line, within })),
  };
}

/** By name; all of them, or those of one name. @throws Error for what encodeParse() did not make */
export function decodeReferences(coded: Uint8Array, only?: string): Map<string, Reference[]> {
  const found = new Map<string, Reference[]>();
  const text = inflateRawSync(coded, { maxOutputLength: mostBytes }).toString("utf8");
  if (only !== undefined && !text.includes(`[${JSON.stringify(only)},[`)) return found;
  for (const [name, list] of JSON.parse(text) as [string, (number | string)[]][]) {
    if (only !== undefined && name !== only) continue;
    const references: Reference[] = [];
    for (let at = 0; at + 3 < list.length; at += 4) {
      references.push({
        name,
        kind: referenceKinds[list[at] as number] ?? "call",
        line: list[at + 1] as number,
        within: list[at + 2] as number,
        on: list[at + 3] as string,
      });
    }
    found.set(name, references);
  }
  return found;
}

type CodedDefinition = [
  string,
  number,
  string,
  string,
  string,
  number,
  number,
  number,
  number,
  string,
];
type CodedImport = [string, string, string, number, number];
type CodedFact = [string, string, number, number];

function asDefinition(coded: CodedDefinition): Definition {
  const [name, kind, container, signature, doc, startLine, headLine, endLine, isPublic, bodyHash] =
    coded;
  return {
    name,
    kind: definitionKinds[kind] ?? "declaration",
    container,
    signature,
    doc,
    startLine,
    headLine,
    endLine,
    visibility: isPublic === 1 ? "public" : "private",
    bodyHash,
  };
}

function asImport([module, name, alias, line, isExport]: CodedImport): Import {
  return { module, name, alias, line, ...(isExport === 1 ? { isExport: true } : {}) };
}

function packed(value: unknown): Uint8Array {
  return deflateRawSync(JSON.stringify(value), { level: 1 });
}

function unpacked(bytes: Uint8Array): unknown {
  const text = inflateRawSync(bytes, { maxOutputLength: mostBytes }).toString("utf8");
  return JSON.parse(text) as unknown;
}
