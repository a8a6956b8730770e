import { throwIfAborted } from "../base/abort.ts";
import { HaypileError } from "../base/errors.ts";
import { yieldToEventLoop } from "../base/yield.ts";
import type { TextEmbedder } from "../ports/embedder.ts";
import type { Pacer } from "../ports/memory.ts";
import type { Store, WaitingChunk } from "../ports/store.ts";
import type { Stopwatch } from "./report.ts";

/**
 * The second phase of an index run: chunks without a vector get one. What is to be done is read
 * from the store, so a run that was stopped or killed goes on where it was. Two batches are with
 * the embedder at a time: while one is written, the next is being embedded. What queries ask for
 * meanwhile passes them by in small calls (AskedChunks).
 */
export interface VectorPhase {
  store: Store;
  embedder: TextEmbedder;
  watch: Stopwatch;
  /** Chunks of one call of the embedder. */
  batchChunks: number;
  /** Says how large the next batch may be, and when to stop. */
  pacer?: Pacer | undefined;
  signal: AbortSignal | undefined;
  /** Chunks and tokens done since the phase began. */
  onProgress: (chunksDone: number, tokensDone: number) => void;
}

const batchesInFlight = 2;
/** Rows of one write: the store is synchronous, and nothing else runs meanwhile. */
const rowsPerWrite = 64;

interface Batch {
  ids: number[];
  tokensDone: number;
  textsDone: number;
  vectors: Promise<Float32Array>;
}

/** @returns chunks and tokens embedded */
export async function embedChunks(
  phase: VectorPhase,
): Promise<{ chunksDone: number; tokensDone: number }> {
  const { store, watch, signal } = phase;
  const flight: Batch[] = [];
  const done = { chunksDone: 0, tokensDone: 0 };
  const asked = new AskedChunks(phase, () => flight.flatMap(({ ids }) => ids));
  const report = (): void => {
    let chunksDone = done.chunksDone + asked.chunksDone;
    let tokensDone = done.tokensDone + asked.tokensDone;
    for (const batch of flight) {
      chunksDone += batch.textsDone;
      tokensDone += batch.tokensDone;
    }
    phase.onProgress(chunksDone, tokensDone);
  };
  phase.pacer?.batchDone?.(0, 0);
  try {
    for (;;) {
      throwIfAborted(signal, "Indexing");
      while (flight.length < batchesInFlight) {
        const most = (await phase.pacer?.batch(phase.batchChunks, signal)) ?? phase.batchChunks;
        if (most === 0) break;
        const busy = [...flight.flatMap(({ ids }) => ids), ...asked.ids];
        const rows = watch.run("vectorWrite", () => store.nextWithoutVector(most, busy));
        if (rows.length === 0) break;
        flight.push(startBatch(rows, phase, report));
      }
      const batch = flight[0];
      if (batch === undefined) break;
      const vectors = await watch.wait("embedWait", batch.vectors);
      checkLength(vectors, batch.ids.length, phase.embedder);
      await writeVectors(batch.ids, vectors, phase);
      flight.shift();
      done.chunksDone += batch.ids.length;
      done.tokensDone += batch.tokensDone;
      phase.pacer?.batchDone?.(batch.ids.length, batch.tokensDone);
      report();
      asked.check();
    }
    await asked.end();
  } catch (error) {
    await asked.end().catch(() => undefined);
    // Nothing may use the embedder or the store after this call has ended.
    await Promise.allSettled(flight.map((batch) => batch.vectors));
    throw error;
  }
  return {
    chunksDone: done.chunksDone + asked.chunksDone,
    tokensDone: done.tokensDone + asked.tokensDone,
  };
}

/** How often the store is asked for what queries wait for, milliseconds. */
const lookEveryMs = 250;
/** Chunks of one call: the embedder takes calls this small before the batches at work. */
const askedPerCall = 4;

