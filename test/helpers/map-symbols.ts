import { deletions, foldName, isOneLetterApart } from "../../src/base/text/names.ts";
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
} from "../../src/ports/symbols.ts";
import type { ReferenceKind } from "../../src/ports/syntax.ts";
import { askedTerms, splitWords } from "../../src/storage/sqlite/words/words.ts";
import type { MapFile, Opened } from "./map-store.ts";

/** References are counted up to here. */
const mostUses = 1_000;
/** Ids of the definitions of a file. */
const perFile = 2 ** 20;

/** Names, definitions and references, read out of the files at every question. */
export class MapSymbols implements SymbolTable {
  readonly #data: Opened;

  constructor(data: Opened) {
    this.#data = data;
  }

  findNames(query: string, limit: number): NameCandidate[] {
    const asked = query.trim();
    const folded = foldName(asked);
    const names = this.#names();
    const found: NameCandidate[] = [];
    const add = (match: NameMatch, fits: (name: string) => boolean): void => {
      for (const [at, name] of names.entries()) {
        if (found.length >= limit) return;
        if (fits(name) && !found.some((one) => one.name === name)) {
          found.push({ nameId: at, name, match });
        }
      }
    };
    add("exact", (name) => name === asked);
    if (folded !== "") {
      add("case", (name) => name.toLowerCase() === asked.toLowerCase());
      add("words", (name) => foldName(name) === folded);
    }
    if (found.length > 0) return found;
    const canBeTypo = deletions(folded).length > 0;
    add("typo", (name) => canBeTypo && isOneLetterApart(foldName(name), folded));
    add("prefix", (name) => folded.length >= 3 && foldName(name).startsWith(folded));
    const words = askedTerms(asked).filter((word) => word.length > 1);
    add("part", (name) => {
      const own = splitWords(name);
      return words.length > 0 && words.every((word) => own.includes(word));
    });
    return found;
  }

  namesFolded(folded: readonly string[], limit: number): FoldedName[] {
    return this.#names()
      .map((name, nameId) => ({ nameId, name, folded: foldName(name) }))
      .filter((one) => folded.includes(one.folded))
      .slice(0, limit);
  }

