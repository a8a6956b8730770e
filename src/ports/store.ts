import type { ParsedFile, ParseFailure, UnparsedFile } from "./syntax.ts";

/**
 * What the services need of a store. Paths are relative to the indexed root, with "/" on every
 * system. A chunk is known by the hash of its text: the same text in two files is one chunk with
 * one vector. Calls are synchronous and short: the SQLite driver is.
 */
export interface Store {
  /** Path of the database file. */
  readonly path: string;

  /**
   * Ties the index to a model at its first use, and checks it later. While the index holds no chunk
   * another model may still claim it.
   * @throws HaypileError HAYPILE_DIMENSIONS_DIFFER (both names and numbers in the message), nothing written
   */
  claimModel(model: { id: string; dimensions: number }): void;
  /** The model of the index; undefined before the first index run. */
  model(): { id: string; dimensions: number } | undefined;

  /** Chunks above an id that have no vector of the static model yet: context and text. */
  chunksWithoutStatic(limit: number, afterId?: number): { id: number; text: string }[];
  putStatic(ids: readonly number[], vectors: Float32Array): void;
  /** Best chunks by cosine to a vector of the static model. */
  nearestStatic(vector: Float32Array, limit: number, allowed?: Uint32Array): ScoredChunk[];
  /** What was noted of a file when it was read; undefined for one that is not indexed. */
  stampOf(path: string): FileStamp | undefined;
  /** Every indexed file, by path. */
  files(): Map<string, FileRecord>;
  /** Replaces (or adds) files with their chunks, in one transaction. Words are searchable after it. */
  putFiles(files: readonly FileWithChunks[]): void;
  /** Files whose definitions are missing, by path. */
  unparsed(): UnparsedFile[];
  /** Notes a new mtime of files whose content did not change, in one transaction. */
  touchFiles(files: readonly TouchedFile[]): void;
  /** Removes files, and chunks that no file uses any more, in one transaction. */
  removeFiles(paths: readonly string[]): void;

  /** Chunks without a vector, lowest id first after `afterId` (0 to begin). */
  chunksWithoutVector(afterId: number, limit: number): WaitingChunk[];
  /** Chunks without a vector, most urgent first, without those of `except`. */
  nextWithoutVector(limit: number, except: readonly number[]): WaitingChunk[];
  countWithoutVector(): number;
  /** Those of `ids` that have no vector, in the order given: context and text. */
  withoutVector(ids: readonly number[]): WaitingChunk[];
  /** Context and text of chunks, in the order given; one that is gone is left out. */
  passagesOf(ids: readonly number[]): { id: number; text: string }[];
  /** A query saw these: those without a vector come before all others, in this run and in later ones. */
  askForVectors(ids: readonly number[]): void;
  /**
   * Works out the urgency (see urgencyOf) of up to `limit` chunks without a vector, by id after `afterId`.
   * Call it when all texts and symbols are in place. What was asked for stays in front.
   *
   * @param recent paths that changed recently; without it the files' times decide
   * @returns the last id done, for the next call; undefined when there are no more
   */
  rankWithoutVector(afterId: number, limit: number, recent?: readonly string[]): number | undefined;
  /** Stores unit vectors (row i of `vectors` belongs to ids[i]) as int8 with a scale, in one transaction. */
  putVectors(ids: readonly number[], vectors: Float32Array): void;
  /** Runs a write that need not be done now. @returns false when another process writes: nothing was written */
  unlessBusy(write: () => void): boolean;

