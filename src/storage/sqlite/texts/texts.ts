import type { ChunkPlace, ScoredChunk, TextIndex, WordMarks } from "../../../ports/store.ts";
import type { Database } from "../file/driver.ts";
import { inOneWrite } from "../roles/in-one-write.ts";
import type { Chunks } from "./chunks.ts";
import type { Documents } from "./documents.ts";
import type { FullText } from "./full-text.ts";
import type { WordRefresh } from "./refresh-words.ts";

export interface TextParts {
  db: Database;
  chunks: Chunks;
  documents: Documents;
  words: FullText;
  wordRefresh: WordRefresh;
}

/** Chunks, their places and their words, put together as one role. */
export class Texts implements TextIndex {
  readonly #parts: TextParts;

  constructor(parts: TextParts) {
    this.#parts = parts;
  }

  search(query: string, limit: number, allowed?: Uint32Array): ScoredChunk[] {
    return this.#parts.words.search(query, limit, allowed);
  }

  marks(query: string, chunkIds: readonly number[]): WordMarks {
    return this.#parts.chunks.wordMarks(query, chunkIds);
  }

  refresh(): boolean {
    const { db, wordRefresh } = this.#parts;
    return !wordRefresh.areCurrent && inOneWrite(db, () => wordRefresh.step());
  }

  passagesOf(ids: readonly number[]): { id: number; text: string }[] {
    return this.#parts.chunks.passagesOf(ids);
  }

  places(chunkIds: readonly number[]): ChunkPlace[] {
    return this.#parts.chunks.places(chunkIds);
  }

  at(places: readonly { path: string; line: number }[]): (number | undefined)[] {
    return places.map(({ path, line }) => this.#parts.chunks.at(path, line));
  }

  where(
    fits: (file: { path: string; language: string }) => boolean,
    kinds?: readonly string[],
  ): Uint32Array {
    const { chunks, documents } = this.#parts;
    return chunks.ofFiles(documents.idsWhere(fits), kinds);
  }
}
