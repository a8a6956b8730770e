/*
 * Deletes memories: first they are hidden, and come back with undelete(); after the grace period they are
 * erased for good: rows, vectors, words, and the log they were written through.
 */
import { createHmac } from "node:crypto";
import { assertMayChange } from "../../base/actor.ts";
import { HaypileError } from "../../base/errors.ts";
import { yieldToEventLoop } from "../../base/yield.ts";
import type { ForgetResult, RemovedMemory } from "../../ports/answers/memory-reports.ts";
import type { MemoryStore, RowFilter } from "../../ports/memory-rows.ts";
import { checkTime, missing, notThere } from "../checks/options.ts";
import { sketchOf } from "../text/same-text.ts";
import { whenFree, whenThere } from "./when-free.ts";

const tokenGoodForMs = 10 * 60_000;
/** What the history says of a memory that was brought back. */
const broughtBack = "brought back after it was forgotten";
/** Memories erased in one transaction. */
const erasedPerStep = 200;
/** Evicted in one go, at most, to make room for a new one. */
const mostEvicted = 64;

export interface Quota {
  /** Most memories of a namespace. */
  memories?: number | undefined;
  /** Most bytes of their texts together. */
  bytes?: number | undefined;
}

export interface ForgetOptions {
  /** How long deleted memories can be brought back, milliseconds. */
  graceMs: number;
  /** How long expired and superseded ones stay before they are removed, milliseconds. */
  keepEndedMs: number;
  /** By namespace; "*" stands for all others. */
  quotas: Readonly<Record<string, Quota>>;
}

type Removing = Pick<MemoryStore, "rows" | "relations" | "scope" | "removal" | "facts" | "write">;

export class Forgetting {
  readonly #store: Removing;
  readonly #options: ForgetOptions;
  /** Erased bytes may still stand in the log: another process was reading. */
  #logIsOld = false;
  /** When something was put away last: no two go at one time, so that each comes back alone. */
  #lastAt = 0;

  constructor(store: Removing, options: ForgetOptions) {
    this.#store = store;
    this.#options = options;
  }

