import type { ModelName } from "../../../../base/model-name.ts";
import type {
  AllowedRows,
  MemoryVectorIndex,
  PartHit,
  VectorRequest,
} from "../../../../ports/memory-rows.ts";
import type { ScanKernels } from "../../../../ports/vector-scan.ts";
import type { Allowed } from "../../../shared/rows/filter.ts";
import type { ResidentRows } from "../../../shared/rows/resident.ts";
import type { PgLink } from "../../link/link.ts";
import { Graphs } from "../../vectors/graphs.ts";
import { asText, codesSent, scaledCodes } from "../../vectors/halves.ts";
import { mostPendingLookedAt, pendingRows } from "../rows/row-source.ts";
import { Claims, type PartText, type Stored } from "./claims.ts";
import { type HeldBytes, HeldVectors, type Near } from "./held-vectors.ts";
import { OwnModel } from "./own-model.ts";
import { PartSearch } from "./search.ts";

/** What writes go through: all or nothing, one after the other. */
export interface WriteGuard {
  write<T>(doing: string, work: () => T): T;
  run<T>(doing: string, work: () => T): T;
}

export interface PartVectorsParts {
  link: PgLink;
  guard: WriteGuard;
  resident: ResidentRows;
  /** In the order of the ids; those that are gone are left out. */
  partTexts: (partIds: readonly number[]) => PartText[];
  /** Most vectors of a namespace that are compared one by one. */
  comparedUpTo?: number | undefined;
  kernels?: ScanKernels | undefined;
  /** Memory that vectors may take which are held here, bytes. */
  heldBytes?: HeldBytes | undefined;
}

/** Vectors of parts in a team's store, and the parts that wait for one. */
export class PgPartVectors implements MemoryVectorIndex {
  readonly #parts: PartVectorsParts;
  readonly #model: OwnModel;
  readonly #claims: Claims;
  readonly #search: PartSearch;
  readonly #graphs: Graphs;
  readonly #held: HeldVectors;
  #isReader: boolean | undefined;
  #hasClaimed = false;

  constructor(parts: PartVectorsParts) {
    const { link, resident, partTexts, comparedUpTo, kernels } = parts;
    this.#parts = parts;
    this.#model = new OwnModel(link);
    this.#claims = new Claims({ link, model: this.#model, partTexts });
    this.#held = new HeldVectors(link, resident, kernels, parts.heldBytes);
    this.#search = new PartSearch(link, resident, this.#model, this.#held, comparedUpTo);
    this.#graphs = new Graphs(link, "memory", comparedUpTo);
  }

  model(): ModelName | undefined {
    return this.#model.model();
  }

  modelFolder(): string | undefined {
    return this.#model.folder();
  }

  count(): number {
    return this.#number("SELECT count(*) FROM memory_vectors");
  }

