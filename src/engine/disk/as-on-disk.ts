/*
 * An index as the disk is: before a question about definitions is answered, files that changed since they were indexed
 * are parsed again and taken in, which takes milliseconds. Who watches the folder knows which those are; else the disk
 * is looked at, within a bound of time. What an answer names is compared once more, and what could not be brought up
 * to date says that it has changed.
 */
import { join } from "node:path";
import { HaypileError } from "../../base/errors.ts";
import { readBoundedSync } from "../../base/files/read-file.ts";
import { hashBytes } from "../../base/files/text-of-file.ts";
import { realPathSync } from "../../base/paths/real-path.ts";
import { duringStage } from "../../base/stages.ts";
import { yieldToEventLoop } from "../../base/yield.ts";
import { languageOf } from "../../indexing/read/language.ts";
import type { IndexCallOptions, IndexResult } from "../../ports/answers/index-run.ts";
import type { IndexStore } from "../../ports/store.ts";
import type { EngineParts } from "../engine-parts.ts";
import type { KeptStore } from "../index/kept-store.ts";
import type { RunWays } from "../index/run-index.ts";
import { isKeptHere } from "../store/keeper.ts";
import { DiskLook, isAsKnown } from "./disk-look.ts";
import { KnownFiles } from "./known-files.ts";
import { markChanged } from "./mark-changed.ts";
import { isBeingRead, takeIn } from "./take-in.ts";

/** Says which files changed, of a folder that is watched. */
export interface ChangeSource {
  /** Paths that changed since they were last taken; undefined: it does not know, the disk has to be looked at. */
  take(): Promise<string[] | undefined>;
  /** They could not be taken in: to be given again. */
  putBack(paths: readonly string[]): void;
}

/** A look may take so long, milliseconds: about what a search takes. */
const lookMs = 120;
/** More files are the work of an index run, and are not waited for. */
const mostTakenIn = 256;
/** Larger files are not read to see whether only their times changed, bytes. */
const mostReadBytes = 8 * 1_024 * 1_024;
/** An answer is made again so often: each time, files it names have changed. */
const mostTries = 3;
/** Languages whose grammars are loaded before they are needed. */
const warmedLanguages = 3;
/** Parse processes are kept for the next question, milliseconds. */
const parserRestMs = 60_000;

/** An index run that nobody asked for. */
export type IndexBySelf = (options: IndexCallOptions, ways: RunWays) => Promise<IndexResult>;

export class AsOnDisk {
  readonly #parts: EngineParts;
  readonly #kept: KeptStore;
  readonly #known = new KnownFiles();
  #root: string | undefined;
  #look: DiskLook | undefined;
  #running: Promise<void> | undefined;
  #following: Promise<void> | undefined;
  #source: ChangeSource | undefined;
  /** Every file was compared just now: answers need not be. */
  #isJustCompared = false;
  /** Files that an answer named and that have changed. */
  #named = new Set<string>();
  #rest: NodeJS.Timeout | undefined;

  /** An index run, while its store stays open. */
  readonly index: IndexBySelf;
  /** Runs that nobody asked for: they end where somebody asks for one. */
  readonly #ownRuns = new Map<AbortController, Promise<unknown>>();

  constructor(parts: EngineParts, kept: KeptStore, index: IndexBySelf) {
    this.#parts = parts;
    this.#kept = kept;
    this.index = index;
  }

