/*
 * A store in plain maps, role by role: small, exact and slow. It keeps the same contracts as the one in SQLite
 * (test/contract), so it also shows what the next backend has to do. Words are split as everywhere; the rest is its own.
 */
import { HaypileError } from "../../src/base/errors.ts";
import type { ModelName } from "../../src/base/model-name.ts";
import {
  askedBeforeUrgency,
  askedUrgency,
  recentDays,
  unrankedUrgency,
  urgencyOf,
} from "../../src/base/paths/urgency.ts";
import type {
  ChunkInput,
  ChunkPlace,
  Facts,
  FileRecord,
  FileStamp,
  FileTable,
  FileWithChunks,
  NextVectors,
  PendingChunks,
  ScoredChunk,
  StaticVectorIndex,
  Store,
  StoreStats,
  TextIndex,
  TouchedFile,
  VectorIndex,
  WaitingChunk,
  WordMarks,
} from "../../src/ports/store.ts";
import type { UnparsedFile } from "../../src/ports/syntax.ts";
import { type CountedText, CountedWords } from "./counted-words.ts";
import { MapExact } from "./map-exact.ts";
import { check, differ } from "./map-model.ts";
import type { NextData } from "./map-next.ts";
import { nextChunks } from "./map-next-chunks.ts";
import { MapSymbols } from "./map-symbols.ts";
import { cosine, lengthOf } from "./plain-vectors.ts";

interface Chunk {
  id: number;
  context: string;
  text: string;
  uses: number;
  words: CountedText;
}

export interface MapFile extends FileRecord {
  file: FileWithChunks;
  words: CountedText;
}

interface Place {
  file: MapFile;
  chunk: ChunkInput;
}

/** What lies in the maps; a store that is opened again on it finds it. */
export class MapData {
  model: ModelName | undefined;
  readonly next: NextData = { note: undefined, rows: new Map() };
  readonly files = new Map<string, MapFile>();
  /** By context and text. */
  readonly chunks = new Map<string, Chunk>();
  readonly byId = new Map<number, Chunk>();
  readonly vectors = new Map<number, Float32Array>();
  readonly staticVectors = new Map<number, Float32Array>();
  /** Chunks that wait for a vector, and how urgent each is. */
  readonly pending = new Map<number, number>();
  readonly staticPending = new Set<number>();
  readonly facts = new Map<string, string>();
  readonly unparsed = new Map<string, UnparsedFile>();
  readonly partly = new Set<string>();
  #lastId = 0;

  newId(): number {
    this.#lastId += 1;
    return this.#lastId;
  }

  chunkOf({ context, text }: ChunkInput): Chunk | undefined {
    return this.chunks.get(keyOf(context, text));
  }

  /** Where each chunk stands: by path, then from the top of the file. */
  places(): Map<number, Place[]> {
    const places = new Map<number, Place[]>();
    const files = [...this.files.values()].sort((a, b) => (a.path < b.path ? -1 : 1));
    for (const file of files) {
      for (const chunk of file.file.chunks) {
        const id = this.chunkOf(chunk)?.id as number;
        places.set(id, [...(places.get(id) ?? []), { file, chunk }]);
      }
    }
    return places;
  }
}

function keyOf(context: string | undefined, text: string): string {
  return context === undefined || context === "" ? text : `${context}\n${text}`;
}

/** The data while the store is open. */
export type Opened = () => MapData;

class MapFiles implements FileTable {
  readonly #data: Opened;
  readonly #writes: { files: number[] };

  constructor(data: Opened, writes: { files: number[] }) {
    this.#data = data;
    this.#writes = writes;
  }

  stampOf(path: string): FileStamp | undefined {
    return this.#data().files.get(path)?.stamp;
  }

  records(paths: readonly string[]): Map<string, FileRecord> {
    return new Map([...this.all()].filter(([path]) => paths.includes(path)));
  }

