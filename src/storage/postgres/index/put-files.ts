/*
 * One put of files, in statements for all of them: what is known is asked for, ids are given here, in the order in which
 * SQLite gives them, and then each table gets its rows at once. Chunks that lost their last file go at the end, when all
 * files of the call are in place, so a text that moves between two of them keeps its vector.
 */
import { hash } from "node:crypto";
import type { ChunkInput, FileWithChunks } from "../../../ports/store.ts";
import type { PgValue } from "../link/link.ts";
import { stored } from "../stored-text.ts";
import type { DroppedChunks } from "./dropped-chunks.ts";
import type { Project, ProjectCounters } from "./project.ts";
import type { IndexTerms } from "./words/terms.ts";
import { countTerms, vectorText } from "./words/vector.ts";

/** Of SHA-256, in hex: as much as a uuid holds. */
const hashDigits = 32;
/** A row goes to the server in parts of so much, so that no message is too large for a small client. */
const mostPartCharacters = 4_000_000;

/** What a name, a signature, a doc and the text itself count, in halves: as the fields of FullText. */
const halvesOf = { names: 2, signatures: 1, docs: 1, text: 2 } as const;

export interface PutParts {
  project: Project;
  terms: IndexTerms;
  /** As wordsWith() gives it. */
  wordsOf: (text: string) => string;
  dropped: DroppedChunks;
}

/** A file that was put, with the number it has. */
export interface PutFile {
  id: number;
  file: FileWithChunks;
}

/** Inside a write. @returns the files, of those with one path the last */
export function putFiles(
  parts: PutParts,
  counters: ProjectCounters,
  files: readonly FileWithChunks[],
): PutFile[] {
  return new FilePut(parts, counters).run(files);
}

interface NewChunk {
  id: number;
  hash: string;
  context: string;
  chunk: ChunkInput;
}

class FilePut {
  readonly #parts: PutParts;
  readonly #counters: ProjectCounters;
  readonly #fileIds = new Map<string, number>();
  readonly #chunkIds = new Map<string, number>();
  readonly #newChunks: NewChunk[] = [];
  readonly #maybeUnused = new Set<number>();

  constructor(parts: PutParts, counters: ProjectCounters) {
    this.#parts = parts;
    this.#counters = counters;
  }

  run(files: readonly FileWithChunks[]): PutFile[] {
    const hashes = files.map(({ chunks }) => chunks.map(hashOf));
    const before = this.#knownFiles(files.map(({ path }) => path));
    this.#knownChunks([...new Set(hashes.flat())]);
    this.#releasePlaces(before);
    const put = new Map<string, PutFile & { chunkIds: number[] }>();
    for (const [at, file] of files.entries()) {
      for (const id of put.get(file.path)?.chunkIds ?? []) this.#maybeUnused.add(id);
      const id = this.#fileId(file.path);
      const chunkIds = file.chunks.map((chunk, place) =>
        this.#chunkId(chunk, hashes[at]?.[place] as string),
      );
      put.set(file.path, { id, file, chunkIds });
    }
    const rows = [...put.values()];
    this.#writeFiles(rows, new Set(before));
    this.#writeChunks();
    this.#writePlaces(rows);
    this.#parts.dropped.dropUnused([...this.#maybeUnused], this.#counters);
    return rows.map(({ id, file }) => ({ id, file }));
  }

