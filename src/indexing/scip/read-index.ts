/* A SCIP index, document by document, through a window: what is held at once is bounded, whatever the file says. */
import type { FileWindow } from "./file-window.ts";
import { mostSymbolBytes } from "./symbol-name.ts";
import { Fields, ScipDamage, wire } from "./wire.ts";

/** Of one document; one with more is left out. */
const mostOccurrences = 400_000;
const mostSymbolBytesOfDocument = 32_000_000;
const mostPathBytes = 16_384;
/** Larger parts of a document (a text, documentation) are passed over, bytes. */
const mostPartBytes = 1_000_000;
/** A number and a length, bytes. */
const headBytes = 20;

const fieldOf = {
  index: { metadata: 1, document: 2 },
  metadata: { tool: 2, root: 3 },
  tool: { name: 1, version: 2 },
  document: { path: 1, occurrence: 2, symbol: 3, encoding: 6 },
  occurrence: { range: 1, symbol: 2, roles: 3, lineRange: 8, linesRange: 9 },
  symbol: { symbol: 1, relationship: 4 },
  relationship: { symbol: 1, isImplementation: 3 },
} as const;

/** How characters of a line are counted; 0: nobody says. */
export type ScipEncoding = 0 | 1 | 2 | 3;

export interface ScipMetadata {
  /** "scip-python 0.6.6"; "" when it does not say. */
  tool: string;
  /** A file: address, as it stands there. */
  projectRoot: string;
}

export interface ScipOccurrence {
  /** 0-based, as all places here. */
  line: number;
  start: number;
  endLine: number;
  end: number;
  /** Index into the symbols of the document. */
  symbol: number;
  isDefinition: boolean;
}

export interface ScipDocument {
  path: string;
  encoding: ScipEncoding;
  /** Each once. */
  symbols: readonly string[];
  occurrences: readonly ScipOccurrence[];
  /** Pairs of symbols of which the first extends or implements the second. */
  inherits: readonly { symbol: string; from: string }[];
}

/** Where a document lies in the file. */
export interface ScipSpan {
  start: number;
  end: number;
}

/**
 * Looks over the whole file before anything is taken from it. Only the heads of documents are read.
 *
 * @param assertGoesOn called often; it throws when somebody stops the run
 * @throws ScipDamage when it is no SCIP index, or ends too soon
 */
export async function readFrame(
  file: FileWindow,
  assertGoesOn: () => void,
): Promise<{ metadata: ScipMetadata; documents: number }> {
  if (file.size === 0) throw new ScipDamage("it is empty", 0);
  let metadata: ScipMetadata | undefined;
  let documents = 0;
  for (let at = 0; at < file.size; ) {
    assertGoesOn();
    const { field, kind, start, end } = await headAt(file, at, file.size);
    if (field === fieldOf.index.metadata && kind === wire.bytes) {
      if (end - start > mostPartBytes) throw new ScipDamage("its metadata is too long", at);
      metadata ??= readMetadata(await file.bytes(start, end - start));
    }
    // All writers begin with it: what does not is some other file.
    if (metadata === undefined) throw new ScipDamage("it does not begin as one", at);
    if (field === fieldOf.index.document && kind === wire.bytes) documents += 1;
    at = end;
  }
  if (metadata === undefined || (metadata.tool === "" && metadata.projectRoot === "")) {
    throw new ScipDamage("it does not say who made it", 0);
  }
  return { metadata, documents };
}

/** The documents of a file that readFrame() found sound. */
export async function* documentsIn(file: FileWindow): AsyncGenerator<ScipSpan> {
  for (let at = 0; at < file.size; ) {
    const { field, kind, start, end } = await headAt(file, at, file.size);
    if (field === fieldOf.index.document && kind === wire.bytes) yield { start, end };
    at = end;
  }
}

/**
 * One document.
 * @returns why not, where it holds too much
 * @throws ScipDamage
 */
export async function readDocument(
  file: FileWindow,
  { start, end }: ScipSpan,
): Promise<ScipDocument | { path: string; tooLarge: true }> {
  const parts = new DocumentParts();
  for (let at = start; at < end; ) {
    const head = file.now(at, headBytes) ?? (await file.bytes(at, headBytes));
    const part = headIn(head, at, end);
    at = part.end;
    if (part.kind === wire.number) parts.number(part.field, part.value);
    if (part.kind !== wire.bytes || !parts.wants(part.field)) continue;
    const length = part.end - part.start;
    if (length > mostPartBytes) continue;
    parts.take(part.field, file.now(part.start, length) ?? (await file.bytes(part.start, length)));
    if (parts.isTooLarge) break;
  }
  return parts.isTooLarge ? { path: parts.path, tooLarge: true } : parts.document();
}

async function headAt(file: FileWindow, at: number, limit: number) {
  return headIn(file.now(at, headBytes) ?? (await file.bytes(at, headBytes)), at, limit);
}

function headIn(bytes: Buffer, at: number, limit: number) {
  const fields = new Fields(bytes, 0, Math.min(bytes.length, limit - at));
  fields.head();
  const { field, kind, value } = fields;
  const start = at + fields.start;
  const end = at + fields.end;
  if (end > limit) throw new ScipDamage("it ends in the middle of a value", at);
  return { field, kind, value, start, end };
}

