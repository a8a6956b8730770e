/*
 * What was looked at over some hours, in slots of ten seconds: the least and the most of each, so that a peak between two
 * slots' ends is not lost. A slot has its place by its time, in arrays that are made once: 38 bytes a slot, 82 KB in all.
 *
 * Rule 1: a slot's number is its time divided by its length, counted from 1; a place whose number is another's is empty.
 * Rule 2: a clock that goes back puts looks into the newest slot, so that numbers never fall.
 */
import type { RamColumns } from "../../ports/answers/daemon/ram.ts";

export interface SlotLook {
  ownBytes: number;
  childBytes: number;
  usedBytes: number;
  /** 0: none. */
  limitBytes: number;
  /** 0 calm, 1 warning, 2 critical. */
  level: number;
  /** Bit n: the ladder's step n. */
  steps: number;
}

/** Sizes are kept in these. */
const unit = 1024;
export const slotMs = 10_000;
export const slotCount = 2_160;

export class Slots {
  readonly #everyMs: number;
  readonly #count: number;
  readonly #number: Uint32Array;
  readonly #ownMin: Uint32Array;
  readonly #ownMax: Uint32Array;
  readonly #usedMin: Uint32Array;
  readonly #usedMax: Uint32Array;
  readonly #childMax: Uint32Array;
  readonly #limit: Uint32Array;
  readonly #level: Uint8Array;
  readonly #steps: Uint8Array;
  readonly #cpuMs: Float32Array;
  readonly #wallMs: Float32Array;
  #newest = 0;

  constructor(everyMs = slotMs, count = slotCount) {
    this.#everyMs = everyMs;
    this.#count = count;
    const numbers = (): Uint32Array => new Uint32Array(count);
    this.#number = numbers();
    this.#ownMin = numbers();
    this.#ownMax = numbers();
    this.#usedMin = numbers();
    this.#usedMax = numbers();
    this.#childMax = numbers();
    this.#limit = numbers();
    this.#level = new Uint8Array(count);
    this.#steps = new Uint8Array(count);
    this.#cpuMs = new Float32Array(count);
    this.#wallMs = new Float32Array(count);
  }

  /** Bytes of all arrays: the same however long it runs. */
  get bytes(): number {
    return this.#count * (7 * 4 + 2 + 2 * 4);
  }

  look(atMs: number, look: SlotLook): void {
    const own = look.ownBytes / unit;
    const used = look.usedBytes / unit;
    const [at, isNew] = this.#at(atMs);
    this.#ownMin[at] = isNew ? own : Math.min(this.#ownMin[at] ?? 0, own);
    this.#usedMin[at] = isNew ? used : Math.min(this.#usedMin[at] ?? 0, used);
    this.#ownMax[at] = Math.max(this.#ownMax[at] ?? 0, Math.ceil(own));
    this.#usedMax[at] = Math.max(this.#usedMax[at] ?? 0, Math.ceil(used));
    this.#childMax[at] = Math.max(this.#childMax[at] ?? 0, Math.ceil(look.childBytes / unit));
    this.#limit[at] = look.limitBytes / unit;
    this.#level[at] = Math.max(this.#level[at] ?? 0, look.level);
    this.#steps[at] = (this.#steps[at] ?? 0) | look.steps;
  }

