import { HaypileError } from "../../src/base/errors.ts";
import { askedUrgency } from "../../src/base/paths/urgency.ts";
import type {
  ChunkPlace,
  FileRecord,
  FileStamp,
  FileWithChunks,
  ScoredChunk,
  Store,
  StoreStats,
  TouchedFile,
  WaitingChunk,
  WordMarks,
} from "../../src/ports/store.ts";
import type { UnparsedFile } from "../../src/ports/syntax.ts";

interface Chunk {
  id: number;
  text: string;
  words: Map<string, number>;
  length: number;
  vector: Float32Array | undefined;
  uses: number;
}

/**
 * A store in plain maps, small, exact and slow, for unit tests of the services. It keeps what they
 * rely on and checks no arguments; path words and closing are left to the real store's contract.
 */
export class MemoryStore implements Store {
  readonly path = ":memory:";
  #model: { id: string; dimensions: number } | undefined;
  readonly #files = new Map<string, FileRecord & { file: FileWithChunks }>();
  readonly #chunks = new Map<string, Chunk>();
  readonly #byId = new Map<number, Chunk>();
  readonly #meta = new Map<string, string>();
  readonly #asked = new Set<number>();
  readonly #unparsed = new Map<string, UnparsedFile>();
  #nextId = 1;
  /** Files and vectors per write, and calls by name: tests look at them. */
  readonly writes: { files: number[]; vectors: number[] } = { files: [], vectors: [] };
  optimized = 0;

  claimModel(model: { id: string; dimensions: number }): void {
    if (this.#model === undefined) this.#model = { ...model };
    else if (this.#model.id !== model.id || this.#model.dimensions !== model.dimensions) {
      throw new HaypileError(
        "HAYPILE_DIMENSIONS_DIFFER",
        `Expected ${this.#model.id} (${this.#model.dimensions}) but got ${model.id} (${model.dimensions}).`,
      );
    }
  }

  model(): { id: string; dimensions: number } | undefined {
    return this.#model;
  }

  files(): Map<string, FileRecord> {
    return new Map(
      [...this.#files].map(([path, { id, stamp, contentHash }]) => [
        path,
        { id, path, stamp, contentHash },
      ]),
    );
  }

  putFiles(files: readonly FileWithChunks[]): void {
    this.writes.files.push(files.length);
    // All new uses first: a text that moves between two files of one call keeps its vector.
    for (const file of files) for (const { text } of file.chunks) this.#use(text);
    for (const file of files) {
      const id = this.#files.get(file.path)?.id ?? this.#nextId++;
      this.#drop(file.path);
      if (file.unparsed !== undefined)
        this.#unparsed.set(file.path, { path: file.path, why: file.unparsed, tries: 1 });
      const { path, stamp, contentHash } = file;
      this.#files.set(path, { id, path, stamp, contentHash, file });
    }
  }

  touchFiles(files: readonly TouchedFile[]): void {
    for (const { path, stamp, unparsed } of files) {
      const missing = this.#unparsed.get(path);
      if (missing !== undefined && unparsed !== undefined)
        this.#unparsed.set(path, { path, why: unparsed, tries: missing.tries + 1 });
      const record = this.#files.get(path);
      if (record !== undefined) record.stamp = stamp;
    }
  }

  removeFiles(paths: readonly string[]): void {
    for (const path of paths) this.#drop(path);
  }

  chunksWithoutVector(afterId: number, limit: number): WaitingChunk[] {
    return this.#waiting()
      .filter(({ id }) => id > afterId)
      .slice(0, limit);
  }

  /** Two urgencies only: asked for, and the rest. */
  nextWithoutVector(limit: number, except: readonly number[]): WaitingChunk[] {
    return this.#waiting()
      .filter(({ id }) => !except.includes(id))
      .sort((a, b) => a.urgency - b.urgency || a.id - b.id)
      .slice(0, limit);
  }

  askForVectors(ids: readonly number[]): void {
    for (const id of ids) this.#asked.add(id);
  }

  rankWithoutVector(): undefined {}

  refreshWords(): boolean {
    return false;
  }

