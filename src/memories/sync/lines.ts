/*
 * Lines of a file of a machine. Each is JSON by itself, begins with a sum over the rest of it and has its number in the
 * file, so that a half-copied or changed line is seen. What comes in is believed in nothing: forms, lengths and times
 * are checked before anything is done with it.
 */
import { hash } from "node:crypto";
import { type MemoryKind, memoryKinds, memorySources } from "../../ports/memories.ts";
import {
  checkAnchors,
  checkImportance,
  checkKind,
  checkNamespace,
  checkSource,
  checkTags,
  checkText,
  isPlainPath,
  longestText,
} from "../checks/options.ts";
import { type Clock, isClock, machineForm, msOf } from "./clock.ts";
import {
  emptyState,
  type Field,
  fields,
  linkId,
  type MemoryState,
  noteId,
  type Register,
  type SyncedAnchor,
  type TextState,
  textId,
} from "./state.ts";

export const syncFormat = 1;

/** Bytes of a line; of a memory that has more, several lines are written. */
export const mostLineBytes = 16 * 1_024 * 1_024;
const charactersPerLine = 2_000_000;
const mostPerLine = 20_000;
const longestNote = longestText + 1_000;
const longestRelation = 64;
const longestName = 4_096;
/** Times of the calendar, milliseconds: 0001 to 9999. */
const earliest = -62_135_596_800_000;
const latest = 253_402_300_799_999;
/** Clocks and times further ahead would win over everything that is said until then. */
export const mostAheadMs = 24 * 3_600_000;

