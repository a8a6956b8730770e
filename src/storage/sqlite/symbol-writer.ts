import { deletions, foldName, hash32 } from "../../base/names.ts";
import { type ParsedFile, referenceKinds } from "../../ports/syntax.ts";
import type { Database, Statement } from "./open.ts";
import { indexedWords } from "./words.ts";

/** Writes what a syntax tree says of a file. Every method is one step inside a transaction of the caller. */
export class SymbolWriter {
  readonly #findName: Statement;
  readonly #addName: Statement;
  readonly #define: Statement;
  readonly #addWords: Statement;
  readonly #addDelete: Statement;
  readonly #addSymbol: Statement;
  readonly #addReference: Statement;
  readonly #addImport: Statement;
  readonly #clear: readonly Statement[];
  /** Names of this run: most are met again within a few files. Bounded, and dropped with a failure. */
  readonly #known = new Map<string, { id: number; isDefined: boolean }>();

  constructor(db: Database) {
    this.#findName = db.prepare("SELECT id, is_defined FROM names WHERE name = ?").raw();
    this.#addName = db.prepare("INSERT INTO names(name, folded) VALUES (?, ?)");
    this.#define = db.prepare("UPDATE names SET is_defined = 1 WHERE id = ?");
    this.#addWords = db.prepare("INSERT INTO name_words(rowid, words) VALUES (?, ?)");
    this.#addDelete = db.prepare("INSERT OR IGNORE INTO name_deletes(hash, name_id) VALUES (?, ?)");
    this.#addSymbol = db.prepare(
      `INSERT INTO symbols(file_id, name_id, kind, container, signature, doc, start_line, head_line,
         end_line, is_public, body_hash) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    );
    this.#addReference = db.prepare(
      "INSERT OR IGNORE INTO refs(name_id, file_id, line, kind, symbol_id) VALUES (?, ?, ?, ?, ?)",
    );
    this.#addImport = db.prepare(
      "INSERT INTO imports(file_id, ordinal, module, name, alias, line) VALUES (?, ?, ?, ?, ?, ?)",
    );
    this.#clear = ["symbols", "refs", "imports"].map((table) =>
      db.prepare(`DELETE FROM ${table} WHERE file_id = ?`),
    );
  }

  /** Removes what is known of a file. */
  clear(fileId: number): void {
    for (const statement of this.#clear) statement.run(fileId);
  }

  put(fileId: number, parsed: ParsedFile): void {
    const ids = parsed.definitions.map((one) =>
      Number(
        this.#addSymbol.run(
          fileId,
          this.#idOf(one.name, true),
          one.kind,
          one.container,
          one.signature,
          one.doc,
          one.startLine,
          one.headLine,
          one.endLine,
          one.visibility === "public" ? 1 : 0,
          one.bodyHash,
        ).lastInsertRowid,
      ),
    );
    for (const { name, kind, line, within } of parsed.references) {
      const nameId = this.#idOf(name, false);
      const holder = ids[within] ?? null;
      this.#addReference.run(nameId, fileId, line, referenceKinds.indexOf(kind), holder);
    }
    parsed.imports.forEach(({ module, name, alias, line }, ordinal) => {
      this.#addImport.run(fileId, ordinal, module, name, alias, line);
    });
  }

  /** To be called when a transaction failed: ids that were handed out in it are void. */
  forget(): void {
    this.#known.clear();
  }

  #idOf(name: string, isDefined: boolean): number {
    let known = this.#known.get(name);
    if (known === undefined) {
      const row = this.#findName.get(name) as [number, number] | undefined;
      known =
        row === undefined
          ? {
              id: Number(this.#addName.run(name, foldName(name)).lastInsertRowid),
              isDefined: false,
            }
          : { id: row[0], isDefined: row[1] === 1 };
      if (this.#known.size >= mostKnown) this.#known.clear();
      this.#known.set(name, known);
    }
    if (isDefined && !known.isDefined) this.#makeFindable(known, name);
    return known.id;
  }

  #makeFindable(known: { id: number; isDefined: boolean }, name: string): void {
    known.isDefined = true;
    this.#define.run(known.id);
    this.#addWords.run(known.id, indexedWords(name));
    for (const one of deletions(foldName(name))) this.#addDelete.run(hash32(one), known.id);
  }
}

const mostKnown = 20_000;
