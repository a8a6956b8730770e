/* Brings what another machine says of a memory into the database: joined with what is known here, then row by row. */

import type { SyncedMemory } from "../../ports/memory/sync-tables.ts";
import type { MemoryRow } from "../../ports/memory-rows.ts";
import { oneForm } from "../text/equal-text.ts";
import { sketchOf, textHash } from "../text/same-text.ts";
import { splitText } from "../text/split.ts";
import { justAfter, later } from "./clock.ts";
import { collectMemory } from "./collect.ts";
import { anchorsOf, clocksText, notesOf, type SyncStore, stateOf } from "./kept.ts";
import {
  deletedAt,
  endedAt,
  fields,
  isSame,
  joined,
  lastSaid,
  linkId,
  type MemoryState,
  type TextState,
  textId,
  textsInOrder,
} from "./state.ts";

export interface Taking {
  store: SyncStore;
  machine: string;
  /** Id of the folder that it came from. */
  folder: number;
  /** Others know of it what this folder says: it need not be told anything that it said itself. */
  isOnlyFolder: boolean;
}

export interface Taken {
  outcome: "same" | "added" | "changed" | "forgotten";
  duplicates: number;
  /** Rows that have no vector yet. */
  rowIds: number[];
}

/** In a transaction. */
export function takeMemory(taking: Taking, key: string, received: MemoryState): Taken {
  const { store, machine, folder } = taking;
  const { sync } = store;
  const { state: before, synced } = collectMemory(store, key, machine);
  const mark = sync.lastTouch();
  const state = joined(before, received);
  if (before.hidden !== "") {
    if (lastSaid(received) <= before.hidden) clearTexts(state);
    else [state.hidden, state.hiddenWhy] = ["", ""];
  }
  const isCovered = taking.isOnlyFolder && state.hidden === "" && covers(received, state);
  if (clocksText(state) === clocksText(before)) {
    if (isCovered && synced.ownRev !== 0) sync.put(key, { ...synced, ownRev: 0, origin: folder });
    return { outcome: "same", duplicates: 0, rowIds: [] };
  }
  const rowIds: number[] = [];
  const outcome = writeMemory(store, key, state, before, rowIds);
  const duplicates = linkEqual(taking, key, state);
  const rev = sync.nextRev();
  const isOwn = duplicates.isOwn || isStampedHere(state, before, received);
  const isFromHere = synced.origin === folder || synced.rev === 0;
  sync.put(key, {
    clocks: clocksText(state),
    ownRev: isOwn ? rev : isCovered ? 0 : synced.ownRev,
    rev,
    // What came from another folder as well is told to all.
    origin: isFromHere ? folder : 0,
    goneRev: goneRevOf(state, before, synced, rev),
  });
  sync.dropTouchedAfter(mark);
  return { outcome, duplicates: duplicates.linked, rowIds };
}

/** A memory that this machine wrote somewhere is to be taken out of there. */
function goneRevOf(
  state: MemoryState,
  before: MemoryState,
  synced: SyncedMemory,
  rev: number,
): number {
  if (state.texts.size > 0) return 0;
  const wasThere = before.texts.size > 0 || before.gone !== state.gone;
  return wasThere ? rev : synced.goneRev;
}

/** They went out of this database by collection, and nobody has said anything of it since. */
function clearTexts(state: MemoryState): void {
  for (const all of [state.texts, state.notes, state.links]) all.clear();
  state.anchors = undefined;
  state.ended = undefined;
}

function covers(received: MemoryState, state: MemoryState): boolean {
  return clocksText({ ...received, hidden: "", hiddenWhy: "" }) === clocksText(state);
}

/** A text that was kept here in spite of its erasing: others are to know which. */
function isStampedHere(state: MemoryState, before: MemoryState, received: MemoryState): boolean {
  if (state.gone === "") return false;
  const clock = justAfter(state.gone);
  return [...state.texts.values()].some(
    (text) =>
      text.clock === clock &&
      before.texts.get(text.id)?.clock !== clock &&
      received.texts.get(text.id)?.clock !== clock,
  );
}

