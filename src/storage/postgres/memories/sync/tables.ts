/* What syncing keeps in a team's store: notes of changes, clocks, and how far folders were read and written. */
import { HaypileError } from "../../../../base/errors.ts";
import type {
  MemorySyncTable,
  SyncedMemory,
  SyncFileRead,
  SyncFolder,
  TouchedMemory,
} from "../../../../ports/memory/sync-tables.ts";
import type { MemoryRow } from "../../../../ports/memory-rows.ts";
import type { PgLink, PgValue } from "../../link/link.ts";
import { restored, stored } from "../../stored-text.ts";
import type { PgMemoryRows } from "../rows/rows.ts";

const synced = 'clocks, own_rev AS "ownRev", rev, origin, gone_rev AS "goneRev" FROM sync_memories';

export class PgSyncTables implements MemorySyncTable {
  readonly #link: PgLink;
  readonly #rows: PgMemoryRows;
  #isOwner = false;

  constructor(link: PgLink, rows: PgMemoryRows) {
    this.#link = link;
    this.#rows = rows;
  }

  machine(): { id: string; place: string } {
    const [id = "", place = ""] = (this.#meta("sync_machine") ?? "").split(" ");
    return { id, place };
  }

  setMachine(id: string, place: string): void {
    this.#setMeta("sync_machine", `${id} ${place}`);
  }

  rev(): number {
    return Number(this.#meta("sync_rev") ?? 0);
  }

  nextRev(): number {
    const rev = this.rev() + 1;
    this.#setMeta("sync_rev", String(rev));
    return rev;
  }

  touchedKeys(limit: number): string[] {
    // A hundred notes may be of one memory.
    return this.#plucked(
      `SELECT key FROM (SELECT key, id FROM sync_touched ORDER BY id LIMIT 5000) AS first
       GROUP BY key ORDER BY min(id) LIMIT $1`,
      [limit],
    ) as string[];
  }

  touched(key: string): TouchedMemory[] {
    const found = this.#link.rows<TouchedMemory>(
      `SELECT id, key, row_id AS "rowId", what, more, at FROM sync_touched WHERE key = $1 ORDER BY id`,
      [key],
      { name: "sync-touched" },
    );
    return found.map((one) => ({ ...one, more: restored(one.more) }));
  }

  dropTouched(key: string): void {
    this.#send("DELETE FROM sync_touched WHERE key = $1", [key]);
  }

  lastTouch(): number {
    return this.#plucked("SELECT coalesce(max(id), 0) FROM sync_touched")[0] as number;
  }

  dropTouchedAfter(id: number): void {
    this.#send("DELETE FROM sync_touched WHERE id > $1", [id]);
  }

