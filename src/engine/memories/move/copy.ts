/*
 * Copies memories from one store to another while both are used. A pass looks at every memory of the source and brings over what
 * is not there as it is here; it can be stopped at any moment and begun again, because what is equal is passed over. What the
 * target has besides stays: it may be a store of many. So does what is of namespaces that the settings keep somewhere else.
 */
import { throwIfAborted } from "../../../base/abort.ts";
import { HaypileError } from "../../../base/errors.ts";
import { areSameVectors } from "../../../base/model-name.ts";
import { sha256 } from "../../../base/text/sha256.ts";
import { yieldToEventLoop } from "../../../base/yield.ts";
import { sketchOf } from "../../../memories/text/same-text.ts";
import {
  digestOf,
  lastChange,
  type MovedMemory,
  putWhole,
  wholeMemories,
} from "../../../memories/writing/put-whole.ts";
import { whenFree } from "../../../memories/writing/when-free.ts";
import type { NewestRow } from "../../../ports/memory/transfer.ts";
import type { RemovedMemory } from "../../../ports/memory-rows.ts";
import type { OpenedMemoryStore } from "../../../storage/sqlite/memories/store.ts";
import { copyVectors } from "./vectors.ts";

const perStep = 100;
const perLook = 500;
/** All lines of a log that is kept. */
const mostRemoved = 10_000;

export interface CopyCounts {
  /** Memories of the source: forgotten ones that can be brought back, and such that ended, among them. */
  memories: number;
  /** Written by this run; the others were there. */
  copied: number;
  /** Changed, or erased, there later than here: they stay as they are there. */
  newerThere: number;
  /** Erased there, because they were erased here. */
  erased: number;
  /** Lines of the log of what was removed. */
  removedLines: number;
  vectors: number;
}

export type CopyPhase = "copying" | "verifying" | "switching";

export interface CopyProgress {
  phase: CopyPhase;
  done: number;
  total: number;
}

export interface CopyOptions {
  /** Whether memories of a namespace go along; the others stay where they are, and nothing of them is read. Default: all do. */
  goes?: ((namespace: string) => boolean) | undefined;
  signal?: AbortSignal | undefined;
  onProgress?: ((progress: CopyProgress) => void) | undefined;
}

export class MemoryCopy {
  readonly counts: CopyCounts = {
    memories: 0,
    copied: 0,
    newerThere: 0,
    erased: 0,
    removedLines: 0,
    vectors: 0,
  };
  readonly #source: OpenedMemoryStore;
  readonly #target: OpenedMemoryStore;
  readonly #options: CopyOptions;
  readonly #goes: (namespace: string) => boolean;
  /** Memories of namespaces that do not go along, as the last look found them. */
  readonly #stayed = new Map<string, number>();
  /** What memories of the source were when they were last seen to be the same in the target. */
  readonly #same = new Map<string, Seen>();
  /** What they were when they were found to be changed there later, or erased. */
  readonly #newer = new Map<string, string>();
  /** When memories were removed in the target. */
  #removedThere = new Map<string, number>();

  constructor(source: OpenedMemoryStore, target: OpenedMemoryStore, options: CopyOptions = {}) {
    this.#source = source;
    this.#target = target;
    this.#options = options;
    this.#goes = options.goes ?? (() => true);
  }

