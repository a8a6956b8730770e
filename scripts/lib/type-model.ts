/*
 * Types of the sources as data, by the compiler itself: what docs/json.md, docs/api.md and docs/json.schema.json are
 * made of. The compiler's API is marked unstable; package.json pins its version.
 */
import { join } from "node:path";
import {
  API,
  type Checker,
  type Project,
  SymbolFlags,
  type Symbol as TsSymbol,
  type Type,
} from "typescript/unstable/sync";

const root = join(import.meta.dirname, "..", "..");

/** A type as far as pages and schemas care. */
export type TypeNode =
  | { kind: "word"; word: string }
  | { kind: "literal"; value: string | number | boolean }
  | { kind: "list"; of: TypeNode }
  | { kind: "record"; of: TypeNode }
  /** One of the named types of the model. */
  | { kind: "ref"; name: string }
  | { kind: "object"; fields: Field[] }
  | { kind: "union"; of: TypeNode[] }
  /** Not looked into: functions, classes, types of Node. `text` is how TypeScript writes it. */
  | { kind: "opaque"; text: string };

export interface Field {
  name: string;
  type: TypeNode;
  /** It may be left out, or be undefined. */
  isOptional: boolean;
  doc: string;
}

export interface NamedType {
  name: string;
  doc: string;
  type: TypeNode;
}

/** A function or method with its comment. */
export interface CallModel {
  name: string;
  /** As TypeScript writes it, parameters and result. */
  signatures: string[];
  doc: string;
  throws: string;
}

export interface ExportModel {
  name: string;
  kind: "call" | "class" | "interface" | "type" | "value";
  doc: string;
  /** Of a call. */
  call: CallModel | undefined;
  /** Public methods and accessors of a class, methods of an interface. */
  members: CallModel[];
  /** Fields of an interface or object type that are no methods. */
  fields: Field[];
  /** Of a type that is no record: how TypeScript writes it. */
  text: string | undefined;
}

/** Longest text of an opaque type. */
const plainWords: ReadonlySet<string> = new Set([
  "string",
  "number",
  "boolean",
  "null",
  "unknown",
  "any",
  "void",
  "undefined",
  "never",
]);

export class TypeModel {
  readonly #api = new API({ cwd: root });
  readonly #project: Project;
  readonly #checker: Checker;
  readonly #named = new Map<string, NamedType & { id: number }>();

  constructor() {
    const config = join(root, "tsconfig.json");
    const snapshot = this.#api.updateSnapshot({ openProjects: [config] });
    const project = snapshot.getProject(config) ?? snapshot.getProjects()[0];
    if (project === undefined) throw new Error(`${config} could not be read.`);
    this.#project = project;
    this.#checker = project.checker;
  }

  close(): void {
    this.#api.close();
  }

