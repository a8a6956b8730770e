/*
 * The arguments of a tool as models write them, brought to what its schema says where there is no doubt of what is
 * meant: null and "" for what is left out, "5" for a number, "a,b" or '["a"]' for a list, another name for the same
 * thing. All else is refused in one answer that names what was expected, what came, and what there is.
 */
import { isDeepStrictEqual } from "node:util";
import { likelyName } from "../../base/text/suggest.ts";
import { oneLine } from "../answer/visible-text.ts";
import { namesFor } from "./argument-names.ts";

/** Of a JSON schema, what arguments have. */
export interface FieldSchema {
  type?: string | undefined;
  enum?: readonly unknown[] | undefined;
  items?: FieldSchema | undefined;
  minimum?: number | undefined;
  maximum?: number | undefined;
  minLength?: number | undefined;
  maxLength?: number | undefined;
  maxItems?: number | undefined;
}

export interface ArgumentsSchema {
  properties?: Readonly<Record<string, FieldSchema>> | undefined;
  required?: readonly string[] | undefined;
}

export interface Read {
  /** Under the names of the schema; what was left out is not there. */
  values: Record<string, unknown>;
  /** Each a sentence; empty: the schema may look at them. */
  problems: string[];
}

const absent = Symbol("absent");

/** Reads the arguments of one tool. Made once a tool. */
export class ArgumentReader {
  readonly #tool: string;
  readonly #fields: Readonly<Record<string, FieldSchema>>;
  readonly #required: ReadonlySet<string>;
  readonly #others: ReadonlyMap<string, string>;
  /** By spelling without case and signs. */
  readonly #spelled: ReadonlyMap<string, string>;

