/*
 * Makes the words of an index anew when their rules have changed (words.ts): of names, of paths, then of chunks by file.
 * All they are made of stands in the index, so nothing is read again, parsed or embedded. The place that was reached is
 * kept with each step: a run that is stopped goes on there.
 */
import { fieldsOf } from "../../../base/text/chunk-fields.ts";
import { symbolIdOf, symbolsPerFile } from "../../shared/symbols/symbol-ids.ts";
import type { Database, Statement } from "../file/driver.ts";
import type { Meta } from "../file/meta.ts";
import { textSql } from "../file/packed-text.ts";
import type { SymbolWriter } from "../symbols/symbol-writer.ts";
import { wordRules } from "../words/words.ts";
import type { FullText } from "./full-text.ts";

/** Chunks of one step; names and paths are short. */
const chunksPerStep = 160;
const namesPerStep = 500;

const key = "store.words";

/** Where it stands. Without a stage all words are of these rules. */
interface Place {
  rules: number;
  stage?: "names" | "paths" | "chunks" | undefined;
  /** Last id that is done: of a name, or of a file. */
  after: number;
  /** Of the stage "chunks": the last chunk of that file that is done. */
  ordinal: number;
}

interface PlacedChunk {
  fileId: number;
  ordinal: number;
  chunkId: number;
  startLine: number;
  endLine: number;
  context: string;
  text: string;
}

export class WordRefresh {
  readonly #db: Database;
  readonly #meta: Meta;
  readonly #words: FullText;
  readonly #symbols: SymbolWriter;
  readonly #isEmpty: Statement;
  readonly #paths: Statement;
  readonly #chunks: Statement;
  readonly #definitions: Statement;
  #areCurrent = false;
  #count = 0;

  constructor(db: Database, meta: Meta, words: FullText, symbols: SymbolWriter) {
    this.#db = db;
    this.#meta = meta;
    this.#words = words;
    this.#symbols = symbols;
    words.haveOlder = () => !this.areCurrent;
    this.#isEmpty = db
      .prepare(
        `SELECT NOT EXISTS (SELECT 1 FROM files) AND NOT EXISTS (SELECT 1 FROM chunks)
         AND NOT EXISTS (SELECT 1 FROM names)`,
      )
      .pluck();
    this.#paths = db.prepare(
      `SELECT id, path FROM files WHERE id > ? ORDER BY id LIMIT ${namesPerStep}`,
    );
    this.#chunks = db.prepare(
      `SELECT file_id AS fileId, ordinal, chunk_id AS chunkId, start_line AS startLine,
         end_line AS endLine, context, ${textSql} AS text
       FROM file_chunks JOIN chunks ON chunks.id = chunk_id
       WHERE (file_id, ordinal) > (?, ?) ORDER BY file_id, ordinal LIMIT ${chunksPerStep}`,
    );
    this.#definitions = db.prepare(
      `SELECT names.name, signature, doc, head_line AS headLine
       FROM symbols JOIN names ON names.id = name_id
       WHERE symbols.id >= ? AND symbols.id < ? AND head_line BETWEEN ? AND ? ORDER BY symbols.id`,
    );
  }

  /** True when all words are of these rules. */
  get areCurrent(): boolean {
    if (this.#areCurrent) return true;
    const place = this.#read();
    const areCurrent = place?.rules === wordRules && place.stage === undefined;
    // What a transaction has written it may take back.
    if (areCurrent && !this.#db.inTransaction) this.#areCurrent = true;
    return areCurrent;
  }

  /** Chunks whose words were made anew since this was last asked. */
  takeCount(): number {
    const count = this.#count;
    this.#count = 0;
    return count;
  }

  /** In a transaction: makes some words anew. True while there are more. A new index only notes the rules. */
  step(): boolean {
    const known = this.#read();
    const isNew = known === undefined && this.#isEmpty.get() === 1;
    if (isNew) this.#write({});
    if (isNew || (known?.rules === wordRules && known.stage === undefined)) return false;
    if (known?.rules !== wordRules || known.stage === "names") {
      const after = known?.rules === wordRules ? known.after : 0;
      const last = this.#symbols.refreshNames(after, namesPerStep);
      this.#write(last === undefined ? { stage: "paths" } : { stage: "names", after: last });
      return true;
    }
    if (known.stage === "chunks") return this.#refreshChunks(known);
    const last = this.#refreshPaths(known.after);
    this.#write(last === undefined ? { stage: "chunks" } : { stage: "paths", after: last });
    return true;
  }

  #refreshPaths(after: number): number | undefined {
    const rows = this.#paths.all(after) as { id: number; path: string }[];
    for (const { id, path } of rows) {
      this.#words.removePath(id);
      this.#words.addPath(id, path);
    }
    return rows.at(-1)?.id;
  }

  #refreshChunks({ after, ordinal }: Place): boolean {
    const rows = this.#chunks.all(after, ordinal) as PlacedChunk[];
    const done = new Set<number>();
    for (const row of rows) {
      if (done.has(row.chunkId)) continue;
      done.add(row.chunkId);
      const { fileId, startLine, endLine } = row;
      const definitions = this.#definitions.all(
        symbolIdOf(fileId, 0),
        symbolIdOf(fileId, symbolsPerFile),
        startLine,
        endLine,
      ) as { name: string; signature: string; doc: string }[];
      this.#words.removeChunk(row.chunkId);
      this.#words.addChunk(row.chunkId, { ...row, ...fieldsOf(definitions) });
    }
    this.#count += done.size;
    const last = rows.at(-1);
    const more = last !== undefined && rows.length === chunksPerStep;
    this.#write(more ? { stage: "chunks", after: last.fileId, ordinal: last.ordinal } : {});
    return more;
  }

  #read(): Place | undefined {
    const text = this.#meta.get(key);
    if (text === undefined) return undefined;
    try {
      const { rules = 0, stage, after = 0, ordinal = -1 } = JSON.parse(text) as Partial<Place>;
      return { rules, after, ordinal, stage };
    } catch {
      // Damaged: all are made anew.
      return { rules: 0, after: 0, ordinal: -1 };
    }
  }

  #write(place: Partial<Place>): void {
    this.#meta.set(key, JSON.stringify({ rules: wordRules, ...place }));
  }
}
