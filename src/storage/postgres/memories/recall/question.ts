/*
 * The memories as one recall reads them: what it has read once it does not ask for again, and what it is about to need comes
 * along, since each question is a way to the server and back. All of it is as of the look that the recall began with, or newer.
 */
import type {
  AllowedRows,
  MemoryRow,
  PartHit,
  RecallStore,
  RowFilter,
  StoredPart,
  VectorRequest,
} from "../../../../ports/memory-rows.ts";
import type { RowFilters } from "../../../shared/rows/filter.ts";
import type { ResidentRows } from "../../../shared/rows/resident.ts";
import type { PgLink } from "../../link/link.ts";
import type { Ahead, PgRowSource } from "../rows/row-source.ts";
import type { PgPartVectors } from "../vectors/part-vectors.ts";
import { type Beside, besideOf } from "./beside.ts";
import { type AskedVector, type WholeRow, wholeRows } from "./whole-rows.ts";

export interface QuestionParts {
  link: PgLink;
  source: PgRowSource;
  resident: ResidentRows;
  filters: RowFilters;
  partVectors: PgPartVectors;
  /** The store's own roles, guarded. */
  roles: RecallStore;
  /** Runs a read so that its errors are told as the store tells them. */
  run<T>(work: () => T): T;
  /** Runs words, which ask partTexts() of this question meanwhile. */
  reading<T>(question: PgQuestion, work: () => T): T;
}

interface Known {
  row: MemoryRow | undefined;
  parts: StoredPart[];
}

export class PgQuestion implements RecallStore {
  readonly rows: RecallStore["rows"];
  readonly scope: RecallStore["scope"];
  readonly words: RecallStore["words"];
  readonly vectors: RecallStore["vectors"];
  readonly relations: RecallStore["relations"];
  readonly write: RecallStore["write"];
  readonly #parts: QuestionParts;
  readonly #known = new Map<number, Known>();
  readonly #cosines = new Map<number, number>();
  readonly #beside = new Map<string, Beside>();
  /** The look that is to be followed. */
  #ahead: Ahead | undefined;
  /** The look that was followed: rows that are held are as of it. */
  #isFollowed = false;
  #pending: readonly number[] | undefined;
  #vector: Float32Array | undefined;
  /** The model's note was compared since it was read. */
  #isSameModel = false;

