import { throwIfAborted } from "../base/abort.ts";
import { HaypileError } from "../base/errors.ts";
import { nameOfEmbedder } from "../base/model-name.ts";
import { yieldToEventLoop } from "../base/yield.ts";
import type { TextEmbedder } from "../ports/embedder.ts";
import type { Pacer } from "../ports/footprint.ts";
import type { Store, WaitingChunk } from "../ports/store.ts";
import { patiently } from "./patiently.ts";
import type { Stopwatch } from "./report.ts";

/**
 * The second phase of an index run: chunks without a vector get one. What is to be done is read
 * from the store, so a run that was stopped or killed goes on where it was. Rows are read by the batch
 * and embedded by the few dozen, the longest first, so that texts of one run of the model are of one
 * length. Each few dozen are stored when they are done: a kill costs no more. What queries ask for
 * meanwhile passes them by in small calls (AskedChunks).
 */
export interface VectorPhase {
  store: Pick<Store, "pending" | "vectors">;
  embedder: TextEmbedder;
  watch: Stopwatch;
  /** Chunks that are read, and put in order by their length, together. */
  batchChunks: number;
  /** Says how large the next batch may be, and when to stop. */
  pacer?: Pacer | undefined;
  signal: AbortSignal | undefined;
  /** Chunks and tokens done since the phase began. */
  onProgress: (chunksDone: number, tokensDone: number) => void;
}

/** Chunks of one call of the embedder, and of one write: the store is synchronous. */
const chunksPerCall = 32;
/** Calls with the embedder at a time: its workers have no pause between two. */
const callsInFlight = 3;

/** What queries asked for first, as it came; the rest by length, the longest first. */
function byLength(a: WaitingChunk, b: WaitingChunk): number {
  if (a.urgency < 0 || b.urgency < 0) return Math.min(a.urgency, 0) - Math.min(b.urgency, 0);
  return b.text.length - a.text.length;
}

/** Rows that were read together. */
interface Batch {
  chunks: number;
  chunksLeft: number;
  tokensDone: number;
}

interface Call {
  ids: number[];
  batch: Batch;
  tokensDone: number;
  textsDone: number;
  vectors: Promise<Float32Array>;
}

/** @returns chunks and tokens embedded */
export async function embedChunks(
  phase: VectorPhase,
): Promise<{ chunksDone: number; tokensDone: number }> {
  const { store, watch, signal, pacer } = phase;
  const flight: Call[] = [];
  const waiting: { rows: WaitingChunk[]; batch: Batch } = {
    rows: [],
    batch: { chunks: 0, chunksLeft: 0, tokensDone: 0 },
  };
  const done = { chunksDone: 0, tokensDone: 0 };
  const inFlight = (): number[] => flight.flatMap(({ ids }) => ids);
  const asked = new AskedChunks(phase, inFlight, (ids) => {
    // They pass by what has only been read.
    const taken = new Set(ids);
    const rows = waiting.rows.filter(({ id }) => !taken.has(id));
    waiting.batch.chunksLeft -= waiting.rows.length - rows.length;
    waiting.rows = rows;
  });
  const report = (): void => {
    let chunksDone = done.chunksDone + asked.chunksDone;
    let tokensDone = done.tokensDone + asked.tokensDone;
    for (const call of flight) {
      chunksDone += call.textsDone;
      tokensDone += call.tokensDone;
    }
    phase.onProgress(chunksDone, tokensDone);
  };
  /** Reads the next batch. False: there is nothing more, or no memory for it now. */
  const readOn = async (): Promise<boolean> => {
    const most = (await pacer?.batch(phase.batchChunks, signal)) ?? phase.batchChunks;
    if (most === 0) return false;
    const busy = [...inFlight(), ...asked.ids];
    const rows = watch.run("vectorWrite", () => store.pending.next(most, busy));
    waiting.rows = rows.toSorted(byLength);
    waiting.batch = { chunks: rows.length, chunksLeft: rows.length, tokensDone: 0 };
    return rows.length > 0;
  };
  pacer?.batchDone?.(0, 0);
  try {
    for (;;) {
      throwIfAborted(signal, "Indexing");
      while (flight.length < callsInFlight) {
        if (waiting.rows.length === 0 && !(await readOn())) break;
        const rows = waiting.rows.splice(0, chunksPerCall);
        if (rows.length > 0) flight.push(startCall(rows, waiting.batch, phase, report));
      }
      const call = flight[0];
      if (call === undefined) break;
      const vectors = await watch.wait("embedWait", call.vectors);
      checkLength(vectors, call.ids.length, phase.embedder);
      await writeVectors(call.ids, vectors, phase);
      flight.shift();
      done.chunksDone += call.ids.length;
      done.tokensDone += call.tokensDone;
      const { batch } = call;
      batch.chunksLeft -= call.ids.length;
      batch.tokensDone += call.tokensDone;
      if (batch.chunksLeft === 0) pacer?.batchDone?.(batch.chunks, batch.tokensDone);
      report();
      asked.check();
    }
    await asked.end();
  } catch (error) {
    await asked.end().catch(() => undefined);
    // Nothing may use the embedder or the store after this call has ended.
    await Promise.allSettled(flight.map((call) => call.vectors));
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

/** Embeds what queries ask for while others are at work, so that it waits for none of them. */
class AskedChunks {
  readonly #phase: VectorPhase;
  readonly #busy: () => readonly number[];
  readonly #onTaken: (ids: readonly number[]) => void;
  #timer: NodeJS.Timeout | undefined;
  #working: Promise<void> | undefined;
  #failure: { error: unknown } | undefined;
  #ended = false;
  /** Chunks at work. */
  ids: readonly number[] = [];
  chunksDone = 0;
  tokensDone = 0;

  /**
   * @param busy chunks that are with the embedder
   * @param onTaken these are embedded here
   */
  constructor(
    phase: VectorPhase,
    busy: () => readonly number[],
    onTaken: (ids: readonly number[]) => void,
  ) {
    this.#phase = phase;
    this.#busy = busy;
    this.#onTaken = onTaken;
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
        .run("vectorWrite", () => store.pending.next(askedPerCall, this.#busy()))
        .filter(({ urgency }) => urgency < 0);
      if (rows.length === 0) return;
      const ids = rows.map(({ id }) => id);
      this.ids = ids;
      this.#onTaken(ids);
      let tokens = 0;
      const vectors = await embedder.embed(
        rows.map(({ text }) => text),
        {
          kind: "passage",
          signal,
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

function startCall(
  rows: readonly WaitingChunk[],
  batch: Batch,
  phase: VectorPhase,
  report: () => void,
): Call {
  const call: Call = {
    ids: rows.map((row) => row.id),
    batch,
    tokensDone: 0,
    textsDone: 0,
    vectors: Promise.resolve(new Float32Array()),
  };
  call.vectors = phase.embedder.embed(
    rows.map((row) => row.text),
    {
      kind: "passage",
      ...(phase.signal === undefined ? {} : { signal: phase.signal }),
      onProgress: (progress) => {
        call.textsDone = progress.textsDone;
        call.tokensDone = progress.tokensDone;
        report();
      },
    },
  );
  // A later call may fail while the first is awaited; its failure is met in its turn.
  call.vectors.catch(() => undefined);
  return call;
}

async function writeVectors(
  ids: readonly number[],
  vectors: Float32Array,
  phase: VectorPhase,
): Promise<void> {
  const name = nameOfEmbedder(phase.embedder);
  const put = (): void => phase.store.vectors.put(ids, vectors, name);
  await patiently(() => phase.watch.run("vectorWrite", put), phase.signal);
  await yieldToEventLoop();
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
