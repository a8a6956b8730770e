/*
 * Makes older words of memories anew in the background: a short step, then a pause in which others read and write.
 * What is left when the file is closed is done at its next opening; until then it is found by its older words.
 */
import { HaypileError } from "../../../../base/errors.ts";
import { log } from "../../../../base/log.ts";

const pauseMs = 10;
/** Another process writes, or does the same work. */
const busyPauseMs = 200;

export class WordRefresh {
  readonly #step: () => boolean;
  #timer: NodeJS.Timeout | undefined;

  /** @param step does some of it, and says whether there is more; HAYPILE_DB_BUSY: it could not now */
  constructor(step: () => boolean) {
    this.#step = step;
    this.#after(pauseMs);
  }

  /** No step is begun after this. */
  close(): void {
    clearTimeout(this.#timer);
  }

  #after(ms: number): void {
    this.#timer = setTimeout(() => this.#run(), ms);
    // A process that has nothing else to do ends.
    this.#timer.unref();
  }

  #run(): void {
    try {
      if (this.#step()) this.#after(pauseMs);
    } catch (error) {
      if (HaypileError.isInstance(error) && error.code === "HAYPILE_DB_BUSY") {
        this.#after(busyPauseMs);
        return;
      }
      log("warn", `words of older memories were not made anew: ${String(error)}`);
    }
  }
}
