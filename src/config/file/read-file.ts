/* Reads a haypile.toml: sections and keys become options; every other key is an error with advice. */
import { dirname, isAbsolute, resolve } from "node:path";
import { parse, TomlError } from "smol-toml";
import { fileError, HaypileError } from "../../base/errors.ts";
import { type FileRefusal, readBoundedSync } from "../../base/files/read-file.ts";
import { packageVersion } from "../../base/package/own-package.ts";
import { likelyName } from "../../base/text/suggest.ts";
import { knobOf, valueInOurWords } from "../foreign/foreign-knobs.ts";
import { answerInWords, answerOf, type ForeignKey, foreignKeyOf } from "../foreign/systems.ts";
import type { OptionValue } from "../options/option-row.ts";
import { isOptionName, type OptionName, optionNames, rowOf } from "../options/options.ts";
import { readValue, type ValueSource } from "../options/values.ts";

/** A configuration file is written by hand; one of this size is something else. */
const mostBytes = 1_000_000;

export type OptionValues = ReadonlyMap<OptionName, OptionValue>;

export interface OptionFile {
  path: string;
  text: string;
  values: OptionValues;
}

/** Whose file it is: a project's may be a link to anywhere, and is not followed. */
export type FileOwner = "user" | "project";

/**
 * Reads a file; undefined when there is none.
 * @throws HaypileError HAYPILE_CONFIG_INVALID, HAYPILE_PERMISSION, HAYPILE_IO
 */
export function readOptionFile(path: string, owner: FileOwner): OptionFile | undefined {
  const text = readText(path, owner);
  return text === undefined ? undefined : { path, text, values: parseOptions(text, path) };
}

/** The text of a file; undefined when there is none. @throws as readOptionFile() */
export function readText(path: string, owner: FileOwner): string | undefined {
  try {
    const links = owner === "project" ? "refuse" : "follow";
    return readBoundedSync(path, { mostBytes, links })
      .toString("utf8")
      .replace(/^\ufeff/, "");
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException | FileRefusal;
    if (code === "ENOENT" || code === "ENOTDIR") return undefined;
    if (code !== "ELOOP" && code !== "EFTYPE" && code !== "EFBIG") {
      throw fileError(error, `read ${path}`);
    }
    throw new HaypileError(
      "HAYPILE_CONFIG_INVALID",
      `Expected a configuration file of at most ${mostBytes} bytes, but ${message}. Put the right file there, or remove it.`,
      { data: { path }, cause: error },
    );
  }
}

/**
 * The options that a text sets.
 * @param path for messages, and for paths in it: relative ones mean the file's folder
 * @throws HaypileError HAYPILE_CONFIG_INVALID
 */
export function parseOptions(text: string, path: string): OptionValues {
  const source: ValueSource = { where: `in ${path}`, code: "HAYPILE_CONFIG_INVALID" };
  const values = new Map<OptionName, OptionValue>();
  const keys = new Map<OptionName, string>();
  for (const [key, raw] of flatten(parseToml(text, path))) {
    const meant = optionOf(key, raw, source);
    if (meant === undefined) continue;
    const { name } = meant;
    if (values.has(name)) {
      throw invalid(
        `Expected ${name} once ${source.where}, but it is there twice, as ${keys.get(name)} and as ${key}. Take one of them out.`,
      );
    }
    keys.set(name, key);
    values.set(name, absolutePath(name, readValue(name, meant.raw, source), path));
  }
  return values;
}

/** A table that guides put the same keys into. */
const advanced = "storage.advanced.";

/**
 * The option a key means, also under the name and with the unit other stores give it; undefined: it says what
 * is so anyway.
 * @returns the option, and its value as our own name and unit have it
 * @throws HaypileError `source.code`, for any other key, with the likely one
 */
