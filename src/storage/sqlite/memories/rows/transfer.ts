/* What moving memories to another store asks of a file. */
import type { MemoryTransfer, NewestRow } from "../../../../ports/memory/transfer.ts";
import type {
  MemoryRelations,
  MemoryRow,
  MemoryTable,
  RemovedMemory,
} from "../../../../ports/memory-rows.ts";
import type { Database, Statement } from "../../file/driver.ts";
import type { CeilingGuard } from "../file/guard.ts";

export class Transfer implements MemoryTransfer {
  readonly handsOver = true;
  readonly #db: Database;
  readonly #guard: CeilingGuard;
  readonly #rows: Pick<MemoryTable, "versions">;
  readonly #relations: Pick<MemoryRelations, "notes">;
  readonly #newest: Statement;
  readonly #count: Statement;
  readonly #use: Statement;
  readonly #unlog: Statement;
  readonly #log: Statement;

  constructor(
    db: Database,
    guard: CeilingGuard,
    {
      rows,
      relations,
    }: { rows: Pick<MemoryTable, "versions">; relations: Pick<MemoryRelations, "notes"> },
  ) {
    this.#db = db;
    this.#guard = guard;
    this.#rows = rows;
    this.#relations = relations;
    this.#newest = db.prepare(
      `SELECT m.id AS rowId, m.key, n.name AS namespace
       FROM memories m JOIN namespaces n ON n.id = m.namespace_id
       WHERE m.id > ? AND NOT EXISTS (SELECT 1 FROM memories o WHERE o.key = m.key AND o.id > m.id)
       ORDER BY m.id LIMIT ?`,
    );
    this.#count = db.prepare("SELECT count(DISTINCT key) FROM memories").pluck();
    this.#use = db.prepare(
      `INSERT INTO uses(key, count, at) VALUES ($key, $count, $at)
       ON CONFLICT(key) DO UPDATE SET count = max(count, $count), at = max(at, $at)`,
    );
    this.#unlog = db.prepare("DELETE FROM removed WHERE key = ?");
    this.#log = db.prepare("INSERT INTO removed(key, namespace, at, why) VALUES (?, ?, ?, ?)");
  }

  newest(after: number, limit: number): NewestRow[] {
    return this.#newest.all(after, limit) as NewestRow[];
  }

  versions(keys: readonly string[]): MemoryRow[] {
    return keys.flatMap((key) => this.#rows.versions(key));
  }

  notes(keys: readonly string[]): { key: string; at: number; what: string }[] {
    return keys.flatMap((key) => this.#relations.notes(key).map((note) => ({ key, ...note })));
  }

  count(): number {
    return this.#count.get() as number;
  }

  putUses(uses: readonly { key: string; count: number; at: number }[]): void {
    for (const { key, count, at } of uses) this.#use.run({ key, count, at });
  }

  putRemoved(removed: readonly RemovedMemory[]): void {
    for (const { key, namespace, at, why } of removed) {
      this.#unlog.run(key);
      this.#log.run(key, namespace, at, why);
    }
  }

  handOver(doing: string, work: () => void): void {
    this.#guard.write(doing, () => {
      work();
      // SQLite counts its schema up, by which all who have the file open see that it is not to be written any more.
      this.#db.exec("CREATE TABLE handed_over(one INTEGER); DROP TABLE handed_over");
    });
  }
}
