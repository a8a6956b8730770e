/*
 * Rows as they are held in memory, read from the file. What is read here is looked through: SQLite sees no changed byte,
 * and a row that is gone would be missed by nobody.
 */
import type {
  FilterSource,
  PartNumbers,
  RowNumbers,
  RowSource,
  UseSource,
} from "../../../shared/rows/sources.ts";
import type { Database, Statement } from "../../file/driver.ts";
import { bodySum, damage, headColumns, headSum } from "../file/sums.ts";

type RawRow = [...numbers: RowNumbers, head: number | null];

const from = `SELECT ${headColumns}, head FROM memories LEFT JOIN sums ON row_id = id`;

export class FileRowSource implements RowSource, FilterSource, UseSource {
  readonly #after: Statement;
  readonly #one: Statement;
  readonly #partsAfter: Statement;
  readonly #changesAfter: Statement;
  readonly #newestChange: Statement;
  readonly #counts: Statement;
  readonly #namespaces: Statement;
  readonly #namespace: Statement;
  readonly #namespaceId: Statement;
  readonly #tagged: Statement;
  readonly #usesStamp: Statement;
  readonly #usesAfter: Statement;
  readonly #namespaceIds = new Set<number>();
  /** Rows without a sum were seen. */
  hasUnsealed = false;

  constructor(db: Database) {
    this.#after = db.prepare(`${from} WHERE id > ? ORDER BY id LIMIT ?`).raw();
    this.#one = db.prepare(`${from} WHERE id = ?`).raw();
    this.#partsAfter = db
      .prepare("SELECT id, row_id, end - start FROM parts WHERE id > ? ORDER BY id LIMIT ?")
      .raw();
    this.#changesAfter = db
      .prepare("SELECT seq, row_id FROM changes WHERE seq > ? ORDER BY seq")
      .raw();
    // The table itself is read, not one of its indexes.
    this.#counts = db.prepare(
      `SELECT (SELECT count(*) FROM sums) AS sealed,
         (SELECT count(*) FROM memories NOT INDEXED JOIN sums ON row_id = id) AS rows`,
    );
    this.#namespace = db.prepare("SELECT 1 FROM namespaces WHERE id = ?").pluck();
    this.#namespaces = db.prepare("SELECT id, name, sum FROM namespaces NOT INDEXED").raw();
    this.#newestChange = db.prepare("SELECT coalesce(max(seq), 0) FROM changes").pluck();
    this.#namespaceId = db.prepare("SELECT id FROM namespaces NOT INDEXED WHERE name = ?").pluck();
    this.#tagged = db
      .prepare(
        `SELECT row_id FROM memory_tags
         WHERE tag_id = (SELECT id FROM tags WHERE name = ?) AND row_id > ? ORDER BY row_id`,
      )
      .pluck();
    this.#usesStamp = db.prepare("SELECT count(*) || ' ' || total(count) FROM uses").pluck();
    this.#usesAfter = db
      .prepare(
        `SELECT used.key, used.count, m.id FROM
           (SELECT key, count FROM uses WHERE key > ? ORDER BY key LIMIT ?) AS used
           LEFT JOIN memories m ON m.key = used.key ORDER BY used.key`,
      )
      .raw();
  }

  /** Nobody else takes rights to rows away. */
  look(isFirst: boolean): boolean {
    if (isFirst) this.#assertWhole();
    return false;
  }

  rowsAfter(rowId: number, limit: number): RowNumbers[] {
    let last = rowId;
    return (this.#after.all(rowId, limit) as RawRow[]).map((raw) => {
      // A page that stands where another one was has rows of another place.
      if (raw[0] <= last) {
        throw damage(`row ${raw[0]} of the memories is not where it was written`);
      }
      last = raw[0];
      return this.#sound(raw);
    });
  }

  partsAfter(partId: number, limit: number): PartNumbers[] {
    return this.#partsAfter.all(partId, limit) as PartNumbers[];
  }

  rows(rowIds: readonly number[]): RowNumbers[] {
    return rowIds.flatMap((rowId) => {
      const raw = this.#one.get(rowId) as RawRow | undefined;
      return raw === undefined ? [] : [this.#sound(raw)];
    });
  }

  changesAfter(change: number): [number, number][] {
    return this.#changesAfter.all(change) as [number, number][];
  }

  newestChange(): number {
    return this.#newestChange.get() as number;
  }

  namespaceIds(names: readonly string[]): number[] {
    return names.flatMap((name) => this.#namespaceId.all(name) as number[]);
  }

  rowsWithTag(tag: string, after: number): number[] {
    return this.#tagged.all(tag, after) as number[];
  }

  usesStamp(): string {
    return this.#usesStamp.get() as string;
  }

  usesAfter(key: string, limit: number): [string, number, number | null][] {
    return this.#usesAfter.all(key, limit) as [string, number, number | null][];
  }

  #sound(raw: RawRow): RowNumbers {
    const head = raw.at(-1) as number | null;
    const row = raw.slice(0, -1) as RowNumbers;
    const [id, namespace] = row;
    if (!this.#namespaceIds.has(namespace)) this.#learn(namespace);
    if (head === null) this.hasUnsealed = true;
    else if (head !== headSum(row)) {
      throw damage(`row ${id} of the memories is not what was written`);
    }
    return row;
  }

  /** Rows that are gone, and namespaces with another name, would be missed by nobody. */
  #assertWhole(): void {
    this.#namespaceIds.clear();
    const { sealed, rows } = this.#counts.get() as { sealed: number; rows: number };
    if (sealed !== rows)
      throw damage(`${sealed} rows of the memories are there by their sums, ${rows} by themselves`);
    const names = this.#namespaces.all() as [number, string, number | null][];
    for (const [id, name, sum] of names) {
      if (sum !== null && sum !== bodySum([name])) {
        throw damage(`the name of namespace ${id} is not what was written`);
      }
      this.#namespaceIds.add(id);
    }
    // Names without any sum are those of another table.
    if (sealed > 0 && names.every(([, , sum]) => sum === null)) {
      throw damage("the names of namespaces are missing");
    }
  }

  /** Of a namespace that is new since the first look. */
  #learn(namespace: number): void {
    if (this.#namespace.get(namespace) === undefined) {
      throw damage(`namespace ${namespace} of some memories is missing`);
    }
    this.#namespaceIds.add(namespace);
  }
}
