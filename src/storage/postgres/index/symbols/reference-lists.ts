import { hash32 } from "../../../../base/text/names.ts";
import {
  DamagedList,
  decodeGroup,
  decodeParts,
  type ListedReference,
} from "../../../shared/symbols/reference-list.ts";
import { corruptError } from "../../../sqlite/file/errors.ts";
import { stored } from "../../stored-text.ts";
import type { Project } from "../project.ts";
import { type Foreseen, type Kept, servesUpTo, type UpTo } from "./foreseen.ts";
import { askedPath } from "./rows.ts";

const names =
  "ARRAY(SELECT (key & 4294967295)::int4 FROM unnest(r.keys) WITH ORDINALITY AS k(key, at) ORDER BY at)";

const listsSql = {
  all: "SELECT at, path, language, file_id, name_id, own, texts FROM code_refs_with($1, $2, $3, $4, $5)",
  of: `WITH asked AS MATERIALIZED (SELECT id, ($1::int4::int8 << 32) + id AS key FROM code_names
      WHERE project = $1 AND hash = $3 AND name = $2)
    SELECT 0, f.path, f.language, f.id, q.id, substring(r.groups FROM coalesce(r.ends[r.at - 1], 0) + 1
        FOR r.ends[r.at] - coalesce(r.ends[r.at - 1], 0)), r.texts
    FROM asked AS q CROSS JOIN unnest($4::text[]) AS a(path)
    JOIN code_files AS f ON f.project = $1 AND f.path = a.path
    CROSS JOIN LATERAL (SELECT x.*, array_position(x.keys, q.key) AS at FROM code_refs AS x
      WHERE x.project = $1 AND x.file_id = f.id) AS r
    WHERE r.at IS NOT NULL ORDER BY f.path`,
  files: `SELECT r.file_id, ${names}, r.ends, r.texts, r.groups FROM code_refs AS r
    WHERE r.project = $1 AND r.file_id = ANY($2::int4[])`,
  paths: `SELECT f.path, f.language, f.id, ${names}, r.ends, r.texts, r.groups FROM unnest($2::text[]) AS a(path)
    JOIN code_files AS f ON f.project = $1 AND f.path = a.path
    LEFT JOIN code_refs AS r ON r.project = $1 AND r.file_id = f.id`,
} as const;

const filesAtOnce = 32;
const namesAtOnce = 12;
/** Files that use a name that was not asked for yet. */
const fewFiles = 24;
/** Files of one answer, when all that use a name are asked for. */
const filesAPage = 500;

/** What one name has in a file. */
export interface OwnReferences {
  path: string;
  language: string;
  fileId: number;
  references: ListedReference[];
}

/** All that a file refers to. */
export interface ListOfFile {
  path: string;
  language: string;
  fileId: number;
  references: ListedReference[];
}

type GroupList = [number, string, string, number, number, Uint8Array, Uint8Array];
type Parts = [number[], number[], Uint8Array, Uint8Array];

/** Reads the lists of references, each of which may be damaged. */
export class PgReferenceLists {
  readonly #project: Project;
  readonly #foreseen: Foreseen;
  readonly #found: (rows: readonly OwnReferences[]) => void;
  readonly #byName: Kept<UpTo<OwnReferences>>;
  readonly #byFile: Kept<Parts>;

  /** @param found is told of uses that were found by their names */
  constructor(
    project: Project,
    foreseen: Foreseen,
    found: (rows: readonly OwnReferences[]) => void,
  ) {
    this.#project = project;
    this.#foreseen = foreseen;
    this.#found = found;
    this.#byName = foreseen.kind(namesAtOnce, ({ rows }) => 2 * rows.length);
    this.#byFile = foreseen.kind(filesAtOnce, ([own]) => 1 + own.length / 8);
  }

  /** Says that the lists of these files will likely be asked for. */
  expect(fileIds: Iterable<number>): void {
    this.#foreseen.expect(this.#byFile, [...fileIds].map(String));
  }

