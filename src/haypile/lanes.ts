/*
 * Who is served next. Work stands in one of two lanes: "interactive" is what somebody waits for, "background"
 * is long (an index run). Each lane has places of its own, so that background work never takes the place of a
 * recall; within a lane clients take turns, so that one with many calls does not hold up the others. A call
 * that finds its queue full is refused at once: an answer that comes too late helps nobody.
 */
import { abortedError } from "../base/abort.ts";
import { HaypileError } from "../base/errors.ts";
import { AskedRuns } from "./asked-runs.ts";

export type Lane = "interactive" | "background";

export interface LaneLimits {
  /** Calls at work in the lane. */
  running: number;
  /** Of one client. */
  runningOfClient: number;
  /** Calls that wait. */
  queued: number;
  queuedOfClient: number;
}

export const defaultLimits: Readonly<Record<Lane, LaneLimits>> = {
  interactive: { running: 8, runningOfClient: 4, queued: 1_024, queuedOfClient: 256 },
  background: { running: 1, runningOfClient: 1, queued: 64, queuedOfClient: 8 },
};

/** How often work that nobody waits for looks whether others do. */
const lookEveryMs = 200;

export interface LaneCounts {
  running: number;
  queued: number;
  done: number;
  refused: number;
}

/** Whose turns idle work takes. */
const idleClient = "idle";

interface Call {
  start: () => void;
}

class OneLane {
  readonly limits: LaneLimits;
  /** Waiting calls by client, in the order of their turns. */
  readonly queues = new Map<string, Call[]>();
  readonly runningOf = new Map<string, number>();
  readonly counts: LaneCounts = { running: 0, queued: 0, done: 0, refused: 0 };

  constructor(limits: LaneLimits) {
    this.limits = limits;
  }

  /** The next call that may start, taken from its queue. */
  next(): { client: string; call: Call } | undefined {
    if (this.counts.running >= this.limits.running) return undefined;
    for (const [client, queue] of this.queues) {
      if ((this.runningOf.get(client) ?? 0) >= this.limits.runningOfClient) continue;
      const call = queue.shift() as Call;
      // To the end of the row: the others come first now.
      this.queues.delete(client);
      if (queue.length > 0) this.queues.set(client, queue);
      this.counts.queued -= 1;
      return { client, call };
    }
    return undefined;
  }

  remove(client: string, call: Call): boolean {
    const queue = this.queues.get(client);
    const at = queue?.indexOf(call) ?? -1;
    if (queue === undefined || at < 0) return false;
    queue.splice(at, 1);
    if (queue.length === 0) this.queues.delete(client);
    this.counts.queued -= 1;
    return true;
  }
}

export class Lanes {
  /** Index runs of all clients, waiting or at work. */
  readonly runs = new AskedRuns();
  /** What runs while nobody asks; told to end when somebody does. */
  readonly #idle = new Set<AbortController>();
  #lastAskedMs = performance.now();
  readonly #lanes: Readonly<Record<Lane, OneLane>>;