  /** A peak that the system counted since the look before, in the slot of that look. */
  peak(ownBytes: number): void {
    if (this.#newest === 0) return;
    const at = this.#newest % this.#count;
    const own = Math.ceil(ownBytes / unit);
    this.#ownMax[at] = Math.max(this.#ownMax[at] ?? 0, own);
    this.#usedMax[at] = Math.max(this.#usedMax[at] ?? 0, own);
  }

  /** Processor time, and the time in which it was taken; both milliseconds, into the slot of the newest look. */
  cpu(cpuMs: number, wallMs: number): void {
    if (this.#newest === 0) return;
    const at = this.#newest % this.#count;
    this.#cpuMs[at] = (this.#cpuMs[at] ?? 0) + cpuMs;
    this.#wallMs[at] = (this.#wallMs[at] ?? 0) + wallMs;
  }

  /**
   * @param sinceMs slots that end after it
   * @param points at most so many; several slots are one point where there are more
   */
  read(sinceMs: number, points: number): { everyMs: number; columns: RamColumns } {
    const first = Math.max(this.#numberOf(sinceMs), this.#newest - this.#count + 1, this.#oldest());
    const slots = Math.max(0, this.#newest - first + 1);
    const width = Math.max(1, Math.ceil(slots / points));
    const columns = emptyColumns();
    // From the newest backwards, so that the newest point is a whole one; then put the oldest first.
    for (let last = this.#newest; last >= first && this.#newest > 0; last -= width) {
      this.#point(Math.max(first, last - width + 1), last, columns);
    }
    for (const column of Object.values(columns) as unknown[][]) column.reverse();
    return { everyMs: width * this.#everyMs, columns };
  }

  #point(from: number, to: number, columns: RamColumns): void {
    let found = 0;
    let [ownMin, usedMin] = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY];
    let [ownMax, usedMax, childMax, limit, level, steps] = [0, 0, 0, 0, 0, 0];
    let [cpuMs, wallMs] = [0, 0];
    for (let number = from; number <= to; number += 1) {
      const at = number % this.#count;
      if (this.#number[at] !== number) continue;
      found += 1;
      ownMin = Math.min(ownMin, this.#ownMin[at] ?? 0);
      ownMax = Math.max(ownMax, this.#ownMax[at] ?? 0);
      usedMin = Math.min(usedMin, this.#usedMin[at] ?? 0);
      usedMax = Math.max(usedMax, this.#usedMax[at] ?? 0);
      childMax = Math.max(childMax, this.#childMax[at] ?? 0);
      limit = this.#limit[at] ?? 0;
      level = Math.max(level, this.#level[at] ?? 0);
      steps |= this.#steps[at] ?? 0;
      cpuMs += this.#cpuMs[at] ?? 0;
      wallMs += this.#wallMs[at] ?? 0;
    }
    if (found === 0) return;
    columns.at.push((from - 1) * this.#everyMs);
    columns.ownMin.push(ownMin * unit);
    columns.ownMax.push(ownMax * unit);
    columns.usedMin.push(usedMin * unit);
    columns.usedMax.push(usedMax * unit);
    columns.childMax.push(childMax * unit);
    columns.limit.push(limit === 0 ? null : limit * unit);
    columns.level.push(level);
    columns.steps.push(steps);
    columns.cpu.push(wallMs === 0 ? null : Math.round((1_000 * cpuMs) / wallMs) / 1_000);
  }

  /** The place of a time, emptied where it was another slot's. */
  #at(atMs: number): [at: number, isNew: boolean] {
    const number = Math.max(this.#newest, this.#numberOf(atMs));
    const at = number % this.#count;
    this.#newest = number;
    if (this.#number[at] === number) return [at, false];
    this.#number[at] = number;
    for (const column of [this.#ownMax, this.#usedMax, this.#childMax]) column[at] = 0;
    this.#level[at] = 0;
    this.#steps[at] = 0;
    this.#cpuMs[at] = 0;
    this.#wallMs[at] = 0;
    return [at, true];
  }

  #numberOf(atMs: number): number {
    return Math.floor(atMs / this.#everyMs) + 1;
  }

  /** The number of the oldest slot that is kept. */
  #oldest(): number {
    let oldest = this.#newest;
    for (const number of this.#number) {
      if (number > Math.max(0, this.#newest - this.#count) && number < oldest) oldest = number;
    }
    return oldest;
  }
}

function emptyColumns(): RamColumns {
  return {
    at: [],
    ownMin: [],
    ownMax: [],
    usedMin: [],
    usedMax: [],
    childMax: [],
    limit: [],
    level: [],
    steps: [],
    cpu: [],
  };
}
