import { yieldToEventLoop } from "../../../base/yield.ts";
import type { ScoredChunk } from "../../../ports/store.ts";
import type { ScanKernels } from "../../../ports/vector-scan.ts";
import type { Database, Statement } from "../file/driver.ts";
import type { CodedVectors } from "./coded-vectors.ts";
import { nearestRows } from "./cosine-sql.ts";
import { quantize } from "./quantize.ts";
import { type RawVector, RowBuffer } from "./row-buffer.ts";

/** Values compared in one step: some milliseconds. */
const valuesPerStep = 3 * 1_024 * 1_024;

/** What a search compares: every vector, or those in no segment. */
export type Scope = "all" | "loose";

/**
 * Compares rows one by one like Vectors.search(), in steps between which the event loop runs: for rows
 * that have no bits yet, of which there may be a million.
 */
export class ExactSteps {
  readonly #kernels: ScanKernels;
  readonly #coded: CodedVectors;
  readonly #parts: Record<Scope, ScopeStatements>;

  constructor(
    db: Database,
    hasVectorFunctions: boolean,
    kernels: ScanKernels,
    coded: CodedVectors,
  ) {
    this.#coded = coded;
    this.#kernels = kernels;
    this.#parts = {
      all: prepare(db, hasVectorFunctions, "vectors", "vectors"),
      loose: prepare(
        db,
        hasVectorFunctions,
        "unsegmented",
        "unsegmented CROSS JOIN vectors USING (chunk_id)",
      ),
    };
  }

  /** Best first. `allowed`: sorted ids to look among. */
  async search(
    scope: Scope,
    vector: Float32Array,
    limit: number,
    allowed?: Uint32Array,
  ): Promise<ScoredChunk[]> {
    const query = quantize(vector);
    if (query.scale === 0 || limit < 1) return [];
    const { end } = this.#parts[scope];
    const rows = Math.max(64, Math.floor(valuesPerStep / vector.length));
    let best: ScoredChunk[] = [];
    for (let after = 0; ; await yieldToEventLoop()) {
      const last = (end.get(after, rows - 1) as number | undefined) ?? Number.MAX_SAFE_INTEGER;
      const among = allowed && between(allowed, after, last);
      if (among === undefined || among.length > 0) {
        const range = { vector, codes: query.data, after, last, limit, among };
        const found = this.#coded.consistently(() => this.#range(scope, range));
        best = [...best, ...found].sort(byScore).slice(0, limit);
      }
      if (last === Number.MAX_SAFE_INTEGER) return best;
      after = last;
    }
  }

  #range(scope: Scope, range: Range): ScoredChunk[] {
    const { codes, after, last, limit, among } = range;
    const { nearest, nearestOf, all } = this.#parts[scope];
    const place = { query: codes, after, last, limit };
    // sqlite-vec cannot compare packed rows.
    const isPacked = this.#coded.coder() !== undefined;
    if (nearest === undefined || nearestOf === undefined || isPacked) {
      return this.#withoutFunctions(
        this.#coded.rows(() => all.all({ after, last })),
        range,
      );
    }
    if (among === undefined) return nearest.all(place) as ScoredChunk[];
    return nearestOf.all({ ...place, among: JSON.stringify(Array.from(among)) }) as ScoredChunk[];
  }

  #withoutFunctions(raw: RawVector[], { vector, limit, among }: Range): ScoredChunk[] {
    const permitted = among && new Set(among);
    const rows = new RowBuffer(raw.length, vector.length);
    for (const row of raw) if (permitted?.has(row[0]) !== false) rows.add(row, true);
    const { ids, codes, scales } = rows.taken();
    const best = this.#kernels.rescore(vector, codes, scales, ids, limit);
    return Array.from(best.ids, (chunkId, at) => ({ chunkId, score: best.scores[at] as number }));
  }
}

interface Range {
  vector: Float32Array;
  codes: Int8Array;
  after: number;
  last: number;
  limit: number;
  among: Uint32Array | undefined;
}

interface ScopeStatements {
  /** The last row of a step. */
  end: Statement;
  nearest: Statement | undefined;
  nearestOf: Statement | undefined;
  all: Statement;
}

function prepare(db: Database, hasFunctions: boolean, ids: string, rows: string): ScopeStatements {
  const inRange = "chunk_id > $after AND chunk_id <= $last AND scale > 0";
  const isAmong = `${inRange} AND chunk_id IN (SELECT value FROM json_each($among))`;
  return {
    end: db
      .prepare(`SELECT chunk_id FROM ${ids} WHERE chunk_id > ? ORDER BY chunk_id LIMIT 1 OFFSET ?`)
      .pluck(),
    nearest: hasFunctions ? nearestRows(db, rows, inRange) : undefined,
    nearestOf: hasFunctions ? nearestRows(db, rows, isAmong) : undefined,
    all: db.prepare(`SELECT chunk_id, scale, data FROM ${rows} WHERE ${inRange}`).raw(),
  };
}

function byScore(a: ScoredChunk, b: ScoredChunk): number {
  return b.score - a.score || a.chunkId - b.chunkId;
}

/** Those of sorted ids that are greater than `after` and not greater than `last`. */
function between(ids: Uint32Array, after: number, last: number): Uint32Array {
  const firstAbove = (limit: number): number => {
    let low = 0;
    let high = ids.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((ids[middle] as number) > limit) high = middle;
      else low = middle + 1;
    }
    return low;
  };
  return ids.subarray(firstAbove(after), firstAbove(last));
}