  /** Named types met so far, by name. */
  get named(): NamedType[] {
    return [...this.#named.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  /** The compiler's own view, for what this one has no words for. */
  get checker(): Checker {
    return this.#checker;
  }

  /** An interface that a file of src exports. */
  typeNamed(file: string, name: string): Type {
    const symbol = this.#exportsOf(file).find((one) => one.name === name);
    if (symbol === undefined) throw new Error(`${file} exports no ${name}.`);
    return this.#checker.getDeclaredTypeOfSymbol(symbol);
  }

  /** The fields of an interface that a file of src exports. */
  fieldsOf(file: string, name: string): Field[] {
    return this.fields(this.typeNamed(file, name));
  }

  /** Everything a file of src exports. */
  exports(file: string): ExportModel[] {
    return this.#exportsOf(file).map((symbol) => this.#exportOf(symbol));
  }

  #exportsOf(file: string): TsSymbol[] {
    const source = this.#project.program.getSourceFile(join(root, "src", file));
    const module = source && this.#checker.getSymbolAtLocation(source);
    if (module === undefined) throw new Error(`src/${file} could not be read.`);
    return this.#checker
      .getExportsOfModule(module)
      .map((one) =>
        (one.flags & SymbolFlags.Alias) !== 0 ? this.#checker.getAliasedSymbol(one) : one,
      )
      .toSorted((a, b) => (a.name < b.name ? -1 : 1));
  }

  #exportOf(symbol: TsSymbol): ExportModel {
    const { flags, name } = symbol;
    const base = {
      name,
      doc: this.#doc(symbol),
      call: undefined,
      members: [],
      fields: [],
      text: undefined,
    };
    if ((flags & SymbolFlags.Function) !== 0) {
      return { ...base, kind: "call", call: this.#callOf(symbol) };
    }
    if ((flags & (SymbolFlags.Class | SymbolFlags.Interface | SymbolFlags.TypeAlias)) === 0) {
      return { ...base, kind: "value" };
    }
    const type = this.#checker.getDeclaredTypeOfSymbol(symbol);
    const isClass = (flags & SymbolFlags.Class) !== 0;
    const isOfLiterals = type.isUnionType() && typeInWords(this.read(type)).startsWith('"');
    if (isOfLiterals) return { ...base, kind: "type", text: typeInWords(this.read(type)) };
    const properties = this.#properties(type).filter((one) => !this.#isInternal(one));
    const isCall = (one: TsSymbol): boolean => isClass || this.#isFunction(this.#typeOf(one));
    return {
      ...base,
      kind: isClass ? "class" : (flags & SymbolFlags.Interface) !== 0 ? "interface" : "type",
      members: properties.filter(isCall).map((one) => this.#callOf(one)),
      fields: properties.filter((one) => !isCall(one)).map((one) => this.#field(one)),
    };
  }

  #isInternal(symbol: TsSymbol): boolean {
    return this.#checker.getJsDocTagsOfSymbol(symbol).some(({ name }) => name === "internal");
  }

  #callOf(symbol: TsSymbol): CallModel {
    const type = this.#typeOf(symbol);
    const signatures = type === undefined ? [] : this.#checker.getSignaturesOfType(type, 0);
    const tags = this.#checker.getJsDocTagsOfSymbol(symbol);
    const text = (tag: (typeof tags)[number]): string => oneLine(String(tag.text ?? ""));
    return {
      name: symbol.name,
      signatures:
        signatures.length === 0
          ? [type === undefined ? "" : `: ${this.#checker.typeToString(type)}`]
          : signatures.map((signature) => this.#signature(signature)),
      doc: this.#doc(symbol),
      throws: tags
        .filter(({ name }) => name === "throws")
        .map(text)
        .join("; "),
    };
  }

  #signature(signature: Parameters<Checker["getReturnTypeOfSignature"]>[0]): string {
    const parameters = signature.getParameters().map((one, at) => {
      const type = this.#checker.getParameterType(signature, at);
      const written = type === undefined ? "unknown" : this.#checker.typeToString(type);
      const isOptional = written.endsWith(" | undefined") || this.#isOptional(one);
      return `${one.name}${isOptional ? "?" : ""}: ${written.replace(/ \| undefined$/, "")}`;
    });
    const result = this.#checker.getReturnTypeOfSignature(signature);
    return `(${parameters.join(", ")}): ${result === undefined ? "void" : this.#checker.typeToString(result)}`;
  }

  #isOptional(symbol: TsSymbol): boolean {
    return (symbol.flags & SymbolFlags.Optional) !== 0;
  }

  #isFunction(type: Type | undefined): boolean {
    if (type === undefined) return false;
    if (type.isUnionType()) return (type.getTypes() ?? []).some((one) => this.#isFunction(one));
    return this.#checker.getSignaturesOfType(type, 0).length > 0;
  }

