/* Memories and their parts, tags and sketches: written, changed and read by row. */

import { tagKey } from "../../../../base/text/tags.ts";
import type {
  MemoryChange,
  MemoryRow,
  MemoryTable,
  NewMemoryRow,
  StoredPart,
} from "../../../../ports/memory-rows.ts";
import { endings, kinds, sources } from "../../../shared/rows/kinds.ts";
import type { Database, Statement } from "../../file/driver.ts";
import { bodySum, damage, headSum, RowSums } from "../file/sums.ts";
import type { StoredWords } from "../words/stored-words.ts";

interface RawMemory {
  id: number;
  key: string;
  namespace_id: number;
  namespace: string | null;
  kind: number;
  source: number;
  importance: number;
  pinned: number;
  created: number;
  since: number;
  until: number | null;
  ended: number;
  valid_from: number;
  expires: number | null;
  deleted: number | null;
  tags: string | null;
  text: string;
  /** Null: changed by who knows nothing of sums. */
  head: number | null;
  body: number | null;
}

const columns = `m.id, m.key, m.namespace_id, n.name AS namespace, m.kind, m.source, m.importance, m.pinned,
  m.created, m.since, m.until, m.ended, m.valid_from, m.expires, m.deleted, m.tags, m.text, s.head, s.body`;
// A row whose namespace or sum cannot be found is damage, not absence.
const from = `FROM memories m LEFT JOIN namespaces n ON n.id = m.namespace_id
  LEFT JOIN sums s ON s.row_id = m.id`;

/** A word that many texts share says little: of its texts only the newest are looked at. */
const mostPerValue = 16;
const mostAlike = 12;

export class MemoryRows implements MemoryTable {
  readonly #words: StoredWords;
  readonly #sums: RowSums;
  readonly #awaited: Statement;
  readonly #scan: Statement;
  readonly #insert: Statement;
  readonly #addPart: Statement;
  readonly #addPending: Statement;
  readonly #addSketch: Statement;
  readonly #removeSketch: Statement;
  readonly #namespaceId: Statement;
  readonly #addNamespace: Statement;
  readonly #tagId: Statement;
  readonly #addTagName: Statement;
  readonly #addTag: Statement;
  readonly #removeTag: Statement;
  readonly #byIds: Statement;
  readonly #current: Statement;
  readonly #versions: Statement;
  readonly #equal: Statement;
  readonly #alike: Statement;
  readonly #change: Statement;
  readonly #end: Statement;
  readonly #reopen: Statement;
  readonly #changed: Statement;
  readonly #parts: Statement;
  readonly #remove: readonly Statement[];

