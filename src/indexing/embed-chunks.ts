import { throwIfAborted } from "../base/abort.ts";
import { HaypileError } from "../base/errors.ts";
import { yieldToEventLoop } from "../base/yield.ts";
import type { TextEmbedder } from "../ports/embedder.ts";
import type { Store, WaitingChunk } from "../ports/store.ts";
import type { Stopwatch } from "./report.ts";

/**
 * The second phase of an index run: chunks without a vector get one. What is to be done is read
 * from the store, so a run that was stopped or killed goes on where it was. Two batches are with
 * the embedder at a time: while one is written, the next is being embedded.
 */
export interface VectorPhase {
  store: Store;
  embedder: TextEmbedder;
  watch: Stopwatch;
  /** Chunks of one call of the embedder. */
  batchChunks: number;
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
  const report = (): void => {
    let { chunksDone, tokensDone } = done;
    for (const batch of flight) {
      chunksDone += batch.textsDone;
      tokensDone += batch.tokensDone;
    }
    phase.onProgress(chunksDone, tokensDone);
  };
  try {
    for (;;) {
      throwIfAborted(signal, "Indexing");
      while (flight.length < batchesInFlight) {
        const busy = flight.flatMap(({ ids }) => ids);
        // Read anew each time: what a query has asked for meanwhile is the next batch.
        const rows = watch.run("vectorWrite", () =>
          store.nextWithoutVector(phase.batchChunks, busy),
        );
        if (rows.length === 0) break;
        flight.push(startBatch(askedOnly(rows), phase, report));
      }
      const batch = flight[0];
      if (batch === undefined) break;
      const vectors = await watch.wait("embedWait", batch.vectors);
      checkLength(vectors, batch.ids.length, phase.embedder);
      await writeVectors(batch.ids, vectors, phase);
      flight.shift();
      done.chunksDone += batch.ids.length;
      done.tokensDone += batch.tokensDone;
      report();
    }
  } catch (error) {
    // Nothing may use the embedder or the store after this call has ended.
    await Promise.allSettled(flight.map((batch) => batch.vectors));
    throw error;
  }
  return done;
}

/** What queries wait for is a batch of its own, so that it is not held up by 500 others. */
function askedOnly(rows: readonly WaitingChunk[]): readonly WaitingChunk[] {
  const asked = rows.filter(({ urgency }) => urgency < 0);
  return asked.length > 0 ? asked : rows;
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
