import { foldName, hash32 } from "../../../../base/text/names.ts";
import { type ParsedFile, referenceKinds } from "../../../../ports/syntax.ts";
import { wordsOfName } from "../../../shared/symbols/find-names.ts";
import {
  factKind,
  type ListedReference,
  partReferences,
} from "../../../shared/symbols/reference-list.ts";
import { indexedWords } from "../../../sqlite/words/words.ts";
import type { PgSession } from "../../link/link.ts";
import { stored } from "../../stored-text.ts";
import { mostFolded, projectWords } from "./names.ts";

/** What a syntax tree says of a file. */
export interface FileSyntax {
  fileId: number;
  syntax: ParsedFile | undefined;
  /** Nothing is known of it yet. */
  isNew?: boolean | undefined;
}

interface KnownName {
  id: number;
  isDefined: boolean;
}

const mostKnown = 20_000;

const writerSql = {
  names: `SELECT n.id, a.at, n.is_defined FROM unnest($2::int4[], $3::text[]) WITH ORDINALITY AS a(hash, name, at)
    JOIN code_names AS n ON n.project = $1 AND n.hash = a.hash AND n.name = a.name
    UNION ALL (SELECT id, 0, false FROM code_names WHERE project = $1 ORDER BY id DESC LIMIT 1)`,
  addNames: `INSERT INTO code_names(project, id, hash, is_defined, name, folded)
    SELECT $1, * FROM unnest($2::int4[], $3::int4[], $4::boolean[], $5::text[], $6::text[])`,
  define: `UPDATE code_names AS n SET is_defined = true, folded = a.folded
    FROM unnest($2::int4[], $3::text[]) AS a(id, folded) WHERE n.project = $1 AND n.id = a.id`,
  addWords: `INSERT INTO code_name_words(project, name_id, words)
    SELECT $1, id, array_to_tsvector(string_to_array(words, ' ')) FROM unnest($2::int4[], $3::text[]) AS a(id, words)
    ON CONFLICT DO NOTHING`,
  addUses: `UPDATE code_names AS n SET uses = greatest(0, n.uses + a.more)
    FROM unnest($2::int4[], $3::int4[]) AS a(id, more) WHERE n.project = $1 AND n.id = a.id`,
  removeUses: `UPDATE code_names AS n SET uses = greatest(0, n.uses - a.gone)
    FROM (SELECT (u.key & 4294967295)::int4 AS id, sum(u.count)::int4 AS gone
      FROM code_refs AS r CROSS JOIN LATERAL unnest(r.keys, r.counts) AS u(key, count)
      WHERE r.project = $1 AND r.file_id = ANY($2::int4[]) AND u.count > 0 GROUP BY 1) AS a
    WHERE n.project = $1 AND n.id = a.id`,
  addSymbols: `INSERT INTO code_symbols(project, file_id, ordinal, name_id, start_line, head_line, end_line,
      is_public, kind, container, signature, doc, body_hash)
    SELECT $1, * FROM unnest($2::int4[], $3::int4[], $4::int4[], $5::int4[], $6::int4[], $7::int4[], $8::boolean[],
      $9::text[], $10::text[], $11::text[], $12::text[], $13::text[])`,
  addRefs: `INSERT INTO code_refs(project, file_id, keys, counts, ends, texts, groups)
    VALUES ($1, $2, ARRAY(SELECT ($1::int4::int8 << 32) + id FROM unnest($3::int4[]) WITH ORDINALITY AS a(id, at) ORDER BY at),
      $4, $5, $6, $7)`,
  addImports: `INSERT INTO code_imports(project, file_id, ordinal, line, name_hash, alias_hash, is_export, module, name, alias)
    SELECT $1, * FROM unnest($2::int4[], $3::int4[], $4::int4[], $5::int4[], $6::int4[], $7::boolean[], $8::text[],
      $9::text[], $10::text[])`,
} as const;

/** Cleared with their file; what is exact stays until the file is removed: a text may come back. */
const tablesOfFiles = ["code_symbols", "code_refs", "code_imports"] as const;

/**
 * Writes what syntax trees say of files: one way to the server for the names, all else is sent on. Every call is a step
 * inside a transaction of the caller, who holds the lock of the project: names get their numbers here, in the order in
 * which SQLite's store gives them.
 */
