/*
 * Migrations of one engine's index: one at a time, by a lock of its own, so that index runs and searches go on beside
 * it with the old vectors. The lock of index runs is held only while the new vectors are put in place.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { throwIfAborted } from "../../base/abort.ts";
import { HaypileError } from "../../base/errors.ts";
import { log } from "../../base/log.ts";
import { yieldToEventLoop } from "../../base/yield.ts";
import { embedNext } from "../../indexing/embed-next.ts";
import { embedStatic } from "../../indexing/embed-static.ts";
import { Stopwatch } from "../../indexing/report.ts";
import type {
  MigrateCallOptions,
  MigrationResult,
  MigrationStatus,
} from "../../ports/answers/migration.ts";
import type { SearchRequest } from "../../ports/answers/search.ts";
import type { TextEmbedder } from "../../ports/embedder.ts";
import type { IndexLock, IndexStore, VectorRight } from "../../ports/store.ts";
import type { EngineParts } from "../engine-parts.ts";
import type { KeptStore } from "../index/kept-store.ts";
import { findModelParts } from "../models/model-parts.ts";
import type { MigratedFile, MigrationRun } from "./migrated-file.ts";
import { roomForTwo } from "./room.ts";
import {
  cancelMigration,
  isBusy,
  lookEveryMs,
  migrationStatus,
  runMigration,
} from "./run-migration.ts";
import { type Serving, servingInWords, servingOf } from "./serving.ts";
import { chooseTarget, isOf, type MigrationTarget } from "./target.ts";

/** What another process is at, or has no memory for, is looked at again by the background after so long. */
const againAfterMs = 30_000;

export class IndexMigrations {
  readonly #parts: EngineParts;
  readonly #kept: KeptStore;
  readonly #closing = new AbortController();
  /** The model of the index for which another model was looked for last. */
  #lookedFor: { key: string; looking: Promise<void> } | undefined;
  /** Why the old model does not serve in this process while a migration is at work. */
  #rests: string | undefined;
  readonly #running = new Set<Promise<unknown>>();
  #background: Promise<void> | undefined;
  readonly #backgroundStop = new AbortController();
  #notBefore = 0;

  /** @param kept the database, which may be deleted while a migration is at work */
  constructor(parts: EngineParts, kept: KeptStore) {
    this.#parts = parts;
    this.#kept = kept;
  }

  /** This process is making new vectors. */
  get isAtWork(): boolean {
    return this.#running.size > 0;
  }

  /** Takes the model of the index where that has changed since the engine was opened. */
  async follow(store: IndexStore): Promise<void> {
    const index = store.vectors.model();
    const parts = this.#parts;
    if (index === undefined || isOf(parts, index)) return;
    const key = JSON.stringify(index);
    if (key !== this.#lookedFor?.key) {
      const looking = findModelParts(parts.source).then(
        (found) => void Object.assign(parts, found),
      );
      this.#lookedFor = { key, looking };
    }
    // Others that ask meanwhile wait for the same look.
    await this.#lookedFor.looking;
  }

