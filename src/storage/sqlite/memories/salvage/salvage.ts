/*
 * Reads memories out of a file that SQLite cannot read any more, or only in part: page by page, without its
 * indexes, past whatever is damaged. A page is known by the way from its table's root, or by how its rows look.
 * Where there are several states of a row (a damaged log), the one whose sum is right is taken.
 */
import type { MemoryRow, Salvage, WholeMemory } from "../../../../ports/memory-rows.ts";
import { endings, kinds, sources } from "../../../shared/rows/kinds.ts";
import { leavesFrom, rootsOf } from "../../salvage/owners.ts";
import { PageFile } from "../../salvage/page-file.ts";
import {
  cellsOf,
  headerAt,
  indexInterior,
  indexLeaf,
  type Row,
  rowOf,
  tableLeaf,
  type Value,
} from "../../salvage/records.ts";
import { bodySum, headSum } from "../file/sums.ts";
import { defaultRoots } from "./roots.ts";
import { type SalvagedTable, tableOf } from "./shapes.ts";

/** Where a state of a row stands. */
interface Place {
  page: number;
  rank: 0 | 1 | 2;
  cell: number;
}

interface Found {
  /** By row id. */
  memories: Map<number, Place[]>;
  /** Row ids by the key that they have. */
  keys: Map<string, number[]>;
  sums: Map<number, { head: number; body: number }>;
  namespaces: Map<number, string>;
  notes: Map<string, { at: number; what: string }[]>;
  links: Map<string, { to: string; relation: string; at: number }[]>;
  anchors: Map<string, WholeMemory["anchors"]>;
}

const followed: readonly SalvagedTable[] = [
  "memories",
  "namespaces",
  "notes",
  "anchors",
  "sums",
  "links",
];

/**
 * Everything that can be read, newest row last. Call close() when done.
 * @throws the system's error when the file cannot be opened
 */
export function salvageMemories(path: string): Salvage {
  const file = new PageFile(path);
  try {
    const found = search(file);
    const lost = [...found.sums.keys()].filter((id) => !found.memories.has(id));
    return {
      count: found.keys.size,
      lost: lost.length,
      finding: file.log.state === "damaged" ? file.log.finding : "",
      memories: () => wholeMemories(file, found),
      close: () => file.close(),
    };
  } catch (error) {
    file.close();
    throw error;
  }
}

/** True when rows of memories stand in the file: it is one of ours, whatever its header says. */
export function holdsMemories(path: string): boolean {
  const file = new PageFile(path);
  try {
    for (let page = 1; page <= file.pageCount; page += 1) {
      const bytes = file.page(page);
      if (bytes[headerAt(page)] !== tableLeaf) continue;
      for (const cell of cellsOf(bytes, page, file.usable)) {
        const row = rowOf(file, bytes, page, cell, false);
        if (row !== undefined && tableOf(row.values, false) === "memories") return true;
      }
    }
    return false;
  } finally {
    file.close();
  }
}

function search(file: PageFile): Found {
  const owners = ownersOf(file);
  const found: Found = {
    memories: new Map(),
    keys: new Map(),
    sums: new Map(),
    namespaces: new Map(),
    notes: new Map(),
    links: new Map(),
    anchors: new Map(),
  };
  for (let page = 1; page <= file.pageCount; page += 1) {
    for (const { bytes, rank } of file.images(page)) {
      const type = bytes[headerAt(page)];
      const isTable = type === tableLeaf;
      if (!isTable && type !== indexLeaf && type !== indexInterior) continue;
      const cells = cellsOf(bytes, page, file.usable).flatMap((cell) => {
        const row = rowOf(file, bytes, page, cell, false);
        return row === undefined ? [] : [{ cell, row }];
      });
      const table = owners.get(page) ?? vote(cells, isTable);
      if (table === undefined) continue;
      for (const { cell, row } of cells) {
        const place = { page, rank, cell };
        if (table === "memories") noteMemory(found, row, place);
        else noteOther(found, table, row.isWhole ? row : rowOf(file, bytes, page, cell, true));
      }
    }
  }
  return found;
}