const keyForm = /^[0-9a-z]{16}$/u;
const lineForm = /^\{"sum":"([0-9a-f]{16})",/u;

export interface FileHeader {
  format: number;
  machine: string;
  generation: string;
}

export type ReadLine =
  | { header: FileHeader }
  /** What stands before lines that are added together. */
  | { begin: string }
  | { key: string; state: MemoryState };

/** It is not what was written, or not all of it. */
export class BrokenLine extends Error {}

/** Its times lie ahead of this machine's. */
export class EarlyLine extends Error {}

export function lineText(number: number, said: Record<string, unknown>): string {
  const rest = JSON.stringify({ n: number, ...said }).slice(1);
  return `{"sum":"${sumOf(rest)}",${rest}`;
}

/** The sum that a line begins with; undefined for what is no line. */
export function sumIn(line: string): string | undefined {
  return lineForm.exec(line)?.[1];
}

/** Lines of a memory, as few as can be. */
export function memoryLines(key: string, state: MemoryState): Record<string, unknown>[] {
  const { gone, deleted, ended, anchors } = state;
  const head = {
    id: key,
    gone: gone === "" ? undefined : gone,
    deleted: deleted && [deleted.clock, deleted.value ?? null],
    ended: ended && [ended.clock, ended.value ?? null],
  };
  const texts = [...state.texts.values()]
    .sort((a, b) => a.since - b.since)
    .map((text) => ({ size: text.text.length, texts: [textRecord(text)] }));
  const notes = [...state.notes.values()]
    .sort((a, b) => (a.clock < b.clock ? -1 : 1))
    .map(({ clock, at, what }) => ({ size: what.length, notes: [[clock, at, what]] }));
  const links = [...state.links.values()].map(({ clock, to, relation, at }) => ({
    size: relation.length + 80,
    links: [[clock, to, relation, at ?? null]],
  }));
  const lines: Record<string, unknown[]>[] = [{}];
  let size = 0;
  let count = 0;
  for (const { size: own, ...more } of [...texts, ...notes, ...links]) {
    if (count > 0 && (size + own > charactersPerLine || count >= mostPerLine)) {
      lines.push({});
      size = 0;
      count = 0;
    }
    const line = lines.at(-1) as Record<string, unknown[]>;
    for (const [name, list] of Object.entries(more)) {
      line[name] ??= [];
      line[name].push(...list);
    }
    size += own;
    count += 1;
  }
  return lines.map((line, at) => ({
    ...head,
    anchors: at === 0 && anchors !== undefined ? [anchors.clock, anchors.value] : undefined,
    ...line,
  }));
}

/**
 * @param number which it must be; undefined: any
 * @param now milliseconds since 1970
 * @throws BrokenLine, EarlyLine; Error whose message says why it is refused
 */
export function readLine(line: string, number: number | undefined, now: number): ReadLine {
  const sum = sumIn(line);
  const rest = line.slice(26);
  if (sum === undefined || sumOf(rest) !== sum) throw new BrokenLine("it is not what was written");
  let said: unknown;
  try {
    said = JSON.parse(`{${rest}`);
  } catch {
    throw new BrokenLine("it is no JSON");
  }
  const record = objectOf(said, "a line");
  if (number !== undefined && record.n !== number) {
    throw new BrokenLine(`line ${number} was expected, and it is ${shown(record.n)}`);
  }
  if (typeof record.format === "number") return { header: readHeader(record) };
  if (typeof record.begin === "string") return { begin: record.begin.slice(0, 64) };
  const { id } = record;
  if (typeof id !== "string" || !keyForm.test(id)) throw new Error("it has no id of a memory");
  return { key: id, state: readState(record, now) };
}

function readHeader({ format, machine, generation }: Record<string, unknown>): FileHeader {
  const isSound =
    typeof machine === "string" &&
    machineForm.test(machine) &&
    typeof generation === "string" &&
    /^[0-9a-z]{1,32}$/u.test(generation);
  if (!isSound && format === syncFormat) throw new Error("its first line is none of ours");
  return { format: format as number, machine: String(machine), generation: String(generation) };
}

function readState(record: Record<string, unknown>, now: number): MemoryState {
  const state = emptyState();
  const clock = (value: unknown): Clock => checkClock(value, now);
  if (record.gone !== undefined) state.gone = clock(record.gone);
  const timeOrNone = (value: unknown): number | undefined =>
    value === null ? undefined : checkMoment(value, now);
  state.deleted = readRegister(record.deleted, clock, timeOrNone);
  state.ended = readRegister(record.ended, clock, timeOrNone);
  state.anchors = readRegister(record.anchors, clock, (value) => readAnchors(value, now));
  for (const one of listOf(record.texts, "texts")) {
    const text = readText(objectOf(one, "a text"), clock, now);
    state.texts.set(text.id, text);
  }
  const counts = new Map<string, number>();
  for (const one of listOf(record.notes, "notes")) {
    const [own, at, what] = tupleOf(one, 3, "a note");
    if (typeof what !== "string" || what.length > longestNote) throw new Error("a note is no text");
    const note = { clock: clock(own), at: checkMoment(at, now), what: what.toWellFormed() };
    const id = noteId(note.at, note.what);
    const count = (counts.get(id) ?? 0) + 1;
    counts.set(id, count);
    state.notes.set(count === 1 ? id : `${id}.${count}`, note);
  }
  for (const one of listOf(record.links, "links")) {
    const [own, to, relation, at] = tupleOf(one, 4, "a link");
    if (typeof to !== "string" || !keyForm.test(to)) throw new Error("a link leads to no id");
    const isWord = typeof relation === "string" && relation.trim() !== "";
    if (!isWord || relation.length > longestRelation) throw new Error("a link has no relation");
    const link = { clock: clock(own), to, relation: relation.toWellFormed(), at: timeOrNone(at) };
    state.links.set(linkId(to, link.relation), link);
  }
  return state;
}

function readText(
  record: Record<string, unknown>,
  clock: (value: unknown) => Clock,
  now: number,
): TextState {
  const own = clock(record.c);
  const since = checkMoment(record.since, now);
  const namespace = checkNamespace(record.namespace).toWellFormed();
  const text = checkText(record.text);
  const later = record.later === undefined ? {} : objectOf(record.later, "clocks of a text");
  const clocks = fields.map((field) => [field, field in later ? clock(later[field]) : own]);
  return {
    clock: own,
    id: textId({ since, namespace, text }),
    since,
    created: record.created === undefined ? since : checkMoment(record.created, now),
    namespace,
    text,
    said: {
      kind: checkKind(record.kind ?? "note"),
      source: checkSource(record.source ?? "user"),
      importance: checkImportance(record.importance ?? 0.5),
      pinned: record.pinned === true,
      tags: checkTags("tags", record.tags ?? []),
      validFrom: record.validFrom === undefined ? since : checkTime(record.validFrom),
      expires: record.expires === undefined ? undefined : checkTime(record.expires),
    },
    clocks: Object.fromEntries(clocks) as Record<Field, Clock>,
  };
}

/** What is as mostly is left out. */
function textRecord({ clock, clocks, said, since, created, namespace, text }: TextState) {
  const { kind, source, importance, pinned, tags, validFrom, expires } = said;
  const later = fields.filter((field) => clocks[field] !== clock);
  const first: MemoryKind = memoryKinds[0];
  return {
    c: clock,
    since,
    created: created === since ? undefined : created,
    namespace,
    text,
    kind: kind === first ? undefined : kind,
    source: source === memorySources[0] ? undefined : source,
    importance: importance === 0.5 ? undefined : importance,
    pinned: pinned ? true : undefined,
    tags: tags.length === 0 ? undefined : tags,
    validFrom: validFrom === since ? undefined : validFrom,
    expires,
    later:
      later.length === 0
        ? undefined
        : Object.fromEntries(later.map((field) => [field, clocks[field]])),
  };
}

function readAnchors(value: unknown, now: number): SyncedAnchor[] {
  const anchors = listOf(value, "anchors").map((one) => objectOf(one, "an anchor"));
  return anchors.map(({ path, symbol, hash: own, commit, verified }) => {
    const isPath = typeof path === "string" && isPlainPath(path);
    if (!isPath) throw new Error("an anchor has no absolute path");
    const name = shortText(symbol);
    checkAnchors([{ path, ...(name !== undefined && { symbol: name }) }]);
    return {
      path,
      symbol: name,
      hash: shortText(own),
      commit: shortText(commit),
      verified: checkMoment(verified, now),
    };
  });
}

function shortText(value: unknown): string | undefined {
  if (value === undefined || value === null) return undefined;
  if (typeof value === "string" && value.length <= longestName) return value.toWellFormed();
  throw new Error("a name in it is no text");
}

function readRegister<T>(
  value: unknown,
  clock: (value: unknown) => Clock,
  read: (value: unknown) => T,
): Register<T> | undefined {
  if (value === undefined) return undefined;
  const [own, said] = tupleOf(value, 2, "a pair of clock and value");
  return { clock: clock(own), value: read(said) };
}

function checkClock(value: unknown, now: number): Clock {
  if (!isClock(value)) throw new Error(`a clock in it is none: ${shown(value)}`);
  if (msOf(value) > now + mostAheadMs) throw early(msOf(value));
  return value;
}

/** When something happened: not after now, but for clocks that are a little wrong. */
function checkMoment(value: unknown, now: number): number {
  const ms = checkTime(value);
  if (ms > now + mostAheadMs) throw early(ms);
  return ms;
}

function checkTime(value: unknown): number {
  if (Number.isSafeInteger(value) && (value as number) >= earliest && (value as number) <= latest) {
    return value as number;
  }
  throw new Error(`a time in it is none: ${shown(value)}`);
}

function early(ms: number): EarlyLine {
  return new EarlyLine(
    `it is of ${new Date(ms).toISOString()}, more than a day ahead of this machine; is its clock right?`,
  );
}

function objectOf(value: unknown, what: string): Record<string, unknown> {
  const isObject = typeof value === "object" && value !== null && !Array.isArray(value);
  if (!isObject) throw new Error(`${what} is no object`);
  return value as Record<string, unknown>;
}

function listOf(value: unknown, what: string): unknown[] {
  if (value === undefined) return [];
  if (!Array.isArray(value) || value.length > mostPerLine) throw new Error(`${what} is no list`);
  return value;
}

function tupleOf(value: unknown, length: number, what: string): unknown[] {
  if (!Array.isArray(value) || value.length !== length) throw new Error(`${what} is none`);
  return value;
}

function shown(value: unknown): string {
  return JSON.stringify(value)?.slice(0, 60) ?? String(value);
}

function sumOf(rest: string): string {
  return hash("sha256", rest).slice(0, 16);
}