  namesWritten(names: readonly string[]): { nameId: number; name: string }[] {
    return this.#names().flatMap((name, nameId) =>
      names.includes(name) ? [{ nameId, name }] : [],
    );
  }

  eachDefinitionOf(nameIds: readonly number[], take: (row: SymbolRow) => void): void {
    for (const row of this.definitionsOf(nameIds, Number.MAX_SAFE_INTEGER)) take(row);
  }

  definitionsOf(nameIds: readonly number[], limit: number): SymbolRow[] {
    const names = this.#names();
    return nameIds
      .flatMap((id) => this.#definitions().filter(({ name }) => name === names[id]))
      .slice(0, limit);
  }

  definitionsNamed(name: string, limit: number): SymbolRow[] {
    return this.#definitions()
      .filter((one) => one.name === name)
      .slice(0, limit);
  }

  definitionsIn(path: string): SymbolRow[] | undefined {
    const file = this.#data().files.get(path);
    if (file === undefined) return undefined;
    return this.#rowsOf(file).sort(
      (a, b) => a.startLine - b.startLine || b.endLine - a.endLine || a.id - b.id,
    );
  }

  definitionsAt(places: readonly { path: string; line: number }[]): (SymbolRow | undefined)[] {
    return places.map(({ path, line }) => {
      const holding = (this.definitionsIn(path) ?? []).filter(
        ({ startLine, endLine }) => startLine <= line && endLine >= line,
      );
      return holding.sort((a, b) => b.startLine - a.startLine || a.endLine - b.endLine)[0];
    });
  }

  referencesTo(name: string, limit: number, paths?: readonly string[]): ReferenceRow[] {
    return this.#files()
      .filter(({ path }) => paths === undefined || paths.includes(path))
      .flatMap((file) => {
        const rows = this.#rowsOf(file);
        return (file.file.syntax?.references ?? [])
          .filter((one) => one.name === name)
          .map(({ line, kind, within, on = "" }) => {
            const { path } = file;
            return { path, language: file.file.language, line, kind, on, within: rows[within] };
          });
      })
      .slice(0, limit);
  }

  referencesWithin(
    symbolId: number,
  ): { name: string; kind: ReferenceKind; line: number; on: string }[] {
    const file = this.#files().find(({ id }) => id === Math.floor(symbolId / perFile));
    return (file?.file.syntax?.references ?? [])
      .filter(({ within }) => within === symbolId % perFile)
      .map(({ name, kind, line, on = "" }) => ({ name, kind, line, on }))
      .sort((a, b) => a.line - b.line || (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
  }

  importsOf(paths: readonly string[]): ImportRow[] {
    return this.#files()
      .filter(({ path }) => paths.includes(path))
      .flatMap(({ path, file }) =>
        (file.syntax?.imports ?? [])
          .map(({ isExport = false, ...one }) => {
            return { path, language: file.language, isExport, ...one };
          })
          .sort((a, b) => a.line - b.line),
      );
  }

  importsNamed(names: readonly string[], limit: number): ImportRow[] {
    return this.importsOf(this.#files().map(({ path }) => path))
      .filter(({ name }) => names.includes(name))
      .slice(0, limit);
  }

  factsNamed(name: string, paths: readonly string[]): FactRow[] {
    return this.#files()
      .filter(({ path }) => paths.includes(path))
      .flatMap((file) => {
        const rows = this.#rowsOf(file);
        return (file.file.syntax?.facts ?? [])
          .filter((one) => one.name === name)
          .map(({ is, within }) => {
            return { path: file.path, language: file.file.language, is, within: rows[within] };
          });
      });
  }

  exportsAs(alias: string, limit: number): ImportRow[] {
    return this.importsOf(this.#files().map(({ path }) => path))
      .filter((one) => one.isExport && one.alias !== "" && one.alias === alias)
      .slice(0, limit);
  }

  contentsOf(paths: readonly string[]): FileContents[] {
    return paths.flatMap((path) => {
      const found = this.#data().files.get(path);
      if (found === undefined) return [];
      const rows = this.#rowsOf(found);
      const references = (found.file.syntax?.references ?? [])
        .map(({ name, kind, line, within, on = "" }) => ({
          name,
          kind,
          line,
          on,
          within: rows[within]?.id ?? 0,
        }))
        .sort((a, b) => a.line - b.line || (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
      const definitions = this.definitionsIn(path) ?? [];
      const { language } = found.file;
      return [{ path, language, definitions, references, imports: this.importsOf([path]) }];
    });
  }

  pathsBelow(folder: string, limit: number): string[] {
    return this.#files()
      .map(({ path }) => path)
      .filter((path) => folder === "" || path === folder || path.startsWith(`${folder}/`))
      .slice(0, limit);
  }

  counts(): { definitions: number; references: number; names: number } {
    const files = this.#files();
    return {
      definitions: this.#definitions().length,
      references: files.reduce((sum, { file }) => sum + (file.syntax?.references.length ?? 0), 0),
      names: this.#names().length,
    };
  }

  /** References to a name, in all files. */
  usesOf(name: string): number {
    let uses = 0;
    for (const { file } of this.#data().files.values()) {
      for (const one of file.syntax?.references ?? []) if (one.name === name) uses += 1;
    }
    return Math.min(mostUses, uses);
  }

  /** By path. */
  #files(): MapFile[] {
    return [...this.#data().files.values()].sort((a, b) => (a.path < b.path ? -1 : 1));
  }

  #definitions(): SymbolRow[] {
    return this.#files().flatMap((file) => this.#rowsOf(file));
  }

  /** In the order of the tree. */
  #rowsOf({ id, path, file }: MapFile): SymbolRow[] {
    return (file.syntax?.definitions ?? []).map((one, at) => ({
      ...one,
      id: id * perFile + at,
      path,
      language: file.language,
      uses: this.usesOf(one.name),
    }));
  }

  /** Defined ones, each once: an id is its place. */
  #names(): string[] {
    const files = this.#files();
    const all = files.flatMap(({ file }) => file.syntax?.definitions.map(({ name }) => name) ?? []);
    return [...new Set(all)];
  }
}
