/* A file of a commit that was read and parsed. */
import type { ImportRow, SymbolRow } from "../../../ports/symbols.ts";
import type { Reference } from "../../../ports/syntax.ts";
import { decodeReferences, type ParsedHead } from "../../../storage/sqlite/blobs/parse-code.ts";

export interface LoadedFile {
  id: number;
  path: string;
  language: string;
  head: ParsedHead;
  /** As parse-code.ts has them; undefined: there is no tree. */
  references: Uint8Array | undefined;
  rows: SymbolRow[];
}

export function referencesIn({ references }: LoadedFile, name: string): readonly Reference[] {
  return references === undefined ? [] : (decodeReferences(references, name).get(name) ?? []);
}

export function importsIn({ path, language, head }: LoadedFile): ImportRow[] {
  return head.imports.map(({ isExport, ...one }) => {
    return { path, language, ...one, isExport: isExport === true };
  });
}
