/*
 * From what was said by name to the arguments of a call, in their order. Names that are unknown are refused with the
 * nearest known one, and what must be said and was not is named.
 */
import { checkOptions, type OptionShape } from "../../base/check-options.ts";
import { HaypileError } from "../../base/errors.ts";
import { plainName, type RestCall } from "./calls-by-name.ts";

/** By name, as a body or a query string says it. */
export type Said = Readonly<Record<string, unknown>>;

/** Longer ones are no slip of anybody's. */
const longestName = 64;

/**
 * The arguments. A record of options that nobody said anything of is {}, and a second one is undefined: to give that is to ask
 * for something else (forgetWhere).
 * @throws HaypileError HAYPILE_USAGE
 */
export function argumentsOf(asked: RestCall, given: Said): unknown[] {
  const said = withoutNulls(given);
  checkNames(asked, said);
  const { call, path } = asked;
  if (asked.isFree) return Object.keys(said).length === 0 ? [] : [said];
  const shapes = call.shapes ?? [];
  const takes = call.streams === "in" ? [] : Object.entries(call.takes ?? {});
  checkOptions(path, picked(said, plainShape(takes)), plainShape(takes));
  const args: unknown[] = takes.map(([name]) => said[plainName(name)]);
  const records = shapes.filter((shape) => shape !== undefined);
  for (const [at, shape] of records.entries()) {
    const record = picked(said, shape);
    checkOptions(path, record, shape);
    const isSaid = Object.keys(record).length > 0;
    args.push(isSaid || at === 0 ? record : undefined);
  }
  return args;
}

/** @throws HaypileError HAYPILE_USAGE */
function checkNames(asked: RestCall, said: Said): void {
  const { path, names, needed } = asked;
  const long = Object.keys(said).find((name) => name.length > longestName);
  if (long !== undefined) {
    const message = `There is no option ${long.slice(0, longestName)}… of ${path}.`;
    throw new HaypileError("HAYPILE_USAGE", message, { data: { call: path } });
  }
  // Only the names: values are looked at where they belong.
  const unknown = Object.keys(said).find((name) => !Object.hasOwn(names, name));
  if (!asked.isFree && unknown !== undefined) checkOptions(path, { [unknown]: undefined }, names);
  const missing = needed.filter((name) => said[name] === undefined);
  if (missing.length === 0) return;
  throw new HaypileError(
    "HAYPILE_USAGE",
    `Expected ${missing.join(" and ")} for ${path}, but nothing was said of it. Send {${needed.map((name) => `"${name}": …`).join(", ")}}.`,
    { data: { call: path, missing } },
  );
}

function plainShape(takes: readonly (readonly [string, OptionShape[string]])[]): OptionShape {
  return Object.fromEntries(takes.map(([name, kind]) => [plainName(name), kind]));
}

/** What many programs send for what they have nothing to say of. */
function withoutNulls(said: Said): Said {
  return Object.fromEntries(Object.entries(said).filter(([, value]) => value !== null));
}

function picked(said: Said, shape: OptionShape): Record<string, unknown> {
  return Object.fromEntries(Object.entries(said).filter(([name]) => Object.hasOwn(shape, name)));
}
