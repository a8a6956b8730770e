/*
 * A long list of which a few pages are held: those that are seen, and some that were. It is asked for by place, so that any
 * place is one question away. When memories change elsewhere it is asked anew, and says how far what was seen has moved.
 */
import type { Memory, MemoryFilter, MemoryOrder } from "../../../../src/ports/memories.ts";
import { ask } from "../../api/client.ts";
import { readable } from "../../parts/use-answer.ts";

const pageSize = 100;
const mostHeld = 24;
/** Characters of a text that a row needs. */
const textLimit = 280;

interface Answer {
  memories: Memory[];
  total: number;
}

export class MemoryPages {
  total: number | undefined;
  error: Error | undefined;
  readonly #filter: MemoryFilter;
  readonly #order: MemoryOrder;
  readonly #onChange: () => void;
  #pages = new Map<number, Memory[]>();
  #asked = new Map<number, AbortController>();
  #wanted: number[] = [];
  #isClosed = false;

  constructor(filter: MemoryFilter, order: MemoryOrder, onChange: () => void) {
    this.#filter = filter;
    this.#order = order;
    this.#onChange = onChange;
  }

  at(place: number): Memory | undefined {
    return this.#pages.get(Math.floor(place / pageSize))?.[place % pageSize];
  }

  placeOf(id: string): number {
    for (const [page, memories] of this.#pages) {
      const at = memories.findIndex((memory) => memory.id === id);
      if (at !== -1) return page * pageSize + at;
    }
    return -1;
  }

  /** Asks for what is missing of these places, and for nothing else any more. @param to the first that is not wanted */
  want(from: number, to: number): void {
    const last = Math.max(from, Math.min(to, this.total ?? to) - 1);
    this.#wanted = [];
    for (let page = Math.floor(from / pageSize); page <= Math.floor(last / pageSize); page += 1) {
      this.#wanted.push(page);
    }
    for (const [page, stop] of this.#asked) {
      if (this.#wanted.includes(page)) continue;
      stop.abort();
      this.#asked.delete(page);
    }
    for (const page of this.#wanted) if (!this.#pages.has(page)) void this.#ask(page);
  }

  /**
   * Asks anew for what is seen, and holds nothing else.
   * @param seen a memory that was seen, and its place
   * @returns how many places it has moved
   */
  async refresh(seen: { id: string; place: number } | undefined): Promise<number> {
    for (const stop of this.#asked.values()) stop.abort();
    this.#asked.clear();
    const before = this.total;
    const place = seen?.place ?? 0;
    try {
      const pages = new Map<number, Memory[]>();
      const take = async (page: number): Promise<void> => {
        if (page >= 0 && !pages.has(page)) pages.set(page, (await this.#fetch(page)).memories);
      };
      for (const page of this.#wanted) await take(page);
      const grown = (this.total ?? 0) - (before ?? 0);
      await take(Math.floor(Math.max(0, place + grown) / pageSize));
      if (this.#isClosed) return 0;
      this.#pages = pages;
      const now = seen === undefined ? -1 : this.placeOf(seen.id);
      this.#onChange();
      return now === -1 ? 0 : now - place;
    } catch (error) {
      this.#failed(error);
      return 0;
    }
  }

  /** One that is different now, where it stands. */
  put(memory: Memory): void {
    for (const memories of this.#pages.values()) {
      const at = memories.findIndex(({ id }) => id === memory.id);
      if (at !== -1) memories[at] = memory;
    }
    this.#onChange();
  }

  close(): void {
    this.#isClosed = true;
    for (const stop of this.#asked.values()) stop.abort();
  }

  async #ask(page: number): Promise<void> {
    if (this.#asked.has(page)) return;
    const stop = new AbortController();
    this.#asked.set(page, stop);
    try {
      const { memories } = await this.#fetch(page, stop.signal);
      if (stop.signal.aborted || this.#isClosed) return;
      this.#pages.delete(page);
      this.#pages.set(page, memories);
      this.#forgetOld();
      this.error = undefined;
      this.#onChange();
    } catch (error) {
      if (!stop.signal.aborted) this.#failed(error);
    } finally {
      if (this.#asked.get(page) === stop) this.#asked.delete(page);
    }
  }

  async #fetch(page: number, signal?: AbortSignal): Promise<Answer> {
    const said = { ...this.#filter, order: this.#order, limit: pageSize, skip: page * pageSize };
    const answer = await ask<Answer>("memories/list", { ...said, textLimit }, signal);
    this.total = answer.total;
    return answer;
  }

  #forgetOld(): void {
    for (const page of this.#pages.keys()) {
      if (this.#pages.size <= mostHeld) return;
      if (!this.#wanted.includes(page)) this.#pages.delete(page);
    }
  }

  #failed(error: unknown): void {
    if (this.#isClosed || (error instanceof DOMException && error.name === "AbortError")) return;
    this.error = readable(error);
    this.#onChange();
  }
}