  constructor(db: Database, words: StoredWords) {
    this.#words = words;
    this.#sums = new RowSums(db);
    this.#awaited = db
      .prepare("SELECT row_id FROM sums WHERE row_id IN (SELECT value FROM json_each(?)) LIMIT 1")
      .pluck();
    this.#scan = db.prepare("SELECT 1 FROM memories NOT INDEXED WHERE key = ? LIMIT 1").pluck();
    this.#insert = db.prepare(
      `INSERT INTO memories(key, namespace_id, kind, source, importance, pinned, created, since,
         valid_from, expires, hash, tags, text)
       VALUES ($key, $namespace, $kind, $source, $importance, $pinned, $created, $since,
         $validFrom, $expires, $hash, $tags, $text)`,
    );
    this.#addPart = db.prepare("INSERT INTO parts(row_id, start, end) VALUES (?, ?, ?)");
    this.#addPending = db.prepare("INSERT INTO pending(part_id, noted) VALUES (?, ?)");
    this.#addSketch = db.prepare("INSERT OR IGNORE INTO sketches(value, row_id) VALUES (?, ?)");
    this.#removeSketch = db.prepare("DELETE FROM sketches WHERE value = ? AND row_id = ?");
    this.#namespaceId = db.prepare("SELECT id FROM namespaces WHERE name = ?").pluck();
    this.#addNamespace = db
      .prepare("INSERT INTO namespaces(name, sum) VALUES (?, ?) RETURNING id")
      .pluck();
    this.#tagId = db.prepare("SELECT id FROM tags WHERE name = ?").pluck();
    this.#addTagName = db.prepare("INSERT INTO tags(name) VALUES (?) RETURNING id").pluck();
    this.#addTag = db.prepare("INSERT OR IGNORE INTO memory_tags(tag_id, row_id) VALUES (?, ?)");
    this.#removeTag = db.prepare("DELETE FROM memory_tags WHERE tag_id = ? AND row_id = ?");
    this.#byIds = db.prepare(
      `SELECT ${columns} ${from} WHERE m.id IN (SELECT value FROM json_each(?)) ORDER BY m.id`,
    );
    this.#current = db.prepare(
      `SELECT ${columns} ${from} WHERE m.key = ? ORDER BY m.id DESC LIMIT 1`,
    );
    this.#versions = db.prepare(`SELECT ${columns} ${from} WHERE m.key = ? ORDER BY m.id`);
    const isCurrent = "until IS NULL AND deleted IS NULL";
    this.#equal = db
      .prepare(
        `SELECT id FROM memories WHERE hash = ? AND ${isCurrent}
           AND namespace_id = (SELECT id FROM namespaces WHERE name = ?) ORDER BY id`,
      )
      .pluck();
    this.#alike = db
      .prepare(
        `SELECT row_id FROM sketches WHERE value = ? ORDER BY row_id DESC LIMIT ${mostPerValue}`,
      )
      .pluck();
    this.#change = db.prepare(
      `UPDATE memories SET kind = $kind, source = $source, importance = $importance,
         pinned = $pinned, valid_from = $validFrom, expires = $expires, tags = $tags WHERE id = $id`,
    );
    this.#end = db.prepare("UPDATE memories SET until = ?, ended = ? WHERE id = ?");
    this.#reopen = db.prepare("UPDATE memories SET until = NULL, ended = 0 WHERE id = ?");
    this.#changed = db.prepare("INSERT INTO changes(row_id) VALUES (?)");
    this.#parts = db.prepare(
      `SELECT id AS partId, row_id AS rowId, start, end FROM parts
       WHERE row_id IN (SELECT value FROM json_each(?)) ORDER BY id`,
    );
    this.#remove = [
      "DELETE FROM vectors WHERE part_id IN (SELECT id FROM parts WHERE row_id = ?)",
      "DELETE FROM pending WHERE part_id IN (SELECT id FROM parts WHERE row_id = ?)",
      "DELETE FROM parts WHERE row_id = ?",
      "DELETE FROM memories WHERE id = ?",
    ].map((sql) => db.prepare(sql));
  }

  insert(row: NewMemoryRow, noted = Date.now()): number {
    const namespace =
      this.#namespaceId.get(row.namespace) ??
      this.#addNamespace.get(row.namespace, bodySum([row.namespace]));
    const kind = kinds.indexOf(row.kind);
    const source = sources.indexOf(row.source);
    const { key, importance, created, since, validFrom, text } = row;
    const pinned = row.pinned ? 1 : 0;
    const expires = row.expires ?? null;
    const tags = tagText(row.tags);
    const { lastInsertRowid } = this.#insert.run({
      ...{ key, namespace, kind, source, importance, pinned, created, since, validFrom, expires },
      ...{ hash: row.hash, tags, text },
    });
    const rowId = Number(lastInsertRowid);
    for (const { start, end } of row.parts) {
      const partId = Number(this.#addPart.run(rowId, start, end).lastInsertRowid);
      this.#words.add(partId, text.slice(start, end));
      this.#addPending.run(partId, noted);
    }
    for (const value of row.sketch) this.#addSketch.run(value, rowId);
    this.#setTags(rowId, [], row.tags);
    const begin = [rowId, namespace as number, kind, source, importance, pinned, created, since];
    const head = headSum([...begin, null, 0, validFrom, expires, null]);
    this.#sums.put(rowId, head, bodySum([key, tags, text]));
    return rowId;
  }

  get(rowIds: readonly number[]): MemoryRow[] {
    if (rowIds.length === 0) return [];
    const found = this.#byIds.all(JSON.stringify(rowIds)) as RawMemory[];
    const byId = new Map(found.map((raw) => [raw.id, toRow(raw)]));
    if (byId.size < rowIds.length) this.#assertNoneMissing(rowIds.filter((id) => !byId.has(id)));
    return rowIds.flatMap((rowId) => byId.get(rowId) ?? []);
  }

  current(key: string): MemoryRow | undefined {
    const raw = this.#current.get(key) as RawMemory | undefined;
    return raw && toRow(raw);
  }

  versions(key: string): MemoryRow[] {
    return (this.#versions.all(key) as RawMemory[]).map(toRow);
  }

  /** A slow look for a memory that the index of keys has not. @throws the error of a damaged file */
  lookAgain(key: string): void {
    if (this.#scan.get(key) !== undefined) {
      throw damage(`the memory ${key} is not in the index of its keys`);
    }
  }

  equal(namespace: string, hash: number): number[] {
    return this.#equal.all(hash, namespace) as number[];
  }

  alike(sketch: readonly number[]): number[] {
    const shared = new Map<number, number>();
    for (const value of new Set(sketch)) {
      for (const rowId of this.#alike.all(value) as number[]) {
        shared.set(rowId, (shared.get(rowId) ?? 0) + 1);
      }
    }
    return [...shared]
      .sort(([a, common], [b, others]) => others - common || b - a)
      .slice(0, mostAlike)
      .map(([rowId]) => rowId);
  }

  change(rowId: number, change: MemoryChange): void {
    const [old] = this.get([rowId]);
    if (old === undefined) return;
    const row = { ...old, ...change };
    this.#change.run({
      id: rowId,
      kind: kinds.indexOf(row.kind),
      source: sources.indexOf(row.source),
      importance: row.importance,
      pinned: row.pinned ? 1 : 0,
      validFrom: row.validFrom,
      expires: row.expires ?? null,
      tags: tagText(row.tags),
    });
    this.#setTags(rowId, old.tags, row.tags);
    this.#sums.seal(rowId);
    this.noteChange(rowId);
  }

  end(rowId: number, at: number, why: "newer-text" | "superseded"): void {
    this.#end.run(at, endings.indexOf(why), rowId);
    this.#sums.seal(rowId);
    this.noteChange(rowId);
  }

  reopen(rowId: number): void {
    this.#reopen.run(rowId);
    this.#sums.seal(rowId);
    this.noteChange(rowId);
  }

  /** After a change of all texts of a memory. */
  sealKey(key: string): void {
    this.#sums.sealKey(key);
  }

  sealAll(): void {
    this.#sums.sealAll();
  }

  noteChange(rowId: number): void {
    this.#changed.run(rowId);
  }

  parts(rowIds: readonly number[]): StoredPart[] {
    return this.#parts.all(JSON.stringify(rowIds)) as StoredPart[];
  }

  /** Removes all texts of a memory. @param sketchOf as it was made when it was added */
  erase(key: string, sketchOf: (row: MemoryRow) => readonly number[]): void {
    this.eraseRows(this.versions(key), sketchOf);
  }

  /** Removes some of its texts. */
  eraseRows(rows: readonly MemoryRow[], sketchOf: (row: MemoryRow) => readonly number[]): void {
    for (const row of rows) {
      for (const { partId, start, end } of this.parts([row.rowId])) {
        this.#words.remove(partId, row.text.slice(start, end));
      }
      for (const value of sketchOf(row)) this.#removeSketch.run(value, row.rowId);
      this.#setTags(row.rowId, row.tags, []);
      for (const statement of this.#remove) statement.run(row.rowId);
      this.noteChange(row.rowId);
    }
  }

  #setTags(rowId: number, before: readonly string[], after: readonly string[]): void {
    const wanted = new Set(after.map(tagKey));
    const there = new Set(before.map(tagKey));
    for (const key of wanted) {
      if (there.has(key)) continue;
      this.#addTag.run(this.#tagId.get(key) ?? this.#addTagName.get(key), rowId);
    }
    for (const key of there) {
      if (!wanted.has(key)) this.#removeTag.run(this.#tagId.get(key), rowId);
    }
  }

  #assertNoneMissing(rowIds: readonly number[]): void {
    const missing = this.#awaited.get(JSON.stringify(rowIds));
    if (missing !== undefined) throw damage(`row ${missing} of the memories is missing`);
  }
}

