/*
 * The memory of the daemon over the last hours. Under a limit the governor looks anyway, and tells; without one, this looks at
 * each tick. One tick that keeps no process alive: every ten seconds, and every second while somebody listens to the hub.
 */
import { checkOptions } from "../../base/check-options.ts";
import { HaypileError } from "../../base/errors.ts";
import { type EventLog, footprintEvents } from "../../base/events.ts";
import { ladderOrder } from "../../governor/ladder.ts";
import { defaultPolicy, type MarkShares, sharesOf } from "../../governor/marks.ts";
import type { Hub } from "../../haypile/hub.ts";
import type {
  FootprintLook,
  FootprintSample,
  FootprintWatcher,
  LadderStepName,
  RamAsked,
  RamOverTime,
} from "../../ports/answers/daemon/ram.ts";
import { Slots, slotCount, slotMs } from "./slots.ts";
import { Timeline } from "./timeline.ts";

const levels = ["calm", "warning", "critical"] as const;
const heardMs = 1_000;
const defaultPoints = 360;

export interface RecordParts {
  hub: Hub;
  /** Looks now; used while no governor tells. */
  look: () => { ownBytes: number; childBytes: number };
  /** Of the governor; undefined while there is none. */
  marks?: (() => MarkShares | undefined) | undefined;
  events?: EventLog | undefined;
  /** Milliseconds since 1970. Default: Date.now(). */
  now?: (() => number) | undefined;
  /** Processor time of this process, milliseconds. */
  cpuMs?: (() => number) | undefined;
}

export class RamRecord implements FootprintWatcher {
  readonly #parts: RecordParts;
  readonly #events: EventLog;
  readonly #now: () => number;
  readonly #cpuMs: () => number;
  readonly #slots = new Slots();
  readonly #timeline: Timeline;
  readonly #unmind: () => void;
  #timer: NodeJS.Timeout | undefined;
  #steps: readonly LadderStepName[] = [];
  #last: FootprintLook;
  #isTold = false;
  #mostBytes = 0;
  #peakBytes: number;
  #cpu: { atMs: number; cpuMs: number };
  #cpuShare: number | undefined;

  constructor(parts: RecordParts) {
    this.#parts = parts;
    this.#events = parts.events ?? footprintEvents;
    this.#now = parts.now ?? Date.now;
    this.#cpuMs = parts.cpuMs ?? processCpuMs;
    this.#timeline = new Timeline(this.#events);
    this.#peakBytes = this.#events.look().bytes;
    this.#cpu = { atMs: performance.now(), cpuMs: this.#cpuMs() };
    this.#last = this.#ownLook();
    this.#keep(this.#last);
    this.#unmind = parts.hub.mind((isHeard) => this.#beat(isHeard ? heardMs : slotMs));
    this.#beat(parts.hub.isHeard ? heardMs : slotMs);
  }

  /** Bytes of what is kept in arrays. */
  get bytes(): number {
    return this.#slots.bytes;
  }

  seen(look: FootprintLook): void {
    this.#isTold = true;
    this.#keep(look);
  }

  taken(steps: readonly LadderStepName[]): void {
    this.#steps = steps;
    this.#timeline.taken(this.#now(), steps, this.#last.usedBytes);
    // A step that was taken and undone within one look would be lost otherwise.
    if (steps.length > 0) this.#keep(this.#last);
  }

  /** @throws HaypileError HAYPILE_USAGE */
  answer(asked: RamAsked = {}): RamOverTime {
    checkOptions("ram()", asked, { since: "number", points: "number" });
    const { since = 0, points = defaultPoints } = asked;
    if (!Number.isInteger(points) || points < 1 || points > slotCount) {
      throw new HaypileError(
        "HAYPILE_USAGE",
        `Expected a whole number of 1 to ${slotCount} for points but got ${points}.`,
        { data: { points } },
      );
    }
    const { everyMs, columns } = this.#slots.read(since, points);
    return {
      now: this.sample(),
      everyMs,
      columns,
      moments: this.#timeline.list(since),
      ladder: ladderOrder,
      marks: this.#marks(),
    };
  }

  #marks(): RamOverTime["marks"] {
    const { warning, critical } = this.#parts.marks?.() ?? sharesOf(defaultPolicy, 1);
    return { warning, critical };
  }

  /** As it is now; under a limit as the governor's last look found it. */
  sample(): FootprintSample {
    this.#lookSelf();
    return this.#said();
  }

  close(): void {
    clearInterval(this.#timer);
    this.#unmind();
  }

  #said(): FootprintSample {
    return {
      about: "memory",
      at: this.#now(),
      ...this.#last,
      mostBytes: Math.max(this.#mostBytes, this.#last.usedBytes),
      steps: this.#steps,
      cpu: this.#cpuShare,
      moments: this.#timeline.count,
    };
  }

  #beat(everyMs: number): void {
    clearInterval(this.#timer);
    this.#timer = setInterval(() => this.#tick(), everyMs);
    this.#timer.unref();
  }

  #tick(): void {
    const { bytes } = this.#events.look();
    this.#lookSelf();
    // The system counts the most that was ever resident: when it grew, that was since the tick before.
    if (bytes > this.#peakBytes) this.#slots.peak(bytes);
    this.#peakBytes = Math.max(this.#peakBytes, bytes);
    const [atMs, cpuMs] = [performance.now(), this.#cpuMs()];
    const wallMs = atMs - this.#cpu.atMs;
    this.#slots.cpu(cpuMs - this.#cpu.cpuMs, wallMs);
    this.#cpuShare = wallMs > 0 ? (cpuMs - this.#cpu.cpuMs) / wallMs : undefined;
    this.#cpu = { atMs, cpuMs };
    this.#parts.hub.tell("sample", () => this.#said());
    this.#mostBytes = 0;
  }

  /** Where no governor tells. */
  #lookSelf(): void {
    if (!this.#isTold) this.#keep(this.#ownLook());
  }

  #ownLook(): FootprintLook {
    const { ownBytes, childBytes } = this.#parts.look();
    const usedBytes = ownBytes + childBytes;
    return { ownBytes, childBytes, usedBytes, limitBytes: undefined, level: undefined };
  }

  #keep(look: FootprintLook): void {
    const { limitBytes = 0, level = "calm" } = look;
    const now = this.#now();
    this.#last = look;
    this.#mostBytes = Math.max(this.#mostBytes, look.usedBytes);
    this.#timeline.level(now, level, look.usedBytes);
    let steps = 0;
    for (const step of this.#steps) steps |= 1 << ladderOrder.indexOf(step);
    this.#slots.look(now, { ...look, limitBytes, level: levels.indexOf(level), steps });
  }
}

function processCpuMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1_000;
}