  constructor(tool: string, { properties = {}, required = [] }: ArgumentsSchema) {
    const own = Object.keys(properties);
    this.#tool = tool;
    this.#fields = properties;
    this.#required = new Set(required);
    this.#others = namesFor(tool, own);
    this.#spelled = new Map([
      ...[...this.#others].map(([other, name]) => [spelling(other), name] as const),
      ...own.map((name) => [spelling(name), name] as const),
    ]);
  }

  read(given: unknown): Read {
    if (given === undefined || given === null) return { values: {}, problems: [] };
    if (typeof given !== "object" || Array.isArray(given)) {
      return {
        values: {},
        problems: [`Expected an object of arguments, but got ${shown(given)}.`],
      };
    }
    const values: Record<string, unknown> = {};
    const problems: string[] = [];
    const from = new Map<string, string>();
    for (const [key, value] of Object.entries(given)) {
      if (key === "_meta" || value === null || value === undefined) continue;
      const name = this.#nameOf(key);
      if (name === undefined) {
        problems.push(this.#unknown(key));
        continue;
      }
      const read = this.#value(name, value, problems);
      if (read === absent) continue;
      const before = from.get(name);
      if (before !== undefined && !isDeepStrictEqual(values[name], read)) {
        problems.push(
          `${before} and ${oneLine(key, 40)} are the same argument, ${name}: pass one of them.`,
        );
      }
      from.set(name, key);
      values[name] = read;
    }
    for (const name of this.#required) {
      if (!(name in values) && problems.length === 0) {
        problems.push(`${name} is missing: expected ${this.#expected(name)}.`);
      }
    }
    return { values, problems };
  }

  /** What the schema says of a value that it does not take, in a sentence. */
  problem(name: string, values: Readonly<Record<string, unknown>>): string {
    if (this.#fields[name] === undefined) return `${this.#tool} cannot take these arguments.`;
    return `${name}: expected ${this.#expected(name)}, but got ${shown(values[name])}.`;
  }

  #nameOf(key: string): string | undefined {
    return Object.hasOwn(this.#fields, key) ? key : this.#spelled.get(spelling(key));
  }

  #unknown(key: string): string {
    const names = Object.keys(this.#fields);
    const near = likelyName(key, [...names, ...this.#others.keys()]);
    const meant = near === undefined ? undefined : (this.#others.get(near) ?? near);
    const takes =
      names.length === 0
        ? "It takes no arguments."
        : `It takes: ${names.map((name) => (this.#required.has(name) ? `${name} (required)` : name)).join(", ")}.`;
    return `There is no argument ${JSON.stringify(oneLine(key, 40))}.${meant === undefined ? "" : ` Did you mean ${meant}?`} ${takes}`;
  }

  #expected(name: string): string {
    return inWords(this.#fields[name] ?? {});
  }

  #value(name: string, value: unknown, problems: string[]): unknown {
    const field = this.#fields[name] as FieldSchema;
    const isOptional = !this.#required.has(name);
    if (field.type === "array") return listOf(value, field.items ?? {});
    if (!Array.isArray(value)) return scalarOf(value, field, isOptional);
    const given = value.filter((one) => one !== null);
    if (given.length === 0 && isOptional) return absent;
    if (given.length !== 1) {
      problems.push(
        `${name} takes one value, but ${given.length} came. Call ${this.#tool} once for each.`,
      );
      return absent;
    }
    return scalarOf(given[0], field, isOptional);
  }
}

function spelling(name: string): string {
  return name.toLowerCase().replace(/[-_\s]/gu, "");
}

function scalarOf(value: unknown, field: FieldSchema, isOptional: boolean): unknown {
  const { type, enum: choices } = field;
  if (typeof value === "number") {
    if (type === "string" && Number.isFinite(value)) return String(value);
    if (type === "boolean" && (value === 0 || value === 1)) return value === 1;
    return value;
  }
  if (typeof value !== "string") return value;
  const text = value.trim();
  if (text === "") return isOptional ? absent : value;
  const isWord = type !== "string" || choices !== undefined;
  if (isWord && isOptional && /^(?:null|none|undefined)$/iu.test(text)) return absent;
  if (type === "integer" || type === "number") {
    return /^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/iu.test(text) ? Number(text) : value;
  }
  if (type === "boolean") {
    if (/^(?:true|yes|on|1)$/iu.test(text)) return true;
    return /^(?:false|no|off|0)$/iu.test(text) ? false : value;
  }
  const same = (choice: unknown): boolean => String(choice).toLowerCase() === text.toLowerCase();
  return choices?.find(same) ?? value;
}

function listOf(value: unknown, items: FieldSchema): unknown {
  const list = Array.isArray(value) ? value : splitList(value);
  if (!Array.isArray(list)) return list;
  return list.filter((one) => one !== null).map((one) => scalarOf(one, items, false));
}

/** '["a", "b"]', "a, b" and "a" as lists; what is no text is one entry. */
function splitList(value: unknown): unknown {
  if (typeof value === "number") return [value];
  if (typeof value !== "string") return value;
  const text = value.trim();
  if (text.startsWith("[")) {
    try {
      const parsed: unknown = JSON.parse(text);
      if (Array.isArray(parsed)) return parsed;
    } catch {
      // Then the bracket belongs to the text.
    }
  }
  return text
    .split(",")
    .map((part) => part.trim())
    .filter((part) => part !== "");
}

/** What a value of this kind looks like. */
function inWords({ type, enum: choices, items, ...bounds }: FieldSchema): string {
  const { minimum, maximum, minLength = 0, maxLength, maxItems } = bounds;
  if (choices !== undefined) return `one of ${choices.join(", ")}`;
  switch (type) {
    case "integer":
    case "number": {
      const what = type === "integer" ? "a whole number" : "a number";
      return minimum === undefined ? what : `${what} from ${minimum} to ${maximum}`;
    }
    case "boolean":
      return "true or false";
    case "array":
      return `a list of at most ${maxItems} values, each ${inWords(items ?? {})}`;
    default:
      if (maxLength === undefined) return "text";
      return `text of ${minLength > 0 ? `${minLength} to ` : "at most "}${maxLength} characters`;
  }
}

function shown(value: unknown): string {
  if (value === undefined) return "nothing";
  const text = JSON.stringify(value) ?? String(value);
  const length =
    typeof value === "string" && value.length > 60 ? ` (${value.length} characters)` : "";
  return `${oneLine(text, 60)}${length}`;
}
