/*
 * Numbers of many rows as one value: a list of lists takes ten times the memory, twice, on its way through the thread that asks
 * the server.
 */
import type { PartNumbers, RowNumbers } from "../../../shared/rows/sources.ts";

const bytesOfRow = 76;
const bytesOfPart = 20;

/** NaN stands for NULL; whole numbers up to 2^53 are exact. */
const real = (column: string): string => `float8send(coalesce(${column}::float8, 'NaN'))`;
const small = (column: string): string => `int2send(${column}::int2)`;

/** Of one row, of memory_rows. */
export const packedRow = [
  real("id"),
  "int4send(namespace_id)",
  small("kind"),
  small("source"),
  real("importance"),
  small("pinned::int4"),
  ...["created", "since", "until"].map(real),
  small("ended"),
  ...["valid_from", "expires", "deleted"].map(real),
].join(" || ");

/** Of one part, of memory_parts. */
export const packedPart = `${real("id")} || ${real("row_id")} || int4send(end_at - start_at)`;

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function orNull(value: number): number | null {
  return Number.isNaN(value) ? null : value;
}

/** @param bytes null: there are none */
export function unpackedRows(bytes: Uint8Array | null): RowNumbers[] {
  if (bytes === null) return [];
  const view = viewOf(bytes);
  return Array.from({ length: Math.floor(bytes.byteLength / bytesOfRow) }, (_, row): RowNumbers => {
    const at = row * bytesOfRow;
    return [
      view.getFloat64(at),
      view.getInt32(at + 8),
      view.getInt16(at + 12),
      view.getInt16(at + 14),
      view.getFloat64(at + 16),
      view.getInt16(at + 24),
      view.getFloat64(at + 26),
      view.getFloat64(at + 34),
      orNull(view.getFloat64(at + 42)),
      view.getInt16(at + 50),
      view.getFloat64(at + 52),
      orNull(view.getFloat64(at + 60)),
      orNull(view.getFloat64(at + 68)),
    ];
  });
}

/** @param bytes null: there are none */
export function unpackedParts(bytes: Uint8Array | null): PartNumbers[] {
  if (bytes === null) return [];
  const view = viewOf(bytes);
  return Array.from(
    { length: Math.floor(bytes.byteLength / bytesOfPart) },
    (_, part): PartNumbers => {
      const at = part * bytesOfPart;
      return [view.getFloat64(at), view.getFloat64(at + 8), view.getInt32(at + 16)];
    },
  );
}