  claimModel(model: ModelName): void {
    this.#model.runs(model);
    if (this.#isClaimed(model) || this.#mayOnlyRead()) return;
    this.#parts.guard.write("tie memories to a model", () => {
      if (this.#isClaimed(model)) return;
      const isSame = this.#model.isOwn(this.#model.read());
      this.#model.set(model);
      if (isSame) return;
      this.#parts.link.send(
        `INSERT INTO memory_pending(part_id, namespace_id, noted)
         SELECT id, namespace_id, 0 FROM memory_parts
         WHERE namespace_id IN (SELECT writable_namespaces()) ON CONFLICT DO NOTHING`,
      );
    });
  }

  /** Those that this client is to embed: no other one is given them meanwhile. */
  pending(after: number, limit: number, notedBefore: number): number[] {
    if (this.#mayOnlyRead()) return [];
    this.#hasClaimed = true;
    return this.#claims.next(after, limit, notedBefore);
  }

  pendingOf(rowIds: readonly number[]): number[] {
    if (rowIds.length === 0 || this.#mayOnlyRead()) return [];
    this.#hasClaimed = true;
    return this.#claims.of(rowIds);
  }

  countPending(allowed: AllowedRows): number {
    const [row] = this.#parts.link.lists(
      `SELECT (SELECT value FROM memory_meta WHERE name = 'model'), ${pendingRows}`,
      [mostPendingLookedAt],
      { name: "memory-pending-rows" },
    );
    const [note, rows = []] = (row ?? []) as [string | null, number[]?];
    this.#model.note(note ?? undefined);
    return this.countOf(rows, allowed);
  }

  /** Of rows with a part that waits, as they were read with the note of the model. */
  countOf(rows: readonly number[], allowed: AllowedRows): number {
    if (this.#areOthers()) return allowed.count;
    if (rows.length < mostPendingLookedAt) return rows.filter((id) => allowed.has(id)).length;
    return Math.min(allowed.count, this.#number("SELECT count(*) FROM memory_pending"));
  }

  /** The note of the model was read elsewhere. */
  noteModel(note: string | undefined): void {
    this.#model.note(note);
  }

  noteSeen(): string | undefined {
    return this.#model.seen;
  }

  /** As model(), by the note that was seen last. */
  modelSeen(): ModelName | undefined {
    return this.#model.modelSeen();
  }

  /** Of the vectors, where they are of the model that runs here. */
  get dimensions(): number | undefined {
    return this.#model.dimensions;
  }

  partTexts(partIds: readonly number[]): PartText[] {
    return this.#parts.partTexts(partIds);
  }

  put(partIds: readonly number[], vectors: Float32Array): void {
    const put = (): Stored => this.#claims.put(partIds, vectors);
    const stored = this.#parts.guard.run("store vectors of memories", put);
    for (const [namespace, count] of stored) this.#graphs.noteStored(namespace, count);
  }

  of(partId: number): Float32Array | undefined {
    return this.each([partId])[0];
  }

  each(partIds: readonly number[]): (Float32Array | undefined)[] {
    if (partIds.length === 0) return [];
    const found = this.#parts.link.lists(
      "SELECT part_id, scale, halfvec_send(v) FROM memory_vectors WHERE part_id = ANY($1::int8[])",
      [partIds],
      { name: "memory-vectors-of" },
    ) as [number, number, Uint8Array][];
    const byId = new Map(
      found.map(([partId, scale, sent]) => [partId, scaledCodes(codesSent(sent), scale)]),
    );
    return partIds.map((partId) => byId.get(partId));
  }

  search({ vector, limit, allowed }: VectorRequest): Promise<PartHit[]> {
    return this.#search.search(vector, limit, allowed as Allowed);
  }

  /** What is held here says which are about the nearest; undefined: search() asks the server. */
  near({ vector, limit, allowed }: VectorRequest): Near | undefined {
    return this.#search.near(vector, limit, allowed as Allowed);
  }

  /** These parts have a vector, as was read elsewhere. */
  saw(partIds: readonly number[]): void {
    this.#held.saw(partIds);
  }

  /** Memory of the vectors that are held here, bytes. */
  get bytes(): number {
    return this.#held.bytes;
  }

  dropHeld(): void {
    this.#held.drop();
  }

  cosines(vector: Float32Array, partIds: readonly number[]): Float32Array {
    const result = new Float32Array(partIds.length).fill(Number.NaN);
    if (partIds.length === 0 || this.#model.dimensions !== vector.length) return result;
    const { resident, link } = this.#parts;
    const namespaces = partIds.map((id) => {
      const slot = resident.slotOfPart(id);
      return slot === -1 ? null : (resident.namespaces[slot] as number);
    });
    // Where the namespace of a part is known, one partition is looked into.
    const areKnown = namespaces.every((namespace) => namespace !== null);
    const rows = link.lists(
      `SELECT a.place, (-(v::vector <#> $1::vector) * scale)::real
       FROM unnest($2::int4[], $3::int8[]) WITH ORDINALITY AS a(namespace, id, place)
       JOIN memory_vectors ON part_id = a.id${areKnown ? " AND namespace_id = a.namespace" : ""}
       WHERE scale > 0 AND vector_dims(v) = $4
         AND (SELECT value FROM memory_meta WHERE name = 'model') = $5`,
      [asText(vector), namespaces, [...partIds], vector.length, this.#model.seen ?? null],
      { name: areKnown ? "memory-cosines" : "memory-cosines-anywhere" },
    );
    if (rows.length === 0) this.#model.read();
    for (const [place, cosine] of rows) result[(place as number) - 1] = cosine as number;
    return result;
  }

  /** Resolves when graphs that came to be due are made, and vectors to be held are read. */
  async settled(): Promise<void> {
    await this.#graphs.settled();
    await this.#held.settled();
  }

  /** Others may embed what this client has not. Best done before the link is closed; a lease ends by itself. */
  close(): void {
    this.#held.drop();
    if (!this.#hasClaimed) return;
    this.#hasClaimed = false;
    try {
      this.#claims.release();
    } catch {
      // The server is away.
    }
  }

  /** There are vectors, and they are of another model than what runs here. */
  #areOthers(): boolean {
    const { own, seen } = this.#model;
    return own !== undefined && !this.#model.isOwn(seen) && this.#hasVectors();
  }

  /** Nothing need be written to say that this model runs here. */
  #isClaimed(model: ModelName): boolean {
    const note = this.#model.read();
    if (note === this.#model.noteOf(model)) return true;
    return note !== undefined && !this.#model.isOwn(note) && this.#hasVectors();
  }

  #hasVectors(): boolean {
    const [row] = this.#parts.link.lists("SELECT memory_has_vectors()");
    return row?.[0] === true;
  }

  #mayOnlyRead(): boolean {
    if (this.#isReader === undefined) {
      this.#isReader = this.#parts.link.lists("SELECT is_reader_only()")[0]?.[0] === true;
    }
    return this.#isReader;
  }

  #number(sql: string): number {
    return this.#parts.link.lists(sql)[0]?.[0] as number;
  }
}
