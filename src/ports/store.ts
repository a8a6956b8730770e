import type { ModelName } from "../base/model-name.ts";
import type { ExactTable } from "./answers/exact-uses.ts";
import type { SymbolTable } from "./symbols.ts";
import type { ParsedFile, ParseFailure, UnparsedFile } from "./syntax.ts";

/**
 * What the services need of the database of an index, by role: each asks for the roles it uses. Paths are relative to
 * the indexed root, with "/" on every system. A chunk is known by the hash of its text: the same text in two files is
 * one chunk with one vector. Calls are synchronous and short: the SQLite driver is. After close() each call of a role
 * fails with HAYPILE_CLOSED.
 */
export interface Store {
  /** Path of the database file. */
  readonly path: string;
  readonly files: FileTable;
  readonly texts: TextIndex;
  readonly vectors: VectorIndex;
  readonly pending: PendingChunks;
  readonly staticVectors: StaticVectorIndex;
  readonly next: NextVectors;
  readonly symbols: SymbolTable;
  readonly exact: ExactTable;
  readonly facts: Facts;

  /** Runs a write that need not be done now. @returns false when another process writes: nothing was written */
  unlessBusy(write: () => void): boolean;
  /** Merges and truncates what can be: called at the end of an index run. */
  optimize(): void;
  /** The same, a little at each step: others have their turn between two. */
  optimizeInSteps(): Iterable<void>;
  close(): void;
}

/** Which files are indexed, and from which state of them. Putting files also fills the other tables. */
export interface FileTable {
  /** What was noted of a file when it was read; undefined for one that is not indexed. */
  stampOf(path: string): FileStamp | undefined;
  /** What is known of these files, by path; those that are not indexed are left out. */
  records(paths: readonly string[]): Map<string, FileRecord>;
  /** Every indexed file, by path. */
  all(): Map<string, FileRecord>;
  /** Replaces (or adds) files with their chunks, in one transaction. Words are searchable after it. */
  put(files: readonly FileWithChunks[]): void;
  /** Notes a new mtime of files whose content did not change, in one transaction. */
  touch(files: readonly TouchedFile[]): void;
  /** Removes files, and chunks that no file uses any more, in one transaction. */
  remove(paths: readonly string[]): void;
  /** Files whose definitions are missing, by path. */
  unparsed(): UnparsedFile[];
  /** Paths of files whose tree has errors. */
  partlyParsed(): string[];
}

/** Texts of chunks, where they stand, and search by words. */
export interface TextIndex {
  /**
   * Best chunks by BM25 over words and paths; higher is better. Any text is a valid query.
   * With `allowed` (sorted ids) only these chunks are found, here and in the other searches.
   */
  search(query: string, limit: number, allowed?: Uint32Array): ScoredChunk[];
  /** Which words of a query chunks have, and what each word is worth in this index: the rarer, the more. */
  marks(query: string, chunkIds: readonly number[]): WordMarks;
  /**
   * Makes some words anew that an older Haypile made by other rules; what is found by them until then is
   * found all the same. True while there are more: call it again.
   */
  refresh(): boolean;
  /** Context and text of chunks, in the order given; one that is gone is left out. */
  passagesOf(ids: readonly number[]): { id: number; text: string }[];
  /** Where chunks stand: one row per place, so a chunk of two files has two rows. */
  places(chunkIds: readonly number[]): ChunkPlace[];
  /** The chunk that holds each line; undefined where there is none. */
  at(places: readonly { path: string; line: number }[]): (number | undefined)[];
  /** Sorted ids of chunks of files that fit, in which a definition of one of these kinds begins. */
  where(
    fits: (file: { path: string; language: string }) => boolean,
    kinds?: readonly string[],
  ): Uint32Array;
}

/** Vectors of the model that the index is tied to. */
export interface VectorIndex {
  /**
   * Ties the index to a model at its first use, and checks it later. While the index holds no chunk
   * another model may still claim it. An index that knew no format takes that of the model.
   * @throws HaypileError HAYPILE_DIMENSIONS_DIFFER, HAYPILE_VECTORS_DIFFER (both names in the message), nothing written
   */
  claimModel(model: ModelName): void;
  /** The model of the index, as the file has it now; undefined before the first index run. */
  model(): ModelName | undefined;
  /**
   * Stores unit vectors (row i of `vectors` belongs to ids[i]) as int8 with a scale, in one transaction.
   * @param of the model that made them; vectors of another than the index's are refused
   * @throws HaypileError HAYPILE_DIMENSIONS_DIFFER, HAYPILE_VECTORS_DIFFER
   */
  put(ids: readonly number[], vectors: Float32Array, of?: ModelName): void;
  /** Best chunks by cosine (-1 to 1) to a unit vector, comparing every row. */
  search(vector: Float32Array, limit: number, allowed?: Uint32Array): ScoredChunk[];
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
}