/** Makes the rows what the state says. */
function writeMemory(
  store: SyncStore,
  key: string,
  state: MemoryState,
  before: MemoryState,
  rowIds: number[],
): Taken["outcome"] {
  const rows = store.rows.versions(key);
  const texts = textsInOrder(state);
  if (texts.length === 0) {
    if (rows.length === 0) return "same";
    store.removal.erase([key], Date.now(), "forgotten", sketchOfRow);
    return "forgotten";
  }
  const deleted = deletedOf(rows, state, before);
  rowIds.push(...writeTexts(store, key, rows, texts));
  const ended = endedAt(state);
  const isPlain = rows.length === 0 && texts.length === 1;
  if (!isPlain || ended !== undefined) writeEnds(store, key, ended);
  const now = isPlain && deleted === undefined ? [] : store.rows.versions(key);
  if (now.some((row) => row.deleted !== deleted)) {
    const why = store.sync.whyRemoved(key) ?? "forgotten";
    if (now.some((row) => row.deleted !== undefined)) store.removal.unmark(key);
    if (deleted !== undefined) store.removal.mark([key], deleted, why);
  }
  writeNotes(store, key, state);
  writeAnchors(store, key, state);
  writeLinks(store, key, state);
  if (rows.length === 0) {
    const wasThere = before.gone !== "" || before.hidden !== "";
    if (wasThere && deleted === undefined) store.removal.unmark(key);
    linkAwaiting(store, key, wasThere);
  }
  if (rows.length === 0) return deleted === undefined ? "added" : "forgotten";
  const wasDeleted = rows.at(-1)?.deleted !== undefined;
  return deleted !== undefined && !wasDeleted ? "forgotten" : "changed";
}

/** What a collection or a quota has put away here stays so until somebody says something of it. */
function deletedOf(
  rows: readonly MemoryRow[],
  state: MemoryState,
  before: MemoryState,
): number | undefined {
  const wanted = deletedAt(state);
  const there = rows.at(-1)?.deleted;
  const isPutAwayHere = there !== undefined && deletedAt(before) === undefined;
  const isSaidSince = lastSaid(state) > lastSaid(before) || state.deleted !== before.deleted;
  return wanted ?? (isPutAwayHere && !isSaidSince ? there : undefined);
}

function writeTexts(
  store: SyncStore,
  key: string,
  rows: readonly MemoryRow[],
  texts: readonly TextState[],
): number[] {
  const inserted: number[] = [];
  const created = Math.min(...texts.map((text) => text.created));
  let kept = 0;
  while (kept < rows.length && kept < texts.length) {
    const row = rows[kept] as MemoryRow;
    if (row.created !== created || textId(row) !== texts[kept]?.id) break;
    kept += 1;
  }
  // Rows stand in the order of their texts: those behind a text that came between are written anew.
  if (kept < rows.length) store.sync.eraseRows(rows.slice(kept), sketchOfRow);
  for (const [at, { text, namespace, since, said }] of texts.entries()) {
    const row = rows[at] as MemoryRow;
    if (at < kept) {
      const changed = fields.filter((field) => !isSame(row[field], said[field]));
      if (changed.length === 0) continue;
      store.rows.change(
        row.rowId,
        Object.fromEntries(changed.map((field) => [field, said[field]])),
      );
      continue;
    }
    const rowId = store.rows.insert({
      ...said,
      key,
      text,
      namespace,
      created,
      since,
      hash: textHash(namespace, text),
      sketch: sketchOf(namespace, text),
      parts: splitText(text),
    });
    inserted.push(rowId);
  }
  return inserted;
}

function writeEnds(store: SyncStore, key: string, ended: number | undefined): void {
  const rows = store.rows.versions(key);
  for (const [at, row] of rows.entries()) {
    const next = rows[at + 1];
    const until = next === undefined ? ended : next.since;
    const why = next !== undefined ? "newer-text" : ended === undefined ? "open" : "superseded";
    if (row.until === until && row.ended === why) continue;
    if (until === undefined || why === "open") store.rows.reopen(row.rowId);
    else store.rows.end(row.rowId, until, why);
  }
}

function writeNotes(store: SyncStore, key: string, state: MemoryState): void {
  const wanted = [...state.notes.values()].sort((a, b) => (a.clock < b.clock ? -1 : 1));
  const there = notesOf(store, key);
  const isThere = isSame(
    there.map(({ at, what }) => [at, what]),
    wanted.map(({ at, what }) => [at, what]),
  );
  if (isThere) return;
  store.sync.dropNotes(key);
  for (const { at, what } of wanted) store.relations.addNote(key, at, what);
}

