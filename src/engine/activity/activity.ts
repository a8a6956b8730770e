/*
 * Counts what one engine does and adds a record of it to the ring: after an index run, once a minute while
 * something happens, and at the end. Counting costs a look at the resident memory per search and batch.
 */
import { basename } from "node:path";
import { footprintEvents } from "../../base/events.ts";
import { stalls } from "../../base/measures/stalls.ts";
import type { Settings } from "../../config/resolve.ts";
import type {
  CacheStatistics,
  Footprint,
  GovernorState,
} from "../../ports/answers/footprint-report.ts";
import type { IndexReport, IndexTimes } from "../../ports/answers/index-run.ts";
import type { SearchTimes } from "../../ports/answers/search.ts";
import type { TextEmbedder } from "../../ports/embedder.ts";
import { type CountedQuery, QueryStages } from "./query-stages.ts";
import {
  type ActivityRecord,
  type BatchCounts,
  type CacheCounts,
  less,
  recordFormat,
  type StepCounts,
} from "./record.ts";
import { appendRecord } from "./ring.ts";

const everyMs = 60_000;
/** Counting tokens is often: the memory is looked at every so many calls. */
const countsPerLook = 64;

export interface ActivityParts {
  /** Folder of the ring; undefined: nothing is written. */
  folder: string | undefined;
  database: string;
  settings: Settings;
  caches: () => CacheStatistics;
  governor: () => GovernorState | undefined;
  memory: () => Footprint;
  model: () => SessionFacts | undefined;
  vectors: () => { asked: number; found: number };
}

type SessionFacts = {
  loadMs: number;
  loadedFrom: string;
  sessionBytes: number;
  workers: number;
  tokensPerRun: number;
};

/** Words for the phases of an index run. */
const phases: Readonly<Record<Exclude<keyof IndexTimes, "total">, string>> = {
  walk: "index: walk",
  read: "index: read files",
  parse: "index: wait for syntax trees",
  chunk: "index: cut into chunks",
  store: "index: store texts and words",
  scip: "index: read SCIP indexes",
  static: "index: static vectors",
  embedWait: "index: wait for the model",
  vectorWrite: "index: write vectors",
};

/** Counters that only grow: a record has what was added. */
interface Counters {
  caches: Record<string, CacheCounts>;
  vectors: { asked: number; found: number };
  governor: Pick<GovernorState, "refused" | "pressure"> | undefined;
  stalls: ReturnType<typeof stalls.of>;
}

const processName = `${process.pid}-${Math.round(performance.timeOrigin / 1000)}`;

