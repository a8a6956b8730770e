/*
 * The table of definitions and uses at a commit, filled as it is asked: what a question names and no file that was read
 * has is noted as wanted. Who asks brings those files and asks again, until nothing new is wanted (ask-at.ts); so the
 * services answer from it as they do from an index.
 */
import { foldName, isOneLetterApart } from "../../../base/text/names.ts";
import type {
  FactRow,
  FileContents,
  FoldedName,
  ImportRow,
  NameCandidate,
  NameMatch,
  ReferenceRow,
  SymbolRow,
  SymbolTable,
} from "../../../ports/symbols.ts";
import type { Reference } from "../../../ports/syntax.ts";
import {
  fileOfSymbol,
  placeOfSymbol,
  symbolIdOf,
} from "../../../storage/shared/symbols/symbol-ids.ts";
import { decodeReferences, type ParsedHead } from "../../../storage/sqlite/blobs/parse-code.ts";
import { isScriptOrPython } from "../../../symbols/language-habits.ts";
import { importsIn, type LoadedFile, referencesIn } from "./loaded-file.ts";
import { LoadedNames } from "./loaded-names.ts";
import type { NameWay } from "./name-sieve.ts";
import { stemsOf } from "./stems.ts";

/**
 * Files that a question needs: those with a name, one by its path, or those that import what is in a file. "kin": only
 * those in languages that can use what the question is about.
 */
export type Want =
  | {
      is: "name";
      name: string;
      way: NameWay;
      only?: RegExp | undefined;
      kin?: true;
      /** One of these names has to be linked as well. */
      from?: readonly string[] | undefined;
    }
  | { is: "path"; path: string }
  | { is: "importers"; path: string };

/** References are counted up to here: more is just "much used". */
const mostUses = 1_000;
const longestName = 300;
/** Names whose uses are counted one by one; more are counted all at once. */
const mostCounted = 24;
/** Files that define a name, of which importers are looked for. */
const mostSubjects = 40;

const everything: ReadonlySet<string> = new Set(["*", "", "default"]);

export class RevisionTable implements SymbolTable {
  /** Every file of the commit that counts as code, in order; their places are their ids. */
  readonly #paths: readonly string[];
  readonly #idOf: ReadonlyMap<string, number>;
  /** Undefined where it was read and has nothing to give. */
  readonly #files = new Map<string, LoadedFile | undefined>();
  readonly #byId = new Map<number, LoadedFile>();
  readonly #names = new LoadedNames();
  readonly #wants = new Map<string, Want>();
  /** Names whose files have come in, as far as they may have them. */
  readonly #looked = new Set<string>();
  #uses = new Map<string, number>();
  /** Files whose importers matter: those that define what is asked about. */
  #subjects: string[] = [];
  #languages: ReadonlySet<string> = new Set();

  /** @param paths by path, in the order of bytes */
  constructor(paths: readonly string[]) {
    this.#paths = paths;
    this.#idOf = new Map(paths.map((path, at) => [path, at + 1]));
  }

