import type {
  AllowedRows,
  MemoryMarks,
  MemoryWordIndex,
  PartHit,
} from "../../../ports/memory-rows.ts";
import type { MemoryWords } from "./words.ts";

/** The words of parts, by the ids of these. */
export class PartWords implements MemoryWordIndex {
  readonly #words: MemoryWords;

  constructor(words: MemoryWords) {
    this.#words = words;
  }

  search(query: string, limit: number, allowed: AllowedRows): PartHit[] {
    return this.#words.search(query, limit, allowed);
  }

  marks(query: string, partIds: readonly number[], allowed: AllowedRows): MemoryMarks {
    return this.#words.marks(query, partIds, allowed);
  }
}
