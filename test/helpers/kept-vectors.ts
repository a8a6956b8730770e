/* Vectors as they lie in two index files, compared row by row. */
import Database from "better-sqlite3";

type Row = [id: number, data: Buffer];

/**
 * The least cosine of a row of one file with the same chunk's row in the other. Which texts were in one run of the model
 * with a text may move its last bits, so equal work is near to 1 and not always 1. NaN: the rows are not of the same
 * chunks or lengths.
 */
export function leastCosine(path: string, other: string): number {
  const [one, two] = [rowsOf(path), rowsOf(other)];
  if (one.length === 0 || one.length !== two.length) return Number.NaN;
  return Math.min(
    ...one.map(([id, data], at) => {
      const [otherId, otherData] = two[at] as Row;
      return id === otherId ? cosine(data, otherData) : Number.NaN;
    }),
  );
}

function rowsOf(path: string): Row[] {
  const db = new Database(path, { readonly: true });
  const rows = db.prepare("SELECT chunk_id, data FROM vectors ORDER BY chunk_id").raw().all();
  db.close();
  return rows as Row[];
}

function cosine(a: Buffer, b: Buffer): number {
  if (a.length !== b.length) return Number.NaN;
  let [product, aa, bb] = [0, 0, 0];
  for (let i = 0; i < a.length; i += 1) {
    const [x, y] = [a.readInt8(i), b.readInt8(i)];
    product += x * y;
    aa += x * x;
    bb += y * y;
  }
  return product / Math.sqrt(aa * bb);
}
