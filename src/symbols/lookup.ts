/* What one question asks of the table again and again, asked once. */
import type { ImportRow, SymbolRow, SymbolTable } from "../ports/symbols.ts";
import { type Exposure, exposuresOf } from "./exposures.ts";
import { canUse, folderIsPackage, namesAreImported, typeKinds } from "./language-habits.ts";
import { moduleAliases } from "./module-aliases.ts";
import {
  folderOf,
  importMeans,
  innerModule,
  joined,
  type ModuleAlias,
  sameUnit,
} from "./resolve-import.ts";
import { nameOfType, namesInAlias } from "./type-text.ts";

const mostNamed = 400;
/** Names for names of types. */
const mostAliases = 4;

/** Definitions that a name of a type may mean, and whether the file says that it does. */
export interface TypeFound {
  rows: readonly SymbolRow[];
  isSure: boolean;
}

export class Lookup {
  readonly store: SymbolTable;
  readonly #imports = new Map<string, ImportRow[]>();
  readonly #inFile = new Map<string, SymbolRow[]>();
  readonly #named = new Map<string, SymbolRow[]>();
  readonly #modules = new Map<string, SymbolRow[]>();
  readonly #exposures = new Map<number, Exposure[]>();
  readonly #types = new Map<string, TypeFound | "outside" | undefined>();
  readonly #bases = new Map<number, SymbolRow[]>();
  readonly #found = new Map<string, unknown>();
  readonly #indexed = new Map<string, boolean>();
  #aliases: ModuleAlias[] | undefined;

  constructor(store: SymbolTable) {
    this.store = store;
  }

  importsOf(path: string): ImportRow[] {
    return remembered(this.#imports, path, () => this.store.importsOf([path]));
  }

  definitionsIn(path: string): SymbolRow[] {
    return remembered(this.#inFile, path, () => this.store.definitionsIn(path) ?? []);
  }

  named(name: string): SymbolRow[] {
    return remembered(this.#named, name, () => this.store.definitionsNamed(name, mostNamed));
  }

  /** Where a definition can be had from, under which names. */
  exposures(symbol: SymbolRow): Exposure[] {
    return remembered(this.#exposures, symbol.id, () =>
      exposuresOf(this.store, this.homes(symbol), this.aliases),
    );
  }

  get aliases(): readonly ModuleAlias[] {
    this.#aliases ??= moduleAliases(this.store);
    return this.#aliases;
  }

  /** The definition and its declarations: in C a header has one, a source the other. */
  homes(symbol: SymbolRow): SymbolRow[] {
    if (symbol.language !== "c" && symbol.language !== "cpp") return [symbol];
    const others = this.named(symbol.name).filter(
      (one) =>
        one.id !== symbol.id &&
        canUse(one.language, symbol.language) &&
        one.container === symbol.container &&
        (one.kind === "declaration") !== (symbol.kind === "declaration"),
    );
    return [symbol, ...others];
  }

  /** Whether what a module hands on under a name is this. */
  brings(row: ImportRow, name: string, symbol: SymbolRow): boolean {
    return this.exposures(symbol).some(
      (one) => one.name === name && this.means(row, one.path, symbol.language),
    );
  }

  means(row: Pick<ImportRow, "module" | "path">, to: string, language: string): boolean {
    if (language === "c" || language === "cpp") {
      // What lies beside the file is meant, where it does.
      const near = joined(folderOf(row.path), row.module);
      if (near !== to && /^\w/.test(row.module) && this.#isIndexed(near)) {
        return sameUnit(near, to);
      }
    }
    if (language === "go") return this.#goMeans(row.module, to);
    return (
      importMeans(row, to, language, this.aliases) || this.#isOfPackage(row.module, to, language)
    );
  }

  /** The package that a file says it is of, or something it defines there, wherever the file lies. */
  #isOfPackage(module: string, to: string, language: string): boolean {
    if (!saysItsPackage.has(language) || module === "") return false;
    const dotted = module.replaceAll("\\", ".").replace(/^\./, "");
    const all = this.definitionsIn(to);
    return all.some(({ kind, name, container }) => {
      if (container !== "" || (kind !== "declaration" && kind !== "namespace")) return false;
      const own = name.replaceAll("\\", ".");
      if (dotted === own) return true;
      const [inner] = dotted.startsWith(`${own}.`) ? dotted.slice(own.length + 1).split(".") : [];
      return inner !== undefined && all.some((one) => one.name === inner);
    });
  }

  /** A package is a folder below the one whose go.mod names the beginning of its path. */
  #goMeans(module: string, to: string): boolean {
    const folder = folderOf(to);
    const parts = module.split("/");
    for (let count = parts.length; count > 0; count -= 1) {
      const roots = this.#goModules(parts.slice(0, count).join("/"));
      if (roots.length === 0) continue;
      const rest = parts.slice(count).join("/");
      return roots.some(({ path }) => joined(folderOf(path), rest) === folder);
    }
    return importMeans({ module, path: "" }, to, "go");
  }

  #goModules(name: string): SymbolRow[] {
    return remembered(this.#modules, name, () =>
      this.store
        .definitionsNamed(name, mostNamed, goFile)
        .filter(({ kind, path }) => kind === "module" && goFile.test(path)),
    );
  }

