import type {
  FactRow,
  FileContents,
  FoldedName,
  ImportRow,
  NameCandidate,
  ReferenceRow,
  SymbolRow,
  SymbolTable,
} from "../../../ports/symbols.ts";
import { type ReferenceKind, referenceKinds } from "../../../ports/syntax.ts";
import {
  findNames,
  type NameQuestion,
  type NameRow,
  type NameSource,
} from "../../shared/symbols/find-names.ts";
import {
  DamagedList,
  decodeReferences,
  factKind,
  type ListedReference,
} from "../../shared/symbols/reference-list.ts";
import {
  fileOfSymbol,
  placeOfSymbol,
  symbolBits,
  symbolIdOf,
} from "../../shared/symbols/symbol-ids.ts";
import type { Database, Statement } from "../file/driver.ts";
import { corruptError } from "../file/errors.ts";
import { quoted } from "../words/words.ts";
import { Imports } from "./imports.ts";
import { ListsOfFiles } from "./lists-of-files.ts";

/** References are counted up to here: more is just "much used". */
const mostUses = 1000;

const columns = `
  symbols.id, names.name, symbols.kind, symbols.container, signature, doc, start_line AS startLine,
  head_line AS headLine, end_line AS endLine, is_public AS isPublic, body_hash AS bodyHash, files.path, files.language, min(names.uses, ${mostUses}) AS uses`;
const tables = `symbols JOIN names ON names.id = symbols.name_id JOIN files ON files.id = symbols.id >> ${symbolBits}`;
const ofFile = `symbols.id >= files.id << ${symbolBits} AND symbols.id < (files.id + 1) << ${symbolBits}`;

/** Id of a definition, its first and its last line. */
type Span = readonly [id: number, start: number, end: number];

type RawSymbol = Omit<SymbolRow, "visibility"> & { isPublic: number };

/** Looks names, definitions and references up. */
export class Symbols implements SymbolTable, NameSource {
  readonly #exact: Statement;
  readonly #prefix: Statement;
  readonly #words: Statement;
  readonly #byFoldedList: Statement;
  readonly #written: Statement;
  readonly #ofNames: Statement;
  readonly #named: Statement;
  readonly #inFile: Statement;
  readonly #hasFile: Statement;
  readonly #spans: Statement;
  readonly #byId: Statement;
  readonly #byIds: Statement;
  readonly #nameId: Statement;
  readonly #nameOf: Statement;
  readonly #listsWith: Statement;
  readonly #list: Statement;
  readonly #imports: Imports;
  readonly #listsOf: Statement;
  readonly #paths: Statement;
  readonly #counts: Statement;

  readonly #lists: ListsOfFiles;
  readonly #path: string;

