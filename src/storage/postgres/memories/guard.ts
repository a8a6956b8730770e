/*
 * Every use of the memories of a team's store goes through here. A write is one transaction that holds the row of
 * memory_counters: one writer after the other, in the order of whose ids commits come. It takes ids from the counters and
 * leaves a token with its commit. Where the connection breaks while it is committed, nobody knows whether it happened; the
 * next try of the same write (errorBefore()) looks for the token, with the row in hand so that the first one is over, and
 * gives the first result where it is there.
 */
import { randomInt, randomUUID } from "node:crypto";
import { actorNow } from "../../../base/actor.ts";
import { HaypileError } from "../../../base/errors.ts";
import { waitedBefore, writeMeasures } from "../../../base/measures/writes.ts";
import { errorBefore, noteWayBack, type WayBack, waitsForTurn } from "../../../base/way-back.ts";
import { closedError } from "../../sqlite/file/errors.ts";
import { memoryWriteKind } from "../../sqlite/memories/file/write-kinds.ts";
import type { Guard } from "../../sqlite/roles/guarded.ts";
import type { PgLink } from "../link/link.ts";
import { Turns } from "./turns.ts";

/** A write that does not get its turn by then is refused as busy: the caller waits without holding up its thread. */
const writeTryMs = 20;
/** Whoever has the turn comes while the one before is being committed. */
const turnTryMs = 200;
/** A writer whose network broke holds the turn no longer than this. */
const silentMs = 15_000;

/** Writes that take no turn: they give no ids, and two at once do the same to each other's rows in any order. */
const withoutTurn: ReadonlySet<string> = new Set(["count uses"]);

/** What is counted, as it stands inside the write that runs. */
export interface Counters {
  row: number;
  part: number;
  change: number;
  vector: number;
}

interface InDoubt {
  doing: string;
  token: string;
  result: unknown;
}

/** Once for each connection: statements of a write find rows by ids and keys, the same way whatever these are. */
const planned = "SET LOCAL plan_cache_mode = force_generic_plan";
const begin = (tryMs: number): string => `SET LOCAL lock_timeout = ${tryMs};
  ${planned};
  SET LOCAL idle_in_transaction_session_timeout = ${silentMs};
  SELECT last_row AS "row", last_part AS part, last_change AS change, last_vector AS vector
  FROM memory_counters FOR UPDATE`;
const end = `WITH old AS (DELETE FROM memory_tokens WHERE token = $1),
  own AS (INSERT INTO memory_tokens(token) VALUES ($2))
  UPDATE memory_counters SET writes = writes + 1, last_row = $3, last_part = $4, last_change = $5, last_vector = $6
  RETURNING pg_notify($7, $8)`;

export interface GuardOptions {
  /** The channel on which others are told that something was written. */
  channel: string;
  /** How long a server that is away is waited for, milliseconds. */
  waitMs: number;
  /** Called after each write that is not a light one. */
  wrote?: (() => void) | undefined;
}

/** What costs most of a write, as it is on a connection that has not written yet: it changes nothing. In a transaction. */
export type Rehearsal = () => void;

export class PgGuard implements Guard, WayBack {
  readonly link: PgLink;
  readonly #options: GuardOptions;
  readonly #inDoubt = new WeakMap<HaypileError, InDoubt>();
  #counters: Counters | undefined;
  /** Of the last write that is known to be there: the next one takes it away. */
  #lastToken: string | undefined;
  readonly #turns: Turns;
  /** Set by whoever writes through it. */
  rehearsal: Rehearsal | undefined;
  #rehearsedOn = 0;
  /** Tells our own notes from those of others. */
  readonly number = randomInt(1, 2 ** 47);
  isOpen = true;

  constructor(link: PgLink, options: GuardOptions) {
    this.link = link;
    this.#options = options;
    this.#turns = new Turns(link);
  }

  get waitMs(): number {
    return this.#options.waitMs;
  }