  #waiting(): WaitingChunk[] {
    return [...this.#byId.values()]
      .filter((chunk) => chunk.vector === undefined)
      .sort((a, b) => a.id - b.id)
      .map(({ id, text }) => ({ id, text, urgency: this.#asked.has(id) ? askedUrgency : 0 }));
  }

  countWithoutVector(): number {
    return [...this.#byId.values()].filter((chunk) => chunk.vector === undefined).length;
  }

  putVectors(ids: readonly number[], vectors: Float32Array): void {
    this.writes.vectors.push(ids.length);
    const size = vectors.length / ids.length;
    ids.forEach((id, row) => {
      const chunk = this.#byId.get(id);
      if (chunk !== undefined) chunk.vector = vectors.slice(row * size, (row + 1) * size);
    });
  }

  unparsed(): UnparsedFile[] {
    return [...this.#unparsed.values()];
  }

  unlessBusy(write: () => void): boolean {
    write();
    return true;
  }

  searchWords(query: string, limit: number, allowed?: Uint32Array): ScoredChunk[] {
    const chunks = [...this.#byId.values()];
    const mean = chunks.reduce((sum, chunk) => sum + chunk.length, 0) / Math.max(1, chunks.length);
    const scores = new Map<number, number>();
    for (const word of new Set(splitWords(query))) {
      const having = chunks.filter((chunk) => chunk.words.has(word));
      const rarity = Math.log(1 + (chunks.length - having.length + 0.5) / (having.length + 0.5));
      for (const chunk of having) {
        const count = chunk.words.get(word) as number;
        const part = (count * 2.2) / (count + 1.2 * (0.25 + (0.75 * chunk.length) / mean));
        scores.set(chunk.id, (scores.get(chunk.id) ?? 0) + rarity * part);
      }
    }
    return best(permitted(scores, allowed), limit);
  }

  searchVectors(vector: Float32Array, limit: number, allowed?: Uint32Array): ScoredChunk[] {
    const scores = new Map<number, number>();
    for (const chunk of this.#byId.values()) {
      if (chunk.vector === undefined) continue;
      let dot = 0;
      for (let index = 0; index < vector.length; index += 1) {
        dot += (vector[index] as number) * (chunk.vector[index] as number);
      }
      scores.set(chunk.id, dot);
    }
    return best(permitted(scores, allowed), limit);
  }

  withoutVector(ids: readonly number[]): WaitingChunk[] {
    const waiting = new Map(this.#waiting().map((one) => [one.id, one]));
    return ids.flatMap((id) => waiting.get(id) ?? []);
  }

  passagesOf(ids: readonly number[]): { id: number; text: string }[] {
    return ids.flatMap((id) => {
      const chunk = this.#byId.get(id);
      return chunk === undefined ? [] : [{ id, text: chunk.text }];
    });
  }

  chunksWithoutStatic(): { id: number; text: string }[] {
    return [];
  }

  putStatic(): void {}

  similarities(chunkIds: readonly number[]): Float32Array {
    const vectors = chunkIds.map((id) => this.#byId.get(id)?.vector ?? []);
    const dot = (a: ArrayLike<number>, b: ArrayLike<number>): number =>
      Array.from(a).reduce((sum, value, at) => sum + value * (b[at] ?? 0), 0);
    return Float32Array.from(
      vectors.flatMap((a) =>
        vectors.map((b) => dot(a, b) / (Math.sqrt(dot(a, a) * dot(b, b)) || 1)),
      ),
    );
  }

  nearestStatic(): ScoredChunk[] {
    return [];
  }

  cosines(vector: Float32Array, chunkIds: readonly number[]): Float32Array {
    return Float32Array.from(chunkIds, (id) => {
      const own = this.#byId.get(id)?.vector;
      if (own === undefined || own.every((value) => value === 0)) return Number.NaN;
      return own.reduce((sum, value, at) => sum + value * (vector[at] ?? 0), 0);
    });
  }

  wordMarks(query: string, chunkIds: readonly number[]): WordMarks {
    const terms = [...new Set(splitWords(query))];
    const all = this.#byId.size;
    const weights = Float64Array.from(terms, (term) => {
      const having = [...this.#byId.values()].filter(({ words }) => words.has(term)).length;
      return Math.log(1 + (all - having + 0.5) / (having + 0.5));
    });
    const marks = chunkIds.map((id) => {
      const words = this.#byId.get(id)?.words;
      return Uint8Array.from(terms, (term) => (words?.has(term) === true ? 1 : 0));
    });
    return { marks, weights, texts: all };
  }

  stampOf(path: string): FileStamp | undefined {
    return this.#files.get(path)?.stamp;
  }

  async nearest(
    vector: Float32Array,
    limit: number,
    allowed?: Uint32Array,
  ): Promise<ScoredChunk[]> {
    return this.searchVectors(vector, limit, allowed);
  }

  chunksWhere(fits: (file: { path: string; language: string }) => boolean): Uint32Array {
    const ids = new Set<number>();
    for (const { path, file } of this.#files.values()) {
      if (!fits({ path, language: file.language })) continue;
      for (const { text } of file.chunks) ids.add(this.#chunks.get(text)?.id as number);
    }
    return Uint32Array.from(ids).sort();
  }

  chunksAt(places: readonly { path: string; line: number }[]): (number | undefined)[] {
    return places.map(({ path, line }) => {
      const chunks = this.#files.get(path)?.file.chunks ?? [];
      const chunk = chunks.find((one) => one.startLine <= line && one.endLine >= line);
      return chunk === undefined ? undefined : this.#chunks.get(chunk.text)?.id;
    });
  }

  places(chunkIds: readonly number[]): ChunkPlace[] {
    const places: ChunkPlace[] = [];
    for (const id of chunkIds) {
      const text = this.#byId.get(id)?.text;
      for (const { path, file } of this.#files.values()) {
        for (const chunk of file.chunks) {
          if (chunk.text !== text) continue;
          const { startLine, endLine } = chunk;
          places.push({ chunkId: id, path, language: file.language, startLine, endLine, text });
        }
      }
    }
    return places;
  }

  stats(): StoreStats {
    return {
      files: this.#files.size,
      chunks: this.#byId.size,
      vectors: this.#byId.size - this.countWithoutVector(),
      databaseBytes: 0,
      cacheBytes: 0,
      schemaVersion: 1,
    };
  }

  getMeta(key: string): string | undefined {
    return this.#meta.get(key);
  }

  setMeta(key: string, value: string): void {
    this.#meta.set(key, value);
  }

  optimizeInSteps(): Iterable<void> {
    this.optimize();
    return [];
  }

  optimize(): void {
    this.optimized += 1;
  }

  close(): void {}

  /** Texts of all chunks of a file, in order. */
  textsOf(path: string): string[] {
    return this.#files.get(path)?.file.chunks.map((chunk) => chunk.text) ?? [];
  }

  languageOf(path: string): string | undefined {
    return this.#files.get(path)?.file.language;
  }

  #use(text: string): void {
    const known = this.#chunks.get(text);
    if (known !== undefined) {
      known.uses += 1;
      return;
    }
    const words = new Map<string, number>();
    let length = 0;
    for (const word of splitWords(text)) {
      words.set(word, (words.get(word) ?? 0) + 1);
      length += 1;
    }
    const chunk = { id: this.#nextId++, text, words, length, vector: undefined, uses: 1 };
    this.#chunks.set(text, chunk);
    this.#byId.set(chunk.id, chunk);
  }

  #drop(path: string): void {
    this.#unparsed.delete(path);
    const record = this.#files.get(path);
    if (record === undefined) return;
    this.#files.delete(path);
    for (const { text } of record.file.chunks) {
      const chunk = this.#chunks.get(text);
      if (chunk === undefined) continue;
      chunk.uses -= 1;
      if (chunk.uses > 0) continue;
      this.#chunks.delete(text);
      this.#byId.delete(chunk.id);
    }
  }
}

/** Words in lower case, identifiers split at case changes and signs. */
export function splitWords(text: string): string[] {
  const parts = text.match(/\p{Lu}+(?!\p{Ll})|\p{Lu}?\p{Ll}+|\p{L}+|\p{N}+/gu) ?? [];
  return parts.map((part) => part.toLowerCase());
}

function best(scores: ReadonlyMap<number, number>, limit: number): ScoredChunk[] {
  return [...scores]
    .map(([chunkId, score]) => ({ chunkId, score }))
    .sort((a, b) => b.score - a.score || a.chunkId - b.chunkId)
    .slice(0, limit);
}

function permitted(
  scores: Map<number, number>,
  allowed: Uint32Array | undefined,
): Map<number, number> {
  return allowed === undefined
    ? scores
    : new Map([...scores].filter(([id]) => allowed.includes(id)));
}
