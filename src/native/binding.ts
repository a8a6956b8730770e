/*
 * The whole contract with the addon: what native/addon.cc exports, and nothing else.
 * Only the files of src/native import it. Errors thrown or rejected by the addon are plain
 * Errors with a `code` of src/base/errors.ts.
 */

import type { Footprint } from "../ports/answers/footprint-report.ts";
import type {
  EncoderIsa,
  HostInfo,
  ModelEngine,
  SessionOptions,
  SessionReport,
} from "../ports/answers/index-facts.ts";
import type { WordPieceSpec } from "../ports/tokenizer.ts";

export interface NativeBinding {
  hostInfo(): HostInfo;
  /** Reads the numbers that change: one call, no allocation worth naming. */
  memoryUsage(): Footprint;
  /** Blocks of the C library's malloc; undefined where that does not count them (not glibc). */
  mallocUsage(): NativeMallocUsage | undefined;
  /** Resident memory, mapping by mapping; undefined where the system lists none (not Linux). */
  memoryMap(): NativeMemoryMap | undefined;
  /** Gives freed memory back to the operating system (mimalloc purge, malloc trim). */
  releaseMemory(): void;
  /** Takes pages of programs, libraries and mapped weights out of resident memory; those in use come back. */
  dropFilePages(): number;
  /** For tests, in a process started with HAYPILE_FAULTS: every n-th and the n-th allocation fail; 0 = none. */
  failAllocations?(every: number, at: number): void;
  /** For tests likewise: the n-th piece of work of a thread from now throws; 0 = none. Kinds: native/faults.h. */
  failWork?(at: number, kind: number): void;
  Tokenizer: new (spec: WordPieceSpec) => NativeTokenizer;
  Embedder: { load(options: NativeModelOptions): Promise<NativeEmbedder | undefined> };
  /** Of the options a reranker leaves `dimensions` and `pooling` aside: it gives one number a pair. */
  Reranker: { load(options: NativeModelOptions): Promise<NativeReranker | undefined> };
  /**
   * A table, of which a copy without a name is mapped in `scratch`, or which is read into memory where that cannot
   * be; texts in, unit vectors out. Ids in `dropped` are left out of the sums.
   */
  StaticEmbedder: new (
    path: string,
    tokenizer: NativeTokenizer,
    dropped: Int32Array,
    scratch: string,
  ) => NativeStaticEmbedder;
  VectorScan: new (dimensions: number) => NativeVectorScan;
  CodeScan: new (dimensions: number, bits: number) => NativeCodeScan;
  BitQuery: new (
    query: Float32Array,
    mean: Float32Array,
    r: number,
    allowed: Uint8Array | undefined,
    removed: Uint8Array | undefined,
  ) => NativeBitQuery;
  /** Off the JS thread: bits of int8 rows, and the CRC-32 of ids and bits. Holds `codes` meanwhile. */
  binarise(
    ids: Uint32Array,
    codes: Uint8Array | Int8Array,
    scales: Float32Array,
    mean: Float32Array,
  ): Promise<{ bits: Uint8Array; sum: number }>;
  /** Synchronous: the `k` best of the rows (ids.length × query.length int8 values). */
  rescore(
    query: Float32Array,
    rows: Uint8Array | Int8Array,
    scales: Float32Array,
    ids: Uint32Array,
    k: number,
  ): { ids: Uint32Array; scores: Float32Array };
  /** Synchronous: cosines of int8 rows with each other, n × n; at most 1,024 rows. */
  similarities(rows: Uint8Array | Int8Array, dimensions: number): Float32Array;
  /** Terms of an ASCII text, one space between them; undefined when it is not ASCII. Synchronous. */
  splitWords(text: string, beginnings?: string): string | undefined;
  /** The instruction set scans run with: "scalar", "avx2", "avx512" or "neon". */
  scanIsa(): string;
  /** The thread that takes signals and answers at a socket when the event loop does not. One a process. */
  watchdog?:
    | {
        /** @param heed told "stop" or "signal" on the event loop; whoever heeds it calls leaving() */
        start(version: string, logPath: string, heed: (word: string) => void): void;
        /** Opens the control socket; false: none can be there. */
        listen(path: string): boolean;
        /** Ends the process when it is there still after so long. */
        leaving(withinMs: number): void;
        stop(): void;
      }
    | undefined;
  /** Windows only: what Node does not say or do there. */
  windows?: NativeWindows | undefined;
  /** Instructions that this CPU can run packed weights with, slowest first. */
  encoderPaths(): EncoderIsa[];
  runtime: {
    /** Opens ONNX Runtime at an absolute path, once per process. */
    open(libraryPath: string): { version: string };
    /** Why a provider can or cannot be used here. */
    probe(provider: string): { available: boolean; reason: string };
  };
}

