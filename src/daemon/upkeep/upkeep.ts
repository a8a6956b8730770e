/*
 * Looks after what is stored while nobody asks for anything: one kind of work at a time, each so often, and stopped when
 * somebody asks. What fails is told in the log, in the figures and as an alert, and tried again within the hour.
 */
import { existsSync, statSync } from "node:fs";
import type { Environment } from "../../config/environment/env.ts";
import type { OptionValue } from "../../config/options/option-row.ts";
import { rowOf } from "../../config/options/options.ts";
import { parseEvery, upkeepOptions } from "../../config/options/upkeep-options.ts";
import { userFile } from "../../config/places/paths.ts";
import { optionsOfUser } from "../../config/user-options.ts";
import type { TaskWork } from "../../engine/upkeep/tasks.ts";
import type { Lanes } from "../../haypile/lanes.ts";
import {
  type UpkeepStats,
  type UpkeepTask,
  upkeepTasks,
} from "../../ports/answers/daemon/upkeep.ts";
import type { EventLog } from "../log/log-file.ts";
import { readState, type UpkeepState, upkeepFile, writeState } from "./upkeep-state.ts";

type UpkeepOption = keyof typeof upkeepOptions;
type Values = Record<UpkeepOption, OptionValue | undefined>;

const names = Object.keys(upkeepOptions) as UpkeepOption[];
const usualLookMs = 10_000;
const shortestWaitMs = 50;
/** What failed is tried again after so long, or sooner where it is done more often. */
const againAfterMs = 3_600_000;
const mostChars = 500;

export interface UpkeepParts {
  environment: Environment;
  log: EventLog;
  lanes: Pick<Lanes, "runIdle" | "quietMs">;
  tasks: Readonly<Record<UpkeepTask, TaskWork>>;
  /** Milliseconds since 1970. Default: Date.now(). */
  now?: (() => number) | undefined;
  /** At least so often it looks what is due, and whether options have changed. Default 10 s. */
  lookEveryMs?: number | undefined;
}

interface Counts {
  done: number;
  stopped: number;
  failed: number;
}