function writeAnchors(store: SyncStore, key: string, state: MemoryState): void {
  const wanted = state.anchors?.value ?? [];
  if (isSame(anchorsOf(store, key), wanted)) return;
  const there = store.relations.anchors([key]);
  const seenOf = (one: (typeof wanted)[number]) =>
    there.find(
      ({ path, symbol, hash }) => path === one.path && symbol === one.symbol && hash === one.hash,
    )?.seen;
  store.relations.setAnchors(
    key,
    wanted.map((one) => ({ ...one, seen: seenOf(one) })),
  );
}

function writeLinks(store: SyncStore, key: string, state: MemoryState): void {
  const { relations, rows, sync } = store;
  const there = new Map(
    relations.links([key]).map((link) => [linkId(link.to, link.relation), link]),
  );
  // What was erased had its links erased as well.
  for (const [id, { to, relation }] of there) {
    if (!state.links.has(id)) relations.unlink(key, to, relation);
  }
  for (const [id, { to, relation, at }] of state.links) {
    const known = there.get(id);
    if (known !== undefined && known.at !== at) relations.unlink(key, to, relation);
    if (at === undefined || known?.at === at) continue;
    if (rows.current(to) === undefined) sync.await(to, key);
    else relations.link(key, to, relation, at);
  }
}

/** Links of others to a memory that was not there until now. */
function linkAwaiting(store: SyncStore, key: string, wasThere: boolean): void {
  const { sync, relations, rows } = store;
  const from = new Set([...sync.awaited(key), ...(wasThere ? sync.linkedTo(key) : [])]);
  for (const other of from) {
    if (rows.current(other) === undefined) continue;
    for (const { to, relation, at } of stateOf(store, other, sync.get(other)).links.values()) {
      if (to === key && at !== undefined) relations.link(other, key, relation, at);
    }
  }
  sync.dropAwaited(key);
}

/**
 * The same text of one namespace under two ids: linked, from the newer to the older one, as every machine would do it
 * that has both.
 */
function linkEqual(
  { store, machine }: Taking,
  key: string,
  state: MemoryState,
): { linked: number; isOwn: boolean } {
  const none = { linked: 0, isOwn: false };
  const newest = textsInOrder(state).at(-1);
  if (newest === undefined || deletedAt(state) !== undefined || endedAt(state) !== undefined) {
    return none;
  }
  if (newest.said.kind === "turn") return none;
  const form = oneForm(newest.text);
  const rowIds = store.rows.equal(newest.namespace, textHash(newest.namespace, newest.text));
  const found = { ...none };
  for (const row of store.rows.get(rowIds)) {
    if (row.key === key || row.kind === "turn" || oneForm(row.text) !== form) continue;
    const own = { key, created: newest.created, since: newest.since };
    const isNewer = own.created !== row.created ? own.created > row.created : own.key > row.key;
    const [from, to] = isNewer ? [own, row] : [row, own];
    if (areLinked(store, key, row.key)) continue;
    const at = Math.max(own.since, row.since);
    const { state: other } = collectMemory(store, row.key, machine);
    const clock = justAfter(later(newest.clock, textsInOrder(other).at(-1)?.clock ?? ""));
    const of = from.key === key ? state : other;
    const id = linkId(to.key, "duplicate");
    if (of.links.has(id)) continue;
    of.links.set(id, { clock, to: to.key, relation: "duplicate", at });
    store.relations.link(from.key, to.key, "duplicate", at);
    found.linked += 1;
    if (of === state) found.isOwn = true;
    else noteLink(store, row.key, other);
  }
  return found;
}

function noteLink(store: SyncStore, key: string, state: MemoryState): void {
  const known = store.sync.get(key);
  if (known === undefined) return;
  const changed: SyncedMemory = { ...known, clocks: clocksText(state) };
  store.sync.put(key, { ...changed, ownRev: store.sync.nextRev() });
}

function areLinked({ relations }: SyncStore, a: string, b: string): boolean {
  const isOfBoth = ({ from, to }: { from: string; to: string }): boolean =>
    (from === a && to === b) || (from === b && to === a);
  return relations.links([a, b]).some(isOfBoth);
}

function sketchOfRow(row: MemoryRow): readonly number[] {
  return sketchOf(row.namespace, row.text);
}
