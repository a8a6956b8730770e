/* What moving memories to a team's store, or out of it, asks of it. */
import type { MemoryTransfer, NewestRow } from "../../../../ports/memory/transfer.ts";
import type { MemoryRow, MemoryTable, RemovedMemory } from "../../../../ports/memory-rows.ts";
import type { PgLink } from "../../link/link.ts";
import { restored, stored } from "../../stored-text.ts";
import type { PgGuard } from "../guard.ts";

export class PgTransfer implements MemoryTransfer {
  /** Others use the store who stay in it. */
  readonly handsOver = false;
  readonly #link: PgLink;
  readonly #guard: PgGuard;
  readonly #rows: Pick<MemoryTable, "get">;

  constructor(link: PgLink, guard: PgGuard, rows: Pick<MemoryTable, "get">) {
    this.#link = link;
    this.#guard = guard;
    this.#rows = rows;
  }

  newest(after: number, limit: number): NewestRow[] {
    const found = this.#link.rows<NewestRow>(
      `SELECT m.id AS "rowId", m.key, n.name AS namespace
       FROM memory_rows m JOIN namespaces n ON n.id = m.namespace_id
       WHERE m.id > $1 AND NOT EXISTS (SELECT 1 FROM memory_rows o WHERE o.key = m.key AND o.id > m.id)
       ORDER BY m.id LIMIT $2`,
      [after, limit],
      { name: "memory-newest-of-all" },
    );
    return found.map((row) => ({ ...row, namespace: restored(row.namespace) }));
  }

  versions(keys: readonly string[]): MemoryRow[] {
    const ids = this.#link.lists(
      "SELECT id FROM memory_rows WHERE key = ANY($1::text[]) ORDER BY id",
      [keys],
      { name: "memory-ids-of-keys" },
    ) as [number][];
    return this.#rows.get(ids.map(([id]) => id));
  }

  notes(keys: readonly string[]): { key: string; at: number; what: string }[] {
    const found = this.#link.rows<{ key: string; at: number; what: string }>(
      "SELECT key, at, what FROM memory_notes WHERE key = ANY($1::text[]) ORDER BY id",
      [keys],
      { name: "memory-notes-of-keys" },
    );
    return found.map((note) => ({ ...note, what: restored(note.what) }));
  }

  count(): number {
    const [row] = this.#link.lists("SELECT count(DISTINCT key) FROM memory_rows");
    return Number(row?.[0]);
  }

  putUses(uses: readonly { key: string; count: number; at: number }[]): void {
    if (uses.length === 0) return;
    this.#link.send(
      `INSERT INTO memory_uses(key, namespace_id, count, at)
       SELECT used.key, used.namespace_id, used.count, used.at FROM (
         SELECT u.key, u.count, u.at, namespace_of(u.key) AS namespace_id
         FROM unnest($1::text[], $2::int8[], $3::int8[]) AS u(key, count, at) ORDER BY u.key
       ) AS used WHERE used.namespace_id = 0 OR used.namespace_id IN (SELECT writable_namespaces())
       ON CONFLICT (key) DO UPDATE SET count = greatest(memory_uses.count, excluded.count),
         at = greatest(memory_uses.at, excluded.at)`,
      [uses.map(({ key }) => key), uses.map(({ count }) => count), uses.map(({ at }) => at)],
      { name: "memory-put-uses" },
    );
  }

  putRemoved(removed: readonly RemovedMemory[]): void {
    if (removed.length === 0) return;
    const names = [...new Set(removed.map(({ namespace }) => stored(namespace)))];
    this.#link.send(
      `INSERT INTO namespaces(name) SELECT name FROM unnest($1::text[]) AS name
       WHERE name NOT IN (SELECT n.name FROM namespaces n) ON CONFLICT (name) DO NOTHING`,
      [names],
    );
    this.#link.send("DELETE FROM memory_removed WHERE key = ANY($1::text[])", [
      removed.map(({ key }) => key),
    ]);
    this.#link.send(
      `INSERT INTO memory_removed(namespace_id, key, at, why)
       SELECT n.id, r.key, r.at, r.why
       FROM unnest($1::text[], $2::text[], $3::int8[], $4::text[]) WITH ORDINALITY AS r(namespace, key, at, why, place)
         JOIN namespaces n ON n.name = r.namespace ORDER BY r.place`,
      [
        removed.map(({ namespace }) => stored(namespace)),
        removed.map(({ key }) => key),
        removed.map(({ at }) => at),
        removed.map(({ why }) => stored(why)),
      ],
    );
  }

  handOver(doing: string, work: () => void): void {
    this.#guard.write(doing, work);
  }
}
