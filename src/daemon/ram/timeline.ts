/*
 * What happened to the memory of the process, with its times: steps of the ladder and levels, each from when to when. What was
 * loaded and freed is in the log of events (base/events.ts); list() puts all of it on one line. Each kind has a ring of its own:
 * a level that goes to and fro pushes out no step.
 */
import type { EventLog } from "../../base/events.ts";
import type {
  FootprintLevel,
  FootprintMoment,
  LadderStepName,
} from "../../ports/answers/daemon/ram.ts";

type Step = Extract<FootprintMoment, { kind: "step" }>;
type Level = Extract<FootprintMoment, { kind: "level" }>;

/** Between two spells of a level that are told as one. */
const joinedMs = 5_000;

export class Timeline {
  readonly #most: number;
  readonly #events: EventLog;
  #steps: Step[] = [];
  #levels: Level[] = [];
  readonly #open = new Map<LadderStepName, Step>();
  #level: Level | undefined;
  #count = 0;

  /** @param most steps, and levels, that are kept */
  constructor(events: EventLog, most = 128) {
    this.#events = events;
    this.#most = most;
  }

  /** Moments so far: begins and ends of steps and levels, and events. */
  get count(): number {
    return this.#count + this.#events.count;
  }

  /** What a look found at a time. */
  level(time: number, level: FootprintLevel | undefined, usedBytes: number): void {
    const now = level === "calm" ? undefined : level;
    const open = this.#level;
    if (open !== undefined && open.level === now) {
      open.usedBytes = Math.max(open.usedBytes, usedBytes);
      return;
    }
    if (open !== undefined) open.until = time;
    if (open !== undefined || now !== undefined) this.#count += 1;
    this.#level = now === undefined ? undefined : this.#begun(time, now, usedBytes);
  }

  /** One that ended a moment ago goes on: memory that is near a mark goes to and fro over it. */
  #begun(time: number, level: Level["level"], usedBytes: number): Level {
    const last = this.#levels.slice(-2).findLast((one) => one.level === level);
    if (last?.until !== undefined && time - last.until < joinedMs) {
      last.until = undefined;
      last.times += 1;
      last.usedBytes = Math.max(last.usedBytes, usedBytes);
      return last;
    }
    const begun: Level = { kind: "level", time, level, until: undefined, times: 1, usedBytes };
    this.#levels = this.#kept(this.#levels, begun);
    return begun;
  }

  /** Steps that are taken at a time. */
  taken(time: number, steps: readonly LadderStepName[], usedBytes: number): void {
    for (const [name, step] of this.#open) {
      if (steps.includes(name)) continue;
      step.until = time;
      this.#open.delete(name);
      this.#count += 1;
    }
    for (const name of steps) {
      if (this.#open.has(name)) continue;
      const step: Step = { kind: "step", time, step: name, until: undefined, usedBytes };
      this.#open.set(name, step);
      this.#steps = this.#kept(this.#steps, step);
      this.#count += 1;
    }
  }

  /** What began at a time or later, or lasted until then; the oldest first. */
  list(since: number): FootprintMoment[] {
    const events = this.#events
      .list()
      .map((event): FootprintMoment => ({ kind: "event", time: Date.parse(event.at), ...event }));
    const spans = [...this.#levels, ...this.#steps].filter(
      ({ until }) => until === undefined || until >= since,
    );
    return [
      ...events.filter(({ time }) => time >= since),
      ...spans.map((span) => ({ ...span })),
    ].sort((a, b) => a.time - b.time);
  }

  #kept<Moment>(moments: Moment[], moment: Moment): Moment[] {
    moments.push(moment);
    return moments.length > this.#most ? moments.slice(-this.#most) : moments;
  }
}
