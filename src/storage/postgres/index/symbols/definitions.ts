import { hash32 } from "../../../../base/text/names.ts";
import type { SymbolRow } from "../../../../ports/symbols.ts";
import { fileOfSymbol, placeOfSymbol } from "../../../shared/symbols/symbol-ids.ts";
import type { PgValue } from "../../link/link.ts";
import { stored } from "../../stored-text.ts";
import type { Project } from "../project.ts";
import { type Foreseen, type Kept, servesUpTo, type UpTo } from "./foreseen.ts";
import { askedPath, most, symbolColumns, symbolOf } from "./rows.ts";

const fileOfS = "JOIN code_files AS f ON f.project = $1 AND f.id = s.file_id";
const nameOfS = "JOIN code_names AS n ON n.project = $1 AND n.id = s.name_id";

const definitionsSql = {
  ofNames: `SELECT ${symbolColumns} FROM unnest($2::int4[]) WITH ORDINALITY AS a(id, at)
    JOIN code_symbols AS s ON s.project = $1 AND s.name_id = a.id ${nameOfS} ${fileOfS}
    ORDER BY a.at, s.file_id, s.ordinal LIMIT $3`,
  after: `SELECT a.at, ${symbolColumns} FROM unnest($2::int4[]) WITH ORDINALITY AS a(id, at)
    JOIN code_symbols AS s ON s.project = $1 AND s.name_id = a.id ${nameOfS} ${fileOfS}
    WHERE a.at > 1 OR (s.file_id, s.ordinal) > ($3, $4)
    ORDER BY a.at, s.file_id, s.ordinal LIMIT $5`,
  named: `SELECT a.at, ${symbolColumns} FROM unnest($2::int4[], $3::text[], $4::int4[]) WITH ORDINALITY AS a(hash, name, most, at)
    JOIN code_names AS n ON n.project = $1 AND n.hash = a.hash AND n.name = a.name
    CROSS JOIN LATERAL (SELECT * FROM code_symbols AS one WHERE one.project = $1 AND one.name_id = n.id
      ORDER BY one.file_id, one.ordinal LIMIT a.most) AS s
    ${fileOfS} ORDER BY a.at, s.file_id, s.ordinal`,
  inFiles: `SELECT a.at, s.file_id IS NOT NULL, ${symbolColumns} FROM unnest($2::text[]) WITH ORDINALITY AS a(path, at)
    JOIN code_files AS f ON f.project = $1 AND f.path = a.path
    LEFT JOIN (code_symbols AS s ${nameOfS}) ON s.project = $1 AND s.file_id = f.id
    ORDER BY a.at, s.start_line, s.end_line DESC, s.ordinal`,
  at: `SELECT a.at, ${symbolColumns} FROM unnest($2::text[], $3::int4[]) WITH ORDINALITY AS a(path, line, at)
    JOIN code_files AS f ON f.project = $1 AND f.path = a.path
    CROSS JOIN LATERAL (SELECT one.file_id AS holder, one.ordinal AS place FROM code_symbols AS one
      WHERE one.project = $1 AND one.file_id = f.id AND one.start_line <= a.line AND one.end_line >= a.line
      ORDER BY one.start_line DESC, one.end_line, one.ordinal LIMIT 1) AS h
    JOIN code_symbols AS s ON s.project = $1 AND s.file_id = h.holder AND s.ordinal = h.place ${nameOfS}`,
  byIds: `SELECT ${symbolColumns} FROM unnest($2::int4[], $3::int4[]) AS a(file_id, ordinal)
    JOIN code_symbols AS s ON s.project = $1 AND s.file_id = a.file_id AND s.ordinal = a.ordinal ${nameOfS} ${fileOfS}`,
} as const;

const filesAtOnce = 12;
const namesAtOnce = 64;
const idsAtOnce = 200;
/** Definitions of a name that was not asked for yet. */
const fewOfName = 12;
const rowsAPage = 2_000;
const largestLine = 2 ** 31 - 1;

/** Looks definitions up: by name, by file, by line, by id. */
export class PgDefinitions {
  readonly #project: Project;
  readonly #foreseen: Foreseen;
  readonly #found: (rows: readonly SymbolRow[]) => void;
  readonly #named: Kept<UpTo<SymbolRow>>;
  readonly #inFile: Kept<SymbolRow[]>;
  readonly #byId: Kept<SymbolRow>;

  /** @param found is told of definitions that were found by their names */
  constructor(project: Project, foreseen: Foreseen, found: (rows: readonly SymbolRow[]) => void) {
    this.#project = project;
    this.#foreseen = foreseen;
    this.#found = found;
    this.#named = foreseen.kind(namesAtOnce, ({ rows }) => rows.length);
    this.#inFile = foreseen.kind(filesAtOnce, (rows) => rows.length);
    this.#byId = foreseen.kind(idsAtOnce, () => 0);
  }

