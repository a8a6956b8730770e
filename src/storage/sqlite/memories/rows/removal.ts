/* Deletion in two steps, what may be collected, and the log of what is gone and why. */
import type {
  Collectable,
  CollectableBefore,
  MemoryRemoval,
  MemoryRow,
  RemovedMemory,
} from "../../../../ports/memory-rows.ts";
import type { Database, Statement } from "../../file/driver.ts";
import { dropCopies } from "../copies/kept-copies.ts";
import type { CeilingGuard } from "../file/guard.ts";
import type { RelationTables } from "./relations.ts";
import type { MemoryRows } from "./rows.ts";

/** Lines of the log that are kept. */
const mostLogged = 10_000;

export interface RemovalParts {
  path: string;
  guard: CeilingGuard;
  rows: MemoryRows;
  relations: RelationTables;
}

export class Removal implements MemoryRemoval {
  readonly #parts: RemovalParts;
  readonly #mark: Statement;
  readonly #unmark: Statement;
  readonly #markedAt: Statement;
  readonly #changed: Statement;
  readonly #log: Statement;
  readonly #unlog: Statement;
  readonly #trim: Statement;
  readonly #removed: Statement;
  readonly #deleted: Statement;
  readonly #expired: Statement;
  readonly #superseded: Statement;
  readonly #size: Statement;
  readonly #leastWorth: Statement;

  constructor(db: Database, parts: RemovalParts) {
    this.#parts = parts;
    this.#mark = db.prepare("UPDATE memories SET deleted = ? WHERE key = ? AND deleted IS NULL");
    this.#unmark = db.prepare("UPDATE memories SET deleted = NULL WHERE key = ?");
    this.#markedAt = db.prepare("SELECT DISTINCT key FROM memories WHERE deleted = ?").pluck();
    this.#changed = db.prepare("INSERT INTO changes(row_id) SELECT id FROM memories WHERE key = ?");
    this.#log = db.prepare(
      `INSERT INTO removed(key, namespace, at, why)
       SELECT key, name, ?, ? FROM memories JOIN namespaces ON namespaces.id = namespace_id
       WHERE key = ? LIMIT 1`,
    );
    this.#unlog = db.prepare("DELETE FROM removed WHERE key = ?");
    this.#trim = db.prepare(
      `DELETE FROM removed WHERE id <= (SELECT max(id) FROM removed) - ${mostLogged}`,
    );
    this.#removed = db.prepare(
      "SELECT key, namespace, at, why FROM removed ORDER BY id DESC LIMIT ?",
    );
    this.#deleted = db
      .prepare("SELECT DISTINCT key FROM memories WHERE deleted IS NOT NULL AND deleted <= ?")
      .pluck();
    this.#expired = db
      .prepare(
        `SELECT key FROM memories WHERE expires IS NOT NULL AND expires <= ? AND until IS NULL
           AND deleted IS NULL AND pinned = 0`,
      )
      .pluck();
    // The newest text of the memory ended because another memory took its place.
    this.#superseded = db
      .prepare(
        `SELECT key FROM memories WHERE until IS NOT NULL AND until <= ? AND ended = 2
           AND deleted IS NULL AND pinned = 0`,
      )
      .pluck();
    this.#size = db.prepare(
      `SELECT count(*) AS memories, coalesce(sum(length(CAST(text AS BLOB))), 0) AS bytes
       FROM memories WHERE until IS NULL AND deleted IS NULL
         AND namespace_id = (SELECT id FROM namespaces WHERE name = ?)`,
    );
    this.#leastWorth = db.prepare(
      `SELECT m.key, length(CAST(text AS BLOB)) AS bytes
       FROM memories m LEFT JOIN uses USING (key)
       WHERE until IS NULL AND deleted IS NULL AND pinned = 0
         AND namespace_id = (SELECT id FROM namespaces WHERE name = ?)
       ORDER BY importance, coalesce(count, 0), m.id LIMIT ?`,
    );
  }

  mark(keys: readonly string[], at: number, why: string): void {
    for (const key of keys) {
      if (this.#mark.run(at, key).changes === 0) continue;
      this.#changed.run(key);
      this.#log.run(at, why, key);
    }
    this.#trim.run();
    for (const key of keys) this.#parts.rows.sealKey(key);
  }

  unmark(key: string): void {
    this.#unmark.run(key);
    this.#changed.run(key);
    this.#unlog.run(key);
    this.#parts.rows.sealKey(key);
  }

  markedAt(at: number): string[] {
    return this.#markedAt.all(at) as string[];
  }

  erase(
    keys: readonly string[],
    at: number,
    why: string | undefined,
    sketchOf: (row: MemoryRow) => readonly number[],
  ): void {
    const { rows, relations } = this.#parts;
    for (const key of keys) {
      if (why !== undefined) {
        this.#unlog.run(key);
        this.#log.run(at, why, key);
      }
      rows.erase(key, sketchOf);
      relations.erase(key);
    }
  }

  truncateLog(): boolean {
    return this.#parts.guard.truncateLog();
  }

  dropCopies(all: boolean): void {
    dropCopies(this.#parts.path, all);
  }

  removed(limit: number): RemovedMemory[] {
    return this.#removed.all(limit) as RemovedMemory[];
  }

  collectable(when: CollectableBefore): Collectable {
    return {
      deleted: this.#deleted.all(when.deletedBefore) as string[],
      expired: this.#expired.all(when.expiredBefore) as string[],
      superseded: this.#superseded.all(when.supersededBefore) as string[],
    };
  }

  size(namespace: string): { memories: number; bytes: number } {
    return this.#size.get(namespace) as { memories: number; bytes: number };
  }

  leastWorth(namespace: string, limit: number): { key: string; bytes: number }[] {
    return this.#leastWorth.all(namespace, limit) as { key: string; bytes: number }[];
  }
}
