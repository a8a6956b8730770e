import type { CodeRows } from "../../../ports/vector-scan.ts";

export type RawVector = [id: number, scale: number, data: Uint8Array];

/** Scales are summed as whole numbers of this size, so that every order gives the same sum. */
export const scaleUnit = 1e12;

export interface RowSums {
  count: number;
  ids: number;
  scales: number;
}

/** Rows on their way from the database to the kernels; filled again and again. */
export class RowBuffer {
  readonly #dimensions: number;
  readonly #ids: Uint32Array;
  readonly #scales: Float32Array;
  readonly #codes: Uint8Array;
  #sums: RowSums = { count: 0, ids: 0, scales: 0 };

  constructor(most: number, dimensions: number) {
    this.#dimensions = dimensions;
    this.#ids = new Uint32Array(most);
    this.#scales = new Float32Array(most);
    this.#codes = new Uint8Array(most * dimensions);
  }

  /** A row of a wrong size or scale is damaged: it becomes one of zeros, or is left out. */
  add([id, scale, data]: RawVector, leavesOutBad = false): void {
    const isGood = data.byteLength === this.#dimensions && Number.isFinite(Math.fround(scale));
    if (!isGood && leavesOutBad) return;
    const row = this.#sums.count;
    this.#ids[row] = id;
    this.#scales[row] = isGood ? scale : 0;
    if (isGood) this.#codes.set(data, row * this.#dimensions);
    else this.#codes.fill(0, row * this.#dimensions, (row + 1) * this.#dimensions);
    this.#sums.count += 1;
    this.#sums.ids += id;
    this.#sums.scales += Math.trunc(scale * scaleUnit);
  }

  get sums(): Readonly<RowSums> {
    return this.#sums;
  }

  get room(): number {
    return this.#ids.length - this.#sums.count;
  }

  get first(): number {
    return this.#ids[0] as number;
  }

  get last(): number {
    return this.#ids[this.#sums.count - 1] as number;
  }

  clear(): void {
    this.#sums = { count: 0, ids: 0, scales: 0 };
  }

  /** The rows so far; void with the next change. */
  taken(): CodeRows {
    const { count } = this.#sums;
    return {
      ids: this.#ids.subarray(0, count),
      scales: this.#scales.subarray(0, count),
      codes: this.#codes.subarray(0, count * this.#dimensions),
    };
  }
}
