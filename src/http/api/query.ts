/* What a query string says, as the values that the shapes of a call ask for. */
import type { OptionKind, OptionShape } from "../../base/check-options.ts";
import type { Said } from "./arguments.ts";
import { Refusal } from "./refusal.ts";

/** More are a mistake, or worse. */
const mostParameters = 256;

/**
 * Lists are said by repetition or with commas, records with dots: `filter.paths=src/**,lib/**`. What is no number, or no
 * true or false, stays a text, which is refused as one in a body would be.
 * @throws Refusal for a name that is said twice and is no list
 */
export function saidInQuery(path: string, names: OptionShape, query: URLSearchParams): Said {
  const all = new Map<string, string[]>();
  for (const [name, value] of query) {
    const values = all.get(name);
    if (values !== undefined) values.push(value);
    else if (all.size < mostParameters) all.set(name, [value]);
    else throw new Refusal(400, `Expected at most ${mostParameters} parameters of ${path}.`);
  }
  const said: [string, unknown][] = [];
  const records = new Map<string, [string, unknown][]>();
  for (const [name, values] of all) {
    const [record, field] = splitAtDot(name, names);
    if (record === undefined) {
      said.push([name, readValue(path, name, kindOf(names, name), values)]);
      continue;
    }
    const kind = kindOf((names[record] as { of: OptionShape }).of, field);
    const fields = records.get(record) ?? [];
    fields.push([field, readValue(path, name, kind, values)]);
    records.set(record, fields);
  }
  for (const [name, fields] of records) said.push([name, Object.fromEntries(fields)]);
  return Object.fromEntries(said);
}

/** The record a name reaches into; undefined: into none. */
function splitAtDot(name: string, names: OptionShape): [string | undefined, string] {
  const at = name.indexOf(".");
  const record = name.slice(0, Math.max(0, at));
  return typeof kindOf(names, record) === "object"
    ? [record, name.slice(at + 1)]
    : [undefined, name];
}

function kindOf(names: OptionShape, name: string): OptionKind | undefined {
  return Object.hasOwn(names, name) ? names[name] : undefined;
}

function readValue(
  path: string,
  name: string,
  kind: OptionKind | undefined,
  values: readonly string[],
): unknown {
  const [only = ""] = values;
  if (kind === "texts") return values.flatMap(atCommas);
  if (kind === "text or texts") return values.length === 1 ? only : values;
  if (values.length > 1) {
    throw new Refusal(400, `${name.slice(0, 64)} was said twice for ${path}. Say it once.`);
  }
  if (kind === "number")
    return only.trim() === "" || Number.isNaN(Number(only)) ? only : Number(only);
  if (kind === "boolean") return only === "true" ? true : only === "false" ? false : only;
  return only;
}

/** Commas in braces belong to a pattern: src/*.{ts,tsx}. */
function atCommas(text: string): string[] {
  const items: string[] = [];
  let depth = 0;
  let from = 0;
  for (let at = 0; at < text.length; at += 1) {
    const letter = text[at];
    if (letter === "{") depth += 1;
    else if (letter === "}") depth -= 1;
    else if (letter === "," && depth <= 0) {
      items.push(text.slice(from, at));
      from = at + 1;
    }
  }
  items.push(text.slice(from));
  return items.filter((item) => item !== "");
}
