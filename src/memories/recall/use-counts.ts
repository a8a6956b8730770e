/* Counts how often memories were found. Written together, some time after: an answer never waits for it. */
import { log } from "../../base/log.ts";
import type { MemoryStore } from "../../ports/memory-rows.ts";

const noteAfterMs = 1_000;

type Counting = Pick<MemoryStore, "relations" | "writeLightly">;

export class UseCounts {
  readonly #store: Counting;
  #keys: string[] = [];
  #timer: NodeJS.Timeout | undefined;

  constructor(store: Counting) {
    this.#store = store;
  }

  note(keys: readonly string[]): void {
    this.#keys.push(...keys);
    if (this.#keys.length === 0) return;
    this.#timer ??= setTimeout(() => this.#write(), noteAfterMs);
    this.#timer.unref();
  }

  /** Writes what is noted: before counts are told, and before the store is closed. */
  flush(): void {
    clearTimeout(this.#timer);
    this.#write();
  }

  #write(): void {
    this.#timer = undefined;
    const keys = this.#keys;
    this.#keys = [];
    if (keys.length === 0) return;
    try {
      this.#store.writeLightly("count uses", () =>
        this.#store.relations.countUse(keys, Date.now()),
      );
    } catch (error) {
      // How often something was found is worth less than the next answer.
      log("debug", `uses of memories were not counted: ${String(error)}`);
    }
  }
}
