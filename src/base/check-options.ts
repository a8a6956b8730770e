/*
 * What callers of the library may say. A name that is unknown is refused with the nearest known one: an option with a
 * slip in it would else be no option at all, and the call would do something else than was asked.
 */
import { HaypileError } from "./errors.ts";
import { likelyName } from "./text/suggest.ts";

/** The kind of value an option takes; "any" is checked where it is used. */
export type OptionKind =
  | "text"
  | "number"
  | "boolean"
  | "texts"
  | "list"
  | "text or texts"
  | "function"
  | "signal"
  | "any"
  /** A record with options of its own. */
  | { readonly of: OptionShape };

/** Every option of a call, by name. Made to agree with a type by `satisfies ShapeOf<Type>`. */
export type OptionShape = Readonly<Record<string, OptionKind>>;

/** All names of a type, and no other: the compiler refuses a shape that lacks one or has one too many. */
export type ShapeOf<Options> = Readonly<Record<keyof Options, OptionKind>>;

const inWords: Readonly<Record<Exclude<OptionKind, object>, string>> = {
  text: "a text",
  number: "a number",
  boolean: "true or false",
  texts: "a list of texts",
  list: "a list",
  "text or texts": "a text or a list of texts",
  function: "a function",
  signal: "an AbortSignal",
  any: "a value",
};

/**
 * Checks the record of options of a call. Undefined stands for what is not said, for all of it and for each.
 *
 * @param call as callers write it: "open()", "search()"
 * @throws HaypileError HAYPILE_USAGE
 */
export function checkOptions(call: string, given: unknown, shape: OptionShape): void {
  if (given === undefined) return;
  if (typeof given !== "object" || given === null || Array.isArray(given)) {
    throw new HaypileError(
      "HAYPILE_USAGE",
      `Expected a record of options for ${call}, but got ${show(given)}. Pass an object such as { ${Object.keys(shape)[0]}: … }, or nothing.`,
      { data: { call } },
    );
  }
  for (const [name, value] of Object.entries(given)) {
    if (!Object.hasOwn(shape, name)) throw unknown(call, name, shape);
    if (value === undefined) continue;
    const kind = shape[name] as OptionKind;
    if (typeof kind === "object") checkOptions(`${name} of ${call}`, value, kind.of);
    else if (!fits(kind, value)) {
      throw new HaypileError(
        "HAYPILE_USAGE",
        `Expected ${inWords[kind]} for ${name} of ${call}, but got ${show(value)}. Correct it there.`,
        { data: { call, option: name } },
      );
    }
  }
}

function unknown(call: string, name: string, shape: OptionShape): HaypileError {
  const names = Object.keys(shape);
  const likely = likelyName(name, names);
  const hint =
    likely === undefined ? ` It has ${names.join(", ") || "none"}.` : ` Did you mean ${likely}?`;
  return new HaypileError("HAYPILE_USAGE", `There is no option ${name} of ${call}.${hint}`, {
    data: { call, option: name, likely },
  });
}

function fits(kind: Exclude<OptionKind, object>, value: unknown): boolean {
  const isText = typeof value === "string";
  const isTexts = Array.isArray(value) && value.every((one) => typeof one === "string");
  switch (kind) {
    case "text":
      return isText;
    case "texts":
      return isTexts;
    case "list":
      return Array.isArray(value);
    case "text or texts":
      return isText || isTexts;
    case "number":
    case "boolean":
    case "function":
      return typeof value === kind;
    case "signal":
      return value instanceof AbortSignal || isLikeSignal(value);
    default:
      return true;
  }
}

/** Of another realm, or of a polyfill. */
function isLikeSignal(value: unknown): boolean {
  return (
    typeof value === "object" &&
    value !== null &&
    "aborted" in value &&
    "addEventListener" in value &&
    typeof value.addEventListener === "function"
  );
}

/**
 * Checks an argument that must be a text.
 * @throws HaypileError HAYPILE_USAGE
 */
export function checkTextArgument(call: string, name: string, given: unknown): void {
  if (typeof given === "string") return;
  throw new HaypileError(
    "HAYPILE_USAGE",
    `Expected a text for ${name} of ${call}, but got ${show(given)}. Correct it there.`,
    { data: { call, argument: name } },
  );
}

function show(value: unknown): string {
  if (typeof value === "function") return "a function";
  if (typeof value === "bigint" || typeof value === "symbol") return `a ${typeof value}`;
  let text: string | undefined;
  try {
    text = JSON.stringify(value);
  } catch {
    // It refers to itself.
  }
  const written = text ?? String(value);
  return written.length > 60 ? `${written.slice(0, 57)}...` : written;
}
