import { crc32 } from "node:zlib";
import { footprintEvents } from "../../../base/events.ts";
import { yieldToEventLoop } from "../../../base/yield.ts";
import type { BitScan, ScanKernels } from "../../../ports/vector-scan.ts";
import type { Changes } from "../file/changes.ts";
import { IdBitmap } from "./id-bitmap.ts";
import { bytesOf, letGo, type Segments } from "./segments.ts";

/** The event loop runs again after so long. */
const stepMs = 4;
const mostAttempts = 5;

/** The segments as a search uses them: some in memory, the others to be read for each search. */
export interface LoadedBits {
  readonly scan: BitScan;
  readonly mean: Float32Array;
  /** Segments that are not in memory, and their rows. */
  readonly streamed: number[];
  streamedRows: number;
  /** Streamed segments whose sum was found right. */
  readonly verified: Set<number>;
  /** Dead rows of segments. In memory they are gone already. */
  dead: IdBitmap;
}

/** "none": there are no bits to be used; "damaged": a segment is. Every row is to be compared then. */
export type Loading = LoadedBits | "none" | "damaged";

/**
 * Keeps the first segments in memory, as many as fit into the budget, and follows what changes in the
 * database. Segments are read in short steps. Searches that come meanwhile wait for the same steps.
 */
export class BitCache {
  readonly #segments: Segments;
  readonly #changes: Changes;
  readonly #kernels: ScanKernels;
  #budgetBytes: number;
  #held: Held | undefined;
  #bringing: Promise<Loading> | undefined;
  /** The generation a damaged segment was met in: it is not read again and again. */
  #damagedIn: number | undefined;

  constructor(segments: Segments, changes: Changes, kernels: ScanKernels, budgetBytes: number) {
    this.#segments = segments;
    this.#changes = changes;
    this.#kernels = kernels;
    this.#budgetBytes = budgetBytes;
  }

  get budgetBytes(): number {
    return this.#budgetBytes;
  }

  /** Memory of the bits. */
  get bytes(): number {
    return this.#held?.bits.scan.bytes ?? 0;
  }

  get streamedRows(): number {
    return this.#held?.bits.streamedRows ?? 0;
  }

  /** With less than is held, all goes at once, and what fits is loaded by the next search. */
  setBudget(bytes: number): void {
    const isLess = bytes < this.bytes;
    const isMore = bytes > this.#budgetBytes && this.streamedRows > 0;
    this.#budgetBytes = bytes;
    if (isLess || isMore) this.drop();
  }

  drop(): void {
    if (this.bytes > 0)
      footprintEvents.note("vector bits", "freed", "others are to be read, or none");
    this.#held?.bits.scan.close();
    this.#held = undefined;
  }

  noteDamage(): void {
    this.#damagedIn = this.#held?.generation;
    this.drop();
  }

  async current(dimensions: number): Promise<Loading> {
    if (this.#held?.mark === this.#changes.mark()) return this.#held.bits;
    this.#bringing ??= this.#bring(dimensions).finally(() => {
      this.#bringing = undefined;
    });
    return await this.#bringing;
  }

  async #bring(dimensions: number): Promise<Loading> {
    for (let attempt = 0; attempt < mostAttempts; attempt += 1) {
      const found = await this.#follow(dimensions);
      if (found === "damaged") this.drop();
      if (found !== "again") return found;
      this.drop();
    }
    return "none";
  }

  async #follow(dimensions: number): Promise<Loading | "again"> {
    const mark = this.#changes.mark();
    const known = this.#held;
    const { state, segments } = this.#segments.view(dimensions, known?.lastSegment ?? 0);
    if (state.generation === this.#damagedIn) return "damaged";
    if (known !== undefined && known.generation !== state.generation) return "again";
    if (state.mean === undefined || state.refilledTo !== undefined) {
      this.drop();
      return state.refilledTo === undefined && segments.length > 0 ? "damaged" : "none";
    }
    const held = known ?? this.#make(dimensions, state.mean, state.generation);
    this.#held = held;
    const rows = segments.reduce((sum, { count }) => sum + count, held.rows);
    if (rows !== state.rows || segments.some(({ count }) => !(count > 0))) {
      this.#damagedIn = state.generation;
      return "damaged";
    }
    let begun = performance.now();
    const breathe = async (): Promise<void> => {
      if (performance.now() - begun < stepMs) return;
      await yieldToEventLoop();
      begun = performance.now();
    };
    for (const { id, count } of segments) {
      if (this.#held !== held) return "again";
      const done = this.#take(held, id, count, Math.ceil(dimensions / 8));
      if (done === "damaged") this.#damagedIn = state.generation;
      if (done !== "ok") return done === "gone" ? "again" : "damaged";
      await breathe();
    }
    await this.#bury(held, breathe);
    if (this.#held !== held) return "again";
    held.mark = mark;
    if (segments.length > 0) {
      const what = held.bits.streamedRows > 0 ? "limited" : "loaded";
      footprintEvents.note("vector bits", what, `a search of ${held.rows} vectors`);
    }
    return held.bits;
  }

  #make(dimensions: number, mean: Float32Array, generation: number): Held {
    const scan = this.#kernels.create(dimensions);
    const dead = new IdBitmap(0);
    const bits = { scan, mean, streamed: [], streamedRows: 0, verified: new Set<number>(), dead };
    return { bits, generation, mark: "", lastSegment: 0, rows: 0, deadCount: 0 };
  }

  #take(held: Held, id: number, count: number, rowBytes: number): "ok" | "gone" | "damaged" {
    const { bits } = held;
    if (bits.streamed.length > 0 || bits.scan.bytesWith(count) > this.#budgetBytes) {
      bits.streamed.push(id);
      bits.streamedRows += count;
    } else {
      const found = this.#segments.read(id, rowBytes);
      if (typeof found === "string") return found;
      if (crc32(found.bits, crc32(bytesOf(found.ids))) !== found.sum) return "damaged";
      bits.scan.append(found.ids, found.bits);
      letGo(found);
      // Rows that died before are taken out below.
      held.deadCount = -1;
    }
    held.lastSegment = id;
    held.rows += count;
    return "ok";
  }

  /** Takes out rows that are dead. The number of them says whether there are new ones. */
  async #bury(held: Held, breathe: () => Promise<void>): Promise<void> {
    const { dead: deadCount } = this.#segments.counts();
    if (deadCount === held.deadCount) return;
    const isNewSegment = held.deadCount === -1;
    const before = held.bits.dead;
    const dead = new IdBitmap(this.#segments.topId());
    const found: number[] = [];
    await this.#segments.eachDead(breathe, (id) => {
      if (dead.add(id) && (isNewSegment || !before.has(id))) found.push(id);
    });
    if (this.#held !== held) return;
    if (found.length > 0) held.bits.scan.remove(Uint32Array.from(found));
    held.bits.dead = dead;
    held.deadCount = deadCount;
  }
}

interface Held {
  readonly bits: LoadedBits;
  readonly generation: number;
  /** Of the database when this was brought up to date. */
  mark: string;
  lastSegment: number;
  /** Rows of all segments up to that one. */
  rows: number;
  /** Dead rows that are taken out; -1: they are to be looked for. */
  deadCount: number;
}
