/* The clocks of a memory as the database keeps them, and its state: these clocks with the values that its rows have. */
import { hash } from "node:crypto";
import type { MemorySyncTable, SyncedMemory } from "../../ports/memory/sync-tables.ts";
import type { MemoryRow, MemoryStore } from "../../ports/memory-rows.ts";
import { type Clock, clockAfter, clockOf, later } from "./clock.ts";
import {
  emptyState,
  type Field,
  fields,
  isSame,
  lastSaid,
  linkId,
  type MemoryState,
  noteId,
  type SyncedAnchor,
  saidOf,
  type TextState,
  textId,
} from "./state.ts";

export type SyncStore = Pick<MemoryStore, "rows" | "relations" | "removal"> & {
  sync: MemorySyncTable;
};

interface KeptClocks {
  gone?: Clock | undefined;
  hidden?: [Clock, string] | undefined;
  deleted?: [Clock, number | null] | undefined;
  ended?: [Clock, number | null] | undefined;
  /** With a sum of what they were. */
  anchors?: [Clock, string] | undefined;
  texts?: Record<string, Clock | [Clock, Partial<Record<Field, Clock>>]> | undefined;
  notes?: Record<string, Clock> | undefined;
  links?: [Clock, string, string, number | null][] | undefined;
}

export const neverSynced: SyncedMemory = { clocks: "", ownRev: 0, rev: 0, origin: 0, goneRev: 0 };

export function anchorsOf(store: Pick<SyncStore, "relations">, key: string): SyncedAnchor[] {
  return store.relations.anchors([key]).map(({ path, symbol, hash: own, commit, verified }) => ({
    path,
    symbol,
    hash: own,
    commit,
    verified,
  }));
}

/** As it is kept; values of texts, notes and anchors stay in their own tables. */
export function clocksText(state: MemoryState): string {
  const kept: KeptClocks = {
    gone: state.gone === "" ? undefined : state.gone,
    hidden: state.hidden === "" ? undefined : [state.hidden, state.hiddenWhy],
    deleted: state.deleted && [state.deleted.clock, state.deleted.value ?? null],
    ended: state.ended && [state.ended.clock, state.ended.value ?? null],
    anchors: state.anchors && [state.anchors.clock, sumOf(state.anchors.value)],
    texts: recordOf([...state.texts.values()].map((text) => [text.id, clocksOfText(text)])),
    notes: recordOf([...state.notes].map(([id, { clock }]) => [id, clock])),
    links:
      state.links.size === 0
        ? undefined
        : [...state.links]
            .sort(byName)
            .map(([, { clock, to, relation, at }]) => [clock, to, relation, at ?? null]),
  };
  return JSON.stringify(kept);
}

/**
 * The state of a memory as its clocks and its rows say; what has no clock yet is left out. Where nothing has one, all
 * get those that every machine would give.
 */
export function stateOf(
  store: SyncStore,
  key: string,
  synced: SyncedMemory | undefined,
  rows: readonly MemoryRow[] = store.rows.versions(key),
): MemoryState {
  if (synced === undefined || synced.clocks === "") return firstState(store, key, rows);
  const kept = JSON.parse(synced.clocks) as KeptClocks;
  const state = emptyState();
  state.gone = kept.gone ?? "";
  [state.hidden, state.hiddenWhy] = kept.hidden ?? ["", ""];
  state.deleted = registerOf(kept.deleted);
  state.ended = registerOf(kept.ended);
  for (const [clock, to, relation, at] of kept.links ?? []) {
    state.links.set(linkId(to, relation), { clock, to, relation, at: at ?? undefined });
  }
  for (const row of rows) {
    const known = kept.texts?.[textId(row)];
    if (known === undefined) continue;
    const [clock, own] = typeof known === "string" ? [known, {}] : known;
    const clocks = Object.fromEntries(fields.map((field) => [field, own[field] ?? clock]));
    const text = textState(row, clock, clocks as Record<Field, Clock>);
    state.texts.set(text.id, text);
  }
  if (rows.length === 0) return state;
  for (const { id, at, what } of notesOf(store, key)) {
    const clock = kept.notes?.[id];
    if (clock !== undefined) state.notes.set(id, { clock, at, what });
  }
  if (kept.anchors !== undefined) {
    const value = anchorsOf(store, key);
    // Changed since: the change has no clock yet.
    if (sumOf(value) === kept.anchors[1]) state.anchors = { clock: kept.anchors[0], value };
    else state.anchors = { clock: kept.anchors[0], value: [] };
  }
  return state;
}

