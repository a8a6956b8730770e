/*
 * What a piece of work will need at most, from a model of sums whose numbers were fitted to
 * measurements (bench/governor/fit.ts). A pure function of facts: the same facts, the same answer.
 */

/** Facts about a model and how it will be run. */
export interface ModelFacts {
  /** Size of the model's file, bytes. */
  fileBytes: number;
  dimensions: number;
  workers: number;
  tokensPerRun: number;
  /** Most tokens of one text: a run has at least one text. */
  maxTokens: number;
  /** The optimised graph is not in the cache of this machine yet. */
  isFirstLoad: boolean;
}

/** Numbers fitted on one machine. Bytes, unless a name says otherwise. */
export interface Coefficients {
  /** The runtime's library and its tables, with the first model; of it pages that can be dropped. */
  runtimeBytes: number;
  libraryBytes: number;
  /** Of them what is there before the first run of the model. */
  loadedBytes: number;
  /** Of the model's file: what is resident of a mapped graph, and what a first load takes on top. */
  mappedShare: number;
  firstLoadShare: number;
  /** One worker: stack, scratch memory and heap of its own. */
  workerBytes: number;
  /** Activations of one token and one dimension. */
  activationBytes: number;
}

/** Fitted by bench/governor/fit.ts; docs/decisions/0021 has the residues. */
export const coefficients: Coefficients = {
  runtimeBytes: 45e6,
  libraryBytes: 16e6,
  loadedBytes: 24e6,
  mappedShare: 1,
  firstLoadShare: 1.5,
  workerBytes: 0.5e6,
  activationBytes: 57,
};

/** Most memory that a model adds to the process, while loading and while running. */
export function modelBytes(facts: ModelFacts, by: Coefficients = coefficients): number {
  const longestRun = Math.max(facts.tokensPerRun, facts.maxTokens);
  const perWorker = by.workerBytes + by.activationBytes * longestRun * facts.dimensions;
  const running = by.runtimeBytes + by.mappedShare * facts.fileBytes + facts.workers * perWorker;
  const loading = facts.isFirstLoad
    ? by.runtimeBytes + (by.mappedShare + by.firstLoadShare) * facts.fileBytes
    : 0;
  return Math.round(Math.max(running, loading));
}

/** What loading a model adds to the process, before its first run. */
export function loadBytes(facts: ModelFacts, by: Coefficients = coefficients): number {
  const loaded = by.loadedBytes + by.mappedShare * facts.fileBytes;
  const building = by.runtimeBytes + (by.mappedShare + by.firstLoadShare) * facts.fileBytes;
  return Math.round(facts.isFirstLoad ? building : loaded);
}

/** Of modelBytes(), what cannot be taken back by dropping pages of files: room for it has to be there. */
export function heldBytes(facts: ModelFacts, by: Coefficients = coefficients): number {
  return modelBytes(facts, by) - by.libraryBytes - Math.round(by.mappedShare * facts.fileBytes);
}

/**
 * The smallest limit under which this model works: with one worker, and the room that the heap of
 * JavaScript and the database need on top of what is used now.
 */
export function smallestLimit(facts: ModelFacts, baseBytes: number): number {
  const least = modelBytes({ ...facts, workers: 1, tokensPerRun: facts.maxTokens });
  return Math.ceil((baseBytes + least + workingBytes) / 1e6) * 1e6;
}

/** Heap, buffers and page cache while a small job is at work. */
const workingBytes = 25e6;
