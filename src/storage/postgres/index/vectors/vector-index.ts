import type { ModelName } from "../../../../base/model-name.ts";
import type { IndexVectors, ScanReport, ScoredChunk } from "../../../../ports/store.ts";
import type { IndexMeta } from "../../../shared/index-meta.ts";
import { withoutBits } from "../../../sqlite/bits/bit-search.ts";
import { hashOfText } from "../../../sqlite/texts/chunks.ts";
import type { PackedVectors } from "../../../sqlite/vectors/coded-vectors.ts";
import { compareRows } from "../../../sqlite/vectors/similarities.ts";
import { comparedUpTo } from "../../vectors/choice.ts";
import { Graphs } from "../../vectors/graphs.ts";
import { asText, codesOf, rowsOf } from "../../vectors/halves.ts";
import { Looks } from "../../vectors/looks.ts";
import type { Project } from "../project.ts";
import { ChunkSearch } from "./search.ts";

export interface VectorIndexParts {
  project: Project;
  meta: IndexMeta;
  /** Chunks of the project. */
  chunkCount: () => number;
  /** Most vectors that are compared one by one. */
  comparedUpTo?: number | undefined;
  /** Somebody fills it at the moment. */
  isIndexed: () => boolean;
}

type Kind = "model" | "static";

const tables: Readonly<Record<Kind, string>> = {
  model: "code_vectors",
  static: "code_static_vectors",
};

/** Vectors of the chunks of one project. */
export class PgVectorIndex implements IndexVectors {
  readonly #parts: VectorIndexParts;
  readonly #search: ChunkSearch;
  readonly #graphs: Graphs;
  readonly #looks = new Looks();

  constructor(parts: VectorIndexParts) {
    const { project } = parts;
    const upTo = parts.comparedUpTo ?? comparedUpTo;
    this.#parts = parts;
    this.#search = new ChunkSearch(project, upTo);
    this.#graphs = new Graphs(project.link, "code", upTo);
  }

  claimModel(model: ModelName): void {
    const { project, meta, chunkCount } = this.#parts;
    // Most runs find the claim in place and write nothing.
    if (meta.isClaimedBy(model)) return;
    if (meta.model() !== undefined && chunkCount() > 0) meta.checkModel(model);
    project.write(() => meta.claimModel(model, chunkCount() === 0));
  }

  model(): ModelName | undefined {
    return this.#parts.meta.model();
  }

  put(ids: readonly number[], vectors: Float32Array, of?: ModelName): void {
    if (ids.length === 0 && vectors.length === 0) return;
    const { project, meta } = this.#parts;
    const stored = project.write(() => {
      // A migration may have ended while the model was at work.
      if (of !== undefined) meta.checkModel(of);
      const { dimensions } = meta.checkMatrix(ids.length, vectors.length);
      const rows = rowsOf(ids, vectors, dimensions);
      // A chunk may have gone while its text was with the embedder: then there is nothing to store.
      const count = project.link.run(
        `INSERT INTO code_vectors(project, chunk_id, scale, v)
         SELECT $4, a.id, a.scale, a.v::halfvec
         FROM unnest($1::int4[], $2::real[], $3::text[]) AS a(id, scale, v)
         WHERE EXISTS (SELECT FROM code_chunks c WHERE c.project = $4 AND c.id = a.id)
         ON CONFLICT (project, chunk_id) DO UPDATE SET scale = excluded.scale, v = excluded.v`,
        [...rows, project.id],
        { name: "code-vectors-put" },
      );
      project.link.send("DELETE FROM code_pending WHERE project = $1 AND chunk_id = ANY($2)", [
        project.id,
        [...ids],
      ]);
      return count;
    });
    this.#search.forget();
    if (!project.link.inTransaction) this.#graphs.noteStored(project.id, stored);
  }

  search(vector: Float32Array, limit: number, allowed?: Uint32Array): ScoredChunk[] {
    const { meta } = this.#parts;
    if (meta.model() === undefined) return [];
    meta.checkQuery(vector.length);
    return this.#search.exactly(vector, limit, allowed);
  }

  async nearest(
    vector: Float32Array,
    limit: number,
    allowed?: Uint32Array,
  ): Promise<ScoredChunk[]> {
    const { meta } = this.#parts;
    if (meta.model() === undefined) return [];
    meta.checkQuery(vector.length);
    this.#look();
    return await this.#search.nearest(vector, limit, allowed);
  }

