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
  /** Tokens of the longest text at hand. Default: maxTokens. */
  longestTokens?: number | undefined;
  /** The optimised graph is not in the cache of this machine yet. */
  isFirstLoad: boolean;
  /** A static model: a table that is mapped, without a runtime, workers and activations. */
  isTable?: boolean | undefined;
  /** The file holds packed weights, and this runs them; undefined: it is an ONNX graph. */
  packed?: "onnx" | "direct" | undefined;
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
  /** The same with packed weights, and what one run takes whatever its tokens are. */
  packedActivationBytes: number;
  packedRunBytes: number;
  /** Scores of attention: one token of a run with one token of the longest text in it, all heads. */
  attentionBytes: number;
}

/** Fitted to the shapes of bench/governor/prediction.ts, which says how far they are off. */
const coefficients: Coefficients = {
  runtimeBytes: 50e6,
  libraryBytes: 16e6,
  loadedBytes: 33e6,
  mappedShare: 1,
  firstLoadShare: 1.8,
  workerBytes: 0.5e6,
  activationBytes: 32,
  packedActivationBytes: 6.6,
  packedRunBytes: 0.25e6,
  attentionBytes: 58,
};

/** What reaches the core together has no more characters, and so no more tokens (native/windows.ts); twice at once. */
const mostTokensPerCall = 256 * 1_024;
const callsAtOnce = 2;

/** A model without a runtime, beside its file: the vocabulary, and texts and vectors of one call. */
const besideBytes = 6e6;

/** Most memory that a model adds to the process, while loading and while running. */
export function modelBytes(facts: ModelFacts, by: Coefficients = coefficients): number {
  if (facts.isTable === true) return facts.fileBytes + besideBytes;
  const { dimensions, packed, longestTokens = facts.maxTokens } = facts;
  const callTokens = Math.max(longestTokens, mostTokensPerCall);
  const longestRun = Math.min(Math.max(facts.tokensPerRun, longestTokens), callTokens);
  // Few long runs are all that the texts at hand make, however many workers there are.
  const atOnce = Math.min(facts.workers, Math.ceil((callsAtOnce * callTokens) / longestRun));
  if (packed !== undefined) {
    const perRun = by.packedRunBytes + by.packedActivationBytes * dimensions * longestRun;
    const workers = facts.workers * by.workerBytes + atOnce * perRun;
    return Math.round(facts.fileBytes + besidePacked(packed, by) + workers);
  }
  const perToken = by.activationBytes * dimensions + by.attentionBytes * longestTokens;
  const workers = facts.workers * by.workerBytes + atOnce * longestRun * perToken;
  const running = by.runtimeBytes + by.mappedShare * facts.fileBytes + workers;
  // What building the graph left is still there when the first runs begin.
  const building = facts.isFirstLoad ? by.firstLoadShare * facts.fileBytes : 0;
  return Math.round(running + building);
}

/** What packed weights need beside their file, without workers. */
function besidePacked(packed: "onnx" | "direct", by: Coefficients): number {
  return packed === "onnx" ? by.runtimeBytes : besideBytes;
}

/** What loading a model adds to the process, before its first run. */
export function loadBytes(facts: ModelFacts, by: Coefficients = coefficients): number {
  if (facts.isTable === true) return facts.fileBytes + besideBytes;
  if (facts.packed !== undefined) {
    return facts.fileBytes + (facts.packed === "onnx" ? by.loadedBytes : besideBytes);
  }
  const loaded = by.loadedBytes + by.mappedShare * facts.fileBytes;
  const building = by.runtimeBytes + (by.mappedShare + by.firstLoadShare) * facts.fileBytes;
  return Math.round(facts.isFirstLoad ? building : loaded);
}

/** Of modelBytes(), what cannot be taken back by dropping pages of files: room for it has to be there. */
export function heldBytes(facts: ModelFacts, by: Coefficients = coefficients): number {
  if (facts.isTable === true) return besideBytes;
  const ofFiles = libraryBytes(facts, by) + Math.round(by.mappedShare * facts.fileBytes);
  return modelBytes(facts, by) - ofFiles;
}

/** Pages of the runtime's library, where it is there. */
function libraryBytes({ packed }: ModelFacts, by: Coefficients): number {
  return packed === "direct" ? 0 : by.libraryBytes;
}

/**
 * The smallest limit under which this model works: with one worker, and the room that the heap of
 * JavaScript and the database need on top of what is used now. They need it when the graph is built. Half of
 * the library's pages are counted: near a limit those that are not used are dropped.
 */
export function smallestLimit(facts: ModelFacts, baseBytes: number): number {
  const least = { ...facts, workers: 1, tokensPerRun: facts.maxTokens };
  const running = modelBytes({ ...least, isFirstLoad: false }) + workingBytes;
  const needed = Math.max(running, modelBytes(least)) - libraryBytes(facts, coefficients) / 2;
  return Math.ceil((baseBytes + needed) / 1e6) * 1e6;
}

/** The smallest limit under which two models work at once, each with one worker; the library is there once. */
export function smallestLimitOfTwo(
  first: ModelFacts,
  second: ModelFacts,
  baseBytes: number,
): number {
  const least = { ...second, workers: 1, tokensPerRun: second.maxTokens };
  const isShared = first.isTable !== true && second.isTable !== true;
  const more = modelBytes(least) - (isShared ? coefficients.runtimeBytes : 0);
  return Math.ceil((smallestLimit(first, baseBytes) + more) / 1e6) * 1e6;
}

/** Heap, buffers and page cache while a small job is at work. */
const workingBytes = 25e6;
