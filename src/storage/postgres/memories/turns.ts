/*
 * Turns to write. Whoever finds another writer joins a queue, which the server keeps: an advisory lock that is waited for on a
 * connection of its own, while this thread goes on. It is held until the write is about to be committed. It only spares tries
 * in vain: what keeps writers apart is the row of the counters, so nothing is lost where a turn is not given, or taken back.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { HaypileError } from "../../../base/errors.ts";
import type { PgLink } from "../link/link.ts";

/** Whoever got no turn by then tries without: somebody stands still who has one. */
const waitMs = 8_000;
/** Who has a turn and does nothing with it loses it. */
const silentMs = 3_000;
/** So long after another writer was met, whoever comes joins the queue at once. */
const manyMs = 2_000;
const mostPauseMs = 12;

const join = `BEGIN; SET LOCAL lock_timeout = ${waitMs};
  SET LOCAL idle_in_transaction_session_timeout = ${silentMs};
  SELECT pg_advisory_xact_lock(hashtextextended('haypile turn ' || current_schema(), 213))`;

export class Turns {
  readonly #link: PgLink;
  #metAtMs = Number.NEGATIVE_INFINITY;
  #waiting: Promise<void> | undefined;
  #state: "none" | "had" | "tries" = "none";

  constructor(link: PgLink) {
    this.#link = link;
  }

  /** Others write now, as far as is known, and it is not this client's turn. */
  get areMany(): boolean {
    return this.#state === "none" && performance.now() - this.#metAtMs < manyMs;
  }

  get has(): boolean {
    return this.#state === "had";
  }

  noteBusy(): void {
    this.#metAtMs = performance.now();
  }

  refusal(): HaypileError {
    const { name } = this.#link;
    return new HaypileError("HAYPILE_DB_BUSY", `${name} is being written by others. Try again.`, {
      data: { store: name },
    });
  }

  /** Several writes of one client wait together; the first of them has the turn. */
  async wait(): Promise<void> {
    this.#waiting ??= this.#join().finally(() => {
      this.#waiting = undefined;
    });
    await this.#waiting;
  }

  /** After a try that found others nevertheless: whoever has the turn keeps it. */
  tried(): void {
    if (this.#state === "tries") this.#state = "none";
  }

  /** After the write, or in place of it. */
  pass(): void {
    const had = this.#state === "had";
    this.#state = "none";
    if (had) this.#leave();
  }

  async #join(): Promise<void> {
    // It is not taken from who came a moment too early.
    if (this.#state === "had") return void (await sleep(1 + Math.random() * mostPauseMs));
    try {
      await this.#link.later(join, [], { on: "turn" });
      this.#state = "had";
      this.noteBusy();
    } catch {
      // Nobody gave one in time, or the server is away: the write itself finds out.
      this.#leave();
      await sleep(1 + Math.random() * mostPauseMs);
      this.#state = "tries";
    }
  }

  #leave(): void {
    void this.#link.later("ROLLBACK", [], { on: "turn" }).catch(() => undefined);
  }
}
