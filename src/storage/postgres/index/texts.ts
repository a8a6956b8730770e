import type { ChunkPlace, ScoredChunk, TextIndex, WordMarks } from "../../../ports/store.ts";
import { wordRules } from "../../sqlite/words/words.ts";
import type { PgChunks } from "./chunks.ts";
import { keptFacts } from "./facts.ts";
import type { Project } from "./project.ts";
import type { WordSearch } from "./words/search.ts";

const rulesKey = "store.words";

export interface TextParts {
  project: Project;
  chunks: PgChunks;
  words: WordSearch;
}

/** Chunks, their places and their words, put together as one role. */
export class PgTexts implements TextIndex {
  readonly #parts: TextParts;
  #areCurrent = false;

  constructor(parts: TextParts) {
    this.#parts = parts;
  }

  search(query: string, limit: number, allowed?: Uint32Array): ScoredChunk[] {
    return this.#parts.words.search(query, limit, allowed);
  }

  marks(query: string, chunkIds: readonly number[]): WordMarks {
    const { chunks, words } = this.#parts;
    const texts = new Map(chunks.passagesOf(chunkIds).map(({ id, text }) => [id, text]));
    return words.marks(
      query,
      chunkIds.map((id) => texts.get(id) ?? ""),
      chunks.count(),
    );
  }

  /** Words of no other rules are in any store yet: what makes them anew comes with the first change of the rules. */
  refresh(): boolean {
    if (this.#areCurrent) return false;
    const { project } = this.#parts;
    const facts = keptFacts(project);
    if (facts.get(rulesKey) === undefined) {
      project.write(() => facts.set(rulesKey, JSON.stringify({ rules: wordRules })));
    }
    this.#areCurrent = true;
    return false;
  }

  passagesOf(ids: readonly number[]): { id: number; text: string }[] {
    return ids.length === 0 ? [] : this.#parts.chunks.passagesOf(ids);
  }

  places(chunkIds: readonly number[]): ChunkPlace[] {
    return chunkIds.length === 0 ? [] : this.#parts.chunks.places(chunkIds);
  }

  at(places: readonly { path: string; line: number }[]): (number | undefined)[] {
    return places.length === 0 ? [] : this.#parts.chunks.at(places);
  }

  where(
    fits: (file: { path: string; language: string }) => boolean,
    kinds?: readonly string[],
  ): Uint32Array {
    return this.#parts.chunks.where(fits, kinds);
  }
}
