import { hash32 } from "../../../../base/text/names.ts";
import type { ImportRow } from "../../../../ports/symbols.ts";
import type { PgValue } from "../../link/link.ts";
import { restored, stored } from "../../stored-text.ts";
import type { Project } from "../project.ts";
import { type Foreseen, type Kept, servesUpTo, type UpTo } from "./foreseen.ts";
import { askedPath, most } from "./rows.ts";

const columns = "f.path, f.language, i.module, i.name, i.alias, i.line, i.is_export";

const fileOfI = "JOIN code_files AS f ON f.project = $1 AND f.id = i.file_id";

const importsSql = {
  of: `SELECT 0, ${columns} FROM unnest($2::text[]) AS a(path)
    JOIN code_files AS f ON f.project = $1 AND f.path = a.path
    JOIN code_imports AS i ON i.project = $1 AND i.file_id = f.id ORDER BY f.path, i.line, i.ordinal`,
  named: `SELECT a.at, ${columns} FROM unnest($2::int4[], $3::text[], $4::int4[]) WITH ORDINALITY AS a(hash, name, most, at)
    CROSS JOIN LATERAL (SELECT * FROM code_imports AS one WHERE one.project = $1
      AND one.name_hash = a.hash AND one.name = a.name ORDER BY one.file_id, one.ordinal LIMIT a.most) AS i
    ${fileOfI} ORDER BY a.at, i.file_id, i.ordinal`,
  exported: `SELECT a.at, ${columns} FROM unnest($2::int4[], $3::text[], $4::int4[]) WITH ORDINALITY AS a(hash, name, most, at)
    CROSS JOIN LATERAL (SELECT * FROM code_imports AS one WHERE one.project = $1
      AND one.alias_hash = a.hash AND one.is_export AND one.alias <> '' AND one.alias = a.name
      ORDER BY one.file_id, one.ordinal LIMIT a.most) AS i
    ${fileOfI} ORDER BY a.at, i.file_id, i.ordinal`,
} as const;

const filesAtOnce = 64;
const namesAtOnce = 64;
/** Imports of a name that was not asked for yet. */
const fewOfName = 30;

/** What files import and hand on. */
export class PgImports {
  readonly #project: Project;
  readonly #foreseen: Foreseen;
  readonly #byFile: Kept<ImportRow[]>;
  readonly #byName: Kept<UpTo<ImportRow>>;
  readonly #byAlias: Kept<UpTo<ImportRow>>;

  constructor(project: Project, foreseen: Foreseen) {
    this.#project = project;
    this.#foreseen = foreseen;
    this.#byFile = foreseen.kind(filesAtOnce, (rows) => rows.length / 2);
    this.#byName = foreseen.kind(namesAtOnce, ({ rows }) => rows.length / 2);
    this.#byAlias = foreseen.kind(namesAtOnce, ({ rows }) => rows.length / 2);
  }

  /** Says that imports of these files will likely be asked for. */
  expect(paths: Iterable<string>): void {
    this.#foreseen.expect(this.#byFile, paths);
  }

  /** Says that imports of these names, and what is handed on as them, will likely be asked for. */
  expectNames(names: readonly string[]): void {
    this.#foreseen.expect(this.#byName, names);
    this.#foreseen.expect(this.#byAlias, names);
  }

  of(paths: readonly string[]): ImportRow[] {
    const [only, second] = paths;
    if (only === undefined) return [];
    if (second !== undefined) return this.#read("of", [paths.map(askedPath)]);
    const load = (keys: readonly string[]): Map<string, ImportRow[]> => {
      const rows = Map.groupBy(this.#read("of", [keys.map(askedPath)]), ({ path }) => path);
      return new Map(keys.map((path) => [path, rows.get(path) ?? []]));
    };
    return [...(this.#foreseen.get(this.#byFile, only, load) ?? [])];
  }

  named(names: readonly string[], limit: number): ImportRow[] {
    const rows: ImportRow[] = [];
    for (const name of names) {
      if (rows.length >= limit) break;
      rows.push(...this.#upTo("named", this.#byName, name, limit));
    }
    return rows.slice(0, limit);
  }

  exportedAs(alias: string, limit: number): ImportRow[] {
    return alias === "" ? [] : this.#upTo("exported", this.#byAlias, alias, limit).slice(0, limit);
  }

  #upTo(
    sql: "named" | "exported",
    kind: Kept<UpTo<ImportRow>>,
    name: string,
    limit: number,
  ): readonly ImportRow[] {
    const load = (keys: readonly string[]): Map<string, UpTo<ImportRow>> => {
      const found = new Map<string, UpTo<ImportRow>>();
      for (const [at, key] of keys.entries()) {
        found.set(key, { rows: [], most: at === 0 ? limit : fewOfName });
      }
      const rows = this.#lists(sql, [
        keys.map((key) => hash32(key) | 0),
        keys.map(stored),
        [...found.values()].map((one) => most(one.most)),
      ]);
      for (const row of rows) found.get(keys[row[0] - 1] as string)?.rows.push(importOf(row));
      return found;
    };
    return this.#foreseen.get(kind, name, load, servesUpTo(limit))?.rows ?? [];
  }

  #read(sql: "of", values: readonly PgValue[]): ImportRow[] {
    return this.#lists(sql, values).map(importOf);
  }

  #lists(sql: keyof typeof importsSql, values: readonly PgValue[]): ImportList[] {
    const { link, id } = this.#project;
    const name = `code-imports-${sql}`;
    return link.lists(importsSql[sql], [id, ...values], { name }) as ImportList[];
  }
}

type ImportList = [number, string, string, string, string, string, number, boolean];

function importOf([, path, language, module, name, alias, line, isExport]: ImportList): ImportRow {
  return {
    ...{ path, language, module: restored(module), name: restored(name) },
    ...{ alias: restored(alias), line, isExport },
  };
}