/** None of these throws for reasons of the system: undefined means that it cannot be told, or is not there. */
export interface NativeWindows {
  /**
   * Whether the pipe that answers at this name is this user's. Asked while a connection to it is open: until that is
   * closed the name cannot change hands. Undefined: nobody listens there.
   */
  isOwnPipe(name: string): boolean | undefined;
  /**
   * Takes a pipe that this process listens at from all but this user and SYSTEM. It connects once and hangs up. False:
   * that could not be done.
   */
  closePipe(name: string): boolean;
  /**
   * Makes a file or folder this user's alone, and what will be in it. False: it is another user's, or the disk has no
   * lists of who may do what.
   */
  closeToOthers(path: string): boolean;
  accessOf(path: string): { isOurs: boolean; isOpenToOthers: boolean } | undefined;
  /** cpu: in 100 ns. isEnded: gone, though somebody holds its handle. Undefined: none, or another user's. */
  processState(pid: number): { startTime: string; cpu: number; isEnded: boolean } | undefined;
  /** Whether anybody holds SQLite's lock on a file. Undefined: no such file. */
  isLocked(path: string): boolean | undefined;
  /** Processes that have a file open. */
  holdersOf(path: string): { pid: number; startTime: string }[] | undefined;
}

export interface NativeMallocUsage {
  /** Blocks in use, the mapped ones among them. */
  usedBytes: number;
  /** Blocks so large that they have a map of their own. */
  mappedBytes: number;
  /** Blocks in use when the addon was loaded: Node's own. */
  atStartBytes: number;
  /** What opening ONNX Runtime took; 0 while it is not open. */
  runtimeTableBytes: number;
}

/** See native/memory_map.h. */
export interface NativeMemoryMap {
  totalBytes: number;
  files: { path: string; bytes: number }[];
  /** The heap and the arenas of malloc, without mapped blocks; in use or kept. */
  mallocBytes: number;
  heapBytes: number;
  codeBytes: number;
  stackBytes: number;
  runtimeBytes: number;
  otherBytes: number;
  systemBytes: number;
}

export interface NativeTokenizer {
  /** Ids of one text with special tokens, at most `maxTokens` (0 = no limit). Synchronous, for tests. */
  encode(text: string, maxTokens: number): Int32Array;
  /** Off the JS thread: tokens of each text, without special tokens and without a limit. */
  count(texts: string[]): Promise<Uint32Array>;
  /** The same for each line of a text; an empty line has none. */
  countLines(text: string): Promise<Uint32Array>;
  close(): void;
}

export interface NativeStaticEmbedder {
  readonly dimensions: number;
  /** Off the JS thread: texts.length × dimensions. */
  embed(texts: string[]): Promise<Float32Array>;
  /** Calls that run end well, and free the table when the last one is done. */
  close(): void;
}

export interface NativeModelOptions {
  engine: ModelEngine;
  modelPath: string;
  /** File of packed weights; "" = it has none. */
  weightsPath: string;
  /** Of encoderPaths(), or "auto". */
  isa: string;
  /** Where copies of what is mapped are made; "" = what would be mapped is read into memory. */
  scratchFolder: string;
  /** Undefined: the model takes token ids only, and `padId` fills up short rows. */
  tokenizer: NativeTokenizer | undefined;
  padId: number;
  /** Where pooling happens: in the graph, or here over token vectors. */
  pooling: "graph" | "mean" | "cls";
  maxTokens: number;
  dimensions: number;
  /** Threads of our own, each running the shared session. */
  workers: number;
  /** Most tokens of one run, with what short texts are filled up with. */
  tokensPerRun: number;
  /** Bind each worker to a CPU of its own. */
  pin: boolean;
  /** Bind workers to the CPUs of this NUMA node; -1: any. */
  numaNode: number;
  session: SessionOptions;
  /** Where the optimised graph, or that packed weights were compared with their sums, is kept; "" = nowhere. */
  cacheFolder: string;
  /** Resolve with undefined unless the cache knows exactly this model file. */
  cacheOnly: boolean;
}

