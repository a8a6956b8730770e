/*
 * What one grammar says of names: which leaves are names, where they are bound, and what a place makes of them.
 *
 * A place is "parent.field", "parent" (whatever the field), "parent<" (the first child) or "parent>" (the last).
 */
import type { Language } from "web-tree-sitter";

export interface NameRules {
  /**
   * Nodes that are names: of a value, of a type, of what another thing has, of a variable that is no definition, of
   * a namespace that is only the beginning of a path, a word that is a name in some places only, or a text that may
   * name what is called.
   */
  names: Readonly<
    Record<string, "value" | "type" | "member" | "variable" | "path" | "word" | "quoted">
  >;
  /** Leaves whose text is read for names, since the grammar does not: bodies of macros. */
  raw?: readonly string[];
  /** As `raw`, where a type is expected: quoted annotations. */
  rawTypes?: readonly string[];
  /** Nodes whose children have no structure: names in them are told by the signs around them. */
  tokens?: readonly string[];
  /** Nodes with names of their own. */
  scopes: readonly string[];
  /** Those of them to which an assignment in a block inside binds. */
  functions?: readonly string[];
  /** Places whose names are bound in the innermost scope. */
  binds: readonly string[];
  /** … in the innermost function, where there is one. */
  bindsInFunction?: readonly string[];
  /** … in the scope around the innermost. */
  bindsTypes?: readonly string[];
  /** Only names that begin small are bound in a pattern: others are constants and constructors. */
  bindsLower?: boolean;
  /** Places inside the above whose names are uses all the same. */
  uses?: readonly string[];
  /** Places whose names are neither bound nor used: keys, labels. */
  ignores?: readonly string[];
  /** … when they begin small: elements of HTML. */
  ignoresSmall?: readonly string[];
  /** Places of names that are not bound where they are set: "global". */
  frees?: readonly string[];
  /** Places of import statements. */
  imports?: readonly string[];
  /** Places of names in a member expression, with the field of the receiver ("<" is the first child). */
  members?: Readonly<Record<string, string>>;
  /** Members whose receiver is in a node around them: its type, and its field. */
  outerReceivers?: Readonly<Record<string, string>>;
  /** Members that are a node of their own behind what they hang on: its type, and the field of the receiver. */
  suffixes?: Readonly<Record<string, string>>;
  /** Elements of something: the type of the node, and the field of the whole. */
  subscripts?: Readonly<Record<string, string>>;
  /** Children between two others, by their number, that are a member of the first. */
  infix?: Readonly<Record<string, number>>;
  /** Names in paths that are kept as they are. */
  pathWords?: readonly string[];
  /** Of a list on both sides the first is of the first. */
  firstOfList?: boolean;
  /** Names that are called when nothing binds them, and stand alone. */
  bareCalls?: RegExp;
  /** Calls whose arguments are base types. */
  inheritCalls?: RegExp;
  /** The member that makes one of a class. */
  constructors?: string;
  /** Places where a member is set: then its name has a "=" as well. */
  setters?: readonly string[];
  /** Places of attributes, whose classes may have "Attribute" behind their names. */
  attributes?: readonly string[];
  /** Calls whose arguments may name a function in a string; lists whose second may, of the first. */
  quoted?: readonly string[];
  quotedPairs?: readonly string[];
  /** Places of what is called. */
  calls: readonly string[];
  /** Places of base types. */
  inherits?: readonly string[];
  /** Places that stand for the node they are in: brackets, type arguments, "await". */
  wraps?: readonly string[];
  /** Places whose names are types. */
  types?: readonly string[];
  /** Nodes that are the object whose method this is, and the one above it. */
  self?: readonly string[];
  super?: readonly string[];
  /** Names that are. */
  selfNames?: readonly string[];
  superNames?: readonly string[];
  /** Places of what is set: a member of "this" is of the type of its value. */
  sets?: readonly string[];
  /** Places of the type and of the first value of what is bound beside them. */
  typesOf?: readonly string[];
  valuesOf?: readonly string[];
  /** Places of what is gone through, an element bound at a time. */
  elementsOf?: readonly string[];
  /** Functions that are written as an argument, and the lists of arguments: their parameters have the types they are given. */
  lambdas?: readonly string[];
  argumentLists?: readonly string[];
  /** Nodes whose type is written in them: casts. */
  casts?: Readonly<Record<string, string>>;
  /** Names that are none. */
  noNames?: ReadonlySet<string>;
}

