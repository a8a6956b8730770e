/* Vectors of texts that another index has as well: what stands in both is embedded once. */
import type { Database, Statement } from "../file/driver.ts";
import type { CodedVectors } from "../vectors/coded-vectors.ts";
import { hashOfText } from "./chunks.ts";

export class VectorsOfTexts {
  readonly #find: Statement;
  readonly #coded: CodedVectors;

  constructor(db: Database, coded: CodedVectors) {
    this.#coded = coded;
    this.#find = db
      .prepare(
        `SELECT asked.key, scale, data FROM json_each(?) AS asked
         JOIN chunks ON text_hash = unhex(asked.value) JOIN vectors ON chunk_id = chunks.id`,
      )
      .raw();
  }

  /**
   * Unit vectors of texts with their context, in the order asked; undefined: none is here, or it is damaged.
   * @param dimensions of the model
   */
  of(texts: readonly string[], dimensions: number): (Float32Array | undefined)[] {
    const found = new Array<Float32Array | undefined>(texts.length).fill(undefined);
    const hashes = JSON.stringify(texts.map((text) => hashOfText(text).toString("hex")));
    for (const [place, scale, bytes] of this.#coded.rows(() => this.#find.all(hashes))) {
      if (!(scale > 0) || bytes.length !== dimensions) continue;
      const codes = new Int8Array(bytes.buffer, bytes.byteOffset, bytes.length);
      const length = Math.sqrt(codes.reduce((sum, code) => sum + code * code, 0));
      if (length > 0) found[place] = Float32Array.from(codes, (code) => code / length);
    }
    return found;
  }
}
