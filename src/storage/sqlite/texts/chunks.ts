import { hash } from "node:crypto";
import type { ChunkInput, ChunkPlace, WordMarks } from "../../../ports/store.ts";
import { symbolBits } from "../../shared/symbols/symbol-ids.ts";
import { Changes } from "../file/changes.ts";
import type { Database, Statement } from "../file/driver.ts";
import { type TextCodec, TextPacker, textSql } from "../file/packed-text.ts";
import type { Pending } from "../vectors/pending.ts";
import type { FullText } from "./full-text.ts";
import { TextCompression } from "./pack-texts.ts";

/** Bytes kept of SHA-256: two texts of one hash are not to be expected in any index. */
const hashBytes = 16;

/**
 * Texts by their hash, each stored once whatever files hold it. A new text enters the word index
 * and the list of those without a vector; a text no file holds leaves everything.
 */
export class Chunks {
  readonly #words: FullText;
  readonly #packer: TextPacker;
  readonly #compression: TextCompression;
  readonly #find: Statement;
  readonly #add: Statement;
  readonly #dropIfUnused: Statement;
  readonly #pending: Pending;
  readonly #passagesOf: Statement;
  /** Counted when something has changed since. */
  readonly #count: () => number;
  readonly #places: Statement;
  readonly #ofFiles: Statement;
  readonly #ofKinds: Statement;
  readonly #at: Statement;
  readonly #plain: Statement;

  constructor(db: Database, words: FullText, pending: Pending, codec?: TextCodec | "off") {
    this.#compression = new TextCompression(db, codec);
    this.#words = words;
    this.#packer = new TextPacker(db);
    this.#pending = pending;
    this.#find = db.prepare("SELECT id FROM chunks WHERE text_hash = ?").pluck();
    this.#add = db.prepare(
      "INSERT INTO chunks(text_hash, tokens, context, text, packed, packed_by) VALUES (?, ?, ?, ?, ?, ?)",
    );
    // Its vector and its pending row go with it (ON DELETE CASCADE).
    this.#dropIfUnused = db.prepare(
      "DELETE FROM chunks WHERE id = $id AND NOT EXISTS (SELECT 1 FROM file_chunks WHERE chunk_id = $id)",
    );
    this.#passagesOf = db.prepare(
      `SELECT chunks.id, context || ${textSql} AS text FROM json_each(?) AS asked
       JOIN chunks ON chunks.id = asked.value ORDER BY asked.key`,
    );
    const count = db.prepare("SELECT count(*) FROM chunks").pluck();
    const counted = (): number => count.get() as number;
    const remembered = new Changes(db).remembered(counted);
    // What a write has done so far may be taken back, and leaves no mark then.
    this.#count = () => (db.inTransaction ? counted() : remembered());
    this.#plain = db.prepare("SELECT count(*) FROM chunks WHERE packed IS NULL").pluck();
    this.#ofFiles = db
      .prepare(
        `SELECT DISTINCT chunk_id FROM json_each(?) AS asked
         JOIN file_chunks ON file_id = asked.value ORDER BY chunk_id`,
      )
      .pluck();
    this.#ofKinds = db
      .prepare(
        `SELECT DISTINCT chunk_id FROM json_each(?) AS asked
         JOIN symbols ON symbols.id >= asked.value << ${symbolBits} AND symbols.id < (asked.value + 1) << ${symbolBits}
         JOIN file_chunks ON file_chunks.file_id = asked.value
           AND head_line BETWEEN file_chunks.start_line AND file_chunks.end_line
         WHERE symbols.kind IN (SELECT value FROM json_each(?)) ORDER BY chunk_id`,
      )
      .pluck();
    this.#at = db
      .prepare(
        `SELECT chunk_id FROM files JOIN file_chunks ON file_id = files.id
         WHERE path = ? AND start_line <= ? AND end_line >= ? ORDER BY ordinal LIMIT 1`,
      )
      .pluck();
    this.#places = db.prepare(`
      SELECT chunk_id AS chunkId, files.path, language, start_line AS startLine, end_line AS endLine, ${textSql} AS text
      FROM json_each(?) AS asked
      JOIN file_chunks ON chunk_id = asked.value
      JOIN files ON files.id = file_id
      JOIN chunks ON chunks.id = chunk_id
      ORDER BY asked.key, files.path, ordinal`);
  }

  /** See TextCompression.begin(). */
  beginPacking(isEnd: boolean): void {
    this.#compression.begin(isEnd);
  }

  /** The id of a text, which is added when it is new. */
  put(chunk: ChunkInput): number {
    const context = chunk.context === undefined || chunk.context === "" ? "" : `${chunk.context}\n`;
    const embedded = context + chunk.text;
    const textHash = hashOfText(embedded);
    const known = this.#find.get(textHash) as number | undefined;
    if (known !== undefined) return known;
    const packed = this.#packer.pack(chunk.text);
    const row = this.#add.run(
      textHash,
      chunk.tokens,
      context,
      packed === undefined ? chunk.text : "",
      packed?.packed,
      packed?.by,
    );
    const id = Number(row.lastInsertRowid);
    this.#words.addChunk(id, { ...chunk, context });
    if (chunk.embed !== false) this.#pending.add(id);
    return id;
  }

  /** Sorted ids of the chunks of these files; with kinds, those in which such a definition begins. */
  ofFiles(fileIds: readonly number[], kinds?: readonly string[]): Uint32Array {
    const files = JSON.stringify(fileIds);
    const ids =
      kinds === undefined
        ? this.#ofFiles.all(files)
        : this.#ofKinds.all(files, JSON.stringify(kinds));
    return Uint32Array.from(ids as number[]);
  }

  at(path: string, line: number): number | undefined {
    return this.#at.get(path, line, line) as number | undefined;
  }

  /** Removes those of `ids` that no file holds any more. */
  dropUnused(ids: Iterable<number>): void {
    for (const id of ids) {
      if (this.#dropIfUnused.run({ id }).changes > 0) this.#words.removeChunk(id);
    }
  }

  passagesOf(ids: readonly number[]): { id: number; text: string }[] {
    return this.#passagesOf.all(JSON.stringify(ids)) as { id: number; text: string }[];
  }

  /** Which words of a query chunks have, in the order asked; none where there is no such chunk. */
  wordMarks(query: string, ids: readonly number[]): WordMarks {
    const texts = new Map(this.passagesOf(ids).map(({ id, text }) => [id, text]));
    return this.#words.marks(
      query,
      ids.map((id) => texts.get(id) ?? ""),
      this.count(),
    );
  }

  count(): number {
    return this.#count();
  }

  /** Texts that stand plain though texts are to be packed. Reads all of them where that is so. */
  unpacked(): number {
    return this.#compression.isWanted ? (this.#plain.get() as number) : 0;
  }

  places(ids: readonly number[]): ChunkPlace[] {
    return this.#places.all(JSON.stringify(ids)) as ChunkPlace[];
  }
}

/** What a chunk is known by. @param embedded its context and its text */
export function hashOfText(embedded: string): Buffer {
  return hash("sha256", embedded, "buffer").subarray(0, hashBytes);
}
