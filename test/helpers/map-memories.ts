/*
 * A database of memories in plain maps, role by role: small, exact and slow. It keeps the same contracts as the one in
 * SQLite (test/contract). A write that fails leaves everything as it was.
 */
import { HaypileError } from "../../src/base/errors.ts";
import { areSameVectors, type ModelName } from "../../src/base/model-name.ts";
import type {
  AllowedRows,
  Collectable,
  CollectableBefore,
  FootprintFacts,
  MemoryChange,
  MemoryCounts,
  MemoryMarks,
  MemoryRelations,
  MemoryRemoval,
  MemoryRow,
  MemoryScope,
  MemoryStore,
  MemoryTable,
  MemoryVectorIndex,
  MemoryWordIndex,
  NewMemoryRow,
  NextPartVectors,
  PartHit,
  RemovedMemory,
  StoredAnchor,
  StoredPart,
  VectorRequest,
} from "../../src/ports/memory-rows.ts";
import { CountedWords } from "./counted-words.ts";
import { bytesOf, type Link, MemoryData, type Opened, type StoredRow } from "./map-memory-data.ts";
import { MapScope } from "./map-memory-scope.ts";
import { MapNext } from "./map-next.ts";
import { cosine, lengthOf } from "./plain-vectors.ts";

class MapRows implements MemoryTable {
  readonly #data: Opened;

  constructor(data: Opened) {
    this.#data = data;
  }

  insert({ parts, ...row }: NewMemoryRow): number {
    const data = this.#data();
    const rowId = data.newId();
    const begin = { until: undefined, ended: "open", deleted: undefined } as const;
    data.rows.set(rowId, { ...pickRow(row), ...begin, rowId });
    for (const { start, end } of parts) {
      const partId = data.newId();
      data.parts.set(partId, { partId, rowId, start, end });
      data.pending.set(partId, Date.now());
    }
    return rowId;
  }

  get(rowIds: readonly number[]): MemoryRow[] {
    const { rows } = this.#data();
    return rowIds.flatMap((id) => shown(rows.get(id)));
  }

