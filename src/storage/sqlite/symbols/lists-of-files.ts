import type { FileContents } from "../../../ports/symbols.ts";
import { referenceKinds } from "../../../ports/syntax.ts";
import type { ListedReference } from "../../shared/symbols/reference-list.ts";
import { symbolIdOf } from "../../shared/symbols/symbol-ids.ts";
import type { Database, Statement } from "../file/driver.ts";

type Lists = Pick<FileContents, "language" | "references">;

interface ListRow {
  id: number;
  path: string;
  language: string;
  data: Uint8Array | null;
}

/** The lists of references of whole files, with their names: what goes over all files reads them so. */
export class ListsOfFiles {
  readonly #ofPaths: Statement;
  readonly #names: Statement;

  constructor(db: Database) {
    this.#ofPaths = db.prepare(
      `SELECT files.id, files.path, files.language, data FROM json_each(?) AS asked
       JOIN files ON files.path = asked.value LEFT JOIN ref_lists ON ref_lists.file_id = files.id`,
    );
    this.#names = db
      .prepare(
        "SELECT names.id, names.name FROM json_each(?) AS asked JOIN names ON names.id = asked.value",
      )
      .raw();
  }

  /** By path, those of them that are indexed. @param decode throws for a list that is damaged */
  read(
    paths: readonly string[],
    decode: (data: Uint8Array) => ListedReference[],
  ): Map<string, Lists> {
    const rows = (this.#ofPaths.all(JSON.stringify(paths)) as ListRow[]).map((row) => ({
      ...row,
      list: row.data === null ? [] : decode(row.data),
    }));
    const ids = new Set(rows.flatMap(({ list }) => list.map(({ nameId }) => nameId)));
    const names = new Map(this.#names.all(JSON.stringify([...ids])) as [number, string][]);
    return new Map(
      rows.map(({ id, path, language, list }) => {
        const references = list.map(({ nameId, kind, line, within, on }) => ({
          name: names.get(nameId) ?? "",
          kind: referenceKinds[kind] ?? "call",
          line,
          on,
          within: within < 0 ? 0 : symbolIdOf(id, within),
        }));
        references.sort(
          (a, b) => a.line - b.line || (a.name < b.name ? -1 : a.name > b.name ? 1 : 0),
        );
        return [path, { language, references }];
      }),
    );
  }
}
