import { type VectorFormat, vectorFormats } from "../../../ports/vector-scan.ts";
import type { Changes } from "../file/changes.ts";
import type { Database, Statement } from "../file/driver.ts";
import { corruptError } from "../file/errors.ts";
import type { RawVector } from "./row-buffer.ts";
import { type Levels, VectorCoder } from "./vector-codes.ts";

/** How the vectors of an index are packed. */
export interface PackedVectors {
  format: VectorFormat;
  bytesPerVector: number;
  /** What compaction measured: share of the true best ten that is still found. */
  recallAt10: number;
  /** compact --undo was called: new vectors are not packed, and the next index run replaces the others. */
  isRetired: boolean;
}

/**
 * The codebook of an index, if it has one, and vectors unpacked by it. Rows and codebook must be of one
 * moment: read both inside consistently().
 */
export class CodedVectors {
  readonly #path: string;
  readonly #newest: () => CodesRow | undefined;
  readonly #read: Statement;
  readonly #drop: Statement;
  readonly #forget: Statement;
  readonly consistently: <T>(work: () => T) => T;
  #held: { id: number; coder: VectorCoder } | undefined;

  constructor(db: Database, changes: Changes, path: string) {
    this.#path = path;
    const newest = db.prepare(
      "SELECT id, format, dimensions, levels, step, recall, retired FROM vector_codes ORDER BY id DESC LIMIT 1",
    );
    this.#newest = changes.remembered(() => newest.get() as CodesRow | undefined);
    this.#read = db.prepare("SELECT data FROM vector_codes WHERE id = ?").pluck();
    this.#drop = db.prepare(
      "DELETE FROM vector_codes WHERE retired = 1 AND NOT EXISTS (SELECT 1 FROM pending)",
    );
    this.#forget = db.prepare("DELETE FROM vector_codes");
    this.consistently = (work) => db.transaction(work)();
  }

  /** Of rows that may be packed; undefined when none is. @throws HaypileError HAYPILE_DB_CORRUPT */
  coder(): VectorCoder | undefined {
    const row = this.#newest();
    if (row === undefined) {
      this.#held = undefined;
      return undefined;
    }
    if (this.#held?.id !== row.id) this.#held = { id: row.id, coder: this.#make(row) };
    return this.#held.coder;
  }

  /** Of vectors that are stored now; undefined: they are not packed. */
  packer(): VectorCoder | undefined {
    return this.#newest()?.retired === 0 ? this.coder() : undefined;
  }

  /** Rows as they are without a codebook. `read` and the codebook are of one moment. */
  rows(read: () => unknown[]): RawVector[] {
    return this.consistently(() => {
      const coder = this.coder();
      const rows = read() as RawVector[];
      return coder === undefined ? rows : rows.map((row) => unpacked(row, coder));
    });
  }

  report(): PackedVectors | undefined {
    const row = this.#newest();
    const coder = this.coder();
    if (row === undefined || coder === undefined) return undefined;
    return {
      format: coder.format,
      bytesPerVector: coder.bytes,
      recallAt10: Number(row.recall),
      isRetired: row.retired !== 0,
    };
  }

  /** Drops a retired codebook that no vector needs any more. */
  tidyUp(): void {
    if (this.#newest()?.retired === 1) this.#drop.run();
  }

  /** For an index without vectors that another model claims. Call it inside a transaction. */
  forget(): void {
    this.#forget.run();
  }

  #make({ id, format, dimensions, levels, step }: CodesRow): VectorCoder {
    const data = this.#read.get(id) as Uint8Array;
    const known = vectorFormats.find((name) => name === format);
    try {
      if (known === undefined || (levels !== 16 && levels !== 256)) throw new RangeError(format);
      const entries = new Int8Array(data.buffer, data.byteOffset, data.byteLength);
      return new VectorCoder({
        format: known,
        dimensions,
        levels: levels satisfies Levels,
        step,
        entries: entries.slice(),
      });
    } catch (error) {
      throw corruptError(this.#path, `the codebook of its vectors cannot be read`, error);
    }
  }
}

/** One of another length than it should have is passed on: it is damaged. */
export function unpacked(row: RawVector, coder: VectorCoder): RawVector {
  const [id, scale, data] = row;
  return data.byteLength === coder.bytes ? [id, scale, coder.unpack(data)] : row;
}

interface CodesRow {
  id: number;
  format: string;
  dimensions: number;
  levels: number;
  step: number;
  recall: string;
  retired: number;
}
