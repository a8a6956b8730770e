/* One definition that uses are asked of. */
import type { Confidence } from "../ports/answers/definitions.ts";
import type { ImportRow, ReferenceRow, SymbolRow } from "../ports/symbols.ts";
import {
  canUse,
  isOfEveryone,
  isScript,
  isScriptOrPython,
  namesAreImported,
  plainMembers,
} from "./language-habits.ts";
import { boundName, type Lookup } from "./lookup.ts";
import { QualifiedUses } from "./qualified.ts";
import {
  allMembersOf,
  classesOf,
  enclosingType,
  meaningOf,
  membersOf,
  ownerOf,
} from "./receivers.ts";

const constructorNames: ReadonlySet<string> = new Set(["constructor", "__construct", "initialize"]);

const functionKinds: ReadonlySet<string> = new Set(["function", "method", "constructor"]);

/** Called by the name of its class. */
export function isConstructor({ kind, name, container, language }: SymbolRow): boolean {
  if (container === "" || language === "python") return false;
  return kind === "constructor" || constructorNames.has(name);
}

/** With the name as it is written, or as its import has it. */
export interface NamedReference extends ReferenceRow {
  name: string;
}

export class Target {
  readonly #lookup: Lookup;
  readonly #symbol: SymbolRow;
  readonly #homes: ReadonlySet<string>;
  /** The type that has it as its member. */
  readonly #owner: SymbolRow | undefined;
  /** The function it is in: nobody else knows it. */
  readonly #holder: SymbolRow | undefined;
  readonly #qualified: QualifiedUses;
  readonly #throughBase = new Set<string>();
  /** It, and what it overrides. */
  #declared: ReadonlySet<number> | undefined;
  /** What receivers mean, by where they stand. */
  readonly #known = new Map<string, Confidence | undefined>();

  constructor(lookup: Lookup, symbol: SymbolRow) {
    this.#lookup = lookup;
    this.#symbol = symbol;
    const { container } = symbol;
    this.#homes = new Set(lookup.homes(symbol).map(({ path }) => path));
    this.#holder = holderOf(lookup, symbol);
    const owner = container === "" ? undefined : ownerOf(lookup, symbol);
    const isNamed = owner !== undefined && container.split(".").at(-1) === owner.name;
    this.#owner = isNamed && !isOpenEnum(owner) ? owner : undefined;
    this.#qualified = new QualifiedUses(lookup, symbol, this.#homes, this.#owner !== undefined);
  }