export class PgSymbolWriter {
  readonly #link: PgSession;
  readonly #project: number;
  readonly #wordsOf: (text: string) => string;
  /** Names of this run: most are met again within a few files. Bounded, and dropped with a failure. */
  readonly #known = new Map<string, KnownName>();

  /** @param wordsOf gives what indexedWords() gives */
  constructor(
    link: PgSession,
    project: number,
    wordsOf: (text: string) => string = (text) => indexedWords(text),
  ) {
    this.#link = link;
    this.#project = project;
    this.#wordsOf = wordsOf;
  }

  /** Puts what is known now in the place of what was known of these files. Each once. */
  replace(files: readonly FileSyntax[]): void {
    this.#clear(files.filter(({ isNew }) => isNew !== true).map(({ fileId }) => fileId));
    const parsed = files.flatMap(({ fileId, syntax }) =>
      syntax === undefined ? [] : [{ fileId, syntax }],
    );
    if (parsed.length === 0) return;
    const idOf = this.#numbered(parsed.map(({ syntax }) => syntax));
    this.#putSymbols(parsed, idOf);
    this.#putReferences(parsed, idOf);
    this.#putImports(parsed);
  }

  /** Removes all that is known of files. */
  remove(fileIds: readonly number[]): void {
    this.#clear(fileIds);
    this.#deleteFrom("code_exact", fileIds);
  }

  /** To be called when a transaction failed: numbers that were given in it are void. */
  forget(): void {
    this.#known.clear();
  }