function ownersOf(file: PageFile): Map<number, SalvagedTable> {
  const said = rootsOf(file);
  const usual = defaultRoots();
  const owners = new Map<number, SalvagedTable>();
  for (const table of followed) {
    const root = said.get(table) ?? usual.get(table);
    if (root === undefined) continue;
    for (const page of leavesFrom(file, root)) owners.set(page, table);
  }
  return owners;
}

/** A page is of the table that one of its rows is of. */
function vote(cells: readonly { row: Row }[], isTable: boolean): SalvagedTable | undefined {
  for (const { row } of cells) {
    const table = tableOf(row.values, !isTable);
    if (table !== undefined) return table;
  }
  return undefined;
}

function noteMemory(found: Found, { rowId, values }: Row, place: Place): void {
  // Fewer: a page of another table that stands where one of this was.
  if (values.length < 16 || rowId < 1) return;
  const known = found.memories.get(rowId);
  if (known !== undefined) {
    known.push(place);
    return;
  }
  found.memories.set(rowId, [place]);
  const key = keyOf(values, rowId);
  const rows = found.keys.get(key) ?? [];
  rows.push(rowId);
  found.keys.set(key, rows);
}

/** A key that cannot be read is made of the row's number. */
function keyOf(values: readonly Value[], rowId: number): string {
  const key = values[1];
  if (typeof key === "string" && /^[0-9a-z]{16}$/u.test(key)) return key;
  return `rescued${rowId.toString(36).padStart(9, "0")}`.slice(0, 16);
}

function noteOther(found: Found, table: SalvagedTable, row: Row | undefined): void {
  const values = row?.values;
  if (row === undefined || values === undefined) return;
  const add = <T>(map: Map<string, T[]>, key: Value | undefined, one: T): void => {
    if (typeof key !== "string") return;
    const known = map.get(key) ?? [];
    const isThere = known.some((other) => JSON.stringify(other) === JSON.stringify(one));
    if (!isThere) map.set(key, [...known, one]);
  };
  const text = (at: number): string | undefined => {
    const value = values[at];
    return typeof value === "string" ? value.toWellFormed() : undefined;
  };
  const number = (at: number): number => (Number.isFinite(values[at]) ? (values[at] as number) : 0);
  if (table === "sums") found.sums.set(row.rowId, { head: number(1), body: number(2) });
  else if (table === "namespaces") found.namespaces.set(row.rowId, text(1) ?? "");
  else if (table === "notes") add(found.notes, values[1], { at: number(2), what: text(3) ?? "" });
  else if (table === "links") {
    add(found.links, values[0], { to: text(1) ?? "", relation: text(2) ?? "", at: number(3) });
  } else if (table === "anchors") {
    const seen = values[5];
    add(found.anchors, values[1], {
      path: text(2) ?? "",
      symbol: text(3),
      hash: text(4),
      seen: Buffer.isBuffer(seen) ? seen : undefined,
      commit: text(6),
      verified: number(7),
    });
  }
}

function* wholeMemories(file: PageFile, found: Found): Generator<WholeMemory> {
  const newest = ([, ids]: [string, number[]]): number => Math.max(...ids);
  const inOrder = [...found.keys].sort((a, b) => newest(a) - newest(b));
  for (const [key, ids] of inOrder) {
    const rows = ids.sort((a, b) => a - b).map((id) => bestRow(file, found, id, key));
    const last = rows.at(-1);
    // A newer text is lost: this one holds as far as anybody knows.
    if (last?.row.ended === "newer-text") {
      last.row = { ...last.row, until: undefined, ended: "open" };
      last.isSound = false;
    }
    yield {
      rows: rows.map(({ row }) => row),
      notes: (found.notes.get(key) ?? []).sort((a, b) => a.at - b.at),
      links: found.links.get(key) ?? [],
      anchors: found.anchors.get(key) ?? [],
      isDamaged: rows.some(({ isSound }) => !isSound),
    };
  }
}

