/*
 * Brings a memory of one store into another: what is not there is written, what differs is made the same, text by text, so that
 * nothing of it is away for a moment. What was changed later there than here stays as it is there.
 */
import { sha256 } from "../../base/text/sha256.ts";
import type { MemorySyncTable } from "../../ports/memory/sync-tables.ts";
import type { MemoryTransfer } from "../../ports/memory/transfer.ts";
import type { MemoryRow, MemoryStore, StoredAnchor, WholeMemory } from "../../ports/memory-rows.ts";
import { sketchOf } from "../text/same-text.ts";
import { restoreMemory } from "./restore.ts";

/** The roles that memories are read from and written to. */
export type Moved = Pick<MemoryStore, "rows" | "relations" | "removal" | "write"> & {
  readonly sync: Pick<MemorySyncTable, "eraseRows" | "dropNotes">;
  readonly transfer: MemoryTransfer;
};

export interface MovedMemory extends WholeMemory {
  key: string;
  uses: { count: number; at: number } | undefined;
}

/** Memories with all that belongs to them, in the order asked; those that are not there are left out. */
export function wholeMemories(
  { transfer, relations }: Pick<Moved, "transfer" | "relations">,
  keys: readonly string[],
): MovedMemory[] {
  if (keys.length === 0) return [];
  const rows = groups(transfer.versions(keys), ({ key }) => key);
  const notes = groups(transfer.notes(keys), ({ key }) => key);
  const links = groups(relations.links(keys), ({ from }) => from);
  const anchors = groups(relations.anchors(keys), ({ key }) => key);
  const uses = relations.uses(keys);
  return keys.flatMap((key) => {
    const versions = rows.get(key);
    if (versions === undefined) return [];
    return {
      key,
      rows: versions,
      notes: (notes.get(key) ?? []).map(({ at, what }) => ({ at, what })),
      links: (links.get(key) ?? []).map(({ to, relation, at }) => ({ to, relation, at })),
      anchors: (anchors.get(key) ?? []).map(({ key: _key, ...anchor }) => anchor),
      uses: uses.get(key),
    };
  });
}

/** Of all that a memory is, but how often it was used: that goes on while others read. */
export function digestOf({ key, rows, notes, links, anchors }: MovedMemory): string {
  const texts = rows.map((row, at) => [...identity(row), ...saidOf(row), ...endOf(rows, at)]);
  const linked = links.map(({ to, relation, at }) => [to, relation, at]).sort(byText);
  const beside = [notes.map(({ at, what }) => [at, what]), linked, anchors.map(plain)];
  const deleted = rows.at(-1)?.deleted;
  return sha256(JSON.stringify([key, texts, deleted, ...beside])).slice(0, 32);
}

/** Until when a text held, and why it ended: an older one by the next, whatever else is noted of it. */
function endOf(rows: readonly MemoryRow[], at: number): [number | undefined, MemoryRow["ended"]] {
  const [row, next] = [rows[at] as MemoryRow, rows[at + 1]];
  if (next !== undefined) return [row.until ?? next.since, "newer-text"];
  return row.until === undefined ? [undefined, "open"] : [row.until, "superseded"];
}

/**
 * When somebody last said something of it, as far as its texts and what stands beside them tell: forgetting it counts, and
 * bringing it back leaves a note.
 */
export function lastChange({ rows, notes, links, anchors }: MovedMemory): number {
  let last = 0;
  for (const { since, until, deleted } of rows)
    last = Math.max(last, since, until ?? 0, deleted ?? 0);
  for (const { at } of [...notes, ...links]) last = Math.max(last, at);
  for (const { verified } of anchors) last = Math.max(last, verified);
  return last;
}

/** In a transaction of the store. @param there what is there of it */
export function putWhole(store: Moved, whole: MovedMemory, there: MovedMemory | undefined): void {
  const { key } = whole;
  if (there === undefined) {
    restoreMemory(store, key, whole);
    for (const { to, relation, at } of whole.links) store.relations.link(key, to, relation, at);
  } else {
    putRows(store, whole, there);
    putBeside(store, whole, there);
  }
  if (whole.uses !== undefined) store.transfer.putUses([{ key, ...whole.uses }]);
}