  /** Ends runs that nobody asked for: another is about to begin. What they stored stays. */
  async makeWay(): Promise<void> {
    for (const stop of this.#ownRuns.keys()) stop.abort();
    await Promise.allSettled(this.#ownRuns.values());
  }

  /** Looks at all files: texts, words and definitions. @returns false: it did not come to its end */
  async runAll(signal: AbortSignal): Promise<boolean> {
    // Vectors wait.
    await this.makeWay();
    return await this.#runBySelf({ fillIn: "off" }, {}, signal);
  }

  /** Makes the vectors that are missing. @returns false: it did not come to its end */
  async runVectors(signal: AbortSignal): Promise<boolean> {
    return await this.#runBySelf({}, { paths: [] }, signal);
  }

  get lacksVectors(): boolean {
    if (!this.#parts.databaseExists()) return false;
    const { chunks, vectors } = this.#kept.get(false).facts.stats();
    return vectors < chunks;
  }

  /** Loads what the next change needs: the tokeniser, and the grammars of most of the files. */
  async warm(): Promise<void> {
    const known = this.#known.of(this.#kept.get(false), this.#kept.file);
    const counts = new Map<string, number>();
    for (const path of known?.files.keys() ?? []) {
      const language = languageOf(path);
      if (!this.#parts.parser.knows(language)) continue;
      counts.set(language, (counts.get(language) ?? 0) + 1);
    }
    const most = [...counts].sort((a, b) => b[1] - a[1]).slice(0, warmedLanguages);
    for (const [language] of most) {
      await this.#parts.parser.parse({ path: `warm.${language}`, language, text: "\n" });
    }
    await this.#parts.embedder.light().countTokens(["warm"]);
    this.#restLater();
  }

  async #runBySelf(
    options: IndexCallOptions,
    ways: RunWays,
    signal: AbortSignal,
  ): Promise<boolean> {
    if (signal.aborted || !this.#parts.databaseExists()) return false;
    if (!isKeptHere(this.#kept.get(false), this.#parts.root)) return false;
    const stop = new AbortController();
    const run = this.index(
      { ...options, signal: AbortSignal.any([signal, stop.signal]) },
      { ...ways, keepParser: true },
    );
    this.#ownRuns.set(stop, run);
    try {
      await run;
      return true;
    } catch (error) {
      // Somebody else is at work, or wants to be.
      if (HaypileError.isInstance(error)) return false;
      throw error;
    } finally {
      this.#ownRuns.delete(stop);
      this.#restLater();
    }
  }

  #restLater(): void {
    clearTimeout(this.#rest);
    this.#rest = setTimeout(() => void this.#parts.parser.rest(), parserRestMs);
    this.#rest.unref();
  }

  /** The engine is about to close. */
  async close(): Promise<void> {
    clearTimeout(this.#rest);
    this.#source = undefined;
    await this.makeWay();
    await this.#running;
    clearTimeout(this.#rest);
  }

  /** From now on somebody knows which files change; undefined: nobody does any more. */
  follow(source: ChangeSource | undefined): void {
    this.#source = source;
  }

  /** The folder is watched, and what it says can be relied on. */
  get isFollowed(): boolean {
    return this.#source !== undefined;
  }

  /**
   * Asks when the index is as the disk is, and again where an answer names files that changed all the same.
   * @param run answers at once
   */
  async ask<T>(run: () => T): Promise<Awaited<T>> {
    const isWhole = await this.freshen();
    for (let tries = 1; ; tries += 1) {
      this.#named = new Set();
      this.#isJustCompared = isWhole;
      let asked: T;
      try {
        asked = run();
      } finally {
        this.#isJustCompared = false;
      }
      const changed = [...this.#named];
      const answer = await asked;
      if (changed.length === 0 || tries >= mostTries) return answer;
      const store = this.#kept.get(false);
      const takeIn = () => this.#takeIn(store, changed.slice(0, mostTakenIn));
      if (!(await duringStage("disk", takeIn))) return answer;
    }
  }

  /**
   * Takes in what changed, as far as it can be found in time.
   * @returns whether the index is as the disk is now
   */
  async freshen(): Promise<boolean> {
    if (!this.#parts.databaseExists()) return false;
    return await duringStage("disk", () => this.#freshenOnce());
  }

  async #freshenOnce(): Promise<boolean> {
    // One that is at work may have passed by what changed a moment ago.
    if (this.#running !== undefined) {
      this.#following ??= this.#running.then(() => {
        this.#following = undefined;
        return this.#start();
      });
      await this.#following;
    } else {
      await this.#start();
    }
    return this.#isWhole;
  }

  /** The answer, with a mark at all that stands in a file which has changed since. */
  marked<T>(answer: T): T {
    if (this.#isJustCompared) return answer;
    return markChanged(answer, (path) => this.#hasChanged(path));
  }

  #isWhole = false;

  #start(): Promise<void> {
    const running = this.#freshen()
      .then(
        (isWhole) => {
          this.#isWhole = isWhole;
        },
        () => {
          // The question itself says what is wrong with the index.
          this.#isWhole = false;
        },
      )
      .finally(() => {
        if (this.#running === running) this.#running = undefined;
      });
    this.#running = running;
    return running;
  }

  async #freshen(): Promise<boolean> {
    const store = this.#kept.get(false);
    if (!isKeptHere(store, this.#parts.root)) return false;
    const source = this.#source;
    if (source !== undefined) {
      // What the system has to tell of changes before this question is heard first.
      await yieldToEventLoop();
      const told = await source.take();
      if (told !== undefined) {
        if (told.length === 0) return true;
        const now = told.slice(0, mostTakenIn);
        const isDone = told.length <= mostTakenIn && (await this.#takeIn(store, now));
        if (!isDone) source.putBack(told);
        return isDone;
      }
    }
    // What is not in the index yet comes by that run.
    if (isBeingRead(store)) return false;
    const known = this.#known.of(store, this.#kept.file);
    if (known === undefined) return false;
    this.#look ??= new DiskLook(this.#rootOf(store));
    const walkedAt = Date.parse(
      store.facts.get("walked-at") ?? store.facts.get("last-index") ?? "",
    );
    const looked = await this.#look.look(known, walkedAt || 0, performance.now() + lookMs);
    const { changed, isWhole, settle } = looked;
    if (changed.length > mostTakenIn) return false;
    if (changed.length > 0 && !(await this.#takeIn(store, changed))) return false;
    settle();
    return isWhole;
  }

  async #takeIn(store: IndexStore, paths: readonly string[]): Promise<boolean> {
    if (!isKeptHere(store, this.#parts.root)) return false;
    clearTimeout(this.#rest);
    try {
      return await this.#kept.during(() => takeIn(this.#parts, store, this.#rootOf(store), paths));
    } finally {
      this.#restLater();
    }
  }

  /** Whether the text of a file is another than the index has; its times alone may be. */
  #hasChanged(path: string): boolean {
    const store = this.#kept.get(false);
    const record = store.files.records([path]).get(path);
    if (record === undefined) return false;
    const root = this.#rootOf(store);
    const full = join(root, ...path.split("/"));
    if (isAsKnown(full, record)) return false;
    try {
      const rules = { mostBytes: mostReadBytes, links: "refuse", inside: root } as const;
      if (hashBytes(readBoundedSync(full, rules)) === record.contentHash) return false;
    } catch {
      // It is gone, or is no file any more.
    }
    this.#named.add(path);
    return true;
  }

  #rootOf(store: IndexStore): string {
    if (this.#root === undefined) {
      const root = store.facts.get("root") ?? this.#parts.root;
      try {
        this.#root = realPathSync(root);
      } catch {
        return root;
      }
    }
    return this.#root;
  }
}