  /** Inside a write. What is counted up here is written with it. */
  get counters(): Counters {
    if (this.#counters === undefined) throw new Error("ids are given inside write() alone");
    return this.#counters;
  }

  /** Another object in each write; undefined outside of them. */
  get writing(): Counters | undefined {
    return this.#counters;
  }

  write<T>(doing: string, work: () => T): T {
    const result = this.run(doing, () => this.#inOneWrite(doing, work, false));
    this.#options.wrote?.();
    return result;
  }

  /** A commit that a power failure may take back on the server: what can be made again. */
  writeLightly<T>(doing: string, work: () => T): T {
    return this.run(doing, () =>
      withoutTurn.has(doing) ? this.#aside(work) : this.#inOneWrite(doing, work, true),
    );
  }

  #aside<T>(work: () => T): T {
    return this.link.transaction(() => {
      if (this.#counters !== undefined) return work();
      this.link.send(`SET LOCAL lock_timeout = ${writeTryMs}`);
      this.link.send("SET LOCAL synchronous_commit = off");
      return work();
    });
  }

  /** What need not be done now: undefined when others write. */
  unlessBusy<T>(doing: string, work: () => T): T | undefined {
    try {
      return this.writeLightly(doing, work);
    } catch (error) {
      if (isBusy(error)) return undefined;
      throw error;
    }
  }

  run<T>(doing: string, work: () => T): T {
    this.#assertOpen(doing);
    try {
      return work();
    } catch (error) {
      throw this.#told(error);
    }
  }

  /** What waits anyway waits for a server that is away as well. */
  async runAsync<T>(doing: string, work: () => Promise<T>): Promise<T> {
    const began = performance.now();
    for (;;) {
      this.#assertOpen(doing);
      try {
        return await work();
      } catch (error) {
        this.#assertOpen(doing);
        const told = this.#told(error);
        const leftMs = this.waitMs - (performance.now() - began);
        const isAway = HaypileError.isInstance(told) && told.code === "HAYPILE_STORE_AWAY";
        if (!isAway || told.data.isLate === true || leftMs <= 0) throw told;
        await this.untilUp(leftMs);
      }
    }
  }

  async untilUp(limitMs: number): Promise<void> {
    await this.link.untilUp(limitMs);
  }

  async turn(): Promise<void> {
    const turn = this.#turns.wait();
    this.#rehearse();
    await turn;
  }

  /** Once on each connection: after a restart of the server all would plan their statements with the turn in hand. */
  #rehearse(): void {
    const { link, rehearsal } = this;
    const { connected } = link;
    if (rehearsal === undefined || this.#rehearsedOn === connected || !link.isUp) return;
    this.#rehearsedOn = connected;
    try {
      link.transaction(() => {
        link.send(`SET LOCAL lock_timeout = ${turnTryMs}; ${planned}`);
        rehearsal();
      });
    } catch {
      // The write itself finds out.
    }
  }

  passTurn(): void {
    this.#turns.pass();
  }

  progress(): string {
    const [row] = this.link.lists("SELECT writes FROM memory_counters");
    return String(row?.[0]);
  }

  /** Of a read that failed because the connection broke: it may be asked again. */
  #told(error: unknown): unknown {
    if (!HaypileError.isInstance(error)) return error;
    const { code } = error;
    if (code === "HAYPILE_STORE_AWAY" || code === "HAYPILE_DB_BUSY") noteWayBack(error, this);
    return error;
  }

  #inOneWrite<T>(doing: string, work: () => T, isLight: boolean): T {
    // Part of another write.
    if (this.#counters !== undefined) return this.link.transaction(work);
    const kind = memoryWriteKind(doing);
    if (waitsForTurn() && this.#turns.areMany) {
      writeMeasures.noteBusy(kind);
      throw this.#turns.refusal();
    }
    const times = { asked: performance.now(), began: 0, done: 0 };
    const doubt = this.#doubtOf(doing);
    const token = randomUUID();
    let left: string = token;
    let made: T | undefined;
    try {
      const result = this.link.transaction((): T => {
        if (isLight) this.link.send("SET LOCAL synchronous_commit = off");
        const counters = this.#begin(times);
        this.#sayActor();
        if (doubt !== undefined && this.#isThere(doubt.token)) {
          left = doubt.token;
          times.done = performance.now();
          return doubt.result as T;
        }
        made = work();
        this.#end(token, counters);
        // The next one comes while this is committed.
        this.#turns.pass();
        times.done = performance.now();
        return made;
      });
      this.#lastToken = left;
      const { asked, began, done } = times;
      const waitMs = began - asked + waitedBefore();
      writeMeasures.note(kind, waitMs, done - began, performance.now() - done);
      return result;
    } catch (error) {
      if (isBusy(error)) {
        this.#turns.noteBusy();
        this.#turns.tried();
      } else this.#turns.pass();
      if (HaypileError.isInstance(error)) {
        // Not known either of the try before, where this one did not come so far.
        if (error.data.isInDoubt === true) this.#inDoubt.set(error, { doing, token, result: made });
        else if (doubt !== undefined) this.#inDoubt.set(error, doubt);
      }
      if (isBusy(error)) writeMeasures.noteBusy(kind);
      else writeMeasures.noteFailed(kind);
      throw error;
    } finally {
      this.#counters = undefined;
    }
  }

  /** Of a server that writes for its clients: for the account of who wrote. */
  #sayActor(): void {
    const actor = actorNow();
    if (actor === undefined) return;
    this.link.send("SELECT set_config('haypile.actor', $1, true)", [actor]);
  }

  #begin(times: { began: number }): Counters {
    const [counters] = this.link.rows<Counters>(begin(this.#turns.has ? turnTryMs : writeTryMs));
    if (counters === undefined) throw new Error("the counters of the memories are missing");
    times.began = performance.now();
    this.#counters = counters;
    return counters;
  }

  #end(token: string, { row, part, change, vector }: Counters): void {
    const counted = [this.#lastToken ?? null, token, row, part, change, vector];
    const values = [...counted, this.#options.channel, String(this.number)];
    this.link.send(end, values, { name: "memory-end" });
  }

  #isThere(token: string): boolean {
    return this.link.lists("SELECT 1 FROM memory_tokens WHERE token = $1", [token]).length > 0;
  }

  /** Of the same write, tried before. */
  #doubtOf(doing: string): InDoubt | undefined {
    const error = errorBefore();
    const doubt = error && this.#inDoubt.get(error);
    return doubt?.doing === doing ? doubt : undefined;
  }

  #assertOpen(doing: string): void {
    if (!this.isOpen) throw closedError(this.link.name, doing);
  }
}

function isBusy(error: unknown): boolean {
  return HaypileError.isInstance(error) && error.code === "HAYPILE_DB_BUSY";
}
