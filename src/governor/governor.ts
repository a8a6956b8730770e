/*
 * Keeps our processes together below a limit of memory. It looks at the operating system's own
 * figures at a steady beat; above the warning mark it gives freed and unused pages back, above the
 * critical mark it goes down the ladder, one step a beat at most, and when memory was calm for a
 * while it goes up again. Work that needs much asks admit() first, long jobs ask batch().
 *
 * The marks are apart (hysteresis), so that a step is not taken and undone in turn.
 */
import { mb } from "../base/byte-count.ts";
import { HaypileError } from "../base/errors.ts";
import { log } from "../base/log.ts";
import type { FootprintWatcher } from "../ports/answers/daemon/ram.ts";
import type { GovernorState } from "../ports/answers/footprint-report.ts";
import type {
  Clock,
  FootprintGauge,
  FootprintLevel,
  LadderStepName,
  Pacer,
} from "../ports/footprint.ts";
import { Admission, type AdmissionRequest, type Grant } from "./admission.ts";
import { BatchSize } from "./batch-size.ts";
import { harmless, Ladder, type LadderStep } from "./ladder.ts";
import { defaultPolicy, type MarkShares, type Policy, sharesOf } from "./marks.ts";
import { PressureClock } from "./pressure.ts";
import { StepLog } from "./step-log.ts";

export interface GovernorOptions {
  /** The limit of all our processes together, bytes. */
  limitBytes: number;
  gauge: FootprintGauge;
  clock: Clock;
  /** Gives freed and unused pages back to the system. */
  relieve: () => void;
  /** Marks, how often memory is looked at, and how eagerly things are given up. Default: those of marks.ts. */
  policy?: Policy | undefined;
  queueLength?: number | undefined;
}

/** Below this no step of work brings memory to the limit within half a second. */
const restShare = 0.5;
/** Between two steps down: what a step frees takes a moment to show. */
const stepEveryMs = 300;
/** Calm for so long before a step is undone. */
const calmForMs = 5_000;
const relieveEveryMs = 400;
/** What small pieces of work may have together. */
const smallRoomBytes = 16e6;
/** A job above the limit waits at most so long before it goes on with the smallest batch. */
const longestPauseMs = 2_000;

export class Governor implements Pacer {
  readonly #options: GovernorOptions;
  readonly #ladder = new Ladder();
  readonly #pressure = new PressureClock();
  readonly #admission: Admission;
  readonly #small: Admission;
  #timer: NodeJS.Timeout | undefined;
  readonly #steps = new StepLog();
  readonly #batchSize = new BatchSize();
  #hasBatched = false;
  readonly #watchers = new Set<FootprintWatcher>();
  #lastBatchMs: number | undefined;
  #limitBytes: number;
  #policy: Policy;
  #marks: MarkShares;
  #ownBytes = 0;
  #usedBytes = 0;
  #mostUsedBytes = 0;
  #level: FootprintLevel = "calm";
  #lastStepMs = Number.NEGATIVE_INFINITY;
  #lastReliefMs = Number.NEGATIVE_INFINITY;
  #calmSinceMs: number | undefined;
  #beats = 0;

