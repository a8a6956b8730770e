import { setTimeout as delay } from "node:timers/promises";
import { crc32 } from "node:zlib";
import { log } from "../../../base/log.ts";
import { yieldToEventLoop } from "../../../base/yield.ts";
import type { RunInRoom } from "../../../ports/footprint.ts";
import type { ScanKernels } from "../../../ports/vector-scan.ts";
import type { Changes } from "../file/changes.ts";
import type { Database } from "../file/driver.ts";
import { sqliteCode } from "../file/errors.ts";
import { tryLock } from "../file/lock.ts";
import { busyTimeoutMs } from "../file/open.ts";
import { inOneWrite } from "../roles/in-one-write.ts";
import { RowBuffer } from "../vectors/row-buffer.ts";
import { IdBitmap } from "./id-bitmap.ts";
import {
  bytesOf,
  bytesToMake,
  rowsPerSegment,
  type SegmentEntry,
  type Segments,
} from "./segments.ts";

/** So many loose rows are worth a segment. Fewer are compared one by one in less than a millisecond. */
const packFrom = 512;
/** A segment is made anew when this share of its rows is dead. */
const deadShare = 0.3;
/** So many segments that are less than half full become one. */
const mostSmall = 8;
/** All segments are made anew when there are this many times more rows than the mean was taken for. */
const meanGrowth = 4;
/** Vectors that the mean is taken over. */
const meanSample = 8_192;

/** Values read in one step: a millisecond or two of the event loop. */
const valuesPerStep = 192 * 1_024;
const idsPerStep = 8_192;

const pagesPerCheckpoint = 200;

const retryBusyMs = 20;
const mostBusyRetries = 250;
/** After another builder was met, and after a failure such as a full disk. */
const restAfterBusyMs = 1_000;
const restAfterFailureMs = 60_000;

export interface BuilderParts {
  db: Database;
  /** The database file. */
  path: string;
  segments: Segments;
  changes: Changes;
  kernels: ScanKernels;
  /** Of the index; undefined before it is tied to a model. */
  dimensions: () => number | undefined;
  /** Vectors of the index. */
  vectors: () => number;
  /** With fewer vectors there are no segments. */
  scanFrom: number;
  /** Runs what needs so many bytes when there is room for them. */
  inRoom: RunInRoom;
}

/**
 * Makes and tidies up segments in the background: rows are read in short steps between which the event
 * loop runs, bits are made on another thread, and each segment is written in a transaction of its own.
 * What is written counts at once, so that a builder that was stopped or killed is gone on from.
 * One builder works on an index at a time; the lock of the system file `<db>.bits.lock` says which.
 */
export class SegmentBuilder {
  readonly #parts: BuilderParts;
  #running: Promise<void> | undefined;
  #isClosed = false;
  #beginsAnew = false;
  #notBefore = 0;
  /** Dead rows when compaction last found nothing to do. */
  #deadSeen = 0;
  readonly #hasWork: () => boolean;

  constructor(parts: BuilderParts) {
    this.#parts = parts;
    this.#hasWork = parts.changes.remembered(() => this.#looksForWork());
  }

  get isRunning(): boolean {
    return this.#running !== undefined;
  }

  /** Begins in the background when there is something to do, and returns. Cheap. */
  request(options: { isDamaged?: boolean | undefined; isUrgent?: boolean | undefined } = {}): void {
    if (options.isDamaged === true) this.#beginsAnew = true;
    if (options.isUrgent === true) this.#notBefore = 0;
    if (this.#isClosed || this.isRunning || performance.now() < this.#notBefore) return;
    if (!this.#beginsAnew && !this.#hasWork()) return;
    this.#running = this.#run().finally(() => {
      this.#running = undefined;
    });
  }

  /** Resolves when nothing is under way any more. Never rejects. */
  async settled(): Promise<void> {
    while (this.#running !== undefined) await this.#running;
  }

  /** Stops at the next step; the database is not touched any more. */
  close(): void {
    this.#isClosed = true;
  }

  async #run(): Promise<void> {
    try {
      // The caller goes on first: a search is answered, an index run ends.
      await this.#step();
      const lock = tryLock(`${this.#parts.path}.bits.lock`);
      if (lock === undefined) {
        this.#notBefore = performance.now() + restAfterBusyMs;
        return;
      }
      try {
        await this.#build();
      } finally {
        lock.release();
      }
    } catch (error) {
      if (error === stopped) return;
      this.#notBefore = performance.now() + restAfterFailureMs;
      log("debug", `the bits of the vectors were not made: ${String(error)}`);
    }
  }

