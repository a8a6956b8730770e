/*
 * A snapshot a day of memories that change. Nobody waits with a clock: a write looks whether the last one is a day old. So
 * none is made of what is as it was, nor in the first day of a file.
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
  #nextLook = 0;
  #pause: NodeJS.Timeout | undefined;
  #looking: Promise<void> | undefined;

  /** @param make makes one, and removes those that have had their time */
  constructor(place: Place, keep: string, now: () => number, make: () => Promise<void>) {
    this.#place = place;
    this.#isOff = keep === "off";
    this.#now = now;
    this.#make = make;
  }

  wrote(): void {
    if (this.#isOff || this.#pause !== undefined || this.#looking !== undefined) return;
    const now = this.#now();
    if (now < this.#nextLook) return;
    this.#nextLook = now + lookEveryMs;
    if (isYoung(this.#place.database, now)) return;
    this.#pause = setTimeout(() => this.#begin(), pauseMs);
    this.#pause.unref();
  }

  /** A process that ends before its pause is over makes what is due now. */
  async close(): Promise<void> {
    if (this.#pause !== undefined) this.#begin();
    await this.#looking;
  }

  #begin(): void {
    clearTimeout(this.#pause);
    this.#pause = undefined;
    this.#looking = this.#look()
      .catch((error: unknown) => {
        log("warn", `no snapshot of today was made: ${String(error)}`);
      })
      .finally(() => {
        this.#looking = undefined;
      });
  }

  async #look(): Promise<void> {
    const all = await lookAtAll(this.#place);
    const last = all.find(({ manifest }) => manifest?.format === 2 && manifest.reason === "daily");
    if (last !== undefined && this.#now() - Date.parse(last.snapshot.at) < dayMs) return;
    await this.#make();
  }
}

/** A file in its first day, and one of which the system does not say when it was made. */
export function isYoung(database: string, now: number): boolean {
  const stats = statSync(database, { throwIfNoEntry: false });
  const born = stats?.birthtimeMs ?? 0;
  return born <= 0 || now - born < dayMs;
}
