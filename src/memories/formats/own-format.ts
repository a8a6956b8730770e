/*
 * Our own form of a line: everything that a memory is, but vectors, counts of use and the kept text of anchored
 * code. What was exported and imported again is the same: ids, times, history, links, anchors, pins and ends.
 */
import type { MemoryRow, StoredAnchor, WholeMemory } from "../../ports/memory-rows.ts";
import {
  checkAnchors,
  checkBoolean,
  checkImportance,
  checkKind,
  checkNamespace,
  checkSource,
  checkTags,
  checkText,
  checkTime,
  isPlainPath,
  refuseSecretsOf,
} from "../checks/options.ts";
import { isoTime } from "../recall/show.ts";

export const ownFormat = "haypile-memory/1";

const properties = [
  "namespace",
  "kind",
  "tags",
  "source",
  "importance",
  "pinned",
  "validFrom",
  "expires",
] as const;

type Properties = Pick<MemoryRow, (typeof properties)[number]>;

/** One line. */
export function exportLine({ rows, notes, links, anchors, isDamaged }: WholeMemory): string {
  const newest = rows.at(-1) as MemoryRow;
  const ended =
    newest.until === undefined ? undefined : { at: isoTime(newest.until), why: newest.ended };
  return JSON.stringify({
    format: ownFormat,
    id: newest.key,
    text: newest.text,
    ...shown(newest),
    createdAt: isoTime(newest.created),
    updatedAt: isoTime(newest.since),
    anchors: anchors.map(({ path, symbol, hash, commit, verified }) => ({
      path,
      symbol,
      hash,
      commit,
      verifiedAt: isoTime(verified),
    })),
    links: links.map(({ to, relation, at }) => ({ id: to, relation, at: isoTime(at) })),
    ended,
    history: orNone(
      rows.slice(0, -1).map((row, at) => past(row, rows[at + 1] as MemoryRow, newest)),
    ),
    notes: orNone(notes.map(({ at, what }) => ({ at: isoTime(at), what }))),
    isDamaged: isDamaged === true ? true : undefined,
  });
}

/** An older text: what was different then. */
function past(row: MemoryRow, next: MemoryRow, newest: MemoryRow): Record<string, unknown> {
  const [then, now] = [shown(row), shown(newest)];
  const different = properties.filter(
    (name) => JSON.stringify(then[name]) !== JSON.stringify(now[name]),
  );
  return {
    text: row.text,
    since: isoTime(row.since),
    until: isoTime(row.until ?? next.since),
    ...Object.fromEntries(different.map((name) => [name, then[name] ?? null])),
  };
}

function shown(row: MemoryRow): Record<(typeof properties)[number], unknown> {
  const { namespace, kind, tags, source, importance, pinned, validFrom, expires } = row;
  return {
    namespace,
    kind,
    tags,
    source,
    importance,
    pinned,
    validFrom: isoTime(validFrom),
    expires: expires === undefined ? undefined : isoTime(expires),
  };
}

function orNone<T>(list: T[]): T[] | undefined {
  return list.length === 0 ? undefined : list;
}

/** What a line of ours says. Row ids are 0: they are given anew. */
export interface OwnLine {
  whole: WholeMemory;
  /** Anchors without a hash: exported by an older version, the code is to be looked at. */
  isUnseen: boolean;
  /** Why anchors of it were left out. */
  leftOut: string[];
}

/**
 * @param namespace instead of the one that is said
 * @throws HaypileError HAYPILE_USAGE, HAYPILE_SECRET; Error whose message says why the line is refused
 */