  constructor(limits: Readonly<Record<Lane, LaneLimits>> = defaultLimits) {
    this.#lanes = {
      interactive: new OneLane(limits.interactive),
      background: new OneLane(limits.background),
    };
  }

  /**
   * Runs `work` when its turn comes.
   *
   * @param client whose turn it takes
   * @param signal takes the call out of the queue; work that runs has to mind it itself
   * @throws HaypileError HAYPILE_OVERLOADED when too much waits already, HAYPILE_ABORTED, and as `work`
   */
  run<T>(name: Lane, client: string, work: () => Promise<T> | T, signal?: AbortSignal): Promise<T> {
    this.#noteAsked(client);
    const lane = this.#lanes[name];
    if (signal?.aborted === true) return Promise.reject(abortedError("The call"));
    const queue = lane.queues.get(client) ?? [];
    if (lane.counts.queued >= lane.limits.queued || queue.length >= lane.limits.queuedOfClient) {
      lane.counts.refused += 1;
      return Promise.reject(overloaded(name, lane, queue.length));
    }
    return new Promise<T>((resolve, reject) => {
      const onAbort = (): void => {
        if (lane.remove(client, call)) reject(abortedError("The call"));
      };
      const call: Call = {
        start: () => {
          signal?.removeEventListener("abort", onAbort);
          // The place is free before the caller hears of it.
          const ended = (): void => this.#ended(lane, client);
          const running = Promise.resolve().then(work);
          running.then(ended, ended);
          running.then(resolve, reject);
        },
      };
      signal?.addEventListener("abort", onAbort, { once: true });
      lane.queues.set(client, [...queue, call]);
      lane.counts.queued += 1;
      this.#startWhatMay();
    });
  }

  /**
   * Runs background work that nobody waits for: it is told to end as soon as other background work waits, and takes
   * its turn again after that.
   */
  async runLowest(client: string, work: (signal: AbortSignal) => Promise<void>): Promise<void> {
    await this.run("background", client, async () => {
      const stop = new AbortController();
      const look = setInterval(() => {
        if (this.#lanes.background.counts.queued > 0) stop.abort();
      }, lookEveryMs);
      look.unref();
      try {
        await work(stop.signal);
      } finally {
        clearInterval(look);
      }
    });
  }

  /**
   * Runs background work for idle times. It is told to end as soon as anything else is asked for, in whichever lane, and
   * what is in the lane goes first.
   */
  async runIdle(work: (signal: AbortSignal) => Promise<void>): Promise<void> {
    await this.run("background", idleClient, async () => {
      const stop = new AbortController();
      this.#idle.add(stop);
      const { interactive, background } = this.#lanes;
      if (interactive.counts.running + interactive.counts.queued + background.counts.queued > 0) {
        stop.abort();
      }
      try {
        await work(stop.signal);
      } finally {
        this.#idle.delete(stop);
      }
    });
  }

  /** How long nothing was asked for and nothing was at work, milliseconds; what runs while idle does not count. */
  get quietMs(): number {
    const { interactive, background } = this.#lanes;
    const { running, queued } = background.counts;
    const others = running + queued - (background.runningOf.get(idleClient) ?? 0);
    if (others + interactive.counts.running + interactive.counts.queued > 0) return 0;
    return performance.now() - this.#lastAskedMs;
  }

  /** True while background work runs or waits. */
  get hasBackground(): boolean {
    const { running, queued } = this.#lanes.background.counts;
    return running + queued > 0;
  }

  /** Calls that run in a lane or wait for it. */
  ahead(name: Lane): number {
    const { running, queued } = this.#lanes[name].counts;
    return running + queued;
  }

  counts(): Record<Lane, LaneCounts> {
    const { interactive, background } = this.#lanes;
    return { interactive: { ...interactive.counts }, background: { ...background.counts } };
  }

  #noteAsked(client: string): void {
    if (client === idleClient) return;
    this.#lastAskedMs = performance.now();
    for (const work of this.#idle) work.abort();
  }

  #ended(lane: OneLane, client: string): void {
    if (client !== idleClient) this.#lastAskedMs = performance.now();
    lane.counts.running -= 1;
    lane.counts.done += 1;
    const running = (lane.runningOf.get(client) ?? 1) - 1;
    if (running === 0) lane.runningOf.delete(client);
    else lane.runningOf.set(client, running);
    this.#startWhatMay();
  }

  #startWhatMay(): void {
    const { interactive, background } = this.#lanes;
    this.#start(interactive);
    // Long work begins only when nobody waits for something short.
    if (interactive.counts.queued === 0) this.#start(background);
  }

  #start(lane: OneLane): void {
    for (let next = lane.next(); next !== undefined; next = lane.next()) {
      lane.counts.running += 1;
      lane.runningOf.set(next.client, (lane.runningOf.get(next.client) ?? 0) + 1);
      next.call.start();
    }
  }
}

function overloaded(name: Lane, lane: OneLane, ofClient: number): HaypileError {
  const { queued } = lane.counts;
  return new HaypileError(
    "HAYPILE_OVERLOADED",
    `Too many calls wait in the ${name} lane (${queued}, ${ofClient} of this client). Wait for answers before asking more.`,
    { data: { lane: name, queued, ofClient } },
  );
}