  #typeOf(symbol: TsSymbol): Type | undefined {
    return this.#checker.getTypeOfSymbol(symbol);
  }

  /** Without private ones and those with symbols for names. */
  #properties(type: Type): TsSymbol[] {
    return this.#checker
      .getPropertiesOfType(type)
      .filter(({ name }) => !name.startsWith("#") && !name.startsWith("__"));
  }

  /** What a record has. */
  fields(type: Type): Field[] {
    return this.#properties(type).map((one) => this.#field(one));
  }

  #field(symbol: TsSymbol): Field {
    const type = this.#typeOf(symbol);
    const parts = type?.isUnionType() === true ? (type.getTypes() ?? []) : [];
    const hasUndefined = parts.some((one) => this.#checker.typeToString(one) === "undefined");
    return {
      name: symbol.name,
      type: type === undefined ? { kind: "word", word: "unknown" } : this.read(type),
      isOptional: hasUndefined || this.#isOptional(symbol),
      doc: this.#doc(symbol),
    };
  }

  read(type: Type): TypeNode {
    const written = this.#checker.typeToString(type);
    if (plainWords.has(written)) return { kind: "word", word: written };
    if (type.isUnionType()) return this.#union(type.getTypes() ?? []);
    if (type.isStringLiteralType() || type.isNumberLiteralType())
      return { kind: "literal", value: type.value };
    if (written === "true" || written === "false")
      return { kind: "literal", value: written === "true" };
    const isOfOneType = this.#checker.isTupleType(type) && new Set(partsOf(written)).size === 1;
    if (this.#checker.isArrayType(type) || isOfOneType) {
      const [of] = this.#checker.getTypeArguments(type as never);
      return {
        kind: "list",
        of: of === undefined ? { kind: "word", word: "unknown" } : this.read(of),
      };
    }
    const properties = this.#properties(type);
    const [index] = this.#checker.getIndexInfosOfType(type);
    if (properties.length === 0 && index !== undefined) {
      return { kind: "record", of: this.read(index.valueType) };
    }
    const isPlain = (type.isObjectType() || type.isIntersectionType()) && properties.length > 0;
    const isClass = ((type.getSymbol()?.flags ?? 0) & SymbolFlags.Class) !== 0;
    const isOpaque =
      !isPlain ||
      isClass ||
      this.#checker.isTupleType(type) ||
      this.#isFunction(type) ||
      /^(AbortSignal|Date|Map|Set|Float32Array|Promise|Readable|Writable|Duplex)\b/.test(written);
    if (isOpaque) return { kind: "opaque", text: written };
    const name = type.getAliasSymbol()?.name ?? type.getSymbol()?.name ?? "__type";
    if (name.startsWith("__") || /[<{&]/.test(written))
      return { kind: "object", fields: this.fields(type) };
    return this.#ref(name, type);
  }

  #ref(name: string, type: Type): TypeNode {
    const known = this.#named.get(name);
    if (known !== undefined && known.id !== type.id) {
      // Two of one name: the second is written out where it stands.
      return { kind: "object", fields: this.fields(type) };
    }
    if (known === undefined) {
      const symbol = type.getAliasSymbol() ?? type.getSymbol();
      const entry = {
        id: type.id,
        name,
        doc: symbol === undefined ? "" : this.#doc(symbol),
        type: { kind: "object", fields: [] } as TypeNode,
      };
      this.#named.set(name, entry);
      entry.type = { kind: "object", fields: this.fields(type) };
    }
    return { kind: "ref", name };
  }

  #union(types: readonly Type[]): TypeNode {
    const parts = types
      .filter((one) => this.#checker.typeToString(one) !== "undefined")
      .map((one) => this.read(one));
    const truths = parts.filter((one) => one.kind === "literal" && typeof one.value === "boolean");
    const rest = parts.filter((one) => !truths.includes(one));
    if (truths.length === 2) rest.push({ kind: "word", word: "boolean" });
    else rest.push(...truths);
    const [only] = rest;
    return rest.length === 1 && only !== undefined ? only : { kind: "union", of: rest };
  }

  #doc(symbol: TsSymbol): string {
    return this.#checker.getDocumentationCommentOfSymbol(symbol).trim();
  }
}

export function oneLine(text: string): string {
  return text.replace(/\s+/g, " ").trim();
}

/** As TypeScript would write it, for tables. */
export function typeInWords(node: TypeNode): string {
  switch (node.kind) {
    case "word":
      return node.word;
    case "literal":
      return JSON.stringify(node.value);
    case "ref":
      return node.name;
    case "opaque":
      return node.text;
    case "record":
      return `{ [name]: ${typeInWords(node.of)} }`;
    case "list": {
      const of = typeInWords(node.of);
      return node.of.kind === "union" ? `(${of})[]` : `${of}[]`;
    }
    case "union":
      return node.of.map(typeInWords).join(" | ");
    default:
      return `{ ${node.fields.map(({ name, isOptional, type }) => `${name}${isOptional ? "?" : ""}: ${typeInWords(type)}`).join("; ")} }`;
  }
}

/** A JSON Schema (2020-12) of a type; named types are in $defs. Nothing but what is named may be there. */
export function schemaOf(node: TypeNode): Record<string, unknown> {
  switch (node.kind) {
    case "word":
      if (node.word === "unknown" || node.word === "any") return {};
      // A number that is none (a share of nothing) has no other form in JSON.
      return node.word === "number" ? { type: ["number", "null"] } : { type: node.word };
    case "literal":
      return { const: node.value };
    case "ref":
      return { $ref: `#/$defs/${node.name}` };
    case "record":
      return { type: "object", additionalProperties: schemaOf(node.of) };
    case "list":
      return { type: "array", items: schemaOf(node.of) };
    case "union": {
      const values = node.of.flatMap((one) => (one.kind === "literal" ? [one.value] : []));
      if (values.length === node.of.length) return { enum: values };
      return { anyOf: node.of.map(schemaOf) };
    }
    case "object":
      return {
        type: "object",
        properties: Object.fromEntries(node.fields.map(({ name, type }) => [name, schemaOf(type)])),
        required: node.fields.filter(({ isOptional }) => !isOptional).map(({ name }) => name),
        additionalProperties: false,
      };
    default:
      throw new Error(`${node.text} cannot stand in JSON.`);
  }
}

/** The types in a tuple as it is written: "[Memory, Memory]". Those of nested ones are not told apart, and so differ. */
function partsOf(tuple: string): string[] {
  return tuple
    .replace(/^readonly /u, "")
    .slice(1, -1)
    .split(", ");
}
