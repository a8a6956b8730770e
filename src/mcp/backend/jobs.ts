/*
 * Indexing that outlives the call that began it. One job a folder at a time: a second request joins it.
 * Finished jobs are kept for a while, so that a client that comes back late still learns how it ended.
 */
import { randomBytes } from "node:crypto";
import { checkOptions, type ShapeOf } from "../../base/check-options.ts";
import { HaypileError } from "../../base/errors.ts";
import type { IndexProgress, IndexResult } from "../../ports/answers/index-run.ts";
import type { CodeIndex } from "../../ports/haypile.ts";

export type JobState = "running" | "done" | "failed" | "cancelled";

export interface IndexJob {
  id: string;
  /** The folder that is indexed, absolute. */
  root: string;
  state: JobState;
  startedAt: string;
  /** Undefined while it runs. */
  endedAt: string | undefined;
  progress: IndexProgress | undefined;
  /** When done. */
  report: IndexResult | undefined;
  /** When failed. */
  error: string | undefined;
}

interface Kept {
  job: IndexJob;
  stop: AbortController;
  ended: Promise<void>;
  watchers: Set<(progress: IndexProgress) => void>;
}

export interface IndexJobsOptions {
  /** Runs the work when it is its turn. Default: at once. */
  schedule?: (<T>(work: () => Promise<T>) => Promise<T>) | undefined;
  /** Ended jobs that are remembered. Default 50. */
  keep?: number | undefined;
}

const jobsShape = {
  schedule: "function",
  keep: "number",
} as const satisfies ShapeOf<IndexJobsOptions>;

export class IndexJobs {
  readonly #schedule: NonNullable<IndexJobsOptions["schedule"]>;
  readonly #keep: number;
  /** By id, the oldest first. */
  readonly #jobs = new Map<string, Kept>();

  constructor(options: IndexJobsOptions = {}) {
    checkOptions("IndexJobs()", options, jobsShape);
    this.#schedule = options.schedule ?? ((work) => work());
    this.#keep = options.keep ?? 50;
  }

  /**
   * The job that indexes this folder: the one that runs, else a new one.
   * @param root absolute
   */
  start(root: string, code: Pick<CodeIndex, "index">): IndexJob {
    const running = this.running(root);
    if (running !== undefined) return running;
    const job: IndexJob = {
      id: `job-${randomBytes(4).toString("hex")}`,
      root,
      state: "running",
      startedAt: new Date().toISOString(),
      endedAt: undefined,
      progress: undefined,
      report: undefined,
      error: undefined,
    };
    const stop = new AbortController();
    const watchers = new Set<(progress: IndexProgress) => void>();
    const ended = this.#run(code, job, stop.signal, watchers);
    this.#jobs.set(job.id, { job, stop, ended, watchers });
    this.#forgetOld();
    return job;
  }

  get(id: string): IndexJob | undefined {
    return this.#jobs.get(id)?.job;
  }

  /** The job that indexes this folder now. */
  running(root: string): IndexJob | undefined {
    return this.list().find((job) => job.root === root && job.state === "running");
  }

  /** All that are remembered, the newest first. */
  list(): IndexJob[] {
    return [...this.#jobs.values()].map(({ job }) => job).reverse();
  }

  /** Stops a job; what it has stored stays. */
  cancel(id: string): void {
    this.#jobs.get(id)?.stop.abort();
  }

  /**
   * Waits until the job has ended, or the time is up, or the caller stops waiting: the job goes on.
   * @param onProgress called for every step meanwhile
   */
  async wait(
    id: string,
    timeoutMs: number,
    signal?: AbortSignal,
    onProgress?: (progress: IndexProgress) => void,
  ): Promise<void> {
    const kept = this.#jobs.get(id);
    if (kept === undefined || kept.job.state !== "running" || signal?.aborted === true) return;
    if (onProgress !== undefined) kept.watchers.add(onProgress);
    let timer: NodeJS.Timeout | undefined;
    let stopped = (): void => undefined;
    const enough = new Promise<void>((resolve) => {
      stopped = resolve;
      timer = setTimeout(resolve, timeoutMs);
      signal?.addEventListener("abort", stopped, { once: true });
    });
    try {
      await Promise.race([kept.ended, enough]);
    } finally {
      clearTimeout(timer);
      signal?.removeEventListener("abort", stopped);
      if (onProgress !== undefined) kept.watchers.delete(onProgress);
    }
  }

  /** Stops all jobs and waits for them. */
  async close(): Promise<void> {
    const all = [...this.#jobs.values()];
    for (const { stop } of all) stop.abort();
    await Promise.all(all.map(({ ended }) => ended));
  }

  async #run(
    code: Pick<CodeIndex, "index">,
    job: IndexJob,
    signal: AbortSignal,
    watchers: ReadonlySet<(progress: IndexProgress) => void>,
  ): Promise<void> {
    try {
      const onProgress = (progress: IndexProgress): void => {
        job.progress = progress;
        for (const watcher of watchers) watcher(progress);
      };
      job.report = await this.#schedule(() => code.index({ signal, onProgress }));
      job.state = "done";
    } catch (error) {
      job.state = signal.aborted ? "cancelled" : "failed";
      job.error = HaypileError.isInstance(error)
        ? error.message
        : "Indexing failed for a reason inside Haypile; the details are in its log.";
    }
    job.endedAt = new Date().toISOString();
  }

  #forgetOld(): void {
    const ended = [...this.#jobs.values()].filter(({ job }) => job.state !== "running");
    for (const { job } of ended.slice(0, Math.max(0, ended.length - this.#keep))) {
      this.#jobs.delete(job.id);
    }
  }
}
