import { deletions, foldName, hash32, isOneLetterApart } from "../../base/names.ts";
import type {
  ImportRow,
  NameCandidate,
  NameMatch,
  ReferenceRow,
  SymbolRow,
  SymbolStore,
} from "../../ports/symbols.ts";
import { type ReferenceKind, referenceKinds } from "../../ports/syntax.ts";
import type { Database, Statement } from "./open.ts";
import { splitWords } from "./words.ts";

/** References are counted up to here: more is just "much used". */
const mostUses = 1000;
/**
 * SQL for the references to a name, counted up to `most`; `nameId` is an expression. All that ask how much
 * a name is used ask here.
 */
export function countOfUses(nameId: string, most: number): string {
  return `(SELECT count(*) FROM (SELECT 1 FROM refs WHERE refs.name_id = ${nameId} LIMIT ${most}))`;
}

/** Longer queries are no names. */
const longestName = 200;

const columns = `
  symbols.id, names.name, symbols.kind, symbols.container, signature, doc, start_line AS startLine,
  head_line AS headLine, end_line AS endLine, is_public AS isPublic, body_hash AS bodyHash, files.path, files.language, symbols.name_id AS nameId`;
const tables = `symbols JOIN names ON names.id = symbols.name_id JOIN files ON files.id = symbols.file_id`;

type RawSymbol = Omit<SymbolRow, "visibility" | "uses"> & { isPublic: number; nameId: number };

/** Looks names, definitions and references up. */
export class Symbols implements SymbolStore {
  readonly #exact: Statement;
  readonly #folded: Statement;
  readonly #prefix: Statement;
  readonly #words: Statement;
  readonly #byDelete: Statement;
  readonly #byFoldedList: Statement;
  readonly #ofNames: Statement;
  readonly #named: Statement;
  readonly #inFile: Statement;
  readonly #hasFile: Statement;
  readonly #at: Statement;
  readonly #byId: Statement;
  readonly #references: Statement;
  readonly #within: Statement;
  readonly #imports: Statement;
  readonly #paths: Statement;
  readonly #counts: Statement;
  readonly #uses: Statement;