function tagText(tags: readonly string[]): string | null {
  return tags.length === 0 ? null : JSON.stringify(tags);
}

/** @throws the error of a damaged file when the row is not what was written */
function toRow(raw: RawMemory): MemoryRow {
  if (raw.head !== null) assertSound(raw);
  if (raw.namespace === null) throw damage(`the namespace of row ${raw.id} is missing`);
  return {
    rowId: raw.id,
    key: raw.key,
    namespace: raw.namespace,
    kind: kinds[raw.kind] ?? "note",
    source: sources[raw.source] ?? "user",
    importance: raw.importance,
    pinned: raw.pinned === 1,
    tags: raw.tags === null ? [] : (JSON.parse(raw.tags) as string[]),
    text: raw.text,
    created: raw.created,
    since: raw.since,
    until: raw.until ?? undefined,
    ended: endings[raw.ended] ?? "open",
    validFrom: raw.valid_from,
    expires: raw.expires ?? undefined,
    deleted: raw.deleted ?? undefined,
  };
}

function assertSound(raw: RawMemory): void {
  const { id, namespace_id, kind, source, importance, pinned, created, since } = raw;
  const { until, ended, valid_from, expires, deleted, key, tags, text } = raw;
  const head = [id, namespace_id, kind, source, importance, pinned, created, since];
  const times = [until, ended, valid_from, expires, deleted];
  if (headSum([...head, ...times]) !== raw.head || bodySum([key, tags, text]) !== raw.body) {
    throw damage(`row ${id} of the memories is not what was written`);
  }
}
