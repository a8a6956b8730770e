/* What syncing keeps in the database of memories: notes of changes, clocks, and how far folders were read and written. */

import type {
  MemorySyncTable,
  SyncedMemory,
  SyncFileRead,
  SyncFolder,
  TouchedMemory,
} from "../../../../ports/memory/sync-tables.ts";
import type { MemoryRow } from "../../../../ports/memory-rows.ts";
import type { Database, Statement } from "../../file/driver.ts";
import type { MemoryRows } from "../rows/rows.ts";

const synced = "clocks, own_rev AS ownRev, rev, origin, gone_rev AS goneRev FROM sync_memories";

export class SyncTables implements MemorySyncTable {
  readonly #db: Database;
  readonly #rows: MemoryRows;
  #statements: Statements | undefined;

  constructor(db: Database, rows: MemoryRows) {
    this.#db = db;
    this.#rows = rows;
  }

  machine(): { id: string; place: string } {
    const [id = "", place = ""] = (this.#meta("sync_machine") ?? "").split(" ");
    return { id, place };
  }

  setMachine(id: string, place: string): void {
    this.#of.setMeta.run("sync_machine", `${id} ${place}`);
  }

  rev(): number {
    return Number(this.#meta("sync_rev") ?? 0);
  }

  nextRev(): number {
    const rev = this.rev() + 1;
    this.#of.setMeta.run("sync_rev", String(rev));
    return rev;
  }

  touchedKeys(limit: number): string[] {
    return this.#of.touchedKeys.all(limit) as string[];
  }

  touched(key: string): TouchedMemory[] {
    return this.#of.touched.all(key) as TouchedMemory[];
  }

  dropTouched(key: string): void {
    this.#of.dropTouched.run(key);
  }

  lastTouch(): number {
    return this.#of.lastTouch.get() as number;
  }

  dropTouchedAfter(id: number): void {
    this.#of.dropTouchedAfter.run(id);
  }

  unknown(after: string, limit: number): string[] {
    return this.#of.unknown.all(after, limit) as string[];
  }

  get(key: string): SyncedMemory | undefined {
    return this.#of.get.get(key) as SyncedMemory | undefined;
  }

  put(key: string, { clocks, ownRev, rev, origin, goneRev }: SyncedMemory): void {
    this.#of.put.run(key, clocks, ownRev, rev, origin, goneRev);
  }

  toPublish(folder: number, published: number, after: string, limit: number): string[] {
    return this.#of.toPublish.all({ folder, published, after, limit }) as string[];
  }

  hasGoneSince(rev: number): boolean {
    return this.#of.goneSince.get(rev) !== undefined;
  }

  count(): number {
    return this.#of.count.get() as number;
  }

  whyRemoved(key: string): string | undefined {
    return this.#of.whyRemoved.get(key) as string | undefined;
  }

  linkedTo(key: string): string[] {
    return this.#of.linkedTo.all(key) as string[];
  }

  await(to: string, from: string): void {
    this.#of.await.run(to, from);
  }

  awaited(to: string): string[] {
    return this.#of.awaited.all(to) as string[];
  }

  dropAwaited(to: string): void {
    this.#of.dropAwaited.run(to);
  }

  eraseRows(rows: readonly MemoryRow[], sketchOf: (row: MemoryRow) => readonly number[]): void {
    this.#rows.eraseRows(rows, sketchOf);
  }

  dropNotes(key: string): void {
    this.#of.dropNotes.run(key);
  }

  folders(): SyncFolder[] {
    const found = this.#of.folders.all() as { id: number; path: string; said: string }[];
    return found.map(({ id, path, said }) => ({ ...JSON.parse(said), id, path }));
  }

  putFolder({ id, path, ...said }: SyncFolder): void {
    this.#of.putFolder.run(id === 0 ? null : id, path, JSON.stringify(said));
  }

  reads(folder: number): SyncFileRead[] {
    const found = this.#of.reads.all(folder) as { name: string; said: string }[];
    return found.map(({ name, said }) => ({ ...JSON.parse(said), name }));
  }

  putRead(folder: number, { name, ...said }: SyncFileRead): void {
    this.#of.putRead.run(folder, name, JSON.stringify(said));
  }

  dropReads(folder: number): void {
    this.#of.dropReads.run(folder);
  }

  dropRead(folder: number, name: string): void {
    this.#of.dropRead.run(folder, name);
  }

  /** Who never syncs prepares nothing. */
  get #of(): Statements {
    this.#statements ??= prepareAll(this.#db);
    return this.#statements;
  }

  #meta(name: string): string | undefined {
    return this.#of.meta.get(name) as string | undefined;
  }
}

