/* How values of options are read from text, from TOML and from callers, checked, and written. */
import { type ErrorCode, HaypileError } from "../../base/errors.ts";
import { reasonAgainst } from "./foreign-knobs.ts";
import type { OptionRow, OptionValue } from "./option-row.ts";
import { type OptionName, rowOf } from "./options.ts";

const sizes: Readonly<Record<string, number>> = {
  b: 1,
  kb: 1e3,
  mb: 1e6,
  gb: 1e9,
  tb: 1e12,
  kib: 2 ** 10,
  mib: 2 ** 20,
  gib: 2 ** 30,
  tib: 2 ** 40,
};
const durations: Readonly<Record<string, number>> = { ms: 1, s: 1_000, min: 60_000, h: 3_600_000 };

/** Bytes of "256MB", "1.5 GiB" or "4096"; undefined when it is no size. */
export function parseSize(text: string): number | undefined {
  return parseWithUnit(text, sizes, "b");
}

/** Milliseconds of "30s", "250 ms", "2min" or "1500"; undefined when it is no duration. */
export function parseDuration(text: string): number | undefined {
  return parseWithUnit(text, durations, "ms");
}

function parseWithUnit(
  text: string,
  units: Readonly<Record<string, number>>,
  plain: string,
): number | undefined {
  const match = /^\s*(\d+(?:\.\d+)?)\s*([a-z]*)\s*$/i.exec(text);
  const factor = units[(match?.[2] || plain).toLowerCase()];
  if (match === null || factor === undefined) return undefined;
  const value = Math.round(Number(match[1]) * factor);
  return Number.isSafeInteger(value) ? value : undefined;
}

/** "256MB"; a size that is whole in no unit is written in bytes. parseSize() reads it back exactly. */
export function formatSize(bytes: number): string {
  return formatWithUnit(bytes, ["GB", "GiB", "MB", "MiB", "kB", "KiB"], sizes) ?? String(bytes);
}

/** "30s", "250ms". */
export function formatDurationValue(ms: number): string {
  return formatWithUnit(ms, ["h", "min", "s"], durations) ?? `${ms}ms`;
}

/** In the first unit that leaves a whole number. */
function formatWithUnit(
  value: number,
  units: readonly string[],
  factors: Readonly<Record<string, number>>,
): string | undefined {
  const unit = units.find((name) => value > 0 && value % (factors[name.toLowerCase()] ?? 1) === 0);
  return unit && `${value / (factors[unit.toLowerCase()] ?? 1)}${unit}`;
}

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
  const usual = row.type === "choice" ? "Choose one of these." : "Correct it there.";
  throw new HaypileError(
    source.code,
    `Expected ${describeType(name)} for ${name} ${source.where}, but got ${show(raw)}. ${reasonAgainst(name, raw) ?? usual}`,
    { data: { option: name, value: raw } },
  );
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
  const { type, range, choices } = rowOf(name);
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
  const text = JSON.stringify(raw) ?? String(raw);
  return text.length > 80 ? `${text.slice(0, 77)}...` : text;
}