  #clear(fileIds: readonly number[]): void {
    if (fileIds.length === 0) return;
    this.#send("removeUses", [this.#project, fileIds]);
    for (const table of tablesOfFiles) this.#deleteFrom(table, fileIds);
  }

  #deleteFrom(table: string, fileIds: readonly number[]): void {
    if (fileIds.length === 0) return;
    this.#link.send(
      `DELETE FROM ${table} WHERE project = $1 AND file_id = ANY($2::int4[])`,
      [this.#project, fileIds],
      { name: `clear-${table}` },
    );
  }

  /** Gives the names of these their numbers, new ones where they have none. */
  #numbered(files: readonly ParsedFile[]): (name: string) => number {
    // In the order in which they are met; true for one that is defined.
    const met = new Map<string, boolean>();
    for (const { definitions, references, facts = [] } of files) {
      for (const { name } of definitions) met.set(name, true);
      for (const { name } of [...references, ...facts]) if (!met.has(name)) met.set(name, false);
    }
    if (this.#known.size + met.size > mostKnown) this.#known.clear();
    const asked = [...met.keys()].filter((name) => !this.#known.has(name));
    if (asked.length > 0) this.#find(asked, met);
    const defined = [...met].filter(
      ([name, isDefined]) => isDefined && this.#known.get(name)?.isDefined === false,
    );
    this.#define(defined.map(([name]) => name));
    const ids = new Map([...met.keys()].map((name) => [name, this.#known.get(name)?.id ?? 0]));
    return (name) => ids.get(name) ?? 0;
  }

  #find(asked: readonly string[], met: ReadonlyMap<string, boolean>): void {
    const hashes = asked.map((name) => hash32(name) | 0);
    const rows = this.#link.lists(writerSql.names, [this.#project, hashes, asked.map(stored)], {
      name: "code-write-names",
    }) as [number, number, boolean][];
    let last = 0;
    for (const [id, at, isDefined] of rows) {
      if (at === 0) last = id;
      else this.#known.set(asked[at - 1] as string, { id, isDefined });
    }
    const added = asked.filter((name) => !this.#known.has(name));
    if (added.length === 0) return;
    for (const name of added) {
      last += 1;
      this.#known.set(name, { id: last, isDefined: met.get(name) === true });
    }
    const known = added.map((name) => this.#known.get(name) as KnownName);
    const folded = added.map((name, at) => (known[at]?.isDefined ? foldedOf(name) : ""));
    this.#send("addNames", [
      this.#project,
      known.map(({ id }) => id),
      added.map((name) => hash32(name) | 0),
      known.map(({ isDefined }) => isDefined),
      added.map(stored),
      folded,
    ]);
    this.#makeFindable(added.filter((name) => met.get(name) === true));
  }

  #define(names: readonly string[]): void {
    if (names.length === 0) return;
    const known = names.map((name) => this.#known.get(name) as KnownName);
    const ids = known.map(({ id }) => id);
    this.#send("define", [this.#project, ids, names.map(foldedOf)]);
    for (const one of known) one.isDefined = true;
    this.#makeFindable(names);
  }

  #makeFindable(names: readonly string[]): void {
    if (names.length === 0) return;
    const words = names.map((name) =>
      projectWords(this.#project, wordsOfName(name, foldName(name), this.#wordsOf)).join(" "),
    );
    const ids = names.map((name) => this.#known.get(name)?.id ?? 0);
    this.#send("addWords", [this.#project, ids, words]);
  }

  #putSymbols(files: readonly Parsed[], idOf: (name: string) => number): void {
    const all = files.flatMap(({ fileId, syntax }) =>
      syntax.definitions.map((one, ordinal) => ({ ...one, fileId, ordinal })),
    );
    if (all.length === 0) return;
    this.#send("addSymbols", [
      this.#project,
      all.map(({ fileId }) => fileId),
      all.map(({ ordinal }) => ordinal),
      all.map(({ name }) => idOf(name)),
      all.map(({ startLine }) => startLine),
      all.map(({ headLine }) => headLine),
      all.map(({ endLine }) => endLine),
      all.map(({ visibility }) => visibility === "public"),
      all.map(({ kind }) => stored(kind)),
      all.map(({ container }) => stored(container)),
      all.map(({ signature }) => stored(signature)),
      all.map(({ doc }) => stored(doc)),
      all.map(({ bodyHash }) => bodyHash),
    ]);
  }

  #putReferences(files: readonly Parsed[], idOf: (name: string) => number): void {
    const uses = new Map<number, number>();
    for (const { fileId, syntax } of files) {
      const parts = partReferences(listOf(syntax, idOf));
      parts.names.forEach((id, at) => {
        uses.set(id, (uses.get(id) ?? 0) + (parts.counts[at] ?? 0));
      });
      // An empty list too: it says that the file has been here.
      this.#send("addRefs", [
        ...[this.#project, fileId, parts.names, parts.counts, parts.ends],
        ...[parts.texts, parts.groups],
      ]);
    }
    const used = [...uses].filter(([, count]) => count > 0);
    if (used.length === 0) return;
    this.#send("addUses", [this.#project, used.map(([id]) => id), used.map(([, count]) => count)]);
  }

  #putImports(files: readonly Parsed[]): void {
    const all = files.flatMap(({ fileId, syntax }) =>
      syntax.imports.map((one, ordinal) => ({ ...one, fileId, ordinal })),
    );
    if (all.length === 0) return;
    this.#send("addImports", [
      this.#project,
      all.map(({ fileId }) => fileId),
      all.map(({ ordinal }) => ordinal),
      all.map(({ line }) => line),
      all.map(({ name }) => hash32(name) | 0),
      all.map(({ alias }) => hash32(alias) | 0),
      all.map(({ isExport }) => isExport === true),
      all.map(({ module }) => stored(module)),
      all.map(({ name }) => stored(name)),
      all.map(({ alias }) => stored(alias)),
    ]);
  }

  #send(sql: keyof typeof writerSql, values: Parameters<PgSession["send"]>[1]): void {
    this.#link.send(writerSql[sql], values, { name: `code-write-${sql}` });
  }
}

type Parsed = FileSyntax & { syntax: ParsedFile };

function listOf(
  { references, facts = [] }: ParsedFile,
  idOf: (name: string) => number,
): ListedReference[] {
  const list = references.map(({ name, kind, line, within, on = "" }) => ({
    ...{ nameId: idOf(name), line, kind: referenceKinds.indexOf(kind), within, on },
  }));
  for (const { name, is, line, within } of facts) {
    list.push({ nameId: idOf(name), line, kind: factKind, within, on: is });
  }
  return list;
}

function foldedOf(name: string): string {
  return foldName(name).slice(0, mostFolded);
}