export class Upkeep {
  readonly #parts: UpkeepParts;
  readonly #now: () => number;
  readonly #file: string;
  readonly #state: UpkeepState;
  readonly #counts = Object.fromEntries(
    upkeepTasks.map((task) => [task, { done: 0, stopped: 0, failed: 0 }]),
  ) as Record<UpkeepTask, Counts>;
  #values: Values;
  #mark: string | undefined;
  #timer: NodeJS.Timeout | undefined;
  #running: UpkeepTask | undefined;
  #work: Promise<void> | undefined;
  #isClosed = false;

  constructor(parts: UpkeepParts) {
    this.#parts = parts;
    this.#now = parts.now ?? Date.now;
    this.#file = upkeepFile(parts.environment.dataFolder);
    this.#state = readState(this.#file, this.#now());
    this.#values = Object.fromEntries(names.map((name) => [name, rowOf(name).default])) as Values;
    this.#refresh();
    this.#schedule();
  }

  /** While it is so, nothing else looks after memories. */
  get isOn(): boolean {
    return this.#values["upkeep.auto"] === true && !this.#isClosed;
  }

  /** Kinds whose last run failed. */
  get failing(): UpkeepTask[] {
    return upkeepTasks.filter((task) => this.#state[task].error !== undefined);
  }

  stats(): UpkeepStats {
    return {
      isOn: this.isOn,
      idleMs: this.#idleMs,
      running: this.#running,
      tasks: upkeepTasks.map((task) => {
        const { lastAt, tookMs, result, error } = this.#state[task];
        const next = this.#nextOf(task);
        return {
          task,
          every: this.isOn ? String(this.#values[`upkeep.${task}`]) : "off",
          lastAt: lastAt === undefined ? undefined : new Date(lastAt).toISOString(),
          ...{ tookMs, result, error },
          nextAt: next === undefined ? undefined : new Date(next).toISOString(),
          ...this.#counts[task],
        };
      }),
    };
  }

  /** Ends what is at work, and waits for it. */
  async close(): Promise<void> {
    this.#isClosed = true;
    clearTimeout(this.#timer);
    this.#stop.abort();
    await this.#work;
  }

  readonly #stop = new AbortController();

  get #idleMs(): number {
    return this.#values["upkeep.idle"] as number;
  }

  #schedule(): void {
    if (this.#isClosed) return;
    const idle = this.#idleMs - this.#parts.lanes.quietMs;
    const due = Math.min(
      ...upkeepTasks.map((task) => (this.#nextOf(task) ?? Number.POSITIVE_INFINITY) - this.#now()),
    );
    const wait = Math.min(
      this.#parts.lookEveryMs ?? usualLookMs,
      Math.max(shortestWaitMs, idle, due),
    );
    this.#timer = setTimeout(() => this.#look(), wait).unref();
  }

  #look(): void {
    // From the first look on it is counted, whichever daemon comes to the end of it.
    if (!existsSync(this.#file)) this.#keep();
    this.#refresh();
    const now = this.#now();
    this.#heedClock(now);
    const due = upkeepTasks.find((task) => (this.#nextOf(task) ?? Number.POSITIVE_INFINITY) <= now);
    if (due === undefined || this.#parts.lanes.quietMs < this.#idleMs) {
      this.#schedule();
      return;
    }
    this.#work = this.#parts.lanes
      .runIdle((signal) => this.#run(due, AbortSignal.any([signal, this.#stop.signal])))
      .catch(() => undefined)
      .finally(() => {
        this.#work = undefined;
        this.#schedule();
      });
  }

  async #run(task: UpkeepTask, signal: AbortSignal): Promise<void> {
    const counts = this.#counts[task];
    if (signal.aborted) {
      counts.stopped += 1;
      return;
    }
    const began = performance.now();
    this.#running = task;
    let error: string | undefined;
    let result: string | undefined;
    try {
      result = await this.#parts.tasks[task](signal);
    } catch (failure) {
      error = (failure instanceof Error ? failure.message : String(failure)).slice(0, mostChars);
    } finally {
      this.#running = undefined;
    }
    // What was stopped is due as it was.
    if (signal.aborted) {
      counts.stopped += 1;
      return;
    }
    counts[error === undefined ? "done" : "failed"] += 1;
    const tookMs = Math.round(performance.now() - began);
    const at = this.#now();
    this.#state[task] = { since: at, lastAt: at, tookMs, result, error };
    const { log } = this.#parts;
    if (error === undefined) log.write("debug", "upkeep", { task, result, tookMs });
    else log.write("warn", "upkeep failed", { task, error, tookMs });
    this.#keep();
  }

  /** A clock that was set back puts nothing off for longer than its time: what is to come was just now. */
  #heedClock(now: number): void {
    for (const task of upkeepTasks) {
      const state = this.#state[task];
      state.since = Math.min(state.since, now);
      if (state.lastAt !== undefined) state.lastAt = Math.min(state.lastAt, now);
    }
  }

  /** Undefined: it is off. */
  #nextOf(task: UpkeepTask): number | undefined {
    const every = parseEvery(String(this.#values[`upkeep.${task}`]));
    if (!this.isOn || every === undefined || every === "off") return undefined;
    const { since, error } = this.#state[task];
    return since + (error === undefined ? every : Math.min(every, againAfterMs));
  }

  #keep(): void {
    try {
      writeState(this.#file, this.#state);
    } catch (error) {
      this.#parts.log.write("warn", "upkeep not noted", { error: String(error) });
    }
  }

  /** Reads the user's file again if it has changed; one that is wrong leaves things as they were, and is told once. */
  #refresh(): void {
    const { environment, log } = this.#parts;
    const mark = markOf(userFile(environment.configFolder));
    if (mark === this.#mark) return;
    this.#mark = mark;
    try {
      this.#values = optionsOfUser(environment, names);
    } catch (error) {
      log.write("warn", "upkeep options", { error: String(error) });
    }
  }
}

function markOf(path: string): string {
  try {
    const stats = statSync(path, { throwIfNoEntry: false });
    return stats === undefined ? "none" : `${stats.mtimeMs} ${stats.size} ${stats.ino}`;
  } catch {
    return "unreadable";
  }
}
