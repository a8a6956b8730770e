/*
 * The memories as one recall reads them: what it has read once it does not ask for again, and what it is about to need comes
 * along, since each question is a way to the server and back. All of it is as of the look that the recall began with, or newer.
 */
import { yieldToEventLoop } from "../../../../base/yield.ts";
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
import { type Ahead, mostPendingLookedAt, type PgRowSource } from "../rows/row-source.ts";
import type { PgPartVectors } from "../vectors/part-vectors.ts";
import { type AskedVector, type ReadPart, readParts, type WantedPart } from "./candidates.ts";
import { type Details, detailsOf } from "./details.ts";

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

/** The length of a part is known up to here. */
const longestHeld = 65_535;
/** Rows that are read to see whether they have a vector by now. */
const mostCome = 40;

interface Known {
  text: string;
  parts: StoredPart[];
  /** Of the few that are looked at closer. */
  row?: MemoryRow | undefined;
}

/** Of no more rows the vectors are read with their details. */
const mostDetailed = 40;
/** Of longer texts no vectors are compared with each other. */
const longestCompared = 600;

export class PgQuestion implements RecallStore {
  readonly rows: RecallStore["rows"];
  readonly scope: RecallStore["scope"];
  readonly words: RecallStore["words"];
  readonly vectors: RecallStore["vectors"];
  readonly relations: RecallStore["relations"];
  readonly write: RecallStore["write"];
  readonly #parts: QuestionParts;
  /** Undefined: it is not there any more. */
  readonly #known = new Map<number, Known | undefined>();
  readonly #cosines = new Map<number, number>();
  /** What stands beside memories that were looked at closer, by their keys. */
  readonly #beside = new Map<string, Details>();
  /** Of their parts; undefined: it has none. */
  readonly #vectors = new Map<number, Float32Array | undefined>();
  /** The look that is to be followed. */
  #ahead: Ahead | undefined;
  /** The look that was followed: rows that are held are as of it. */
  #isFollowed = false;
  #pending: readonly number[] | undefined;
  #vector: Float32Array | undefined;
  /** Rows that are about the nearest by what is held here. */
  #near: readonly number[] = [];
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
      each: (partIds) => run(() => this.#vectorsOf(partIds)),
      cosines: (vector, partIds) => run(() => this.#cosinesOf(vector, partIds)),
      countPending: (allowed) => run(() => this.#countPending(allowed)),
    };
    this.relations = {
      ...roles.relations,
      links: (keys) =>
        this.#areKnown(keys)
          ? keys.toSorted().flatMap((key) => this.#beside.get(key)?.links ?? [])
          : roles.relations.links(keys),
      uses: (keys) => (this.#areKnown(keys) ? this.#usesOf(keys) : roles.relations.uses(keys)),
      anchors: (keys) => {
        const hasNone =
          this.#areKnown(keys) && keys.every((key) => !this.#beside.get(key)?.hasAnchors);
        return hasNone ? [] : roles.relations.anchors(keys);
      },
    };
  }

  /** As the words ask for them: their rows are candidates. */
  partTexts(partIds: readonly number[]): { partId: number; text: string }[] {
    const { resident } = this.#parts;
    const unknown = partIds.filter((partId) => resident.slotOfPart(partId) === -1);
    const rowIds = this.#rowsOf(partIds);
    // What is near by meaning comes along, and how near all of it is.
    const rows = [...new Set([...rowIds, ...this.#near])];
    this.#read(rows, this.#near.length === 0 ? undefined : this.#askedVector());
    const wanted = new Set(partIds);
    const texts = rowIds.flatMap((rowId) => {
      const { text = "", parts = [] } = this.#known.get(rowId) ?? {};
      return parts
        .filter(({ partId }) => wanted.has(partId))
        .map(({ partId, start, end }) => ({ partId, text: text.slice(start, end) }));
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

  async #search(request: VectorRequest): Promise<PartHit[]> {
    const { roles, run, partVectors } = this.#parts;
    // Once more in one recall: the vectors were exchanged, and what was read of them is of those before.
    if (this.#vector !== undefined) this.#pending = undefined;
    this.#cosines.clear();
    this.#vectors.clear();
    this.#vector = request.vector;
    const near = run(() => partVectors.near(request));
    const come = near && this.#withoutPending(near.missing);
    if (near === undefined || come === undefined || come.length > mostCome) {
      return await roles.vectors.search(request);
    }
    const partIds = [...near.parts, ...come];
    this.#near = this.#rowsOf(partIds);
    // Words that are looked up meanwhile read these rows with their own.
    await yieldToEventLoop();
    const { isOfModel } = run(() => this.#read(this.#near, this.#askedVector()));
    this.#near = [];
    if (!isOfModel) return await roles.vectors.search(request);
    const cosines = run(() => this.#cosinesOf(request.vector, partIds));
    partVectors.saw(come.filter((_, at) => !Number.isNaN(cosines[near.parts.length + at])));
    return this.#hits(partIds, cosines, request.limit);
  }

  /** Of parts whose vector is not held here those that are not known to wait for one. Undefined: too many wait. */
  #withoutPending(missing: readonly number[]): number[] | undefined {
    if (missing.length === 0) return [];
    const pending = this.#pending;
    if (pending === undefined || pending.length >= mostPendingLookedAt) return undefined;
    const waiting = new Set(pending);
    const { resident } = this.#parts;
    return missing.filter((partId) => {
      const slot = resident.slotOfPart(partId);
      return slot !== -1 && !waiting.has(resident.rowIds[slot] as number);
    });
  }

  #hits(partIds: readonly number[], cosines: Float32Array, limit: number): PartHit[] {
    const { resident } = this.#parts;
    const hits = partIds.flatMap((partId, at): PartHit[] => {
      const score = cosines[at] as number;
      const slot = resident.slotOfPart(partId);
      if (Number.isNaN(score) || slot === -1) return [];
      return [{ partId, rowId: resident.rowIds[slot] as number, score }];
    });
    return hits.sort((a, b) => b.score - a.score || a.partId - b.partId).slice(0, limit);
  }

  #rowsOf(partIds: readonly number[]): number[] {
    const { resident } = this.#parts;
    const slots = partIds.map((partId) => resident.slotOfPart(partId)).filter((at) => at !== -1);
    return [...new Set(slots.map((slot) => resident.rowIds[slot] as number))];
  }

  /** Undefined: there is no question by meaning, or the vectors are of another model. */
  #askedVector(): AskedVector | undefined {
    const { partVectors } = this.#parts;
    const vector = this.#vector;
    const isOfModel = vector !== undefined && partVectors.dimensions === vector.length;
    return isOfModel ? { vector, note: partVectors.noteSeen() } : undefined;
  }

  #areKnown(keys: readonly string[]): boolean {
    return keys.every((key) => this.#beside.has(key));
  }

  #usesOf(keys: readonly string[]): Map<string, { count: number; at: number }> {
    const found = keys.flatMap((key) => {
      const use = this.#beside.get(key)?.use;
      return use === undefined ? [] : [[key, use] as const];
    });
    return new Map(found);
  }

  #vectorsOf(partIds: readonly number[]): (Float32Array | undefined)[] {
    const missing = partIds.filter((partId) => !this.#vectors.has(partId));
    const found = missing.length === 0 ? [] : this.#parts.roles.vectors.each(missing);
    for (const [at, partId] of missing.entries()) this.#vectors.set(partId, found[at]);
    return partIds.map((partId) => this.#vectors.get(partId));
  }

  #get(rowIds: readonly number[]): MemoryRow[] {
    const { link, resident, source, roles } = this.#parts;
    const others = rowIds.filter((rowId) => !this.#known.has(rowId));
    const slots = new Map(rowIds.map((rowId) => [rowId, resident.slot(rowId)]));
    const namespaceOf = (rowId: number) => resident.namespaces[slots.get(rowId) ?? -1];
    const names = source.namespaceNames(rowIds.flatMap((rowId) => namespaceOf(rowId) ?? []));
    const wanted = rowIds.flatMap((rowId) => {
      const known = this.#known.get(rowId);
      const namespaceId = namespaceOf(rowId);
      const namespace = namespaceId === undefined ? undefined : names.get(namespaceId);
      if (known === undefined || known.row !== undefined) return [];
      if (namespaceId === undefined || namespace === undefined) {
        // What is held of the rows was dropped meanwhile.
        others.push(rowId);
        return [];
      }
      const { text, parts } = known;
      const isCompared = parts.length === 1 && text.length <= longestCompared;
      const partId = isCompared ? parts[0]?.partId : undefined;
      return [{ rowId, namespaceId, namespace, text, partId }];
    });
    for (const one of wanted.slice(mostDetailed)) one.partId = undefined;
    for (const { partId } of wanted) if (partId !== undefined) this.#vectors.set(partId, undefined);
    for (const one of wanted.length === 0 ? [] : detailsOf(link, wanted)) {
      const known = this.#known.get(one.row.rowId) as Known;
      known.row = one.row;
      this.#beside.set(one.row.key, one);
      const [part] = known.parts;
      if (part !== undefined && one.vector !== undefined) {
        this.#vectors.set(part.partId, one.vector);
      }
    }
    const found = others.length === 0 ? [] : roles.rows.get(others);
    const byId = new Map(found.map((row) => [row.rowId, row]));
    return rowIds.flatMap((rowId) => this.#known.get(rowId)?.row ?? byId.get(rowId) ?? []);
  }

  /** The rows of these come along, and their cosines where the question has a vector. */
  #partsOf(rowIds: readonly number[]): StoredPart[] {
    this.#read(rowIds, this.#askedVector());
    return rowIds
      .flatMap((rowId) => this.#known.get(rowId)?.parts ?? [])
      .sort((a, b) => a.partId - b.partId);
  }

  /** `isOfModel` is false where cosines are not to be had. */
  #read(rowIds: readonly number[], asked: AskedVector | undefined): { isOfModel: boolean } {
    const { link, resident } = this.#parts;
    const wanted: WantedPart[] = [];
    const elsewhere: number[] = [];
    for (const rowId of rowIds) {
      const known = this.#known.get(rowId);
      const isKnown = this.#known.has(rowId);
      const hasCosines = known?.parts.every(({ partId }) => this.#cosines.has(partId)) ?? true;
      if (isKnown && (asked === undefined || hasCosines)) continue;
      const slot = resident.slot(rowId);
      const partIds = slot === -1 ? undefined : resident.partsOf(slot);
      if (partIds === undefined) {
        if (!isKnown) elsewhere.push(rowId);
        continue;
      }
      const namespaceId = resident.namespaces[slot] as number;
      for (const [at, partId] of partIds.entries()) {
        const isAmongOthers = !isKnown && partIds.length > 1;
        wanted.push({ partId, rowId, namespaceId, withText: !isKnown && at === 0, isAmongOthers });
      }
    }
    if (wanted.length === 0) {
      this.#readElsewhere(elsewhere);
      return { isOfModel: asked !== undefined && this.#isSameModel };
    }
    const { parts, isSameModel } = readParts(link, wanted, asked);
    const read = new Map(parts.map((part) => [part.partId, part]));
    elsewhere.push(...this.#keep(wanted, read, asked !== undefined));
    if (!isSameModel && asked !== undefined) this.#isSameModel = false;
    this.#readElsewhere(elsewhere);
    return { isOfModel: asked !== undefined && isSameModel };
  }

  /** @returns rows whose only part is not all of their text: where it stands has to be asked */
  #keep(
    wanted: readonly WantedPart[],
    read: ReadonlyMap<number, ReadPart>,
    hasCosines: boolean,
  ): number[] {
    const { resident } = this.#parts;
    const others: number[] = [];
    for (const { partId, rowId, withText, isAmongOthers } of wanted) {
      const part = read.get(partId);
      if (hasCosines) this.#cosines.set(partId, part?.cosine ?? Number.NaN);
      if (withText) {
        const text = part?.text;
        this.#known.set(rowId, text === undefined ? undefined : { text, parts: [] });
      }
      const known = this.#known.get(rowId);
      if (isAmongOthers && part?.start !== undefined && part.end !== undefined) {
        known?.parts.push({ partId, rowId, start: part.start, end: part.end });
      }
      if (!withText || isAmongOthers || known === undefined) continue;
      const { length } = known.text;
      if (length === resident.lengthOfPart(partId) && length < longestHeld) {
        known.parts.push({ partId, rowId, start: 0, end: length });
      } else others.push(rowId);
    }
    return others;
  }

  #readElsewhere(rowIds: readonly number[]): void {
    if (rowIds.length === 0) return;
    const { roles } = this.#parts;
    const parts = roles.rows.parts(rowIds);
    const unknown = rowIds.filter((rowId) => this.#known.get(rowId) === undefined);
    const rows = new Map(
      (unknown.length === 0 ? [] : roles.rows.get(unknown)).map((row) => [row.rowId, row]),
    );
    for (const rowId of rowIds) {
      const row = rows.get(rowId);
      const text = this.#known.get(rowId)?.text ?? row?.text;
      const own = parts.filter((part) => part.rowId === rowId);
      this.#known.set(rowId, text === undefined ? undefined : { text, parts: own, row });
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
}
