/*
 * A memory as it travels: each thing that is said of it has a clock, and two states are joined thing by thing, the later
 * one winning. The join is the same in whatever order states come and however often, so machines that have seen the same
 * states have the same memory. Texts and notes only add up; the newest text is the one that holds.
 */

import { sha256 } from "../../base/text/sha256.ts";
import type { MemoryRow, StoredAnchor } from "../../ports/memory-rows.ts";
import { type Clock, justAfter, later } from "./clock.ts";

/** What is said of a text and may change without a new one. */
export const fields = [
  "kind",
  "source",
  "importance",
  "pinned",
  "tags",
  "validFrom",
  "expires",
] as const;
export type Field = (typeof fields)[number];
export type Said = Pick<MemoryRow, Field>;

export interface Register<T> {
  clock: Clock;
  value: T;
}

export interface TextState {
  clock: Clock;
  /** Names it on every machine: of the time it holds from, namespace and text. */
  id: string;
  since: number;
  created: number;
  namespace: string;
  text: string;
  said: Said;
  clocks: Record<Field, Clock>;
}

export interface NoteState {
  clock: Clock;
  at: number;
  what: string;
}

export interface LinkState {
  clock: Clock;
  to: string;
  relation: string;
  /** Undefined: there is none any more. */
  at: number | undefined;
}

export type SyncedAnchor = Omit<StoredAnchor, "seen">;

export interface MemoryState {
  /** When it was erased for good; "": it was not. What is older than that is no part of it. */
  gone: Clock | "";
  /** When it went out of this database alone, by collection or a quota; "": it did not. It does not travel. */
  hidden: Clock | "";
  /** Why that was. */
  hiddenWhy: string;
  /** Since when it is forgotten; undefined as value: it is not. */
  deleted: Register<number | undefined> | undefined;
  /** Since when another one has its place. */
  ended: Register<number | undefined> | undefined;
  anchors: Register<SyncedAnchor[]> | undefined;
  texts: Map<string, TextState>;
  notes: Map<string, NoteState>;
  /** By "to relation". */
  links: Map<string, LinkState>;
}

export function emptyState(): MemoryState {
  return {
    gone: "",
    hidden: "",
    hiddenWhy: "",
    deleted: undefined,
    ended: undefined,
    anchors: undefined,
    texts: new Map(),
    notes: new Map(),
    links: new Map(),
  };
}

export function textId(row: Pick<MemoryRow, "since" | "namespace" | "text">): string {
  return sha256(`${row.since}\0${row.namespace}\0${row.text}`).slice(0, 16);
}

export function noteId(at: number, what: string): string {
  return sha256(`${at}\0${what}`).slice(0, 16);
}

export function linkId(to: string, relation: string): string {
  return `${to} ${relation}`;
}

export function saidOf(row: Said): Said {
  const { kind, source, importance, pinned, tags, validFrom, expires } = row;
  return { kind, source, importance, pinned, tags, validFrom, expires };
}

export function isSame(a: unknown, b: unknown): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}

/** Texts from the oldest to the one that holds, if any does. */
export function textsInOrder(state: MemoryState): TextState[] {
  return [...state.texts.values()].sort((a, b) => a.since - b.since || (a.id < b.id ? -1 : 1));
}

/** When somebody last said something of it. */
export function lastSaid(state: MemoryState): Clock | "" {
  let last: Clock | "" = state.anchors?.clock ?? "";
  for (const { clock, clocks } of state.texts.values()) {
    last = later(last, clock);
    for (const field of fields) last = later(last, clocks[field]);
  }
  for (const { clock } of state.notes.values()) last = later(last, clock);
  return last;
}

/** The latest of all its clocks. */
export function lastClock(state: MemoryState): Clock | "" {
  let last = later(later(lastSaid(state), state.gone), state.hidden);
  for (const one of [state.deleted, state.ended]) last = later(last, one?.clock ?? "");
  for (const { clock } of state.links.values()) last = later(last, clock);
  return last;
}

/** Since when it is forgotten; undefined: it is not, or something was said of it later. */
export function deletedAt(state: MemoryState): number | undefined {
  const { deleted } = state;
  if (deleted?.value === undefined || deleted.clock < lastSaid(state)) return undefined;
  return deleted.value;
}

