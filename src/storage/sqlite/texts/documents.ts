import type {
  FileRecord,
  FileStamp,
  FileTable,
  FileWithChunks,
  TouchedFile,
} from "../../../ports/store.ts";
import type { UnparsedFile } from "../../../ports/syntax.ts";
import type { Database, Statement } from "../file/driver.ts";
import { inOneWrite } from "../roles/in-one-write.ts";
import type { SymbolWriter } from "../symbols/symbol-writer.ts";
import { Unparsed } from "../symbols/unparsed.ts";
import type { Chunks } from "./chunks.ts";
import type { FullText } from "./full-text.ts";

interface FileRow {
  id: number;
  path: string;
  size_bytes: number;
  mtime_ms: number;
  read_ms: number;
  content_hash: string;
  ctime_ms: number | null;
  inode: number | null;
}

const recordColumns = "id, path, size_bytes, mtime_ms, read_ms, content_hash, ctime_ms, inode";

/**
 * Files and the chunks they are made of, in order. Texts that lose their last file are dropped once all files of a
 * call are in place, so a text that moves between two of them keeps its vector.
 */
export class Documents implements FileTable {
  readonly #db: Database;
  readonly #chunks: Chunks;
  readonly #words: FullText;
  readonly #symbols: SymbolWriter;
  readonly #all: Statement;
  readonly #some: Statement;
  readonly #find: Statement;
  readonly #add: Statement;
  readonly #change: Statement;
  readonly #touch: Statement;
  readonly #remove: Statement;
  readonly #chunkIds: Statement;
  readonly #clearChunks: Statement;
  readonly #addChunk: Statement;
  readonly #count: Statement;
  readonly #kinds: Statement;
  readonly #stamp: Statement;
  readonly #unparsed: Unparsed;
  #chunksPut = 0;