  constructor(parts: QuestionParts) {
    const { roles, run, reading } = parts;
    this.#parts = parts;
    this.write = roles.write;
    this.rows = {
      ...roles.rows,
      get: (rowIds) => run(() => this.#get(rowIds)),
      parts: (rowIds) => run(() => this.#partsOf(rowIds)),
    };
    this.scope = {
      ...roles.scope,
      prepare: () => this.#prepare(),
      allowed: (filter) => run(() => this.#allowed(filter)),
    };
    this.words = {
      search: (...given) => reading(this, () => roles.words.search(...given)),
      marks: (...given) => reading(this, () => roles.words.marks(...given)),
    };
    this.vectors = {
      ...roles.vectors,
      model: () => run(() => this.#model()),
      search: (request) => this.#search(request),
      cosines: (vector, partIds) => run(() => this.#cosinesOf(vector, partIds)),
      countPending: (allowed) => run(() => this.#countPending(allowed)),
    };
    this.relations = {
      ...roles.relations,
      links: (keys) => (keys.length === 0 ? [] : run(() => this.#besideOf(keys).links)),
      uses: (keys) => (keys.length === 0 ? new Map() : run(() => this.#besideOf(keys).uses)),
      anchors: (keys) => {
        const hasSome = keys.length > 0 && run(() => this.#besideOf(keys).hasAnchors);
        return hasSome ? roles.relations.anchors(keys) : [];
      },
    };
  }

  /** As the words ask for them: the rows that they stand in are candidates, so these come whole. */
  partTexts(partIds: readonly number[]): { partId: number; text: string }[] {
    const { resident } = this.#parts;
    const rowIds = new Set<number>();
    const unknown: number[] = [];
    for (const partId of partIds) {
      const slot = resident.slotOfPart(partId);
      if (slot === -1) unknown.push(partId);
      else rowIds.add(resident.rowIds[slot] as number);
    }
    this.#read([...rowIds], undefined);
    const wanted = new Set(partIds);
    const texts = [...rowIds].flatMap((rowId) => {
      const { row, parts = [] } = this.#known.get(rowId) ?? { row: undefined };
      if (row === undefined) return [];
      return parts
        .filter(({ partId }) => wanted.has(partId))
        .map(({ partId, start, end }) => ({ partId, text: row.text.slice(start, end) }));
    });
    const others = unknown.length === 0 ? [] : this.#parts.roles.vectors.partTexts(unknown);
    return [...texts, ...others].sort((a, b) => a.partId - b.partId);
  }

  #look(): Ahead {
    const ahead = this.#parts.source.ahead();
    this.#pending = ahead.pending;
    this.#parts.partVectors.noteModel(ahead.note);
    this.#isSameModel = true;
    return ahead;
  }

  /** The first time as of the look; later, whether it still is so. */
  #model(): ReturnType<RecallStore["vectors"]["model"]> {
    const { partVectors, roles } = this.#parts;
    if (this.#ahead === undefined && !this.#isFollowed) this.#ahead = this.#look();
    if (!this.#isSameModel) return roles.vectors.model();
    return partVectors.modelSeen();
  }

  async #prepare(): Promise<void> {
    const { source, resident, roles, run } = this.#parts;
    const ahead = this.#ahead;
    this.#ahead = undefined;
    if (ahead === undefined) return await roles.scope.prepare();
    const loading = source.following(ahead, () => resident.load());
    this.#isFollowed = loading.isFollowed;
    await loading.done.catch((error: unknown) =>
      run(() => {
        throw error;
      }),
    );
  }

  #allowed(filter: RowFilter): AllowedRows {
    const { roles, filters } = this.#parts;
    return this.#isFollowed ? filters.allowed(filter) : roles.scope.allowed(filter);
  }

  #search(request: VectorRequest): Promise<PartHit[]> {
    // Once more in one recall: the vectors were exchanged, and what was read of them is of those before.
    if (this.#vector !== undefined) this.#pending = undefined;
    this.#cosines.clear();
    this.#vector = request.vector;
    return this.#parts.roles.vectors.search(request);
  }

  #get(rowIds: readonly number[]): MemoryRow[] {
    const missing = rowIds.filter((rowId) => !this.#known.has(rowId));
    const others = new Map(
      missing.length === 0
        ? []
        : this.#parts.roles.rows.get(missing).map((row) => [row.rowId, row] as const),
    );
    return rowIds.flatMap((rowId) => this.#known.get(rowId)?.row ?? others.get(rowId) ?? []);
  }

  /** The rows of these come along, and their cosines where the question has a vector. */
  #partsOf(rowIds: readonly number[]): StoredPart[] {
    const { partVectors } = this.#parts;
    const vector = this.#vector;
    const isOfModel = vector !== undefined && partVectors.dimensions === vector.length;
    this.#read(rowIds, isOfModel ? { vector, note: partVectors.noteSeen() } : undefined);
    return rowIds
      .flatMap((rowId) => this.#known.get(rowId)?.parts ?? [])
      .sort((a, b) => a.partId - b.partId);
  }

  #read(rowIds: readonly number[], asked: AskedVector | undefined): void {
    const { link, resident, source, roles } = this.#parts;
    const wanted: { rowId: number; namespaceId: number; isKnown: boolean }[] = [];
    const elsewhere: number[] = [];
    for (const rowId of rowIds) {
      const known = this.#known.get(rowId);
      const hasCosines = known?.parts.every(({ partId }) => this.#cosines.has(partId));
      if (known !== undefined && (asked === undefined || hasCosines === true)) continue;
      const slot = resident.slot(rowId);
      if (slot === -1) elsewhere.push(rowId);
      else {
        const namespaceId = resident.namespaces[slot] as number;
        wanted.push({ rowId, namespaceId, isKnown: known !== undefined });
      }
    }
    if (wanted.length > 0) {
      const names = source.namespaceNames(wanted.map(({ namespaceId }) => namespaceId));
      const { rows, isSameModel } = wholeRows(link, wanted, asked, (id) => names.get(id));
      if (!isSameModel && asked !== undefined) this.#isSameModel = false;
      for (const row of rows) this.#keep(row, asked !== undefined);
    }
    if (elsewhere.length === 0) return;
    const parts = roles.rows.parts(elsewhere);
    for (const row of roles.rows.get(elsewhere)) {
      this.#known.set(row.rowId, {
        row,
        parts: parts.filter(({ rowId }) => rowId === row.rowId),
      });
    }
  }

  #keep({ rowId, row, parts, cosines }: WholeRow, hasCosines: boolean): void {
    const known = this.#known.get(rowId);
    this.#known.set(rowId, { row: row ?? known?.row, parts });
    if (!hasCosines) return;
    for (const [at, { partId }] of parts.entries()) {
      this.#cosines.set(partId, cosines[at] as number);
    }
  }

  #cosinesOf(vector: Float32Array, partIds: readonly number[]): Float32Array {
    const isAsked = vector === this.#vector;
    const missing = partIds.filter((partId) => !isAsked || !this.#cosines.has(partId));
    const others = this.#parts.roles.vectors.cosines(vector, missing);
    const byId = new Map(missing.map((partId, at) => [partId, others[at] as number]));
    return Float32Array.from(
      partIds,
      (partId) => byId.get(partId) ?? this.#cosines.get(partId) ?? Number.NaN,
    );
  }

  #countPending(allowed: AllowedRows): number {
    const { partVectors, roles } = this.#parts;
    const pending = this.#pending;
    return pending === undefined
      ? roles.vectors.countPending(allowed)
      : partVectors.countOf(pending, allowed);
  }

  #besideOf(keys: readonly string[]): Beside {
    const name = keys.join(" ");
    const known = this.#beside.get(name);
    if (known !== undefined) return known;
    const found = besideOf(this.#parts.link, keys);
    this.#beside.set(name, found);
    return found;
  }
}