/** Since when another has its place; undefined: it holds, or has got a newer text. */
export function endedAt(state: MemoryState): number | undefined {
  const newest = textsInOrder(state).at(-1);
  const { ended } = state;
  if (newest === undefined || ended?.value === undefined || ended.clock < newest.clock) {
    return undefined;
  }
  return Math.max(ended.value, newest.since);
}

/** Both together. Neither is changed. */
export function joined(a: MemoryState, b: MemoryState): MemoryState {
  const state = emptyState();
  state.gone = later(a.gone, b.gone);
  state.hidden = a.hidden;
  state.hiddenWhy = a.hiddenWhy;
  state.deleted = laterOf(a.deleted, b.deleted);
  state.ended = laterOf(a.ended, b.ended);
  state.anchors = laterOf(a.anchors, b.anchors);
  for (const text of [...a.texts.values(), ...b.texts.values()]) {
    const known = state.texts.get(text.id);
    state.texts.set(text.id, known === undefined ? copied(text) : joinedText(known, text));
  }
  for (const [id, note] of [...a.notes, ...b.notes]) {
    const known = state.notes.get(id);
    if (known === undefined || known.clock < note.clock) state.notes.set(id, note);
  }
  for (const [id, link] of [...a.links, ...b.links]) {
    const known = state.links.get(id);
    const isNewer = known === undefined || isLater(link, known, link.at, known.at);
    if (isNewer) state.links.set(id, link);
  }
  return settled(state);
}

/**
 * Without what is older than its erasing. Where something was said after that, its newest text stays, as if said again
 * right after: who said it had not seen it go.
 */
function settled(state: MemoryState): MemoryState {
  const { gone } = state;
  if (gone !== "" && lastSaid(state) > gone) {
    const newest = textsInOrder(state).at(-1);
    if (newest !== undefined) stampAfter(newest, gone);
  }
  if (gone !== "") dropOlder(state, gone);
  passOn(state);
  return state;
}

function stampAfter(text: TextState, gone: Clock): void {
  const clock = justAfter(gone);
  text.clock = later(text.clock, clock);
  for (const field of fields) text.clocks[field] = later(text.clocks[field], clock);
}

function dropOlder(state: MemoryState, gone: Clock): void {
  for (const [id, text] of state.texts) if (text.clock <= gone) state.texts.delete(id);
  for (const [id, note] of state.notes) if (note.clock <= gone) state.notes.delete(id);
  for (const [id, link] of state.links) if (link.clock <= gone) state.links.delete(id);
  for (const name of ["deleted", "ended", "anchors"] as const) {
    if ((state[name]?.clock ?? "") <= gone) state[name] = undefined;
  }
}

/** What was said of a text later than of the one after it holds for that one too. */
function passOn(state: MemoryState): void {
  let before: TextState | undefined;
  for (const text of textsInOrder(state)) {
    for (const field of before === undefined ? [] : fields) {
      const earlier = before as TextState;
      const own = { clock: text.clocks[field], value: text.said[field] };
      const other = { clock: earlier.clocks[field], value: earlier.said[field] };
      if (isLater(other, own, other.value, own.value)) take(text, earlier, field);
    }
    before = text;
  }
}

function copied(text: TextState): TextState {
  return { ...text, said: { ...text.said }, clocks: { ...text.clocks } };
}

function joinedText(known: TextState, text: TextState): TextState {
  known.clock = later(known.clock, text.clock);
  known.created = Math.min(known.created, text.created);
  for (const field of fields) {
    const own = { clock: known.clocks[field] };
    const other = { clock: text.clocks[field] };
    if (isLater(other, own, text.said[field], known.said[field])) take(known, text, field);
  }
  return known;
}

function take(to: TextState, from: TextState, field: Field): void {
  to.clocks[field] = from.clocks[field];
  Object.assign(to.said, { [field]: from.said[field] });
}

function laterOf<T>(
  a: Register<T> | undefined,
  b: Register<T> | undefined,
): Register<T> | undefined {
  if (a === undefined || b === undefined) return a ?? b;
  return isLater(b, a, b.value, a.value) ? b : a;
}

/** Two values of one moment are of copies of one database: the greater one as text wins, wherever that is asked. */
function isLater(
  one: { clock: Clock },
  other: { clock: Clock },
  value: unknown,
  otherValue: unknown,
): boolean {
  if (one.clock !== other.clock) return one.clock > other.clock;
  return (JSON.stringify(value) ?? "") > (JSON.stringify(otherValue) ?? "");
}
