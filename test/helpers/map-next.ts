/* New vectors beside the old ones, in maps: of the chunks of a MapStore, or of the parts of MapMemories. */
import { areSameVectors, type ModelName } from "../../src/base/model-name.ts";
import type { NextPartVectors } from "../../src/ports/memory-rows.ts";
import type { NotedMigration } from "../../src/ports/store.ts";

export interface NextData {
  note: NotedMigration | undefined;
  readonly rows: Map<number, Float32Array>;
}

/** Where the old vectors lie. */
export interface NextPlace {
  readonly next: NextData;
  model: ModelName | undefined;
  readonly vectors: Map<number, Float32Array>;
  /** What waits for a vector, and how urgent it is or since when. */
  readonly pending: Map<number, number>;
}

/** What shall have a vector: ids and texts. */
export type Wanted<Place> = (place: Place) => { id: number; text: string }[];

export class MapNext<Place extends NextPlace> implements NextPartVectors {
  readonly #place: () => Place;
  readonly #wanted: Wanted<Place>;

  constructor(place: () => Place, wanted: Wanted<Place>) {
    this.#place = place;
    this.#wanted = wanted;
  }

  state(): NotedMigration | undefined {
    return this.#place().next.note;
  }

  begin(to: ModelName, folder?: string): void {
    const place = this.#place();
    const { next } = place;
    if (next.note?.to.vectors !== to.vectors || !areSameVectors(next.note?.to ?? to, to)) {
      next.rows.clear();
    }
    const done = next.rows.size;
    next.note = { to, folder, isStopped: false, done, total: this.#wanted(place).length };
  }

  stop(): void {
    const { next } = this.#place();
    if (next.note !== undefined) next.note = { ...next.note, isStopped: true };
  }

  pending(limit: number, afterId: number): { id: number; text: string }[] {
    const place = this.#place();
    const left = this.#wanted(place).filter(({ id }) => id > afterId && !place.next.rows.has(id));
    return left.sort((a, b) => a.id - b.id).slice(0, limit);
  }

  put(ids: readonly number[], vectors: Float32Array, of: ModelName): void {
    const place = this.#place();
    const { next } = place;
    if (next.note === undefined || !areSameVectors(next.note.to, of)) return;
    const wanted = new Set(this.#wanted(place).map(({ id }) => id));
    for (const [row, id] of ids.entries()) {
      if (!wanted.has(id) || next.rows.has(id)) continue;
      next.rows.set(id, vectors.slice(row * of.dimensions, (row + 1) * of.dimensions));
    }
    next.note = { ...next.note, done: next.rows.size };
  }

  take(): void {
    const place = this.#place();
    const { next, vectors, pending } = place;
    if (next.note === undefined) return;
    for (const { id } of this.#wanted(place)) {
      vectors.delete(id);
      const vector = next.rows.get(id);
      if (vector === undefined) pending.set(id, pending.get(id) ?? 0);
      else {
        pending.delete(id);
        vectors.set(id, vector);
      }
    }
    place.model = next.note.to;
    this.drop();
  }

  drop(): void {
    const { next } = this.#place();
    next.rows.clear();
    next.note = undefined;
  }
}