  /** Whoever was to have the graph made may have ended before. Who fills the index has it made after that, and would wait for it. */
  #look(): void {
    if (!this.#looks.isDue() || !this.#search.isLarge()) return;
    const { project, isIndexed } = this.#parts;
    void this.#looks.note(
      isIndexed() ? Promise.resolve(false) : this.#graphs.lookWhereNone([project.id]),
    );
  }

  /** An index run begins: its vectors are all there before a graph is made of them. @returns to be called at its end */
  filling(): () => void {
    this.#graphs.hold();
    return () => this.#graphs.letGo();
  }

  similarities(chunkIds: readonly number[], kind: Kind): Float32Array {
    const count = chunkIds.length;
    const codes = this.#codes(chunkIds, kind);
    const dimensions = codes.find((own) => own !== undefined)?.length ?? 0;
    if (dimensions === 0) return new Float32Array(count * count);
    const rows = new Uint8Array(count * dimensions);
    for (const [place, own] of codes.entries()) {
      if (own?.length === dimensions) rows.set(bytesOf(own), place * dimensions);
    }
    return compareRows(rows, dimensions);
  }

  cosines(vector: Float32Array, chunkIds: readonly number[], kind: Kind): Float32Array {
    const cosines = new Float32Array(chunkIds.length).fill(Number.NaN);
    if (chunkIds.length === 0) return cosines;
    const { link, id } = this.#parts.project;
    // The length of a row is one of whole numbers below 2^24: no rounding.
    const rows = link.lists(
      `SELECT a.place, (-(v::vector <#> $1::vector) / vector_norm(v::vector))::real
       FROM unnest($2::int4[]) WITH ORDINALITY AS a(id, place)
       JOIN ${tables[kind]} ON project = $3 AND chunk_id = a.id
       WHERE scale > 0 AND vector_dims(v) = $4`,
      [asText(vector), [...chunkIds], id, vector.length],
      { name: `code-cosines-${kind}` },
    );
    for (const [place, cosine] of rows) cosines[(place as number) - 1] = cosine as number;
    return cosines;
  }

  scanReport(): ScanReport {
    return { ...withoutBits, vectors: this.#search.count() };
  }

  /** They are never packed with a loss here. */
  packed(): PackedVectors | undefined {
    return undefined;
  }

  sample(count: number): Float32Array[] {
    const { link, id } = this.#parts.project;
    const rows = link.lists(
      `SELECT scale, v::real[] FROM code_vectors WHERE project = $1 AND scale > 0 AND vector_dims(v) = $2
       ORDER BY hashint4(chunk_id) LIMIT $3`,
      [id, this.#dimensions, count],
    );
    return rows.map(([scale, codes]) =>
      Float32Array.from(codesOf(codes), (code) => code * (scale as number)),
    );
  }

  ofTexts(texts: readonly string[]): (Float32Array | undefined)[] {
    const found = new Array<Float32Array | undefined>(texts.length).fill(undefined);
    if (texts.length === 0) return found;
    const { link, id } = this.#parts.project;
    const rows = link.lists(
      `SELECT a.place, v::real[] FROM unnest($1::uuid[]) WITH ORDINALITY AS a(hash, place)
       JOIN code_chunks c ON c.project = $2 AND c.text_hash = a.hash
       JOIN code_vectors w ON w.project = $2 AND w.chunk_id = c.id
       WHERE scale > 0 AND vector_dims(v) = $3`,
      [texts.map((text) => hashOfText(text).toString("hex")), id, this.#dimensions],
      { name: "code-vectors-of-texts" },
    );
    for (const [place, values] of rows) {
      const codes = codesOf(values);
      const length = Math.sqrt(codes.reduce((sum, code) => sum + code * code, 0));
      if (length === 0) continue;
      found[(place as number) - 1] = Float32Array.from(codes, (code) => code / length);
    }
    return found;
  }

  codes(chunkIds: readonly number[], kind: Kind): (Uint8Array | undefined)[] {
    return this.#codes(chunkIds, kind).map((own) => own && bytesOf(own));
  }

  /** Resolves when a graph that came to be due is made. */
  settled(): Promise<void> {
    return this.#graphs.settled();
  }

  #codes(chunkIds: readonly number[], kind: Kind): (Int8Array | undefined)[] {
    const found = new Array<Int8Array | undefined>(chunkIds.length).fill(undefined);
    if (chunkIds.length === 0) return found;
    const { link, id } = this.#parts.project;
    const rows = link.lists(
      `SELECT a.place, v::real[] FROM unnest($1::int4[]) WITH ORDINALITY AS a(id, place)
       JOIN ${tables[kind]} ON project = $2 AND chunk_id = a.id`,
      [[...chunkIds], id],
      { name: `code-codes-${kind}` },
    );
    for (const [place, values] of rows) found[(place as number) - 1] = codesOf(values);
    return found;
  }

  /** Of the model; 0 before there is one. */
  get #dimensions(): number {
    return this.#parts.meta.model()?.dimensions ?? 0;
  }
}

function bytesOf(codes: Int8Array): Uint8Array {
  return new Uint8Array(codes.buffer, codes.byteOffset, codes.byteLength);
}