function putRows(store: Moved, { key, rows }: MovedMemory, there: MovedMemory): void {
  let same = 0;
  while (same < rows.length && isSame(identity(rows[same]), identity(there.rows[same]))) same += 1;
  const others = there.rows.slice(same);
  if (others.length > 0) store.sync.eraseRows(others, (row) => sketchOf(row.namespace, row.text));
  for (let at = 0; at < same; at += 1) {
    const [row, own] = [rows[at] as MemoryRow, there.rows[at] as MemoryRow];
    if (!isSame(saidOf(row), saidOf(own))) {
      const { kind, source, importance, pinned, tags, validFrom, expires } = row;
      store.rows.change(own.rowId, { kind, source, importance, pinned, tags, validFrom, expires });
    }
    const [until, ended] = endOf(rows, at);
    if (until === own.until && ended === own.ended) continue;
    if (until === undefined) store.rows.reopen(own.rowId);
    else store.rows.end(own.rowId, until, ended === "superseded" ? ended : "newer-text");
  }
  const added = rows.slice(same);
  const none = { notes: [], links: [], anchors: [] };
  const undeleted = added.map((row) => ({ ...row, deleted: undefined }));
  if (added.length > 0) restoreMemory(store, key, { rows: undeleted, ...none });
  const [now, before] = [rows.at(-1)?.deleted, there.rows.at(-1)?.deleted];
  if (now === before && (now === undefined || added.length === 0)) return;
  if (before !== undefined) store.removal.unmark(key);
  if (now !== undefined) store.removal.mark([key], now, "forgotten");
}

function putBeside({ relations, sync }: Moved, whole: MovedMemory, there: MovedMemory): void {
  const { key, notes, links, anchors } = whole;
  if (!isSame(notes, there.notes)) {
    const begins = there.notes.every((note, at) => isSame(note, notes[at]));
    if (!begins) sync.dropNotes(key);
    for (const { at, what } of notes.slice(begins ? there.notes.length : 0)) {
      relations.addNote(key, at, what);
    }
  }
  if (!isSame(anchors.map(plain), there.anchors.map(plain))) relations.setAnchors(key, anchors);
  const wanted = new Set(links.map((one) => JSON.stringify(one)));
  const own = new Set(there.links.map((one) => JSON.stringify(one)));
  for (const one of there.links) {
    if (!wanted.has(JSON.stringify(one))) relations.unlink(key, one.to, one.relation);
  }
  for (const one of links) {
    if (!own.has(JSON.stringify(one))) relations.link(key, one.to, one.relation, one.at);
  }
}

/** What makes a row another one. */
function identity(row: MemoryRow | undefined): unknown[] {
  return row === undefined ? [] : [row.namespace, row.text, row.since, row.created];
}

function saidOf(row: MemoryRow): unknown[] {
  const { kind, source, importance, pinned, tags, validFrom, expires } = row;
  return [kind, source, importance, pinned, tags, validFrom, expires];
}

function plain({ path, symbol, hash, seen, commit, verified }: StoredAnchor): unknown[] {
  const bytes = seen && Buffer.from(seen).toString("base64");
  return [path, symbol, hash, bytes, commit, verified];
}

function isSame(a: unknown, b: unknown): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}

function byText(a: unknown, b: unknown): number {
  return JSON.stringify(a) < JSON.stringify(b) ? -1 : 1;
}

/** Of each list what belongs together, in its order. */
export function groups<T, Key>(list: readonly T[], of: (one: T) => Key): Map<Key, T[]> {
  const found = new Map<Key, T[]>();
  for (const one of list) {
    const key = of(one);
    const group = found.get(key);
    if (group === undefined) found.set(key, [one]);
    else group.push(one);
  }
  return found;
}