export const roles = {
  value: 1,
  type: 2,
  member: 3,
  variable: 4,
  path: 5,
  word: 6,
  quoted: 7,
  raw: 8,
  rawType: 9,
} as const;

export const places = {
  bind: 1,
  bindInFunction: 2,
  bindType: 4,
  use: 8,
  ignore: 16,
  import: 32,
  call: 64,
  inherit: 128,
  wrap: 256,
  type: 512,
  member: 1024,
  typeOf: 2048,
  valueOf: 4096,
  elementOf: 8192,
  ignoreSmall: 1 << 14,
  free: 1 << 15,
  setter: 1 << 16,
  attribute: 1 << 17,
  set: 1 << 18,
} as const;

/** What changes how names below are taken. */
export const modeChanges =
  places.bind |
  places.bindInFunction |
  places.bindType |
  places.use |
  places.ignore |
  places.import |
  places.type;

export const nodeTraits = {
  scope: 1,
  function: 2,
  tokens: 4,
  self: 8,
  super: 16,
  pathWord: 32,
  quoted: 64,
  quotedPair: 128,
  lambda: 256,
  argumentList: 512,
} as const;

const fieldBits = 10;
const anyField = (1 << fieldBits) - 1;
const firstChild = anyField - 1;
const lastChild = anyField - 2;

/** The rules in the numbers of a grammar. */
export class CompiledRules {
  readonly rules: NameRules;
  /** By type of node. */
  readonly role: Uint8Array;
  readonly traits: Uint16Array;
  readonly isNamed: Uint8Array;
  readonly #places = new Map<number, number>();
  /** Parents whose places depend on the field, on the order, or on neither. */
  readonly #hasPlaces: Uint8Array;
  readonly #receivers = new Map<number, number>();
  readonly #casts = new Map<number, number>();
  readonly #outer = new Map<number, { type: number; field: number }>();
  readonly #outerTypes = new Set<number>();
  readonly #suffixes = new Map<number, number>();
  readonly #subscripts = new Map<number, number>();
  readonly #infix = new Map<number, number>();