export class Activity {
  readonly #parts: ActivityParts;
  #steps: Record<string, StepCounts> = {};
  #batches = noBatches();
  #searches = { anew: 0, same: 0, similar: 0 };
  readonly #queries = new QueryStages();
  #from = new Date();
  #before: Counters | undefined;
  #eventsUntil = "";
  #indexRssBytes = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(parts: ActivityParts) {
    this.#parts = parts;
    if (parts.folder !== undefined) this.#before = this.#counters();
  }

  /** Runs a search, and counts it. */
  async search<
    T extends { fromCache: "same" | "similar" | undefined; timesMs?: SearchTimes | undefined },
  >(run: () => Promise<T>): Promise<T> {
    if (this.#parts.folder === undefined) return await run();
    const result = await this.query("search", run);
    this.#searches[result.fromCache ?? "anew"] += 1;
    return result;
  }

  /** Runs a search or a recall, and counts where its time went. */
  async query<T extends { timesMs?: SearchTimes | undefined }>(
    call: CountedQuery,
    run: () => Promise<T>,
  ): Promise<T> {
    if (this.#parts.folder === undefined) return await run();
    const result = await this.#step(call, run);
    if (result.timesMs !== undefined) this.#queries.note(call, result.timesMs);
    return result;
  }

  /** Counts an index run that is done, and records it. */
  indexed<T extends IndexReport>(report: T): T {
    if (this.#parts.folder === undefined) return report;
    const rssBytes = process.memoryUsage.rss();
    this.#add("index run", report.timesMs.total, rssBytes, rssBytes - this.#indexRssBytes);
    for (const [phase, name] of Object.entries(phases)) {
      const ms = report.timesMs[phase as keyof IndexTimes];
      if (ms >= 1) this.#add(name, ms, 0, 0);
    }
    // A run of a watch that found nothing to do is not worth a line of its own.
    if (report.files.new + report.files.changed + report.chunks.embedded > 0) this.#write();
    return report;
  }

  /** The embedder of an index run that begins now: its batches are counted. */
  embedder(inner: TextEmbedder): TextEmbedder {
    if (this.#parts.folder === undefined) return inner;
    this.#indexRssBytes = process.memoryUsage.rss();
    let counts = 0;
    const count = (): void => {
      counts += 1;
      if (counts % countsPerLook === 0) this.#look("index: read files");
    };
    const countLines = inner.countLineTokens?.bind(inner);
    return {
      modelId: inner.modelId,
      dimensions: inner.dimensions,
      vectors: inner.vectors,
      maxTokens: inner.maxTokens,
      countTokens: (texts) => {
        count();
        return inner.countTokens(texts);
      },
      // Chunks are cut another way by an embedder that cannot do this.
      countLineTokens:
        countLines === undefined
          ? undefined
          : (text: string) => {
              count();
              return countLines(text);
            },
      embed: async (texts, options) => {
        this.#countBatch(texts.length);
        return await this.#step("embed a batch", () => inner.embed(texts, options));
      },
      close: () => inner.close(),
    };
  }

  /** Writes what was counted since the last record. */
  close(): void {
    clearInterval(this.#timer);
    this.#write();
  }

  async #step<T>(name: string, run: () => Promise<T>): Promise<T> {
    this.#timer ??= setInterval(() => this.#write(), everyMs).unref();
    const start = performance.now();
    const before = process.memoryUsage.rss();
    try {
      return await run();
    } finally {
      const rssBytes = process.memoryUsage.rss();
      this.#add(name, performance.now() - start, rssBytes, rssBytes - before);
    }
  }

  #add(name: string, ms: number, rssBytes: number, growthBytes: number): void {
    const step = this.#stepOf(name);
    step.times += 1;
    step.ms += ms;
    step.longestMs = Math.max(step.longestMs, ms);
    step.mostRssBytes = Math.max(step.mostRssBytes, rssBytes);
    step.growthBytes = Math.max(step.growthBytes, growthBytes);
  }

  #look(name: string): void {
    const step = this.#stepOf(name);
    step.mostRssBytes = Math.max(step.mostRssBytes, process.memoryUsage.rss());
  }

  #stepOf(name: string): StepCounts {
    this.#steps[name] ??= { times: 0, ms: 0, longestMs: 0, mostRssBytes: 0, growthBytes: 0 };
    return this.#steps[name];
  }

  #countBatch(texts: number): void {
    const { times, texts: all, least, most } = this.#batches;
    this.#batches = {
      times: times + 1,
      texts: all + texts,
      least: times === 0 ? texts : Math.min(least, texts),
      most: Math.max(most, texts),
    };
  }

  #counters(): Counters {
    const state = this.#parts.governor();
    return {
      caches: Object.fromEntries(
        this.#parts
          .caches()
          .owners.map(({ owner, hits, misses, regretted, evictions }) => [
            owner,
            { hits, misses, regretted, evictions },
          ]),
      ),
      vectors: { ...this.#parts.vectors() },
      stalls: stalls.of(this.#parts.database),
      governor: state && { refused: state.refused, pressure: state.pressure },
    };
  }

  #write(): void {
    const { folder } = this.#parts;
    if (folder === undefined) return;
    if (Object.keys(this.#steps).length === 0 && !this.#hasStalled()) return;
    try {
      appendRecord(folder, this.#record());
    } catch {
      // Counting must never fail what is counted.
    }
    this.#steps = {};
    this.#batches = noBatches();
    this.#searches = { anew: 0, same: 0, similar: 0 };
    this.#from = new Date();
  }

  /** Since the last record. */
  #hasStalled(): boolean {
    const { wait, commit } = less(stalls.of(this.#parts.database), this.#before?.stalls);
    return wait.times + commit.times > 0;
  }

  #record(): ActivityRecord {
    const { database, settings, memory, model } = this.#parts;
    const counters = this.#counters();
    const added = less(counters, this.#before);
    this.#before = counters;
    const events = footprintEvents.list().filter(({ at }) => at > this.#eventsUntil);
    this.#eventsUntil = events.at(-1)?.at ?? this.#eventsUntil;
    const governor = this.#parts.governor();
    const usage = memory();
    const session = model();
    return {
      format: recordFormat,
      from: this.#from.toISOString(),
      at: new Date().toISOString(),
      process: processName,
      index: basename(database),
      settings: {
        limitBytes: governor?.limitBytes,
        // Under a limit the model may be run with less than the settings say.
        workers: session?.workers ?? settings["embed.workers"].value ?? 1,
        tokensPerRun: session?.tokensPerRun ?? settings["embed.tokens-per-run"].value ?? 0,
        cacheBytes: settings["cache.total"].value ?? 0,
        checkpointBytes: settings["storage.checkpoint"].value,
        synchronous: settings["storage.synchronous"].value,
      },
      memory: {
        rssBytes: usage.rssBytes,
        peakRssBytes: usage.peakRssBytes,
        runtimePeakBytes: usage.runtimePeakBytes,
        sessionBytes: session?.sessionBytes ?? 0,
      },
      model: session && { loadMs: session.loadMs, loadedFrom: session.loadedFrom },
      governor: governor && {
        mostUsedBytes: governor.mostUsedBytes,
        refused: added.governor?.refused ?? 0,
        pressure: added.governor?.pressure ?? governor.pressure,
      },
      steps: this.#steps,
      batches: this.#batches,
      caches: added.caches,
      vectors: added.vectors,
      searches: this.#searches,
      queries: this.#queries.take(),
      stalls: added.stalls.wait.times + added.stalls.commit.times > 0 ? added.stalls : undefined,
      events: events.map(({ at, owner, what, why, rssBytes }) => ({
        at,
        owner,
        what,
        why,
        rssBytes,
      })),
    };
  }
}

function noBatches(): BatchCounts {
  return { times: 0, texts: 0, least: 0, most: 0 };
}
