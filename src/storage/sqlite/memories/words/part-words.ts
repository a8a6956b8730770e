import type { AllowedRows, MemoryWordIndex, PartHit } from "../../../../ports/memory-rows.ts";
import type { WordMarks } from "../../../../ports/store.ts";
import type { MemoryEmbedding } from "../vectors/embedding.ts";
import type { MemoryWords } from "./words.ts";

/** The words of parts, by the ids of these. */
export class PartWords implements MemoryWordIndex {
  readonly #words: MemoryWords;
  readonly #embedding: MemoryEmbedding;

  constructor(words: MemoryWords, embedding: MemoryEmbedding) {
    this.#words = words;
    this.#embedding = embedding;
  }

  search(query: string, limit: number, allowed: AllowedRows): PartHit[] {
    return this.#words.search(query, limit, allowed);
  }

  marks(query: string, partIds: readonly number[]): WordMarks {
    const found = this.#embedding.partTexts(partIds);
    const texts = new Map(found.map(({ partId, text }) => [partId, text]));
    return this.#words.marks(
      query,
      partIds.map((id) => texts.get(id) ?? ""),
    );
  }
}
