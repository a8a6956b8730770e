import type { Confidence } from "../../ports/answers/definitions.ts";
import type { FileContents, ImportRow, SymbolTable } from "../../ports/symbols.ts";
import { type ReferenceKind, referenceKinds } from "../../ports/syntax.ts";
import { plainMembers, typeKinds } from "../language-habits.ts";
import { importBrings } from "../resolve-import.ts";
import { Numbers } from "./columns.ts";
import { dataKinds, familyOf } from "./families.ts";
import type { Turns } from "./turns.ts";

/** Files that are read at once. */
const filesAtOnce = 64;
const mostFiles = 1_000_000;
const functionKinds: ReadonlySet<string> = new Set(["function", "method", "constructor"]);
/** Definitions of one name that are told apart by imports; of a name with more only those of the same file are. */
const mostToldApart = 64;
/** Definitions of one name that a use may mean when nothing but the name says so. */
const mostByName = 8;

export const sureSteps: readonly Confidence[] = ["exact", "import", "name"];

/**
 * All definitions of an index and who uses whom, in columns of whole numbers: definitions are known by their place,
 * which goes by the paths of files and then by lines; the top of file f is -1 - f. A use leads to the definitions that
 * it means most surely: those of its own file, else those its file imports, else all of that name where they are few.
 */
export class CodeGraph {
  readonly paths: string[] = [];
  readonly languages: string[] = [];
  /** Place of the first definition of each file, and one more at the end. */
  readonly firstOf: number[] = [0];
  readonly names: string[] = [];
  readonly kinds: string[] = [];
  /** Of each definition. */
  readonly ids: number[] = [];
  readonly nameOf = new Numbers();
  readonly kindOf = new Numbers();
  readonly fileOf = new Numbers();
  readonly startOf = new Numbers();
  readonly headOf = new Numbers();
  readonly endOf = new Numbers();
  readonly publicOf = new Numbers();
  /** Place of the definition that holds it; -1: none. */
  readonly holderOf = new Numbers();
  /** Of each use that leads somewhere: from, to, how sure (place in sureSteps), kind, and of how many it is one. */
  readonly from = new Numbers();
  readonly to = new Numbers();
  readonly sure = new Numbers();
  readonly useKind = new Numbers();
  readonly among = new Numbers();
  /** Every use: from where, which name (place in `names`), kind, line. */
  readonly usedFrom = new Numbers();
  readonly usedName = new Numbers();
  readonly usedKind = new Numbers();
  readonly usedLine = new Numbers();
  /** How it is written, see Written. */
  readonly usedAs = new Numbers();
  /** Places of the first use of each file, and one more at the end. */
  readonly firstUseOf: number[] = [0];
  /** Definitions of each name. */
  readonly named = new Map<number, number[]>();
  readonly #nameIds = new Map<string, number>();
  readonly #kindIds = new Map<string, number>();
  readonly #imports: (readonly ImportRow[])[] = [];

  get size(): number {
    return this.ids.length;
  }

  nameText(definition: number): string {
    return this.names[this.nameOf.at(definition)] as string;
  }

  kindText(definition: number): string {
    return this.kinds[this.kindOf.at(definition)] as string;
  }

  pathText(definition: number): string {
    return this.paths[this.fileOf.at(definition)] as string;
  }

  /** It stands in a function. */
  isLocal(place: number): boolean {
    const holder = this.holderOf.at(place);
    return holder >= 0 && functionKinds.has(this.kindText(holder));
  }

  importsOfFile(file: number): readonly ImportRow[] {
    return this.#imports[file] ?? [];
  }

  nameId(name: string): number | undefined {
    return this.#nameIds.get(name);
  }

  useKindText(kind: number): ReferenceKind {
    return referenceKinds[kind] as ReferenceKind;
  }

