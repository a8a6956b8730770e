/*
 * How many chunks a batch has, found by climbing: the size in use is measured, a neighbour is tried, and
 * the better one stays. A smaller one that is as fast wins, because it takes less memory; a larger one has
 * to be faster by more than measurements differ. After a try that did not win, the next one waits twice as
 * long, so that a size that is right is left alone.
 */

/** Sizes are the most that the plan allows, and its halves down to an eighth. */
const halvings = 3;
const fewestChunks = 16;
/** Batches of one size that are measured before it is judged. */
const batchesPerTrial = 4;
/** A larger size has to be faster by this share; a smaller one may be slower by that. */
const fasterShare = 0.04;
const slowerShare = 0.01;
/** Batches between two tries: at first, and at most. */
const firstRest = 8;
const longestRest = 512;

export interface BatchChange {
  from: number;
  to: number;
  /** Measured for each, tokens a second. */
  fromRate: number;
  toRate: number;
}

interface Trial {
  size: number;
  tokens: number;
  ms: number;
  batches: number;
}

export class BatchSize {
  #most = 0;
  #size = 0;
  /** Tokens a millisecond at the size in use; undefined: being measured. */
  #rate: number | undefined;
  #trial: Trial | undefined;
  #triesSmaller = true;
  #restFor = firstRest;
  #rested = 0;

  /** Chunks of the next batch. @param most by the plan; another one than before begins anew */
  next(most: number): number {
    if (most !== this.#most) {
      this.#most = most;
      this.#size = most;
      this.#rate = undefined;
      this.#trial = begin(most);
      this.#rest(firstRest);
    }
    return this.#trial?.size ?? this.#size;
  }

  /** The size in use, and its tokens a second once it was measured. */
  get current(): { chunks: number; tokensPerSecond: number | undefined } {
    const tokensPerSecond = this.#rate === undefined ? undefined : Math.round(this.#rate * 1000);
    return { chunks: this.#size, tokensPerSecond };
  }

  /**
   * A batch has ended.
   * @param ms since the one before it ended
   * @returns what changed by it
   */
  done(chunks: number, tokens: number, ms: number): BatchChange | undefined {
    const trial = this.#trial;
    if (trial === undefined) {
      this.#rested += 1;
      if (this.#rested >= this.#restFor) this.#tryAnother();
      return undefined;
    }
    // Batches that were begun before the trial, and the last ones of a run, say nothing of its size.
    if (chunks !== trial.size || !(ms > 0)) return undefined;
    trial.tokens += tokens;
    trial.ms += ms;
    trial.batches += 1;
    return trial.batches < batchesPerTrial ? undefined : this.#judge(trial);
  }

  #judge({ size, tokens, ms }: Trial): BatchChange | undefined {
    const rate = tokens / ms;
    this.#trial = undefined;
    const before = this.#rate;
    if (size === this.#size || before === undefined) {
      this.#rate = rate;
      this.#tryNeighbour();
      return undefined;
    }
    const isSmaller = size < this.#size;
    const wins = rate > before * (isSmaller ? 1 - slowerShare : 1 + fasterShare);
    if (!wins) {
      this.#triesSmaller = !this.#triesSmaller;
      this.#rest(Math.min(longestRest, this.#restFor * 2));
      return undefined;
    }
    const change = { from: this.#size, to: size, fromRate: before * 1000, toRate: rate * 1000 };
    this.#size = size;
    this.#rate = rate;
    this.#rest(firstRest);
    return change;
  }

  #rest(batches: number): void {
    this.#restFor = batches;
    this.#rested = 0;
  }

  /** What is embedded changes in the course of a run: the size in use is measured again, just before. */
  #tryAnother(): void {
    this.#rested = 0;
    this.#trial = begin(this.#size);
  }

  #tryNeighbour(): void {
    const smaller = Math.floor(this.#size / 2);
    const least = Math.max(fewestChunks, Math.floor(this.#most / 2 ** halvings));
    const canShrink = smaller >= least;
    const canGrow = this.#size * 2 <= this.#most;
    if (!canShrink && !canGrow) return;
    if (this.#triesSmaller ? !canShrink : !canGrow) this.#triesSmaller = !this.#triesSmaller;
    this.#trial = begin(this.#triesSmaller ? smaller : this.#size * 2);
  }
}

function begin(size: number): Trial {
  return { size, tokens: 0, ms: 0, batches: 0 };
}