/** Chunks that have no vector yet, and the order in which they get one. */
export interface PendingChunks {
  /** Lowest id first after `afterId` (0 to begin). */
  page(afterId: number, limit: number): WaitingChunk[];
  /** Most urgent first, without those of `except`. */
  next(limit: number, except: readonly number[]): WaitingChunk[];
  count(): number;
  /** Those of `ids` that have no vector, in the order given: context and text. */
  of(ids: readonly number[]): WaitingChunk[];
  /** A query saw these: those without a vector come before all others, in this run and in later ones. */
  ask(ids: readonly number[]): void;
  /**
   * Works out the urgency (see urgencyOf) of up to `limit` chunks without a vector, by id after `afterId`.
   * Call it when all texts and symbols are in place. What was asked for stays in front.
   *
   * @param recent paths that changed recently; without it the files' times decide
   * @returns the last id done, for the next call; undefined when there are no more
   */
  rank(afterId: number, limit: number, recent?: readonly string[]): number | undefined;
}

/** Vectors of the static model: they serve until the index has its own. */
export interface StaticVectorIndex {
  /** Chunks above an id that have no vector of the static model yet: context and text. */
  pending(limit: number, afterId?: number): { id: number; text: string }[];
  /** Stores vectors (row i belongs to ids[i]), in one transaction. */
  put(ids: readonly number[], vectors: Float32Array): void;
  /** Best chunks by cosine to a vector of the static model. */
  nearest(vector: Float32Array, limit: number, allowed?: Uint32Array): ScoredChunk[];
}

/** A migration that an index has noted: which model its next vectors are of, and how many there are. */
export interface NotedMigration {
  to: ModelName;
  /** Folder of the model, where it has no name that is known. */
  folder?: string | undefined;
  /** Somebody stopped it: it goes on when it is asked for, and not by itself. */
  isStopped: boolean;
  /** Chunks with a vector of the new model, of those that shall have one. */
  done: number;
  total: number;
}

/**
 * Vectors of another model, gathered beside those that serve until all are there, and then put in their place in one
 * transaction. What is noted stays when the process dies; chunks that come and go meanwhile come and go here too.
 */
export interface NextVectors {
  /** Undefined: no migration has begun, or it is over. */
  state(): NotedMigration | undefined;
  /** Notes a migration, or goes on with the noted one; where another model was noted, its vectors go. */
  begin(to: ModelName, folder?: string): void;
  /** Chunks whose static vector was dropped (haypile compact) wait for one again: it serves meanwhile. */
  wantStatic(): void;
  /** Notes that somebody stopped it. */
  stop(): void;
  /** Chunks above an id that shall have a vector and have no new one yet: context and text. */
  pending(limit: number, afterId: number): { id: number; text: string }[];
  /** Stores vectors of the new model, in one transaction. Without a migration to that model nothing is stored. */
  put(ids: readonly number[], vectors: Float32Array, of: ModelName): void;
  /**
   * Puts the new vectors in the place of the old, in one transaction. Chunks that have none wait for one of the new
   * model. Whoever calls holds the right to index.
   * @param mostTokens the new model reads so many of a text: files with longer chunks are read again by the next run
   */
  take(mostTokens?: number): void;
  /** Ends the migration; the old vectors stay. */
  drop(): void;
}

/** What is noted of the index as a whole. */
export interface Facts {
  /** A free-form fact ("root", "last-index"); undefined: it was never noted. */
  get(name: string): string | undefined;
  set(name: string, value: string): void;
  stats(): StoreStats;
}

/** What tells a changed file from an unchanged one without reading it. */
export interface FileStamp {
  sizeBytes: number;
  /** Modification time, milliseconds since 1970, with fractions. */
  mtimeMs: number;
  /** When it was read, same unit: an mtime younger than 2 s before this is not trusted. */
  readMs: number;
  /** When its content, name or rights changed last, by the file system: nobody can set it. Undefined: not known. */
  ctimeMs?: number | undefined;
  /** The number of the file on its disk: another one took its place where it differs. Undefined: not known. */
  inode?: number | undefined;
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
  syntax?: ParsedFile | undefined;
  /** Why it has none where it should have, or that its tree has errors; remembered until it is put again. */
  unparsed?: ParseFailure | "partly" | undefined;
}

