/* Which parts wait for a vector, and the vectors. They are tied to one model; another model's take their place. */
import { areSameVectors, type ModelName } from "../../../../base/model-name.ts";
import { namedBy, noteOf } from "../../../shared/memory-model.ts";
import type { Database, Statement } from "../../file/driver.ts";
import { quantize } from "../../vectors/quantize.ts";
import type { RawVector } from "../../vectors/row-buffer.ts";

const waiting = `SELECT p.id FROM pending JOIN parts p ON p.id = part_id
  JOIN memories m ON m.id = p.row_id`;

interface RawPart {
  partId: number;
  rowId: number;
  start: number;
  end: number;
}

export class MemoryEmbedding {
  readonly #meta: Statement;
  readonly #folder: Statement;
  readonly #count: Statement;
  readonly #setMeta: Statement;
  readonly #pending: Statement;
  readonly #pendingOf: Statement;
  readonly #parts: Statement;
  readonly #text: Statement;
  readonly #pendingRows: Statement;
  readonly #pendingCount: Statement;
  readonly #put: Statement;
  readonly #isThere: Statement;
  readonly #done: Statement;
  readonly #some: Statement;
  readonly #one: Statement;
  readonly #forgetAll: readonly Statement[];
  #own: ModelName | undefined;

  constructor(db: Database) {
    this.#meta = db.prepare("SELECT value FROM meta WHERE name = 'model'").pluck();
    this.#folder = db.prepare("SELECT value FROM meta WHERE name = 'model-folder'").pluck();
    this.#count = db.prepare("SELECT count(*) FROM vectors").pluck();
    this.#setMeta = db.prepare("INSERT OR REPLACE INTO meta(name, value) VALUES ('model', ?)");
    this.#pending = db
      .prepare(
        `${waiting} WHERE pending.part_id > ? AND m.deleted IS NULL AND pending.noted <= ?
         ORDER BY pending.part_id LIMIT ?`,
      )
      .pluck();
    this.#pendingOf = db
      .prepare(`${waiting} WHERE m.id IN (SELECT value FROM json_each(?)) ORDER BY p.id`)
      .pluck();
    this.#parts = db.prepare(
      `SELECT id AS partId, row_id AS rowId, start, end FROM parts
       WHERE id IN (SELECT value FROM json_each(?)) ORDER BY id`,
    );
    this.#text = db.prepare("SELECT text FROM memories WHERE id = ?").pluck();
    this.#pendingRows = db
      .prepare(
        "SELECT DISTINCT row_id FROM parts WHERE id IN (SELECT part_id FROM pending LIMIT ?)",
      )
      .pluck();
    this.#pendingCount = db.prepare("SELECT count(*) FROM pending").pluck();
    // A part may have been erased, or embedded by another process, meanwhile.
    this.#put = db.prepare(
      `INSERT OR IGNORE INTO vectors(part_id, scale, data)
       SELECT $partId, $scale, $data WHERE EXISTS (SELECT 1 FROM parts WHERE id = $partId)`,
    );
    this.#isThere = db.prepare("SELECT 1 FROM pending WHERE part_id = ?").pluck();
    this.#done = db.prepare("DELETE FROM pending WHERE part_id = ?");
    this.#some = db
      .prepare(
        "SELECT part_id, scale, data FROM vectors WHERE part_id IN (SELECT value FROM json_each(?))",
      )
      .raw();
    this.#one = db.prepare("SELECT scale, data FROM vectors WHERE part_id = ?").raw();
    this.#forgetAll = [
      "DELETE FROM vectors",
      "INSERT OR IGNORE INTO pending(part_id, noted) SELECT id, 0 FROM parts",
    ].map((sql) => db.prepare(sql));
  }

  /** Dimensions of the vectors that are there; undefined when they are not of the claimed model. */
  get dimensions(): number | undefined {
    const own = this.#own;
    const there = this.model();
    const isOwn = own !== undefined && there !== undefined && areSameVectors(own, there);
    return isOwn ? own.dimensions : undefined;
  }

  /** As the file has it now. */
  model(): ModelName | undefined {
    return namedBy(this.#meta.get() as string | undefined);
  }

  /** Folder of that model, where a migration came to it by one. */
  modelFolder(): string | undefined {
    return (this.#folder.get() as string | undefined) || undefined;
  }

  count(): number {
    return this.#count.get() as number;
  }

  /** In a transaction. Vectors of another model stay as they are. */
  claim(model: ModelName): void {
    this.#own = model;
    const before = this.model();
    const isSame = before !== undefined && areSameVectors(before, model);
    if (!isSame && this.count() > 0) return;
    this.#setMeta.run(noteOf(model));
    if (!isSame) for (const statement of this.#forgetAll) statement.run();
  }

  /** Nothing need be written to say that this model runs here. */
  isClaimed(model: ModelName): boolean {
    this.#own = model;
    if (this.#meta.get() === noteOf(model)) return true;
    const before = this.model();
    return before !== undefined && !areSameVectors(before, model) && this.count() > 0;
  }

  /** There are vectors, and they are of another model than what runs here. */
  get areOthers(): boolean {
    return this.#own !== undefined && this.dimensions === undefined && this.count() > 0;
  }

  /** In a transaction: vectors of this model have taken the place of all others. */
  retie(model: ModelName): void {
    this.#setMeta.run(noteOf(model));
  }

  pending(after: number, limit: number, notedBefore: number): number[] {
    return this.#pending.all(after, notedBefore, limit) as number[];
  }

  pendingOf(rowIds: readonly number[]): number[] {
    return this.#pendingOf.all(JSON.stringify(rowIds)) as number[];
  }

  /** A text of many parts is read once; SQLite would cut it by other units than those of the parts. */
  partTexts(partIds: readonly number[]): { partId: number; text: string }[] {
    let known: { rowId: number; text: string | undefined } | undefined;
    return (this.#parts.all(JSON.stringify(partIds)) as RawPart[]).flatMap((part) => {
      const { partId, rowId, start, end } = part;
      if (known?.rowId !== rowId) {
        known = { rowId, text: this.#text.get(rowId) as string | undefined };
      }
      return known.text === undefined ? [] : [{ partId, text: known.text.slice(start, end) }];
    });
  }

  /** Rows of the first parts that wait. */
  pendingRows(parts: number): number[] {
    return this.#pendingRows.all(parts) as number[];
  }

  pendingParts(): number {
    return this.#pendingCount.get() as number;
  }

  /** In a transaction. Vectors of another model than the claimed one are not taken. */
  put(partIds: readonly number[], vectors: Float32Array): void {
    const size = vectors.length / Math.max(1, partIds.length);
    if (this.dimensions !== size) return;
    for (const [row, partId] of partIds.entries()) {
      if (this.#isThere.get(partId) === undefined) continue;
      const { scale, data } = quantize(vectors.subarray(row * size, (row + 1) * size));
      this.#put.run({ partId, scale, data });
      this.#done.run(partId);
    }
  }

  vectorOf(partId: number): Float32Array | undefined {
    const row = this.#one.get(partId) as [number, Uint8Array] | undefined;
    if (row === undefined) return undefined;
    const [scale, data] = row;
    const codes = new Int8Array(data.buffer, data.byteOffset, data.byteLength);
    return Float32Array.from(codes, (code) => code * scale);
  }

  /** NaN where there is no vector, or one of zeros: the model could not read the text. */
  cosines(vector: Float32Array, partIds: readonly number[]): Float32Array {
    const result = new Float32Array(partIds.length).fill(Number.NaN);
    const places = new Map(partIds.map((id, at) => [id, at]));
    for (const [id, scale, data] of this.#some.all(JSON.stringify(partIds)) as RawVector[]) {
      const at = places.get(id);
      if (at === undefined || data.byteLength !== vector.length || scale === 0) continue;
      const codes = new Int8Array(data.buffer, data.byteOffset, data.byteLength);
      let sum = 0;
      for (let i = 0; i < codes.length; i += 1) sum += (codes[i] as number) * (vector[i] as number);
      result[at] = sum * scale;
    }
    return result;
  }
}