  #isIndexed(path: string): boolean {
    return remembered(this.#indexed, path, () => this.store.definitionsIn(path) !== undefined);
  }

  /** Imports of a file that give it this name. */
  binding(path: string, name: string): ImportRow[] {
    return this.importsOf(path).filter((row) => boundName(row) === name);
  }

  /** The type that a file means by how it is written; "outside" for one that is none of the project's. */
  typeNamed(written: string, path: string, language: string): TypeFound | "outside" | undefined {
    return remembered(this.#types, `${path}\n${written}`, () =>
      this.#behind(this.#typeNamed(written, path, language), 0),
    );
  }

  /** What other names for types stand for. */
  #behind(
    found: TypeFound | "outside" | undefined,
    depth: number,
  ): TypeFound | "outside" | undefined {
    if (found === undefined || found === "outside" || depth > mostAliases) return found;
    if (!found.rows.every(({ kind }) => kind === "type")) return found;
    const rows: SymbolRow[] = [];
    for (const alias of found.rows) {
      for (const one of namesInAlias(alias) ?? []) {
        const other = this.#behind(this.#typeNamed(one, alias.path, alias.language), depth + 1);
        if (other !== undefined && other !== "outside") rows.push(...other.rows);
      }
    }
    return rows.length === 0 ? found : { rows, isSure: found.isSure };
  }

  #typeNamed(written: string, path: string, language: string): TypeFound | "outside" | undefined {
    const name = nameOfType(written);
    if (name === undefined) return undefined;
    const [first = "", ...rest] = name.split(".");
    const last = rest.at(-1) ?? first;
    const bound = this.binding(path, first);
    const taken = bound.find(
      (row) => row.name !== "" && row.name !== "*" && row.name !== "default",
    );
    const own = rest.length === 0 && taken !== undefined ? taken.name : last;
    const all = this.named(own);
    const rows = all.filter((one) => typeKinds.has(one.kind) && canUse(language, one.language));
    // A parameter of a type stands for any.
    if (rows.length === 0 && /^[A-Z]\d?$/.test(name)) return undefined;
    if (rows.length === 0) return bound.length > 0 || all.length === 0 ? "outside" : undefined;
    const here = rows.filter((one) => one.path === path);
    if (here.length > 0 && bound.length === 0) return { rows: here, isSure: true };
    const brought = rows.filter((one) =>
      bound.some((row) => this.#bringsPath(row, [first, ...rest], one)),
    );
    if (brought.length > 0) return { rows: brought, isSure: true };
    if (bound.length > 0 && namesAreImported.has(language)) return "outside";
    const near = rows.filter((one) => this.isNear(path, one));
    if (near.length > 0) return { rows: near, isSure: true };
    if (namesAreImported.has(language) && rest.length === 0) return "outside";
    return { rows, isSure: false };
  }

  /** What a name that a file gives to something is at home, where it has another name there. */
  renamed(path: string, name: string): SymbolRow[] {
    return this.binding(path, name)
      .filter((row) => row.name === "default" || (row.alias === "" && row.name !== ""))
      .flatMap((row) => this.#exportedAs(row))
      .filter((one) => one.name !== name);
  }

  /** Definitions that are handed on under the name of an import. */
  #exportedAs(row: ImportRow): SymbolRow[] {
    return this.store
      .exportsAs(row.name, mostNamed)
      .filter((one) => one.name !== "" && one.name !== row.name)
      .flatMap((one) => this.named(one.name))
      .filter((one) => this.brings(row, row.name, one));
  }

  /** Whether "a.b.C" is this, where `row` gives the file "a". */
  #bringsPath(row: ImportRow, path: readonly string[], symbol: SymbolRow): boolean {
    return this.reaches(row, path.slice(1).join("."), symbol);
  }

  /** Whether what an import gives, or what it has under a path of names, is this. */
  reaches(row: ImportRow, rest: string, symbol: SymbolRow): boolean {
    if (row.name === "" || row.name === "*") {
      return rest !== "" && this.brings(row, rest, symbol);
    }
    if (this.brings(row, rest === "" ? row.name : `${row.name}.${rest}`, symbol)) return true;
    if (rest === "") return false;
    const inner = { ...row, module: innerModule(row) };
    return this.brings(inner, rest, symbol);
  }

  /** Whether a file has a definition without naming it: by a wildcard, an include, its package. */
  isNear(path: string, symbol: SymbolRow): boolean {
    if (
      folderIsPackage.has(symbol.language) &&
      (folderOf(path) === folderOf(symbol.path) || symbol.language === "swift")
    ) {
      return true;
    }
    const full = symbol.container === "" ? symbol.name : `${symbol.container}.${symbol.name}`;
    return this.importsOf(path).some((row) => {
      if (row.name === "*")
        return this.brings(row, symbol.name, symbol) || this.brings(row, full, symbol);
      if (row.name !== "" || !/^\.?$/.test(row.alias) || namesAreImported.has(symbol.language))
        return false;
      return this.homes(symbol).some((one) => this.means(row, one.path, symbol.language));
    });
  }

  /** Types that a type is based on, as far as they are of the project. */
  basesOf(type: SymbolRow): SymbolRow[] {
    return remembered(this.#bases, type.id, () => {
      const all = this.store.referencesWithin(type.id);
      const heads = all.filter(({ kind }) => kind === "inherit");
      // "implements Partial<Base>".
      const lines = new Set(heads.filter(({ name }) => partOf.test(name)).map(({ line }) => line));
      const named = [
        ...heads,
        ...all.filter(({ kind, line }) => kind === "type" && lines.has(line)),
      ];
      return named.flatMap(({ name, on }) => {
        const written = /^[\w$.]+$/.test(on) ? `${on}.${name}` : name;
        const found = this.typeNamed(written, type.path, type.language);
        return found === undefined || found === "outside"
          ? []
          : found.rows.filter((one) => one.id !== type.id);
      });
    });
  }

  /** Finds out something that may lead back to itself, which then is not known. */
  once<Found>(key: string, find: () => Found | undefined): Found | undefined {
    if (this.#found.has(key)) return this.#found.get(key) as Found | undefined;
    this.#found.set(key, undefined);
    const found = find();
    this.#found.set(key, found);
    return found;
  }

  /** Whether the first is based on the second, over any number of steps. */
  isBasedOn(type: SymbolRow, base: SymbolRow): boolean {
    return this.ancestors(type).some((one) => one.id === base.id);
  }

  /** The nearest first. */
  ancestors(type: SymbolRow): SymbolRow[] {
    const found = new Map<number, SymbolRow>();
    let next = [type];
    for (let step = 0; step < deepest && next.length > 0; step += 1) {
      next = next.flatMap((one) => this.basesOf(one)).filter((one) => !found.has(one.id));
      for (const one of next) found.set(one.id, one);
    }
    return [...found.values()];
  }
}

const deepest = 12;
const goFile = /(^|\/)go\.mod$/;
const saysItsPackage: ReadonlySet<string> = new Set(["kotlin", "scala", "php", "csharp", "java"]);
const partOf = /^(Partial|Readonly|Required|Omit|Pick)$/;

/** What an import is called in its file; "" for one that gives no name of its own. */
export function boundName({ name, alias, module, language }: ImportRow): string {
  if (alias !== "") return alias === "." ? "" : alias;
  if (name === "*") return "";
  if (name !== "") return name;
  const last = module.slice(Math.max(module.lastIndexOf("/"), module.lastIndexOf(".")) + 1);
  if (language === "python") return module.split(".")[0] ?? "";
  if (language === "go") {
    const parts = module.split("/");
    const own = parts.at(-1) ?? "";
    return (/^v\d+$/.test(own) ? parts.at(-2) : own)?.replace(/^go-|\.go$|\.v\d+$/g, "") ?? "";
  }
  return language === "rust" ? last : "";
}

function remembered<Key, Value>(map: Map<Key, Value>, key: Key, make: () => Value): Value {
  if (map.has(key)) return map.get(key) as Value;
  const made = make();
  map.set(key, made);
  return made;
}