export interface NativeEmbedder {
  /** What took effect, after loading. */
  report(): SessionReport;
  /**
   * Embeds texts into `out` (texts.length × dimensions), which must stay untouched until it settles.
   * `onRun(textsDone, tokensDone)` after each run. `job` is for cancel(). `isUrgent`: it goes before all that is
   * not. Resolves with the milliseconds in which no worker was at it, since all were at other jobs; an older core says
   * nothing.
   */
  embed(
    texts: string[],
    out: Float32Array,
    job: number,
    onRun: ((textsDone: number, tokensDone: number) => void) | undefined,
    isUrgent: boolean,
  ): Promise<number | undefined>;
  /** The same for texts tokenised elsewhere: all ids in a row, and the number of each text. */
  embedTokens(
    ids: Int32Array,
    lengths: Uint32Array,
    out: Float32Array,
    job: number,
    onRun: ((textsDone: number, tokensDone: number) => void) | undefined,
    isUrgent: boolean,
  ): Promise<number | undefined>;
  /**
   * Writes how well each text answers the query, token by token, into `out`, which must stay untouched until it
   * settles. `worth` of each id of the vocabulary; of each text the first `tokens` count, special ones included. Only
   * for packed weights that run direct.
   */
  late(
    query: string,
    texts: string[],
    worth: Uint8Array,
    tokens: number,
    out: Float32Array,
    job: number,
  ): Promise<void>;
  /** Idle workers give freed pages back to the operating system. */
  releaseMemory(): void;
  /** Uses fewer workers and smaller runs from now on, or again as many as it was loaded with. */
  tune(workers: number, tokensPerRun: number): void;
  /** Stops a job: its promise rejects with HAYPILE_ABORTED. */
  cancel(job: number): void;
  /** Waits for work in flight, then frees the session and ends the threads. */
  close(): Promise<void>;
}

export interface NativeReranker {
  report(): SessionReport;
  /** Writes one score a passage into `out`, which must stay untouched until it settles. */
  score(query: string, passages: string[], out: Float32Array, job: number): Promise<void>;
  releaseMemory(): void;
  tune(workers: number, tokensPerRun: number): void;
  /** Stops a job, also inside a run: its promise rejects with HAYPILE_ABORTED. */
  cancel(job: number): void;
  close(): Promise<void>;
}

export interface NativeVectorScan {
  append(ids: Uint32Array, bits: Uint8Array): void;
  /** Makes the bits of int8 rows, appends them, and returns them. */
  appendCodes(
    ids: Uint32Array,
    codes: Int8Array | Uint8Array,
    scales: Float32Array,
    mean: Float32Array,
  ): Uint8Array;
  /** How many rows were removed. */
  remove(ids: Uint32Array): number;
  /** Off the JS thread: ids, nearest first. Everything is copied before the call returns. */
  search(
    query: Float32Array,
    mean: Float32Array,
    r: number,
    allowed: BigUint64Array | Uint8Array | undefined,
  ): Promise<Uint32Array>;
  /** 0 once closed. */
  readonly size: number;
  readonly bytes: number;
  /** What `bytes` would be with so many rows more. */
  bytesWith(rows: number): number;
  close(): void;
}

export interface NativeCodeScan {
  append(codes: Int8Array | Uint8Array, scales: Float32Array): void;
  /** Numbers of rows, best first. */
  search(query: Float32Array, k: number, allowed: Uint8Array | undefined): Uint32Array;
  /** 0 once closed. */
  readonly size: number;
  readonly bytes: number;
  /** What `bytes` would be with so many rows more. */
  bytesWith(rows: number): number;
  close(): void;
}

export interface NativeBitQuery {
  /** Off the JS thread; holds the arrays meanwhile. False: they do not have this sum. */
  scan(ids: Uint32Array, bits: Uint8Array, sum: number | undefined): Promise<boolean>;
  /** Off the JS thread: the rows of an index too. */
  search(scan: NativeVectorScan): Promise<void>;
  /** The best so far, nearest first. */
  best(): Uint32Array;
  close(): void;
}
