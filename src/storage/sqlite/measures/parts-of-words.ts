/*
 * How many parts a word index of FTS5 lies in, of the record in which FTS5 keeps its structure: a cookie of four bytes, in
 * newer tables four bytes more, then the numbers of levels and of parts.
 */
import type { Database } from "../file/driver.ts";

const structureRow = 10;
const newer = Buffer.from([0xff, 0, 0, 1]);

/** Parts above one in each of these tables: what a merge of all would leave out. @returns a function that counts them */
export function countsMerges(db: Database, tables: readonly string[]): () => number {
  const reads = tables.map((table) =>
    db.prepare(`SELECT block FROM ${table}_data WHERE id = ${structureRow}`).pluck(),
  );
  return () =>
    reads.reduce((sum, read) => {
      const block = read.get() as Buffer | undefined;
      return sum + Math.max(0, (block === undefined ? 0 : partsIn(block)) - 1);
    }, 0);
}

function partsIn(block: Buffer): number {
  const start = block.subarray(4, 8).equals(newer) ? 8 : 4;
  const levels = readNumber(block, start);
  return readNumber(block, levels.end).value;
}

/** Seven bits a byte, the highest first, as SQLite writes its numbers. */
function readNumber(block: Buffer, at: number): { value: number; end: number } {
  let value = 0;
  let end = at;
  for (;;) {
    const byte = block[end] ?? 0;
    value = value * 128 + (byte & 0x7f);
    end += 1;
    if (byte < 0x80 || end - at >= 4) return { value, end };
  }
}