  /** Takes a file in; they come by their paths. */
  add({ path, language, definitions, references, imports }: FileContents): void {
    const file = this.paths.length;
    this.paths.push(path);
    this.languages.push(language);
    this.#imports.push(imports);
    const placeOf = new Map<number, number>();
    const open: number[] = [];
    for (const one of definitions) {
      const place = this.ids.length;
      this.ids.push(one.id);
      placeOf.set(one.id, place);
      this.nameOf.push(this.#idOf(one.name));
      this.kindOf.push(idIn(this.#kindIds, this.kinds, one.kind));
      this.fileOf.push(file);
      this.startOf.push(one.startLine);
      this.headOf.push(one.headLine);
      this.endOf.push(one.endLine);
      this.publicOf.push(one.visibility === "public" ? 1 : 0);
      while (open.length > 0 && this.endOf.at(open.at(-1) as number) < one.endLine) open.pop();
      this.holderOf.push(open.at(-1) ?? -1);
      open.push(place);
      const name = this.nameOf.at(place);
      const same = this.named.get(name);
      if (same === undefined) this.named.set(name, [place]);
      else same.push(place);
    }
    this.firstOf.push(this.ids.length);
    const heads = headsOf(imports);
    for (const { name, kind, line, within, on } of references) {
      this.usedFrom.push(placeOf.get(within) ?? -1 - file);
      this.usedName.push(this.#idOf(name));
      this.usedKind.push(referenceKinds.indexOf(kind));
      this.usedLine.push(line);
      this.usedAs.push(writtenAs(on, heads));
    }
    this.firstUseOf.push(this.usedFrom.length);
  }

  /** Finds what the uses of one file mean. To be called when all files are in. */
  resolve(file: number): void {
    const meant = new Map<number, { places: number[]; sure: number }>();
    const end = this.firstUseOf[file + 1] as number;
    for (let use = this.firstUseOf[file] as number; use < end; use += 1) {
      const name = this.usedName.at(use);
      const as = this.usedAs.at(use);
      const key = name * 4 + as;
      let found = meant.get(key);
      if (found === undefined) {
        found = this.#meantBy(file, name, as);
        meant.set(key, found);
      }
      for (const place of found.places) {
        this.from.push(this.usedFrom.at(use));
        this.to.push(place);
        this.sure.push(found.sure);
        this.useKind.push(this.usedKind.at(use));
        this.among.push(found.places.length);
      }
    }
  }

  #meantBy(file: number, name: number, as: number): { places: number[]; sure: number } {
    const language = this.languages[file] as string;
    const family = familyOf(language);
    const all = (this.named.get(name) ?? []).filter(
      (place) =>
        !dataKinds.has(this.kindText(place)) &&
        familyOf(this.languages[this.fileOf.at(place)] as string) === family &&
        this.#canBe(place, as, file),
    );
    const own = all.filter((place) => this.fileOf.at(place) === file);
    // What hangs on something of another file is not of this one.
    if (own.length > 0 && as !== written.onImport) {
      return { places: own, sure: own.length === 1 && as !== written.onOther ? 0 : 2 };
    }
    if (all.length <= mostToldApart) {
      const imports = this.importsOfFile(file);
      const text = this.names[name] as string;
      const brought = new Map<number, boolean>();
      const imported = all.filter((place) => {
        const other = this.fileOf.at(place);
        let isBrought = brought.get(other);
        if (isBrought === undefined) {
          const to = this.paths[other] as string;
          isBrought = imports.some((one) => importBrings(one, text, to, language));
          brought.set(other, isBrought);
        }
        return isBrought;
      });
      if (imported.length > 0) return { places: imported, sure: 1 };
    }
    return { places: all.length <= mostByName ? all : [], sure: 2 };
  }

  /** A plain name is no member, but where the language lets members be written so; what hangs on a value is one. */
  #canBe(place: number, as: number, file: number): boolean {
    const language = this.languages[file] as string;
    const holder = this.holderOf.at(place);
    const isMember =
      holder >= 0 && (typeKinds.has(this.kindText(holder)) || this.kindText(place) === "property");
    if (as === written.plain) {
      if (isMember) return plainMembers.has(language);
      // What a function keeps to itself nobody else names.
      return this.fileOf.at(place) === file || !this.isLocal(place);
    }
    return as === written.onImport || isMember || holder >= 0 || !isStrict.has(language);
  }

  #idOf(name: string): number {
    return idIn(this.#nameIds, this.names, name);
  }
}

/** How a use is written: alone, on what an import gives, on "this", on anything else. */
const written = { plain: 0, onImport: 1, onThis: 2, onOther: 3 } as const;

/** Languages in which nothing but a member, or what a module has, stands behind a dot. */
const isStrict: ReadonlySet<string> = new Set(["python", "typescript", "javascript"]);

/** Names that imports give to a file, as far as they can stand before a dot. */
function headsOf(imports: readonly ImportRow[]): ReadonlySet<string> {
  const heads = new Set<string>();
  for (const { module, name, alias } of imports) {
    const said = alias !== "" ? alias : name !== "" && name !== "*" ? name : module;
    for (const part of said.split(/[./:\\]+/u)) if (part !== "") heads.add(part);
  }
  return heads;
}

function writtenAs(on: string, heads: ReadonlySet<string>): number {
  if (on === "" || on.startsWith("=")) return written.plain;
  if (on === "this" || on === "super") return written.onThis;
  const head = /^[\p{L}_$][\p{L}\p{N}_$]*/u.exec(on)?.[0];
  return head !== undefined && heads.has(head) ? written.onImport : written.onOther;
}

function idIn(ids: Map<string, number>, texts: string[], text: string): number {
  const known = ids.get(text);
  if (known !== undefined) return known;
  const id = texts.length;
  texts.push(text);
  ids.set(text, id);
  return id;
}

/** @throws HaypileError HAYPILE_ABORTED, and those of the database */
export async function graphOf(symbols: SymbolTable, turns: Turns): Promise<CodeGraph> {
  const graph = new CodeGraph();
  const paths = symbols.pathsBelow("", mostFiles);
  for (let at = 0; at < paths.length; at += filesAtOnce) {
    for (const one of symbols.contentsOf(paths.slice(at, at + filesAtOnce))) graph.add(one);
    await turns.next();
  }
  for (let file = 0; file < graph.paths.length; file += 1) {
    graph.resolve(file);
    if (file % 16 === 0) await turns.next();
  }
  return graph;
}
