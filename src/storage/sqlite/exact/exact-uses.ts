import type {
  ExactFile,
  ExactLine,
  ExactPlace,
  ExactTable,
  ExactUse,
  ScipNote,
  ScipStatus,
} from "../../../ports/answers/exact-uses.ts";
import {
  decodeExact,
  type ExactList,
  encodeExact,
  mergeExact,
  mergeLines,
} from "../../shared/exact/exact-list.ts";
import { DamagedNumbers } from "../../shared/exact/numbers.ts";
import type { Database, Statement } from "../file/driver.ts";
import { corruptError } from "../file/errors.ts";
import type { Meta } from "../file/meta.ts";
import { inOneWrite } from "../roles/in-one-write.ts";

const noteKey = "scip";
/** Symbols of one question: a query of the word index has a limit. */
const mostAsked = 400;

type Letter = "d" | "u" | "h";

interface ListRow {
  path: string;
  data: Uint8Array;
}

/** Keeps what SCIP indexes say, and looks it up. A list counts while its file has the text it was compared with. */
export class StoredExactUses implements ExactTable {
  readonly #db: Database;
  readonly #path: string;
  readonly #meta: Meta;
  readonly #fileId: Statement;
  readonly #nextRun: Statement;
  readonly #earlier: Statement;
  readonly #put: Statement;
  readonly #putWords: Statement;
  readonly #removeWords: Statement;
  readonly #removeOthers: Statement;
  readonly #listsWith: Statement;
  readonly #list: Statement;
  readonly #covered: Statement;
  readonly #valid: Statement;
  #run = 0;