  /** Lets everything else run; then ends the work when the store was closed meanwhile. */
  async #step(): Promise<void> {
    await yieldToEventLoop();
    if (this.#isClosed || !this.#parts.db.open) throw stopped;
  }

  #looksForWork(): boolean {
    const { segments, dimensions, vectors, scanFrom } = this.#parts;
    const size = dimensions();
    if (size === undefined || vectors() < scanFrom) return false;
    const { dead, loose } = segments.counts();
    if (loose - (dead > 0 ? segments.blocked() : 0) >= packFrom) return true;
    const { mean, refilledTo, rows } = segments.state(size);
    if (mean === undefined || refilledTo !== undefined || this.#hasOutgrown(size)) {
      return loose >= packFrom || refilledTo !== undefined || segments.list().length > 0;
    }
    const entries = segments.list();
    if (rows !== rowsOf(entries)) return true;
    if (entries.filter(({ count }) => isSmall(count, size)).length >= mostSmall) return true;
    const smallest = Math.min(...entries.map(({ count }) => count));
    return dead >= smallest * deadShare && dead !== this.#deadSeen;
  }

  #hasOutgrown(size: number): boolean {
    const { mean, meanOf } = this.#parts.segments.state(size);
    return mean !== undefined && this.#parts.vectors() > meanOf * meanGrowth;
  }

  async #build(): Promise<void> {
    const { segments, dimensions } = this.#parts;
    const size = dimensions() as number;
    if (this.#mustBeginAnew(size)) await this.#write(() => segments.beginAnew());
    this.#beginsAnew = false;
    await this.#refill(size);
    if (segments.state(size).mean === undefined) await this.#begin(size);
    await this.#compact(size);
    // A damaged segment was met.
    if (this.#beginsAnew) await this.#build();
    else await this.#pack(size);
  }

  #mustBeginAnew(size: number): boolean {
    const { segments } = this.#parts;
    if (segments.state(size).refilledTo !== undefined) return false;
    if (this.#beginsAnew || this.#hasOutgrown(size)) return true;
    const { mean, rows } = segments.state(size);
    const entries = segments.list();
    const isNew = entries.length === 0 && rows === undefined && segments.counts().dead === 0;
    return mean === undefined ? !isNew : rows !== rowsOf(entries);
  }

  async #refill(size: number): Promise<void> {
    const { segments } = this.#parts;
    if (segments.state(size).refilledTo === undefined) return;
    for (let more = true; more; ) {
      await this.#write(() => {
        more = segments.dropOne() || segments.refillSome(idsPerStep);
      });
    }
  }

  /** Takes the mean over vectors spread evenly by their ids. */
  async #begin(size: number): Promise<void> {
    const { segments, vectors } = this.#parts;
    const top = segments.topId();
    const sum = new Float64Array(size);
    const rows = new RowBuffer(1, size);
    let count = 0;
    let last = 0;
    for (let i = 0; i < meanSample && last < top; i += 1) {
      if (i % rowsPerStep(size * 2) === 0) await this.#step();
      const found = segments.vectorFrom(Math.max(last + 1, Math.floor((i * top) / meanSample)));
      if (found === undefined) break;
      last = found[0];
      rows.clear();
      rows.add(found, true);
      const { codes, scales } = rows.taken();
      if (codes.length === 0) continue;
      const scale = scales[0] as number;
      for (let at = 0; at < size; at += 1) {
        sum[at] = (sum[at] as number) + (((codes[at] as number) << 24) >> 24) * scale;
      }
      count += 1;
    }
    const mean = Float32Array.from(sum, (value) => (count === 0 ? 0 : value / count));
    await this.#write(() => segments.begin(mean, vectors()));
  }

  async #pack(size: number): Promise<void> {
    const most = Math.min(rowsPerSegment(size), this.#parts.segments.counts().loose);
    if (most < packFrom) return;
    await this.#parts.inRoom(bytesToMake(most, size), () => this.#packUpTo(most, size));
  }

  async #packUpTo(most: number, size: number): Promise<void> {
    const { segments, changes, kernels } = this.#parts;
    const rows = new RowBuffer(most, size);
    for (let after = 0, failures = 0; ; ) {
      const { mean, generation } = segments.state(size);
      if (mean === undefined) return;
      const mark = changes.mark();
      await this.#gather(rows, after, size);
      if (rows.sums.count < packFrom) return;
      const { bits, sum } = await kernels.binarise(rows.taken(), mean);
      let isDone = false;
      await this.#write(() => {
        const isSame = changes.mark() === mark || segments.stillHolds(rows);
        isDone = isSame && segments.state(size).generation === generation;
        if (isDone) segments.append(rows, bits, sum);
      });
      if (isDone) after = rows.last;
      failures = isDone ? 0 : failures + 1;
      // Somebody changes just these rows: the next search or index run asks again.
      if (failures > 3) return;
    }
  }

  async #gather(rows: RowBuffer, after: number, size: number): Promise<void> {
    rows.clear();
    for (let last = after; rows.room > 0; ) {
      await this.#step();
      const found = this.#parts.segments.looseAfter(last, Math.min(rows.room, rowsPerStep(size)));
      if (found.length === 0) return;
      for (const row of found) rows.add(row);
      last = found.at(-1)?.[0] as number;
    }
  }

  /** Makes segments with many dead rows anew, and one of many small ones. No vector is read for it. */
  async #compact(size: number): Promise<void> {
    const { segments } = this.#parts;
    const { dead: deadCount } = segments.counts();
    const dead = new IdBitmap(segments.topId());
    if (deadCount > 0)
      await segments.eachDead(
        () => this.#step(),
        (id) => dead.add(id),
      );
    const isBlocked = deadCount > 0 && segments.blocked() >= packFrom;
    const victims: SegmentEntry[] = [];
    const small: SegmentEntry[] = [];
    for (const entry of segments.list()) {
      await this.#step();
      const gone = deadCount === 0 ? 0 : dead.count(segments.idsOf(entry.id));
      if (gone > (isBlocked ? 0 : entry.count * deadShare)) victims.push(entry);
      else if (isSmall(entry.count - gone, size)) small.push(entry);
    }
    if (small.length >= mostSmall) victims.push(...small);
    const bytes = bytesToMake(rowsPerSegment(size), size);
    while (victims.length > 0) {
      const isSound = await this.#parts.inRoom(bytes, () => this.#mergeSome(victims, dead, size));
      if (!isSound) return;
    }
    this.#deadSeen = segments.counts().dead;
  }

  /** Merges the first of `victims`, and takes them off the list. False: one is damaged. */
  async #mergeSome(victims: SegmentEntry[], dead: IdBitmap, size: number): Promise<boolean> {
    const { segments } = this.#parts;
    const rowBytes = Math.ceil(size / 8);
    const most = rowsPerSegment(size);
    const merged: SegmentEntry[] = [];
    const ids: number[] = [];
    const dropped: number[] = [];
    const parts: Uint8Array[] = [];
    for (let entry = victims[0]; entry !== undefined; entry = victims[0]) {
      await this.#step();
      if (merged.length > 0 && ids.length + dropped.length + entry.count > most) break;
      const found = segments.read(entry.id, rowBytes);
      if (typeof found === "string" || crc32(found.bits, crc32(bytesOf(found.ids))) !== found.sum) {
        this.#beginsAnew = true;
        return false;
      }
      found.ids.forEach((id, row) => {
        if (dead.has(id)) dropped.push(id);
        else {
          ids.push(id);
          parts.push(found.bits.subarray(row * rowBytes, (row + 1) * rowBytes));
        }
      });
      merged.push(entry);
      victims.shift();
    }
    const kept = { ids: Uint32Array.from(ids), bits: Buffer.concat(parts) };
    await this.#write(() => segments.replace(merged, kept, dropped));
    return true;
  }

  /** A short transaction. It never waits for another writer: the event loop would wait too. */
  async #write(work: () => void): Promise<void> {
    const { db } = this.#parts;
    for (let tries = 0; ; tries += 1) {
      await this.#step();
      db.pragma("busy_timeout = 0");
      // The log goes into the file in small pieces: a commit that carries it over takes longest.
      db.pragma(`wal_autocheckpoint = ${pagesPerCheckpoint}`);
      try {
        inOneWrite(db, work, "segments");
        return;
      } catch (error) {
        const isBusy = sqliteCode(error).startsWith("SQLITE_BUSY");
        if (!isBusy || tries >= mostBusyRetries) throw error;
      } finally {
        db.pragma(`busy_timeout = ${busyTimeoutMs}`);
        db.pragma("wal_autocheckpoint = 1000"); // SQLite's default
      }
      await delay(retryBusyMs);
    }
  }
}

/** What ends a builder whose store was closed. */
const stopped = new Error("the store was closed");

function rowsPerStep(size: number): number {
  return Math.max(16, Math.floor(valuesPerStep / size));
}

/** Rows of these segments, dead ones too. */
export function rowsOf(entries: readonly SegmentEntry[]): number {
  return entries.reduce((sum, { count }) => sum + count, 0);
}

function isSmall(rows: number, size: number): boolean {
  return rows < rowsPerSegment(size) / 2;
}
