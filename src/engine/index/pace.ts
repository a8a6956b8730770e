/*
 * How long a run will still take: from what was done and how fast that went lately. The number is shown to people, so it
 * follows what is measured without jumping to it, and there is none until there is something to measure.
 */
import type { IndexProgress } from "../../ports/answers/index-run.ts";

/** Time must pass, and chunks be done, before a speed means something. */
const leastMs = 1_000;
const leastChunks = 16;
/** Texts done so far may be this much shorter or longer than the rest. */
const mostUneven = 4;
/** The speed is that of the last half of the run, and of so much at least, milliseconds. */
const leastWindowMs = 10_000;
const mostMarks = 128;
/** The number shown comes near the one measured within such a share of itself, and so much at least, milliseconds. */
const smoothing = 0.1;
const leastSmoothingMs = 2_000;

interface Mark {
  at: number;
  chunks: number;
  tokens: number;
}

/** Time left of the vectors, by the speed of this run. */
export class Pace {
  /** Now and then where the run stood, the oldest first. */
  #marks: Mark[] = [];
  #start: Mark | undefined;
  #shown: { ms: number; at: number } | undefined;

  /**
   * @param now milliseconds of a clock that does not go back
   * @returns milliseconds; undefined until the speed is known
   */
  note(progress: IndexProgress, now: number): number | undefined {
    const { phase, chunksDone, chunksTotal, tokensDone, tokensTotal } = progress;
    if (phase !== "embed") return undefined;
    const here = { at: now, chunks: chunksDone, tokens: tokensDone };
    this.#start ??= here;
    const left = Math.max(0, chunksTotal - chunksDone);
    const measured = this.#measure(here, left, chunksTotal === 0 ? 0 : tokensTotal / chunksTotal);
    this.#mark(here);
    if (measured === undefined) return undefined;
    const shown = left === 0 ? 0 : this.#smoothed(measured, now);
    this.#shown = { ms: shown, at: now };
    return Math.round(shown);
  }

  /** @param usual tokens of a chunk, in all that is to do */
  #measure(here: Mark, left: number, usual: number): number | undefined {
    const start = this.#start as Mark;
    if (here.at - start.at < leastMs || here.chunks - start.chunks < leastChunks) return undefined;
    const window = Math.max(leastWindowMs, (here.at - start.at) / 2);
    const from = this.#marks.findLast(({ at }) => at <= here.at - window) ?? start;
    const chunks = here.chunks - from.chunks;
    // It stands still: nothing new is known.
    if (chunks <= 0) return this.#shown?.ms;
    const seen = (here.tokens - from.tokens) / chunks;
    // Texts of one length go through the model together, so these may be shorter than all.
    const uneven = usual > 0 && seen > 0 ? usual / seen : 1;
    const factor = Math.min(mostUneven, Math.max(1 / mostUneven, uneven));
    return ((here.at - from.at) / chunks) * factor * left;
  }

  #smoothed(measured: number, now: number): number {
    if (this.#shown === undefined) return measured;
    const passed = now - this.#shown.at;
    const expected = Math.max(0, this.#shown.ms - passed);
    const slowness = Math.max(leastSmoothingMs, expected * smoothing);
    return expected + (measured - expected) * (1 - Math.exp(-passed / slowness));
  }

  /** Marks lie apart by a part of the run, so that there are few however long it is. */
  #mark(here: Mark): void {
    const last = this.#marks.at(-1);
    const apart = Math.max(100, (here.at - (this.#start as Mark).at) / mostMarks);
    if (last !== undefined && here.at - last.at < apart) return;
    this.#marks.push(here);
    if (this.#marks.length > mostMarks) this.#marks = this.#marks.filter((_, at) => at % 2 === 1);
  }
}
