/*
 * Keeps the indexes of a process up to date by itself: a project that is asked about is watched from then on, until
 * nobody asked for some minutes. Texts, words and definitions follow a change at once; vectors are made when it is
 * quiet, in the lowest place there is. The number of projects is bounded: of too many the one goes that was asked
 * about longest ago.
 */
import { setTimeout as wait } from "node:timers/promises";
import { isInside } from "../../base/files/read-file.ts";
import { log } from "../../base/log.ts";
import { realPathSync } from "../../base/paths/real-path.ts";
import { readEnvironment } from "../../config/environment/env.ts";
import { homeFolder } from "../../config/environment/home-folder.ts";
import type { Configuration } from "../../config/load.ts";
import type { WatchedProject } from "../../ports/answers/index-facts.ts";
import type { Schedule } from "../types.ts";
import type { AsOnDisk } from "./as-on-disk.ts";
import { FollowedFolder } from "./followed-folder.ts";

/** What the keeper needs of an engine. */
export interface KeptEngine {
  readonly root: string;
  readonly hasIndex: boolean;
  readonly configuration: Configuration;
  readonly disk: AsOnDisk;
}

export interface KeeperOptions {
  /** Most projects that are watched at once; 0: none. */
  projects: number;
  /** A project is let go so long after the last question about it, milliseconds. */
  idleMs: number;
  /** Runs long work when it is its turn, and ends it by the signal when others wait. Default: at once. */
  schedule?: Schedule | undefined;
}

/** A watch takes about a kilobyte of the kernel, and as much here. */
const mostFolders = 16_384;
/** Quiet time before changes are taken in that nobody asked about yet, milliseconds. */
const quietMs = 150;
/** Changes without end are taken in every so often all the same. */
const longestQuietMs = 1_000;
/** Quiet time before vectors are made. */
const vectorsQuietMs = 2_000;
/** Where the system tells of no changes, files are looked at every so often, and for a tenth of the time at most. */
const pollMs = 5_000;
const pollShare = 0.1;
/** How long git may be at work on a tree before a run begins all the same. */
const longestMotionMs = 10_000;

export class Keeper {
  readonly #options: KeeperOptions;
  /** The one asked about longest ago first. */
  readonly #kept = new Map<KeptEngine, KeptProject>();
  #isClosed = false;

  constructor(options: KeeperOptions) {
    this.#options = options;
  }

