/*
 * A sum for each row of what a person said, so that damage which SQLite does not see (a changed byte in a text, a
 * page that is another one) is noticed when the row is read, and a row that is gone is missed: `sums` lists the
 * rows that must be there. The head is over the numbers, which every filter reads, the body over the texts.
 *
 * Triggers take the sum away when a row is changed by whoever does not know of sums (an older Haypile that is
 * still running, a person with a tool): such a row is taken as it is, and gets a new sum at the next look.
 */
import { hash } from "node:crypto";
import type { Database, Statement } from "../../file/driver.ts";

/** Columns of `memories` that the head is over, in this order. */
export const headColumns =
  "id, namespace_id, kind, source, importance, pinned, created, since, until, ended, valid_from, expires, deleted";

const bits = new Float64Array(1);
const halves = new Uint32Array(bits.buffer);
/** Not a number, and no value that a column can have. */
const absent = -1.5;

/** A whole number of 48 bits over numbers. */
export function headSum(values: readonly (number | null)[]): number {
  let low = 0x9e3779b1;
  let high = 0x85ebca6b;
  for (const value of values) {
    bits[0] = typeof value === "number" ? value : absent;
    low = mix(low ^ (halves[0] as number) ^ high);
    high = mix(high ^ (halves[1] as number) ^ low);
  }
  return (high & 0xffff) * 0x1_0000_0000 + low;
}

/** The same over texts. */
export function bodySum(texts: readonly (string | number | null)[]): number {
  const joined = texts.map((text) => (text === null ? "\u0001" : String(text))).join("\u0000");
  return hash("sha256", joined, "buffer").readUIntBE(0, 6);
}

/** An error like SQLite's own for a damaged file. */
export function damage(finding: string): Error {
  return Object.assign(new Error(finding), { code: "SQLITE_CORRUPT" });
}

interface RawBody {
  key: string;
  tags: string | null;
  text: string;
}

/** Writes sums, in the transaction of the change. */
export class RowSums {
  readonly #put: Statement;
  readonly #head: Statement;
  readonly #body: Statement;
  readonly #ofKey: Statement;
  readonly #unsealed: Statement;

  constructor(db: Database) {
    this.#put = db.prepare("INSERT OR REPLACE INTO sums(row_id, head, body) VALUES (?, ?, ?)");
    this.#head = db.prepare(`SELECT ${headColumns} FROM memories WHERE id = ?`).raw();
    this.#body = db.prepare("SELECT key, tags, text FROM memories WHERE id = ?");
    this.#ofKey = db.prepare("SELECT id FROM memories WHERE key = ?").pluck();
    this.#unsealed = db
      .prepare(
        "SELECT id FROM memories WHERE id > ? AND id NOT IN (SELECT row_id FROM sums) ORDER BY id LIMIT 1",
      )
      .pluck();
  }

  put(rowId: number, head: number, body: number): void {
    this.#put.run(rowId, head, body);
  }

  /** Of a row as it is now. */
  seal(rowId: number): void {
    const head = this.#head.get(rowId) as (number | null)[] | undefined;
    if (head === undefined) return;
    const { key, tags, text } = this.#body.get(rowId) as RawBody;
    this.#put.run(rowId, headSum(head), bodySum([key, tags, text]));
  }

  sealKey(key: string): void {
    for (const rowId of this.#ofKey.all(key) as number[]) this.seal(rowId);
  }

  /** Rows without a sum get one. */
  sealAll(): void {
    for (let rowId = 0; ; ) {
      const next = this.#unsealed.get(rowId) as number | undefined;
      if (next === undefined) return;
      this.seal(next);
      rowId = next;
    }
  }
}

function mix(value: number): number {
  let state = Math.imul(value ^ (value >>> 16), 0x85ebca6b);
  state = Math.imul(state ^ (state >>> 13), 0xc2b2ae35);
  return (state ^ (state >>> 16)) >>> 0;
}