export function optionOf(
  key: string,
  raw: unknown,
  source: ValueSource,
): { name: OptionName; raw: unknown } | undefined {
  if (isOptionName(key)) return { name: key, raw };
  if (key === "store") return { name: "store.url", raw };
  const own = key.startsWith(advanced) ? `storage.${key.slice(advanced.length)}` : key;
  if (isOptionName(own)) return { name: own, raw };
  const foreign = foreignKeyOf(key);
  if (foreign !== undefined) return ofOtherSystem(key, foreign, raw, source);
  const found = knobOf(key);
  if (found !== undefined) {
    const { knob, unit } = found;
    if ("option" in knob) {
      return { name: knob.option, raw: valueInOurWords(knob.values, unit, raw) };
    }
    // On a command line all is text.
    if (knob.accepts?.some((one) => String(one) === String(raw)) === true) return undefined;
    throw refusal(key, knob.refused, source);
  }
  const rest = key.includes(".") ? undefined : foreignKeyOf(key, true);
  if (rest !== undefined) return ofOtherSystem(key, rest, raw, source);
  const ofSection = optionNames.find((name) => name.startsWith(`${own}.`));
  if (ofSection !== undefined) throw sectionError(own, ofSection, source);
  const likely = likelyName(own, optionNames) ?? sameKey(key);
  const hint = likely === undefined ? " " : ` Did you mean ${likely}? `;
  const newer =
    likely === undefined
      ? `A newer Haypile than this ${packageVersion} may have it: then update Haypile${source.code === "HAYPILE_USAGE" ? "" : ", or take the line out"}. `
      : "";
  throw new HaypileError(
    source.code,
    `There is no option ${key}, found ${source.where}.${hint}${newer}See "haypile config list" for all.`,
    { data: { option: key, likely } },
  );
}

/** A key of a system that ours takes the place of. @throws HaypileError `source.code`, unless an option takes it */
function ofOtherSystem(
  key: string,
  { row, unit }: ForeignKey,
  raw: unknown,
  source: ValueSource,
): { name: OptionName; raw: unknown } {
  const answer = answerOf(row);
  if (answer.state !== "option") throw refusal(key, answerInWords(answer), source);
  const values = "option" in row.means ? row.means.values : undefined;
  return { name: answer.option, raw: valueInOurWords(values, unit, raw) };
}

function refusal(key: string, words: string, source: ValueSource): HaypileError {
  return new HaypileError(source.code, `Cannot set ${key} ${source.where}. ${words}`, {
    data: { option: key },
  });
}

/** `memory = 3`, `[[memory]]`, or "config set memory 3". */
function sectionError(
  section: string,
  name: OptionName,
  { where, code }: ValueSource,
): HaypileError {
  const key = name.slice(section.length + 1);
  const how =
    code === "HAYPILE_USAGE"
      ? `Name one of its options, such as ${name}.`
      : `Write [${section}], and below it one of its options, such as ${key}.`;
  return new HaypileError(
    code,
    `Expected an option ${where}, but ${section} is a section of options. ${how} See "haypile config list" for all.`,
    { data: { option: section, likely: name } },
  );
}

/** "workers" and "memory.workers" mean "embed.workers", the only one that ends so. */
function sameKey(key: string): OptionName | undefined {
  const last = key.slice(key.lastIndexOf(".") + 1);
  const found = optionNames.filter((name) => name.endsWith(`.${last}`));
  return found.length === 1 ? found[0] : undefined;
}

function parseToml(text: string, path: string): Record<string, unknown> {
  try {
    return parse(text, { maxDepth: 8 });
  } catch (error) {
    if (!(error instanceof TomlError)) throw error;
    const reason = error.message.split("\n", 1)[0]?.replace("Invalid TOML document: ", "");
    throw invalid(
      `${path}:${error.line}:${error.column} is not TOML: ${reason}. Correct this line.`,
      {
        path,
        line: error.line,
        column: error.column,
      },
    );
  }
}

/** Tables become "section.key". */
function* flatten(table: Record<string, unknown>, prefix = ""): Generator<[string, unknown]> {
  for (const [key, value] of Object.entries(table)) {
    const name = `${prefix}${key}`;
    const isTable =
      typeof value === "object" &&
      value !== null &&
      !Array.isArray(value) &&
      !(value instanceof Date);
    // The value of an option may be a table: of stores by namespace.
    if (isTable && !isOptionName(name))
      yield* flatten(value as Record<string, unknown>, `${name}.`);
    else yield [name, value];
  }
}

function absolutePath(name: OptionName, value: OptionValue, file: string): OptionValue {
  if (rowOf(name).type !== "path" || isAbsolute(String(value))) return value;
  return resolve(dirname(file), String(value));
}

function invalid(message: string, data: Record<string, unknown> = {}): HaypileError {
  return new HaypileError("HAYPILE_CONFIG_INVALID", message, { data });
}
