/*
 * Gives clocks to what changed here. Every write leaves a note in its own transaction (triggers of the database); this
 * reads them, oldest first, and stamps each thing with the time it was changed, and later than all that was known of
 * its memory then.
 */

import type { SyncedMemory, TouchedMemory } from "../../ports/memory/sync-tables.ts";
import type { MemoryRow } from "../../ports/memory-rows.ts";
import { type Clock, clockAfter } from "./clock.ts";
import {
  anchorsOf,
  clocksText,
  inheritedClocks,
  neverSynced,
  notesOf,
  type SyncStore,
  stateOf,
  textState,
} from "./kept.ts";
import {
  emptyState,
  fields,
  isSame,
  lastClock,
  linkId,
  type MemoryState,
  type TextState,
  textId,
} from "./state.ts";

/** In a transaction. What is noted of this memory has clocks afterwards. @param machine whose changes they are */
export function collectMemory(
  store: SyncStore,
  key: string,
  machine: string,
): { state: MemoryState; synced: SyncedMemory } {
  const { sync } = store;
  const touches = sync.touched(key);
  const known = sync.get(key);
  const isFirst = known === undefined || known.clocks === "";
  const before = known ?? neverSynced;
  if (touches.length === 0 && !isFirst) {
    return { state: stateOf(store, key, known), synced: before };
  }
  const rows = store.rows.versions(key);
  if (touches.length === 0 && rows.length === 0) return { state: emptyState(), synced: before };
  if (isFirst && rows.length === 0 && !touches.some(({ what }) => what === "erased")) {
    // It came and went before anybody was told of it.
    sync.dropTouched(key);
    return { state: emptyState(), synced: before };
  }
  const state = stateOf(store, key, known, rows);
  if (!isFirst || rows.length === 0) new Stamps(store, key, state, rows, machine).take(touches);
  const rev = sync.nextRev();
  const isGone = rows.length === 0;
  // What went out of this database alone is nobody's business.
  const isOwn = !isGone || touches.some(({ what }) => what === "forgotten" || what === "erased");
  const synced: SyncedMemory = {
    clocks: clocksText(state),
    ownRev: isOwn ? rev : before.ownRev,
    rev: before.rev,
    origin: before.origin,
    goneRev: isGone ? rev : 0,
  };
  sync.put(key, synced);
  sync.dropTouched(key);
  return { state, synced };
}

class Stamps {
  readonly #store: SyncStore;
  readonly #key: string;
  readonly #state: MemoryState;
  readonly #rows: readonly MemoryRow[];
  readonly #machine: string;
  #last: Clock | "";

  constructor(
    store: SyncStore,
    key: string,
    state: MemoryState,
    rows: readonly MemoryRow[],
    machine: string,
  ) {
    this.#store = store;
    this.#key = key;
    this.#state = state;
    this.#rows = rows;
    this.#machine = machine;
    this.#last = lastClock(state);
  }

  take(touches: readonly TouchedMemory[]): void {
    const state = this.#state;
    for (const touch of touches) this.#one(touch);
    if (this.#rows.length > 0) {
      // Rows that nobody noted: of a program that knows nothing of notes, before they began.
      this.#texts(Number.POSITIVE_INFINITY, Date.now());
      this.#notes();
      state.hidden = "";
      state.hiddenWhy = "";
      return;
    }
    const why = touches.findLast(({ what }) => what === "put away")?.more ?? "";
    state.texts.clear();
    state.notes.clear();
    state.links.clear();
    state.anchors = undefined;
    state.ended = undefined;
    if (state.gone === "") {
      state.hidden = this.#last === "" ? this.#stamp(Date.now()) : this.#last;
      state.hiddenWhy = why === "" ? state.hiddenWhy : why;
    } else state.deleted = undefined;
  }

  #one({ what, more, rowId, at }: TouchedMemory): void {
    const state = this.#state;
    const newest = this.#rows.at(-1);
    if (what === "text") this.#texts(rowId, at);
    else if (what === "said") this.#said(rowId, more, at);
    else if (what === "note") this.#notes();
    else if (what === "anchors") this.#anchors(at);
    else if (what === "link") this.#link(more, at);
    else if (what === "ended") {
      const value = newest?.ended === "superseded" ? newest.until : undefined;
      if (newest !== undefined && state.ended?.value !== value) {
        state.ended = { clock: this.#stamp(at), value };
      }
    } else if (what === "forgotten") {
      state.deleted = { clock: this.#stamp(at), value: Number(more) };
    } else if (what === "undeleted") {
      if (state.deleted?.value !== undefined) {
        state.deleted = { clock: this.#stamp(at), value: undefined };
      }
    } else if (what === "put away") state.hiddenWhy = more;
    else if (what === "erased") {
      const gone = this.#stamp(at);
      Object.assign(state, { ...emptyState(), gone });
    }
  }

  /** Rows without a clock, up to one. */
  #texts(upTo: number, at: number): void {
    let before: TextState | undefined;
    for (const row of this.#rows) {
      if (row.rowId > upTo) break;
      const id = textId(row);
      const known = this.#state.texts.get(id);
      if (known === undefined) {
        const clock = this.#stamp(at);
        const text = textState(row, clock, inheritedClocks(row, clock, before));
        this.#state.texts.set(id, text);
        before = text;
      } else before = known;
    }
  }

  /** @param more which fields, as the digits of their places */
  #said(rowId: number, more: string, at: number): void {
    const row = this.#rows.find((one) => one.rowId === rowId);
    const text = row && this.#state.texts.get(textId(row));
    if (row === undefined || text === undefined) return;
    const clock = this.#stamp(at);
    for (const [place, field] of fields.entries()) {
      if (more[place] === "1") text.clocks[field] = clock;
    }
  }

  #notes(): void {
    for (const { id, ...note } of notesOf(this.#store, this.#key)) {
      if (this.#state.notes.has(id)) continue;
      this.#state.notes.set(id, { clock: this.#stamp(note.at), ...note });
    }
  }

  #anchors(at: number): void {
    const value = anchorsOf(this.#store, this.#key);
    const known = this.#state.anchors;
    if (known === undefined ? value.length === 0 : isSame(known.value, value)) return;
    this.#state.anchors = { clock: this.#stamp(at), value };
  }

  #link(more: string, at: number): void {
    const [to = "", relation = ""] = [more.slice(0, 16), more.slice(16)];
    const found = this.#store.relations
      .links([this.#key])
      .find((link) => link.to === to && link.relation === relation);
    const id = linkId(to, relation);
    const known = this.#state.links.get(id);
    if (known === undefined ? found === undefined : known.at === found?.at) return;
    this.#state.links.set(id, { clock: this.#stamp(at), to, relation, at: found?.at });
  }

  #stamp(at: number): Clock {
    this.#last = clockAfter(this.#last, at, this.#machine);
    return this.#last;
  }
}