  /** One pass over the source, a step at a time. @returns memories that were not there as they are here */
  async pass(): Promise<number> {
    const { signal } = this.#options;
    const total = this.#source.transfer.count();
    const takesVectors = await this.#claimModel();
    this.#removedThere = removedIn(this.#target);
    let found = 0;
    let done = 0;
    const seen = new Set<string>();
    for (const step of this.#steps(perStep)) {
      throwIfAborted(signal, "The move");
      const going = this.#going(step);
      for (const { key } of going) seen.add(key);
      const changed = this.#changed(going);
      if (changed.length > 0) {
        const put = await whenFree(() => this.#put(changed));
        found += put.length;
        if (takesVectors) await this.#copyVectors(put);
      }
      done += step.length;
      this.#tell("copying", done, total);
      await yieldToEventLoop();
    }
    await whenFree(() => this.#putRemoved());
    this.#count(seen);
    return found;
  }

  /**
   * Reads all that was copied again, from the target.
   * @throws HaypileError HAYPILE_IO where something is not there as it was written
   */
  async verify(): Promise<void> {
    const keys = [...this.#same.keys()];
    const wrong: string[] = [];
    for (let at = 0; at < keys.length; at += perStep) {
      throwIfAborted(this.#options.signal, "The move");
      wrong.push(...this.#wrongOf(keys.slice(at, at + perStep)));
      this.#tell("verifying", Math.min(at + perStep, keys.length), keys.length);
      await yieldToEventLoop();
    }
    if (wrong.length > 0) throw notTheSame(wrong, this.#target.path);
  }

  /**
   * What changed since the last pass, all at once, and the proof that all is there. Where others cannot write to the source
   * meanwhile, nothing is left behind; else what they say and forget while this looks is for a later pass.
   * @throws HaypileError HAYPILE_IO as verify(), HAYPILE_DB_BUSY
   */
  finish(): void {
    const seen = new Set<string>();
    const { handsOver } = this.#source.transfer;
    const total = this.#source.transfer.count();
    let looked = 0;
    for (const step of this.#steps(perLook)) {
      const going = this.#going(step);
      const changed = this.#changed(going);
      if (changed.length > 0) {
        this.#put(changed);
        const wrong = this.#wrongOf(changed.map(({ key }) => key));
        if (wrong.length > 0) throw notTheSame(wrong, this.#target.path);
      }
      for (const { key } of going) seen.add(key);
      looked += step.length;
      this.#tell("switching", looked, total);
    }
    this.#putRemoved();
    const found = this.#count(seen);
    // Who goes on using the source may have said more since it was counted, and erased what was listed.
    if (handsOver && (looked !== total || found !== seen.size)) {
      throw new HaypileError(
        "HAYPILE_IO",
        `Expected ${seen.size} memories in ${this.#target.path}, but ${found} were seen to be there. Nothing was switched. Run it again.`,
      );
    }
  }

  /** @param seen what the source has, all of it @returns how many of it were seen to be there, as they are here or later */
  #count(seen: ReadonlySet<string>): number {
    for (const known of [this.#same, this.#newer]) {
      for (const key of known.keys()) if (!seen.has(key)) known.delete(key);
    }
    this.counts.newerThere = this.#newer.size;
    this.counts.memories = this.#same.size + this.#newer.size;
    return this.counts.memories;
  }

  /** Namespaces whose memories did not go along, by name. */
  stayed(): { namespace: string; memories: number }[] {
    return [...this.#stayed]
      .map(([namespace, memories]) => ({ namespace, memories }))
      .sort((a, b) => (a.namespace < b.namespace ? -1 : 1));
  }

  /** One for all that was seen to be the same in both. */
  digest(): string {
    const all = [...this.#same].sort(([a], [b]) => (a < b ? -1 : 1));
    return sha256(all.map(([key, { digest }]) => `${key} ${digest}`).join("\n")).slice(0, 16);
  }

  *#steps(size: number): Generator<NewestRow[]> {
    this.#stayed.clear();
    for (let after = 0; ; ) {
      const step = this.#source.transfer.newest(after, size);
      const last = step.at(-1);
      if (last === undefined) return;
      yield step;
      after = last.rowId;
    }
  }

  #going(step: readonly NewestRow[]): NewestRow[] {
    return step.filter(({ namespace }) => {
      const goes = this.#goes(namespace);
      if (!goes) this.#stayed.set(namespace, (this.#stayed.get(namespace) ?? 0) + 1);
      return goes;
    });
  }

  /**
   * Memories of a store. What one said in another namespace before, which does not go along, is no part of it here; nor is it
   * touched where it stands.
   */
  #wholes(store: OpenedMemoryStore, keys: readonly string[]): MovedMemory[] {
    return wholeMemories(store, keys).map((whole) => {
      const rows = whole.rows.filter(({ namespace }) => this.#goes(namespace));
      // One that is elsewhere now is whole.
      return this.#goes(namespaceOf(whole)) ? { ...whole, rows } : whole;
    });
  }

  /** Those that are others than when they were last seen in both. */
  #changed(step: readonly { key: string }[]): MovedMemory[] {
    const wholes = this.#wholes(
      this.#source,
      step.map(({ key }) => key),
    );
    return wholes.filter((whole) => {
      // Somebody has just put it into another namespace.
      if (!this.#goes(namespaceOf(whole))) return false;
      const digest = digestOf(whole);
      return this.#same.get(whole.key)?.digest !== digest && this.#newer.get(whole.key) !== digest;
    });
  }

  /** @returns those that were written */
  #put(wholes: readonly MovedMemory[]): MovedMemory[] {
    const target = this.#target;
    const keys = wholes.map(({ key }) => key);
    const there = new Map(this.#wholes(target, keys).map((one) => [one.key, one]));
    const put: MovedMemory[] = [];
    const newer: MovedMemory[] = [];
    const equal: MovedMemory[] = [];
    for (const whole of wholes) {
      const own = there.get(whole.key);
      if (own !== undefined && digestOf(own) === digestOf(whole)) equal.push(whole);
      else if (this.#isNewerThere(whole, own)) newer.push(whole);
      else put.push(whole);
    }
    const uses = equal.flatMap(({ key, uses }) => (uses === undefined ? [] : { key, ...uses }));
    if (put.length > 0 || uses.length > 0) {
      target.write("move memories", () => {
        for (const whole of put) putWhole(target, whole, there.get(whole.key));
        target.transfer.putUses(uses);
      });
    }
    for (const whole of [...equal, ...put]) {
      this.#same.set(whole.key, { digest: digestOf(whole), last: lastChange(whole) });
      this.#newer.delete(whole.key);
    }
    for (const whole of newer) {
      this.#newer.set(whole.key, digestOf(whole));
      this.#same.delete(whole.key);
    }
    this.counts.copied += put.length;
    this.counts.newerThere = this.#newer.size;
    return put;
  }

  /** What is there as it was put there is changed by what was said here since, whatever that says of its time. */
  #isNewerThere(whole: MovedMemory, own: MovedMemory | undefined): boolean {
    if (own === undefined) {
      const removed = this.#removedThere.get(whole.key);
      return removed !== undefined && removed >= lastChange(whole);
    }
    const isAsPut = this.#same.get(whole.key)?.digest === digestOf(own);
    return !isAsPut && lastChange(own) > lastChange(whole);
  }

  /** Those that are not in the target as they were put there, nor were changed there since. */
  #wrongOf(keys: readonly string[]): string[] {
    const there = new Map(this.#wholes(this.#target, keys).map((one) => [one.key, one]));
    let removed: Map<string, number> | undefined;
    const wrong = keys.filter((key) => {
      const wanted = this.#same.get(key);
      const own = there.get(key);
      if (wanted === undefined) return false;
      if (own !== undefined && digestOf(own) === wanted.digest) return false;
      // Somebody who uses that store has changed it in the moment since, or erased it.
      if (own === undefined) removed ??= removedIn(this.#target);
      const last = own === undefined ? removed?.get(key) : lastChange(own);
      const isNewer = last !== undefined && last > wanted.last;
      if (isNewer) {
        this.#newer.set(key, wanted.digest);
        this.#same.delete(key);
      }
      return !isNewer;
    });
    this.counts.newerThere = this.#newer.size;
    return wrong;
  }

  /** What was erased here goes there, unless it was changed there later; and the log of it, but for what that says of later. */
  #putRemoved(): void {
    const [source, target] = [this.#source, this.#target];
    const known = new Map(target.removal.removed(mostRemoved).map((one) => [one.key, one]));
    const isNews = ({ key, at, why }: RemovedMemory): boolean => {
      const own = known.get(key);
      return own === undefined || at > own.at || (at === own.at && why !== own.why);
    };
    const news = source.removal
      .removed(mostRemoved)
      .filter((one) => this.#goes(one.namespace) && isNews(one));
    const named = news.map(({ key }) => key);
    const here = new Set(wholeMemories(source, named).map(({ key }) => key));
    // The line about one that can still be brought back goes there with it, and where it stays as it is there, not at all.
    const fresh = news.filter(({ key }) => !here.has(key) || this.#same.has(key));
    if (fresh.length === 0) return;
    fresh.reverse();
    const keys = fresh.map(({ key }) => key);
    const lastAt = new Map(fresh.map(({ key, at }) => [key, at]));
    const gone = wholeMemories(
      target,
      keys.filter((key) => !here.has(key)),
    ).filter(
      (own) => this.#goes(namespaceOf(own)) && lastChange(own) <= (lastAt.get(own.key) ?? 0),
    );
    target.write("move memories", () => {
      const erased = gone.map(({ key }) => key);
      target.removal.erase(erased, Date.now(), undefined, (row) =>
        sketchOf(row.namespace, row.text),
      );
      target.transfer.putRemoved(fresh);
    });
    for (const { key } of gone) this.#same.delete(key);
    this.counts.erased += gone.length;
    this.counts.removedLines += fresh.length;
  }

  async #copyVectors(put: readonly MovedMemory[]): Promise<void> {
    this.counts.vectors += await copyVectors(this.#source, this.#target, put, this.#goes);
  }

  /** Whether vectors can go along: those of the target are of the same model, or it has none. */
  async #claimModel(): Promise<boolean> {
    const model = this.#source.vectors.model();
    if (model === undefined) return false;
    const there = this.#target.vectors.model();
    // Where it is noted there already, too: a store takes vectors only of the model that it was told runs here.
    if (there === undefined || areSameVectors(there, model)) {
      await whenFree(() => this.#target.vectors.claimModel(model));
    }
    const now = this.#target.vectors.model();
    return now !== undefined && areSameVectors(now, model);
  }

  #tell(phase: CopyPhase, done: number, total: number): void {
    this.#options.onProgress?.({ phase, done: Math.min(done, total), total });
  }
}

/** When memories were removed, as a log says. */
function removedIn({ removal }: OpenedMemoryStore): Map<string, number> {
  return new Map(removal.removed(mostRemoved).map(({ key, at }) => [key, at]));
}

/** Of its newest text. */
function namespaceOf({ rows }: MovedMemory): string {
  return rows.at(-1)?.namespace ?? "";
}

interface Seen {
  digest: string;
  /** When it was last changed. */
  last: number;
}

function notTheSame(keys: readonly string[], place: string): HaypileError {
  return new HaypileError(
    "HAYPILE_IO",
    `${keys.length} memories are not in ${place} as they were written there, such as ${keys.slice(0, 3).join(", ")}. Nothing was switched; what was copied stays. Run it again, and report it when it happens twice.`,
    { data: { keys: keys.slice(0, 100) } },
  );
}
