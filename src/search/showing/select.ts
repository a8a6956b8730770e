import type { RankedChunk } from "../ranking/rank.ts";

/** Chunks whose words are the same but for one in ten are one hit. */
const nearDuplicate = 0.9;
/** Further places of a file that a hit names. */
export const mostPlaces = 4;

export interface Selected {
  chunk: RankedChunk;
  /** Near copies that were left out for it. */
  copies: RankedChunk[];
  /** The next best chunks of the same file, of up to four places. */
  inFile: RankedChunk[];
}

export interface Choice {
  /** Whether a chunk can be shown; asked once per chunk, in order. */
  isUsable: (chunk: RankedChunk) => Promise<boolean>;
  /** Chunks with one key are one place of a hit; undefined: it cannot be one. Default: each is a place of its own. */
  placeKey?: ((chunk: RankedChunk) => string | undefined) | undefined;
}

/**
 * Picks the hits to show, page by page: near copies are folded into the better one, and of a page every file has one hit,
 * with its next best chunks inside it, while others have something. Where there are fewer files than hits wanted,
 * chunks of a file that has one already are hits of their own. What has no place on a page comes on a later one, and
 * what stands on a page does not depend on the pages after it.
 */
export async function select(
  ranked: readonly RankedChunk[],
  k: number,
  choice: Choice,
  pageSize = k,
): Promise<Selected[]> {
  const selection = new Selection(choice);
  let rest = ranked;
  while (selection.chosen.length < k && rest.length > 0) {
    rest = await selection.page(rest, Math.min(pageSize, k - selection.chosen.length));
  }
  return selection.chosen;
}

class Selection {
  /** In the order in which they are shown. */
  readonly chosen: Selected[] = [];
  readonly #taken: { hit: Selected; words: ReadonlySet<string> }[] = [];
  readonly #isUsable: Choice["isUsable"];
  readonly #placeKey: NonNullable<Choice["placeKey"]>;

  constructor({ isUsable, placeKey }: Choice) {
    this.#isUsable = isUsable;
    this.#placeKey = placeKey ?? (({ chunkId }) => String(chunkId));
  }

  /** Chooses up to `size` hits, best first. @returns what was not looked at, or has no place on this page */
  async page(ranked: readonly RankedChunk[], size: number): Promise<RankedChunk[]> {
    const hits: Selected[] = [];
    const ofFile = new Map<string, Selected>();
    const further: RankedChunk[] = [];
    let at = 0;
    for (; at < ranked.length && hits.length < size; at += 1) {
      const chunk = ranked[at] as RankedChunk;
      const path = pathOf(chunk);
      if (ofFile.has(path)) {
        further.push(chunk);
        continue;
      }
      const hit = await this.#take(chunk, hits);
      if (hit !== undefined) ofFile.set(path, hit);
    }
    const left: RankedChunk[] = [];
    const keysOf = new Map<Selected, Set<string>>();
    for (const chunk of [...further, ...ranked.slice(at)]) {
      if (hits.length < size) {
        await this.#take(chunk, hits);
        continue;
      }
      const hit = ofFile.get(pathOf(chunk));
      if (hit === undefined || !(await this.#tell(chunk, hit, keysOf))) left.push(chunk);
    }
    this.chosen.push(...hits.sort((a, b) => b.chunk.score - a.chunk.score));
    return left;
  }

  /** Puts a chunk among the places of a hit; false: it is none of them, and there is no room for another. */
  async #tell(
    chunk: RankedChunk,
    hit: Selected,
    keysOf: Map<Selected, Set<string>>,
  ): Promise<boolean> {
    const keys = keysOf.get(hit) ?? new Set();
    keysOf.set(hit, keys);
    const key = this.#placeKey(chunk);
    if (key === undefined || (!keys.has(key) && keys.size >= mostPlaces)) return false;
    if ((await this.#look(chunk)) === undefined) return true;
    keys.add(key);
    hit.inFile.push(chunk);
    return true;
  }

  async #take(chunk: RankedChunk, hits: Selected[]): Promise<Selected | undefined> {
    const words = await this.#look(chunk);
    if (words === undefined) return undefined;
    const hit = { chunk, copies: [], inFile: [] };
    hits.push(hit);
    this.#taken.push({ hit, words });
    return hit;
  }

  /** Undefined where it is folded into another, or is not there any more. */
  async #look(chunk: RankedChunk): Promise<ReadonlySet<string> | undefined> {
    const words = wordsOf(chunk.places[0]?.text ?? "");
    const copyOf = this.#taken.find((other) => isNearCopy(words, other.words));
    if (copyOf === undefined) return (await this.#isUsable(chunk)) ? words : undefined;
    copyOf.hit.copies.push(chunk);
    return undefined;
  }
}

function pathOf({ places }: RankedChunk): string {
  return places[0]?.path ?? "";
}

function wordsOf(text: string): ReadonlySet<string> {
  return new Set(text.match(/[\p{L}\p{N}_]+/gu) ?? []);
}

/** By the share of common words; short texts have too few to tell. */
function isNearCopy(a: ReadonlySet<string>, b: ReadonlySet<string>): boolean {
  const [small, large] = a.size < b.size ? [a, b] : [b, a];
  if (small.size < 8 || small.size < large.size * nearDuplicate) return false;
  let common = 0;
  for (const word of small) if (large.has(word)) common += 1;
  return common / (a.size + b.size - common) >= nearDuplicate;
}