export function readOwnLine(
  record: Record<string, unknown>,
  namespace: string | undefined,
  allowSecrets: boolean,
): OwnLine {
  const { id, text, createdAt, updatedAt, ended, history, notes, links, anchors } = record;
  if (typeof text !== "string") throw new Error("it has no text");
  const created = checkTime("createdAt", createdAt ?? undefined) ?? Date.now();
  const key = typeof id === "string" && /^[0-9a-z]{16}$/.test(id) ? id : "";
  const newest: MemoryRow = {
    rowId: 0,
    key,
    text: checkText(text),
    created,
    since: checkTime("updatedAt", updatedAt ?? undefined) ?? created,
    until: undefined,
    ended: "open",
    deleted: undefined,
    ...read({ validFrom: isoTime(created), ...record }),
    ...(namespace !== undefined && { namespace: checkNamespace(namespace) }),
  };
  const end = objectOf(ended);
  if (end !== undefined) {
    newest.until = timeOf("ended.at", end.at);
    newest.ended = "superseded";
  }
  const older = listOf("history", history).map((one): MemoryRow => {
    const properties = { ...shown(newest), ...one };
    return {
      ...newest,
      ...read(properties),
      ...(namespace !== undefined && { namespace: newest.namespace }),
      text: checkText(one.text),
      since: timeOf("history.since", one.since),
      until: timeOf("history.until", one.until),
      ended: "newer-text",
    };
  });
  const rows = [...older, newest];
  const said = listOf("anchors", anchors);
  const seen = said.filter(({ path }) => typeof path !== "string" || isPlainPath(path));
  const whole: WholeMemory = {
    rows,
    notes: listOf("notes", notes).map(({ at, what }) => ({
      at: timeOf("notes.at", at),
      what: String(what),
    })),
    links: listOf("links", links).map((link) => ({
      to: String(link.id),
      relation: String(link.relation).slice(0, 64),
      at: link.at === undefined ? Date.now() : timeOf("links.at", link.at),
    })),
    anchors: seen.map(readAnchor),
  };
  if (!allowSecrets) {
    for (const row of rows) refuseSecretsOf({ ...row, anchors: whole.anchors.map(plain) });
    for (const { what } of whole.notes) refuseSecretsOf({ text: what });
    for (const { relation } of whole.links) refuseSecretsOf({ text: relation });
  }
  // By its place: the path may be a secret, like any text.
  const leftOut = said.flatMap((one, at) =>
    seen.includes(one)
      ? []
      : [`anchor ${at + 1} was left out of it: its path is no absolute one of a file`],
  );
  return { whole, isUnseen: seen.some((one) => !("verifiedAt" in one)), leftOut };
}

function read(record: Record<string, unknown>): Properties {
  const { namespace, kind, tags, source, importance, pinned, validFrom, expires } = record;
  return {
    namespace: checkNamespace(namespace ?? "default"),
    kind: checkKind(kind ?? "note"),
    tags: checkTags("tags", tags ?? []),
    source: checkSource(source ?? "user"),
    importance: checkImportance(importance ?? 0.5),
    pinned: checkBoolean("pinned", pinned ?? false),
    validFrom: timeOf("validFrom", validFrom),
    expires: checkTime("expires", expires ?? undefined),
  };
}

function readAnchor(anchor: Record<string, unknown>): StoredAnchor {
  const { path, symbol, hash, commit, verifiedAt } = anchor;
  checkAnchors([{ path, ...(symbol !== undefined && symbol !== null && { symbol }) }]);
  const text = (value: unknown): string | undefined =>
    typeof value === "string" ? value : undefined;
  return {
    path: String(path),
    symbol: text(symbol),
    hash: text(hash),
    seen: undefined,
    commit: text(commit),
    verified: checkTime("verifiedAt", verifiedAt) ?? Date.now(),
  };
}

function plain({ path, symbol }: StoredAnchor): { path: string; symbol?: string | undefined } {
  return { path, symbol };
}

function timeOf(name: string, time: unknown): number {
  const found = checkTime(name, time);
  if (found === undefined) throw new Error(`it has no ${name}`);
  return found;
}

function objectOf(value: unknown): Record<string, unknown> | undefined {
  const isObject = typeof value === "object" && value !== null && !Array.isArray(value);
  return isObject ? (value as Record<string, unknown>) : undefined;
}

function listOf(name: string, value: unknown): Record<string, unknown>[] {
  if (value === undefined || value === null) return [];
  const isList = Array.isArray(value) && value.every((one) => objectOf(one) !== undefined);
  if (!isList) throw new Error(`${name} is no list of objects`);
  return value as Record<string, unknown>[];
}