  /** Says that it will likely be asked where these names are used. */
  expectNames(names: Iterable<string>): void {
    this.#foreseen.expect(this.#byName, names);
  }

  /** What a name has everywhere, by path, a page of files at a time. */
  *with(name: string, most: number): Generator<OwnReferences> {
    const page = Math.min(Math.max(1, most), filesAPage);
    const load = (keys: readonly string[]): Map<string, UpTo<OwnReferences>> => {
      const found = new Map<string, UpTo<OwnReferences>>();
      for (const [at, key] of keys.entries()) {
        found.set(key, { rows: [], most: at === 0 ? page : fewFiles });
      }
      const pages = [...found.values()].map((one) => one.most);
      for (const row of this.#page(keys, pages, "")) {
        found.get(keys[row[0] - 1] as string)?.rows.push(this.#ownOf(row));
      }
      this.#found([...found.values()].flatMap(({ rows }) => rows));
      return found;
    };
    const first = this.#foreseen.get(this.#byName, name, load, servesUpTo(page));
    let rows = first?.rows.slice(0, page) ?? [];
    for (;;) {
      yield* rows;
      if (rows.length < page) return;
      const after = rows.at(-1)?.path ?? "";
      rows = this.#page([name], [page], after).map((row) => this.#ownOf(row));
    }
  }

  /** What a name has in these files, by path. */
  of(name: string, paths: readonly string[]): OwnReferences[] {
    if (paths.length === 0) return [];
    const asked = [this.#project.id, stored(name), hash32(name) | 0, paths.map(askedPath)];
    const rows = this.#project.link.lists(listsSql.of, asked, { name: "code-refs-of" });
    return (rows as GroupList[]).map((row) => this.#ownOf(row));
  }

  /** All of a file; undefined where nothing is kept of it. */
  ofFile(fileId: number): ListedReference[] | undefined {
    const load = (keys: readonly string[]): Map<string, Parts> => {
      const asked = [this.#project.id, keys.map(Number)];
      const rows = this.#project.link.lists(listsSql.files, asked, { name: "code-refs-files" });
      return new Map(
        (rows as [number, ...Parts][]).map(([id, ...parts]) => [String(id), parts as Parts]),
      );
    };
    const found = this.#foreseen.get(this.#byFile, String(fileId), load);
    return found && this.#decoded(() => partsOf(found));
  }

  /** All of these files, in no order; one that is not indexed is left out. */
  ofPaths(paths: readonly string[]): ListOfFile[] {
    const asked = [this.#project.id, paths.map(askedPath)];
    const rows = this.#project.link.lists(listsSql.paths, asked, { name: "code-refs-paths" });
    return (rows as [string, string, number, ...Parts][]).map(
      ([path, language, fileId, ...parts]) => ({
        ...{ path, language, fileId },
        references: parts[1] === null ? [] : this.#decoded(() => partsOf(parts as Parts)),
      }),
    );
  }

  #page(names: readonly string[], most: readonly number[], after: string): GroupList[] {
    const hashes = names.map((name) => hash32(name) | 0);
    const asked = [this.#project.id, names.map(stored), hashes, most, after];
    return this.#project.link.lists(listsSql.all, asked, { name: "code-refs-all" }) as GroupList[];
  }

  #ownOf([, path, language, fileId, nameId, own, texts]: GroupList): OwnReferences {
    const references = this.#decoded(() => decodeGroup(nameId, own, texts));
    return { path, language, fileId, references };
  }

  /** @throws HaypileError HAYPILE_DB_CORRUPT */
  #decoded(decode: () => ListedReference[]): ListedReference[] {
    try {
      return decode();
    } catch (error) {
      if (!(error instanceof DamagedList)) throw error;
      throw corruptError(this.#project.path, `a list of references: ${error.message}`, error);
    }
  }
}

function partsOf([own, ends, texts, groups]: Parts): ListedReference[] {
  return decodeParts({ names: own, ends, texts, groups });
}
