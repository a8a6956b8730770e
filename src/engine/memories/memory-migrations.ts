/*
 * Migrations of the memories: what is of an older format of the model that runs here is made anew in the background,
 * and found by words meanwhile, or by the old vectors where these may be compared; a change to another model goes on beside the old one.
 */
import { embedNext } from "../../indexing/embed-next.ts";
import { logInBackground } from "../../memories/writing/in-background.ts";
import { whenFree } from "../../memories/writing/when-free.ts";
import { nameOf } from "../../models/files.ts";
import type { MigrateCallOptions, MigrationResult } from "../../ports/answers/migration.ts";
import type { MemoryStore } from "../../ports/memory-rows.ts";
import { type MigratedFile, type MigrationRun, rightBeside } from "../migration/migrated-file.ts";
import { cancelMigration, runMigration } from "../migration/run-migration.ts";
import { chooseTarget, type MigrationTarget } from "../migration/target.ts";
import type { MemoryModel } from "./memory-model.ts";

const byWords =
  "the vectors of the memories are of another model or an older format: found by words until they are renewed";

const byComparable =
  "the vectors of the memories are of an older format, which may be compared: they serve until they are renewed";

export class MemoryMigrations {
  readonly #store: MemoryStore;
  readonly #model: MemoryModel;
  readonly #onNew: () => void;
  readonly #keep: (note: string) => Promise<void>;
  readonly #closing = new AbortController();
  readonly #running = new Set<Promise<unknown>>();

  /**
   * @param onNew called when new vectors are in place
   * @param keep makes a snapshot of what is there before the new ones take their place
   */
  constructor(
    store: MemoryStore,
    model: MemoryModel,
    onNew: () => void,
    keep: (note: string) => Promise<void> = async () => undefined,
  ) {
    this.#store = store;
    this.#model = model;
    this.#onNew = onNew;
    this.#keep = keep;
  }

  async run(options: MigrateCallOptions, joins = true): Promise<MigrationResult> {
    await this.#model.follow();
    const file = this.#file();
    if (options.cancel === true) return await cancelMigration(file);
    const chooser = {
      source: this.#model.source,
      here: this.#model.current,
      of: this.#store.vectors.model(),
      next: file.next,
    };
    const target = await chooseTarget(chooser, options);
    const closing = this.#closing.signal;
    const work = runMigration(file, target, { ...options, closing, joins });
    this.#running.add(work);
    return await work.finally(() => this.#running.delete(work));
  }

  /** In the background: what is outdated, and what was begun and not stopped. */
  renewSoon(): void {
    const renew = async (): Promise<void> => {
      await this.#model.follow();
      const there = this.#store.vectors.model();
      const state = this.#store.next.state();
      const isOutdated = there !== undefined && !this.#model.isOf(there);
      if (state?.isStopped === true || (state === undefined && !isOutdated)) return;
      await this.run({}, false);
    };
    const work = renew().catch((error: unknown) => {
      if (!this.#closing.signal.aborted) {
        logInBackground("the vectors of the memories were not renewed", error);
      }
    });
    this.#running.add(work);
    work.finally(() => this.#running.delete(work));
  }

  async close(): Promise<void> {
    this.#closing.abort();
    await Promise.allSettled([...this.#running]);
  }

  #file(): MigratedFile {
    const { path, next, vectors, vectorRight } = this.#store;
    return {
      path,
      right: vectorRight ?? rightBeside(path),
      next: {
        state: () => next.state(),
        begin: (to, folder) => whenFree(() => next.begin(to, folder)),
        stop: () => whenFree(() => next.stop()),
        drop: () => whenFree(() => next.drop()),
      },
      model: () => vectors.model(),
      vectors: () => vectors.count(),
      serving: () => {
        const there = vectors.model();
        if (there === undefined || this.#model.isOf(there)) {
          return { servedBy: "old-vectors", note: undefined };
        }
        return this.#model.isComparable(there)
          ? { servedBy: "comparable-vectors", note: byComparable }
          : { servedBy: "words", note: byWords };
      },
      make: (target, run) => this.#make(target, run),
      follow: () => this.#model.follow(),
    };
  }

  async #make(
    { embedder, found }: MigrationTarget,
    { signal, begun, stored }: MigrationRun,
  ): Promise<boolean> {
    const { next } = this.#store;
    begun();
    const isWhole = await embedNext({
      store: {
        next: {
          pending: (...args) => next.pending(...args),
          put: (...args) => whenFree(() => next.put(...args)),
        },
      },
      embedder,
      pacer: this.#model.source.common.ceiling.governor,
      signal,
      onStored: stored,
    });
    if (!isWhole) return false;
    await this.#keep(`before vectors of ${nameOf(found.located).id} came`);
    // A text that comes between the last look and this waits for its vector, as any other.
    await whenFree(() => next.take());
    this.#model.become(found);
    this.#onNew();
    return true;
  }
}
