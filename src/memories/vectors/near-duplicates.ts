/*
 * What says the same in other words shows when the vector is there: memories nearer than this are linked, so that
 * whoever reads one sees the other. They are not merged: near is not equal, and nobody is asked any more.
 */
import { log } from "../../base/log.ts";
import { yieldToEventLoop } from "../../base/yield.ts";
import type { MemoryStore } from "../../ports/memory-rows.ts";
import { type CosineScale, cosineScaleOf, seenCosine } from "../../search/ranking/cosine-scale.ts";
import { whenFree } from "../writing/when-free.ts";

/** Cosine from which on two texts are near duplicates, on the scale of all models (cosine-scale.ts). */
const nearCosine = 0.95;
/** Of many texts written together none is compared: that would take longer than writing them. */
const mostAtOnce = 16;
const mostWaiting = 1_000;
const compareAfterMs = 200;

type Comparing = Pick<MemoryStore, "rows" | "scope" | "vectors" | "relations" | "write">;

export class NearDuplicates {
  readonly #store: Comparing;
  readonly #scale: CosineScale;
  readonly #waiting = new Set<number>();
  #timer: NodeJS.Timeout | undefined;
  #work: Promise<void> | undefined;
  #isClosed = false;

  /** @param modelId the model of the vectors */
  constructor(store: Comparing, modelId: string | undefined) {
    this.#store = store;
    this.#scale = cosineScaleOf(modelId);
  }

  /** Rows that were just written and shall be compared. */
  expect(rowIds: readonly number[]): void {
    if (rowIds.length > mostAtOnce || this.#waiting.size > mostWaiting) return;
    for (const rowId of rowIds) this.#waiting.add(rowId);
  }

  /** Vectors are there. They are compared when no more come for a moment: writing goes first. */
  arrived(): void {
    if (this.#waiting.size === 0 || this.#isClosed) return;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.compare(), compareAfterMs);
    this.#timer.unref();
  }

  /** Compares what has its vector. Never rejects: a link that is missing harms nobody. */
  compare(): Promise<void> {
    clearTimeout(this.#timer);
    this.#work ??= this.#compare()
      .catch((error: unknown) => {
        log("debug", `a memory was not compared with others: ${String(error)}`);
      })
      .finally(() => {
        this.#work = undefined;
      });
    return this.#work;
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    clearTimeout(this.#timer);
    await this.#work;
  }

  async #compare(): Promise<void> {
    for (const { partId, rowId } of this.#store.rows.parts([...this.#waiting])) {
      if (this.#isClosed) return;
      if (!this.#waiting.has(rowId)) continue;
      if (this.#store.vectors.of(partId) === undefined) continue;
      this.#waiting.delete(rowId);
      await this.#compareOne(partId, rowId);
      await yieldToEventLoop();
    }
  }

  async #compareOne(partId: number, rowId: number): Promise<void> {
    const store = this.#store;
    const [row] = store.rows.get([rowId]);
    const vector = store.vectors.of(partId);
    if (row === undefined || vector === undefined || store.rows.parts([rowId]).length > 1) return;
    await store.scope.prepare();
    const allowed = store.scope.allowed({ now: Date.now(), namespaces: [row.namespace] });
    const near = await store.vectors.search({ vector, limit: 4, allowed });
    const others = near.filter(
      (one) => one.rowId !== rowId && seenCosine(this.#scale, one.score) >= nearCosine,
    );
    const keys = store.rows
      .get(others.map((one) => one.rowId))
      .filter((other) => store.rows.parts([other.rowId]).length === 1)
      .map(({ key }) => key);
    if (keys.length === 0) return;
    const write = (): void => {
      for (const key of keys) store.relations.link(row.key, key, "duplicate", Date.now());
    };
    await whenFree(() => store.write("link near duplicates", write));
  }
}
