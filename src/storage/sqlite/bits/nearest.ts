import { HaypileError } from "../../../base/errors.ts";
import { currentClock } from "../../../base/stages.ts";
import type { ScoredChunk } from "../../../ports/store.ts";
import type { ScanKernels } from "../../../ports/vector-scan.ts";
import type { ExactSteps } from "../vectors/exact-steps.ts";
import { IdBitmap } from "./id-bitmap.ts";
import type { BitCache, LoadedBits } from "./loaded-bits.ts";
import { letGo, type Segment, type Segments } from "./segments.ts";

/** Candidates by bits for each hit wanted, and at least: cheap, and what recall depends on. */
const candidatesPerHit = 4;
const leastCandidates = 400;
const mostAttempts = 3;

export interface NearestParts {
  segments: Segments;
  cache: BitCache;
  exact: ExactSteps;
  kernels: ScanKernels;
  /** Called when a segment is damaged: it is to be made again. */
  onDamaged: () => void;
}

/**
 * Search over the bits of the segments and, one by one, the rows that are in none; the best of both
 * are scored exactly by their rows in the database. Segments that are not in memory are read one after
 * another, each while the one before is scanned on another thread.
 */
export class Nearest {
  readonly #parts: NearestParts;

  constructor(parts: NearestParts) {
    this.#parts = parts;
  }

  /** Best first. `allowed`: sorted ids to look among. */
  async search(vector: Float32Array, limit: number, allowed?: Uint32Array): Promise<ScoredChunk[]> {
    const { segments, cache, exact, onDamaged } = this.#parts;
    for (let attempt = 0; attempt < mostAttempts; attempt += 1) {
      // Loose rows first: what becomes part of a segment meanwhile is then found there.
      const { mean, refilledTo } = segments.state(vector.length);
      if (mean === undefined || refilledTo !== undefined) break;
      const hasLoose = segments.counts().loose > 0;
      const loose = hasLoose ? await exact.search("loose", vector, limit, allowed) : [];
      const bits = await cache.current(vector.length);
      if (bits === "none") break;
      const ids =
        bits === "damaged"
          ? bits
          : await this.#candidates(bits, vector, limit, allowed).catch(goneIfDropped);
      if (ids === "gone") continue;
      if (ids === "damaged") {
        onDamaged();
        return await exact.search("all", vector, limit, allowed);
      }
      return this.#score(vector, limit, [...ids, ...loose.map(({ chunkId }) => chunkId)]);
    }
    if (segments.state(vector.length).mean === undefined && segments.list().length > 0) onDamaged();
    return await exact.search("all", vector, limit, allowed);
  }

  async #candidates(
    bits: LoadedBits,
    vector: Float32Array,
    limit: number,
    allowed: Uint32Array | undefined,
  ): Promise<Uint32Array | "gone" | "damaged"> {
    const { scan, mean, streamed, dead } = bits;
    const r = Math.max(leastCandidates, limit * candidatesPerHit);
    const among = allowed && IdBitmap.of(allowed).bytes;
    if (streamed.length === 0) return await scan.search(vector, mean, r, among);
    const clock = currentClock();
    if (clock !== undefined) clock.facts.vectorsRead = bits.streamedRows;
    const query = this.#parts.kernels.query(vector, mean, r, among, dead.bytes);
    try {
      const inMemory = query.search(scan);
      const [found] = await Promise.all([
        this.#stream(bits, vector.length, (ids, rows, sum) => query.scan(ids, rows, sum)),
        inMemory,
      ]);
      if (found === "damaged") this.#parts.cache.noteDamage();
      return found === "ok" ? query.best() : found;
    } finally {
      query.close();
    }
  }

  /** Reads one segment while the one before is scanned. */
  async #stream(
    { streamed, verified }: LoadedBits,
    dimensions: number,
    scan: (ids: Uint32Array, bits: Uint8Array, sum?: number) => Promise<boolean>,
  ): Promise<"ok" | "gone" | "damaged"> {
    let running: { id: number; segment: Segment; isWhole: Promise<boolean> } | undefined;
    let failure: "gone" | "damaged" | undefined;
    const finish = async (): Promise<void> => {
      if (running === undefined) return;
      const { id, segment, isWhole } = running;
      running = undefined;
      if (await isWhole) verified.add(id);
      else failure = "damaged";
      letGo(segment);
    };
    for (const id of [...streamed]) {
      let segment: Segment | "gone" | "damaged";
      try {
        segment = this.#parts.segments.read(id, Math.ceil(dimensions / 8));
      } catch (error) {
        await finish();
        throw error;
      }
      await finish();
      if (typeof segment === "string") failure ??= segment;
      if (failure !== undefined || typeof segment === "string") break;
      const { ids, bits, sum } = segment;
      running = { id, segment, isWhole: scan(ids, bits, verified.has(id) ? undefined : sum) };
    }
    await finish();
    return failure ?? "ok";
  }

  #score(vector: Float32Array, limit: number, ids: number[]): ScoredChunk[] {
    // A row that went meanwhile is not there any more: it is not found.
    const rows = this.#parts.segments.rowsOf([...new Set(ids)], vector.length);
    if (rows.ids.length === 0) return [];
    const best = this.#parts.kernels.rescore(vector, rows.codes, rows.scales, rows.ids, limit);
    return Array.from(best.ids, (chunkId, at) => ({ chunkId, score: best.scores[at] as number }));
  }
}

/** Bits that were dropped between being had and being used, for another generation or budget. */
function goneIfDropped(error: unknown): "gone" {
  if (HaypileError.isInstance(error) && error.code === "HAYPILE_CLOSED") return "gone";
  throw error;
}