/** Embeds what queries ask for while batches are at work, so that it waits for none of them. */
class AskedChunks {
  readonly #phase: VectorPhase;
  readonly #busy: () => readonly number[];
  #timer: NodeJS.Timeout | undefined;
  #working: Promise<void> | undefined;
  #failure: { error: unknown } | undefined;
  #ended = false;
  /** Chunks at work. */
  ids: readonly number[] = [];
  chunksDone = 0;
  tokensDone = 0;

  /** @param busy chunks that are in batches */
  constructor(phase: VectorPhase, busy: () => readonly number[]) {
    this.#phase = phase;
    this.#busy = busy;
    this.#timer = setInterval(() => this.#look(), lookEveryMs);
    this.#timer.unref();
  }

  /** @throws what went wrong since the last call */
  check(): void {
    if (this.#failure !== undefined) throw this.#failure.error;
  }

  /** Waits for the call at work. @throws as check() */
  async end(): Promise<void> {
    this.#ended = true;
    clearInterval(this.#timer);
    await this.#working;
    this.check();
  }

  #look(): void {
    if (this.#working !== undefined || this.#failure !== undefined) return;
    this.#working = this.#embed()
      .catch((error: unknown) => {
        this.#failure = { error };
      })
      .finally(() => {
        this.#working = undefined;
        this.ids = [];
      });
  }

  async #embed(): Promise<void> {
    const { store, embedder, watch, signal } = this.#phase;
    while (!this.#ended && signal?.aborted !== true) {
      const rows = watch
        .run("vectorWrite", () => store.nextWithoutVector(askedPerCall, this.#busy()))
        .filter(({ urgency }) => urgency < 0);
      if (rows.length === 0) return;
      const ids = rows.map(({ id }) => id);
      this.ids = ids;
      let tokens = 0;
      const vectors = await embedder.embed(
        rows.map(({ text }) => text),
        {
          kind: "passage",
          ...(signal !== undefined && { signal }),
          onProgress: ({ tokensDone }) => {
            tokens = tokensDone;
          },
        },
      );
      checkLength(vectors, ids.length, embedder);
      await writeVectors(ids, vectors, this.#phase);
      this.chunksDone += ids.length;
      this.tokensDone += tokens;
      this.ids = [];
    }
  }
}

function startBatch(rows: readonly WaitingChunk[], phase: VectorPhase, report: () => void): Batch {
  const batch: Batch = {
    ids: rows.map((row) => row.id),
    tokensDone: 0,
    textsDone: 0,
    vectors: Promise.resolve(new Float32Array()),
  };
  batch.vectors = phase.embedder.embed(
    rows.map((row) => row.text),
    {
      kind: "passage",
      ...(phase.signal === undefined ? {} : { signal: phase.signal }),
      onProgress: (progress) => {
        batch.textsDone = progress.textsDone;
        batch.tokensDone = progress.tokensDone;
        report();
      },
    },
  );
  // The second batch may fail while the first is awaited; its failure is met in its turn.
  batch.vectors.catch(() => undefined);
  return batch;
}

async function writeVectors(
  ids: readonly number[],
  vectors: Float32Array,
  phase: VectorPhase,
): Promise<void> {
  const { dimensions } = phase.embedder;
  for (let start = 0; start < ids.length; start += rowsPerWrite) {
    const end = Math.min(ids.length, start + rowsPerWrite);
    const rows = vectors.subarray(start * dimensions, end * dimensions);
    phase.watch.run("vectorWrite", () => phase.store.putVectors(ids.slice(start, end), rows));
    await yieldToEventLoop();
  }
}

function checkLength(vectors: Float32Array, count: number, embedder: TextEmbedder): void {
  const expected = count * embedder.dimensions;
  if (vectors.length === expected) return;
  throw new HaypileError(
    "HAYPILE_INTERNAL",
    `Expected ${expected} numbers for ${count} texts from ${embedder.modelId}, got ${vectors.length}. Please report this.`,
    { data: { expected, got: vectors.length, model: embedder.modelId } },
  );
}
