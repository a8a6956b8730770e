/*
 * One table in a TOML file of another program: set or taken out by line, every other character as it is. The
 * result is read back and must differ in this table only, else the file is left alone.
 */
import { isDeepStrictEqual } from "node:util";
import { parse, TomlError } from "smol-toml";
import { HaypileError } from "../../base/errors.ts";

type Table = Record<string, unknown>;

/** The table `section.name`; undefined: it is not there. @throws HaypileError HAYPILE_CONFIG_INVALID */
export function readTable(text: string, section: string, name: string, file: string): unknown {
  return (read(text, file)[section] as Table | undefined)?.[name];
}

/**
 * The text with these values in the table [section.name], whose other keys and sub-tables stay; without values,
 * the text without the table.
 *
 * @param file for messages
 * @throws HaypileError HAYPILE_CONFIG_INVALID when the text is no TOML, or is written in a way that cannot be
 *   changed by line
 */
export function setTable(
  text: string,
  section: string,
  name: string,
  values: Readonly<Record<string, string | readonly string[]>> | undefined,
  file: string,
): string {
  const before = read(text, file);
  const after = edit(text, `${section}.${name}`, values);
  const expected = structuredClone(before) as Record<string, Table>;
  if (values === undefined) delete expected[section]?.[name];
  else {
    const own = expected[section]?.[name] as Table | undefined;
    expected[section] = { ...expected[section], [name]: { ...own, ...values } };
  }
  if (isDeepStrictEqual(withoutEmpty(tryRead(after), section), withoutEmpty(expected, section))) {
    return after;
  }
  throw new HaypileError(
    "HAYPILE_CONFIG_INVALID",
    `Expected [${section}.${name}] of ${file} to be a table of its own, but it is written in a way that cannot be changed by itself. Change it by hand ("haypile install --print" shows what is needed); nothing was changed.`,
    { data: { path: file } },
  );
}

function edit(
  text: string,
  table: string,
  values: Readonly<Record<string, string | readonly string[]>> | undefined,
): string {
  const end = text.includes("\r\n") ? "\r\n" : "\n";
  const lines = text.split(/\r?\n/);
  const headers = lines.map((line) => headerOf(line));
  const sectionEnd = (from: number): number => {
    const next = headers.findIndex((header, i) => i > from && header !== undefined);
    return next < 0 ? lines.length : next;
  };
  if (values === undefined) {
    const gone = new Set<number>();
    for (const [i, header] of headers.entries()) {
      if (header !== table && header?.startsWith(`${table}.`) !== true) continue;
      for (let line = i; line < sectionEnd(i); line++) gone.add(line);
    }
    const kept = lines.filter((_, i) => !gone.has(i)).join(end);
    return kept.trim() === "" ? "" : `${kept.replace(/\s+$/, "")}${end}`;
  }
  const written = Object.entries(values).map(([key, value]) => `${key} = ${JSON.stringify(value)}`);
  const at = headers.indexOf(table);
  if (at < 0) {
    const body = text.replace(/\s+$/, "");
    const space = body === "" ? "" : `${end}${end}`;
    return `${body}${space}[${table}]${end}${written.join(end)}${end}`;
  }
  const rest = lines.slice(at + 1, sectionEnd(at)).filter((line) => {
    const key = /^\s*"?([A-Za-z0-9_-]+)"?\s*=/.exec(line)?.[1];
    return key === undefined || !Object.hasOwn(values, key);
  });
  lines.splice(at + 1, sectionEnd(at) - at - 1, ...written, ...rest);
  return lines.join(end);
}

/** "a.b" of a line [a.b]; undefined: no header. */
function headerOf(line: string): string | undefined {
  const inside = /^\s*\[{1,2}([^[\]]+)\]{1,2}\s*(?:#.*)?$/.exec(line)?.[1];
  return inside
    ?.split(".")
    .map((part) => part.trim().replace(/^(["'])(.*)\1$/, "$2"))
    .join(".");
}

function read(text: string, file: string): Table {
  try {
    return parse(text.replace(/^\ufeff/, "")) as Table;
  } catch (error) {
    const line = error instanceof TomlError ? error.line : 0;
    throw new HaypileError(
      "HAYPILE_CONFIG_INVALID",
      `Expected TOML in ${file}, but line ${line} is not. Correct it by hand; nothing was changed.`,
      { cause: error, data: { path: file, line } },
    );
  }
}

function tryRead(text: string): Table | undefined {
  try {
    return parse(text.replace(/^\ufeff/, "")) as Table;
  } catch {
    return undefined;
  }
}

/** A section without any table is the same as none. */
function withoutEmpty(table: Table | undefined, section: string): Table | undefined {
  if (table === undefined) return undefined;
  const { [section]: inside, ...rest } = table;
  const isEmpty = inside === undefined || Object.keys(inside as Table).length === 0;
  return structuredClone(isEmpty ? rest : table);
}
