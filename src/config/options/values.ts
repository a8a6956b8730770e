/* How values of options are read from text, from TOML and from callers, checked, and written. */
import { type ErrorCode, HaypileError } from "../../base/errors.ts";
import { reasonAgainst } from "../foreign/foreign-knobs.ts";
import type { OptionRow, OptionValue } from "./option-row.ts";
import { type OptionName, rowOf } from "./options.ts";
import { holdsSecret, withoutSecrets } from "./store-address.ts";
import { formatDurationValue, formatSize, parseDuration, parseSize } from "./units.ts";

export { formatSize, parseDuration, parseSize };

/** A value as people read and write it. */
export function formatValue(name: OptionName, value: OptionValue): string {
  const { type } = rowOf(name);
  if (type === "size") return formatSize(Number(value));
  return type === "duration" ? formatDurationValue(Number(value)) : String(value);
}

/** A value as it stands in a TOML file. */
export function tomlValue(name: OptionName, value: OptionValue): string {
  const { type } = rowOf(name);
  return type === "boolean" || type === "integer"
    ? String(value)
    : JSON.stringify(formatValue(name, value)).replaceAll("\u007f", "\\u007f");
}

/** Where a value stands, and how an error about it is named. */
export interface ValueSource {
  /** "in /home/me/haypile.toml", "in HAYPILE_WORKERS". */
  where: string;
  code: ErrorCode;
}

/**
 * Reads and checks one value.
 * @param raw text, or what TOML made of it, or what a caller gave
 * @throws HaypileError `source.code`
 */
export function readValue(name: OptionName, raw: unknown, source: ValueSource): OptionValue {
  const row = rowOf(name);
  const value = parse(row, raw);
  if (value !== undefined && isInRange(row, value)) return value;
  const usual = hasSecret(raw)
    ? forSecrets
    : row.type === "choice"
      ? "Choose one of these."
      : "Correct it there.";
  throw new HaypileError(
    source.code,
    `Expected ${describeType(name)} for ${name} ${source.where}, but got ${show(raw)}. ${reasonAgainst(name, raw) ?? usual}`,
    { data: { option: name, value: hasSecret(raw) ? show(raw) : raw } },
  );
}

const forSecrets =
  "A password has no place in an address: put it into a file that only you can read (store.password-file, or PGPASSFILE) or into HAYPILE_STORE_PASSWORD, and change it where others may have seen it.";

/** Also in a table, or in its text. */
function hasSecret(raw: unknown): boolean {
  if (holdsSecret(raw)) return true;
  const text = typeof raw === "string" ? raw : (JSON.stringify(raw) ?? "");
  return withoutSecrets(text) !== text;
}

const truths: Readonly<Record<string, boolean>> = {
  true: true,
  on: true,
  yes: true,
  1: true,
  false: false,
  off: false,
  no: false,
  0: false,
};

function parse(row: OptionRow, raw: unknown): OptionValue | undefined {
  switch (row.type) {
    case "boolean":
      return typeof raw === "boolean"
        ? raw
        : typeof raw === "string"
          ? truths[raw.trim().toLowerCase()]
          : undefined;
    case "integer":
      if (typeof raw === "string") return /^\s*\d+\s*$/.test(raw) ? Number(raw) : undefined;
      return typeof raw === "number" ? raw : undefined;
    case "size":
      return typeof raw === "string" ? parseSize(raw) : typeof raw === "number" ? raw : undefined;
    case "duration":
      return typeof raw === "string"
        ? parseDuration(raw)
        : typeof raw === "number"
          ? raw
          : undefined;
    case "choice":
      return typeof raw === "string" && row.choices?.includes(raw) === true ? raw : undefined;
    default:
      if (row.form !== undefined) return row.form.read(raw);
      return typeof raw === "string" && raw !== "" && !raw.includes("\0") ? raw : undefined;
  }
}

function isInRange({ type, range }: OptionRow, value: OptionValue): boolean {
  if (type !== "integer" && type !== "size" && type !== "duration") return true;
  const [least, most] = range ?? [0, Number.MAX_SAFE_INTEGER];
  return Number.isSafeInteger(value) && Number(value) >= least && Number(value) <= most;
}

/** "a size from 64MB to 16TB such as "256MB"", for messages, help and docs. */
export function describeType(name: OptionName): string {
  const { type, range, choices, form } = rowOf(name);
  if (form !== undefined) return form.says;
  const limits = range?.map((limit) => formatValue(name, limit)).join(" to ") ?? "";
  switch (type) {
    case "boolean":
      return "true or false";
    case "integer":
      return `a whole number from ${limits}`;
    case "size":
      return `a size from ${limits}, such as "256MB",`;
    case "duration":
      return `a duration from ${limits}, such as "30s",`;
    case "choice":
      return `one of ${choices?.join(", ")}`;
    case "path":
      return "a path";
    default:
      return "a text that is not empty";
  }
}

function show(raw: unknown): string {
  if (raw instanceof Date) return "a date";
  // JSON has no word for what is no number.
  const said = typeof raw === "number" ? String(raw) : (JSON.stringify(raw) ?? String(raw));
  const text = withoutSecrets(said);
  return text.length > 80 ? `${text.slice(0, 77)}...` : text;
}