export interface ChunkInput {
  text: string;
  /** First and last line, 1-based, inclusive. */
  startLine: number;
  endLine: number;
  /** Tokens of the text, without special tokens. */
  tokens: number;
  /** Headers of what it stands in; embedded and found with the text, not shown. Default none. */
  context?: string | undefined;
  /** Names, signatures and docs of the definitions that begin in it: fields of the word index. */
  names?: string | undefined;
  signatures?: string | undefined;
  docs?: string | undefined;
  /** false: found by word only. Default true. */
  embed?: boolean | undefined;
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

/** How the vectors of an index are searched. */
export interface ScanReport {
  /** "exact": every row is compared; "bits": candidates by bits, scored exactly. */
  kind: "exact" | "bits";
  vectors: number;
  /** Vectors in no segment yet: compared one by one. */
  loose: number;
  /** Memory of the bits, bytes; 0 until a search loads them. */
  bytes: number;
  /** Most memory they may take. */
  budgetBytes: number;
  /** Vectors whose bits do not fit and are read for each search. */
  streamed: number;
  /** This process is making segments. */
  isBuilding: boolean;
}

/** How the vectors of an index are packed with a loss. */
export interface PackedVectors {
  format: string;
  bytesPerVector: number;
  /** Of the true best ten by full vectors, when it was compacted. */
  recallAt10: number;
  /** The next index run makes full vectors again. */
  isRetired: boolean;
}

/** What can be told of vectors besides. */
export interface IndexVectors extends VectorIndex {
  /** How they are searched. */
  scanReport(): ScanReport;
  /** How they are packed; undefined: with nothing lost. */
  packed(): PackedVectors | undefined;
  /** Some that are spread over the index, as floats of unit length: to compare searches with. */
  sample(count: number): Float32Array[];
  /** Unit vectors of texts with their context, in the order asked; undefined: this index has none of it. */
  ofTexts(texts: readonly string[]): (Float32Array | undefined)[];
  /** What vectors of chunks are compared by, in the order asked; undefined for a chunk without one. */
  codes(chunkIds: readonly number[], kind: "model" | "static"): (Uint8Array | undefined)[];
}

export interface IndexFactTable extends Facts {
  /** Two equal marks: nothing was written between them, by this process or another. */
  changeMark(): string;
}

/** What one process or client at a time does: index, or make the vectors of another model. */
export type IndexRight = "index" | "next";

/** A right that is held. */
export interface IndexLock {
  /** A second call is harmless. */
  release(): void;
}

/** The right to make new vectors, which one process or client at a time has. */
export interface VectorRight {
  /** @throws HaypileError HAYPILE_DB_BUSY */
  lock(): IndexLock;
  /** Who has it; undefined: nobody. */
  owner(): LockOwner | undefined;
}

/** Who holds a right. */
export interface LockOwner {
  /** Of its process. */
  pid: number;
  /** ISO 8601. */
  since: string;
  /** Its machine, where others share the store; undefined: this one. */
  host?: string | undefined;
}

/**
 * What the engine asks of an index beside the roles that services use, wherever it is kept: a file of its own, or tables of
 * a team's store. What only makes sense with a file answers for the others that there is nothing of it.
 */
export interface IndexStore extends Store {
  readonly vectors: IndexVectors;
  readonly facts: IndexFactTable;

  /** What this machine is called among clients that share the index; undefined: it is a file of this machine's own. */
  readonly client?: string | undefined;
  /**
   * Takes a right, or fails at once. It ends with its process, however that ends.
   * @throws HaypileError HAYPILE_DB_BUSY, with who holds it, and since when
   */
  lock(right: IndexRight): IndexLock;
  /** Who holds a right; undefined: nobody. It waits for nothing. */
  lockOwner(right: IndexRight): LockOwner | undefined;

  /** Bytes of vectors' bits held in memory; 0 once closed. */
  readonly bitsBytes: number;
  /** Bytes that searches by words keep until the index changes. */
  readonly lengthsBytes: number;
  /** From now on bits take at most so many bytes; what does not fit is read for each search. */
  limitBits(bytes: number): void;
  /** Gives back what can be read again. */
  shrinkCache(): void;
  /** Resolves when nothing is made in the background any more, by this store. Searches need not wait for it. */
  settled(): Promise<void>;
}
