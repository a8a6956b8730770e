/*
 * Gives texts their vectors in the background. What was written by this process comes first; what another one
 * left behind (it was killed, or had no model) is taken up after a while. While queries wait for the model, only
 * short runs are begun, so that none waits long.
 */
import { areSameVectors, nameOfEmbedder } from "../../base/model-name.ts";
import type { TextEmbedder } from "../../ports/embedder.ts";
import type { MemoryVectorIndex } from "../../ports/memory-rows.ts";
import { logInBackground } from "../writing/in-background.ts";
import { whenFree } from "../writing/when-free.ts";

/** Texts embedded in one run, without and with queries about: each is stored when it is done. */
const longRun = 64;
const shortRun = 8;
/** So that the model's workers have no pause between two runs. */
const runsInFlight = 3;
/** Queries are about for so long after one. */
const queriesAboutMs = 2_000;
/** Another process that wrote a text gets this long to embed it. */
const leftBehindAfterMs = 15_000;
const lookEveryMs = 30_000;
/** Where nothing was left behind, texts that were just written do not make it look again for so long. */
const lookAgainMs = 5_000;
const firstRetryMs = 500;
const lastRetryMs = 60_000;

export class VectorQueue {
  readonly #vectors: MemoryVectorIndex;
  readonly #embedder: TextEmbedder;
  readonly #onVectors: () => void;
  readonly #stop = new AbortController();
  readonly #timer: NodeJS.Timeout;
  #lastLeftBehind = 0;
  #foundNoneAtMs = Number.NEGATIVE_INFINITY;
  #rowIds: number[] = [];
  /** Their texts are read when they are embedded: many long ones wait as numbers. */
  #parts: number[] = [];
  /** Parts that are being embedded. */
  readonly #atWork = new Set<number>();
  #work: Promise<void> | undefined;
  #lastQuery = Number.NEGATIVE_INFINITY;
  #retryMs = firstRetryMs;

  constructor(
    vectors: MemoryVectorIndex,
    embedder: TextEmbedder,
    onVectors: () => void = () => undefined,
  ) {
    this.#vectors = vectors;
    this.#embedder = embedder;
    this.#onVectors = onVectors;
    this.#timer = setInterval(() => this.add([]), lookEveryMs);
    this.#timer.unref();
  }

  /** Rows that were just written; none: looks for what was left behind. */
  add(rowIds: readonly number[]): void {
    for (const rowId of rowIds) this.#rowIds.push(rowId);
    if (rowIds.length === 0) this.#foundNoneAtMs = Number.NEGATIVE_INFINITY;
    this.#begin();
  }

  noteQuery(): void {
    this.#lastQuery = performance.now();
  }

  /** Resolves when all that waits now has its vector, or the model failed. */
  async settled(): Promise<void> {
    await this.#work;
  }

  async close(): Promise<void> {
    clearInterval(this.#timer);
    this.#stop.abort();
    await this.#work;
  }

  #begin(): void {
    if (this.#stop.signal.aborted || this.#work !== undefined) return;
    this.#work = this.#run()
      .catch((error: unknown) => this.#retryLater(error))
      .finally(() => {
        this.#work = undefined;
        if (this.#rowIds.length > 0 && this.#retryMs === firstRetryMs) this.#begin();
      });
  }

  async #run(): Promise<void> {
    await this.#embedder.follow?.();
    if (!(await this.#claim())) {
      // They wait in the file, with all others, for the model that comes to it.
      this.#rowIds.length = 0;
      return;
    }
    const runs: { partIds: number[]; made: Promise<Float32Array> }[] = [];
    const fill = (): void => {
      while (runs.length < (this.#areQueriesAbout ? 1 : runsInFlight)) {
        const taken = this.#take();
        if (taken.length === 0) return;
        for (const partId of taken) this.#atWork.add(partId);
        const parts = this.#vectors.partTexts(taken);
        // Erased meanwhile.
        if (parts.length === 0) continue;
        const partIds = parts.map(({ partId }) => partId);
        const made = this.#embed(parts.map(({ text }) => text));
        made.catch(() => undefined);
        runs.push({ partIds, made });
      }
    };
    for (;;) {
      fill();
      const run = runs.shift();
      if (run === undefined) return;
      const vectors = await run.made;
      if (this.#stop.signal.aborted) return;
      // The next runs are at work while this one is stored.
      fill();
      const { partIds } = run;
      await whenFree(() => this.#vectors.put(partIds, vectors));
      for (const partId of partIds) this.#atWork.delete(partId);
      this.#onVectors();
      this.#retryMs = firstRetryMs;
    }
  }

  /** Says which model runs here. @returns whether its vectors may be stored */
  async #claim(): Promise<boolean> {
    const name = nameOfEmbedder(this.#embedder);
    const before = this.#vectors.model();
    const isOlder = before !== undefined && this.#embedder.isOf?.(before) === false;
    // They are made anew all together; two models' vectors never stand side by side.
    if (isOlder && this.#vectors.count() > 0) {
      const isSearched = this.#embedder.isComparable?.(before) === true;
      // A name without a format would take that of this model.
      if (!isSearched && before.vectors !== undefined) {
        await whenFree(() => this.#vectors.claimModel(name));
      }
      return false;
    }
    await whenFree(() => this.#vectors.claimModel(name));
    const there = this.#vectors.model();
    return there === undefined || areSameVectors(there, name);
  }

  #embed(texts: readonly string[]): Promise<Float32Array> {
    return this.#embedder.embed(texts, { signal: this.#stop.signal });
  }

  get #areQueriesAbout(): boolean {
    return performance.now() - this.#lastQuery < queriesAboutMs;
  }

  #take(): number[] {
    const most = this.#areQueriesAbout ? shortRun : longRun;
    if (this.#parts.length < most && this.#rowIds.length > 0) {
      const rowIds = this.#rowIds.splice(0, longRun);
      for (const partId of this.#vectors.pendingOf(rowIds)) this.#parts.push(partId);
    }
    const nowMs = performance.now();
    if (this.#parts.length === 0 && nowMs - this.#foundNoneAtMs >= lookAgainMs) {
      const found = this.#vectors.pending(
        this.#lastLeftBehind,
        longRun,
        Date.now() - leftBehindAfterMs,
      );
      // From the beginning again, when the end was reached.
      if (found.length === 0 && this.#lastLeftBehind === 0) this.#foundNoneAtMs = nowMs;
      this.#lastLeftBehind = found.at(-1) ?? 0;
      this.#parts = found.filter((partId) => !this.#atWork.has(partId));
    }
    return this.#parts.splice(0, most);
  }

  #retryLater(error: unknown): void {
    if (this.#stop.signal.aborted) return;
    // The texts stay noted in the database as waiting.
    this.#parts = [];
    this.#atWork.clear();
    this.#lastLeftBehind = 0;
    this.#foundNoneAtMs = Number.NEGATIVE_INFINITY;
    logInBackground("memories wait for their vectors, and are found by words", error);
    const timer = setTimeout(() => this.#begin(), this.#retryMs);
    timer.unref();
    this.#retryMs = Math.min(lastRetryMs, this.#retryMs * 2);
  }
}
