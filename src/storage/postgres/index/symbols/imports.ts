import { hash32 } from "../../../../base/text/names.ts";
import type { ImportRow } from "../../../../ports/symbols.ts";
import type { PgValue } from "../../link/link.ts";
import { restored, stored } from "../../stored-text.ts";
import type { Project } from "../project.ts";
import type { Foreseen, Kept } from "./foreseen.ts";
import { askedPath, most } from "./rows.ts";

const columns = "f.path, f.language, i.module, i.name, i.alias, i.line, i.is_export";

export const importsSql = {
  of: `SELECT ${columns} FROM unnest($2::text[]) AS a(path)
    JOIN code_files AS f ON f.project = $1 AND f.path = a.path
    JOIN code_imports AS i ON i.project = $1 AND i.file_id = f.id ORDER BY f.path, i.line, i.ordinal`,
  named: `SELECT ${columns} FROM unnest($2::int4[], $3::text[]) WITH ORDINALITY AS a(hash, name, at)
    JOIN code_imports AS i ON i.project = $1 AND i.name_hash = a.hash AND i.name = a.name
    JOIN code_files AS f ON f.project = $1 AND f.id = i.file_id
    ORDER BY a.at, i.file_id, i.ordinal LIMIT $4`,
  exportedAs: `SELECT ${columns} FROM code_imports AS i
    JOIN code_files AS f ON f.project = $1 AND f.id = i.file_id
    WHERE i.project = $1 AND i.alias_hash = $2 AND i.is_export AND i.alias <> '' AND i.alias = $3
    ORDER BY i.file_id, i.ordinal LIMIT $4`,
} as const;

const filesAtOnce = 64;

/** What files import and hand on. */
export class PgImports {
  readonly #project: Project;
  readonly #foreseen: Foreseen;
  readonly #byFile: Kept<ImportRow[]>;
  readonly #byNames: Kept<ImportRow[]>;

  constructor(project: Project, foreseen: Foreseen) {
    this.#project = project;
    this.#foreseen = foreseen;
    this.#byFile = foreseen.kind(filesAtOnce, (rows) => rows.length);
    this.#byNames = foreseen.kind(1, (rows) => rows.length);
  }

  /** Says that imports of these files will likely be asked for. */
  expect(paths: Iterable<string>): void {
    this.#foreseen.expect(this.#byFile, paths);
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
    return this.#kept("named", JSON.stringify([names, limit]), [
      names.map((name) => hash32(name) | 0),
      names.map(stored),
      most(limit),
    ]);
  }

  exportedAs(alias: string, limit: number): ImportRow[] {
    if (alias === "") return [];
    return this.#kept("exportedAs", JSON.stringify([alias, limit]), [
      hash32(alias) | 0,
      stored(alias),
      most(limit),
    ]);
  }

  #kept(sql: keyof typeof importsSql, key: string, values: readonly PgValue[]): ImportRow[] {
    const own = `${sql} ${key}`;
    const load = (): Map<string, ImportRow[]> => new Map([[own, this.#read(sql, values)]]);
    return [...(this.#foreseen.get(this.#byNames, own, load) ?? [])];
  }

  #read(sql: keyof typeof importsSql, values: readonly PgValue[]): ImportRow[] {
    const rows = this.#project.link.lists(importsSql[sql], [this.#project.id, ...values], {
      name: `code-imports-${sql}`,
    });
    return (rows as ImportList[]).map(([path, language, module, name, alias, line, isExport]) => ({
      ...{ path, language, module: restored(module), name: restored(name) },
      ...{ alias: restored(alias), line, isExport },
    }));
  }
}

type ImportList = [string, string, string, string, string, number, boolean];