function readMetadata(bytes: Buffer): ScipMetadata {
  const fields = new Fields(bytes);
  let tool = "";
  let projectRoot = "";
  while (fields.next()) {
    if (fields.kind !== wire.bytes) continue;
    const { field, start, end } = fields;
    if (field === fieldOf.metadata.root) projectRoot = bytes.toString("utf8", start, end);
    if (field === fieldOf.metadata.tool) tool = readTool(bytes.subarray(start, end));
  }
  return { tool, projectRoot: projectRoot.slice(0, mostPathBytes) };
}

function readTool(bytes: Buffer): string {
  const fields = new Fields(bytes);
  let name = "";
  let version = "";
  while (fields.next()) {
    if (fields.kind !== wire.bytes) continue;
    const text = bytes.toString("utf8", fields.start, Math.min(fields.end, fields.start + 200));
    if (fields.field === fieldOf.tool.name) name = text;
    if (fields.field === fieldOf.tool.version) version = text;
  }
  return `${name} ${version}`.trim();
}

/** Gathers a document, whose path may come last. */
class DocumentParts {
  path = "";
  isTooLarge = false;
  #encoding: ScipEncoding = 0;
  readonly #symbols = new Map<string, number>();
  readonly #occurrences: ScipOccurrence[] = [];
  readonly #inherits: { symbol: string; from: string }[] = [];
  #symbolBytes = 0;

  wants(field: number): boolean {
    const { path, occurrence, symbol } = fieldOf.document;
    return field === path || field === occurrence || field === symbol;
  }

  number(field: number, value: number): void {
    if (field !== fieldOf.document.encoding) return;
    this.#encoding = value === 1 || value === 2 || value === 3 ? value : 0;
  }

  take(field: number, bytes: Buffer): void {
    if (field === fieldOf.document.path) {
      this.path = bytes.toString("utf8", 0, Math.min(bytes.length, mostPathBytes));
    } else if (field === fieldOf.document.occurrence) this.#occurrence(bytes);
    else this.#symbol(bytes);
    this.isTooLarge =
      this.#occurrences.length > mostOccurrences ||
      this.#inherits.length > mostOccurrences ||
      this.#symbolBytes > mostSymbolBytesOfDocument;
  }

  document(): ScipDocument {
    return {
      path: this.path,
      encoding: this.#encoding,
      symbols: [...this.#symbols.keys()],
      occurrences: this.#occurrences,
      inherits: this.#inherits,
    };
  }

  #occurrence(bytes: Buffer): void {
    const fields = new Fields(bytes);
    let range: number[] = [];
    let symbol: string | undefined;
    let roles = 0;
    const { occurrence } = fieldOf;
    while (fields.next()) {
      const { field, kind, start, end } = fields;
      if (field === occurrence.range) range.push(...fields.numbers(4));
      else if (field === occurrence.roles && kind === wire.number) roles = fields.value;
      else if (kind !== wire.bytes) continue;
      else if (field === occurrence.symbol) {
        if (end - start <= mostSymbolBytes) symbol = bytes.toString("utf8", start, end);
      } else if (field === occurrence.lineRange || field === occurrence.linesRange) {
        range = placeOf(bytes.subarray(start, end), field === occurrence.lineRange ? 3 : 4);
      }
    }
    if (symbol === undefined || symbol === "" || symbol.startsWith("local ")) return;
    const [line, from] = range;
    if (line === undefined || from === undefined || range.length < 3 || range.length > 4) return;
    const [endLine, end] = range.length === 3 ? [line, range[2]] : [range[2], range[3]];
    this.#occurrences.push({
      line,
      start: from,
      endLine: endLine as number,
      end: end as number,
      symbol: this.#numberOf(symbol),
      isDefinition: roles % 2 === 1,
    });
  }

  #symbol(bytes: Buffer): void {
    const fields = new Fields(bytes);
    let symbol = "";
    const from: string[] = [];
    while (fields.next()) {
      if (fields.kind !== wire.bytes) continue;
      const { field, start, end } = fields;
      if (field === fieldOf.symbol.symbol && end - start <= mostSymbolBytes) {
        symbol = bytes.toString("utf8", start, end);
      } else if (field === fieldOf.symbol.relationship) {
        const to = implementedBy(bytes.subarray(start, end));
        if (to !== undefined) from.push(to);
      }
    }
    if (symbol === "" || symbol.startsWith("local ")) return;
    for (const one of from) {
      this.#symbolBytes += symbol.length + one.length;
      this.#inherits.push({ symbol, from: one });
    }
  }

  #numberOf(symbol: string): number {
    let known = this.#symbols.get(symbol);
    if (known === undefined) {
      known = this.#symbols.size;
      this.#symbols.set(symbol, known);
      this.#symbolBytes += symbol.length;
    }
    return known;
  }
}

/** A place as a message of its own, whose fields of 0 are not written. */
function placeOf(bytes: Buffer, count: number): number[] {
  const place = Array.from({ length: count }, () => 0);
  const fields = new Fields(bytes);
  while (fields.next()) {
    if (fields.kind === wire.number && fields.field <= count)
      place[fields.field - 1] = fields.value;
  }
  return place;
}

function implementedBy(bytes: Buffer): string | undefined {
  const fields = new Fields(bytes);
  let symbol: string | undefined;
  let isImplementation = false;
  const { relationship } = fieldOf;
  while (fields.next()) {
    const { field, kind, start, end } = fields;
    if (field === relationship.symbol && kind === wire.bytes && end - start <= mostSymbolBytes) {
      symbol = bytes.toString("utf8", start, end);
    }
    if (field === relationship.isImplementation && kind === wire.number) {
      isImplementation = fields.value !== 0;
    }
  }
  return isImplementation && symbol !== "" ? symbol : undefined;
}