  /** @param path of the database, for messages */
  constructor(db: Database, path: string, meta: Meta) {
    this.#db = db;
    this.#path = path;
    this.#meta = meta;
    const joined =
      "exact_files AS one JOIN files ON files.id = one.file_id AND files.content_hash = one.content_hash";
    this.#fileId = db.prepare("SELECT id FROM files WHERE path = ? AND content_hash = ?").pluck();
    this.#nextRun = db.prepare("SELECT ifnull(max(run), 0) + 1 FROM exact_files").pluck();
    this.#earlier = db.prepare(
      "SELECT data, is_whole AS isWhole FROM exact_files WHERE file_id = ? AND run = ? AND content_hash = ?",
    );
    this.#put = db.prepare(
      `INSERT INTO exact_files(file_id, content_hash, run, is_whole, data) VALUES (?, ?, ?, ?, ?)
       ON CONFLICT (file_id) DO UPDATE SET content_hash = excluded.content_hash, run = excluded.run,
         is_whole = excluded.is_whole, data = excluded.data`,
    );
    this.#putWords = db.prepare("INSERT INTO exact_words(rowid, words) VALUES (?, ?)");
    this.#removeWords = db.prepare("DELETE FROM exact_words WHERE rowid = ?");
    this.#removeOthers = db.prepare("DELETE FROM exact_files WHERE run <> ?");
    this.#listsWith = db.prepare(
      `SELECT path, data FROM ${joined} JOIN exact_words ON exact_words.rowid = one.file_id
       WHERE exact_words MATCH ? ORDER BY path`,
    );
    this.#list = db.prepare(`SELECT path, data FROM ${joined} WHERE path = ?`);
    this.#covered = db.prepare(
      `SELECT path, is_whole AS isWhole FROM ${joined} WHERE path IN (SELECT value FROM json_each(?))`,
    );
    this.#valid = db.prepare(`SELECT count(*) FROM ${joined}`).pluck();
  }

  begin(note: ScipNote): void {
    inOneWrite(this.#db, () => {
      this.#run = this.#nextRun.get() as number;
      this.#meta.set(noteKey, JSON.stringify(note));
    });
  }

  put(files: readonly ExactFile[]): void {
    inOneWrite(this.#db, () => {
      for (const file of files) this.#putOne(file);
    });
  }

  end(note: ScipNote): void {
    inOneWrite(this.#db, () => {
      this.#removeOthers.run(this.#run);
      this.#meta.set(noteKey, JSON.stringify(note));
    });
  }

  clear(): void {
    inOneWrite(this.#db, () => {
      this.#removeOthers.run(-1);
      this.#meta.set(noteKey, "");
    });
  }

  status(): ScipStatus | undefined {
    const note = this.#note();
    return note && { ...note, valid: this.#valid.get() as number };
  }

  symbolsOf(path: string, name: string, startLine: number, endLine: number): number[] {
    const own = (this.#listOf(path)?.definitions ?? []).filter(
      (one) => one.name === name && one.line >= startLine && one.line <= endLine,
    );
    const first = own[0]?.line;
    return [...new Set(own.filter(({ line }) => line === first).map(({ symbol }) => symbol))];
  }

  usesOf(symbols: readonly number[], limit: number): (ExactPlace & ExactLine)[] {
    const wanted = new Set(symbols);
    const found: (ExactPlace & ExactLine)[] = [];
    for (const { path, list } of this.#with("u", symbols)) {
      const own = list.uses.filter(({ symbol }) => wanted.has(symbol));
      for (const line of own.map(({ lines }) => lines).reduce(mergeLines, [])) {
        if (found.length >= limit) return found;
        found.push({ path, ...line });
      }
    }
    return found;
  }

  definitionsOf(symbols: readonly number[]): (ExactPlace & { symbol: number; name: string })[] {
    const wanted = new Set(symbols);
    const found: (ExactPlace & { symbol: number; name: string })[] = [];
    for (const { path, list } of this.#with("d", symbols)) {
      for (const { symbol, name, line } of list.definitions) {
        if (wanted.has(symbol)) found.push({ path, symbol, name, line });
      }
    }
    return found;
  }

  heirsOf(symbols: readonly number[]): (ExactPlace & { name: string })[] {
    const wanted = new Set(symbols);
    const found: (ExactPlace & { name: string })[] = [];
    for (const { path, list } of this.#with("h", symbols)) {
      const heirs = new Set(
        list.inherits.filter(({ from }) => wanted.has(from)).map(({ symbol }) => symbol),
      );
      for (const { symbol, name, line } of list.definitions) {
        if (heirs.has(symbol)) found.push({ path, name, line });
      }
    }
    return found;
  }

  covered(paths: readonly string[]): Map<string, boolean> {
    const isDone = this.#note()?.isDone === true;
    const rows = this.#covered.all(JSON.stringify(paths)) as { path: string; isWhole: number }[];
    return new Map(rows.map(({ path, isWhole }) => [path, isDone && isWhole === 1]));
  }

  usedIn(path: string, startLine: number, endLine: number): ExactUse[] {
    return (this.#listOf(path)?.uses ?? []).flatMap(({ symbol, nameHash, lines }) =>
      lines
        .filter(({ line }) => line >= startLine && line <= endLine)
        .map((line) => ({ symbol, nameHash, ...line })),
    );
  }

  #putOne({ path, contentHash, isWhole, ...said }: ExactFile): void {
    const id = this.#fileId.get(path, contentHash) as number | undefined;
    // It was read again since it was compared.
    if (id === undefined) return;
    const earlier = this.#earlier.get(id, this.#run, contentHash) as
      | { data: Uint8Array; isWhole: number }
      | undefined;
    const list = earlier === undefined ? said : mergeExact(this.#decode(earlier.data), said);
    const whole = isWhole && earlier?.isWhole !== 0;
    this.#put.run(id, contentHash, this.#run, whole ? 1 : 0, encodeExact(list));
    this.#removeWords.run(id);
    this.#putWords.run(id, wordsOf(list));
  }

  *#with(letter: Letter, symbols: readonly number[]): Generator<{ path: string; list: ExactList }> {
    for (let at = 0; at < symbols.length; at += mostAsked) {
      const asked = symbols
        .slice(at, at + mostAsked)
        .map((symbol) => `"${word(letter, symbol)}"`)
        .join(" OR ");
      for (const { path, data } of this.#listsWith.all(asked) as ListRow[]) {
        yield { path, list: this.#decode(data) };
      }
    }
  }

  #listOf(path: string): ExactList | undefined {
    const row = this.#list.get(path) as ListRow | undefined;
    return row && this.#decode(row.data);
  }

  #note(): ScipNote | undefined {
    const text = this.#meta.get(noteKey) ?? "";
    if (text === "") return undefined;
    try {
      return JSON.parse(text) as ScipNote;
    } catch (error) {
      throw corruptError(this.#path, "the note of its SCIP index cannot be read", error);
    }
  }

  /** @throws HaypileError HAYPILE_DB_CORRUPT */
  #decode(data: Uint8Array): ExactList {
    try {
      return decodeExact(data);
    } catch (error) {
      if (!(error instanceof DamagedNumbers)) throw error;
      throw corruptError(this.#path, `a list of exact uses: ${error.message}`, error);
    }
  }
}

function word(letter: Letter, symbol: number): string {
  return `${letter}${symbol.toString(36)}`;
}

function wordsOf({ definitions, uses, inherits }: ExactList): string {
  const words = new Set<string>();
  for (const { symbol } of definitions) words.add(word("d", symbol));
  for (const { symbol } of uses) words.add(word("u", symbol));
  for (const { from } of inherits) words.add(word("h", from));
  return [...words].join(" ");
}