  unknown(after: string, limit: number): string[] {
    return this.#plucked(
      `SELECT DISTINCT key FROM memory_rows m WHERE key > $1
         AND NOT EXISTS (SELECT 1 FROM sync_memories s WHERE s.key = m.key) ORDER BY key LIMIT $2`,
      [after, limit],
    ) as string[];
  }

  get(key: string): SyncedMemory | undefined {
    const [found] = this.#link.rows<SyncedMemory>(`SELECT ${synced} WHERE key = $1`, [key], {
      name: "sync-get",
    });
    return found;
  }

  put(key: string, { clocks, ownRev, rev, origin, goneRev }: SyncedMemory): void {
    this.#send(
      `INSERT INTO sync_memories(key, namespace_id, clocks, own_rev, rev, origin, gone_rev)
       VALUES ($1, namespace_of($1), $2, $3, $4, $5, $6)
       ON CONFLICT (key) DO UPDATE SET clocks = excluded.clocks, own_rev = excluded.own_rev, rev = excluded.rev,
         origin = excluded.origin, gone_rev = excluded.gone_rev`,
      [key, clocks, ownRev, rev, origin, goneRev],
    );
  }

  toPublish(folder: number, published: number, after: string, limit: number): string[] {
    return this.#plucked(
      `SELECT key FROM sync_memories WHERE key > $3
         AND (own_rev > $2 OR (rev > $2 AND origin <> $1)) ORDER BY key LIMIT $4`,
      [folder, published, after, limit],
    ) as string[];
  }

  hasGoneSince(rev: number): boolean {
    return (
      this.#plucked("SELECT 1 FROM sync_memories WHERE gone_rev > $1 LIMIT 1", [rev]).length > 0
    );
  }

  count(): number {
    return this.#plucked("SELECT count(*) FROM sync_memories")[0] as number;
  }

  whyRemoved(key: string): string | undefined {
    const [why] = this.#plucked(
      "SELECT why FROM memory_removed WHERE key = $1 ORDER BY id DESC LIMIT 1",
      [key],
    );
    return why === undefined ? undefined : restored(why as string);
  }

  linkedTo(key: string): string[] {
    return this.#plucked(
      "SELECT key FROM sync_memories WHERE strpos(clocks, $1) > 0 ORDER BY key",
      [key],
    ) as string[];
  }

  await(to: string, from: string): void {
    this.#send(
      `INSERT INTO sync_awaited(namespace_id, to_key, from_key) VALUES (namespace_of($2), $1, $2)
       ON CONFLICT DO NOTHING`,
      [to, from],
    );
  }

  awaited(to: string): string[] {
    return this.#plucked("SELECT from_key FROM sync_awaited WHERE to_key = $1 ORDER BY 1", [
      to,
    ]) as string[];
  }

  dropAwaited(to: string): void {
    this.#send("DELETE FROM sync_awaited WHERE to_key = $1", [to]);
  }

  eraseRows(rows: readonly MemoryRow[]): void {
    this.#rows.eraseRows(rows.map(({ rowId }) => rowId));
  }

  dropNotes(key: string): void {
    this.#link.send("DELETE FROM memory_notes WHERE key = $1", [key]);
    this.#link.send("SELECT must_write_rows(ARRAY(SELECT id FROM memory_rows WHERE key = $1))", [
      key,
    ]);
  }

  folders(): SyncFolder[] {
    const found = this.#link.rows<{ id: number; path: string; said: string }>(
      "SELECT id, path, said FROM sync_folders ORDER BY id",
    );
    return found.map(({ id, path, said }) => ({ ...JSON.parse(said), id, path: restored(path) }));
  }

  putFolder({ id, path, ...said }: SyncFolder): void {
    const isNew = id === 0;
    this.#send(
      `INSERT INTO sync_folders(${isNew ? "" : "id, "}path, said) VALUES (${isNew ? "" : "$3, "}$1, $2)
       ON CONFLICT (path) DO UPDATE SET said = excluded.said`,
      [stored(path), JSON.stringify(said), ...(isNew ? [] : [id])],
    );
  }

  reads(folder: number): SyncFileRead[] {
    const found = this.#link.rows<{ name: string; said: string }>(
      "SELECT name, said FROM sync_reads WHERE folder = $1 ORDER BY name",
      [folder],
    );
    return found.map(({ name, said }) => ({ ...JSON.parse(said), name: restored(name) }));
  }

  putRead(folder: number, { name, ...said }: SyncFileRead): void {
    this.#send(
      `INSERT INTO sync_reads(folder, name, said) VALUES ($1, $2, $3)
       ON CONFLICT (folder, name) DO UPDATE SET said = excluded.said`,
      [folder, stored(name), JSON.stringify(said)],
    );
  }

  dropReads(folder: number): void {
    this.#send("DELETE FROM sync_reads WHERE folder = $1", [folder]);
  }

  dropRead(folder: number, name: string): void {
    this.#send("DELETE FROM sync_reads WHERE folder = $1 AND name = $2", [folder, stored(name)]);
  }

  /** Folders have no namespace, so no member has a right to them: the server would leave rows as they are, and say nothing. */
  #assertOwner(): void {
    if (this.#isOwner) return;
    const [isOwner] = this.#plucked(
      "SELECT pg_has_role(session_user, relowner, 'USAGE') FROM pg_class WHERE oid = 'sync_folders'::regclass",
    );
    if (isOwner !== true) {
      throw new HaypileError(
        "HAYPILE_STORE_RIGHTS",
        `Could not sync memories: only the role that owns ${this.#link.name} does, and this is ${this.#link.user}. All who use that store have the same memories already.`,
        { data: { store: this.#link.name } },
      );
    }
    this.#isOwner = true;
  }

  #send(text: string, values: readonly PgValue[]): void {
    this.#assertOwner();
    this.#link.send(text, values);
  }

  #plucked(text: string, values: readonly PgValue[] = []): unknown[] {
    return this.#link.lists(text, values).map(([value]) => value);
  }

  #meta(name: string): string | undefined {
    return this.#plucked("SELECT value FROM memory_meta WHERE name = $1", [name])[0] as
      | string
      | undefined;
  }

  #setMeta(name: string, value: string): void {
    this.#send(
      `INSERT INTO memory_meta(name, value) VALUES ($1, $2)
       ON CONFLICT (name) DO UPDATE SET value = excluded.value`,
      [name, value],
    );
  }
}
