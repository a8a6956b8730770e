/*
 * The caches of one engine: vectors of queries and rankings of searches, in one budget. Nothing here
 * outlives the process, and nothing is loaded for it.
 */
import { type CacheFigures, enterCaches } from "../../base/measures/caches.ts";
import { type Cache, CacheBudget } from "../../cache/cache-budget.ts";
import { weigh } from "../../cache/weigh.ts";
import type { CacheStatistics } from "../../ports/answers/footprint-report.ts";
import type { SearchCallOptions } from "../../ports/answers/search.ts";
import type { EmbedOptions, TextEmbedder } from "../../ports/embedder.ts";
import type { KeptRanking, RankingCache } from "../../search/ranking-cache.ts";
import { latelyAsked } from "./lately-asked.ts";
import { Warming, type WarmingParts } from "./warming.ts";

/** Bytes of all caches of an engine, unless open() is told otherwise. */
const defaultCacheBytes = 16 * 1_024 * 1_024;

/** Vectors are small and save most: a tenth of the budget is theirs in any case. */
const floorOfVectors = 0.1;
const floorOfRankings = 0.1;

export class EngineCaches {
  readonly #budget: CacheBudget;
  readonly #vectors: Cache<Float32Array>;
  readonly #rankings: Cache<KeptRanking>;
  #indexMark: string | undefined;
  #warming: Warming | undefined;
  #leave: (() => void) | undefined;

  /** What they may take when memory is not short. */
  readonly maxBytes: number;

  /** @throws HaypileError HAYPILE_USAGE when maxBytes is no whole number of 0 or more */
  constructor(maxBytes: number = defaultCacheBytes) {
    this.maxBytes = maxBytes;
    this.#budget = new CacheBudget({ maxBytes });
    this.#vectors = this.#budget.owner<Float32Array>("query vectors", {
      weigh,
      floorShare: floorOfVectors,
    });
    this.#rankings = this.#budget.owner<KeptRanking>("search results", {
      weigh,
      floorShare: floorOfRankings,
    });
  }

  /** All entries, bytes: never above the budget. */
  get bytes(): number {
    return this.#budget.bytes;
  }

  /** From now on at most so many bytes; what is too much is gone when this returns. 0 turns all off. */
  resize(maxBytes: number): void {
    this.#budget.resize(maxBytes);
  }

  statistics(): CacheStatistics {
    return this.#budget.statistics();
  }

  /** An embedder that knows the vectors of queries it was asked for. */
  embedder(inner: TextEmbedder): TextEmbedder {
    const vectors = this.#vectors;
    const embed = async (
      texts: readonly string[],
      options?: EmbedOptions,
    ): Promise<Float32Array> => {
      const [text] = texts;
      const isOne = options?.kind === "query" && options.cache !== false && texts.length === 1;
      if (!isOne || text === undefined) {
        return await inner.embed(texts, options);
      }
      await inner.follow?.();
      // An index, and the memories, may change their model while they are open.
      const key = `${inner.modelId} ${inner.dimensions} ${inner.vectors ?? ""}\0${text}`;
      const known = vectors.get(key);
      if (known !== undefined) return known.slice();
      const ask = (): Promise<Float32Array> => inner.embed(texts, options);
      const made = vectors.isOn ? await latelyAsked(inner, key, ask) : await ask();
      vectors.set(key, made.slice());
      return made;
    };
    return {
      get modelId() {
        return inner.modelId;
      },
      get dimensions() {
        return inner.dimensions;
      },
      get vectors() {
        return inner.vectors;
      },
      get maxTokens() {
        return inner.maxTokens;
      },
      embed,
      countTokens: (texts) => inner.countTokens(texts),
      close: () => inner.close(),
    };
  }

  /** The memory of searches over an index. @param mark of the index: rankings go when it changes */
  rankings(mark: () => string): RankingCache | undefined {
    const rankings = this.#rankings;
    if (!rankings.isOn) return undefined;
    const now = mark();
    if (now !== this.#indexMark) rankings.clear();
    this.#indexMark = now;
    return {
      mark,
      get: (key) => rankings.get(key),
      set: (key, ranking) => {
        // What was written by another search meanwhile is no longer true.
        if (mark() === this.#indexMark) rankings.set(key, ranking);
      },
      values: () => rankings.values(),
    };
  }

  /** Begins to ask in the background what was asked most before, and to note what is asked. */
  warm(parts: Omit<WarmingParts, "budget">): void {
    this.#warming = new Warming({ ...parts, budget: () => this.statistics() });
  }

  /** Resolves when warming has come to its end; at once without it. */
  async warmed(): Promise<void> {
    await this.#warming?.done;
  }

  /** A search begins. */
  note(query: string, options: SearchCallOptions): void {
    this.#warming?.note(query, options);
  }

  /** From now on the figures of this process have them, until they are closed. @param more caches beside these */
  enter(of: string, more: () => CacheFigures[] = () => []): void {
    this.#leave ??= enterCaches(() => ({ of, caches: [...this.statistics().owners, ...more()] }));
  }

  async close(): Promise<void> {
    this.#leave?.();
    this.#leave = undefined;
    await this.#warming?.close();
    this.#vectors.clear();
    this.#rankings.clear();
  }
}