  /** @throws HaypileError HAYPILE_MEMORY_MISSING */
  async forget(id: string, hard: boolean): Promise<ForgetResult> {
    const row = await whenFree(() => this.#store.rows.current(id));
    if (row === undefined) throw notThere(this.#store.rows, id);
    if (row.deleted !== undefined && !hard) throw missing(id);
    return await this.#remove([id], hard, "forgotten");
  }

  /** Keys that a filter means, expired and superseded ones too. */
  async matching(filter: RowFilter): Promise<string[]> {
    await this.#store.scope.prepare();
    const allowed = this.#store.scope.allowed({ ...filter, evenEnded: true });
    const keys = new Set<string>();
    for (let after = 0; ; ) {
      const rowIds = allowed.oldest(1_000, after);
      if (rowIds.length === 0) return [...keys];
      for (const { key } of this.#store.rows.get(rowIds)) keys.add(key);
      after = rowIds.at(-1) as number;
      await yieldToEventLoop();
    }
  }

  async tokenFor(keys: readonly string[], now = Date.now()): Promise<string> {
    await whenFree(() => this.#store.facts.secret());
    const until = Math.floor((now + tokenGoodForMs) / 1_000);
    return `${until.toString(36)}-${this.#sign(keys, until)}`;
  }

  /** @throws HaypileError HAYPILE_CONFIRM */
  async forgetConfirmed(
    keys: readonly string[],
    confirm: string,
    hard: boolean,
  ): Promise<ForgetResult> {
    await whenFree(() => this.#store.facts.secret());
    const [, time = "", sign = ""] = /^([0-9a-z]+)-([0-9a-f]+)$/.exec(confirm) ?? [];
    const until = Number.parseInt(time, 36);
    const reason = Number.isNaN(until)
      ? "it has another form"
      : until * 1_000 < Date.now()
        ? "it was good for ten minutes"
        : sign !== this.#sign(keys, until)
          ? "the memories that are meant are not the same any more"
          : undefined;
    if (reason !== undefined) {
      throw new HaypileError(
        "HAYPILE_CONFIRM",
        `Expected the token of a preview of these ${keys.length} memories, but ${reason}. Nothing was deleted. Ask for the preview again and confirm with its token.`,
        { data: { matched: keys.length } },
      );
    }
    return await this.#remove(keys, hard, "forgotten");
  }

  async undelete(id: string): Promise<void> {
    const row = await whenFree(() => this.#store.rows.current(id));
    if (row === undefined) throw notThere(this.#store.rows, id);
    await this.#write("bring a memory back", () => {
      this.#assertMayChange([id]);
      this.#unmark([id], Date.now());
    });
  }

  /** Brings back what went at one time, in steps. @throws HaypileError HAYPILE_USAGE */
  async undeleteAt(time: string): Promise<number> {
    const at = checkTime("at", time) ?? Number.NaN;
    const keys = await whenFree(() => this.#store.removal.markedAt(at));
    const now = Date.now();
    for (let from = 0; from < keys.length; from += erasedPerStep) {
      const step = keys.slice(from, from + erasedPerStep);
      await this.#write("bring memories back", () => {
        this.#assertMayChange(step);
        this.#unmark(step, now);
      });
      await yieldToEventLoop();
    }
    return keys.length;
  }

  /** Inside a write. The note tells a later copy of the memory that this came after it was forgotten. */
  #unmark(keys: readonly string[], at: number): void {
    for (const key of keys) {
      if (this.#store.rows.current(key)?.deleted !== undefined) {
        this.#store.relations.addNote(key, at, broughtBack);
      }
      this.#store.removal.unmark(key);
    }
  }

  async collect(now = Date.now()): Promise<{ removed: RemovedMemory[]; erased: number }> {
    const { graceMs, keepEndedMs } = this.#options;
    const found = await whenThere(async () =>
      this.#store.removal.collectable({
        deletedBefore: now - graceMs,
        expiredBefore: now - keepEndedMs,
        supersededBefore: now - keepEndedMs,
      }),
    );
    const removed: RemovedMemory[] = [];
    for (const why of ["expired", "superseded"] as const) {
      const keys = found[why];
      if (keys.length === 0) continue;
      await this.#write("collect memories", () => this.#store.removal.mark(keys, now, why));
      const at = new Date(now).toISOString();
      for (const key of keys) {
        const row = await whenThere(async () => this.#store.rows.current(key));
        removed.push({ id: key, namespace: row?.namespace ?? "", at, why });
      }
    }
    await this.#erase(found.deleted, undefined);
    this.#store.removal.dropCopies(false);
    if (this.#logIsOld) this.#logIsOld = !this.#store.removal.truncateLog();
    return { removed, erased: found.deleted.length };
  }

  /**
   * Makes room for new memories in a namespace that has a quota: the least important, least used, oldest go
   * (into the grace period). In the transaction of the write.
   * @throws HaypileError HAYPILE_QUOTA
   */
  makeRoom(namespace: string, memories: number, bytes: number): void {
    const quota = this.#options.quotas[namespace] ?? this.#options.quotas["*"];
    if (quota === undefined) return;
    const {
      memories: most = Number.POSITIVE_INFINITY,
      bytes: mostBytes = Number.POSITIVE_INFINITY,
    } = quota;
    const size = this.#store.removal.size(namespace);
    let over = size.memories + memories - most;
    let bytesOver = size.bytes + bytes - mostBytes;
    if (over <= 0 && bytesOver <= 0) return;
    const evicted: string[] = [];
    for (const { key, bytes: held } of this.#store.removal.leastWorth(namespace, mostEvicted)) {
      if (over <= 0 && bytesOver <= 0) break;
      evicted.push(key);
      over -= 1;
      bytesOver -= held;
    }
    if (over > 0 || bytesOver > 0) {
      throw new HaypileError(
        "HAYPILE_QUOTA",
        `Expected room in the namespace ${JSON.stringify(namespace)}, but it is full (${size.memories} memories, ${size.bytes} bytes) and what could go is pinned or too little. Forget or unpin some, or raise the quota.`,
        { data: { namespace, ...size, quota } },
      );
    }
    this.#store.removal.mark(evicted, Date.now(), "quota");
  }

  async #remove(keys: readonly string[], hard: boolean, why: string): Promise<ForgetResult> {
    if (hard) {
      await this.#erase(keys, why);
      return { deleted: keys.length, recoverableUntil: undefined, at: undefined };
    }
    const now = Math.max(Date.now(), this.#lastAt + 1);
    this.#lastAt = now;
    await this.#write("forget memories", () => {
      this.#assertMayChange(keys);
      this.#store.removal.mark(keys, now, why);
    });
    const recoverableUntil = new Date(now + this.#options.graceMs).toISOString();
    return { deleted: keys.length, recoverableUntil, at: new Date(now).toISOString() };
  }

  async #erase(keys: readonly string[], why: string | undefined): Promise<void> {
    if (keys.length === 0) return;
    for (let at = 0; at < keys.length; at += erasedPerStep) {
      const step = keys.slice(at, at + erasedPerStep);
      await this.#write("erase memories", () => {
        // What the time came for is nobody's call.
        if (why !== undefined) this.#assertMayChange(step);
        this.#store.removal.erase(step, Date.now(), why, (row) =>
          sketchOf(row.namespace, row.text),
        );
      });
      await yieldToEventLoop();
    }
    // They may hold what was erased.
    this.#store.removal.dropCopies(true);
    this.#logIsOld = !this.#store.removal.truncateLog();
  }

  #assertMayChange(keys: readonly string[]): void {
    for (const key of keys) assertMayChange(this.#store.rows.current(key));
  }

  #write(doing: string, work: () => void): Promise<void> {
    return whenFree(() => this.#store.write(doing, work));
  }

  #sign(keys: readonly string[], until: number): string {
    const sign = createHmac("sha256", this.#store.facts.secret()).update(String(until));
    for (const key of [...keys].sort()) sign.update(`\0${key}`);
    return sign.digest("hex").slice(0, 20);
  }
}
