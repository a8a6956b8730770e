/* Memories and their parts, tags and sketches: written, changed and read by row. Writes need no answer: ids are given here. */
import { HaypileError } from "../../../../base/errors.ts";
import { tagKey } from "../../../../base/text/tags.ts";
import type {
  MemoryChange,
  MemoryRow,
  MemoryTable,
  NewMemoryRow,
  StoredPart,
} from "../../../../ports/memory-rows.ts";
import { endings, kinds, sources } from "../../../shared/rows/kinds.ts";
import type { PgLink } from "../../link/link.ts";
import { restored, stored } from "../../stored-text.ts";
import type { Counters, PgGuard } from "../guard.ts";
import { hashOf } from "../vectors/claims.ts";
import type { PgWords } from "../words/stored-words.ts";
import { Foreseen, near } from "./foreseen.ts";
import { type RawMemory, toRow } from "./raw-row.ts";

const select = `SELECT m.id, m.key, n.name, m.kind, m.source, m.importance, m.pinned, m.created, m.since, m.until,
  m.ended, m.valid_from, m.expires, m.deleted, m.tags, m.text
  FROM memory_rows m JOIN namespaces n ON n.id = m.namespace_id`;

/** Memories with all that is read from their texts, as one statement; times are beside the others of numbers. */
const insertion = `WITH asked AS (
    SELECT * FROM unnest($1::int8[], $2::int4[], $3::int2[], $4::int2[], $5::float8[], $6::bool[], $7::int8[], $8::int8[],
      $9::int8[], $10::int8[], $11::int8[], $12::text[], $13::text[], $14::int8[]) AS a(id, namespace_id, kind, source,
      importance, pinned, created, since, valid_from, expires, hash, key, text, noted)
  ), tagged AS (
    SELECT row_id, array_agg(tag ORDER BY place) AS tags
    FROM unnest($15::int8[], $16::text[]) WITH ORDINALITY AS t(row_id, tag, place) GROUP BY row_id
  ), parts AS (
    SELECT p.*, a.namespace_id, a.noted
    FROM unnest($17::int8[], $18::int8[], $19::int4[], $20::int4[], $21::text[], $26::uuid[])
      AS p(id, row_id, start_at, end_at, words, text_hash) JOIN asked a ON a.id = p.row_id
  ), into_rows AS (
    INSERT INTO memory_rows(id, namespace_id, kind, source, importance, pinned, created, since, valid_from, expires,
      hash, key, tags, text)
    SELECT id, namespace_id, kind, source, importance, pinned, created, since, valid_from, expires, hash, key, tags, text
    FROM asked LEFT JOIN tagged ON row_id = id ORDER BY id
  ), into_parts AS (
    INSERT INTO memory_parts(id, namespace_id, row_id, start_at, end_at)
    SELECT id, namespace_id, row_id, start_at, end_at FROM parts ORDER BY id
  ), into_words AS (
    INSERT INTO memory_words(part_id, namespace_id, words)
    SELECT id, namespace_id, words::tsvector FROM parts ORDER BY id
  ), into_sketches AS (
    INSERT INTO memory_sketches(value, row_id, namespace_id)
    SELECT value, row_id, namespace_id FROM unnest($22::int8[], $23::int8[]) AS s(row_id, value)
      JOIN asked a ON a.id = s.row_id ON CONFLICT DO NOTHING
  ), into_tags AS (
    INSERT INTO memory_tags(tag, row_id, namespace_id)
    SELECT tag, row_id, namespace_id FROM unnest($24::int8[], $25::text[]) AS t(row_id, tag)
      JOIN asked a ON a.id = t.row_id ON CONFLICT DO NOTHING
  )
  INSERT INTO memory_pending(part_id, namespace_id, noted, text_hash)
  SELECT id, namespace_id, noted, text_hash FROM parts ORDER BY id`;

const insertionLists = 26;

