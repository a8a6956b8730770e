/*
 * Graphs of owners that came to have many vectors. The server makes one while this client goes on; others search
 * meanwhile, without it. Nothing is lost where that fails: the next one who stores vectors asks again.
 */
import type { PgLink } from "../link/link.ts";
import { comparedUpTo } from "./choice.ts";

/** Making one of millions of vectors takes minutes. */
const makeMs = 30 * 60_000;
/** After so many vectors an owner is looked at again. */
const lookAfter = 1_000;

export class Graphs {
  readonly #link: PgLink;
  readonly #ask: string;
  readonly #lacks: string;
  readonly #above: number;
  /** Vectors that this client stored of each since it was looked at. */
  readonly #stored = new Map<number, number>();
  #work: Promise<unknown> = Promise.resolve();
  /** Owners that are looked at when many vectors more are there; undefined: each is looked at at once. */
  #held: Set<number> | undefined;

  /** @param kind of the functions: "memory_vector_graph" */
  constructor(link: PgLink, kind: "memory" | "code", above = comparedUpTo) {
    this.#link = link;
    this.#ask = `SELECT ${kind}_vector_graph($1, $2) AS made`;
    this.#lacks = `SELECT o AS owner FROM unnest($1::int4[]) o WHERE to_regclass('${kind}_graph_' || o) IS NULL`;
    this.#above = above;
  }

  /** Most vectors of one owner that are compared one by one. */
  get above(): number {
    return this.#above;
  }

  /** After a commit. */
  noteStored(owner: number, count: number): void {
    const before = this.#stored.get(owner);
    const now = (before ?? 0) + count;
    this.#stored.set(owner, now);
    if (before === undefined || now >= lookAfter) void this.look(owner);
  }

  /**
   * Has it made, or dropped, where it is time.
   * @returns whether it is there now; false also where that failed, is put off, or another client is at it
   */
  async look(owner: number): Promise<boolean> {
    if (this.#held !== undefined) {
      this.#held.add(owner);
      return false;
    }
    this.#stored.set(owner, 0);
    // Searches of this client go on meanwhile, on the connection that they have.
    const options = { limitMs: makeMs, on: "graph" } as const;
    const asked = this.#work.then(() =>
      this.#link.later<{ made: boolean }>(this.#ask, [owner, this.#above], options),
    );
    const isThere = asked.then(
      ([row]) => row?.made === true,
      () => {
        this.#stored.delete(owner);
        return false;
      },
    );
    this.#work = isThere;
    return await isThere;
  }

  /** Many vectors come: none is made until they are there, or whoever stores them would wait for it. */
  hold(): void {
    this.#held ??= new Set();
  }

  letGo(): void {
    const held = this.#held ?? [];
    this.#held = undefined;
    for (const owner of held) void this.look(owner);
  }

  /**
   * Has those made that are not there, of owners with many vectors: a client may have ended before it had it done.
   * @returns whether all are there now; never rejects: searches go on without, as they did
   */
  async lookWhereNone(owners: readonly number[]): Promise<boolean> {
    if (owners.length === 0) return true;
    try {
      const lacking = await this.#link.later<{ owner: number }>(this.#lacks, [owners]);
      const made = await Promise.all(lacking.map(({ owner }) => this.look(owner)));
      return made.every((isThere) => isThere);
    } catch {
      return false;
    }
  }

  /** Resolves when all that was asked for is done, or has failed. */
  async settled(): Promise<void> {
    await this.#work;
  }
}
