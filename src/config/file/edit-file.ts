/*
 * Changes one option in the text of a haypile.toml and leaves every other character as it is: comments,
 * order, line ends. It works on lines; what it cannot do safely (a value over several lines, a table in
 * braces) it refuses, and the result is read back before it counts.
 */
import { HaypileError } from "../../base/errors.ts";
import type { OptionValue } from "../options/option-row.ts";
import { type OptionName, optionNames } from "../options/options.ts";
import { readStores, storesForm } from "../options/store-address.ts";
import { tomlValue } from "../options/values.ts";
import { parseOptions } from "./read-file.ts";

/**
 * The text with the option set.
 * @param path for messages
 * @throws HaypileError HAYPILE_CONFIG_INVALID when the text is not valid, or cannot be changed by line
 */
export function setOption(
  text: string,
  name: OptionName,
  value: OptionValue,
  path: string,
): string {
  const before = parseOptions(text, path);
  const after = edit(text, name, tomlValue(name, value));
  const isAsMeant = (() => {
    try {
      const read = parseOptions(after, path);
      return optionNames.every((one) => read.get(one) === (one === name ? value : before.get(one)));
    } catch {
      return false;
    }
  })();
  if (isAsMeant) return after;
  throw new HaypileError(
    "HAYPILE_CONFIG_INVALID",
    `Expected ${name} on a line of its own in ${path}, but it is written in a way that cannot be changed by itself. Set it by hand: ${name} = ${tomlValue(name, value)}`,
    { data: { path, option: name } },
  );
}

/** A key with its "=", then the value up to a comment outside of quotes. */
const keyLine =
  /^(\s*)((?:[A-Za-z0-9_-]+|"[^"]*")(?:\s*\.\s*(?:[A-Za-z0-9_-]+|"[^"]*"))*)(\s*=\s*)((?:"(?:[^"\\]|\\.)*"|'[^']*'|[^#"'])*?)(\s*(?:#.*)?)$/;

function edit(text: string, name: OptionName, value: string): string {
  const end = text.includes("\r\n") ? "\r\n" : "\n";
  const lines = text.split(/\r?\n/);
  const [section = "", key = ""] = name.split(".");
  let inSection = "";
  let lastOfSection: number | undefined;
  for (const [i, line] of lines.entries()) {
    const header = /^\s*\[([^[\]]+)\]\s*(?:#.*)?$/.exec(line)?.[1];
    if (header !== undefined) inSection = plain(header);
    else if (/^\s*\[/.test(line)) inSection = "[";
    const match = header === undefined ? keyLine.exec(line) : null;
    if (match !== null) {
      const [, indent = "", written = "", equals = "", , rest = ""] = match;
      const full = inSection === "" ? plain(written) : `${inSection}.${plain(written)}`;
      if (full === name) {
        lines[i] = `${indent}${written}${equals}${value}${rest}`;
        return lines.join(end);
      }
    }
    if (inSection === section && line.trim() !== "") lastOfSection = i;
  }
  if (lastOfSection !== undefined) {
    lines.splice(lastOfSection + 1, 0, `${key} = ${value}`);
    return lines.join(end);
  }
  const body = text.replace(/\s+$/, "");
  return `${body}${body === "" ? "" : `${end}${end}`}[${section}]${end}${key} = ${value}${end}`;
}

function plain(key: string): string {
  return key
    .split(".")
    .map((part) => part.trim().replace(/^"(.*)"$/, "$1"))
    .join(".");
}

const storesTable = "memories.stores";

/**
 * The text with the store of one namespace set, in the table [memories.stores].
 * @throws HaypileError as setOption()
 */
export function setStoreOf(text: string, namespace: string, store: string, path: string): string {
  const before = parseOptions(text, path);
  const stores = new Map(readStores(before.get(storesTable) ?? {}) ?? []);
  stores.set(namespace, store);
  const value = storesForm.read(Object.fromEntries(stores)) ?? "";
  const after = editStores(text, namespace, store, value);
  try {
    const read = parseOptions(after, path);
    const isAsMeant = optionNames.every(
      (one) => read.get(one) === (one === storesTable ? value : before.get(one)),
    );
    if (isAsMeant) return after;
  } catch {
    // Told below.
  }
  const line = `${JSON.stringify(namespace)} = ${JSON.stringify(store)}`;
  throw new HaypileError(
    "HAYPILE_CONFIG_INVALID",
    `Expected [${storesTable}] of ${path} to be a table of its own, but it is written in a way that cannot be changed by itself. Set it by hand: ${line}`,
    { data: { path, option: storesTable } },
  );
}

function editStores(text: string, namespace: string, store: string, value: string): string {
  const end = text.includes("\r\n") ? "\r\n" : "\n";
  const lines = text.split(/\r?\n/);
  const written = `${JSON.stringify(namespace)} = ${JSON.stringify(store)}`;
  const header = lines.findIndex(
    (line) => plain(/^\s*\[([^[\]]+)\]/.exec(line)?.[1] ?? "") === storesTable,
  );
  if (header < 0) {
    const isText = /^\s*stores\s*=/m.test(text);
    if (isText) return edit(text, storesTable, tomlValue(storesTable, value));
    const body = text.replace(/\s+$/, "");
    return `${body}${body === "" ? "" : `${end}${end}`}[${storesTable}]${end}${written}${end}`;
  }
  const next = lines.findIndex((line, at) => at > header && /^\s*\[/.test(line));
  const last = next < 0 ? lines.length : next;
  const keys = [JSON.stringify(namespace), `'${namespace}'`, namespace];
  const at = lines.findIndex(
    (line, i) => i > header && i < last && keys.includes(line.split("=", 1)[0]?.trim() ?? ""),
  );
  if (at < 0) lines.splice(header + 1, 0, written);
  else lines[at] = written;
  return lines.join(end);
}