  #knownFiles(paths: readonly string[]): number[] {
    const { link, id } = this.#parts.project;
    const rows = link.lists(
      "SELECT id, path FROM code_files WHERE project = $1 AND path = ANY($2::text[])",
      [id, paths],
      { name: "code-known-files" },
    ) as [number, string][];
    for (const [file, path] of rows) this.#fileIds.set(path, file);
    return rows.map(([file]) => file);
  }

  #knownChunks(hashes: readonly string[]): void {
    if (hashes.length === 0) return;
    const { link, id } = this.#parts.project;
    const rows = link.lists(
      `SELECT id, replace(text_hash::text, '-', '') FROM code_chunks
       WHERE project = $1 AND text_hash = ANY($2::uuid[])`,
      [id, hashes],
      { name: "code-known-chunks" },
    ) as [number, string][];
    for (const [chunk, hash] of rows) this.#chunkIds.set(hash, chunk);
  }

  #releasePlaces(fileIds: readonly number[]): void {
    for (const id of this.#parts.dropped.release(fileIds)) this.#maybeUnused.add(id);
  }

  #fileId(path: string): number {
    const known = this.#fileIds.get(path);
    if (known !== undefined) return known;
    this.#counters.lastFile += 1;
    this.#fileIds.set(path, this.#counters.lastFile);
    return this.#counters.lastFile;
  }

  #chunkId(chunk: ChunkInput, hash: string): number {
    const known = this.#chunkIds.get(hash);
    if (known !== undefined) return known;
    this.#counters.lastChunk += 1;
    const id = this.#counters.lastChunk;
    this.#chunkIds.set(hash, id);
    this.#newChunks.push({ id, hash, context: contextOf(chunk), chunk });
    return id;
  }

  #writeFiles(rows: readonly PutFile[], known: ReadonlySet<number>): void {
    const { project, terms, wordsOf } = this.#parts;
    const { link, id } = project;
    const changed = rows.filter((row) => known.has(row.id));
    const added = rows.filter((row) => !known.has(row.id));
    const columns = (some: readonly PutFile[]): PgValue[] => [
      some.map((row) => row.id),
      some.map(({ file }) => file.stamp.sizeBytes),
      some.map(({ file }) => file.stamp.mtimeMs),
      some.map(({ file }) => file.stamp.readMs),
      some.map(({ file }) => file.stamp.ctimeMs ?? null),
      some.map(({ file }) => file.stamp.inode ?? null),
      some.map(({ file }) => file.contentHash),
      some.map(({ file }) => file.language),
    ];
    if (changed.length > 0) {
      link.send(
        `UPDATE code_files AS one SET size_bytes = put.size_bytes, mtime_ms = put.mtime_ms, read_ms = put.read_ms,
           ctime_ms = put.ctime_ms, inode = put.inode, content_hash = put.content_hash, language = put.language
         FROM unnest($2::int4[], $3::int8[], $4::float8[], $5::float8[], $6::float8[], $7::float8[], $8::text[], $9::text[])
           AS put(id, size_bytes, mtime_ms, read_ms, ctime_ms, inode, content_hash, language)
         WHERE one.project = $1 AND one.id = put.id`,
        [id, ...columns(changed)],
        { name: "code-change-files" },
      );
    }
    if (added.length === 0) return;
    const words = added.map(({ file }) =>
      countTerms([{ terms: terms.of(wordsOf(file.path)), halves: 2 }]),
    );
    this.#counters.files += added.length;
    for (const { size } of words) this.#counters.pathWords += size;
    link.send(
      `INSERT INTO code_files(project, id, size_bytes, mtime_ms, read_ms, ctime_ms, inode, content_hash, language, path, size, words)
       SELECT $1::int4, id, size_bytes, mtime_ms, read_ms, ctime_ms, inode, content_hash, language, path, size, words::tsvector
       FROM unnest($2::int4[], $3::int8[], $4::float8[], $5::float8[], $6::float8[], $7::float8[], $8::text[], $9::text[],
         $10::text[], $11::int4[], $12::text[])
         AS put(id, size_bytes, mtime_ms, read_ms, ctime_ms, inode, content_hash, language, path, size, words)`,
      [
        id,
        ...columns(added),
        added.map(({ file }) => file.path),
        words.map(({ size }) => size),
        words.map(({ counts }) => vectorText(id, counts)),
      ],
      { name: "code-add-files" },
    );
  }

  #writeChunks(): void {
    for (const part of inParts(this.#newChunks)) this.#writeSome(part);
  }

  #writeSome(chunks: readonly NewChunk[]): void {
    const { project, terms, wordsOf } = this.#parts;
    const { link, id } = project;
    const ids = chunks.map((one) => one.id);
    link.send(
      `INSERT INTO code_chunks(project, id, text_hash, tokens, context, body)
       SELECT $1::int4, id, text_hash, tokens, context, body
       FROM unnest($2::int4[], $3::uuid[], $4::int4[], $5::text[], $6::text[]) AS put(id, text_hash, tokens, context, body)`,
      [
        id,
        ids,
        chunks.map(({ hash }) => hash),
        chunks.map(({ chunk }) => chunk.tokens),
        chunks.map(({ context }) => stored(context)),
        chunks.map(({ chunk }) => stored(chunk.text)),
      ],
      { name: "code-add-chunks" },
    );
    const words = chunks.map(({ chunk, context }) =>
      countTerms([
        { terms: terms.of(wordsOf(chunk.names ?? "")), halves: halvesOf.names },
        {
          terms: terms.of(wordsOf(`${context} ${chunk.signatures ?? ""}`)),
          halves: halvesOf.signatures,
        },
        { terms: terms.of(wordsOf(chunk.docs ?? "")), halves: halvesOf.docs },
        { terms: terms.of(wordsOf(chunk.text)), halves: halvesOf.text },
      ]),
    );
    this.#counters.chunks += chunks.length;
    for (const { size } of words) this.#counters.chunkWords += size;
    link.send(
      `INSERT INTO code_words(project, chunk_id, size, words)
       SELECT $1::int4, chunk_id, size, words::tsvector
       FROM unnest($2::int4[], $3::int4[], $4::text[]) AS put(chunk_id, size, words)`,
      [id, ids, words.map(({ size }) => size), words.map(({ counts }) => vectorText(id, counts))],
      { name: "code-add-words" },
    );
    this.#parts.dropped.addPending(
      chunks.filter(({ chunk }) => chunk.embed !== false).map((one) => one.id),
    );
  }

  #writePlaces(rows: readonly (PutFile & { chunkIds: number[] })[]): void {
    const { link, id } = this.#parts.project;
    const places = rows.flatMap((row) =>
      row.file.chunks.map(({ startLine, endLine }, ordinal) => ({
        ...{ file: row.id, ordinal, startLine, endLine },
        chunk: row.chunkIds[ordinal] as number,
      })),
    );
    if (places.length === 0) return;
    link.send(
      `INSERT INTO code_places(project, file_id, ordinal, chunk_id, start_line, end_line)
       SELECT $1::int4, file_id, ordinal, chunk_id, start_line, end_line
       FROM unnest($2::int4[], $3::int4[], $4::int4[], $5::int4[], $6::int4[])
         AS put(file_id, ordinal, chunk_id, start_line, end_line)`,
      [
        id,
        places.map(({ file }) => file),
        places.map(({ ordinal }) => ordinal),
        places.map(({ chunk }) => chunk),
        places.map(({ startLine }) => startLine),
        places.map(({ endLine }) => endLine),
      ],
      { name: "code-add-places" },
    );
  }
}

function contextOf({ context }: ChunkInput): string {
  return context === undefined || context === "" ? "" : `${context}\n`;
}

/** What a chunk is known by: its context and its text. */
function hashOf(chunk: ChunkInput): string {
  return hash("sha256", contextOf(chunk) + chunk.text, "hex").slice(0, hashDigits);
}

function* inParts(chunks: readonly NewChunk[]): Generator<NewChunk[]> {
  let part: NewChunk[] = [];
  let characters = 0;
  for (const one of chunks) {
    if (part.length > 0 && characters + one.chunk.text.length > mostPartCharacters) {
      yield part;
      part = [];
      characters = 0;
    }
    part.push(one);
    characters += one.chunk.text.length;
  }
  if (part.length > 0) yield part;
}
