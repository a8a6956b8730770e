import { foldName } from "../../../base/text/names.ts";
import { type ParsedFile, referenceKinds } from "../../../ports/syntax.ts";
import { wordsOfName } from "../../shared/symbols/find-names.ts";
import {
  DamagedList,
  decodeReferences,
  encodeReferences,
  factKind,
  type ListedReference,
} from "../../shared/symbols/reference-list.ts";
import { symbolIdOf, symbolsPerFile } from "../../shared/symbols/symbol-ids.ts";
import type { Database, Statement } from "../file/driver.ts";
import { indexedWords } from "../words/words.ts";

/**
 * Writes what a syntax tree says of a file. Every method is one step inside a transaction of the
 * caller, who ends it with settle().
 */
export class SymbolWriter {
  readonly #wordsOf: (text: string) => string;
  readonly #findName: Statement;
  readonly #addName: Statement;
  readonly #define: Statement;
  readonly #addWords: Statement;
  readonly #removeWords: Statement;
  readonly #definedAfter: Statement;
  readonly #addSymbol: Statement;
  readonly #addList: Statement;
  readonly #addListNames: Statement;
  readonly #findList: Statement;
  readonly #addUses: Statement;
  readonly #addImport: Statement;
  readonly #clearSymbols: Statement;
  readonly #clear: readonly Statement[];
  /** Names of this run: most are met again within a few files. Bounded, and dropped with a failure. */
  readonly #known = new Map<string, { id: number; isDefined: boolean }>();
  /** References come and gone in this transaction, by name. */
  readonly #uses = new Map<number, number>();

