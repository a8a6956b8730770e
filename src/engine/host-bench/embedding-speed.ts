/*
 * Tokens a second of the model by threads, workers and tokens of a run. Each layout is measured in two rounds
 * that go through all of them forwards and backwards, so that a machine that gets busier or warmer
 * shows as a difference of the rounds and not of the layouts.
 */

import type { OnnxEmbedder } from "../../native/embedder.ts";
import { readFootprint, releaseMemory } from "../../native/footprint.ts";
import type { ModelEngine } from "../../ports/answers/index-facts.ts";

export interface Layout {
  intraOpThreads: number;
  workers: number;
  tokensPerRun: number;
}

export interface EmbeddingSpeed extends Layout {
  /** Mean of the rounds. */
  tokensPerSecond: number;
  /** Difference of the rounds as a share of their mean; undefined after one round. */
  spread: number | undefined;
  /** Most that runs took beside the session while it was looked at, bytes. */
  runBytes: number;
}

export interface ModelMemory {
  /** What loading added to the resident memory, bytes. */
  residentBytes: number;
  sessionBytes: number;
  loadMs: number;
}

/**
 * Layouts worth trying: one thread a run up to four, all CPUs or one worker, and the present one first.
 * @param engine whose runs may have several threads; those of "direct" have one
 */
export function layoutsFor(cpus: number, present: Layout, engine: ModelEngine = "onnx"): Layout[] {
  const { tokensPerRun } = present;
  const found = [present];
  for (const intraOpThreads of engine === "direct" ? [1] : [1, 2, 4]) {
    if (intraOpThreads > cpus) continue;
    const most = Math.max(1, Math.floor(cpus / intraOpThreads));
    for (const workers of [most, 1]) found.push({ intraOpThreads, workers, tokensPerRun });
  }
  for (const tokens of [160, 320, 640]) found.push({ ...present, tokensPerRun: tokens });
  const seen = new Set<string>();
  return found.filter((layout) => {
    const key = keyOf(layout);
    if (seen.has(key)) return false;
    seen.add(key);
    return true;
  });
}

export function keyOf({ intraOpThreads, workers, tokensPerRun }: Layout): string {
  return `${intraOpThreads}x${workers}x${tokensPerRun}`;
}

/**
 * @param load loads the model for a layout
 * @param untilMs performance.now() after which no further layout is begun
 */
export async function measureEmbedding(
  layouts: readonly Layout[],
  load: (layout: Layout) => Promise<OnnxEmbedder>,
  untilMs: number,
  addonFolder?: string,
): Promise<{ speeds: EmbeddingSpeed[]; model: ModelMemory | undefined }> {
  const rounds = new Map<string, { layout: Layout; rates: number[]; runBytes: number }>();
  let model: ModelMemory | undefined;
  const measure = async (layout: Layout): Promise<void> => {
    const before = process.memoryUsage.rss();
    const embedder = await load(layout);
    try {
      const { loadMs, sessionBytes } = embedder.report();
      const residentBytes = Math.max(0, process.memoryUsage.rss() - before);
      model ??= { residentBytes, sessionBytes, loadMs };
      const { rate, runBytes } = await measureOne(embedder, sessionBytes, layout, addonFolder);
      const key = keyOf(layout);
      const known = rounds.get(key) ?? { layout, rates: [], runBytes: 0 };
      known.rates.push(rate);
      known.runBytes = Math.max(known.runBytes, runBytes);
      rounds.set(key, known);
    } finally {
      await embedder.close();
      releaseMemory(addonFolder);
    }
  };
  // Fewer layouts in two rounds say more than all of them in one: the first round ends when as much time again
  // would not suffice for a further one.
  const begin = performance.now();
  const taken: Layout[] = [];
  for (const layout of layouts) {
    const usedMs = performance.now() - begin;
    const nextMs = usedMs / Math.max(1, taken.length);
    if (taken.length > 0 && 2 * (usedMs + nextMs) > untilMs - begin) break;
    await measure(layout);
    taken.push(layout);
  }
  for (const layout of taken.reverse()) {
    if (performance.now() < untilMs) await measure(layout);
  }
  const speeds = [...rounds.values()].map(({ layout, rates, runBytes }): EmbeddingSpeed => {
    const mean = rates.reduce((sum, rate) => sum + rate, 0) / rates.length;
    const spread = (Math.max(...rates) - Math.min(...rates)) / mean;
    return {
      ...layout,
      tokensPerSecond: mean,
      spread: rates.length > 1 ? spread : undefined,
      runBytes,
    };
  });
  return { speeds, model };
}

/** So long a layout runs in a round, about, milliseconds. */
const aimMs = 600;
const textsPerWorker = 8;
const lookEveryMs = 4;

async function measureOne(
  embedder: OnnxEmbedder,
  sessionBytes: number,
  { workers }: Layout,
  addonFolder: string | undefined,
): Promise<{ rate: number; runBytes: number }> {
  let runBytes = 0;
  const look = setInterval(() => {
    const { runtimeBytes } = readFootprint(addonFolder);
    runBytes = Math.max(runBytes, runtimeBytes - sessionBytes);
  }, lookEveryMs);
  try {
    await embedder.embed(sampleTexts(2));
    const texts = sampleTexts(textsPerWorker * workers);
    const start = performance.now();
    let tokens = 0;
    // Two calls at a time, so that no worker waits for the end of one; small ones, so that time is kept.
    const feed = async (): Promise<void> => {
      while (performance.now() - start < aimMs) {
        let done = 0;
        await embedder.embed(texts, {
          onProgress: ({ tokensDone }) => {
            done = tokensDone;
          },
        });
        tokens += done;
      }
    };
    await Promise.all([feed(), feed()]);
    return { rate: (1000 * tokens) / (performance.now() - start), runBytes };
  } finally {
    clearInterval(look);
  }
}

const words =
  "read write parse index token vector cache limit folder result error value count buffer stream query".split(
    " ",
  );

/** Texts like chunks of code, of lengths as chunks have them, the same each time. */
export function sampleTexts(count: number): string[] {
  let state = 12345;
  const next = (below: number): number => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
  const word = (): string => words[next(words.length)] as string;
  return Array.from({ length: count }, () => {
    const lines = Array.from(
      { length: 1 + next(6) },
      () => `  const ${word()}${next(90)} = ${word()}(${word()}.${word()}, ${next(1000)});`,
    );
    return `function ${word()}(${word()}) {\n${lines.join("\n")}\n}`;
  });
}