  /** Says that definitions of these names will likely be asked for. */
  expectNames(names: Iterable<string>): void {
    this.#foreseen.expect(this.#named, names);
  }

  /** Says that definitions in these files will likely be asked for. */
  expectFiles(paths: Iterable<string>): void {
    this.#foreseen.expect(this.#inFile, paths);
  }

  /** Says that these definitions will likely be asked for. */
  expectIds(symbolIds: Iterable<number>): void {
    this.#foreseen.expect(this.#byId, [...symbolIds].map(String));
  }

  ofNames(nameIds: readonly number[], limit: number): SymbolRow[] {
    if (nameIds.length === 0) return [];
    return this.#lists("ofNames", [nameIds, most(limit)]).map((row) => symbolOf(row));
  }

  /** All, a page at a time. */
  *eachOf(nameIds: readonly number[]): Generator<SymbolRow> {
    let after = [-1, -1];
    for (let left = nameIds; left.length > 0; ) {
      const rows = this.#lists("after", [left, ...after, rowsAPage]);
      for (const row of rows) yield symbolOf(row, 1);
      const last = rows.at(-1);
      if (last === undefined || rows.length < rowsAPage) return;
      left = left.slice((last[0] as number) - 1);
      after = [last[1] as number, last[2] as number];
    }
  }

  named(name: string, limit: number): SymbolRow[] {
    if (limit < 1) return [];
    const load = (keys: readonly string[]): Map<string, UpTo<SymbolRow>> => {
      const found = new Map<string, UpTo<SymbolRow>>();
      for (const [at, key] of keys.entries()) {
        found.set(key, { rows: [], most: at === 0 ? limit : fewOfName });
      }
      const rows = this.#lists("named", [
        keys.map((key) => hash32(key) | 0),
        keys.map(stored),
        [...found.values()].map((one) => most(one.most)),
      ]);
      for (const row of rows) {
        found.get(keys[(row[0] as number) - 1] as string)?.rows.push(symbolOf(row, 1));
      }
      this.#found([...found.values()].flatMap((one) => one.rows));
      return found;
    };
    const found = this.#foreseen.get(this.#named, name, load, servesUpTo(limit));
    return found?.rows.slice(0, limit) ?? [];
  }

  inFile(path: string): SymbolRow[] | undefined {
    const load = (keys: readonly string[]): Map<string, SymbolRow[]> => this.inFiles(keys);
    const found = this.#foreseen.get(this.#inFile, path, load);
    return found && [...found];
  }

  /** By path; a file that is not indexed is left out. */
  inFiles(paths: readonly string[]): Map<string, SymbolRow[]> {
    const found = new Map<string, SymbolRow[]>();
    for (const [at, isThere, ...row] of this.#lists("inFiles", [paths.map(askedPath)])) {
      const path = paths[(at as number) - 1] as string;
      const rows = found.get(path) ?? [];
      found.set(path, rows);
      if (isThere === true) rows.push(symbolOf(row));
    }
    return found;
  }

  /** The innermost around each line. */
  at(places: readonly { path: string; line: number }[]): (SymbolRow | undefined)[] {
    const found = new Array<SymbolRow | undefined>(places.length).fill(undefined);
    if (places.length === 0) return found;
    const lines = places.map(({ line }) => Math.max(0, Math.min(Math.floor(line), largestLine)));
    const rows = this.#lists("at", [places.map(({ path }) => askedPath(path)), lines]);
    for (const row of rows) found[(row[0] as number) - 1] = symbolOf(row, 1);
    return found;
  }

  byIds(symbolIds: Iterable<number>): ReadonlyMap<number, SymbolRow> {
    const load = (keys: readonly string[]): Map<string, SymbolRow> => {
      const ids = keys.map(Number);
      const rows = this.#lists("byIds", [ids.map(fileOfSymbol), ids.map(placeOfSymbol)]);
      return new Map(rows.map((row) => symbolOf(row)).map((one) => [String(one.id), one]));
    };
    const asked = [...new Set(symbolIds)].map(String);
    const found = this.#foreseen.getAll(this.#byId, asked, load);
    return new Map([...found.values()].map((one) => [one.id, one]));
  }

  #lists(sql: keyof typeof definitionsSql, values: readonly PgValue[]): unknown[][] {
    const { link, id } = this.#project;
    return link.lists(definitionsSql[sql], [id, ...values], { name: `code-definitions-${sql}` });
  }
}