  /** References that may mean it: by its name, and by those that other files have for it. */
  rows(limit: number): NamedReference[] {
    const { store } = this.#lookup;
    const symbol = this.#symbol;
    if (isConstructor(symbol) && this.#owner !== undefined) {
      const ownerName = this.#owner.name;
      const own = store.referencesTo(symbol.name, limit);
      const made = store
        .referencesTo(this.#owner.name, limit)
        .filter(({ kind }) => kind === "call");
      const owner = new Target(this.#lookup, this.#owner);
      return [
        ...own.filter(({ on }) => on !== "").map((row) => ({ ...row, name: symbol.name })),
        ...made
          .filter((row) => owner.confidenceOf({ ...row, name: ownerName }) !== undefined)
          .map((row) => ({ ...row, name: symbol.name, on: madeHere })),
      ];
    }
    const found = store
      .referencesTo(symbol.name, limit)
      .map((row) => ({ ...row, name: symbol.name }));
    for (const [name, paths] of this.#otherNames()) {
      if (name === symbol.name) continue;
      const others = store.referencesTo(name, limit, [...paths]);
      found.push(...others.map((row) => ({ ...row, name })));
    }
    return found;
  }

  /** Names under which files that import it have it: a default import, a re-export under another name. */
  #otherNames(): Map<string, Set<string>> {
    const names = new Map<string, Set<string>>();
    if (this.#symbol.container !== "" || !isScriptOrPython(this.#symbol.language)) return names;
    const add = (name: string, path: string): void => {
      const paths = names.get(name);
      if (paths === undefined) names.set(name, new Set([path]));
      else paths.add(path);
    };
    for (const { name } of this.#lookup.exposures(this.#symbol)) {
      if (name === this.#symbol.name || name.includes(".")) continue;
      const isDefault = name === "default";
      // Where a module is one thing, "require" gives that.
      const names = isDefault ? [name, ""] : [name];
      for (const row of this.#lookup.store.importsNamed(names, mostRows)) {
        if (row.module === "" || !this.#lookup.brings(row, name, this.#symbol)) continue;
        // What is renamed once more is known by the name it is imported by.
        add(isDefault ? boundName(row) : name, row.path);
      }
    }
    return names;
  }

  /** How surely a use means it; undefined when it does not. */
  confidenceOf(row: NamedReference): Confidence | undefined {
    const { name } = row;
    if (!canUse(row.language, this.#symbol.language)) return undefined;
    if (row.on === madeHere) return this.#homes.has(row.path) ? "exact" : "import";
    const isPlain = row.on === "" || row.on.startsWith("=");
    if (isPlain) return this.#ofPlain(row, row.on === "" ? undefined : row.on.slice(1), name);
    const key = keyOf(row);
    if (!this.#known.has(key)) this.#known.set(key, this.#ofMember(row, name));
    return this.#known.get(key);
  }

  /** Whether it is meant because it overrides what is. */
  isOverride(row: NamedReference): boolean {
    return this.#throughBase.has(keyOf(row));
  }

  /** `alias` is what the file calls it. */
  #ofPlain(row: ReferenceRow, alias: string | undefined, name: string): Confidence | undefined {
    const symbol = this.#symbol;
    const { path, language } = row;
    if (this.#holder !== undefined) {
      const { startLine, endLine } = this.#holder;
      return path === symbol.path && row.line >= startLine && row.line <= endLine
        ? "exact"
        : undefined;
    }
    const bound = this.#lookup
      .importsOf(path)
      .filter((one) => one.module !== "" && this.#isBinding(one, alias ?? row.on.slice(1), name));
    if (alias === undefined && this.#homes.has(path) && bound.length === 0) return this.#here(row);
    if (bound.length > 0) {
      if (bound.some((one) => this.#isBrought(one))) return "import";
      if (row.kind === "import" && this.#homes.has(path)) return this.#here(row);
      // It is something else, or a module that cannot be found.
      return namesAreImported.has(language) || isScript(language) ? undefined : this.#byName(row);
    }
    if (alias !== undefined) return undefined;
    if (this.#owner !== undefined && !isConstructor(symbol)) {
      const isEnumLike = this.#owner.kind === "enum";
      if (!plainMembers.has(language) && !isEnumLike) return undefined;
      if (!plainMembers.has(language)) return undefined;
      const own = enclosingType(this.#lookup, row);
      if (own !== undefined && this.#isRelated([own]) === "sure") return "import";
      if (this.#lookup.isNear(path, symbol) && this.#isStaticallyImported(path)) return "import";
      if (own === undefined && language === "ruby") return "name";
      return isEnumLike ? "name" : undefined;
    }
    if (this.#lookup.isNear(path, symbol)) return "import";
    return this.#byName(row);
  }

  #isStaticallyImported(path: string): boolean {
    return this.#lookup
      .importsOf(path)
      .some((row) => row.name === "*" && row.module.endsWith(this.#symbol.container));
  }

  #isBinding(row: ImportRow, alias: string, name: string): boolean {
    if (alias !== "") return row.alias === alias;
    if (row.name === "default") return row.alias === name;
    if (row.name === name) return row.alias === "" || row.isExport || row.alias !== name;
    return row.alias === name && row.name === "";
  }

  #isBrought(row: ImportRow): boolean {
    const symbol = this.#symbol;
    const whole = row.name === "" ? "default" : row.name;
    if (this.#lookup.brings(row, whole, symbol)) return true;
    // "import a.b.C" is a file; "import a.B.run" a member.
    if (isScriptOrPython(symbol.language)) {
      return symbol.kind === "module" && this.#lookup.brings(row, row.name, symbol);
    }
    // A namespace is said in the file itself, wherever that lies.
    if (row.name === symbol.name && row.module === symbol.container) return true;
    const inner = { ...row, module: `${row.module}.${row.name}` };
    return (
      row.name === symbol.name &&
      [...this.#homes].some(
        (home) =>
          this.#lookup.means(inner, home, symbol.language) ||
          this.#lookup.means(row, home, symbol.language),
      )
    );
  }

  /** A plain name in the file of the definition. */
  #here(row: ReferenceRow): Confidence | undefined {
    const symbol = this.#symbol;
    const others = this.#lookup
      .definitionsIn(row.path)
      .filter(({ name, kind }) => name === symbol.name && kind !== "key");
    const nested = others.filter((one) => {
      const holder = holderOf(this.#lookup, one);
      return holder !== undefined && row.line >= holder.startLine && row.line <= holder.endLine;
    });
    if (nested.length > 0 && nested.every(({ id }) => id !== symbol.id)) return undefined;
    if (this.#owner !== undefined && !isConstructor(symbol)) {
      if (!plainMembers.has(row.language)) return undefined;
      const own = enclosingType(this.#lookup, row);
      if (own !== undefined && this.#isRelated([own]) === "sure") return "exact";
      const isAlone = others.every((one) => one.container === symbol.container);
      return isAlone ? "name" : undefined;
    }
    const seen = others.filter(
      (one) =>
        holderOf(this.#lookup, one) === undefined &&
        (plainMembers.has(row.language) || ownerOf(this.#lookup, one) === undefined),
    );
    if (plainMembers.has(row.language)) {
      const own = enclosingType(this.#lookup, row);
      const members =
        own === undefined
          ? []
          : membersOf(this.#lookup, [own], symbol.name).filter((one) => !isConstructor(one));
      if (members.length > 0 && !members.some(({ id }) => id === symbol.id)) return undefined;
    }
    return seen.every((one) => one.container === symbol.container) ? "exact" : "name";
  }

  /** Nothing says that it is this, and nothing that it is not. */
  #byName(row: ReferenceRow): Confidence | undefined {
    const { path, language } = row;
    const own = this.#lookup.definitionsIn(path);
    const isOwn = own.some((one) => one.name === this.#symbol.name && one.container === "");
    if (isOwn && this.#symbol.container === "") return undefined;
    if (language === "python") return undefined;
    // A script without imports shares what others define.
    if (language === "typescript" && this.#lookup.importsOf(path).length > 0) return undefined;
    return "name";
  }

  #ofMember(row: NamedReference, name: string): Confidence | undefined {
    const sure: Confidence = this.#homes.has(row.path) ? "exact" : "import";
    // What a function has to itself is no member of anything.
    if (this.#holder !== undefined && this.#owner === undefined) return undefined;
    const byPath = this.#qualified.ofPath(row, name);
    if (byPath !== undefined) return byPath === "no" ? undefined : byPath;
    const symbol = this.#symbol;
    const meaning = meaningOf(this.#lookup, row.on, row);
    if (this.#owner === undefined) {
      if (symbol.container !== "" && meaning?.is === "definition") {
        const holds = meaning.rows.some((one) => isAround(one, symbol));
        if (holds) return sure;
      }
      if (symbol.container !== "") return meaning === undefined ? "name" : undefined;
      if (meaning !== undefined && !row.on.startsWith("require()"))
        return this.#qualified.ofExtension(row);
      return this.#qualified.ofExtension(row) ?? this.#qualified.ofNamelessModule(row, name);
    }
    const types = classesOf(this.#lookup, meaning);
    if (types === "outside") return this.#qualified.ofExtension(row);
    if (types === undefined || types.rows.length === 0) {
      return isOfEveryone(name, row.language) ? undefined : "name";
    }
    const related = this.#isRelated(types.rows);
    if (related === "no") return this.#qualified.ofExtension(row);
    if (related === "base") {
      if (row.on === "super") return isScript(row.language) ? "name" : undefined;
      this.#throughBase.add(keyOf(row));
    }
    // A script's call through a base is a call of what overrides it, as its compiler has it.
    const isMeant = related === "sure" || (related === "base" && isScript(row.language));
    return isMeant && types.isSure ? sure : "name";
  }

  /** Whether one of a type has this member: its own, or that of a base. A base's own may be this one overridden. */
  #isRelated(types: readonly SymbolRow[]): "sure" | "base" | "maybe" | "no" {
    const owner = this.#owner as SymbolRow;
    if (types.some(({ id }) => id === owner.id)) return "sure";
    let isUnknown = false;
    let isBase = false;
    for (const type of types) {
      if (this.#lookup.isBasedOn(type, owner)) {
        const nearest = membersOf(this.#lookup, [type], this.#symbol.name);
        if (nearest.length === 0 || nearest.some(({ id }) => id === this.#symbol.id)) return "sure";
        const isBelow = nearest.some((one) => {
          const other = ownerOf(this.#lookup, one);
          return other !== undefined && this.#lookup.isBasedOn(other, owner);
        });
        if (!isBelow || isScript(type.language)) isUnknown = true;
      } else if (this.#lookup.isBasedOn(owner, type)) {
        isBase = true;
      } else if (isScript(type.language) && this.#sharesBase(type)) {
        isUnknown = true;
      } else if (
        type.kind === "type" ||
        (type.name === owner.name && type.language !== "typescript" && type.language !== "python")
      ) {
        // Another part of it, or another name for it.
        isUnknown = true;
      }
    }
    return isBase ? "base" : isUnknown ? "maybe" : "no";
  }

  /** A base of both declares it: what is said of one is said of the other. */
  #sharesBase(type: SymbolRow): boolean {
    const { name } = this.#symbol;
    this.#declared ??= new Set(
      allMembersOf(this.#lookup, this.#owner as SymbolRow, name).map(({ id }) => id),
    );
    return allMembersOf(this.#lookup, type, name).some(({ id }) => this.#declared?.has(id));
  }
}

/** What all uses that mean the same have in common. */
function keyOf({ on, path, within, name }: NamedReference): string {
  return `${on}\n${path}\n${within?.id ?? 0}\n${name}`;
}

const mostRows = 5_000;
/** Stands in place of what a constructor's use hangs on: the class was met already. */
const madeHere = "\u0000";

/** The constants of an enum of C stand beside it; those of "enum class" are its own. */
function isOpenEnum({ kind, language, signature }: SymbolRow): boolean {
  return (
    kind === "enum" && constantsAreFree.has(language) && !/^enum\s+(class|struct)\b/.test(signature)
  );
}

const constantsAreFree: ReadonlySet<string> = new Set(["c", "cpp", "objective-c"]);

function isAround(outer: SymbolRow, symbol: SymbolRow): boolean {
  const full = outer.container === "" ? outer.name : `${outer.container}.${outer.name}`;
  return outer.path === symbol.path && symbol.container === full;
}

/** The innermost function that a definition is in, where it is no member of a class in it. */
function holderOf(lookup: Lookup, symbol: SymbolRow): SymbolRow | undefined {
  if (symbol.container === "") return undefined;
  const last = symbol.container.split(".").at(-1);
  return lookup
    .definitionsIn(symbol.path)
    .findLast(
      (one) =>
        one.id !== symbol.id &&
        one.name === last &&
        functionKinds.has(one.kind) &&
        one.startLine <= symbol.startLine &&
        one.endLine >= symbol.endLine,
    );
}
