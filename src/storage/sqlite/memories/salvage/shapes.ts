/* How rows of the tables of memories look, by which pages are known whose way from the root is lost. */
import type { Value } from "../../salvage/records.ts";

export type SalvagedTable = "memories" | "namespaces" | "notes" | "anchors" | "sums" | "links";

const isKey = (value: Value | undefined): boolean =>
  typeof value === "string" && /^[0-9a-z]{16}$/u.test(value);
const isInteger = (value: Value | undefined): boolean => Number.isInteger(value);
const isText = (value: Value | undefined): boolean => typeof value === "string";
const isNull = (value: Value | undefined): boolean => value === null;
const orNull =
  (is: (value: Value | undefined) => boolean) =>
  (value: Value | undefined): boolean =>
    value === null || is(value);

type Column = (value: Value | undefined) => boolean;

/** Columns as they are stored; a sum that was added later may be missing. */
const shapes: Readonly<Record<SalvagedTable, { columns: Column[]; isIndex: boolean }>> = {
  memories: {
    columns: [
      isNull,
      isKey,
      ...Array<Column>(3).fill(isInteger),
      (value) => typeof value === "number",
      ...Array<Column>(3).fill(isInteger),
      orNull(isInteger),
      isInteger,
      isInteger,
      orNull(isInteger),
      orNull(isInteger),
      isInteger,
      orNull(isText),
      isText,
    ],
    isIndex: false,
  },
  namespaces: { columns: [isNull, isText, isInteger], isIndex: false },
  notes: { columns: [isNull, isKey, isInteger, isText], isIndex: false },
  anchors: {
    columns: [
      isNull,
      isKey,
      isText,
      orNull(isText),
      orNull(isText),
      orNull((value) => Buffer.isBuffer(value)),
      orNull(isText),
      isInteger,
    ],
    isIndex: false,
  },
  sums: { columns: [isNull, isInteger, isInteger], isIndex: false },
  links: { columns: [isKey, isKey, isText, isInteger], isIndex: true },
};

/** Tables whose rows may get one more column. */
const mayHaveSum: ReadonlySet<SalvagedTable> = new Set(["notes", "anchors", "links"]);

/** The table that a row is of; undefined for none, or more than one. */
export function tableOf(values: readonly Value[], isIndex: boolean): SalvagedTable | undefined {
  for (const [name, shape] of Object.entries(shapes) as [
    SalvagedTable,
    (typeof shapes)[SalvagedTable],
  ][]) {
    if (shape.isIndex !== isIndex) continue;
    const { columns } = shape;
    const more = values.length - columns.length;
    const isLong = more === 0 || (more === 1 && mayHaveSum.has(name));
    if (isLong && columns.every((fits, at) => fits(values[at]))) return name;
  }
  return undefined;
}
