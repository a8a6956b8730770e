/*
 * Where the time of one call went. Whoever works on the call notes stretches of time by stage; at the end every moment of
 * the call is given to one stage, so that stages and "other" add up to the total. Of stretches that overlap the one that was
 * noted first counts, which is the inner one. What runs beside the call (its question becomes a vector while words are
 * looked up) counts only where the call itself did nothing else: it was waited for.
 */
import { AsyncLocalStorage } from "node:async_hooks";

/**
 * In the order in which a call goes through them. "turn": other calls were served first; "open": index, memories or model
 * were opened; "disk": changed files were taken in; "room": the governor had no memory to give; "queue": the model worked
 * for others; "embed": the question became a vector; "words", "meaning", "names": looked up by each; "fuse": what speaks
 * for each candidate, and their order; "rerank": the best were looked at once more; "show": hits were cut out, and compared
 * with the disk; "work": all of it, of a call that is not taken apart.
 */
export const stages = [
  "turn",
  "open",
  "disk",
  "room",
  "queue",
  "embed",
  "words",
  "meaning",
  "names",
  "fuse",
  "rerank",
  "show",
  "work",
] as const;
export type Stage = (typeof stages)[number];

/** Milliseconds by stage; all but the total add up to it. */
export type StageTimes = Record<Stage | "other" | "total", number>;

/** What is known of why a call took its time. */
export interface StageFacts {
  /** Calls that ran or waited when it was asked, where it had to wait for its turn. */
  ahead?: number | undefined;
  /** The model that was loaded for it. */
  model?: string | undefined;
  /** What was opened for it: "index", "memories". */
  opened?: string | undefined;
  /** What the model worked on when the question came: "passages" (an index run, new memories) or "questions". */
  behind?: "passages" | "questions" | undefined;
  /** Vectors whose bits were read from disk, since they do not fit into memory. */
  vectorsRead?: number | undefined;
}

/** Takes notes of a call, or of what runs beside it. */
export interface StageNotes {
  readonly facts: StageFacts;
  /** Times as performance.now() tells them. Default of `to`: now. */
  add(stage: Stage, from: number, to?: number): void;
}

interface Stretch {
  stage: Stage;
  from: number;
  to: number;
}

/** Stretches of one list; what comes after them counts as "other". */
const mostStretches = 96;

export class StageClock implements StageNotes {
  readonly facts: StageFacts = {};
  readonly startedMs: number;
  readonly #own: Stretch[] = [];
  readonly #beside: Stretch[] = [];
  #times: StageTimes | undefined;

  /** @param startedMs when the call was asked */
  constructor(startedMs = performance.now()) {
    this.startedMs = startedMs;
  }

  add(stage: Stage, from: number, to = performance.now()): void {
    this.#note(this.#own, stage, from, to);
  }

  /** Notes of what runs beside the call. */
  readonly beside: StageNotes = {
    facts: this.facts,
    add: (stage, from, to = performance.now()) => this.#note(this.#beside, stage, from, to),
  };

  /** Runs a part of the call, whose time is that of the stage. */
  run<T>(stage: Stage, work: () => T): T {
    const from = performance.now();
    try {
      return work();
    } finally {
      this.add(stage, from);
    }
  }

  async during<T>(stage: Stage, work: () => Promise<T>): Promise<T> {
    const from = performance.now();
    try {
      return await work();
    } finally {
      this.add(stage, from);
    }
  }

  /** Nothing is noted any more. */
  get isOver(): boolean {
    return this.#times !== undefined;
  }

  /** The call is over. A second call says the same. */
  end(): StageTimes {
    this.#times ??= this.times();
    return this.#times;
  }

  /** Until now. */
  times(now = performance.now()): StageTimes {
    if (this.#times !== undefined) return this.#times;
    const start = this.startedMs;
    const found = noStages();
    found.total = now - start;
    // What is noted first is the inner one; what runs beside comes after all of the call's own.
    const all = [...this.#own, ...this.#beside];
    const ends = new Set([start, now]);
    for (const { from, to } of all) {
      if (from > start && from < now) ends.add(from);
      if (to > start && to < now) ends.add(to);
    }
    const marks = Float64Array.from(ends).sort();
    for (let at = 1; at < marks.length; at += 1) {
      const from = marks[at - 1] as number;
      const to = marks[at] as number;
      const owner = all.find((one) => one.from <= from && one.to >= to)?.stage ?? "other";
      found[owner] += to - from;
    }
    return found;
  }

  #note(list: Stretch[], stage: Stage, from: number, to: number): void {
    if (this.#times !== undefined || !(to > from) || list.length >= mostStretches) return;
    list.push({ stage, from, to });
  }
}

export function noStages(): StageTimes {
  return {
    ...{ turn: 0, open: 0, disk: 0, room: 0, queue: 0, embed: 0, words: 0, meaning: 0 },
    ...{ names: 0, fuse: 0, rerank: 0, show: 0, work: 0, other: 0, total: 0 },
  };
}

const running = new AsyncLocalStorage<StageClock>();

/** The clock of the call that this is a part of; undefined: nobody asks. */
export function currentClock(): StageClock | undefined {
  const clock = running.getStore();
  return clock?.isOver === true ? undefined : clock;
}

/** Everything that `work` starts is a part of the call. */
export function byClock<T>(clock: StageClock, work: () => T): T {
  return running.run(clock, work);
}

/**
 * Runs a call by the clock that runs already, since it is a part of a larger one, else by one of its own, which is over
 * with it. An answer that has times then has those of the whole call.
 */
export async function timed<T>(work: (clock: StageClock) => Promise<T>): Promise<T> {
  const outer = currentClock();
  if (outer !== undefined) return await work(outer);
  const clock = new StageClock();
  return withTimes(await byClock(clock, () => work(clock)), clock.end());
}

/** The answer, with these times where it has any. */
export function withTimes<T>(answer: T, times: StageTimes): T {
  if (typeof answer !== "object" || answer === null || !("timesMs" in answer)) return answer;
  const own = answer.timesMs;
  // An index run has times of its own.
  if (typeof own !== "object" || own === null || !("rerank" in own)) return answer;
  return { ...answer, timesMs: timesOf(times) };
}

/** As an answer has them: a search and a recall are taken apart, so that they have no "work". */
export function timesOf({ work, other, ...rest }: StageTimes): Omit<StageTimes, "work"> {
  return { ...rest, other: other + work };
}

/** A part of the call that runs, if one does. */
export async function duringStage<T>(stage: Stage, work: () => Promise<T>): Promise<T> {
  const clock = currentClock();
  return clock === undefined ? await work() : await clock.during(stage, work);
}