  serving(store: IndexStore): Serving {
    const state = store.next.state();
    const serving = servingOf(this.#parts, store.vectors.model(), state !== undefined);
    const isResting = this.#rests !== undefined && serving.by === "old-vectors";
    return isResting ? { ...serving, by: "words" } : serving;
  }

  /** Why searches do not go by the vectors of the index; undefined where they do. */
  note(store: IndexStore, serving = this.serving(store)): string | undefined {
    if (serving.by === "old-vectors") return undefined;
    if (this.#rests !== undefined && !serving.isOutdated) return this.#rests;
    const { model } = this.#parts;
    return servingInWords(serving, model, store.vectors.model(), this.status(store));
  }

  status(store: IndexStore): MigrationStatus | undefined {
    return migrationStatus({ next: store.next, right: rightOf(store) });
  }

  /** What gives queries of this index their vectors; undefined: words and the static model serve. */
  queryEmbedder(store: IndexStore): TextEmbedder | undefined {
    const { caches, cached, embedder } = this.#parts;
    const { by } = this.serving(store);
    if (by === "words") return undefined;
    const made = caches.embedder(cached ?? embedder);
    if (by === "old-vectors") return made;
    return { ...made, vectors: store.vectors.model()?.vectors };
  }

  /** A search by other vectors than the index's own makes none for it. */
  fitted(store: IndexStore, request: SearchRequest): SearchRequest {
    const { by } = this.serving(store);
    return by === "old-vectors" ? request : { ...request, fillIn: "off" };
  }

  /** The old model had no room beside the new one. @returns whether a search is to be tried without it */
  rest(error: unknown): boolean {
    const isOfMemory =
      HaypileError.isInstance(error) &&
      ["HAYPILE_MEMORY_LIMIT", "HAYPILE_OVERLOADED", "HAYPILE_OUT_OF_MEMORY"].includes(error.code);
    if (!isOfMemory || !this.isAtWork || this.#rests !== undefined) return false;
    this.#rests =
      "there is no memory for the old model beside the new one: found by words, names and the simpler model until the vectors are renewed";
    return true;
  }

  /**
   * @param joins wait for another process that is at it, and tell how far it is
   * @throws HaypileError HAYPILE_ABORTED, HAYPILE_DB_BUSY, HAYPILE_MODEL_*, HAYPILE_MEMORY_LIMIT
   */
  async run(
    store: IndexStore,
    options: MigrateCallOptions,
    joins = true,
  ): Promise<MigrationResult> {
    await this.follow(store);
    if (options.cancel === true) {
      this.#backgroundStop.abort();
      await this.#background;
      return await cancelMigration(this.#file(store));
    }
    const { source, located, embedder, cached } = this.#parts;
    const here = located && { located, embedder, cached };
    const chooser = { source, here, of: store.vectors.model(), next: store.next };
    const target = await chooseTarget(chooser, options);
    const closing = this.#closing.signal;
    return await runMigration(this.#file(store), target, { ...options, closing, joins });
  }

  /** Makes what is outdated anew in the background, and goes on with what was killed, where this process lives on. */
  renewSoon(store: IndexStore): void {
    const isIdle = this.#background === undefined && performance.now() >= this.#notBefore;
    if (!this.#parts.renews || !isIdle || this.#closing.signal.aborted) return;
    const state = store.next.state();
    if (state?.isStopped === true) return;
    if (state === undefined && !this.serving(store).isOutdated) return;
    const { signal } = this.#backgroundStop;
    this.#background = this.#kept
      .during(() => this.run(store, { signal }, false))
      .then(
        ({ state: how }) => {
          if (how !== "done") this.#notBefore = performance.now() + againAfterMs;
        },
        (error: unknown) => {
          if (this.#closing.signal.aborted) return;
          this.#notBefore = Number.POSITIVE_INFINITY;
          if (!signal.aborted) log("warn", `the vectors were not renewed: ${String(error)}`);
        },
      )
      .finally(() => {
        this.#background = undefined;
      });
  }

  async close(): Promise<void> {
    this.#closing.abort();
    await Promise.allSettled([this.#background, ...this.#running]);
  }

  #file(store: IndexStore): MigratedFile {
    return {
      path: store.path,
      right: rightOf(store),
      next: store.next,
      model: () => store.vectors.model(),
      vectors: () => store.facts.stats().vectors,
      serving: () => ({ servedBy: this.serving(store).by, note: this.note(store) }),
      make: (target, run) => {
        const work = this.#make(store, target, run);
        this.#running.add(work);
        return work.finally(() => this.#running.delete(work));
      },
      follow: () => this.follow(store),
    };
  }

  async #make(
    store: IndexStore,
    target: MigrationTarget,
    { signal, begun, stored }: MigrationRun,
  ): Promise<boolean> {
    const { staticEmbedder, ceiling } = this.#parts;
    const { embedder } = target;
    try {
      this.#rests = await roomForTwo(this.#parts, target);
      begun();
      if (this.serving(store).by === "words" && staticEmbedder !== undefined) {
        store.next.wantStatic();
        await embedStatic(store.staticVectors, staticEmbedder, new Stopwatch(), signal);
      }
      const onStored = (chunks: number): void => {
        if (this.#kept.isGone) throw gone(store.path);
        stored(chunks);
      };
      const phase = { store, embedder, pacer: ceiling.governor, signal, onStored };
      if (!(await embedNext(phase))) return false;
      const lock = await indexLock(store, signal);
      try {
        // What an index run brought since.
        if (!(await embedNext(phase))) return false;
        store.next.take(embedder.maxTokens);
      } finally {
        lock.release();
      }
      for (const _ of store.optimizeInSteps()) await yieldToEventLoop();
      await this.follow(store);
      return true;
    } finally {
      this.#rests = undefined;
      ceiling.relief.worked();
    }
  }
}

function rightOf(store: IndexStore): VectorRight {
  return { lock: () => store.lock("next"), owner: () => store.lockOwner("next") };
}

function gone(path: string): HaypileError {
  return new HaypileError(
    "HAYPILE_NOT_INDEXED",
    `The index ${path} was deleted while its vectors were being renewed. Run "haypile index" to make it anew.`,
    { data: { path } },
  );
}

/** The right to index, as soon as the run that has it is done. */
async function indexLock(store: IndexStore, signal: AbortSignal): Promise<IndexLock> {
  for (;;) {
    throwIfAborted(signal, "Renewing vectors");
    try {
      return store.lock("index");
    } catch (error) {
      if (!isBusy(error)) throw error;
    }
    await sleep(lookEveryMs, undefined, { signal }).catch(() => undefined);
  }
}