/** Of all states of a row the one whose sum is right; else the one that SQLite would see. */
function bestRow(
  file: PageFile,
  found: Found,
  rowId: number,
  key: string,
): { row: MemoryRow; isSound: boolean } {
  const sum = found.sums.get(rowId);
  let best: { row: MemoryRow; isSound: boolean; worth: number } | undefined;
  for (const { page, rank, cell } of found.memories.get(rowId) ?? []) {
    for (const { bytes, rank: own } of file.images(page)) {
      if (own !== rank) continue;
      const raw = rowOf(file, bytes, page, cell, true);
      if (raw === undefined || raw.rowId !== rowId || raw.values.length < 16) continue;
      const { head, body } = sum === undefined ? trusted : compare(raw, sum);
      const isSound = raw.isWhole && head && body;
      const worth = (isSound ? 8 : 0) + (raw.isWhole ? 4 : 0) + (rank === 2 ? 0 : 1 + rank);
      if (best !== undefined && best.worth >= worth) continue;
      const row = toRow(raw.values, rowId, key, found);
      best = { row: head ? row : shownAgain(row), isSound, worth };
    }
  }
  return best ?? { row: toRow([], rowId, key, found), isSound: false };
}

const trusted = { head: true, body: true };

function compare(
  { rowId, values }: Row,
  sum: { head: number; body: number },
): { head: boolean; body: boolean } {
  const [, key, namespace, kind, source, importance, pinned, created, since, until] = values;
  const [ended, validFrom, expires, deleted, , tags, text] = values.slice(10);
  const numbers = [rowId, namespace, kind, source, importance, pinned, created, since, until];
  const all = [...numbers, ended, validFrom, expires, deleted] as (number | null)[];
  const texts = [key, tags, text] as (string | null)[];
  return { head: headSum(all) === sum.head, body: bodySum(texts) === sum.body };
}

/** What says that a memory does not hold may be the damage: better one too many than one that is gone. */
function shownAgain(row: MemoryRow): MemoryRow {
  return {
    ...row,
    until: undefined,
    ended: "open",
    deleted: undefined,
    expires: undefined,
    validFrom: Math.min(row.validFrom, row.created, Date.now()),
  };
}

function toRow(values: readonly Value[], rowId: number, key: string, found: Found): MemoryRow {
  const number = (at: number): number | undefined =>
    typeof values[at] === "number" && Number.isFinite(values[at])
      ? (values[at] as number)
      : undefined;
  const time = (at: number): number | undefined => {
    const ms = number(at);
    return ms !== undefined && Math.abs(ms) <= 8.64e15 ? ms : undefined;
  };
  const text = values[16];
  const created = time(7) ?? Date.now();
  const importance = number(5) ?? 0.5;
  return {
    rowId,
    key,
    namespace: found.namespaces.get(number(2) ?? -1) || `rescued-${number(2) ?? "unknown"}`,
    kind: kinds[number(3) ?? 0] ?? "note",
    source: sources[number(4) ?? 0] ?? "user",
    importance: importance >= 0 && importance <= 1 ? importance : 0.5,
    pinned: number(6) === 1,
    created,
    since: time(8) ?? created,
    until: time(9),
    ended: endings[number(10) ?? 0] ?? "open",
    validFrom: time(11) ?? created,
    expires: time(12),
    deleted: time(13),
    tags: tagsOf(values[15]),
    text: typeof text === "string" ? text.toWellFormed() : "",
  };
}

function tagsOf(value: Value | undefined): string[] {
  try {
    const tags: unknown = JSON.parse(String(value ?? "[]"));
    return Array.isArray(tags) ? tags.filter((tag) => typeof tag === "string" && tag !== "") : [];
  } catch {
    return [];
  }
}
