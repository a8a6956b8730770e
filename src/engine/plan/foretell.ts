/*
 * What so many files and memories will take on this machine: memory, disk, time. Sums whose numbers were fitted to measured
 * runs; bench/plan.ts says how far they are off. A pure function of facts: the same facts, the same answer.
 */
import { type ModelFacts, modelBytes } from "../../governor/prediction.ts";
import type { Foretold, PlanAsked } from "../../ports/answers/plan.ts";

/** What is known of the machine and of the model. */
export interface PlanFacts {
  model: ModelFacts;
  /** Of a model that is loaded, by one worker: tokens of a second of CPU time. */
  tokensPerCpuSecond: number;
  /** CPUs that may be kept busy. */
  cpus: number;
}

/** A file of code as trees have them, bytes of text, where nobody says how much text there is. */
const usualFileBytes = 5_000;
/** A memory as people write them, where nobody says. */
const usualMemoryChars = 200;

/** Fitted to bench/plan.ts; bytes and tokens are of text, time is that of a machine with the speed `atSpeed`. */
const numbers = {
  tokensPerByte: 0.325,
  chunkBytes: 418,
  diskPerByte: 5.85,
  emptyBytes: 250_000,
  cacheBytesPerChunk: 565,
  cpuSecondsPerMB: 2.26,
  startCpuSeconds: 0.94,
  atSpeed: 33_800,
  baseBytes: 78e6,
  heapPerByte: 13.5,
  mostHeapBytes: 110e6,
  parserBytes: 95e6,
  memory: {
    tokensPerChar: 0.25,
    diskPerMemory: 680,
    diskPerChar: 1.67,
    cpuMs: 0.65,
    residentBytes: 560,
    baseBytes: 125e6,
    heapPerMemory: 9_000,
    mostHeapBytes: 40e6,
  },
} as const;

/** @param asked whole numbers, checked before */
export function foretell(asked: PlanAsked, facts: PlanFacts): Foretold {
  const { files, memories } = asked;
  const textBytes = files === 0 ? 0 : (asked.textBytes ?? files * usualFileBytes);
  const memoryChars = asked.memoryChars ?? usualMemoryChars;
  const slower = numbers.atSpeed / facts.tokensPerCpuSecond;
  const { memory } = numbers;
  const tokens = Math.round(textBytes * numbers.tokensPerByte);
  // A short file is a chunk too.
  const chunks = Math.max(files, Math.round(textBytes / numbers.chunkBytes));
  const index = {
    files,
    textBytes,
    chunks,
    tokens,
    diskBytes:
      files === 0 ? 0 : Math.round(Math.max(numbers.emptyBytes, numbers.diskPerByte * textBytes)),
    cacheBytes: Math.round(chunks * numbers.cacheBytesPerChunk),
    cpuSeconds:
      tokens / facts.tokensPerCpuSecond +
      slower * (startOf(files) + (numbers.cpuSecondsPerMB * textBytes) / 1e6),
    peakBytes: files === 0 ? 0 : indexPeak(textBytes, facts.model),
    parserBytes: files === 0 ? 0 : numbers.parserBytes,
  };
  const memoryTokens = memories * memoryChars * memory.tokensPerChar;
  const kept = {
    memories,
    chars: memories * memoryChars,
    diskBytes:
      memories === 0
        ? 0
        : sum(
            numbers.emptyBytes,
            memories * memory.diskPerMemory,
            memories * memoryChars * memory.diskPerChar,
          ),
    cpuSeconds:
      memoryTokens / facts.tokensPerCpuSecond +
      slower * (startOf(memories) + (memories * memory.cpuMs) / 1_000),
    residentBytes: Math.round(memories * memory.residentBytes),
  };
  const cpuSeconds = index.cpuSeconds + kept.cpuSeconds;
  return {
    index,
    memories: kept,
    diskBytes: index.diskBytes + index.cacheBytes + kept.diskBytes,
    cpuSeconds,
    /** By the clock, where nothing else is at work. */
    seconds: cpuSeconds / facts.cpus,
    peakBytes: Math.max(index.peakBytes, memories === 0 ? 0 : memoriesPeak(memories, facts.model)),
  };
}

function indexPeak(textBytes: number, model: ModelFacts): number {
  const heap = Math.min(numbers.mostHeapBytes, numbers.heapPerByte * textBytes);
  return Math.round(numbers.baseBytes + modelBytes(model) + heap);
}

function memoriesPeak(memories: number, model: ModelFacts): number {
  const { baseBytes, heapPerMemory, mostHeapBytes, residentBytes } = numbers.memory;
  const heap = Math.min(mostHeapBytes, heapPerMemory * memories);
  return Math.round(baseBytes + modelBytes(model) + heap + memories * residentBytes);
}

/** A process begins only where there is something to do. */
function startOf(count: number): number {
  return count === 0 ? 0 : numbers.startCpuSeconds;
}

function sum(...bytes: number[]): number {
  return Math.round(bytes.reduce((all, one) => all + one, 0));
}
