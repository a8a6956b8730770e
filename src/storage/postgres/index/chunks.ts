/* Texts of an index, where they stand, and which files they are of: what reads them. put-files.ts writes them. */
import type { ChunkPlace } from "../../../ports/store.ts";
import { restored } from "../stored-text.ts";
import type { Project } from "./project.ts";

type FileKind = { id: number; path: string; language: string };

/** The list of files is kept until something changes, where it is not longer. */
const mostFilesKept = 20_000;

export class PgChunks {
  readonly #project: Project;
  #files: { version: string; rows: readonly FileKind[] } | undefined;

  constructor(project: Project) {
    this.#project = project;
  }

  count(): number {
    const { link, id } = this.#project;
    const [row] = link.lists("SELECT chunks FROM code_projects WHERE id = $1", [id], {
      name: "code-chunk-count",
    });
    return (row?.[0] as number | undefined) ?? 0;
  }

  passagesOf(ids: readonly number[]): { id: number; text: string }[] {
    const { link, id } = this.#project;
    const rows = link.lists(
      `SELECT one.id, context || body FROM unnest($2::int4[]) WITH ORDINALITY AS asked(id, place)
       JOIN code_chunks AS one ON one.project = $1 AND one.id = asked.id ORDER BY place`,
      [id, ids],
      { name: "code-passages" },
    ) as [number, string][];
    return rows.map(([chunk, text]) => ({ id: chunk, text: restored(text) }));
  }

  places(ids: readonly number[]): ChunkPlace[] {
    const { link, id } = this.#project;
    const rows = link.rows<ChunkPlace>(
      `SELECT chunk_id AS "chunkId", path, language, start_line AS "startLine", end_line AS "endLine", body AS text
       FROM unnest($2::int4[]) WITH ORDINALITY AS asked(id, place)
       JOIN code_places AS one ON one.project = $1 AND chunk_id = asked.id
       JOIN code_files ON code_files.project = $1 AND code_files.id = file_id
       JOIN code_chunks ON code_chunks.project = $1 AND code_chunks.id = asked.id
       ORDER BY place, path, ordinal`,
      [id, ids],
      { name: "code-places" },
    );
    return rows.map((row) => ({ ...row, text: restored(row.text) }));
  }

  at(places: readonly { path: string; line: number }[]): (number | undefined)[] {
    const { link, id } = this.#project;
    const rows = link.lists(
      `SELECT (SELECT chunk_id FROM code_files JOIN code_places AS one ON one.project = $1 AND file_id = code_files.id
         WHERE code_files.project = $1 AND code_files.path = asked.path
           AND start_line <= line AND end_line >= line ORDER BY ordinal LIMIT 1)
       FROM unnest($2::text[], $3::int4[]) WITH ORDINALITY AS asked(path, line, place) ORDER BY place`,
      [id, places.map(({ path }) => path), places.map(({ line }) => line)],
      { name: "code-at" },
    );
    return rows.map(([chunk]) => (chunk as number | null) ?? undefined);
  }

  /** Sorted ids of chunks of files that fit; with kinds, those in which such a definition begins. */
  where(
    fits: (file: { path: string; language: string }) => boolean,
    kinds?: readonly string[],
  ): Uint32Array {
    const { link, id } = this.#project;
    const files = this.#fileKinds()
      .filter(fits)
      .map((file) => file.id);
    const rows =
      kinds === undefined
        ? link.lists(
            `SELECT DISTINCT chunk_id FROM code_places
             WHERE project = $1 AND file_id = ANY($2::int4[]) ORDER BY chunk_id`,
            [id, files],
            { name: "code-of-files" },
          )
        : link.lists(
            `SELECT DISTINCT chunk_id FROM unnest($2::int4[]) AS asked(file)
             JOIN code_symbols AS symbol ON symbol.project = $1 AND symbol.file_id = asked.file
             JOIN code_places AS one ON one.project = $1 AND one.file_id = asked.file
               AND head_line BETWEEN one.start_line AND one.end_line
             WHERE symbol.kind = ANY($3::text[]) ORDER BY chunk_id`,
            [id, files, kinds],
            { name: "code-of-kinds" },
          );
    return Uint32Array.from(rows, ([chunk]) => chunk as number);
  }

  #fileKinds(): readonly FileKind[] {
    const { link, id } = this.#project;
    const version = this.#project.version();
    if (this.#files?.version === version) return this.#files.rows;
    const rows = link.rows<FileKind>(
      "SELECT id, path, language FROM code_files WHERE project = $1",
      [id],
      { name: "code-file-kinds" },
    );
    const isKept = rows.length <= mostFilesKept && !link.inTransaction;
    this.#files = isKept ? { version, rows } : undefined;
    return rows;
  }
}
