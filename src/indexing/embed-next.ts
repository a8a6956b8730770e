/*
 * Gives every chunk of an index a vector of another model, beside those that serve. What is to be done is read from
 * the store, so it goes on where it was stopped or killed, and what an index run stores meanwhile is taken up.
 */
import { throwIfAborted } from "../base/abort.ts";
import { HaypileError } from "../base/errors.ts";
import { nameOfEmbedder } from "../base/model-name.ts";
import { yieldToEventLoop } from "../base/yield.ts";
import type { TextEmbedder } from "../ports/embedder.ts";
import type { Pacer } from "../ports/footprint.ts";
import type { NextVectors } from "../ports/store.ts";

type Put = (...args: Parameters<NextVectors["put"]>) => void | Promise<void>;

export interface NextPhase {
  store: { next: Pick<NextVectors, "pending"> & { put: Put } };
  embedder: TextEmbedder;
  pacer?: Pacer | undefined;
  signal?: AbortSignal | undefined;
  /** Called when vectors were stored: how many of this call. */
  onStored: (chunks: number) => void;
}

/** Chunks that are read, and put in order by their length, together. */
const chunksPerPage = 256;
/** Chunks of one call of the embedder, and of one write: a kill costs those at work. */
const chunksPerCall = 32;
const callsInFlight = 3;

interface Call {
  ids: number[];
  vectors: Promise<Float32Array>;
}

/**
 * @returns false: there was no memory for more, and some are left
 * @throws HaypileError HAYPILE_ABORTED, and those of the store and the embedder
 */
export async function embedNext(phase: NextPhase): Promise<boolean> {
  phase.pacer?.batchDone?.(0, 0);
  // Chunks that came behind the place that was reached: until a whole look finds none.
  for (;;) {
    const { stored, isShort } = await throughAll(phase);
    if (isShort) return false;
    if (stored === 0) return true;
  }
}

/** Once over all chunks, by their ids. */
async function throughAll(phase: NextPhase): Promise<{ stored: number; isShort: boolean }> {
  const { store, embedder, pacer, signal, onStored } = phase;
  const name = nameOfEmbedder(embedder);
  const flight: Call[] = [];
  let page: { id: number; text: string }[] = [];
  let after = 0;
  let isShort = false;
  let stored = 0;
  const readOn = async (): Promise<void> => {
    const most = (await pacer?.batch(chunksPerPage, signal)) ?? chunksPerPage;
    isShort = most === 0;
    page = isShort ? [] : store.next.pending(most, after);
    after = page.at(-1)?.id ?? after;
    // Texts of one length go through the model together.
    page.sort((a, b) => b.text.length - a.text.length);
  };
  const start = (): void => {
    const rows = page.splice(0, chunksPerCall);
    const texts = rows.map(({ text }) => text);
    const vectors = embedder.embed(texts, { kind: "passage", signal });
    // A failure is met where the call is awaited.
    vectors.catch(() => undefined);
    flight.push({ ids: rows.map(({ id }) => id), vectors });
  };
  try {
    for (;;) {
      throwIfAborted(signal, "Renewing vectors");
      while (flight.length < callsInFlight) {
        if (page.length === 0) await readOn();
        if (page.length === 0) break;
        start();
      }
      const call = flight[0];
      if (call === undefined) return { stored, isShort };
      const vectors = await call.vectors;
      checkLength(vectors, call.ids.length, embedder);
      await store.next.put(call.ids, vectors, name);
      flight.shift();
      stored += call.ids.length;
      onStored(call.ids.length);
      await yieldToEventLoop();
    }
  } finally {
    // Nothing may use the embedder after this call has ended.
    await Promise.allSettled(flight.map(({ vectors }) => vectors));
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
