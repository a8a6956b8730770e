import type {
  FileRecord,
  FileStamp,
  FileTable,
  FileWithChunks,
  TouchedFile,
} from "../../../ports/store.ts";
import type { UnparsedFile } from "../../../ports/syntax.ts";
import type { Project } from "./project.ts";
import { type PutParts, putFiles } from "./put-files.ts";
import type { PgUnparsed } from "./unparsed.ts";

/** Definitions and uses of files: steps inside a write. See symbols/symbol-writer.ts. */
export interface SymbolsOfFiles {
  /** What was known of these files goes, and what their trees say takes its place. */
  replace(files: readonly { fileId: number; syntax: FileWithChunks["syntax"] }[]): void;
  remove(fileIds: readonly number[]): void;
  /** The write failed. */
  forget(): void;
}

export interface FileParts extends PutParts {
  symbols: SymbolsOfFiles;
  unparsed: PgUnparsed;
}

interface FileRow {
  id: number;
  path: string;
  sizeBytes: number;
  mtimeMs: number;
  readMs: number;
  contentHash: string;
  ctimeMs: number | null;
  inode: number | null;
}

const columns = `id, path, size_bytes AS "sizeBytes", mtime_ms AS "mtimeMs", read_ms AS "readMs",
  content_hash AS "contentHash", ctime_ms AS "ctimeMs", inode`;

/** Files and the chunks they are made of, in order. */
export class PgFiles implements FileTable {
  readonly #parts: FileParts;

  constructor(parts: FileParts) {
    this.#parts = parts;
  }

  all(): Map<string, FileRecord> {
    const { link, id } = this.#parts.project;
    return recordsOf(
      link.rows<FileRow>(`SELECT ${columns} FROM code_files WHERE project = $1 ORDER BY path`, [
        id,
      ]),
    );
  }

  records(paths: readonly string[]): Map<string, FileRecord> {
    if (paths.length === 0) return new Map();
    const { link, id } = this.#parts.project;
    return recordsOf(
      link.rows<FileRow>(
        `SELECT ${columns} FROM code_files WHERE project = $1 AND path = ANY($2::text[]) ORDER BY path`,
        [id, paths],
        { name: "code-records" },
      ),
    );
  }

  stampOf(path: string): FileStamp | undefined {
    return this.records([path]).get(path)?.stamp;
  }

  put(files: readonly FileWithChunks[]): void {
    if (files.length === 0) return;
    const { symbols, unparsed } = this.#parts;
    this.#write((counters) => {
      const put = putFiles(this.#parts, counters, files);
      unparsed.put(put.map(({ id, file }) => ({ id, why: file.unparsed })));
      symbols.replace(put.map(({ id, file }) => ({ fileId: id, syntax: file.syntax })));
    });
  }

  touch(files: readonly TouchedFile[]): void {
    if (files.length === 0) return;
    const { project, unparsed } = this.#parts;
    // The last of one path given twice.
    const stamps = [...new Map(files.map(({ path, stamp }) => [path, stamp]))];
    project.write(() => {
      project.link.send(
        `UPDATE code_files AS one SET size_bytes = put.size_bytes, mtime_ms = put.mtime_ms, read_ms = put.read_ms,
           ctime_ms = put.ctime_ms, inode = put.inode
         FROM unnest($2::text[], $3::int8[], $4::float8[], $5::float8[], $6::float8[], $7::float8[])
           AS put(path, size_bytes, mtime_ms, read_ms, ctime_ms, inode)
         WHERE one.project = $1 AND one.path = put.path`,
        [
          project.id,
          stamps.map(([path]) => path),
          stamps.map(([, { sizeBytes }]) => sizeBytes),
          stamps.map(([, { mtimeMs }]) => mtimeMs),
          stamps.map(([, { readMs }]) => readMs),
          stamps.map(([, { ctimeMs }]) => ctimeMs ?? null),
          stamps.map(([, { inode }]) => inode ?? null),
        ],
        { name: "code-touch" },
      );
      unparsed.again(
        files.flatMap(({ path, unparsed: why }) => (why === undefined ? [] : [{ path, why }])),
      );
    });
  }

  remove(paths: readonly string[]): void {
    if (paths.length === 0) return;
    const { project, dropped, symbols } = this.#parts;
    this.#write((counters) => {
      const { link, id } = project;
      const rows = link.lists(
        "DELETE FROM code_files WHERE project = $1 AND path = ANY($2::text[]) RETURNING id, size",
        [id, paths],
        { name: "code-remove-files" },
      ) as [number, number][];
      if (rows.length === 0) return;
      const ids = rows.map(([file]) => file);
      counters.files -= rows.length;
      for (const [, size] of rows) counters.pathWords -= size;
      link.send("DELETE FROM code_unparsed WHERE project = $1 AND file_id = ANY($2::int4[])", [
        id,
        ids,
      ]);
      symbols.remove(ids);
      dropped.dropUnused(dropped.release(ids), counters);
    });
  }

  unparsed(): UnparsedFile[] {
    return this.#parts.unparsed.all();
  }

  partlyParsed(): string[] {
    return this.#parts.unparsed.partly();
  }

  #write(work: Parameters<Project["write"]>[0]): void {
    try {
      this.#parts.project.write(work);
    } catch (error) {
      this.#parts.symbols.forget();
      throw error;
    }
  }
}

function recordsOf(rows: readonly FileRow[]): Map<string, FileRecord> {
  return new Map(rows.map((row) => [row.path, recordOf(row)]));
}

function recordOf({ id, path, contentHash, ...row }: FileRow): FileRecord {
  const { sizeBytes, mtimeMs, readMs, ctimeMs, inode } = row;
  const stamp: FileStamp = { sizeBytes, mtimeMs, readMs };
  if (ctimeMs !== null) stamp.ctimeMs = ctimeMs;
  if (inode !== null) stamp.inode = inode;
  return { id, path, stamp, contentHash };
}