  /** Somebody asked about a project. */
  asked(engine: KeptEngine): void {
    if (this.#isClosed || this.#options.projects === 0 || !engine.hasIndex) return;
    // A project may say for itself that it is left alone.
    if (engine.configuration.settings["watch.auto"].value !== true) return;
    // A run over all of a disk that was stopped would go on by itself.
    if (holdsHome(engine.root)) return;
    const kept = this.#kept.get(engine) ?? this.#begin(engine);
    this.#kept.delete(engine);
    this.#kept.set(engine, kept);
    kept.asked();
    for (const oldest of this.#kept.keys()) {
      if (this.#kept.size <= this.#options.projects) break;
      void this.letGo(oldest);
    }
  }

  has(engine: KeptEngine): boolean {
    return this.#kept.has(engine);
  }

  /** How a project is watched; undefined: it is not. */
  watched(engine: KeptEngine): WatchedProject | undefined {
    return this.#kept.get(engine)?.facts();
  }

  async letGo(engine: KeptEngine): Promise<void> {
    const kept = this.#kept.get(engine);
    this.#kept.delete(engine);
    await kept?.end();
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    await Promise.all([...this.#kept.keys()].map((engine) => this.letGo(engine)));
  }

  #begin(engine: KeptEngine): KeptProject {
    return new KeptProject(engine, this.#options, () => void this.letGo(engine));
  }
}

/** It holds the user's own folder, or is that: no project, though somebody may index it. */
function holdsHome(root: string): boolean {
  const home = homeFolder(readEnvironment().variables);
  return home !== undefined && isInside(realOf(root), realOf(home));
}

class KeptProject {
  readonly #engine: KeptEngine;
  readonly #options: KeeperOptions;
  readonly #onIdle: () => void;
  readonly #stop = new AbortController();
  readonly #followed: FollowedFolder;
  readonly #since = new Date().toISOString();
  #isReady = false;
  #idle: NodeJS.Timeout | undefined;
  #soon: NodeJS.Timeout | undefined;
  #changedAt: number | undefined;
  #working: Promise<void> | undefined;
  #isAgain = false;
  #vectorsSoon: NodeJS.Timeout | undefined;
  #vectors: Promise<void> | undefined;
  #poll: NodeJS.Timeout | undefined;
  #runMs = 0;

  constructor(engine: KeptEngine, options: KeeperOptions, onIdle: () => void) {
    this.#engine = engine;
    this.#options = options;
    this.#onIdle = onIdle;
    this.#followed = new FollowedFolder({
      root: realOf(engine.root),
      mostFolders,
      onChange: () => this.#changed(),
      signal: this.#stop.signal,
    });
    this.#working = this.#open().finally(() => this.#ended());
  }

  asked(): void {
    clearTimeout(this.#idle);
    this.#idle = setTimeout(this.#onIdle, this.#options.idleMs);
    this.#idle.unref();
  }

  facts(): WatchedProject {
    const { why, folders, isTold } = this.#followed;
    return {
      root: this.#engine.root,
      how: !this.#isReady ? "opening" : isTold ? "events" : "polling",
      why,
      folders,
      since: this.#since,
    };
  }

  async end(): Promise<void> {
    this.#stop.abort();
    for (const timer of [this.#idle, this.#soon, this.#vectorsSoon, this.#poll]) {
      clearTimeout(timer);
    }
    this.#engine.disk.follow(undefined);
    this.#followed.close();
    await Promise.all([this.#working, this.#vectors]);
  }

  async #open(): Promise<void> {
    try {
      await this.#followed.open();
      if (this.#stop.signal.aborted) return;
      await this.#runAll();
      if (this.#stop.signal.aborted) return;
      this.#engine.disk.follow(this.#followed);
      this.#isReady = true;
      this.#pollIfNeeded();
      await this.#engine.disk.warm();
    } catch (error) {
      this.#note(error);
    }
  }

  #changed(): void {
    if (this.#stop.signal.aborted) return;
    const now = performance.now();
    this.#changedAt ??= now;
    clearTimeout(this.#vectorsSoon);
    if (this.#working !== undefined) {
      this.#isAgain = true;
      return;
    }
    if (this.#soon !== undefined && now - this.#changedAt > longestQuietMs) return;
    clearTimeout(this.#soon);
    this.#soon = setTimeout(() => {
      this.#soon = undefined;
      this.#changedAt = undefined;
      this.#working = this.#takeIn().finally(() => this.#ended());
    }, quietMs);
    this.#soon.unref();
  }

  #ended(): void {
    this.#working = undefined;
    if (this.#stop.signal.aborted) return;
    this.#vectorsLater();
    if (this.#isAgain) {
      this.#isAgain = false;
      this.#changed();
    } else if (this.#followed.needsAll && this.#followed.isTold) {
      // Another process was at work.
      this.#poll ??= this.#changedIn(pollMs);
    }
  }

  #changedIn(ms: number): NodeJS.Timeout {
    const timer = setTimeout(() => {
      this.#poll = undefined;
      this.#changed();
    }, ms);
    return timer.unref();
  }

  async #takeIn(): Promise<void> {
    try {
      const isDone = !this.#followed.needsAll && (await this.#engine.disk.freshen());
      if (isDone || !this.#followed.hasChanges) return;
      await this.#runAll();
    } catch (error) {
      this.#note(error);
    }
    this.#pollIfNeeded();
  }

  async #runAll(): Promise<void> {
    const { signal } = this.#stop;
    const until = performance.now() + longestMotionMs;
    while (this.#followed.isInMotion && performance.now() < until && !signal.aborted) {
      await wait(100, undefined, { ref: false });
    }
    const begun = performance.now();
    this.#followed.beginAll();
    let isDone = false;
    try {
      isDone = await this.#engine.disk.runAll(signal);
    } finally {
      this.#runMs = performance.now() - begun;
      if (!isDone) this.#followed.failedAll();
    }
  }

  #vectorsLater(): void {
    clearTimeout(this.#vectorsSoon);
    this.#vectorsSoon = setTimeout(() => {
      if (this.#vectors !== undefined || this.#stop.signal.aborted) return;
      this.#vectors = this.#makeVectors().finally(() => {
        this.#vectors = undefined;
      });
    }, vectorsQuietMs);
    this.#vectorsSoon.unref();
  }

  async #makeVectors(): Promise<void> {
    const { schedule = (work) => work() } = this.#options;
    try {
      if (!this.#engine.disk.lacksVectors) return;
      let isDone = true;
      await schedule(async (others) => {
        const own = this.#stop.signal;
        const signal = others === undefined ? own : AbortSignal.any([own, others]);
        isDone = await this.#engine.disk.runVectors(signal);
      });
      if (!isDone) this.#vectorsLater();
    } catch (error) {
      this.#note(error);
    }
  }

  #pollIfNeeded(): void {
    if (this.#followed.isTold || this.#poll !== undefined || this.#stop.signal.aborted) return;
    this.#poll = setTimeout(
      () => {
        this.#poll = undefined;
        this.#followed.failedAll();
        this.#changed();
        // Where a run is at work, its end comes back here.
        if (this.#working !== undefined) this.#pollIfNeeded();
      },
      Math.max(pollMs, this.#runMs / pollShare),
    );
    this.#poll.unref();
  }

  #note(error: unknown): void {
    if (this.#stop.signal.aborted) return;
    log("debug", `watching ${this.#engine.root}: ${String(error)}`);
  }
}

function realOf(folder: string): string {
  try {
    return realPathSync(folder);
  } catch {
    return folder;
  }
}