  constructor(options: GovernorOptions) {
    this.#options = options;
    this.#limitBytes = options.limitBytes;
    this.#policy = options.policy ?? defaultPolicy;
    this.#marks = sharesOf(this.#policy, this.#limitBytes);
    this.#admission = new Admission({
      clock: options.clock,
      roomBytes: () => this.roomBytes(),
      onShort: () => this.#relieve(),
      queueLength: options.queueLength,
    });
    this.#small = new Admission({
      clock: options.clock,
      roomBytes: () => Math.min(this.roomBytes(), smallRoomBytes),
      onShort: () => this.#relieve(),
      queueLength: options.queueLength,
    });
    this.#begin();
    this.look();
  }

  get limitBytes(): number {
    return this.#limitBytes;
  }

  /** Changes the limit from now on, bytes. */
  setLimit(bytes: number): void {
    this.#limitBytes = bytes;
    this.#marks = sharesOf(this.#policy, bytes);
    this.look();
  }

  /** Goes by other marks, another interval or another way of cleaning up from now on. */
  setPolicy(policy: Policy): void {
    this.#policy = policy;
    this.#marks = sharesOf(policy, this.#limitBytes);
    this.#begin();
    this.look();
  }

  /** @returns takes the step off the ladder again; whoever registers calls it when it is closed */
  register(step: LadderStep): () => void {
    return this.#ladder.register(step);
  }

  /** How many steps parts have registered and not taken back. */
  get registered(): number {
    return this.#ladder.size;
  }

  /** Tells every look from now on. @returns ends that */
  watch(watcher: FootprintWatcher): () => void {
    this.#watchers.add(watcher);
    this.look();
    return () => void this.#watchers.delete(watcher);
  }

  isTaken(step: LadderStepName): boolean {
    return this.#ladder.isTaken(step);
  }

  state(): GovernorState {
    return {
      limitBytes: this.#limitBytes,
      marks: this.#marks,
      usedBytes: this.#usedBytes,
      mostUsedBytes: this.#mostUsedBytes,
      level: this.#level,
      steps: this.#ladder.taken,
      waiting: this.#admission.waiting + this.#small.waiting,
      refused: this.#admission.refused + this.#small.refused,
      predictions: this.#steps.list(),
      batch: this.#hasBatched ? this.#batchSize.current : undefined,
      pressure: this.#pressure.state(),
    };
  }

  /** Bytes below the critical mark, as the last look saw it; never below 0. */
  roomBytes(): number {
    return Math.max(0, this.#limitBytes * this.#marks.critical - this.#usedBytes);
  }

  /** Reads the gauge and acts on it. Called at every beat. */
  look(): FootprintLevel {
    this.#read();
    if (this.#level !== "calm") {
      this.#relieve();
    }
    const now = this.#options.clock.now();
    if (this.#level === "critical") {
      this.#calmSinceMs = undefined;
      const pauseMs = this.#isEager(this.#ladder.next) ? 0 : stepEveryMs;
      if (hasPassed(pauseMs, this.#lastStepMs, now)) this.#stepDown(now);
    } else if (this.#level === "warning" && this.#isEager(this.#ladder.next)) {
      this.#calmSinceMs = undefined;
      this.#stepDown(now);
    } else if (this.#usedBytes < this.#limitBytes * this.#marks.target) {
      this.#calmSinceMs ??= now;
      if (hasPassed(calmForMs, this.#calmSinceMs, now)) this.#stepUp(now);
    } else {
      this.#calmSinceMs = undefined;
    }
    const { taken } = this.#ladder;
    this.#pressure.look(now, this.#level, taken);
    for (const watcher of this.#watchers) watcher.taken(taken);
    return this.#level;
  }

  /**
   * Waits until so many bytes can be had.
   * @throws HaypileError HAYPILE_OVERLOADED, HAYPILE_ABORTED
   */
  async admit(request: AdmissionRequest): Promise<Grant> {
    return await this.#admit(request, this.#admission);
  }

  /**
   * Runs one of many small pieces of work: so many at a time as fit into a part of memory of their own, the
   * others wait. What they need inside (a model) asks during(), and never waits for them.
   * @throws HaypileError as admit()
   */
  async amongFew<T>(request: AdmissionRequest, run: () => Promise<T>): Promise<T> {
    const grant = await this.#admit(request, this.#small);
    try {
      return await run();
    } finally {
      grant.release();
    }
  }

  async #admit(request: AdmissionRequest, admission: Admission): Promise<Grant> {
    if (this.isTaken("no new work")) this.look();
    if (this.isTaken("no new work")) {
      throw new HaypileError(
        "HAYPILE_OVERLOADED",
        `Expected room for ${request.what}, but ${mb(this.#usedBytes)} of ${mb(this.#limitBytes)} MB are used and nothing is left to give up. Ask again later, or raise --max-memory.`,
        { data: { usedBytes: this.#usedBytes, limitBytes: this.#limitBytes } },
      );
    }
    this.#read();
    return await admission.admit(request);
  }

  /** Runs work under a grant of bytes, and compares what it took with what was foretold. */
  async during<T>(request: AdmissionRequest, run: () => Promise<T>): Promise<T> {
    const grant = await this.admit(request);
    const { step, bytes, peakBytes = this.#ownBytes + bytes } = request;
    const end = step === undefined ? undefined : this.#steps.begin(step, peakBytes);
    try {
      return await run();
    } finally {
      this.#read();
      end?.();
      grant.release();
    }
  }

  async batch(most: number, signal?: AbortSignal): Promise<number> {
    const { clock } = this.#options;
    const start = clock.now();
    this.#hasBatched = true;
    const size = this.#batchSize.next(most);
    this.look();
    while (this.#usedBytes > this.#limitBytes && clock.now() - start < longestPauseMs) {
      if (signal?.aborted === true) break;
      await clock.sleep(50, signal);
      this.look();
    }
    if (this.isTaken("static model for new text")) return 0;
    return this.isTaken("smaller batches") ? Math.max(1, Math.floor(most / 8)) : size;
  }

  batchDone(chunks: number, tokens: number): void {
    const now = this.#options.clock.now();
    const since = this.#lastBatchMs;
    this.#lastBatchMs = now;
    // What memory made slow or small says nothing of a size; nor does a pause between two runs.
    if (since === undefined || this.#level === "critical" || this.isTaken("smaller batches"))
      return;
    const change = this.#batchSize.done(chunks, tokens, now - since);
    if (change === undefined) return;
    const { from, to, fromRate, toRate } = change;
    log(
      "info",
      `embed: batches of ${to} chunks, no longer ${from}: ${Math.round(toRate)} tokens/s against ${Math.round(fromRate)}`,
    );
  }

  #begin(): void {
    clearInterval(this.#timer);
    const { everyMs } = this.#policy;
    if (everyMs === 0) return;
    this.#timer = setInterval(() => this.#beat(), everyMs);
    this.#timer.unref();
  }

  /** A step that an eager clean-up takes without waiting for the worst. */
  #isEager(step: LadderStepName | undefined): boolean {
    return this.#policy.cleanup === "aggressive" && step !== undefined && harmless.has(step);
  }

  /** Stops the beat; those who wait are refused. */
  close(): void {
    clearInterval(this.#timer);
    this.#admission.close();
    this.#small.close();
  }

  /** Far below the limit memory is looked at less often: a look costs a quarter of a millisecond. */
  #beat(): void {
    const share = this.#usedBytes / this.#limitBytes;
    const every = share < restShare ? 2 : 1;
    this.#beats += 1;
    if (this.#beats % every === 0) this.look();
  }

  #read(): void {
    const reading = this.#options.gauge.read();
    const { ownBytes, childBytes, freeBytes } = reading;
    this.#steps.see(reading);
    this.#ownBytes = ownBytes;
    // Others on the machine or in our control group press on us as if our own limit were lower.
    const usedBytes = Math.max(ownBytes + childBytes, this.#limitBytes - freeBytes);
    this.#usedBytes = usedBytes;
    this.#mostUsedBytes = Math.max(this.#mostUsedBytes, usedBytes);
    const share = usedBytes / this.#limitBytes;
    const { warning, critical } = this.#marks;
    this.#level = share > critical ? "critical" : share > warning ? "warning" : "calm";
    if (this.#watchers.size === 0) return;
    const now = { limitBytes: this.#limitBytes, level: this.#level };
    const look = { ownBytes, childBytes, usedBytes, ...now };
    for (const watcher of this.#watchers) watcher.seen(look);
  }

  #relieve(): void {
    const now = this.#options.clock.now();
    if (!hasPassed(relieveEveryMs, this.#lastReliefMs, now)) return;
    this.#lastReliefMs = now;
    this.#options.relieve();
    this.#read();
  }

  #stepDown(now: number): void {
    const step = this.#ladder.down();
    if (step === undefined) return;
    this.#lastStepMs = now;
    log("info", `memory: ${mb(this.#usedBytes)} of ${mb(this.#limitBytes)} MB used; now: ${step}`);
  }

  #stepUp(now: number): void {
    const step = this.#ladder.up();
    // The next one comes after as long a calm.
    this.#calmSinceMs = now;
    if (step === undefined) return;
    log(
      "info",
      `memory: ${mb(this.#usedBytes)} of ${mb(this.#limitBytes)} MB used; no longer: ${step}`,
    );
  }
}

/** A clock that went back must not hold anything up. */
function hasPassed(ms: number, sinceMs: number, nowMs: number): boolean {
  return nowMs < sinceMs || nowMs - sinceMs >= ms;
}