  constructor(grammar: Language, rules: NameRules) {
    this.rules = rules;
    const count = grammar.nodeTypeCount + 1;
    this.role = new Uint8Array(65_536);
    this.traits = new Uint16Array(65_536);
    this.isNamed = new Uint8Array(65_536);
    this.#hasPlaces = new Uint8Array(65_536);
    const idsOf = new Map<string, number[]>();
    const words = new Map<string, number[]>();
    for (let id = 0; id < count; id += 1) {
      const name = grammar.nodeTypeForId(id);
      if (name === null) continue;
      const isNamed = grammar.nodeTypeIsNamed(id);
      if (isNamed) this.isNamed[id] = 1;
      const ids = isNamed ? idsOf : words;
      const known = ids.get(name);
      if (known === undefined) ids.set(name, [id]);
      else known.push(id);
    }
    const fieldOf = (field: string): number =>
      field === "<" ? firstChild : field === ">" ? lastChild : (grammar.fieldIdForName(field) ?? 0);
    const mark = (
      list: Uint8Array | Uint16Array,
      names: readonly string[] = [],
      bit: number,
    ): void => {
      for (const name of names) {
        // "this" and its like are a word in some grammars.
        for (const id of idsOf.get(name) ?? words.get(name) ?? []) {
          list[id] = (list[id] as number) | bit;
        }
      }
    };
    for (const [name, role] of Object.entries(rules.names)) mark(this.role, [name], roles[role]);
    mark(this.role, rules.raw, roles.raw);
    mark(this.role, rules.rawTypes, roles.rawType);
    mark(this.traits, rules.scopes, nodeTraits.scope);
    mark(this.traits, rules.functions, nodeTraits.scope | nodeTraits.function);
    mark(this.traits, rules.tokens, nodeTraits.tokens);
    mark(this.traits, rules.self, nodeTraits.self);
    mark(this.traits, rules.super, nodeTraits.super);
    mark(this.traits, rules.pathWords, nodeTraits.pathWord);
    mark(this.traits, rules.quoted, nodeTraits.quoted);
    mark(this.traits, rules.quotedPairs, nodeTraits.quotedPair);
    mark(this.traits, rules.lambdas, nodeTraits.lambda);
    mark(this.traits, rules.argumentLists, nodeTraits.argumentList);
    const put = (list: readonly string[] = [], bit: number): number[][] =>
      list.map((place) => {
        const [, parent = "", field] = /^([^.<>]+)(.*)$/.exec(place) ?? [];
        const fieldId =
          field === ""
            ? anyField
            : field === "<"
              ? firstChild
              : field === ">"
                ? lastChild
                : grammar.fieldIdForName((field ?? "").slice(1));
        if (fieldId === null) return [];
        return (idsOf.get(parent) ?? []).map((id) => {
          const key = (id << fieldBits) | fieldId;
          this.#places.set(key, (this.#places.get(key) ?? 0) | bit);
          this.#hasPlaces[id] = 1;
          return key;
        });
      });
    put(rules.binds, places.bind);
    put(rules.bindsInFunction, places.bindInFunction);
    put(rules.bindsTypes, places.bindType);
    put(rules.uses, places.use);
    put(rules.ignores, places.ignore);
    put(rules.imports, places.import);
    put(rules.calls, places.call);
    put(rules.inherits, places.inherit);
    put(rules.wraps, places.wrap);
    put(rules.types, places.type);
    put(rules.typesOf, places.typeOf);
    put(rules.valuesOf, places.valueOf);
    put(rules.elementsOf, places.elementOf);
    put(rules.ignoresSmall, places.ignoreSmall);
    put(rules.frees, places.free);
    put(rules.setters, places.setter);
    put(rules.attributes, places.attribute);
    put(rules.sets, places.set);
    for (const [place, receiver] of Object.entries(rules.members ?? {})) {
      put([place], places.member);
      const parent = /^[^.<>]+/.exec(place)?.[0] ?? "";
      for (const id of idsOf.get(parent) ?? []) this.#receivers.set(id, fieldOf(receiver));
    }
    const each = (
      record: Readonly<Record<string, string>> = {},
      to: (id: number, said: string) => void,
    ): void => {
      for (const [name, said] of Object.entries(record)) {
        for (const id of idsOf.get(name) ?? []) to(id, said);
      }
    };
    each(rules.casts, (id, field) => this.#casts.set(id, fieldOf(field)));
    each(rules.suffixes, (id, field) => this.#suffixes.set(id, fieldOf(field)));
    each(rules.subscripts, (id, field) => this.#subscripts.set(id, fieldOf(field)));
    each(rules.outerReceivers, (id, place) => {
      const [name = "", field = ""] = place.split(".");
      const type = idsOf.get(name)?.[0] ?? 0;
      this.#outerTypes.add(type);
      this.#outer.set(id, { type, field: fieldOf(field) });
    });
    for (const [name, number] of Object.entries(rules.infix ?? {})) {
      for (const id of idsOf.get(name) ?? []) this.#infix.set(id, number);
    }
  }

  /** Whether anything depends on which fields the children of such a node fill. */
  hasFields(type: number): boolean {
    return (
      this.#hasPlaces[type] === 1 ||
      this.#receivers.has(type) ||
      this.#casts.has(type) ||
      this.#suffixes.has(type) ||
      this.#subscripts.has(type) ||
      this.#outerTypes.has(type)
    );
  }

  /** What a place is, as bits of `places`. */
  placeOf(parentType: number, field: number, isFirst: boolean, isLast: boolean): number {
    if (this.#hasPlaces[parentType] === 0) return 0;
    const base = parentType << fieldBits;
    let bits = this.#places.get(base | anyField) ?? 0;
    if (field !== 0) bits |= this.#places.get(base | field) ?? 0;
    if (isFirst) bits |= this.#places.get(base | firstChild) ?? 0;
    if (isLast) bits |= this.#places.get(base | lastChild) ?? 0;
    return bits;
  }

  /** The field of the receiver in a member expression; undefined for another node. */
  receiverOf(type: number): number | undefined {
    return this.#receivers.get(type);
  }

  /** The field of the type in a cast. */
  castOf(type: number): number | undefined {
    return this.#casts.get(type);
  }

  /** A node around a member that has its receiver, and the field. */
  outerOf(type: number): { type: number; field: number } | undefined {
    return this.#outer.get(type);
  }

  suffixOf(type: number): number | undefined {
    return this.#suffixes.get(type);
  }

  subscriptOf(type: number): number | undefined {
    return this.#subscripts.get(type);
  }

  infixOf(type: number): number | undefined {
    return this.#infix.get(type);
  }

  isFirstChild(field: number): boolean {
    return field === firstChild;
  }

  isLastChild(field: number): boolean {
    return field === lastChild;
  }
}