  /** @param wordsOf gives what indexedWords() gives */
  constructor(db: Database, wordsOf: (text: string) => string = indexedWords) {
    this.#wordsOf = wordsOf;
    this.#findName = db.prepare("SELECT id, is_defined FROM names WHERE name = ?").raw();
    this.#addName = db.prepare("INSERT INTO names(name, folded, is_defined) VALUES (?, ?, ?)");
    this.#define = db.prepare("UPDATE names SET is_defined = 1, folded = ? WHERE id = ?");
    this.#addWords = db.prepare("INSERT INTO name_words(rowid, words) VALUES (?, ?)");
    this.#removeWords = db.prepare("DELETE FROM name_words WHERE rowid = ?");
    this.#definedAfter = db.prepare(
      "SELECT id, name FROM names WHERE is_defined AND id > ? ORDER BY id LIMIT ?",
    );
    this.#addSymbol = db.prepare(
      `INSERT INTO symbols(id, name_id, kind, container, signature, doc, start_line, head_line,
         end_line, is_public, body_hash) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    );
    this.#addList = db.prepare("INSERT INTO ref_lists(file_id, data) VALUES (?, ?)");
    this.#addListNames = db.prepare("INSERT INTO ref_names(rowid, names) VALUES (?, ?)");
    this.#findList = db.prepare("SELECT data FROM ref_lists WHERE file_id = ?").pluck();
    this.#addUses = db.prepare("UPDATE names SET uses = max(0, uses + ?) WHERE id = ?");
    this.#addImport = db.prepare(
      "INSERT INTO imports(file_id, ordinal, module, name, alias, line, is_export) VALUES (?, ?, ?, ?, ?, ?, ?)",
    );
    this.#clearSymbols = db.prepare("DELETE FROM symbols WHERE id >= ? AND id < ?");
    this.#clear = [
      "DELETE FROM imports WHERE file_id = ?",
      "DELETE FROM ref_lists WHERE file_id = ?",
      "DELETE FROM ref_names WHERE rowid = ?",
    ].map((sql) => db.prepare(sql));
  }

  /** Removes what is known of a file. */
  clear(fileId: number): void {
    this.#clearSymbols.run(symbolIdOf(fileId, 0), symbolIdOf(fileId, symbolsPerFile));
    const list = this.#findList.get(fileId) as Uint8Array | undefined;
    for (const { nameId, kind } of list === undefined ? [] : readable(list)) {
      if (kind !== factKind) this.#count(nameId, -1);
    }
    for (const statement of this.#clear) statement.run(fileId);
  }

  /** `fileId` has nothing yet, or was cleared. */
  put(fileId: number, parsed: ParsedFile): void {
    parsed.definitions.forEach((one, place) => {
      this.#addSymbol.run(
        symbolIdOf(fileId, place),
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
      );
    });
    const list = parsed.references.map(({ name, kind, line, within, on = "" }) => ({
      nameId: this.#idOf(name, false),
      line,
      kind: referenceKinds.indexOf(kind),
      within,
      on,
    }));
    for (const { name, is, line, within } of parsed.facts ?? []) {
      list.push({ nameId: this.#idOf(name, false), line, kind: factKind, within, on: is });
    }
    // An empty list too: it says that the file has been here.
    this.#addList.run(fileId, encodeReferences(list));
    if (list.length > 0) this.#addListNames.run(fileId, this.#namesOf(list));
    parsed.imports.forEach(({ module, name, alias, line, isExport }, ordinal) => {
      const exported = isExport === true ? 1 : 0;
      this.#addImport.run(fileId, ordinal, module, name, alias, line, exported);
    });
  }

  /** Writes what was counted. The last step of a transaction. */
  settle(): void {
    for (const [nameId, change] of this.#uses) if (change !== 0) this.#addUses.run(change, nameId);
    this.#uses.clear();
  }

  /** To be called when a transaction failed: ids that were handed out in it are void. */
  forget(): void {
    this.#known.clear();
    this.#uses.clear();
  }

  /** Counts the references, and names the names they are of. */
  #namesOf(list: readonly ListedReference[]): string {
    const ids = new Set<number>();
    for (const { nameId, kind } of list) {
      if (kind !== factKind) this.#count(nameId, 1);
      ids.add(nameId);
    }
    return [...ids].join(" ");
  }

  #count(nameId: number, change: number): void {
    this.#uses.set(nameId, (this.#uses.get(nameId) ?? 0) + change);
  }

  #idOf(name: string, isDefined: boolean): number {
    let known = this.#known.get(name);
    if (known === undefined) {
      known = this.#find(name) ?? this.#add(name, isDefined);
      if (this.#known.size >= mostKnown) this.#known.clear();
      this.#known.set(name, known);
    }
    if (isDefined && !known.isDefined) {
      const folded = foldName(name);
      this.#define.run(folded, known.id);
      this.#makeFindable(known.id, name, folded);
      known.isDefined = true;
    }
    return known.id;
  }

  #find(name: string): { id: number; isDefined: boolean } | undefined {
    const row = this.#findName.get(name) as [number, number] | undefined;
    return row && { id: row[0], isDefined: row[1] === 1 };
  }

  /** Only names that are defined somewhere are looked for by their spelling. */
  #add(name: string, isDefined: boolean): { id: number; isDefined: boolean } {
    const folded = isDefined ? foldName(name) : "";
    const id = Number(this.#addName.run(name, folded, isDefined ? 1 : 0).lastInsertRowid);
    if (isDefined) this.#makeFindable(id, name, folded);
    return { id, isDefined };
  }

  /** Makes the words of some defined names anew: the last id that was done, undefined when there are no more. */
  refreshNames(after: number, limit: number): number | undefined {
    const rows = this.#definedAfter.all(after, limit) as { id: number; name: string }[];
    for (const { id, name } of rows) {
      this.#removeWords.run(id);
      this.#makeFindable(id, name, foldName(name));
    }
    return rows.at(-1)?.id;
  }

  #makeFindable(id: number, name: string, folded: string): void {
    this.#addWords.run(id, wordsOfName(name, folded, this.#wordsOf));
  }
}

/** A damaged list is removed like any other; its counts are lost. */
function readable(list: Uint8Array): ListedReference[] {
  try {
    return decodeReferences(list);
  } catch (error) {
    if (error instanceof DamagedList) return [];
    throw error;
  }
}

const mostKnown = 20_000;