  /**
   * Best chunks by BM25 over words and paths; higher is better. Any text is a valid query.
   * With `allowed` (sorted ids) only these chunks are found, here and below.
   */
  searchWords(query: string, limit: number, allowed?: Uint32Array): ScoredChunk[];
  /**
   * Makes some words anew that an older Haypile made by other rules; what is found by them until then is
   * found all the same. True while there are more: call it again.
   */
  refreshWords(): boolean;
  /** Best chunks by cosine (-1 to 1) to a unit vector, comparing every row. */
  searchVectors(vector: Float32Array, limit: number, allowed?: Uint32Array): ScoredChunk[];
  /** The same, by the fastest way there is: in a large index some of the best may be missed. */
  nearest(vector: Float32Array, limit: number, allowed?: Uint32Array): Promise<ScoredChunk[]>;
  /**
   * Cosines of chunks with each other, n × n in the order given, by the vectors of the model or of the
   * static model; 0 for a chunk without one. At most 1,024 chunks.
   */
  similarities(chunkIds: readonly number[], kind: "model" | "static"): Float32Array;
  /** Cosines of chunks with a unit vector, in the order asked; NaN for a chunk without one, or of zeros. */
  cosines(
    vector: Float32Array,
    chunkIds: readonly number[],
    kind: "model" | "static",
  ): Float32Array;
  /** Which words of a query chunks have, and what each word is worth in this index: the rarer, the more. */
  wordMarks(query: string, chunkIds: readonly number[]): WordMarks;
  /** Sorted ids of chunks of files that fit, in which a definition of one of these kinds begins. */
  chunksWhere(
    fits: (file: { path: string; language: string }) => boolean,
    kinds?: readonly string[],
  ): Uint32Array;
  /** The chunk that holds each line; undefined where there is none. */
  chunksAt(places: readonly { path: string; line: number }[]): (number | undefined)[];
  /** Where chunks stand: one row per place, so a chunk of two files has two rows. */
  places(chunkIds: readonly number[]): ChunkPlace[];

  stats(): StoreStats;
  /** Free-form facts of the index ("root", "last-index"). */
  getMeta(key: string): string | undefined;
  setMeta(key: string, value: string): void;

  /** Merges and truncates what can be: called at the end of an index run. */
  optimize(): void;
  /** The same, a little at each step: others have their turn between two. */
  optimizeInSteps(): Iterable<void>;
  close(): void;
}

/** What tells a changed file from an unchanged one without reading it. */
export interface FileStamp {
  sizeBytes: number;
  /** Modification time, milliseconds since 1970, with fractions. */
  mtimeMs: number;
  /** When it was read, same unit: an mtime younger than 2 s before this is not trusted. */
  readMs: number;
}

export interface TouchedFile {
  path: string;
  stamp: FileStamp;
  /** Its definitions were missing, and another try failed. */
  unparsed?: ParseFailure | undefined;
}

export interface FileRecord {
  id: number;
  path: string;
  stamp: FileStamp;
  /** Hash of the bytes (hex). */
  contentHash: string;
}

export interface FileWithChunks {
  path: string;
  stamp: FileStamp;
  contentHash: string;
  /** Lower-case language name or "text". */
  language: string;
  chunks: readonly ChunkInput[];
  /** What its syntax tree says; undefined when it has none. */
  syntax?: ParsedFile;
  /** Why it has none where it should have; remembered until it is put again. */
  unparsed?: ParseFailure;
}

export interface ChunkInput {
  text: string;
  /** First and last line, 1-based, inclusive. */
  startLine: number;
  endLine: number;
  /** Tokens of the text, without special tokens. */
  tokens: number;
  /** Headers of what it stands in; embedded and found with the text, not shown. Default none. */
  context?: string;
  /** Names, signatures and docs of the definitions that begin in it: fields of the word index. */
  names?: string;
  signatures?: string;
  docs?: string;
  /** false: found by word only. Default true. */
  embed?: boolean;
}

/** A chunk without a vector: its context and text, and its urgency (see urgencyOf). */
export interface WaitingChunk {
  id: number;
  text: string;
  urgency: number;
}

/** Which words of a query texts have. */
export interface WordMarks {
  /** For each text one number a word: 1 where it has it. All 0 for a text that is not there any more. */
  marks: Uint8Array[];
  weights: Float64Array;
  /** Texts there are in all. */
  texts: number;
}

export interface ScoredChunk {
  chunkId: number;
  score: number;
}

export interface ChunkPlace {
  chunkId: number;
  path: string;
  language: string;
  startLine: number;
  endLine: number;
  text: string;
}

export interface StoreStats {
  files: number;
  chunks: number;
  vectors: number;
  /** Size of the database with its write-ahead log, bytes. */
  databaseBytes: number;
  /** Page cache in use, bytes. */
  cacheBytes: number;
  schemaVersion: number;
}
