/* The marks of memory: each a share of the limit or a size, and in one order. */
import { type ErrorCode, HaypileError } from "../../base/errors.ts";
import { type Limit, limitInWords, readLimit } from "./limits.ts";
import type { TextForm } from "./option-row.ts";
import { formatSize } from "./units.ts";

/** From low to high, as they have to be. */
export const markNames = ["memory.target", "memory.warning", "memory.critical"] as const;
export type MarkName = (typeof markNames)[number];

/** The form of an option that holds one mark. */
export const markForm: TextForm = {
  says: 'a share of memory.max from 1% to 100%, such as "85%", or a size, such as "400MB",',
  read: (raw) => {
    const mark = typeof raw === "string" ? readMark(raw) : undefined;
    return mark && limitInWords(mark);
  },
};

/** Undefined: it is no mark. */
export function readMark(text: string): Limit | undefined {
  // A bare number could be either.
  if (/^[\d.\s]*$/.test(text)) return undefined;
  const mark = readLimit(text, ["share", "bytes"]);
  const isShare = mark?.unit === "share";
  return isShare && (mark.value > 1 || mark.value < 0.01) ? undefined : mark;
}

/**
 * Checks that the marks are in order and below the limit. What cannot be compared (a size with a share of a limit that
 * is not known) passes.
 * @param limitBytes undefined: not known
 * @param where each comes from, for messages: "by HAYPILE_MEMORY_WARNING"
 * @throws HaypileError `code`
 */
export function assertMarksInOrder(
  marks: Readonly<Record<MarkName, string>>,
  limitBytes: number | undefined,
  code: ErrorCode,
  where?: (name: MarkName | "memory.max") => string,
): void {
  const by = (name: MarkName | "memory.max"): string =>
    where === undefined ? "" : ` (${where(name)})`;
  const read = markNames.map((name) => ({ name, mark: readMark(marks[name]) as Limit }));
  for (const { name, mark } of read) {
    if (limitBytes === undefined || mark.unit !== "bytes" || mark.value <= limitBytes) continue;
    throw new HaypileError(
      code,
      `Expected ${name} to be at most memory.max, which is ${formatSize(limitBytes)}${by("memory.max")}, but got ${marks[name]}${by(name)}. Say a share such as "85%", a smaller size, or a larger memory.max.`,
      { data: { option: name, value: marks[name], limitBytes } },
    );
  }
  for (const [at, high] of read.entries()) {
    const low = read[at - 1];
    if (low === undefined) continue;
    const [a, b] = comparable(low.mark, high.mark, limitBytes);
    if (a === undefined || b === undefined || a < b) continue;
    // A share says nothing beside a size.
    const words = ({ name, mark }: { name: MarkName; mark: Limit }): string => {
      const isOf = low.mark.unit !== high.mark.unit && mark.unit === "share";
      return `${marks[name]}${isOf ? ` of ${formatSize(limitBytes as number)}` : ""}${by(name)}`;
    };
    throw new HaypileError(
      code,
      `Expected ${low.name} below ${high.name}, but they are ${words(low)} and ${words(high)}. Lower ${low.name} first, or raise ${high.name}.`,
      { data: { option: low.name, low: marks[low.name], high: marks[high.name] } },
    );
  }
}

/** Both in one unit; undefined where they are in two and the limit is not known. */
function comparable(
  a: Limit,
  b: Limit,
  limitBytes: number | undefined,
): [number | undefined, number | undefined] {
  if (a.unit === b.unit) return [a.value, b.value];
  return [shareOf(a, limitBytes), shareOf(b, limitBytes)];
}

/** The share of a limit that a mark is, at most 1; undefined for a size where the limit is not known. */
export function shareOf(
  { value, unit }: Limit,
  limitBytes: number | undefined,
): number | undefined {
  if (unit === "share") return value;
  return limitBytes === undefined ? undefined : Math.min(1, value / limitBytes);
}