  /** @param path of the database, for messages */
  constructor(db: Database, path: string) {
    this.#path = path;
    this.#lists = new ListsOfFiles(db);
    const names = "SELECT names.id AS nameId, names.name, names.folded FROM names WHERE is_defined";
    this.#exact = db.prepare(`${names} AND name = ?`);
    this.#prefix = db.prepare(`${names} AND folded >= ? AND folded < ? ORDER BY folded LIMIT ?`);
    this.#words = db.prepare(
      `SELECT names.id AS nameId, names.name, names.folded FROM name_words JOIN names ON names.id = name_words.rowid
       WHERE name_words MATCH ? LIMIT ?`,
    );
    this.#byFoldedList = db.prepare(
      `SELECT names.id AS nameId, names.name, names.folded FROM json_each(?) AS asked
       JOIN names ON is_defined AND folded = asked.value LIMIT ?`,
    );
    this.#written = db.prepare(
      `SELECT names.id AS nameId, names.name FROM json_each(?) AS asked JOIN names ON is_defined AND name = asked.value`,
    );
    this.#ofNames = db.prepare(
      `SELECT ${columns} FROM json_each(?) AS asked CROSS JOIN ${tables}
       WHERE symbols.name_id = asked.value LIMIT ?`,
    );
    this.#named = db.prepare(`SELECT ${columns} FROM ${tables} WHERE names.name = ? LIMIT ?`);
    this.#inFile = db.prepare(
      `SELECT ${columns} FROM files CROSS JOIN symbols ON ${ofFile} JOIN names ON names.id = name_id
       WHERE path = ? ORDER BY start_line, end_line DESC, symbols.id`,
    );
    this.#hasFile = db.prepare("SELECT 1 FROM files WHERE path = ?").pluck();
    this.#spans = db
      .prepare(
        `SELECT symbols.id, start_line, end_line FROM files CROSS JOIN symbols ON ${ofFile}
         WHERE path = ? AND start_line <= ? AND end_line >= ? ORDER BY symbols.id`,
      )
      .raw();
    this.#byIds = db.prepare(
      `SELECT ${columns} FROM json_each(?) AS asked CROSS JOIN ${tables} WHERE symbols.id = asked.value`,
    );
    this.#byId = db.prepare(`SELECT ${columns} FROM ${tables} WHERE symbols.id = ?`);
    this.#nameId = db.prepare("SELECT id FROM names WHERE name = ?").pluck();
    this.#nameOf = db.prepare("SELECT name FROM names WHERE id = ?").pluck();
    this.#listsWith = db.prepare(
      `SELECT files.path, files.language, files.id AS fileId, data FROM ref_names JOIN files ON files.id = ref_names.rowid
       JOIN ref_lists ON ref_lists.file_id = files.id WHERE ref_names MATCH ? ORDER BY path`,
    );
    this.#list = db.prepare("SELECT data FROM ref_lists WHERE file_id = ?").pluck();
    this.#listsOf = db.prepare(
      `SELECT files.path, files.language, files.id AS fileId, data FROM json_each(?) AS asked
       JOIN files ON files.path = asked.value JOIN ref_lists ON ref_lists.file_id = files.id ORDER BY files.path`,
    );
    this.#imports = new Imports(db);
    this.#paths = db
      .prepare(
        `SELECT path FROM files WHERE $folder = '' OR path = $folder
         OR (path >= $folder || '/' AND path < $folder || '0') ORDER BY path LIMIT $limit`,
      )
      .pluck();
    this.#counts = db.prepare(
      `SELECT (SELECT count(*) FROM symbols) AS definitions, (SELECT ifnull(sum(uses), 0) FROM names) AS "references",
       (SELECT count(*) FROM names WHERE is_defined) AS names`,
    );
  }

  findNames(query: string, limit: number): NameCandidate[] {
    return findNames(this, query, limit);
  }

  ask(questions: readonly NameQuestion[]): NameRow[][] {
    return questions.map((one) => this.#namesOf(one) as NameRow[]);
  }

  namesFolded(folded: readonly string[], limit: number): FoldedName[] {
    return this.#byFoldedList.all(JSON.stringify(folded), limit) as FoldedName[];
  }

  namesWritten(names: readonly string[]): { nameId: number; name: string }[] {
    return this.#written.all(JSON.stringify(names)) as { nameId: number; name: string }[];
  }

  eachDefinitionOf(nameIds: readonly number[], take: (row: SymbolRow) => void): void {
    const rows = this.#ofNames.iterate(JSON.stringify(nameIds), -1) as Iterable<RawSymbol>;
    for (const raw of rows) take(asRow(raw));
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
    const linesOf = new Map<string, number[]>();
    for (const { path, line } of places) {
      const lines = linesOf.get(path);
      if (lines === undefined) linesOf.set(path, [line]);
      else lines.push(line);
    }
    const spansOf = new Map<string, Span[]>();
    for (const [path, lines] of linesOf) {
      const first = lines.reduce((a, b) => Math.min(a, b));
      const last = lines.reduce((a, b) => Math.max(a, b));
      spansOf.set(path, this.#spans.all(path, last, first) as Span[]);
    }
    const ids = places.map(({ path, line }) => innermost(spansOf.get(path) as Span[], line));
    const asked = JSON.stringify([...new Set(ids.filter((id) => id !== undefined))]);
    const rows = new Map(this.#rows(this.#byIds.all(asked)).map((row) => [row.id, row]));
    return ids.map((id) => (id === undefined ? undefined : rows.get(id)));
  }

  referencesTo(name: string, limit: number, paths?: readonly string[]): ReferenceRow[] {
    const found: ReferenceRow[] = [];
    const nameId = this.#nameId.get(name) as number | undefined;
    if (nameId === undefined || limit < 1) return found;
    const holders = new Map<number, SymbolRow | undefined>();
    const holderOf = (id: number): SymbolRow | undefined => {
      if (!holders.has(id)) holders.set(id, this.#rows(this.#byId.all(id))[0]);
      return holders.get(id);
    };
    const lists =
      paths === undefined
        ? this.#listsWith.iterate(`"${nameId}"`)
        : this.#listsOf.iterate(JSON.stringify(paths));
    for (const row of lists as Iterable<ListRow>) {
      for (const { line, kind, within, on } of this.#decode(row.data, nameId)) {
        const holder = within < 0 ? undefined : symbolIdOf(row.fileId, within);
        found.push({
          path: row.path,
          language: row.language,
          line,
          kind: kindOf(kind),
          on,
          within: holder === undefined ? undefined : holderOf(holder),
        });
        if (found.length >= limit) return found;
      }
    }
    return found;
  }

  referencesWithin(
    symbolId: number,
  ): { name: string; kind: ReferenceKind; line: number; on: string }[] {
    const data = this.#list.get(fileOfSymbol(symbolId)) as Uint8Array | undefined;
    if (data === undefined) return [];
    const place = placeOfSymbol(symbolId);
    return this.#decode(data)
      .filter(({ within }) => within === place)
      .map(({ nameId, kind, line, on }) => ({
        name: this.#nameOf.get(nameId) as string,
        kind: kindOf(kind),
        line,
        on,
      }))
      .sort((a, b) => a.line - b.line || (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
  }

  importsOf(paths: readonly string[]): ImportRow[] {
    return this.#imports.of(paths);
  }

  importsNamed(names: readonly string[], limit: number): ImportRow[] {
    return this.#imports.named(names, limit);
  }

  factsNamed(name: string, paths: readonly string[]): FactRow[] {
    const nameId = this.#nameId.get(name) as number | undefined;
    if (nameId === undefined) return [];
    const lists = this.#listsOf.all(JSON.stringify(paths)) as ListRow[];
    return lists.flatMap(({ path, language, fileId, data }) =>
      this.#decodeAll(data, nameId)
        .filter(({ kind }) => kind === factKind)
        .map(({ on, within }) => {
          const holder = within < 0 ? undefined : symbolIdOf(fileId, within);
          const row = holder === undefined ? undefined : this.#rows(this.#byId.all(holder))[0];
          return { path, language, is: on, within: row };
        }),
    );
  }

  exportsAs(alias: string, limit: number): ImportRow[] {
    return this.#imports.exportedAs(alias, limit);
  }

  contentsOf(paths: readonly string[]): FileContents[] {
    const lists = this.#lists.read(paths, (data) => this.#decode(data));
    const imports = Map.groupBy(this.importsOf(paths), ({ path }) => path);
    return paths.flatMap((path) => {
      const list = lists.get(path);
      if (list === undefined) return [];
      const definitions = this.#rows(this.#inFile.all(path));
      return [{ path, ...list, definitions, imports: imports.get(path) ?? [] }];
    });
  }

  pathsBelow(folder: string, limit: number): string[] {
    return this.#paths.all({ folder, limit }) as string[];
  }

  counts(): { definitions: number; references: number; names: number } {
    return this.#counts.get() as { definitions: number; references: number; names: number };
  }

  #rows(raw: unknown[]): SymbolRow[] {
    return (raw as RawSymbol[]).map(asRow);
  }

  /** @throws HaypileError HAYPILE_DB_CORRUPT */
  #decode(data: Uint8Array, only?: number): ListedReference[] {
    return this.#decodeAll(data, only).filter(({ kind }) => kind !== factKind);
  }

  #decodeAll(data: Uint8Array, only?: number): ListedReference[] {
    try {
      return decodeReferences(data, only);
    } catch (error) {
      if (error instanceof DamagedList) {
        throw corruptError(this.#path, `a list of references: ${error.message}`, error);
      }
      throw error;
    }
  }

  #namesOf(question: NameQuestion): unknown[] {
    switch (question.by) {
      case "name":
        return this.#exact.all(question.name);
      case "folded":
        return this.#byFoldedList.all(JSON.stringify(question.folded), question.limit);
      case "begin": {
        const { begin, limit } = question;
        return this.#prefix.all(begin, `${begin}\u{10ffff}`, limit);
      }
      default: {
        const { by, words, limit } = question;
        const joined = words.map(quoted).join(by === "all words" ? " AND " : " OR ");
        return this.#words.all(joined, limit);
      }
    }
  }
}

function asRow({ isPublic, ...row }: RawSymbol): SymbolRow {
  return { ...row, visibility: isPublic === 1 ? "public" : "private" };
}

/** Of those around a line the one that begins last, of these the one that ends first, of these the first. */
function innermost(spans: readonly Span[], line: number): number | undefined {
  let best: Span | undefined;
  for (const span of spans) {
    const [, start, end] = span;
    if (start > line || end < line) continue;
    if (best === undefined || start > best[1] || (start === best[1] && end < best[2])) best = span;
  }
  return best?.[0];
}

interface ListRow {
  path: string;
  language: string;
  fileId: number;
  data: Uint8Array;
}

function kindOf(kind: number): ReferenceKind {
  return referenceKinds[kind] ?? "call";
}
