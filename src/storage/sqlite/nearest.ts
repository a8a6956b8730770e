import type { ScoredChunk } from "../../ports/store.ts";
import type { BitScan, ScanKernels } from "../../ports/vector-scan.ts";
import type { Database, Statement } from "./open.ts";
import type { Segments } from "./segments.ts";

/** Candidates by bits for each hit wanted, and at least: cheap, and what recall depends on. */
const candidatesPerHit = 4;
const leastCandidates = 400;

/**
 * Search over the bits in memory, scored exactly by the rows in the database. The bits are loaded at
 * the first search and brought up to date when the database has changed, by this process or another.
 */
export class Nearest {
  readonly #segments: Segments;
  readonly #kernels: ScanKernels;
  readonly #dataVersion: Statement;
  readonly #ownChanges: Statement;
  #loaded: Loaded | undefined;

  constructor(db: Database, segments: Segments, kernels: ScanKernels) {
    this.#segments = segments;
    this.#kernels = kernels;
    this.#dataVersion = db.prepare("PRAGMA data_version").pluck();
    this.#ownChanges = db.prepare("SELECT total_changes()").pluck();
  }

  /** Memory of the bits. */
  get bytes(): number {
    return this.#loaded?.scan.bytes ?? 0;
  }

  /**
   * Undefined when the bits cannot be used (no mean yet, or a damaged segment): the caller searches
   * exactly then, and `onDamaged` is called for the latter.
   */
  async search(
    vector: Float32Array,
    limit: number,
    onDamaged: () => void,
    allowed?: Uint32Array,
  ): Promise<ScoredChunk[] | undefined> {
    const loaded = this.#bringUpToDate(vector.length, onDamaged);
    if (loaded === undefined) return undefined;
    const r = Math.max(leastCandidates, limit * candidatesPerHit);
    const ids = await loaded.scan.search(vector, loaded.mean, r, allowed && bitmapOf(allowed));
    if (ids.length === 0) return [];
    // A row that went meanwhile is not there any more: it is not found.
    const rows = this.#segments.rowsOf(ids);
    const best = this.#kernels.rescore(vector, rows.codes, rows.scales, rows.ids, limit);
    return Array.from(best.ids, (chunkId, at) => ({ chunkId, score: best.scores[at] as number }));
  }

  close(): void {
    this.#loaded?.scan.close();
    this.#loaded = undefined;
  }

  #bringUpToDate(dimensions: number, onDamaged: () => void): Loaded | undefined {
    const version = `${this.#dataVersion.get()} ${this.#ownChanges.get()}`;
    if (this.#loaded?.version === version) return this.#loaded;
    const generation = this.#segments.generation();
    if (this.#loaded === undefined || this.#loaded.generation !== generation) {
      this.close();
      this.#loaded = this.#load(dimensions, generation, onDamaged);
      if (this.#loaded === undefined) return undefined;
    }
    const loaded = this.#loaded;
    loaded.version = version;
    const dead = this.#segments.dead().filter((id) => !loaded.dead.has(id));
    if (dead.length > 0) loaded.scan.remove(Uint32Array.from(dead));
    for (const id of dead) loaded.dead.add(id);
    const wanted = this.#segments.unsegmented().filter((id) => !loaded.loose.has(id));
    if (wanted.length === 0) return loaded;
    const isWanted = new Set(wanted);
    for (const rows of this.#segments.loose()) {
      if (!rows.ids.some((id) => isWanted.has(id))) continue;
      // What was there already gets no second row.
      const known = rows.ids.filter((id) => loaded.loose.has(id));
      if (known.length > 0) loaded.scan.remove(known);
      loaded.scan.appendCodes(rows.ids, rows.codes, rows.scales, loaded.mean);
      for (const id of rows.ids) loaded.loose.add(id);
    }
    return loaded;
  }

  #load(dimensions: number, generation: number, onDamaged: () => void): Loaded | undefined {
    const mean = this.#segments.mean(dimensions);
    if (mean === undefined) return undefined;
    const segments = this.#segments.read(Math.ceil(dimensions / 8));
    const inSegments = segments?.reduce((sum, { ids }) => sum + ids.length, 0) ?? 0;
    const { dead, unsegmented, vectors } = this.#segments.counts();
    if (segments === undefined || inSegments - dead + unsegmented !== vectors) {
      onDamaged();
      return undefined;
    }
    const scan = this.#kernels.create(dimensions);
    for (const { ids, bits } of segments) scan.append(ids, bits);
    return { scan, mean, generation, version: "", loose: new Set(), dead: new Set() };
  }
}

function bitmapOf(ids: Uint32Array): Uint8Array {
  const bitmap = new Uint8Array(((ids.at(-1) ?? 0) >> 3) + 1);
  for (const id of ids) bitmap[id >> 3] = (bitmap[id >> 3] as number) | (1 << (id & 7));
  return bitmap;
}

interface Loaded {
  scan: BitScan;
  mean: Float32Array;
  generation: number;
  version: string;
  /** Rows of no segment that are in the scan. */
  loose: Set<number>;
  dead: Set<number>;
}