type Statements = ReturnType<typeof prepareAll>;

function prepareAll(db: Database) {
  const one = (sql: string): Statement => db.prepare(sql);
  const plucked = (sql: string): Statement => db.prepare(sql).pluck();
  return {
    meta: plucked("SELECT value FROM meta WHERE name = ?"),
    setMeta: one("INSERT OR REPLACE INTO meta(name, value) VALUES (?, ?)"),
    // A hundred notes may be of one memory.
    touchedKeys: plucked(
      `SELECT key FROM (SELECT key, id FROM sync_touched ORDER BY id LIMIT 5000)
       GROUP BY key ORDER BY min(id) LIMIT ?`,
    ),
    touched: one(
      `SELECT id, key, row_id AS rowId, what, more, at FROM sync_touched WHERE key = ? ORDER BY id`,
    ),
    dropTouched: one("DELETE FROM sync_touched WHERE key = ?"),
    lastTouch: plucked("SELECT coalesce(max(id), 0) FROM sync_touched"),
    dropTouchedAfter: one("DELETE FROM sync_touched WHERE id > ?"),
    unknown: plucked(
      `SELECT DISTINCT key FROM memories WHERE key > ?
         AND NOT EXISTS (SELECT 1 FROM sync_memories s WHERE s.key = memories.key)
       ORDER BY key LIMIT ?`,
    ),
    get: one(`SELECT ${synced} WHERE key = ?`),
    put: one(
      `INSERT OR REPLACE INTO sync_memories(key, clocks, own_rev, rev, origin, gone_rev)
       VALUES (?, ?, ?, ?, ?, ?)`,
    ),
    toPublish: plucked(
      `SELECT key FROM sync_memories WHERE key > $after
         AND (own_rev > $published OR (rev > $published AND origin <> $folder))
       ORDER BY key LIMIT $limit`,
    ),
    goneSince: plucked("SELECT 1 FROM sync_memories WHERE gone_rev > ? LIMIT 1"),
    count: plucked("SELECT count(*) FROM sync_memories"),
    whyRemoved: plucked("SELECT why FROM removed WHERE key = ? ORDER BY id DESC LIMIT 1"),
    linkedTo: plucked("SELECT key FROM sync_memories WHERE instr(clocks, ?) > 0"),
    await: one("INSERT OR IGNORE INTO sync_awaited(to_key, from_key) VALUES (?, ?)"),
    awaited: plucked("SELECT from_key FROM sync_awaited WHERE to_key = ? ORDER BY 1"),
    dropAwaited: one("DELETE FROM sync_awaited WHERE to_key = ?"),
    dropNotes: one("DELETE FROM notes WHERE key = ?"),
    folders: one("SELECT id, path, said FROM sync_folders ORDER BY id"),
    putFolder: one(
      `INSERT INTO sync_folders(id, path, said) VALUES (?, ?, ?)
       ON CONFLICT(path) DO UPDATE SET said = excluded.said`,
    ),
    reads: one("SELECT name, said FROM sync_reads WHERE folder = ? ORDER BY name"),
    putRead: one("INSERT OR REPLACE INTO sync_reads(folder, name, said) VALUES (?, ?, ?)"),
    dropRead: one("DELETE FROM sync_reads WHERE folder = ? AND name = ?"),
    dropReads: one("DELETE FROM sync_reads WHERE folder = ?"),
  };
}