  constructor(db: Database) {
    const names = "SELECT names.id AS nameId, names.name, names.folded FROM names WHERE is_defined";
    this.#exact = db.prepare(`${names} AND name = ?`);
    this.#folded = db.prepare(`${names} AND folded = ? LIMIT ?`);
    this.#prefix = db.prepare(`${names} AND folded >= ? AND folded < ? ORDER BY folded LIMIT ?`);
    this.#words = db.prepare(
      `SELECT names.id AS nameId, names.name, names.folded FROM name_words JOIN names ON names.id = name_words.rowid
       WHERE name_words MATCH ? LIMIT ?`,
    );
    this.#byDelete = db.prepare(
      `SELECT DISTINCT names.id AS nameId, names.name, names.folded FROM json_each(?) AS asked
       JOIN name_deletes ON hash = asked.value JOIN names ON names.id = name_deletes.name_id LIMIT ?`,
    );
    this.#byFoldedList = db.prepare(
      `SELECT names.id AS nameId, names.name, names.folded FROM json_each(?) AS asked
       JOIN names ON is_defined AND folded = asked.value LIMIT ?`,
    );
    this.#ofNames = db.prepare(
      `SELECT ${columns} FROM json_each(?) AS asked CROSS JOIN ${tables}
       WHERE symbols.name_id = asked.value LIMIT ?`,
    );
    this.#named = db.prepare(`SELECT ${columns} FROM ${tables} WHERE names.name = ? LIMIT ?`);
    this.#inFile = db.prepare(
      `SELECT ${columns} FROM ${tables} WHERE path = ? ORDER BY start_line, end_line DESC, symbols.id`,
    );
    this.#hasFile = db.prepare("SELECT 1 FROM files WHERE path = ?").pluck();
    this.#at = db.prepare(
      `SELECT ${columns} FROM ${tables} WHERE path = $path AND start_line <= $line
       AND end_line >= $line ORDER BY start_line DESC, end_line LIMIT 1`,
    );
    this.#byId = db.prepare(`SELECT ${columns} FROM ${tables} WHERE symbols.id = ?`);
    this.#references = db.prepare(
      `SELECT files.path, refs.line, refs.kind, refs.symbol_id AS symbolId FROM refs
       JOIN names ON names.id = refs.name_id JOIN files ON files.id = refs.file_id
       WHERE names.name = ? ORDER BY path, line LIMIT ?`,
    );
    this.#within = db.prepare(
      `SELECT name, refs.kind, line FROM refs JOIN names ON names.id = refs.name_id
       WHERE symbol_id = ? ORDER BY line, name`,
    );
    this.#imports = db.prepare(
      `SELECT files.path, imports.module, imports.name, imports.alias, imports.line FROM json_each(?) AS asked
       JOIN files ON files.path = asked.value JOIN imports ON imports.file_id = files.id ORDER BY files.path, imports.line`,
    );
    this.#uses = db.prepare(`SELECT ${countOfUses("?", mostUses)}`).pluck();
    this.#paths = db
      .prepare(
        `SELECT path FROM files WHERE $folder = '' OR path = $folder
         OR (path >= $folder || '/' AND path < $folder || '0') ORDER BY path LIMIT $limit`,
      )
      .pluck();
    this.#counts = db.prepare(
      `SELECT (SELECT count(*) FROM symbols) AS definitions, (SELECT count(*) FROM refs) AS "references",
       (SELECT count(*) FROM names WHERE is_defined) AS names`,
    );
  }

  findNames(query: string, limit: number): NameCandidate[] {
    const asked = query.trim().slice(0, longestName);
    const folded = foldName(asked);
    const found = new Map<number, NameCandidate>();
    const add = (rows: unknown[], match: (row: NameRow) => NameMatch | undefined): void => {
      for (const row of rows as NameRow[]) {
        const how = match(row);
        if (how === undefined || found.has(row.nameId) || found.size >= limit) continue;
        found.set(row.nameId, { nameId: row.nameId, name: row.name, match: how });
      }
    };
    add(this.#exact.all(asked), () => "exact");
    if (folded === "") return [...found.values()];
    const lower = asked.toLowerCase();
    add(this.#folded.all(folded, limit), ({ name }) =>
      name.toLowerCase() === lower ? "case" : "words",
    );
    // Anything less than the whole name is looked for only when that is not there.
    if (found.size > 0) return [...found.values()];
    add(this.#oneLetterApart(folded, limit), () => "typo");
    const end = `${folded}\u{10ffff}`;
    if (folded.length >= 3) add(this.#prefix.all(folded, end, limit), () => "prefix");
    const words = [...new Set(splitWords(asked))].filter((word) => word.length > 1).slice(0, 8);
    if (words.length > 0) {
      const all = words.map((word) => `"${word}"`).join(" AND ");
      add(this.#words.all(all, limit), () => "part");
    }
    return [...found.values()];
  }

  definitionsOf(nameIds: readonly number[], limit: number): SymbolRow[] {
    return this.#rows(this.#ofNames.all(JSON.stringify(nameIds), limit));
  }

  definitionsNamed(name: string, limit: number): SymbolRow[] {
    return this.#rows(this.#named.all(name, limit));
  }

  definitionsIn(path: string): SymbolRow[] | undefined {
    const found = this.#rows(this.#inFile.all(path));
    return found.length === 0 && this.#hasFile.get(path) === undefined ? undefined : found;
  }

  definitionsAt(places: readonly { path: string; line: number }[]): (SymbolRow | undefined)[] {
    return places.map(({ path, line }) => this.#rows(this.#at.all({ path, line }))[0]);
  }

  referencesTo(name: string, limit: number): ReferenceRow[] {
    const found = this.#references.all(name, limit) as RawReference[];
    const holders = new Map<number, SymbolRow | undefined>();
    return found.map(({ path, line, kind, symbolId }) => {
      if (symbolId !== null && !holders.has(symbolId)) {
        holders.set(symbolId, this.#rows(this.#byId.all(symbolId))[0]);
      }
      const within = symbolId === null ? undefined : holders.get(symbolId);
      return { path, line, kind: kindOf(kind), within };
    });
  }

  referencesWithin(symbolId: number): { name: string; kind: ReferenceKind; line: number }[] {
    const found = this.#within.all(symbolId) as { name: string; kind: number; line: number }[];
    return found.map((row) => ({ ...row, kind: kindOf(row.kind) }));
  }

  importsOf(paths: readonly string[]): ImportRow[] {
    return this.#imports.all(JSON.stringify(paths)) as ImportRow[];
  }

  pathsBelow(folder: string, limit: number): string[] {
    return this.#paths.all({ folder, limit }) as string[];
  }

  counts(): { definitions: number; references: number; names: number } {
    return this.#counts.get() as { definitions: number; references: number; names: number };
  }

  /** Uses are counted once per name: a common name has hundreds of definitions. */
  #rows(raw: unknown[]): SymbolRow[] {
    const uses = new Map<number, number>();
    return (raw as RawSymbol[]).map(({ isPublic, nameId, ...row }) => {
      let count = uses.get(nameId);
      if (count === undefined) {
        count = this.#uses.get(nameId) as number;
        uses.set(nameId, count);
      }
      return { ...row, uses: count, visibility: isPublic === 1 ? "public" : "private" };
    });
  }

  /** Either lacks a letter the other has, or both lack one at the same place. */
  #oneLetterApart(folded: string, limit: number): NameRow[] {
    const shorter = deletions(folded);
    const hashes = [folded, ...shorter].map(hash32);
    const found = [
      ...this.#byDelete.all(JSON.stringify(hashes), limit * 4),
      ...this.#byFoldedList.all(JSON.stringify(shorter), limit),
    ] as NameRow[];
    return found.filter((row) => isOneLetterApart(row.folded, folded));
  }
}

interface NameRow {
  nameId: number;
  name: string;
  folded: string;
}

interface RawReference {
  path: string;
  line: number;
  kind: number;
  symbolId: number | null;
}

function kindOf(kind: number): ReferenceKind {
  return referenceKinds[kind] ?? "call";
}
