/*
 * Matches paths against patterns with wildcards in time that grows with the path alone. Patterns come from queries and
 * from cloned projects; as regular expressions some of them ("*a*a*a*b", with "**" even short ones) try every way to
 * share a path among the stars, which freezes the process.
 *
 * A pattern of m parts is a row of m + 1 places. Place i is taken when the first i parts can be what was read so far;
 * all places are one set of bits, and a letter moves all of them at once: those whose part takes the letter go one
 * place on, those whose part goes on stay, and a part that may be nothing is passed over. So a letter costs the same
 * few operations on ceil(m / 32) words whatever was read before it, and nothing is ever tried twice.
 */

/** Parts of a pattern. None but "all" and "folders" takes "/", unless it is the letter itself. */
export type WildcardPart =
  | { is: "letter"; letter: string }
  | { is: "one" }
  | { is: "class"; fits: (letter: string) => boolean }
  /** "*": any letters of one name. */
  | { is: "some" }
  /** Any letters. */
  | { is: "all" }
  /** Nothing, or folders with the "/" after them. */
  | { is: "folders" };

export interface WildcardOptions {
  /** The pattern may begin in any folder. Default: at the start only. */
  anywhere?: boolean | undefined;
  /** Whatever lies below what fits, fits, too. Default: the whole path has to fit. */
  below?: boolean | undefined;
}

interface Moves {
  /** Places that a letter takes one further. */
  on: Uint32Array;
  /** Places that it leaves where they are. */
  stay: Uint32Array;
}

/** Letters whose moves are remembered: those of real paths are fewer. */
const mostRemembered = 512;

/** @returns whether a path fits; paths have "/" between names */
export function wildcardMatcher(
  parts: readonly WildcardPart[],
  options: WildcardOptions = {},
): (path: string) => boolean {
  const places = withoutRepeats(parts).flatMap((part): Place[] =>
    part.is === "folders" ? ["skip", "folders"] : [part],
  );
  const matcher = new Matcher(places, options);
  return (path) => matcher.fits(path);
}

/** "folders" has two places: one that may be passed over, and one that stays until a "/". */
type Place = Exclude<WildcardPart, { is: "folders" }> | "skip" | "folders";

class Matcher {
  readonly #places: readonly Place[];
  readonly #anywhere: boolean;
  readonly #below: boolean;
  readonly #words: number;
  readonly #start: Uint32Array;
  /** Places whose part may be nothing, and those that are passed over together with the one after them. */
  readonly #passOne: Uint32Array;
  readonly #passTwo: Uint32Array;
  readonly #moves = new Map<string, Moves>();

  constructor(places: readonly Place[], { anywhere = false, below = false }: WildcardOptions) {
    this.#places = places;
    this.#anywhere = anywhere;
    this.#below = below;
    this.#words = Math.floor(places.length / 32) + 1;
    this.#passOne = this.#bits(
      (place) => place === "skip" || (typeof place === "object" && isOptional(place)),
    );
    this.#passTwo = this.#bits((place) => place === "skip");
    this.#start = new Uint32Array(this.#words);
    this.#start[0] = 1;
    this.#passOver(this.#start);
  }

  fits(path: string): boolean {
    const words = this.#words;
    const taken = Uint32Array.from(this.#start);
    for (const letter of path) {
      if (letter === "/" && this.#below && this.#isWhole(taken)) return true;
      const { on, stay } = this.#movesOf(letter);
      let carry = 0;
      let any = 0;
      for (let word = 0; word < words; word += 1) {
        const now = taken[word] as number;
        const moved = now & (on[word] as number);
        const next = (now & (stay[word] as number)) | (moved << 1) | carry;
        carry = moved >>> 31;
        any |= next;
        taken[word] = next;
      }
      if (letter === "/" && this.#anywhere) {
        for (let word = 0; word < words; word += 1) {
          taken[word] = (taken[word] as number) | (this.#start[word] as number);
        }
      } else if (any === 0 && !this.#anywhere) return false;
      this.#passOver(taken);
    }
    return this.#isWhole(taken);
  }

  #isWhole(taken: Uint32Array): boolean {
    const last = this.#places.length;
    return (((taken[last >>> 5] as number) >>> (last & 31)) & 1) === 1;
  }

  /** Few rounds: repeats of parts that may be nothing were taken out of the pattern. */
  #passOver(taken: Uint32Array): void {
    for (let isNew = true; isNew; ) {
      isNew = false;
      let one = 0;
      let two = 0;
      for (let word = 0; word < this.#words; word += 1) {
        const now = taken[word] as number;
        const first = now & (this.#passOne[word] as number);
        const second = now & (this.#passTwo[word] as number);
        const next = now | (first << 1) | one | (second << 2) | two;
        one = first >>> 31;
        two = second >>> 30;
        if (next >>> 0 !== now) isNew = true;
        taken[word] = next;
      }
    }
  }

  #movesOf(letter: string): Moves {
    const known = this.#moves.get(letter);
    if (known !== undefined) return known;
    const moves = {
      on: this.#bits((place) => goesOn(place, letter)),
      stay: this.#bits((place) => stays(place, letter)),
    };
    if (this.#moves.size < mostRemembered) this.#moves.set(letter, moves);
    return moves;
  }

  #bits(isSet: (place: Place) => boolean): Uint32Array {
    const bits = new Uint32Array(this.#words);
    for (const [at, place] of this.#places.entries()) {
      if (isSet(place)) bits[at >>> 5] = (bits[at >>> 5] as number) | (1 << (at & 31));
    }
    return bits;
  }
}

function goesOn(place: Place, letter: string): boolean {
  if (place === "skip") return false;
  if (place === "folders") return letter === "/";
  if (place.is === "letter") return place.letter === letter;
  if (place.is === "one") return letter !== "/";
  return place.is === "class" && letter !== "/" && place.fits(letter);
}

function stays(place: Place, letter: string): boolean {
  if (place === "folders") return true;
  if (place === "skip") return false;
  return place.is === "all" || (place.is === "some" && letter !== "/");
}

function isOptional({ is }: WildcardPart): boolean {
  return is === "some" || is === "all" || is === "folders";
}

/** The same pattern, where of parts that may be nothing at most two stand beside each other. */
function withoutRepeats(parts: readonly WildcardPart[]): WildcardPart[] {
  const kept: WildcardPart[] = [];
  for (const part of parts) {
    const before = kept.at(-1);
    if (before !== undefined && isOptional(part)) {
      // "all" takes in what stands beside it, and twice the same is once the same.
      if (before.is === "all" || before.is === part.is) continue;
      while (part.is === "all" && isOptional(kept.at(-1) ?? part) && kept.length > 0) kept.pop();
    }
    kept.push(part);
  }
  return kept;
}