/** Each with its id; the same at the same time is told by its number. */
export function notesOf(
  store: Pick<SyncStore, "relations">,
  key: string,
): { id: string; at: number; what: string }[] {
  const seen = new Map<string, number>();
  return store.relations.notes(key).map(({ at, what }) => {
    const id = noteId(at, what);
    const count = (seen.get(id) ?? 0) + 1;
    seen.set(id, count);
    return { id: count === 1 ? id : `${id}.${count}`, at, what };
  });
}

export function textState(row: MemoryRow, clock: Clock, clocks: Record<Field, Clock>): TextState {
  const { since, created, namespace, text } = row;
  return { clock, id: textId(row), since, created, namespace, text, said: saidOf(row), clocks };
}

/** Clocks of what is said of a new text: what is as before was said before. */
export function inheritedClocks(
  row: MemoryRow,
  clock: Clock,
  before: TextState | undefined,
): Record<Field, Clock> {
  const clocks = fields.map((field) => {
    const isAsBefore = before !== undefined && isSame(before.said[field], row[field]);
    return [field, isAsBefore ? before.clocks[field] : clock];
  });
  return Object.fromEntries(clocks) as Record<Field, Clock>;
}

/** Of a memory that was never synced: everything is of its own time, on whatever machine it lies. */
function firstState(store: SyncStore, key: string, rows: readonly MemoryRow[]): MemoryState {
  const state = emptyState();
  if (rows.length === 0) return state;
  let before: TextState | undefined;
  for (const row of rows) {
    const clock = clockOf(row.since);
    before = textState(row, clock, inheritedClocks(row, clock, before));
    state.texts.set(before.id, before);
  }
  let last: Clock | "" = "";
  for (const { id, at, what } of notesOf(store, key)) {
    const clock = last === "" ? clockOf(at) : later(clockOf(at), clockAfter(last, 0));
    last = clock;
    state.notes.set(id, { clock, at, what });
    if (before !== undefined) noteChanges(before, clock, what);
  }
  const anchors = anchorsOf(store, key);
  if (anchors.length > 0) {
    const seen = Math.max(...anchors.map(({ verified }) => verified));
    state.anchors = { clock: clockOf(seen), value: anchors };
  }
  for (const { to, relation, at } of store.relations.links([key])) {
    state.links.set(linkId(to, relation), { clock: clockOf(at), to, relation, at });
  }
  const newest = rows.at(-1) as MemoryRow;
  if (newest.ended === "superseded" && newest.until !== undefined) {
    state.ended = { clock: later(clockOf(newest.until), before?.clock ?? ""), value: newest.until };
  }
  const isForgotten = newest.deleted !== undefined && isUsers(store.sync.whyRemoved(key));
  if (newest.deleted !== undefined && isForgotten) {
    const clock = clockAfter(lastSaid(state), newest.deleted);
    state.deleted = { clock, value: newest.deleted };
  }
  return state;
}

/** What the log does not say any more was mostly forgotten. */
function isUsers(why: string | undefined): boolean {
  return why === undefined || why === "forgotten";
}

/** The history says in words what was changed: then it was. */
function noteChanges(text: TextState, clock: Clock, what: string): void {
  for (const field of fields) {
    const isNamed = what.startsWith(`${field}: `) || what.includes(`; ${field}: `);
    if (isNamed) text.clocks[field] = later(text.clocks[field], clock);
  }
}

function clocksOfText({
  clock,
  clocks,
}: TextState): Clock | [Clock, Partial<Record<Field, Clock>>] {
  const own = fields.filter((field) => clocks[field] !== clock);
  if (own.length === 0) return clock;
  return [clock, Object.fromEntries(own.map((field) => [field, clocks[field]]))];
}

function registerOf(kept: [Clock, number | null] | undefined) {
  return kept && { clock: kept[0], value: kept[1] ?? undefined };
}

function recordOf<T>(entries: readonly [string, T][]): Record<string, T> | undefined {
  return entries.length === 0 ? undefined : Object.fromEntries([...entries].sort(byName));
}

function byName([a]: readonly [string, unknown], [b]: readonly [string, unknown]): number {
  return a < b ? -1 : 1;
}

function sumOf(value: unknown): string {
  return hash("sha256", JSON.stringify(value)).slice(0, 16);
}
