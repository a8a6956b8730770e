import type { ScanKernels } from "../../../ports/vector-scan.ts";
import type { Database, Statement } from "../file/driver.ts";
import type { CodedVectors } from "./coded-vectors.ts";
import type { RawVector } from "./row-buffer.ts";

/** Compares a few chunks with each other by the vectors in the database. */
export class Similarities {
  readonly #statements: Readonly<Record<"model" | "static", Statement>>;
  readonly #coded: CodedVectors;
  readonly #compare: (rows: Uint8Array, dimensions: number) => Float32Array;

  constructor(db: Database, coded: CodedVectors, kernels: ScanKernels | undefined) {
    const rowsOf = (table: string): Statement =>
      db
        .prepare(
          `SELECT key AS place, scale, data FROM json_each(?) AS asked JOIN ${table} ON chunk_id = asked.value`,
        )
        .raw();
    this.#coded = coded;
    this.#statements = { model: rowsOf("vectors"), static: rowsOf("static_vectors") };
    this.#compare = (rows, dimensions) => (kernels?.similarities ?? compareRows)(rows, dimensions);
  }

  /** NaN for a chunk without a vector of this length, or with one of zeros. */
  to(vector: Float32Array, chunkIds: readonly number[], kind: "model" | "static"): Float32Array {
    const cosines = new Float32Array(chunkIds.length).fill(Number.NaN);
    for (const [place, , data] of this.#rowsOf(chunkIds, kind)) {
      if (data.length !== vector.length) continue;
      const codes = new Int8Array(data.buffer, data.byteOffset, data.length);
      let product = 0;
      let square = 0;
      for (let i = 0; i < codes.length; i += 1) {
        const code = codes[i] as number;
        product += code * (vector[i] as number);
        square += code * code;
      }
      if (square > 0) cosines[place] = product / Math.sqrt(square);
    }
    return cosines;
  }

  #rowsOf(chunkIds: readonly number[], kind: "model" | "static"): RawVector[] {
    const read = (): unknown[] => this.#statements[kind].all(JSON.stringify(chunkIds));
    return kind === "model" ? this.#coded.rows(read) : (read() as RawVector[]);
  }

  /** The rows themselves, in the order asked; undefined for a chunk without a vector. */
  codes(chunkIds: readonly number[], kind: "model" | "static"): (Uint8Array | undefined)[] {
    const found = new Array<Uint8Array | undefined>(chunkIds.length).fill(undefined);
    for (const [place, , data] of this.#rowsOf(chunkIds, kind)) found[place] = data;
    return found;
  }

  /** n × n cosines in the order of the ids; 0 for a chunk whose vector is missing or has another length. */
  of(chunkIds: readonly number[], kind: "model" | "static"): Float32Array {
    const count = chunkIds.length;
    const found = this.#rowsOf(chunkIds, kind);
    const dimensions = found[0]?.[2].length ?? 0;
    if (dimensions === 0) return new Float32Array(count * count);
    const rows = new Uint8Array(count * dimensions);
    for (const [place, , data] of found) {
      if (data.length === dimensions) rows.set(data, place * dimensions);
    }
    return this.#compare(rows, dimensions);
  }
}

/** What the kernel does, for stores that are opened without one. */
export function compareRows(rows: Uint8Array, dimensions: number): Float32Array {
  const codes = new Int8Array(rows.buffer, rows.byteOffset, rows.length);
  const count = rows.length / dimensions;
  const dot = (a: number, b: number): number => {
    let sum = 0;
    for (let i = 0; i < dimensions; i += 1) {
      sum += (codes[a * dimensions + i] as number) * (codes[b * dimensions + i] as number);
    }
    return sum;
  };
  const norms = Float64Array.from({ length: count }, (_, at) => Math.sqrt(dot(at, at)));
  const cosines = new Float32Array(count * count);
  for (let a = 0; a < count; a += 1) {
    for (let b = a; b < count; b += 1) {
      const length = (norms[a] as number) * (norms[b] as number);
      const cosine = length === 0 ? 0 : dot(a, b) / length;
      cosines[a * count + b] = cosine;
      cosines[b * count + a] = cosine;
    }
  }
  return cosines;
}