export interface RowParts {
  link: PgLink;
  guard: PgGuard;
  words: PgWords;
}

export class PgMemoryRows implements MemoryTable {
  readonly #link: PgLink;
  readonly #guard: PgGuard;
  readonly #words: PgWords;
  readonly #foreseen: Foreseen<RawMemory>;
  /** As the write that runs has them. */
  #namespaces: { of: Counters | undefined; ids: Map<string, number> } = {
    of: undefined,
    ids: new Map(),
  };

  constructor({ link, guard, words }: RowParts) {
    this.#link = link;
    this.#guard = guard;
    this.#words = words;
    this.#foreseen = new Foreseen(link, toRow);
    guard.rehearsal = () => {
      this.#foreseen.rehearse();
      const none = Array.from({ length: insertionLists }, () => []);
      link.gather(insertion, none, { name: "memory-insert" });
    };
  }

  insert(row: NewMemoryRow, noted = Date.now()): number {
    const { counters } = this.#guard;
    this.#foreseen.forget();
    const namespace = this.#namespaceId(row.namespace);
    counters.row += 1;
    const rowId = counters.row;
    const { key, importance, pinned, created, since, validFrom, hash, parts, text } = row;
    const of = <T>(list: readonly T[]): number[] => list.map(() => rowId);
    const numbers = [kinds.indexOf(row.kind), sources.indexOf(row.source), importance, pinned];
    const times = [created, since, validFrom, row.expires ?? null];
    const own = [rowId, namespace, ...numbers, ...times, hash, key, stored(text), noted];
    const { tags, sketch } = row;
    this.#link.gather(
      insertion,
      [
        ...own.map((value) => [value]),
        of(tags),
        tags.map(stored),
        parts.map((_, at) => counters.part + 1 + at),
        of(parts),
        parts.map(({ start }) => start),
        parts.map(({ end }) => end),
        parts.map(({ start, end }) => this.#words.vectorOf(text.slice(start, end))),
        of(sketch),
        sketch,
        of(tags),
        tags.map((tag) => stored(tagKey(tag))),
        parts.map(({ start, end }) => hashOf(text.slice(start, end))),
      ],
      { name: "memory-insert" },
    );
    counters.part += parts.length;
    return rowId;
  }

  get(rowIds: readonly number[]): MemoryRow[] {
    if (rowIds.length === 0) return [];
    const foreseen = this.#foreseen.get(this.#guard.writing, rowIds);
    if (foreseen !== undefined) return foreseen;
    const found = this.#rows(`${select} WHERE m.id = ANY($1::int8[])`, rowIds, "memory-get");
    const byId = new Map(found.map((row) => [row.rowId, row]));
    return rowIds.flatMap((rowId) => byId.get(rowId) ?? []);
  }

  current(key: string): MemoryRow | undefined {
    const order = "ORDER BY m.id DESC LIMIT 1";
    return this.#rows(`${select} WHERE m.key = $1 ${order}`, key, "memory-current")[0];
  }

  /** A server looks after its indexes itself. */
  lookAgain(): void {}

  versions(key: string): MemoryRow[] {
    return this.#rows(`${select} WHERE m.key = $1 ORDER BY m.id`, key, "memory-versions");
  }

  equal(namespace: string, hash: number, sketch: readonly number[] = []): number[] {
    const { writing } = this.#guard;
    if (writing !== undefined && sketch.length > 0) {
      const { equal, namespaceId } = this.#foreseen.look(writing, namespace, hash, sketch);
      if (namespaceId !== undefined) this.#namespaceIds().set(stored(namespace), namespaceId);
      return equal;
    }
    return this.#link
      .lists(
        `SELECT id FROM memory_rows WHERE hash = $1 AND until IS NULL AND deleted IS NULL
           AND namespace_id = (SELECT id FROM namespaces WHERE name = $2) ORDER BY id`,
        [hash, stored(namespace)],
        { name: "memory-equal" },
      )
      .map(([id]) => id as number);
  }

  alike(sketch: readonly number[]): number[] {
    if (sketch.length === 0) return [];
    const foreseen = this.#foreseen.alike(this.#guard.writing, sketch);
    if (foreseen !== undefined) return foreseen;
    const found = this.#link.lists(near, [sketch], { name: "memory-alike" });
    return found.map(([rowId]) => rowId as number);
  }

  change(rowId: number, change: MemoryChange): void {
    const [old] = this.get([rowId]);
    if (old === undefined) return;
    const row = { ...old, ...change };
    const { importance, pinned, validFrom } = row;
    const numbers = [kinds.indexOf(row.kind), sources.indexOf(row.source), importance, pinned];
    this.#link.send(
      `UPDATE memory_rows SET kind = $2, source = $3, importance = $4, pinned = $5, valid_from = $6,
         expires = $7, tags = $8 WHERE id = $1`,
      [rowId, ...numbers, validFrom, row.expires ?? null, tagTexts(row.tags)],
      { name: "memory-change" },
    );
    const before = new Set(old.tags.map(tagKey));
    const after = new Set(row.tags.map(tagKey));
    this.#removeTags(
      rowId,
      [...before].filter((tag) => !after.has(tag)),
    );
    const added = row.tags.filter((tag) => !before.has(tagKey(tag)));
    if (added.length > 0) this.#addTags(rowId, this.#namespaceId(row.namespace), added);
    this.noteChanges([rowId]);
  }

  end(rowId: number, at: number, why: "newer-text" | "superseded"): void {
    this.#link.send(
      "UPDATE memory_rows SET until = $2, ended = $3 WHERE id = $1",
      [rowId, at, endings.indexOf(why)],
      { name: "memory-end-row" },
    );
    this.noteChanges([rowId]);
  }

  reopen(rowId: number): void {
    this.#link.send("UPDATE memory_rows SET until = NULL, ended = 0 WHERE id = $1", [rowId]);
    this.noteChanges([rowId]);
  }

  parts(rowIds: readonly number[]): StoredPart[] {
    return this.#link.rows<StoredPart & object>(
      `SELECT id AS "partId", row_id AS "rowId", start_at AS start, end_at AS "end" FROM memory_parts
       WHERE row_id = ANY($1::int8[]) ORDER BY id`,
      [rowIds],
      { name: "memory-parts" },
    );
  }

  /** A text of many parts is read once. */
  partTexts(partIds: readonly number[]): { partId: number; text: string }[] {
    if (partIds.length === 0) return [];
    const found = this.#link.lists(
      `SELECT m.text, p.ids, p.starts, p.ends FROM (
         SELECT row_id, namespace_id, array_agg(id) AS ids, array_agg(start_at) AS starts, array_agg(end_at) AS ends
         FROM memory_parts WHERE id = ANY($1::int8[]) GROUP BY row_id, namespace_id
       ) AS p JOIN memory_rows m ON m.id = p.row_id AND m.namespace_id = p.namespace_id`,
      [partIds],
      { name: "memory-part-texts" },
    ) as [string, number[], number[], number[]][];
    return found
      .flatMap(([kept, ids, starts, ends]) => {
        const text = restored(kept);
        return ids.map((partId, at) => ({ partId, text: text.slice(starts[at], ends[at]) }));
      })
      .sort((a, b) => a.partId - b.partId);
  }

  /** Removes all texts of memories. */
  erase(keys: readonly string[]): void {
    const found = this.#link.lists(
      "SELECT id FROM memory_rows WHERE key = ANY($1::text[]) ORDER BY id",
      [keys],
    );
    this.eraseRows(found.map(([id]) => id as number));
  }

  /** Removes some texts with all that hangs on them. */
  eraseRows(rowIds: readonly number[]): void {
    if (rowIds.length === 0) return;
    const ofParts = "(SELECT id FROM memory_parts WHERE row_id = ANY($1::int8[]))" as const;
    for (const table of [
      "memory_pending",
      "memory_vectors",
      "memory_next_vectors",
      "memory_words",
    ]) {
      this.#link.send(`DELETE FROM ${table} WHERE part_id IN ${ofParts}`, [rowIds]);
    }
    for (const table of ["memory_parts", "memory_tags", "memory_sketches"]) {
      this.#link.send(`DELETE FROM ${table} WHERE row_id = ANY($1::int8[])`, [rowIds]);
    }
    this.#link.send("DELETE FROM memory_rows WHERE id = ANY($1::int8[])", [rowIds]);
    this.noteChanges(rowIds);
  }

  /** After the change. The transaction fails where this user may not write one of them. */
  noteChanges(rowIds: readonly number[]): void {
    const { counters } = this.#guard;
    this.#foreseen.forget();
    this.#link.send(
      `INSERT INTO memory_changes(seq, row_id)
       SELECT $2 + at, row_id FROM unnest($1::int8[]) WITH ORDINALITY AS changed(row_id, at)
       WHERE must_write_rows($1::int8[])`,
      [rowIds, counters.change],
      { name: "memory-note-change" },
    );
    counters.change += rowIds.length;
  }

  #addTags(rowId: number, namespace: number, tags: readonly string[]): void {
    if (tags.length === 0) return;
    this.#link.send(
      `INSERT INTO memory_tags(tag, row_id, namespace_id)
       SELECT tag, $2, $3 FROM unnest($1::text[]) AS tag ON CONFLICT DO NOTHING`,
      [tags.map((tag) => stored(tagKey(tag))), rowId, namespace],
      { name: "memory-tag" },
    );
  }

  #removeTags(rowId: number, tags: readonly string[]): void {
    if (tags.length === 0) return;
    this.#link.send("DELETE FROM memory_tags WHERE row_id = $1 AND tag = ANY($2::text[])", [
      rowId,
      tags.map(stored),
    ]);
  }

  /** Made where it is not there, and this user may. @throws HaypileError HAYPILE_STORE_RIGHTS */
  #namespaceId(given: string): number {
    const name = stored(given);
    const ids = this.#namespaceIds();
    const inHand = ids.get(name);
    if (inHand !== undefined) return inHand;
    const find = (): number | undefined => {
      const [row] = this.#link.lists("SELECT id FROM namespaces WHERE name = $1", [name], {
        name: "memory-namespace",
      });
      const id = row?.[0] as number | undefined;
      if (id !== undefined) ids.set(name, id);
      return id;
    };
    const known = find();
    if (known !== undefined) return known;
    const insert = "INSERT INTO namespaces(name) VALUES ($1) ON CONFLICT (name) DO NOTHING";
    this.#link.send(insert, [name]);
    let refused: unknown;
    try {
      const made = find();
      if (made !== undefined) return made;
    } catch (error) {
      if (!HaypileError.isInstance(error) || error.code !== "HAYPILE_STORE_RIGHTS") throw error;
      refused = error;
    }
    const { user, name: store } = this.#link;
    throw new HaypileError(
      "HAYPILE_STORE_RIGHTS",
      `The role ${user} may not write to the namespace ${given} of ${store}. Ask who looks after the store: haypile team grant ${user} --namespace ${given} --write`,
      { cause: refused, data: { namespace: given, store } },
    );
  }

  /** Those that were met in the write that runs. */
  #namespaceIds(): Map<string, number> {
    const { counters } = this.#guard;
    if (this.#namespaces.of !== counters) this.#namespaces = { of: counters, ids: new Map() };
    return this.#namespaces.ids;
  }

  #rows(text: string, value: string | readonly number[], name: string): MemoryRow[] {
    return (this.#link.lists(text, [value], { name }) as RawMemory[]).map(toRow);
  }
}

function tagTexts(tags: readonly string[]): string[] | null {
  return tags.length === 0 ? null : tags.map(stored);
}