  constructor(db: Database, chunks: Chunks, words: FullText, symbols: SymbolWriter) {
    this.#db = db;
    this.#chunks = chunks;
    this.#words = words;
    this.#symbols = symbols;
    this.#unparsed = new Unparsed(db);
    this.#all = db.prepare(`SELECT ${recordColumns} FROM files ORDER BY path`);
    this.#some = db.prepare(
      `SELECT ${recordColumns} FROM files WHERE path IN (SELECT value FROM json_each(?))`,
    );
    this.#find = db.prepare("SELECT id FROM files WHERE path = ?").pluck();
    this.#add = db.prepare(
      `INSERT INTO files(path, size_bytes, mtime_ms, read_ms, ctime_ms, inode, content_hash, language)
       VALUES ($path, $sizeBytes, $mtimeMs, $readMs, $ctimeMs, $inode, $contentHash, $language)`,
    );
    this.#change = db.prepare(
      `UPDATE files SET size_bytes = $sizeBytes, mtime_ms = $mtimeMs, read_ms = $readMs,
       ctime_ms = $ctimeMs, inode = $inode, content_hash = $contentHash, language = $language WHERE path = $path`,
    );
    this.#touch = db.prepare(
      `UPDATE files SET size_bytes = $sizeBytes, mtime_ms = $mtimeMs, read_ms = $readMs,
       ctime_ms = $ctimeMs, inode = $inode WHERE path = $path`,
    );
    this.#remove = db.prepare("DELETE FROM files WHERE id = ?");
    this.#chunkIds = db.prepare("SELECT chunk_id FROM file_chunks WHERE file_id = ?").pluck();
    this.#clearChunks = db.prepare("DELETE FROM file_chunks WHERE file_id = ?");
    this.#addChunk = db.prepare(
      "INSERT INTO file_chunks(file_id, ordinal, chunk_id, start_line, end_line) VALUES (?, ?, ?, ?, ?)",
    );
    this.#stamp = db.prepare(`SELECT ${recordColumns} FROM files WHERE path = ?`);
    this.#kinds = db.prepare("SELECT id, path, language FROM files");
    this.#count = db.prepare("SELECT count(*) FROM files").pluck();
  }

  all(): Map<string, FileRecord> {
    return recordsOf(this.#all.iterate() as IterableIterator<FileRow>);
  }

  records(paths: readonly string[]): Map<string, FileRecord> {
    return recordsOf(this.#some.all(JSON.stringify(paths)) as FileRow[]);
  }

  put(files: readonly FileWithChunks[]): void {
    if (files.length === 0) return;
    this.#write(() => {
      const maybeUnused = new Set<number>();
      for (const file of files) this.#putOne(file, maybeUnused);
      this.#symbols.settle();
      this.#chunks.dropUnused(maybeUnused);
      this.#chunks.beginPacking(false);
    });
    for (const file of files) this.#chunksPut += file.chunks.length;
  }

  touch(files: readonly TouchedFile[]): void {
    if (files.length === 0) return;
    inOneWrite(this.#db, () => {
      for (const { path, stamp, unparsed } of files) {
        this.#touch.run({ path, ...stampOf(stamp) });
        if (unparsed !== undefined) this.#unparsed.again(path, unparsed);
      }
    });
  }

  remove(paths: readonly string[]): void {
    if (paths.length === 0) return;
    this.#write(() => {
      const maybeUnused = new Set<number>();
      for (const path of paths) {
        const id = this.#idOf(path);
        if (id === undefined) continue;
        this.#releaseChunks(id, maybeUnused);
        this.#symbols.clear(id);
        this.#remove.run(id);
        this.#words.removePath(id);
      }
      this.#symbols.settle();
      this.#chunks.dropUnused(maybeUnused);
    });
  }

  unparsed(): UnparsedFile[] {
    return this.#unparsed.all();
  }

  partlyParsed(): string[] {
    return this.#unparsed.partly();
  }

  stampOf(path: string): FileStamp | undefined {
    const row = this.#stamp.get(path) as FileRow | undefined;
    return row && recordOf(row).stamp;
  }

  /** Ids of files that fit. */
  idsWhere(fits: (file: { path: string; language: string }) => boolean): number[] {
    const ids: number[] = [];
    for (const row of this.#kinds.iterate() as Iterable<{
      id: number;
      path: string;
      language: string;
    }>) {
      if (fits(row)) ids.push(row.id);
    }
    return ids;
  }

  count(): number {
    return this.#count.get() as number;
  }

  /** Chunks of the files put since this was last asked; asking does not forget them. */
  get chunksPut(): number {
    return this.#chunksPut;
  }

  forgetChunksPut(): void {
    this.#chunksPut = 0;
  }

  #write(work: () => void): void {
    try {
      inOneWrite(this.#db, work);
    } catch (error) {
      this.#symbols.forget();
      throw error;
    }
  }

  #putOne(file: FileWithChunks, maybeUnused: Set<number>): void {
    const { path, contentHash, language } = file;
    const row = { path, contentHash, language, ...stampOf(file.stamp) };
    let id = this.#idOf(path);
    if (id === undefined) {
      id = Number(this.#add.run(row).lastInsertRowid);
      this.#words.addPath(id, path);
    } else {
      this.#change.run(row);
      this.#releaseChunks(id, maybeUnused);
      this.#symbols.clear(id);
    }
    if (file.syntax !== undefined) this.#symbols.put(id, file.syntax);
    this.#unparsed.put(id, file.unparsed);
    let ordinal = 0;
    for (const chunk of file.chunks) {
      const chunkId = this.#chunks.put(chunk);
      this.#addChunk.run(id, ordinal++, chunkId, chunk.startLine, chunk.endLine);
    }
  }

  #idOf(path: string): number | undefined {
    return this.#find.get(path) as number | undefined;
  }

  #releaseChunks(fileId: number, maybeUnused: Set<number>): void {
    for (const id of this.#chunkIds.all(fileId) as number[]) maybeUnused.add(id);
    this.#clearChunks.run(fileId);
  }
}

/** Only the columns: a stamp may carry more. */
function stampOf({ sizeBytes, mtimeMs, readMs, ctimeMs = null, inode = null }: StampColumns) {
  return { sizeBytes, mtimeMs, readMs, ctimeMs, inode };
}

type StampColumns = Omit<FileStamp, "ctimeMs" | "inode"> & {
  ctimeMs?: number | null | undefined;
  inode?: number | null | undefined;
};

function recordsOf(rows: Iterable<FileRow>): Map<string, FileRecord> {
  const files = new Map<string, FileRecord>();
  for (const row of rows) files.set(row.path, recordOf(row));
  return files;
}

function recordOf(row: FileRow): FileRecord {
  const stamp: FileStamp = {
    sizeBytes: row.size_bytes,
    mtimeMs: row.mtime_ms,
    readMs: row.read_ms,
  };
  if (row.ctime_ms !== null) stamp.ctimeMs = row.ctime_ms;
  if (row.inode !== null) stamp.inode = row.inode;
  return { id: row.id, path: row.path, stamp, contentHash: row.content_hash };
}
