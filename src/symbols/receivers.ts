/* What a use hangs on (Reference.on), followed through the index to the class that has it. */
import type { SymbolRow } from "../ports/symbols.ts";
import { canUse, namesAreImported, plainMembers, typeKinds } from "./language-habits.ts";
import type { Lookup } from "./lookup.ts";
import { elementOfType, madeIn, nameOfType, typeInSignature, typeOfGiven } from "./type-text.ts";

/** Where a use stands. */
export interface Site {
  path: string;
  language: string;
  within: SymbolRow | undefined;
}

/** What an expression is. */
export type Meaning =
  /** One of a class. */
  | { is: "instance"; of: readonly SymbolRow[]; isSure: boolean }
  /** The definition itself. */
  | { is: "definition"; rows: readonly SymbolRow[]; isSure: boolean }
  /** A value whose type is written in a file. */
  | { is: "typed"; type: string; path: string; language: string }
  /** Nothing of the project. */
  | { is: "outside" };

/** A part of an expression, or undefined for the type at its head. */
const step = /\.?([#@]?[\p{L}_$][\p{L}\p{N}_$]*[?!]?)|\((?:(\d+),(\d+))?\)|\[\]/uy;

const deepest = 16;

/** Undefined where it cannot be told. */
export function meaningOf(lookup: Lookup, on: string, site: Site, depth = 0): Meaning | undefined {
  if (on === "?" || on === "" || depth > deepest) return undefined;
  let meaning: Meaning | undefined;
  let before: { meaning: Meaning; name: string } | undefined;
  let at = 0;
  if (on.startsWith(":")) {
    const end = on.indexOf(";");
    if (end < 0) return undefined;
    meaning = { is: "typed", type: on.slice(1, end), path: site.path, language: site.language };
    at = end + 1;
  } else {
    const first = /^[#@]?[\p{L}_$][\p{L}\p{N}_$]*[?!]?/u.exec(on)?.[0];
    if (first === undefined) return undefined;
    meaning = ofFirst(lookup, first, site, depth);
    at = first.length;
  }
  while (at < on.length) {
    step.lastIndex = at;
    const found = step.exec(on);
    if (found === null) return undefined;
    const isGiven = found[2] !== undefined && before !== undefined;
    if ((meaning === undefined || meaning.is === "outside") && !isGiven) return meaning;
    const [text, member, argument, parameter] = found;
    if (argument !== undefined) {
      meaning = givenTo(lookup, meaning, before, Number(argument), Number(parameter));
    } else if (meaning === undefined) return undefined;
    else if (member !== undefined) {
      before = { meaning, name: member };
      meaning = memberOf(lookup, meaning, member);
    } else meaning = text === "()" ? resultOf(lookup, meaning) : elementOf(lookup, meaning);
    at = step.lastIndex;
  }
  return meaning;
}

/** Classes whose members it has; "outside" when they are none of the project's; undefined when not known. */
export function classesOf(
  lookup: Lookup,
  meaning: Meaning | undefined,
): { rows: readonly SymbolRow[]; isSure: boolean } | "outside" | undefined {
  if (meaning === undefined) return undefined;
  if (meaning.is === "outside") return "outside";
  if (meaning.is === "instance") return { rows: meaning.of, isSure: meaning.isSure };
  if (meaning.is === "typed") return lookup.typeNamed(meaning.type, meaning.path, meaning.language);
  const types = meaning.rows.filter(({ kind }) => !isValue(kind));
  if (types.length > 0) return { rows: types, isSure: meaning.isSure };
  const value = valueBehind(meaning.rows[0], lookup);
  return value === undefined ? undefined : classesOf(lookup, value);
}

function isValue(kind: string): boolean {
  return !(typeKinds.has(kind) || kind === "namespace" || kind === "module");
}

function ofFirst(lookup: Lookup, name: string, site: Site, depth: number): Meaning | undefined {
  if (depth > deepest) return undefined;
  if (name === "this" || name === "super") {
    const own = enclosingType(lookup, site);
    if (own === undefined) return undefined;
    if (name === "this") return { is: "instance", of: [own], isSure: true };
    const bases = lookup.basesOf(own);
    return bases.length === 0 ? undefined : { is: "instance", of: bases, isSure: true };
  }
  // What a lambda is given has this name where it gives no other.
  if (name === "it" && site.language === "kotlin") return undefined;
  const rows = definitionsMeant(lookup, name, site);
  return rows === "outside" ? { is: "outside" } : rows;
}

/** The class whose member a place is in, or the class it is in. */
export function enclosingType(lookup: Lookup, { within }: Site): SymbolRow | undefined {
  if (within === undefined) return undefined;
  if (typeKinds.has(within.kind)) return within;
  return ownerOf(lookup, within) ?? undefined;
}

/** The type that has a definition as its member; undefined for another. */
export function ownerOf(lookup: Lookup, symbol: SymbolRow): SymbolRow | undefined {
  const parts = symbol.container.split(".");
  // A function in a method is of the method's class for "this".
  for (let count = parts.length; count > 0 && symbol.container !== ""; count -= 1) {
    const name = parts[count - 1] as string;
    const container = parts.slice(0, count - 1).join(".");
    const all = lookup.named(name).filter((one) => typeKinds.has(one.kind));
    const here = all.filter((one) => one.path === symbol.path);
    const found =
      here.find(
        (one) =>
          one.container === container &&
          one.startLine <= symbol.startLine &&
          one.endLine >= symbol.endLine,
      ) ??
      here.find((one) => one.container === container) ??
      here[0] ??
      (declaresElsewhere.has(symbol.language)
        ? nearest(
            all.filter((one) => canUse(one.language, symbol.language)),
            symbol.path,
          )
        : undefined);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** The one whose path has most in common with another. */
function nearest(rows: readonly SymbolRow[], path: string): SymbolRow | undefined {
  let best: SymbolRow | undefined;
  let most = -1;
  for (const row of rows) {
    let common = 0;
    while (common < path.length && row.path[common] === path[common]) common += 1;
    if (common > most) {
      best = row;
      most = common;
    }
  }
  return best;
}

/** Members may stand in another file than their class. */
const declaresElsewhere: ReadonlySet<string> = new Set([
  "c",
  "cpp",
  "rust",
  "go",
  "swift",
  "ruby",
  "csharp",
  "kotlin",
]);

/** What a plain name means that no local has. */
function definitionsMeant(
  lookup: Lookup,
  name: string,
  site: Site,
): Meaning | "outside" | undefined {
  const { path, language } = site;
  const bound = lookup.binding(path, name);
  if (bound.length > 0) {
    const names = new Set(
      bound.map((row) => (row.name === "" || row.name === "default" ? name : row.name)),
    );
    const rows = [...names]
      .flatMap((one) => lookup.named(one))
      .filter((one) => bound.some((row) => lookup.reaches(row, "", one)));
    if (rows.length > 0) return { is: "definition", rows: best(rows), isSure: true };
    if (bound.some((row) => row.name === "default")) return undefined;
    // A namespace: its members are looked for by their paths.
    if (bound.some((row) => row.name === "")) return undefined;
    return namesAreImported.has(language) ? "outside" : undefined;
  }
  const all = lookup.named(name).filter((one) => canUse(language, one.language));
  const here = all.filter((one) => one.path === path && one.container === "");
  if (here.length > 0) return { is: "definition", rows: best(here), isSure: true };
  if (plainMembers.has(language)) {
    const own = enclosingType(lookup, site);
    const members = own === undefined ? [] : membersOf(lookup, [own], name);
    if (members.length > 0) return { is: "definition", rows: members, isSure: true };
  }
  const inside = all.filter((one) => one.path === path);
  if (inside.length > 0) return { is: "definition", rows: best(inside), isSure: true };
  const near = all.filter((one) => lookup.isNear(path, one));
  if (near.length > 0) return { is: "definition", rows: best(near), isSure: true };
  if (all.length === 0) return "outside";
  if (namesAreImported.has(language)) return "outside";
  const types = all.filter(({ kind }) => typeKinds.has(kind));
  return types.length === 0 ? undefined : { is: "definition", rows: types, isSure: false };
}

/** Types, where some are; then what has a body. */
function best(rows: readonly SymbolRow[]): readonly SymbolRow[] {
  const types = rows.filter(({ kind }) => typeKinds.has(kind));
  if (types.length > 0) return types;
  const defined = rows.filter(({ kind }) => kind !== "declaration");
  return defined.length > 0 ? defined : rows;
}

/** Members of types or namespaces with this name: their own, else those of the nearest base that has it. */
export function membersOf(
  lookup: Lookup,
  types: readonly SymbolRow[],
  name: string,
): readonly SymbolRow[] {
  const named = lookup.named(name);
  if (named.length === 0) return [];
  for (const type of types) {
    for (const one of [type, ...lookup.ancestors(type)]) {
      const own = named.filter((member) => isMemberOf(lookup, member, one));
      if (own.length > 0) return own;
    }
  }
  return [];
}

/** Members with this name of a type and of all its bases. */
export function allMembersOf(lookup: Lookup, type: SymbolRow, name: string): readonly SymbolRow[] {
  const types = [type, ...lookup.ancestors(type)];
  return lookup
    .named(name)
    .filter((member) => types.some((one) => isMemberOf(lookup, member, one)));
}

function isMemberOf(lookup: Lookup, member: SymbolRow, type: SymbolRow): boolean {
  const full = type.container === "" ? type.name : `${type.container}.${type.name}`;
  if (member.container === full && member.path === type.path) return true;
  if (
    !(
      member.container === full ||
      member.container.endsWith(`.${type.name}`) ||
      member.container === type.name
    )
  ) {
    return false;
  }
  return ownerOf(lookup, member)?.id === type.id;
}

function memberOf(lookup: Lookup, meaning: Meaning, name: string): Meaning | undefined {
  const types = classesOf(lookup, meaning);
  if (types === "outside") return { is: "outside" };
  if (types === undefined) {
    if (meaning.is !== "definition") return undefined;
    // What an object has that is no class.
    const inside = membersOf(lookup, meaning.rows, name);
    return inside.length === 0
      ? undefined
      : { is: "definition", rows: inside, isSure: meaning.isSure };
  }
  const rows = membersOf(lookup, types.rows, name);
  if (rows.length > 0 && (!isField(rows[0]) || valueBehind(rows[0], lookup) !== undefined)) {
    return { is: "definition", rows, isSure: types.isSure };
  }
  return (
    setTo(lookup, types.rows, name) ??
    (rows.length === 0 ? undefined : { is: "definition", rows, isSure: types.isSure })
  );
}

function isField(row: SymbolRow | undefined): boolean {
  return (
    row !== undefined &&
    !(row.kind === "method" || row.kind === "function" || typeKinds.has(row.kind))
  );
}

/** What a member is by what some method of its class sets it to. */
function setTo(lookup: Lookup, types: readonly SymbolRow[], name: string): Meaning | undefined {
  const all = types.flatMap((type) => [type, ...lookup.ancestors(type)]);
  const ids = new Set(all.map(({ id }) => id));
  return lookup.once(`${[...ids].join(" ")} ${name}`, () => {
    const facts = lookup.store.factsNamed(name, [...new Set(all.map(({ path }) => path))]);
    for (const { path, language, is, within } of facts) {
      const site = { path, language, within };
      const own = enclosingType(lookup, site);
      if (own === undefined || !ids.has(own.id)) continue;
      const found = meaningOf(lookup, is, site, 1);
      if (found !== undefined && found.is !== "outside") return found;
    }
    return undefined;
  });
}

/** What it gives when it is called. */
function resultOf(lookup: Lookup, meaning: Meaning): Meaning | undefined {
  if (meaning.is !== "definition") return undefined;
  const [row] = meaning.rows;
  if (row === undefined) return undefined;
  if (typeKinds.has(row.kind)) return { is: "instance", of: meaning.rows, isSure: meaning.isSure };
  if (row.kind === "constructor") {
    const own = ownerOf(lookup, row);
    return own === undefined ? undefined : { is: "instance", of: [own], isSure: true };
  }
  return valueBehind(row, lookup);
}

/** Calls of lists that give what they take their elements, and in which place. */
const elementCalls: Readonly<Record<string, number>> = {
  forEach: 0,
  map: 0,
  filter: 0,
  find: 0,
  findIndex: 0,
  findLast: 0,
  some: 0,
  every: 0,
  flatMap: 0,
  sort: 0,
  reduce: 1,
};

/** What a function that is written as an argument is given. */
function givenTo(
  lookup: Lookup,
  meaning: Meaning | undefined,
  before: { meaning: Meaning; name: string } | undefined,
  argument: number,
  parameter: number,
): Meaning | undefined {
  if (meaning?.is === "definition") {
    const rows = meaning.rows.flatMap((row) =>
      typeKinds.has(row.kind) ? membersOf(lookup, [row], "constructor") : [row],
    );
    for (const row of rows) {
      const type = typeOfGiven(row, argument, parameter);
      if (type !== undefined) {
        return { is: "typed", type, path: row.path, language: row.language };
      }
    }
    return undefined;
  }
  if (before === undefined || !Object.hasOwn(elementCalls, before.name)) return undefined;
  const first = elementCalls[before.name] as number;
  const isElement = parameter === first || (before.name === "sort" && parameter === 1);
  return isElement ? elementOf(lookup, before.meaning) : undefined;
}

function elementOf(lookup: Lookup, meaning: Meaning): Meaning | undefined {
  if (meaning.is === "definition") {
    const value = valueBehind(meaning.rows[0], lookup);
    return value === undefined ? undefined : elementOf(lookup, value);
  }
  if (meaning.is !== "typed") return undefined;
  const type = elementOfType(meaning.type);
  return type === undefined ? undefined : { ...meaning, type };
}

/** The type of what a definition is or gives. */
function valueBehind(row: SymbolRow | undefined, lookup?: Lookup): Meaning | undefined {
  if (row === undefined) return undefined;
  const type = typeInSignature(row);
  if (type === undefined) {
    // "const jobs = new Jobs()".
    const made = isField(row) ? madeIn(row.signature) : undefined;
    if (made === undefined || lookup === undefined) return undefined;
    const site = { path: row.path, language: row.language, within: row };
    return lookup.once(`= ${row.id}`, () => meaningOf(lookup, made, site, 1));
  }
  const name = nameOfType(type);
  if (name !== undefined && /^(this|self|Self|static|\$this)$/.test(name) && lookup !== undefined) {
    const own = ownerOf(lookup, row);
    return own === undefined ? undefined : { is: "instance", of: [own], isSure: true };
  }
  return { is: "typed", type, path: row.path, language: row.language };
}