  /** Takes in what was read of a file; `head` undefined: it has no tree, or does not count. */
  add(path: string, language: string, head?: ParsedHead, references?: Uint8Array): void {
    if (this.#files.has(path)) return;
    const id = this.#idOf.get(path);
    if (head === undefined || id === undefined) {
      this.#files.set(path, undefined);
      return;
    }
    const rows = head.definitions.map((one, place) => this.#rowOf(one, id, place, path, language));
    const file = { id, path, language, head, references, rows };
    this.#files.set(path, file);
    this.#byId.set(id, file);
    this.#names.add(rows);
    this.#uses = new Map();
  }

  has(path: string): boolean {
    return this.#files.has(path);
  }

  /** What was wanted since the last time. */
  takeWants(): Want[] {
    const wants = [...this.#wants.values()];
    this.#wants.clear();
    for (const want of wants) {
      if (want.is === "name" && want.way === "folded") this.#looked.add(want.name);
    }
    return wants;
  }

  /** Languages of the files that define something the last question by name found. */
  get languages(): ReadonlySet<string> {
    return this.#languages;
  }

  /** Imports that hand on what they take, of files that were read. */
  handedOn(): ImportRow[] {
    return [...this.#byId.values()].flatMap((file) =>
      importsIn(file).filter(({ isExport, name }) => isExport || name === "*"),
    );
  }

  findNames(query: string, limit: number): NameCandidate[] {
    const asked = query.trim().slice(0, longestName);
    this.want({ is: "name", name: asked, way: "folded" });
    const found = new Map<number, NameCandidate>();
    const add = (names: Iterable<{ nameId: number; name: string }>, match: NameMatch): void => {
      for (const { nameId, name } of names) {
        if (!found.has(nameId) && found.size < limit) found.set(nameId, { nameId, name, match });
      }
    };
    add(this.#names.named(asked), "exact");
    const folded = foldName(asked);
    const like = folded === "" ? [] : this.#names.folded(folded);
    const lower = asked.toLowerCase();
    add(
      like.filter(({ name }) => name.toLowerCase() === lower),
      "case",
    );
    add(like, "words");
    if (found.size > 0 || folded === "") return [...found.values()];
    // Less than the whole name is looked for only when that is not there.
    if (this.#looked.has(asked)) this.want({ is: "name", name: asked, way: "word" });
    if (folded.length >= 4 && folded.length <= 48) {
      add(
        this.#names.where((one) => isOneLetterApart(one.folded, folded)),
        "typo",
      );
    }
    if (folded.length >= 3) {
      add(
        this.#names.where((one) => one.folded.startsWith(folded)),
        "prefix",
      );
    }
    add(this.#names.withWords(asked), "part");
    return [...found.values()];
  }

  namesFolded(folded: readonly string[], limit: number): FoldedName[] {
    for (const name of folded) this.want({ is: "name", name, way: "folded" });
    return folded
      .flatMap((one) => this.#names.folded(one).map((found) => ({ ...found, folded: one })))
      .slice(0, limit);
  }

  namesWritten(names: readonly string[]): { nameId: number; name: string }[] {
    for (const name of names) this.want({ is: "name", name, way: "defined" });
    return names.flatMap((name) => this.#names.named(name));
  }

  definitionsOf(nameIds: readonly number[], limit: number): SymbolRow[] {
    return nameIds.flatMap((id) => this.#names.rowsOf(id)).slice(0, limit);
  }

  eachDefinitionOf(nameIds: readonly number[], take: (row: SymbolRow) => void): void {
    const rows = nameIds.flatMap((id) => this.#names.rowsOf(id));
    for (const row of rows) take(row);
    this.#languages = new Set(rows.map(({ language }) => language));
  }

  definitionsNamed(name: string, limit: number, files?: RegExp): SymbolRow[] {
    this.want(
      files === undefined
        ? { is: "name", name, way: "defined", kin: true }
        : { is: "name", name, way: "defined", only: files },
    );
    const rows = this.#names.named(name).flatMap(({ nameId }) => this.#names.rowsOf(nameId));
    return rows.sort((a, b) => a.id - b.id).slice(0, limit);
  }

  definitionsIn(path: string): SymbolRow[] | undefined {
    const file = this.#file(path);
    if (file !== undefined) {
      const all = [...file.rows];
      return all.sort((a, b) => a.startLine - b.startLine || b.endLine - a.endLine || a.id - b.id);
    }
    // What is not read yet is taken for one that is there.
    return this.#idOf.has(path) && !this.#files.has(path) ? [] : undefined;
  }

  definitionsAt(places: readonly { path: string; line: number }[]): (SymbolRow | undefined)[] {
    return places.map(({ path, line }) => {
      let best: SymbolRow | undefined;
      for (const row of this.#file(path)?.rows ?? []) {
        if (row.startLine > line || row.endLine < line) continue;
        const isInner =
          best === undefined ||
          row.startLine > best.startLine ||
          (row.startLine === best.startLine && row.endLine < best.endLine);
        if (isInner) best = row;
      }
      return best;
    });
  }

  referencesTo(name: string, limit: number, paths?: readonly string[]): ReferenceRow[] {
    if (paths === undefined) this.want({ is: "name", name, way: "written", kin: true });
    const files =
      paths === undefined
        ? [...this.#byId.values()].sort((a, b) => a.id - b.id)
        : [...paths].sort().map((path) => this.#file(path));
    const found: ReferenceRow[] = [];
    for (const file of files) {
      for (const one of file === undefined ? [] : referencesIn(file, name)) {
        if (found.length >= limit) return found;
        const { path, language } = file as LoadedFile;
        const { line, kind, within, on = "" } = one;
        found.push({ path, language, line, kind, on, within: file?.rows[within] });
      }
    }
    return found;
  }

  referencesWithin(symbolId: number): (Pick<Reference, "name" | "kind" | "line"> & {
    on: string;
  })[] {
    const file = this.#byId.get(fileOfSymbol(symbolId));
    if (file?.references === undefined) return [];
    const place = placeOfSymbol(symbolId);
    return [...decodeReferences(file.references).values()]
      .flat()
      .filter(({ within }) => within === place)
      .map(({ name, kind, line, on = "" }) => ({ name, kind, line, on }))
      .sort((a, b) => a.line - b.line || (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
  }

  importsOf(paths: readonly string[]): ImportRow[] {
    return [...paths].sort().flatMap((path) => {
      const file = this.#file(path);
      return file === undefined ? [] : importsIn(file);
    });
  }

  importsNamed(names: readonly string[], limit: number): ImportRow[] {
    const named = names.filter((name) => !everything.has(name));
    if (named.length > 0) {
      const rows = named.flatMap((name) =>
        this.#names.named(name).flatMap(({ nameId }) => this.#names.rowsOf(nameId)),
      );
      this.#subjects = [...new Set(rows.map(({ path }) => path))].slice(0, mostSubjects);
      const isByStem = rows.every(({ language }) => isScriptOrPython(language));
      const stems = isByStem && rows.length > 0 ? stemsOf(this.#subjects) : undefined;
      for (const name of named)
        this.want({ is: "name", name, way: "linked", kin: true, from: stems });
    }
    if (named.length < names.length) {
      for (const path of this.#subjects) this.want({ is: "importers", path });
    }
    const wanted = new Set(names);
    return this.#imports((row) => wanted.has(row.name), limit);
  }

  factsNamed(name: string, paths: readonly string[]): FactRow[] {
    return [...paths].sort().flatMap((path) => {
      const file = this.#file(path);
      if (file === undefined) return [];
      return (file.head.facts ?? [])
        .filter((fact) => fact.name === name)
        .map(({ is, within }) => ({
          path,
          language: file.language,
          is,
          within: file.rows[within],
        }));
    });
  }

  exportsAs(alias: string, limit: number): ImportRow[] {
    this.want({ is: "name", name: alias, way: "alias", kin: true });
    return this.#imports((row) => row.isExport && row.alias !== "" && row.alias === alias, limit);
  }

  contentsOf(paths: readonly string[]): FileContents[] {
    return paths.flatMap((path) => {
      const file = this.#file(path);
      if (file === undefined) return [];
      const all = [
        ...(file.references === undefined ? [] : decodeReferences(file.references).values()),
      ];
      const references = all.flat().map(({ name, kind, line, on = "", within }) => {
        return { name, kind, line, on, within: file.rows[within]?.id ?? 0 };
      });
      references.sort(
        (a, b) => a.line - b.line || (a.name < b.name ? -1 : a.name > b.name ? 1 : 0),
      );
      const { language } = file;
      const definitions = this.definitionsIn(path) ?? [];
      return [{ path, language, definitions, references, imports: importsIn(file) }];
    });
  }

  /** Also files that nobody has read yet; who knows that one does not count says so with add(). */
  pathsBelow(folder: string, limit: number): string[] {
    const isIn = (path: string): boolean =>
      folder === "" || path === folder || path.startsWith(`${folder}/`);
    const counts = (path: string): boolean =>
      !this.#files.has(path) || this.#files.get(path) !== undefined;
    return this.#paths.filter((path) => isIn(path) && counts(path)).slice(0, limit);
  }

  counts(): { definitions: number; references: number; names: number } {
    let definitions = 0;
    for (const { rows } of this.#byId.values()) definitions += rows.length;
    return { definitions, references: 0, names: this.#names.count };
  }

  /** Notes that files are wanted. */
  want(want: Want): void {
    const { is, ...rest } = want;
    const own = want.is === "name" ? { ...rest, only: want.only?.source } : rest;
    this.#wants.set(`${is} ${JSON.stringify(own)}`, want);
  }

  #file(path: string): LoadedFile | undefined {
    if (!this.#files.has(path) && this.#idOf.has(path)) this.want({ is: "path", path });
    return this.#files.get(path);
  }

  #imports(fits: (row: ImportRow) => boolean, limit: number): ImportRow[] {
    const found: ImportRow[] = [];
    for (const file of this.#byId.values()) {
      for (const row of importsIn(file)) {
        if (found.length >= limit) return found;
        if (fits(row)) found.push(row);
      }
    }
    return found;
  }

  #rowOf(
    { kind, ...one }: ParsedHead["definitions"][number],
    id: number,
    place: number,
    path: string,
    language: string,
  ): SymbolRow {
    const usesOf = (): number => this.#usesOf(one.name);
    return {
      id: symbolIdOf(id, place),
      ...one,
      kind,
      path,
      language,
      get uses() {
        return usesOf();
      },
    };
  }

  /** In the files that were read. */
  #usesOf(name: string): number {
    let uses = this.#uses.get(name);
    if (uses === undefined && this.#uses.size >= mostCounted) {
      this.#uses = this.#allUses();
      uses = this.#uses.get(name) ?? 0;
    }
    if (uses === undefined) {
      uses = 0;
      for (const file of this.#byId.values()) uses += referencesIn(file, name).length;
      this.#uses.set(name, uses);
    }
    return Math.min(uses, mostUses);
  }

  #allUses(): Map<string, number> {
    const uses = new Map<string, number>();
    for (const { references } of this.#byId.values()) {
      if (references === undefined) continue;
      for (const [name, list] of decodeReferences(references))
        uses.set(name, (uses.get(name) ?? 0) + list.length);
    }
    return uses;
  }
}
