import type { SymbolRow } from "../../../../ports/symbols.ts";
import { symbolIdOf } from "../../../shared/symbols/symbol-ids.ts";
import { restored } from "../../stored-text.ts";

/** References are counted up to here: more is just "much used". */
const mostUses = 1000;

/** Of a symbol `s`, its name `n` and its file `f`, in the order that symbolOf() reads. */
export const symbolColumns = `s.file_id, s.ordinal, n.name, s.kind, s.container, s.signature, s.doc,
  s.start_line, s.head_line, s.end_line, s.is_public, s.body_hash, f.path, f.language, least(n.uses, ${mostUses})`;

/** A definition out of the columns behind the first `from` of a row. */
export function symbolOf(row: readonly unknown[], from = 0): SymbolRow {
  const [fileId, ordinal, name, kind, container, signature, doc] = row.slice(from) as [
    ...[number, number, string, string, string, string, string],
  ];
  const [startLine, headLine, endLine, isPublic, bodyHash, path, language, uses] = row.slice(
    from + 7,
  ) as [number, number, number, boolean, string, string, string, number];
  return {
    id: symbolIdOf(fileId, ordinal),
    name: restored(name),
    kind: restored(kind),
    container: restored(container),
    signature: restored(signature),
    doc: restored(doc),
    path,
    ...{ startLine, headLine, endLine, bodyHash, language, uses },
    visibility: isPublic ? "public" : "private",
  };
}

/** No number is no limit. */
export function most(limit: number): number | null {
  return Number.isSafeInteger(limit) && limit >= 0 && limit < 2 ** 31 ? limit : null;
}

/** A path as it is asked for: none has U+0000, and none begins so. */
export function askedPath(path: string): string {
  return path.includes("\0") ? "//" : path;
}