  all(): Map<string, FileRecord> {
    const files = [...this.#data().files.values()];
    return new Map(
      files.map(({ id, path, stamp, contentHash }) => [path, { id, path, stamp, contentHash }]),
    );
  }

  put(files: readonly FileWithChunks[]): void {
    const data = this.#data();
    if (files.length === 0) return;
    this.#writes.files.push(files.length);
    // All new uses first: a text that moves between two files of one call keeps its vector.
    for (const file of files) for (const chunk of file.chunks) use(data, chunk);
    for (const file of files) {
      const { path, stamp, contentHash } = file;
      const id = data.files.get(path)?.id ?? data.newId();
      drop(data, path);
      if (file.unparsed === "partly") data.partly.add(path);
      else if (file.unparsed !== undefined) {
        data.unparsed.set(path, { path, why: file.unparsed, tries: 1 });
      }
      data.files.set(path, { id, path, stamp, contentHash, file, words: new CountedWords(path) });
    }
  }

  touch(files: readonly TouchedFile[]): void {
    const data = this.#data();
    for (const { path, stamp, unparsed } of files) {
      const missing = data.unparsed.get(path);
      if (missing !== undefined && unparsed !== undefined) {
        data.unparsed.set(path, { path, why: unparsed, tries: missing.tries + 1 });
      }
      const record = data.files.get(path);
      if (record !== undefined) record.stamp = stamp;
    }
  }

  remove(paths: readonly string[]): void {
    for (const path of paths) drop(this.#data(), path);
    this.#data();
  }

  unparsed(): UnparsedFile[] {
    return [...this.#data().unparsed.values()].sort((a, b) => (a.path < b.path ? -1 : 1));
  }

  partlyParsed(): string[] {
    return [...this.#data().partly].sort();
  }
}

function use(data: MapData, chunk: ChunkInput): void {
  const known = data.chunkOf(chunk);
  if (known !== undefined) {
    known.uses += 1;
    return;
  }
  const { text, names = "", signatures = "", docs = "", context = "" } = chunk;
  const words = new CountedWords([names, signatures, docs, context, text].join(" "));
  const added = { id: data.newId(), context, text, uses: 1, words };
  data.chunks.set(keyOf(context, text), added);
  data.byId.set(added.id, added);
  data.staticPending.add(added.id);
  if (chunk.embed !== false) data.pending.set(added.id, unrankedUrgency);
}

function drop(data: MapData, path: string): void {
  for (const one of [data.unparsed, data.partly]) one.delete(path);
  const record = data.files.get(path);
  if (record === undefined) return;
  data.files.delete(path);
  for (const one of record.file.chunks) {
    const chunk = data.chunkOf(one);
    if (chunk === undefined) continue;
    chunk.uses -= 1;
    if (chunk.uses > 0) continue;
    data.chunks.delete(keyOf(one.context, one.text));
    for (const table of [data.byId, data.vectors, data.staticVectors, data.pending]) {
      table.delete(chunk.id);
    }
    data.staticPending.delete(chunk.id);
  }
}

class MapTexts implements TextIndex {
  readonly #data: Opened;

  constructor(data: Opened) {
    this.#data = data;
  }

  search(query: string, limit: number, allowed?: Uint32Array): ScoredChunk[] {
    const { byId, files } = this.#data();
    const found = new Map<number, number>();
    const add = (id: number, score: number): void => {
      found.set(id, (found.get(id) ?? 0) + score);
    };
    for (const [{ id }, score] of CountedWords.scores(query, [...byId.values()])) add(id, score);
    for (const [{ file }, score] of CountedWords.scores(query, [...files.values()])) {
      const ids = new Set(file.chunks.map((chunk) => this.#data().chunkOf(chunk)?.id as number));
      for (const id of ids) add(id, score / 2);
    }
    return best(found, limit, allowed);
  }

  marks(query: string, chunkIds: readonly number[]): WordMarks {
    const { byId } = this.#data();
    const texts = chunkIds.map((id) => byId.get(id)?.words);
    return CountedWords.marks(
      query,
      texts,
      Array.from(byId.values(), ({ words }) => words),
    );
  }

  refresh(): boolean {
    this.#data();
    return false;
  }

  passagesOf(ids: readonly number[]): { id: number; text: string }[] {
    const { byId } = this.#data();
    return ids.flatMap((id) => {
      const chunk = byId.get(id);
      return chunk === undefined ? [] : [{ id, text: keyOf(chunk.context, chunk.text) }];
    });
  }

  places(chunkIds: readonly number[]): ChunkPlace[] {
    const places = this.#data().places();
    return chunkIds.flatMap((chunkId) =>
      (places.get(chunkId) ?? []).map(({ file: { path, file }, chunk }) => {
        const { startLine, endLine, text } = chunk;
        return { chunkId, path, language: file.language, startLine, endLine, text };
      }),
    );
  }

  at(places: readonly { path: string; line: number }[]): (number | undefined)[] {
    const data = this.#data();
    return places.map(({ path, line }) => {
      const chunks = data.files.get(path)?.file.chunks ?? [];
      const chunk = chunks.find((one) => one.startLine <= line && one.endLine >= line);
      return chunk && data.chunkOf(chunk)?.id;
    });
  }

  where(
    fits: (file: { path: string; language: string }) => boolean,
    kinds?: readonly string[],
  ): Uint32Array {
    const data = this.#data();
    const ids = new Set<number>();
    for (const { path, file } of data.files.values()) {
      if (!fits({ path, language: file.language })) continue;
      const heads = (file.syntax?.definitions ?? []).filter(({ kind }) => kinds?.includes(kind));
      for (const chunk of file.chunks) {
        const hasOne = heads.some(
          ({ headLine }) => headLine >= chunk.startLine && headLine <= chunk.endLine,
        );
        if (kinds === undefined || hasOne) ids.add(data.chunkOf(chunk)?.id as number);
      }
    }
    return Uint32Array.from(ids).sort();
  }
}

class MapVectors implements VectorIndex {
  readonly #data: Opened;
  readonly #writes: { vectors: number[] };

  constructor(data: Opened, writes: { vectors: number[] }) {
    this.#data = data;
    this.#writes = writes;
  }

  claimModel(model: ModelName): void {
    const data = this.#data();
    if (data.byId.size > 0) check(data, model);
    data.model = { ...data.model, ...model };
  }

  model(): ModelName | undefined {
    return this.#data().model;
  }

  put(ids: readonly number[], vectors: Float32Array, of?: ModelName): void {
    const data = this.#data();
    if (ids.length === 0 && vectors.length === 0) return;
    if (of !== undefined) check(data, of);
    const size = data.model?.dimensions ?? 0;
    if (vectors.length !== ids.length * size || !vectors.every(Number.isFinite)) {
      throw new HaypileError("HAYPILE_INTERNAL", `${ids.length} vectors of ${size} were expected.`);
    }
    this.#writes.vectors.push(ids.length);
    putRows(data, data.vectors, ids, vectors, size);
    for (const id of ids) data.pending.delete(id);
  }

  search(vector: Float32Array, limit: number, allowed?: Uint32Array): ScoredChunk[] {
    const data = this.#data();
    if (data.model === undefined) return [];
    if (data.model.dimensions !== vector.length) {
      throw differ(data, `a vector of ${vector.length} dimensions came`);
    }
    return nearest(data.vectors, vector, limit, allowed);
  }

  async nearest(
    vector: Float32Array,
    limit: number,
    allowed?: Uint32Array,
  ): Promise<ScoredChunk[]> {
    return this.search(vector, limit, allowed);
  }

  similarities(chunkIds: readonly number[], kind: "model" | "static"): Float32Array {
    const rows = this.#rows(kind);
    const vectors = chunkIds.map((id) => rows.get(id) ?? new Float32Array(0));
    return Float32Array.from(vectors.flatMap((a) => vectors.map((b) => cosine(a, b) || 0)));
  }

  cosines(
    vector: Float32Array,
    chunkIds: readonly number[],
    kind: "model" | "static",
  ): Float32Array {
    const rows = this.#rows(kind);
    return Float32Array.from(chunkIds, (id) => cosine(vector, rows.get(id) ?? new Float32Array(0)));
  }

  #rows(kind: "model" | "static"): Map<number, Float32Array> {
    const { vectors, staticVectors } = this.#data();
    return kind === "model" ? vectors : staticVectors;
  }
}

/** Of chunks that are still there. */
function putRows(
  { byId }: MapData,
  rows: Map<number, Float32Array>,
  ids: readonly number[],
  vectors: Float32Array,
  size: number,
): void {
  for (const [row, id] of ids.entries()) {
    if (byId.has(id)) rows.set(id, vectors.slice(row * size, (row + 1) * size));
  }
}

function nearest(
  rows: ReadonlyMap<number, Float32Array>,
  vector: Float32Array,
  limit: number,
  allowed: Uint32Array | undefined,
): ScoredChunk[] {
  if (lengthOf(vector) === 0) return [];
  const scores = [...rows]
    .map(([id, own]): [number, number] => [id, cosine(vector, own)])
    .filter(([, score]) => !Number.isNaN(score));
  return best(new Map(scores), limit, allowed);
}

function best(
  scores: ReadonlyMap<number, number>,
  limit: number,
  allowed: Uint32Array | undefined,
): ScoredChunk[] {
  return [...scores]
    .filter(([id]) => allowed === undefined || allowed.includes(id))
    .map(([chunkId, score]) => ({ chunkId, score }))
    .sort((a, b) => b.score - a.score || a.chunkId - b.chunkId)
    .slice(0, limit);
}

/** So many are "asked for" at once; when more come, those asked for earlier step back. */
const mostAsked = 2_048;
const recentMs = recentDays * 24 * 3_600_000;

class MapPending implements PendingChunks {
  readonly #data: Opened;
  readonly #usesOf: (name: string) => number;

  constructor(data: Opened, usesOf: (name: string) => number) {
    this.#data = data;
    this.#usesOf = usesOf;
  }

  page(afterId: number, limit: number): WaitingChunk[] {
    return this.#all()
      .filter(({ id }) => id > afterId)
      .slice(0, limit);
  }

  next(limit: number, except: readonly number[]): WaitingChunk[] {
    return this.#all()
      .filter(({ id }) => !except.includes(id))
      .sort((a, b) => a.urgency - b.urgency || a.id - b.id)
      .slice(0, limit);
  }

  count(): number {
    return this.#data().pending.size;
  }

  of(ids: readonly number[]): WaitingChunk[] {
    const waiting = new Map(this.#all().map((one) => [one.id, one]));
    return ids.flatMap((id) => waiting.get(id) ?? []);
  }

  ask(ids: readonly number[]): void {
    const { pending } = this.#data();
    const asked = [...pending].filter(([, urgency]) => urgency === askedUrgency);
    if (asked.length + ids.length > mostAsked) {
      for (const [id] of asked) pending.set(id, askedBeforeUrgency);
    }
    for (const id of ids) if (pending.has(id)) pending.set(id, askedUrgency);
  }

  rank(afterId: number, limit: number, recent?: readonly string[]): number | undefined {
    const data = this.#data();
    const page = this.page(afterId, limit);
    const places = data.places();
    const newest = Math.max(...[...data.files.values()].map(({ stamp }) => stamp.mtimeMs));
    for (const { id, urgency } of page) {
      if (urgency < 0) continue;
      const urgencies = (places.get(id) ?? []).flatMap(({ file, chunk }) => {
        const { path, stamp } = file;
        const isRecent = recent?.includes(path) ?? stamp.mtimeMs >= newest - recentMs;
        const own = (file.file.syntax?.definitions ?? []).filter(
          ({ startLine }) => startLine >= chunk.startLine && startLine <= chunk.endLine,
        );
        const facts = own.map(({ name, visibility }) => {
          return { uses: this.#usesOf(name), isPublic: visibility === "public" };
        });
        const all = facts.length === 0 ? [{ uses: 0, isPublic: true }] : facts;
        return all.map((one) => urgencyOf({ path, isRecent, ...one }));
      });
      data.pending.set(id, Math.min(...urgencies));
    }
    return page.at(-1)?.id;
  }

  /** By id. */
  #all(): WaitingChunk[] {
    const { pending, byId } = this.#data();
    return [...pending]
      .sort(([a], [b]) => a - b)
      .map(([id, urgency]) => {
        const { context, text } = byId.get(id) as Chunk;
        return { id, text: keyOf(context, text), urgency };
      });
  }
}

class MapStaticVectors implements StaticVectorIndex {
  readonly #data: Opened;

  constructor(data: Opened) {
    this.#data = data;
  }

  pending(limit: number, afterId = 0): { id: number; text: string }[] {
    const { staticPending, byId } = this.#data();
    return [...staticPending]
      .filter((id) => id > afterId)
      .sort((a, b) => a - b)
      .slice(0, limit)
      .map((id) => {
        const { context, text } = byId.get(id) as Chunk;
        return { id, text: keyOf(context, text) };
      });
  }

  put(ids: readonly number[], vectors: Float32Array): void {
    const data = this.#data();
    putRows(data, data.staticVectors, ids, vectors, vectors.length / Math.max(1, ids.length));
    for (const id of ids) data.staticPending.delete(id);
  }

  nearest(vector: Float32Array, limit: number, allowed?: Uint32Array): ScoredChunk[] {
    return nearest(this.#data().staticVectors, vector, limit, allowed);
  }
}

class MapFacts implements Facts {
  readonly #data: Opened;

  constructor(data: Opened) {
    this.#data = data;
  }

  get(name: string): string | undefined {
    return this.#data().facts.get(name);
  }

  set(name: string, value: string): void {
    this.#data().facts.set(name, value);
  }

  stats(): StoreStats {
    const { files, byId, pending } = this.#data();
    const vectors = byId.size - pending.size;
    const none = { databaseBytes: 0, cacheBytes: 0, schemaVersion: 1 };
    return { files: files.size, chunks: byId.size, vectors, ...none };
  }
}

export class MapStore implements Store {
  readonly path = ":memory:";
  readonly files: FileTable;
  readonly texts: TextIndex;
  readonly vectors: VectorIndex;
  readonly pending: PendingChunks;
  readonly staticVectors: StaticVectorIndex;
  readonly next: NextVectors;
  readonly symbols: MapSymbols;
  readonly exact: MapExact;
  readonly facts: Facts;
  /** Files and vectors per write, and how often it was tidied up: tests look at them. */
  readonly writes: { files: number[]; vectors: number[] } = { files: [], vectors: [] };
  optimized = 0;
  readonly #data: MapData;
  #isOpen = true;

  constructor(data: MapData = new MapData()) {
    this.#data = data;
    const opened = (): MapData => this.#opened();
    this.files = new MapFiles(opened, this.writes);
    this.texts = new MapTexts(opened);
    this.vectors = new MapVectors(opened, this.writes);
    this.next = nextChunks(opened);
    this.staticVectors = new MapStaticVectors(opened);
    const symbols = new MapSymbols(opened);
    this.symbols = symbols;
    this.exact = new MapExact(opened);
    this.pending = new MapPending(opened, (name) => symbols.usesOf(name));
    this.facts = new MapFacts(opened);
  }

  unlessBusy(write: () => void): boolean {
    this.#opened();
    write();
    return true;
  }

  optimize(): void {
    this.#opened();
    this.optimized += 1;
  }

  optimizeInSteps(): Iterable<void> {
    this.optimize();
    return [];
  }

  close(): void {
    this.#isOpen = false;
  }

  /** Texts of all chunks of a file, in order. */
  textsOf(path: string): string[] {
    return this.#data.files.get(path)?.file.chunks.map((chunk) => chunk.text) ?? [];
  }

  languageOf(path: string): string | undefined {
    return this.#data.files.get(path)?.file.language;
  }

  #opened(): MapData {
    if (this.#isOpen) return this.#data;
    throw new HaypileError("HAYPILE_CLOSED", "The store was closed before. Open it again.");
  }
}
