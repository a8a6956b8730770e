/*
 * A snapshot a day of memories that change. Where somebody schedules it (the daemon's upkeep) it is asked for when nobody
 * waits; else a write looks whether the last one is a day old. So none is made of what is as it was, nor in the first day
 * of a file.
 */
import { statSync } from "node:fs";
import { log } from "../../base/log.ts";
import type { Place } from "./kinds.ts";
import { lookAtAll } from "./look.ts";

const dayMs = 86_400_000;
/** Between two looks at what others made. */
const lookEveryMs = 3_600_000;
/** More writes often follow the first at once. */
const pauseMs = 2_000;

export class Daily {
  readonly #place: Place;
  readonly #isOff: boolean;
  readonly #now: () => number;
  readonly #make: () => Promise<void>;
  readonly #isScheduled: () => boolean;
  /** Since the last one of this process. */
  #hasWritten = false;
  #nextLook = 0;
  #pause: NodeJS.Timeout | undefined;
  #looking: Promise<void> | undefined;

  /**
   * @param make makes one, and removes those that have had their time
   * @param isScheduled somebody asks for it: writes begin none
   */
  constructor(
    place: Place,
    keep: string,
    now: () => number,
    make: () => Promise<void>,
    isScheduled: () => boolean = () => false,
  ) {
    this.#place = place;
    this.#isOff = keep === "off";
    this.#now = now;
    this.#make = make;
    this.#isScheduled = isScheduled;
  }

  wrote(): void {
    if (this.#isOff) return;
    this.#hasWritten = true;
    if (this.#isScheduled() || this.#pause !== undefined || this.#looking !== undefined) return;
    const now = this.#now();
    if (now < this.#nextLook) return;
    this.#nextLook = now + lookEveryMs;
    if (isYoung(this.#place.database, now)) return;
    this.#pause = setTimeout(() => this.#begin(), pauseMs);
    this.#pause.unref();
  }

  /**
   * For who schedules it. @returns whether one was made: not where nothing was written since the last, or it is no day old
   * @throws HaypileError as making one
   */
  async today(): Promise<boolean> {
    await this.#looking;
    if (!this.#isDue()) return false;
    return await this.#look();
  }

  /** A process that ends before its pause is over, or before anybody asked, makes what is due now. */
  async close(): Promise<void> {
    await this.#looking;
    if (this.#pause !== undefined || (this.#isScheduled() && this.#isDue())) this.#begin();
    await this.#looking;
  }

  #isDue(): boolean {
    return !this.#isOff && this.#hasWritten && !isYoung(this.#place.database, this.#now());
  }

  #begin(): void {
    clearTimeout(this.#pause);
    this.#pause = undefined;
    this.#looking = this.#look()
      .then(() => undefined)
      .catch((error: unknown) => {
        log("warn", `no snapshot of today was made: ${String(error)}`);
      })
      .finally(() => {
        this.#looking = undefined;
      });
  }

  async #look(): Promise<boolean> {
    const all = await lookAtAll(this.#place);
    const last = all.find(({ manifest }) => manifest?.format === 2 && manifest.reason === "daily");
    if (last !== undefined && this.#now() - Date.parse(last.snapshot.at) < dayMs) {
      return false;
    }
    this.#hasWritten = false;
    try {
      await this.#make();
    } catch (error) {
      this.#hasWritten = true;
      throw error;
    }
    return true;
  }
}

/** A file in its first day, and one of which the system does not say when it was made. */
export function isYoung(database: string, now: number): boolean {
  const stats = statSync(database, { throwIfNoEntry: false });
  const born = stats?.birthtimeMs ?? 0;
  return born <= 0 || now - born < dayMs;
}
