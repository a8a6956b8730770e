/* Gathers what a reader of lines finds into what a parse gives: in order, with docs, and uses within definitions. */
import { createHash } from "node:crypto";
import type {
  Definition,
  DefinitionKind,
  Import,
  ParsedFile,
  Reference,
  ReferenceKind,
} from "../../ports/syntax.ts";
import { firstAttachedLine, textOfComment } from "../comments.ts";

export interface FoundInLines {
  name: string;
  kind: DefinitionKind;
  /** Names it is inside of, joined by "."; "" at the top. */
  container: string;
  /** Rows are 0-based; `endRow` is the last. */
  row: number;
  endRow: number;
  /** Row of what is said of it right above (its specification); comments are looked for above that. */
  topRow?: number | undefined;
  /** Default: its first line. */
  signature?: string | undefined;
  doc?: string | undefined;
  isPrivate?: boolean | undefined;
}

const mostName = 200;
const mostSignature = 300;
const mostDoc = 600;
const mostReferences = 50_000;

export class Collector {
  readonly lines: readonly string[];
  readonly #language: string;
  readonly #found: FoundInLines[] = [];
  readonly #uses: { name: string; kind: ReferenceKind; row: number }[] = [];
  readonly #imports: Import[] = [];

  constructor(text: string, language: string) {
    this.lines = text.split("\n").map((line) => (line.endsWith("\r") ? line.slice(0, -1) : line));
    this.#language = language;
  }

  /** Returns what was added, whose end may be set later. */
  define(one: FoundInLines): FoundInLines {
    if (one.name !== "") this.#found.push(one);
    return one;
  }

  use(name: string, kind: ReferenceKind, row: number): void {
    if (name !== "" && name.length <= mostName && this.#uses.length < mostReferences) {
      this.#uses.push({ name, kind, row });
    }
  }

  import(module: string, row: number, name = "", alias = ""): void {
    if (module !== "") this.#imports.push({ module, name, alias, line: row + 1 });
  }

  parsed(hasErrors = false): ParsedFile {
    this.#found.sort((a, b) => a.row - b.row || b.endRow - a.endRow);
    const definitions = this.#found.map((one) => this.#definition(one));
    return { definitions, references: this.#references(), imports: this.#imports, hasErrors };
  }

  #definition(one: FoundInLines): Definition {
    const { lines } = this;
    let last = Math.min(one.endRow, lines.length - 1);
    while (last > one.row && (lines[last] as string).trim() === "") last -= 1;
    const first = firstAttachedLine(lines, one.topRow ?? one.row, this.#language);
    const text = lines.slice(one.row, last + 1).join("\n");
    const doc = one.doc ?? textOfComment(lines.slice(first, one.topRow ?? one.row));
    return {
      name: one.name.slice(0, mostName),
      kind: one.kind,
      container: one.container,
      signature: (one.signature ?? (lines[one.row] as string))
        .replace(/\s+/g, " ")
        .trim()
        .replace(/\s*[{:]$/, "")
        .slice(0, mostSignature),
      doc: doc.slice(0, mostDoc),
      startLine: first + 1,
      headLine: one.row + 1,
      endLine: last + 1,
      visibility: one.isPrivate === true ? "private" : "public",
      bodyHash: createHash("sha256").update(text.replace(/\s+/g, " ")).digest("hex").slice(0, 16),
    };
  }

  /** Each use once a line, with the innermost definition whose rows hold it. */
  #references(): Reference[] {
    this.#uses.sort((a, b) => a.row - b.row);
    const open: number[] = [];
    const seen = new Set<string>();
    const references: Reference[] = [];
    let next = 0;
    for (const { name, kind, row } of this.#uses) {
      const key = `${row} ${kind} ${name}`;
      if (seen.has(key)) continue;
      seen.add(key);
      for (
        ;
        next < this.#found.length && (this.#found[next] as FoundInLines).row <= row;
        next += 1
      ) {
        while (open.length > 0 && this.#endOf(open) < (this.#found[next] as FoundInLines).row)
          open.pop();
        open.push(next);
      }
      while (open.length > 0 && this.#endOf(open) < row) open.pop();
      references.push({ name, kind, line: row + 1, within: open.at(-1) ?? -1 });
    }
    return references;
  }

  #endOf(open: readonly number[]): number {
    return (this.#found[open.at(-1) as number] as FoundInLines).endRow;
  }
}
