/* Marks of what is watched: one or two values, the first for a warning, the second for what is critical. */
import type { TextForm } from "./option-row.ts";
import { formatDurationValue, formatSize, parseDuration, parseSize } from "./units.ts";

/** What a mark is a number of. */
export type LimitUnit = "bytes" | "ms" | "count" | "share";

export interface Limit {
  value: number;
  unit: LimitUnit;
}

export interface Limits {
  /** undefined: off. */
  warning: Limit | undefined;
  critical: Limit | undefined;
}

const off: Limits = { warning: undefined, critical: undefined };

const examples: Readonly<Record<LimitUnit, string>> = {
  bytes: '"256MB"',
  ms: '"250ms"',
  count: '"1000"',
  share: '"80%"',
};

/**
 * The form of an option that holds marks.
 * @param units those a mark may have
 * @param falls less is worse: the critical mark is the lower one
 */
export function limitsForm(units: readonly LimitUnit[], falls = false): TextForm {
  const order = falls ? "a warning and, below it," : "a warning and, above it,";
  return {
    says: `"off", or one or two thresholds such as ${units.map((unit) => examples[unit]).join(" or ")} with a comma between them (${order} what is critical)`,
    read: (raw) => {
      const text = typeof raw === "number" ? String(raw) : raw === false ? "off" : raw;
      if (typeof text !== "string") return undefined;
      const limits = readLimits(text, units, falls);
      return limits === undefined ? undefined : limitsInWords(limits);
    },
  };
}

/** The marks of a text; undefined: it is none. */
export function readLimits(
  text: string,
  units: readonly LimitUnit[],
  falls = false,
): Limits | undefined {
  if (text.trim().toLowerCase() === "off") return off;
  const parts = text.split(",");
  if (parts.length > 2) return undefined;
  const [warning, critical] = parts.map((part) => readLimit(part, units));
  if (warning === undefined) return undefined;
  if (parts.length === 1) return { warning, critical: undefined };
  if (critical === undefined || critical.unit !== warning.unit) return undefined;
  const isWorse = falls ? critical.value < warning.value : critical.value > warning.value;
  return isWorse ? { warning, critical } : undefined;
}

/** One mark; undefined: it is none of these units. */
export function readLimit(text: string, units: readonly LimitUnit[]): Limit | undefined {
  for (const unit of units) {
    const value = readers[unit](text.trim());
    if (value !== undefined && value > 0) return { value, unit };
  }
  return undefined;
}

const readers: Readonly<Record<LimitUnit, (text: string) => number | undefined>> = {
  bytes: parseSize,
  ms: parseDuration,
  count: (text) => (/^\d{1,12}$/.test(text) ? Number(text) : undefined),
  share: (text) => {
    const percent = /^(\d{1,4}(?:\.\d+)?)\s*%$/.exec(text)?.[1];
    return percent === undefined ? undefined : Number(percent) / 100;
  },
};

/** As readLimits() reads it back. */
function limitsInWords({ warning, critical }: Limits): string {
  if (warning === undefined) return "off";
  const all = critical === undefined ? [warning] : [warning, critical];
  return all.map(limitInWords).join(",");
}

/** "256MB", "250ms", "1000", "80%". */
export function limitInWords({ value, unit }: Limit): string {
  if (unit === "bytes") return formatSize(value);
  if (unit === "ms") return formatDurationValue(value);
  if (unit === "share") return `${Number((value * 100).toFixed(4))}%`;
  return String(value);
}