  current(key: string): MemoryRow | undefined {
    return shown(this.#data().versions(key).at(-1))[0];
  }

  lookAgain(): void {
    this.#data();
  }

  versions(key: string): MemoryRow[] {
    return this.#data().versions(key).flatMap(shown);
  }

  equal(namespace: string, hash: number): number[] {
    return this.#data()
      .current()
      .filter((row) => row.namespace === namespace && row.hash === hash)
      .map(({ rowId }) => rowId);
  }

  alike(sketch: readonly number[]): number[] {
    const common = ({ sketch: own }: StoredRow): number =>
      own.filter((value) => sketch.includes(value)).length;
    return this.#data()
      .sorted()
      .filter((row) => common(row) > 0)
      .sort((a, b) => common(b) - common(a) || b.rowId - a.rowId)
      .map(({ rowId }) => rowId)
      .slice(0, 12);
  }

  change(rowId: number, change: MemoryChange): void {
    const { rows } = this.#data();
    const row = rows.get(rowId);
    if (row !== undefined) rows.set(rowId, { ...row, ...change });
  }

  end(rowId: number, at: number, why: "newer-text" | "superseded"): void {
    const row = this.#data().rows.get(rowId);
    if (row !== undefined) Object.assign(row, { until: at, ended: why });
  }

  reopen(rowId: number): void {
    const row = this.#data().rows.get(rowId);
    if (row !== undefined) Object.assign(row, { until: undefined, ended: "open" });
  }

  parts(rowIds: readonly number[]): StoredPart[] {
    return [...this.#data().parts.values()]
      .filter(({ rowId }) => rowIds.includes(rowId))
      .sort((a, b) => a.partId - b.partId);
  }
}

/** Only what is a row's: callers may have more in hand. */
function pickRow(
  row: Omit<NewMemoryRow, "parts">,
): Omit<StoredRow, "rowId" | "until" | "ended" | "deleted"> {
  const { key, namespace, kind, source, importance, pinned, tags, text } = row;
  const { created, since, validFrom, expires, hash, sketch } = row;
  const said = { key, namespace, kind, source, importance, pinned, tags: [...tags], text };
  return { ...said, created, since, validFrom, expires, hash, sketch: [...sketch] };
}

function shown(row: StoredRow | undefined): MemoryRow[] {
  if (row === undefined) return [];
  const { hash: _, sketch: __, ...own } = row;
  return [{ ...own, tags: [...own.tags] }];
}

class MapWords implements MemoryWordIndex {
  readonly #data: Opened;

  constructor(data: Opened) {
    this.#data = data;
  }

  search(query: string, limit: number, allowed: AllowedRows): PartHit[] {
    return [...CountedWords.scores(query, this.#worded(allowed))]
      .map(([{ part }, score]) => ({ partId: part.partId, rowId: part.rowId, score }))
      .sort(byScore)
      .slice(0, limit);
  }

  /** Nothing stands beside anything here. */
  marks(query: string, partIds: readonly number[], allowed: AllowedRows): MemoryMarks {
    const all = this.#worded(allowed);
    const asked = partIds.map((id) =>
      this.#data()
        .worded()
        .find(({ part }) => part.partId === id),
    );
    const scores = new Map(
      [...CountedWords.scores(query, all)].map(([{ part }, score]) => [part.partId, score]),
    );
    const { marks, weights } = CountedWords.marks(
      query,
      asked.map((one) => one?.words),
      all.map(({ words }) => words),
    );
    return {
      marks,
      weights,
      besides: marks.map((own) => new Uint8Array(own.length)),
      scores: Float64Array.from(partIds, (id) => scores.get(id) ?? 0),
    };
  }

  #worded(allowed: AllowedRows): ReturnType<MemoryData["worded"]> {
    return this.#data()
      .worded()
      .filter(({ part }) => allowed.has(part.rowId));
  }
}

function byScore(a: PartHit, b: PartHit): number {
  return b.score - a.score || a.partId - b.partId;
}

class MapPartVectors implements MemoryVectorIndex {
  readonly #data: Opened;
  #own: ModelName | undefined;

  constructor(data: Opened) {
    this.#data = data;
  }

  model(): ModelName | undefined {
    return this.#data().model;
  }

  modelFolder(): string | undefined {
    return undefined;
  }

  count(): number {
    return this.#data().vectors.size;
  }

  claimModel(model: ModelName): void {
    const data = this.#data();
    this.#own = model;
    if (this.#areOthers) return;
    data.model = { ...model };
    for (const partId of data.parts.keys()) {
      if (!data.pending.has(partId) && !data.vectors.has(partId)) data.pending.set(partId, 0);
    }
  }

  /** There are vectors, and they are of another model than what runs here. */
  get #areOthers(): boolean {
    const { model, vectors } = this.#data();
    if (model === undefined || this.#own === undefined || vectors.size === 0) return false;
    return !areSameVectors(model, this.#own);
  }

  pending(after: number, limit: number, notedBefore: number): number[] {
    const { pending, parts, rows } = this.#data();
    const isHidden = (id: number): boolean =>
      rows.get(parts.get(id)?.rowId ?? 0)?.deleted !== undefined;
    return [...pending]
      .filter(([id, noted]) => id > after && noted <= notedBefore && !isHidden(id))
      .map(([id]) => id)
      .sort((a, b) => a - b)
      .slice(0, limit);
  }

  pendingOf(rowIds: readonly number[]): number[] {
    const { pending, parts } = this.#data();
    return [...parts.values()]
      .filter(({ partId, rowId }) => pending.has(partId) && rowIds.includes(rowId))
      .map(({ partId }) => partId);
  }

  countPending(allowed: AllowedRows): number {
    const { pending, parts } = this.#data();
    if (this.#areOthers) return allowed.count;
    const rowIds = new Set([...pending.keys()].map((id) => parts.get(id)?.rowId ?? 0));
    return [...rowIds].filter((id) => allowed.has(id)).length;
  }

  partTexts(partIds: readonly number[]): { partId: number; text: string }[] {
    const data = this.#data();
    return [...data.parts.values()]
      .filter(({ partId }) => partIds.includes(partId))
      .sort((a, b) => a.partId - b.partId)
      .map((part) => ({ partId: part.partId, text: data.textOf(part) }));
  }

  put(partIds: readonly number[], vectors: Float32Array): void {
    const { pending, model, vectors: rows } = this.#data();
    const size = vectors.length / Math.max(1, partIds.length);
    if (model?.dimensions !== size || this.#areOthers) return;
    for (const [row, partId] of partIds.entries()) {
      if (pending.delete(partId)) rows.set(partId, vectors.slice(row * size, (row + 1) * size));
    }
  }

  of(partId: number): Float32Array | undefined {
    return this.#data().vectors.get(partId);
  }

  each(partIds: readonly number[]): (Float32Array | undefined)[] {
    return partIds.map((partId) => this.of(partId));
  }

  async search({ vector, limit, allowed }: VectorRequest): Promise<PartHit[]> {
    const { vectors, parts } = this.#data();
    if (lengthOf(vector) === 0 || this.#areOthers) return [];
    return [...vectors]
      .map(([partId, own]) => {
        const rowId = parts.get(partId)?.rowId ?? 0;
        return { partId, rowId, score: cosine(vector, own) };
      })
      .filter(({ rowId, score }) => !Number.isNaN(score) && allowed.has(rowId))
      .sort(byScore)
      .slice(0, limit);
  }

  cosines(vector: Float32Array, partIds: readonly number[]): Float32Array {
    const { vectors } = this.#data();
    return Float32Array.from(partIds, (id) =>
      cosine(vector, vectors.get(id) ?? new Float32Array(0)),
    );
  }
}

class MapRelations implements MemoryRelations {
  readonly #data: Opened;

  constructor(data: Opened) {
    this.#data = data;
  }

  addNote(key: string, at: number, what: string): void {
    this.#data().notes.push({ key, at, what });
  }

  notes(key: string): { at: number; what: string }[] {
    return this.#data()
      .notes.filter((note) => note.key === key)
      .map(({ at, what }) => ({ at, what }));
  }

  link(from: string, to: string, relation: string, at: number): void {
    const { links } = this.#data();
    const isSame = (one: Link): boolean =>
      one.from === from && one.to === to && one.relation === relation;
    if (!links.some(isSame)) links.push({ from, to, relation, at });
  }

  links(keys: readonly string[]): Link[] {
    const order = ({ from, to, relation }: Link): string => [from, to, relation].join("\0");
    return this.#data()
      .links.filter(({ from }) => keys.includes(from))
      .sort((a, b) => (order(a) < order(b) ? -1 : 1));
  }

  unlink(from: string, to: string, relation: string): void {
    const data = this.#data();
    data.links = data.links.filter(
      (one) => one.from !== from || one.to !== to || one.relation !== relation,
    );
  }

  linksTo(keys: readonly string[]): Link[] {
    const all = this.links([...new Set(this.#data().links.map(({ from }) => from))]);
    return all.filter(({ to }) => keys.includes(to));
  }

  linksOf(
    relation: string,
    after: { from: string; to: string } | undefined,
    limit: number,
  ): { from: string; to: string }[] {
    const place = (one: { from: string; to: string }): string => `${one.from}\0${one.to}`;
    return this.#data()
      .links.filter((one) => one.relation === relation)
      .filter((one) => after === undefined || place(one) > place(after))
      .sort((a, b) => (place(a) < place(b) ? -1 : 1))
      .slice(0, limit)
      .map(({ from, to }) => ({ from, to }));
  }

  anchored(after: string, limit: number): string[] {
    return [...this.#data().anchors]
      .filter(([key, anchors]) => key > after && anchors.length > 0)
      .map(([key]) => key)
      .sort()
      .slice(0, limit);
  }

  successor(key: string): string | undefined {
    return this.#data()
      .links.filter((one) => one.to === key)
      .filter(({ relation }) => relation === "supersedes" || relation === "merged")
      .sort((a, b) => b.at - a.at)[0]?.from;
  }

  setAnchors(key: string, anchors: readonly StoredAnchor[]): void {
    this.#data().anchors.set(key, [...anchors]);
  }

  anchors(keys: readonly string[]): (StoredAnchor & { key: string })[] {
    const { anchors } = this.#data();
    return [...new Set(keys)].flatMap((key) =>
      (anchors.get(key) ?? []).map((anchor) => ({ key, ...anchor })),
    );
  }

  countUse(keys: readonly string[], at: number): void {
    const { uses } = this.#data();
    for (const key of keys) {
      const known = uses.get(key) ?? { count: 0, at };
      uses.set(key, { count: known.count + 1, at: Math.max(known.at, at) });
    }
  }

  uses(keys: readonly string[]): Map<string, { count: number; at: number }> {
    const { uses } = this.#data();
    return new Map([...uses].filter(([key]) => keys.includes(key)));
  }
}

class MapRemoval implements MemoryRemoval {
  readonly #data: Opened;

  constructor(data: Opened) {
    this.#data = data;
  }

  mark(keys: readonly string[], at: number, why: string): void {
    for (const key of keys) {
      const rows = this.#data()
        .versions(key)
        .filter(({ deleted }) => deleted === undefined);
      for (const row of rows) row.deleted = at;
      if (rows.length > 0) this.#log(key, at, why);
    }
  }

  unmark(key: string): void {
    for (const row of this.#data().versions(key)) row.deleted = undefined;
    this.#unlog(key);
  }

  markedAt(at: number): string[] {
    const rows = this.#data()
      .sorted()
      .filter(({ deleted }) => deleted === at);
    return [...new Set(rows.map(({ key }) => key))];
  }

  erase(keys: readonly string[], at: number, why: string | undefined): void {
    const data = this.#data();
    for (const key of keys) {
      if (why !== undefined) {
        this.#unlog(key);
        this.#log(key, at, why);
      }
      const rowIds = data.versions(key).map(({ rowId }) => rowId);
      for (const { partId, rowId } of data.parts.values()) {
        if (!rowIds.includes(rowId)) continue;
        for (const table of [data.parts, data.vectors, data.pending]) table.delete(partId);
      }
      for (const rowId of rowIds) data.rows.delete(rowId);
      data.links = data.links.filter(({ from, to }) => from !== key && to !== key);
      data.notes = data.notes.filter((note) => note.key !== key);
      data.anchors.delete(key);
      data.uses.delete(key);
    }
  }

  truncateLog(): boolean {
    this.#data();
    return true;
  }

  dropCopies(): void {}

  removed(limit: number): RemovedMemory[] {
    return this.#data().removed.toReversed().slice(0, limit);
  }

  collectable(when: CollectableBefore): Collectable {
    const data = this.#data();
    const keys = (fits: (row: MemoryRow) => boolean): string[] => [
      ...new Set(
        data
          .sorted()
          .filter(fits)
          .map(({ key }) => key),
      ),
    ];
    const isBefore = (at: number | undefined, than: number): boolean =>
      at !== undefined && at <= than;
    const canGo = ({ deleted, pinned }: MemoryRow): boolean => deleted === undefined && !pinned;
    return {
      deleted: keys(({ deleted }) => isBefore(deleted, when.deletedBefore)),
      expired: keys(
        (row) => canGo(row) && row.until === undefined && isBefore(row.expires, when.expiredBefore),
      ),
      superseded: keys(
        (row) =>
          canGo(row) && row.ended === "superseded" && isBefore(row.until, when.supersededBefore),
      ),
    };
  }

  size(namespace: string): { memories: number; bytes: number } {
    const rows = this.#data()
      .current()
      .filter((row) => row.namespace === namespace);
    return { memories: rows.length, bytes: bytesOf(rows) };
  }

  leastWorth(namespace: string, limit: number): { key: string; bytes: number }[] {
    const { uses } = this.#data();
    const used = ({ key }: MemoryRow): number => uses.get(key)?.count ?? 0;
    return this.#data()
      .current()
      .filter((row) => row.namespace === namespace && !row.pinned)
      .sort((a, b) => a.importance - b.importance || used(a) - used(b) || a.rowId - b.rowId)
      .slice(0, limit)
      .map((row) => ({ key: row.key, bytes: bytesOf([row]) }));
  }

  #log(key: string, at: number, why: string): void {
    const namespace = this.#data().versions(key)[0]?.namespace;
    if (namespace !== undefined) this.#data().removed.push({ key, namespace, at, why });
  }

  #unlog(key: string): void {
    const data = this.#data();
    data.removed = data.removed.filter((one) => one.key !== key);
  }
}

class MapTotals implements FootprintFacts {
  readonly #data: Opened;

  constructor(data: Opened) {
    this.#data = data;
  }

  counts(): MemoryCounts {
    const data = this.#data();
    const current = data.current();
    const deleted = data.sorted().filter((row) => row.deleted !== undefined);
    const names = [...new Set(current.map(({ namespace }) => namespace))].sort();
    return {
      memories: current.length,
      deleted: new Set(deleted.map(({ key }) => key)).size,
      pendingParts: data.pending.size,
      bytesOnDisk: 0,
      namespaces: names.map((namespace) => {
        const rows = current.filter((row) => row.namespace === namespace);
        return { namespace, memories: rows.length, bytes: bytesOf(rows) };
      }),
    };
  }

  secret(): string {
    this.#data();
    return "known to all who read this";
  }
}

/** Where the data lies: a write that fails puts back what was. */
export interface MemoryHolder {
  data: MemoryData;
}

export class MapMemories implements MemoryStore {
  readonly path = ":memory:";
  readonly rows: MemoryTable;
  readonly scope: MemoryScope;
  readonly words: MemoryWordIndex;
  readonly vectors: MemoryVectorIndex;
  readonly next: NextPartVectors;
  readonly relations: MemoryRelations;
  readonly removal: MemoryRemoval;
  readonly facts: FootprintFacts;
  readonly isReplaced = false;
  readonly residentBytes = 0;
  readonly residentRows = 0;
  readonly #holder: MemoryHolder;
  #isOpen = true;

  constructor(holder: MemoryHolder = { data: new MemoryData() }) {
    this.#holder = holder;
    const opened = (): MemoryData => this.#opened();
    this.rows = new MapRows(opened);
    this.scope = new MapScope(opened);
    this.words = new MapWords(opened);
    this.vectors = new MapPartVectors(opened);
    this.next = new MapNext<MemoryData>(opened, (data) =>
      [...data.parts.values()].map((part) => ({ id: part.partId, text: data.textOf(part) })),
    );
    this.relations = new MapRelations(opened);
    this.removal = new MapRemoval(opened);
    this.facts = new MapTotals(opened);
  }

  write<T>(_doing: string, work: () => T): T {
    const before = Object.assign(new MemoryData(), structuredClone({ ...this.#opened() }));
    try {
      return work();
    } catch (error) {
      this.#holder.data = before;
      throw error;
    }
  }

  writeLightly<T>(doing: string, work: () => T): T {
    return this.write(doing, work);
  }

  async tidy(): Promise<void> {}

  dropResident(): void {}

  close(): void {
    this.#isOpen = false;
  }

  #opened(): MemoryData {
    if (this.#isOpen) return this.#holder.data;
    throw new HaypileError("HAYPILE_CLOSED", "The memories were closed before. Open them again.");
  }
}
